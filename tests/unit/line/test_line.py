# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The line from a gate's real store to an office: every event once, nothing lost by any answer, lists only if signed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.clock import SettableClock
from kiosk.domain.codes import Category
from kiosk.domain.identity import CompoundId, PersonId
from kiosk.domain.register import Person
from tests.unit.line.doubles import NOW_MS, GateSide, MemoryOffice, enrolled_gate

ROSTER = "roster:C01"


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW_MS)


@pytest.fixture
def office(clock: SettableClock) -> MemoryOffice:
    return MemoryOffice(clock.wall_ms)


@pytest.fixture
def gate(tmp_path: Path, office: MemoryOffice, clock: SettableClock) -> Iterator[GateSide]:
    side = enrolled_gate(tmp_path, office, clock)
    yield side
    side.store.close()


def person(number: int = 1) -> Person:
    return Person(PersonId(f"{number:032x}"), Category.LOCAL, CompoundId("C01"), name="王小明")


def test_everything_recorded_reaches_the_office_once_and_in_order(gate: GateSide, office: MemoryOffice) -> None:
    gate.record(450)
    assert gate.line.run_until_idle()
    assert office.seqs(gate.identity.device) == list(range(1, 452))
    assert gate.pending == 0
    assert [len(request.events) for request in office.requests if request.events] == [200, 200, 51]


def test_rows_come_down_by_snapshot_and_then_by_page(gate: GateSide, office: MemoryOffice) -> None:
    office.put(ROSTER, person(1))
    assert gate.line.run_until_idle()
    office.put(ROSTER, person(2))
    gate.clock.advance(10_000)
    assert gate.line.run_until_idle()
    assert {row.name for row in gate.store.rows() if isinstance(row, Person)} == {"王小明"}
    assert len(list(gate.store.rows())) == 2
    assert gate.store.list_made_at_ms() == NOW_MS + 10_000
