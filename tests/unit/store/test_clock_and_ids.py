# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Clock, boots, ids."""

import uuid
from pathlib import Path

import pytest

from kiosk.adapters import clock as clock_module
from kiosk.adapters.clock import CountsBoots, SettableClock, SystemClock
from kiosk.adapters.ids import FreshIds, SeededBytes, seeded_ids
from kiosk.domain.instants import DAY_MS

NOON = 1_582_000_000_000


def test_ids_are_uuid7_of_their_time_and_sort_by_age() -> None:
    clock = SettableClock(NOON)
    ids = FreshIds(clock)
    made = [ids.new_id() for _ in range(5000)]
    clock.advance(1)
    made.append(ids.new_id())
    clock.set_wall(NOON - 5000)
    made.append(ids.new_id())
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    parsed = uuid.UUID(made[0])
    assert (parsed.version, parsed.variant, parsed.int >> 80) == (7, uuid.RFC_4122, NOON)


def test_a_clock_set_back_by_more_than_a_day_is_followed() -> None:
    clock = SettableClock(NOON)
    ids = FreshIds(clock)
    ids.new_id()
    clock.set_wall(NOON - DAY_MS - 1)
    assert uuid.UUID(ids.new_id()).int >> 80 == NOON - DAY_MS - 1


def test_seeded_ids_are_the_same_in_every_run() -> None:
    clock = SettableClock(NOON)
    one, two, other = seeded_ids(clock, "a"), seeded_ids(clock, "a"), seeded_ids(clock, "b")
    assert [one.new_id(), one.random(40)] == [two.new_id(), two.random(40)]
    assert other.new_id() != one.new_id()
    assert len(SeededBytes("x")(100)) == 100


def test_the_settable_clock_moves_as_told() -> None:
    clock = SettableClock(NOON, mono_ms=5)
    clock.advance(10)
    clock.go_to(NOON + 30)
    assert (clock.wall_ms(), clock.mono_ms()) == (NOON + 30, 35)
    clock.go_to(NOON)
    assert (clock.wall_ms(), clock.mono_ms()) == (NOON, 35)
    clock.reboot()
    assert (clock.boot, clock.mono_ms()) == (2, 0)


def test_the_system_clock_goes_on_and_names_its_boot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = SystemClock()
    assert isinstance(clock, CountsBoots)
    assert clock.boot == 0
    assert clock.mono_ms() <= clock.mono_ms()
    assert clock.wall_ms() > 1_600_000_000_000
    assert len(clock.os_boot_id) == 36
    monkeypatch.setattr(clock_module, "_BOOT_ID", tmp_path / "none")
    assert SystemClock().os_boot_id.startswith("start-")
    assert not isinstance(SettableClock(0), CountsBoots)
