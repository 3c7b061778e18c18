# SPDX-License-Identifier: LicenseRef-Gatehouse
"""班次与交接: sign-on, handover, and the gate's own closing of each day (domain.md sections 14 and 17)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from kiosk.app.ports import CommitFailed, GateStore
from kiosk.app.recorder import Note, Recorder
from kiosk.app.turn import Done
from kiosk.domain.codes import MemberSource, Priority, RefusedInput, ReportStatus
from kiosk.domain.events import Body, Handover, Member, Report, ShiftEvent, WaitingPerson
from kiosk.domain.figures import PASSAGE_COLUMNS
from kiosk.domain.identity import OperatorId, ShiftId
from kiosk.domain.instants import day_of
from kiosk.domain.policy import Policy
from kiosk.domain.present import Number, Present, Shift
from kiosk.domain.temperature import wait_left_s


@dataclass(frozen=True, slots=True)
class Joining:
    """接班人员: a volunteer by name and source; `operator` where a staff card said who it is."""

    name: str
    source: MemberSource
    operator: OperatorId | None = None


@dataclass(frozen=True, slots=True)
class HandoverSheet:
    """交班单: what both sides sign."""

    members: tuple[Joining, ...]
    remarks: str
    out_pin: bool = True
    in_pin: bool = True
    leader_pin: bool = False
    equipment: Mapping[str, str] | None = None


class Shifts:
    """班次."""

    def __init__(self, recorder: Recorder, store: GateStore) -> None:
        """Keep the parts."""
        self._recorder = recorder
        self._store = store
        self.after_close: Callable[[], None] = lambda: None

    @property
    def _present(self) -> Present:
        return self._recorder.present

    def sign_on(self, members: Sequence[Joining], checks: Mapping[str, str] | None = None) -> Done:
        """接班: opens a shift, or joins the open one; a failed check is stored and shown, it closes no gate."""
        shift = self._present.shift()
        joined, names = self._members(members)
        what = "OPEN" if shift is None else "JOIN"
        identity = ShiftId(self._recorder.new_id()) if shift is None else shift.id
        body = ShiftEvent(identity, what, joined, dict(checks) if checks else None)
        return self._commit([Note(body, names)])

    def handover(self, sheet: HandoverSheet, policy: Policy, unsynced: int) -> Done:
        """交班: both sign; whoever rests keeps the same count-down."""
        refused = self._refusal(sheet)
        if refused is not None:
            return Done(refused)
        shift = self._present.shift()
        joined, names = self._members(sheet.members)
        now = self._recorder.time.now()
        waiting = tuple(
            WaitingPerson(record.passage, now.at_ms + left * 1000)
            for record in self._present.open_passages()
            if (left := wait_left_s(record.temperature, now, policy.params)) is not None
        )
        leaving = shift or Shift(ShiftId(self._recorder.new_id()), now.at_ms)
        coming = ShiftId(self._recorder.new_id())
        cases = tuple(case.id for case in self._present.cases())
        signed = (*(m.id for m in leaving.members), *(m.id for m in joined))
        counts = {name: leaving.tally.get(name, 0) for name in PASSAGE_COLUMNS if leaving.tally.get(name)}
        bodies: list[Note | Body] = [
            Handover(leaving.id, coming, counts, cases, waiting, unsynced, sheet.remarks.strip(), signed,
                     dict(sheet.equipment) if sheet.equipment else None),
            ShiftEvent(leaving.id, "CLOSE", counts=counts, head=self._store.head()[1]),
            Note(ShiftEvent(coming, "OPEN", joined), names),
        ]  # fmt: skip
        done = self._commit(bodies)
        if done.fault is None:
            self.after_close()
        return done

    def _refusal(self, sheet: HandoverSheet) -> RefusedInput | None:
        if not sheet.out_pin:
            return RefusedInput.PIN_NEEDED
        if not sheet.in_pin:
            return RefusedInput.SECOND_PIN_NEEDED
        if not sheet.remarks.strip():
            return RefusedInput.WHY_NEEDED  # 无特殊情况 must be chosen, it is no default
        grave = any(case.priority is Priority.P1 for case in self._present.cases())
        return RefusedInput.PIN_NEEDED if grave and not sheet.leader_pin else None

    def _members(self, members: Sequence[Joining]) -> tuple[tuple[Member, ...], dict[str, object]]:
        joined = [(m.operator or OperatorId(self._recorder.new_id()), m) for m in members]
        return tuple(Member(i, m.source) for i, m in joined), {i: m.name for i, m in joined}

    def _commit(self, notes: Sequence[Note | Body]) -> Done:
        try:
            self._recorder.commit(notes)
        except CommitFailed as failed:
            return Done(fault=failed.fault)
        return Done()

    def head(self) -> str:
        """日志头: the hash of the log's newest event, for the handover's print."""
        return self._store.head()[1]

    def close_days(self) -> tuple[dt.date, ...]:
        """零报告与日报: closes every day that is over and was not closed yet, while this program ran or wrote."""
        today = day_of(self._recorder.time.now().at_ms)
        closed = cast("Number | None", self._present.get("number", "closed_day"))
        first = self._first_day()
        if first is None or self._recorder.time.bad:
            return ()
        day = first if closed is None else max(first, dt.date.fromordinal(closed.value + 1))
        done: list[dt.date] = []
        while day < today:
            if self._commit([self._report(day)]).fault is not None:
                break
            done.append(day)
            day += dt.timedelta(days=1)
        return tuple(done)

    def _report(self, day: dt.date) -> Report:
        tally = self._present.tally(f"day/{day}")
        columns = {name: tally.get(name, 0) for name in (*PASSAGE_COLUMNS, "tailgated")}
        seq, head = self._store.head()
        status = ReportStatus.REPORTED if any(tally.values()) else ReportStatus.ZERO
        events_hash = sha256(f"{day}|{seq}|{head}".encode()).hexdigest()
        return Report(day.isoformat(), 1, columns, events_hash, status, seq)

    def _first_day(self) -> dt.date | None:
        first = next(iter(self._store.events(0, 1)), None)
        return day_of(first.at_ms) if first is not None else None
