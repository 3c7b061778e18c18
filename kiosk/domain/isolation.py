# SPDX-License-Identifier: LicenseRef-Gatehouse
"""居家隔离: fourteen days, the due date, the slots of a day (domain.md section 9).

Nothing opens by itself: DUE is derived from the calendar, RELEASED comes only with a release notice's number.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.domain.codes import IsolationState, Slot
from kiosk.domain.instants import day_of, parse_hours, start_of
from kiosk.domain.policy import CountRule, Parameters
from kiosk.domain.register import Isolation, Permit


def due_from(d0: dt.date, params: Parameters) -> dt.date:
    """期满日: the day from whose 00:00 the isolation is DUE."""
    extra = 1 if params.count_rule is CountRule.NEXT_DAY else 0
    return d0 + dt.timedelta(days=params.isolation_days + extra)


def day_number(d0: dt.date, today: dt.date, params: Parameters) -> int:
    """第N天: days since D0 (NEXT_DAY), or D0 as day 1 (ARRIVAL)."""
    extra = 0 if params.count_rule is CountRule.NEXT_DAY else 1
    return (today - d0).days + extra


_RUNNING = frozenset({IsolationState.PENDING, IsolationState.HOME, IsolationState.CENTRAL, IsolationState.BREACH})

CONFINED = _RUNNING
"""隔离中: states in which the person belongs indoors (R13, R17)."""


def state_at(record: Isolation | None, now_ms: int, params: Parameters) -> IsolationState:
    """隔离状态: of a record at a time; NONE without one. A recorded state runs into DUE when its days are over."""
    if record is None:
        return IsolationState.NONE
    if record.state in _RUNNING and day_of(now_ms) >= due_from(record.d0, params):
        return IsolationState.DUE
    return record.state


def permit_valid(permit: Permit, now_ms: int) -> bool:
    """批准有效: the permit's window decides at the exit; a used one is spent."""
    return permit.from_ms <= now_ms <= permit.to_ms and permit.out_at_ms is None


def permit_out(permit: Permit) -> bool:
    """外出未归: went out on this permit and is not back."""
    return permit.out_at_ms is not None and permit.in_at_ms is None


@dataclass(frozen=True, slots=True)
class SlotDue:
    """测温时段: one expected home temperature; `opens_ms` to `closes_ms` (exclusive), `late_until_ms` for 补测."""

    day: dt.date
    slot: Slot
    opens_ms: int
    closes_ms: int
    late_until_ms: int


def slots_due(record: Isolation, registered_ms: int, params: Parameters) -> tuple[SlotDue, ...]:
    """应测时段: all slots from registration to the last day; D0 expects only slots that begin after registration."""
    out: list[SlotDue] = []
    last = due_from(record.d0, params) - dt.timedelta(days=1)
    day = max(record.d0, day_of(registered_ms))
    while day <= last:
        for slot in Slot:
            window = _slot(day, slot, params)
            if window.opens_ms >= registered_ms:
                out.append(window)
        day += dt.timedelta(days=1)
    return tuple(out)


def slot_of(at_ms: int, params: Parameters) -> tuple[Slot, bool] | None:
    """所属时段: the slot a reading taken now fills, and whether it is late (补测); None outside of both."""
    day = day_of(at_ms)
    for slot in Slot:
        window = _slot(day, slot, params)
        if window.opens_ms <= at_ms < window.closes_ms:
            return slot, False
        if slot is Slot.AM and window.closes_ms <= at_ms < window.late_until_ms:
            return slot, True
    return None


def _slot(day: dt.date, slot: Slot, params: Parameters) -> SlotDue:
    start = start_of(day)
    opens, closes = _minutes(slot, params)
    # "06:00-11:59" names the last minute that still counts; 12:00-15:59 fills AM late (domain.md 9).
    late = _minutes(Slot.PM, params)[0] if slot is Slot.AM else closes + 1
    return SlotDue(day, slot, start + opens * 60_000, start + (closes + 1) * 60_000, start + late * 60_000)


def _minutes(slot: Slot, params: Parameters) -> tuple[int, int]:
    return parse_hours(params.home_temp_windows[slot]).spans[0]


def missing(due: Iterable[SlotDue], taken: frozenset[str], now_ms: int) -> tuple[SlotDue, ...]:
    """未测时段: slots that have closed without an entry; `taken` holds "2020-02-20/AM"."""
    return tuple(s for s in due if s.closes_ms <= now_ms and slot_key(s.day, s.slot) not in taken)


def slot_key(day: dt.date, slot: Slot) -> str:
    """时段编号: "2020-02-20/AM"."""
    return f"{day.isoformat()}/{slot.value}"
