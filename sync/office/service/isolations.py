# SPDX-License-Identifier: LicenseRef-Gatehouse
"""隔离登记(街道一侧): released by the notice's number, restarted after contact, opened for who was found inside.

What a gate tells comes through the projections; this page is for what committee, health centre and street do
themselves (domain.md section 9). Old records are kept: a restart is a new one that names the old.
"""

import datetime as dt
from dataclasses import replace
from enum import StrEnum

from sqlalchemy import Connection

from kiosk.domain.codes import IsolationState, PassState
from kiosk.domain.identity import IsolationId, PersonId
from kiosk.domain.isolation import state_at
from kiosk.domain.policy import Parameters
from kiosk.domain.register import Isolation, PassRow
from sync.office.ports import OfficeIds
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook


class IsolationFault(StrEnum):
    """不能办理: why nothing was changed."""

    NO_RECORD = "no_record"
    NO_NUMBER = "no_number"
    NOT_RUNNING = "not_running"
    RUNNING = "running"


class Isolations:
    """隔离用例."""

    def __init__(self, book: RegisterBook, audit: Audit, ids: OfficeIds) -> None:
        """Take the register, the audit log and ids."""
        self._book = book
        self._audit = audit
        self._ids = ids

    def current(self, tx: Connection, person: PersonId) -> Isolation | None:
        """The newest record of a person."""
        records = self._book.register.all(tx, Isolation, person_id=person)
        return max(records, key=lambda record: (record.d0, record.changed_at_ms), default=None)

    def open(
        self, tx: Connection, person: PersonId, d0: dt.date, now_ms: int, *, by: str, state: IsolationState
    ) -> Isolation | IsolationFault:
        """A new record: PENDING for who was found inside, HOME with the papers, CENTRAL for who was taken elsewhere."""
        running = self.current(tx, person)
        if running is not None and running.state is not IsolationState.RELEASED:
            return IsolationFault.RUNNING
        papers = state is IsolationState.HOME
        record = Isolation(
            IsolationId(self._ids.new_id()), person, state, d0, now_ms, notice=papers, record=papers,
            commitment=papers, opened_at_ms=now_ms,
        )  # fmt: skip
        self._cards(tx, person, PassState.ACTIVE, PassState.SUSPENDED, now_ms)
        return self._put(tx, record, now_ms, by, "isolation.checklist")

    def release(
        self, tx: Connection, person: PersonId, number: str, params: Parameters, now_ms: int, *, by: str
    ) -> Isolation | IsolationFault:
        """By the notice's number; before its day too, for the office may (the health centre decided so)."""
        record = self.current(tx, person)
        if record is None:
            return IsolationFault.NO_RECORD
        if not number.strip():
            return IsolationFault.NO_NUMBER
        if state_at(record, now_ms, params) in (IsolationState.NONE, IsolationState.RELEASED):
            return IsolationFault.NOT_RUNNING
        released = replace(
            record,
            state=IsolationState.RELEASED,
            release_notice=number.strip(),
            changed_at_ms=now_ms,
            released_at_ms=now_ms,
        )
        self._cards(tx, person, PassState.SUSPENDED, PassState.ACTIVE, now_ms)
        return self._put(tx, released, now_ms, by, "isolation.release")

    def restart(
        self, tx: Connection, person: PersonId, d0: dt.date, now_ms: int, *, by: str, why: str
    ) -> Isolation | IsolationFault:
        """Contact with a case, or a breach ruled so: a new record with a new D0; the old one is kept as it was."""
        old = self.current(tx, person)
        if old is None:
            return IsolationFault.NO_RECORD
        closed = replace(old, state=IsolationState.RELEASED, changed_at_ms=now_ms, released_at_ms=now_ms)
        new = replace(
            old,
            id=IsolationId(self._ids.new_id()),
            state=IsolationState.HOME,
            d0=d0,
            changed_at_ms=now_ms + 1,
            opened_at_ms=now_ms,
            released_at_ms=None,
            release_notice=None,
            restarted_from=old.id,
            slots_taken=(),
        )
        self._book.put(tx, [closed], now_ms)
        self._cards(tx, person, PassState.ACTIVE, PassState.SUSPENDED, now_ms)
        self._audit.note(tx, Entry(by, "isolation.checklist", old.id, why=why), now_ms)
        return self._put(tx, new, now_ms, by, "isolation.checklist")

    def _put(self, tx: Connection, record: Isolation, now_ms: int, by: str, action: str) -> Isolation:
        self._book.put(tx, [record], now_ms)
        self._audit.note(tx, Entry(by, action, record.id), now_ms)
        return record

    def _cards(self, tx: Connection, person: PersonId, old: PassState, new: PassState, now_ms: int) -> None:
        rows = self._book.register.all(tx, PassRow, person_id=person)
        changed = [replace(row, state=new, changed_at_ms=now_ms) for row in rows if row.state is old]
        if changed:
            self._book.put(tx, changed, now_ms)
