# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Clock, boots, ids, and what is known of the clock (rule R02)."""

import uuid
from pathlib import Path

import pytest

from kiosk.adapters import clock as clock_module
from kiosk.adapters.clock import CountsBoots, SettableClock, SystemClock
from kiosk.adapters.ids import FreshIds, SeededBytes, seeded_ids
from kiosk.app.clock_watch import ClockWatch
from kiosk.domain.codes import ClockState
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


def _watch(newest: int | None = NOON, outside: int | None = None, now: int = NOON) -> tuple[ClockWatch, SettableClock]:
    clock = SettableClock(now)
    return ClockWatch(clock, newest, outside), clock


@pytest.mark.parametrize(
    ("offset_ms", "state"),
    [
        (0, ClockState.OK),
        (120_000, ClockState.OK),
        (-120_001, ClockState.DRIFT),
        (600_000, ClockState.DRIFT),
        (600_001, ClockState.OFF),
        (-600_001, ClockState.OFF),
    ],
)
def test_the_offices_time_says_how_far_the_clock_is_off(offset_ms: int, state: ClockState) -> None:
    watch, _ = _watch()
    assert watch.state() is ClockState.UNSYNCED
    watch.heard(offset_ms)
    assert watch.state() is state


@pytest.mark.parametrize(("behind_ms", "bad"), [(120_000, False), (120_001, True)])
@pytest.mark.parametrize("by_list", [True, False])
def test_a_clock_before_the_newest_fact_is_bad(behind_ms: int, bad: bool, by_list: bool) -> None:
    watch, _ = _watch(None if by_list else NOON, NOON if by_list else None, NOON - behind_ms)
    assert watch.state() is (ClockState.BAD if bad else ClockState.UNSYNCED)


@pytest.mark.parametrize(("past_ms", "bad"), [(DAY_MS, False), (DAY_MS + 1, True)])
def test_a_clock_more_than_a_day_past_the_newest_event_at_start_is_bad(past_ms: int, bad: bool) -> None:
    watch, _ = _watch(now=NOON + past_ms)
    assert watch.state() is (ClockState.BAD if bad else ClockState.UNSYNCED)


def test_a_new_gate_has_nothing_to_compare_with() -> None:
    assert _watch(None)[0].state() is ClockState.UNSYNCED


def test_a_bad_clock_stays_bad_until_a_leader_confirms() -> None:
    watch, clock = _watch(now=NOON + 2 * DAY_MS)
    watch.recorded(clock.wall_ms())
    clock.advance(1000)
    assert watch.state() is ClockState.BAD
    watch.confirm()
    assert watch.state() is ClockState.CONFIRMED
    watch.heard(10)
    assert watch.state() is ClockState.OK


def test_after_a_confirmation_an_event_of_the_wrong_time_counts_no_more() -> None:
    watch, clock = _watch(newest=NOON + 9 * DAY_MS)
    assert watch.state() is ClockState.BAD
    watch.confirm()
    watch.recorded(clock.wall_ms())
    assert watch.state() is ClockState.CONFIRMED


def test_the_office_settles_a_bad_clock() -> None:
    watch, _ = _watch(now=NOON + 2 * DAY_MS)
    watch.heard(-2 * DAY_MS)
    assert watch.state() is ClockState.OFF


@pytest.mark.parametrize(("jump_ms", "state"), [(2_000, ClockState.OK), (2_001, ClockState.JUMPED)])
def test_a_jump_against_the_monotonic_clock_is_flagged(jump_ms: int, state: ClockState) -> None:
    watch, clock = _watch()
    watch.heard(0)
    clock.advance(50_000)
    assert watch.state() is ClockState.OK
    clock.set_wall(clock.wall_ms() + jump_ms)
    assert watch.state() is state


def test_a_far_jump_moves_the_offset_with_it_and_one_before_the_office_is_flagged_too() -> None:
    watch, clock = _watch()
    clock.set_wall(NOON + 5_000)
    assert watch.state() is ClockState.JUMPED
    watch.heard(0)
    assert watch.state() is ClockState.OK
    clock.set_wall(NOON + 700_000)
    assert watch.state() is ClockState.OFF


def test_a_signed_list_issued_later_than_now_shows_a_clock_that_is_slow() -> None:
    watch, _ = _watch()
    watch.issued(NOON + 130_000)
    assert watch.state() is ClockState.BAD
