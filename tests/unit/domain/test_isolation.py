# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Fourteen days, counted by the calendar (domain.md section 9)."""

import datetime as dt

import pytest

from kiosk.domain.codes import IsolationState, Slot
from kiosk.domain.identity import IsolationId, PersonId
from kiosk.domain.instants import SHANGHAI, ms_of
from kiosk.domain.isolation import day_number, due_from, missing, slot_key, slot_of, slots_due, state_at
from kiosk.domain.policy import CountRule
from kiosk.domain.register import Isolation
from tests.unit.domain.policies import A, changed

NEXT_DAY = A.params
ARRIVAL = changed(A, count_rule="ARRIVAL").params


def moment(month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Shanghai time in 2020."""
    return ms_of(dt.datetime(2020, month, day, hour, minute, second, tzinfo=SHANGHAI))


def home(d0: dt.date) -> Isolation:
    """Home isolation since D0."""
    return Isolation(IsolationId("i"), PersonId("p"), IsolationState.HOME, d0, 0)


@pytest.mark.parametrize(
    ("d0", "next_day", "arrival"),
    [
        ((2, 14), (2, 29), (2, 28)),
        ((2, 16), (3, 2), (3, 1)),
        ((2, 28), (3, 14), (3, 13)),
        ((3, 20), (4, 4), (4, 3)),
    ],
)
def test_the_table_of_the_design(d0: tuple[int, int], next_day: tuple[int, int], arrival: tuple[int, int]) -> None:
    start = dt.date(2020, *d0)
    assert due_from(start, NEXT_DAY) == dt.date(2020, *next_day)
    assert due_from(start, ARRIVAL) == dt.date(2020, *arrival)


@pytest.mark.parametrize("rule", list(CountRule))
def test_every_arrival_of_2020_and_2021_against_a_count_by_fingers(rule: CountRule) -> None:
    params = NEXT_DAY if rule is CountRule.NEXT_DAY else ARRIVAL
    day = dt.date(2020, 1, 1)
    while day.year < 2022:
        # Counting days one by one, as a committee does on a wall calendar.
        last, counted = day, 0 if rule is CountRule.NEXT_DAY else 1
        while counted < 14:
            last += dt.timedelta(days=1)
            counted += 1
        assert due_from(day, params) == last + dt.timedelta(days=1)
        assert day_number(day, last, params) == 14
        day += dt.timedelta(days=1)


def test_home_until_the_last_second_then_due_and_never_released_by_itself() -> None:
    record = home(dt.date(2020, 2, 16))
    assert state_at(record, moment(3, 1, 23, 59, 59), NEXT_DAY) is IsolationState.HOME
    assert state_at(record, moment(3, 2), NEXT_DAY) is IsolationState.DUE
    assert state_at(record, moment(12, 31), NEXT_DAY) is IsolationState.DUE
    assert state_at(None, moment(3, 2), NEXT_DAY) is IsolationState.NONE


def test_two_slots_a_day_d0_only_those_that_begin_after_registration() -> None:
    record = home(dt.date(2020, 2, 16))
    due = slots_due(record, moment(2, 16, 10), NEXT_DAY)
    assert (due[0].day, due[0].slot) == (dt.date(2020, 2, 16), Slot.PM)
    assert len(due) == 1 + 14 * 2
    taken = frozenset({slot_key(dt.date(2020, 2, 16), Slot.PM)})
    gone = missing(due, taken, moment(2, 17, 12))
    assert [(s.day.day, s.slot) for s in gone] == [(17, Slot.AM)]


@pytest.mark.parametrize(
    ("hour", "minute", "slot"),
    [
        (5, 59, None), (6, 0, (Slot.AM, False)), (11, 59, (Slot.AM, False)), (12, 0, (Slot.AM, True)),
        (15, 59, (Slot.AM, True)), (16, 0, (Slot.PM, False)), (21, 59, (Slot.PM, False)), (22, 0, None),
    ],
)  # fmt: skip
def test_which_slot_a_reading_fills(hour: int, minute: int, slot: tuple[Slot, bool] | None) -> None:
    assert slot_of(moment(2, 20, hour, minute), NEXT_DAY) == slot
