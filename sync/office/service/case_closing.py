# SPDX-License-Identifier: LicenseRef-Gatehouse
"""结案: a closing reaches every gate that has the case, as a work item; the gate writes the step (domain.md 15).

The office writes no events. What it closes, or what one gate has closed, each gate of the case closes in its own log;
the step that comes back finishes the item. A P1 case is closed by a leader alone.
"""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select, update

from kiosk.domain.codes import CaseOutcome, Priority
from kiosk.domain.identity import GateId
from kiosk.domain.register import WorkItem
from sync.office.service.audit import Audit, Entry
from sync.office.service.work import Work
from sync.office.store.tables import case_file

KIND = "CASE_CLOSED"
"""Kind of the work item: in `detail` case, outcome and by (kiosk.app.leader)."""


class CloseFault(StrEnum):
    """不能结案: why a case was not closed."""

    NOT_OPEN = "not_open"
    ONLY_THE_LEADER = "only_the_leader"


class CaseClosing:
    """结案用例."""

    def __init__(self, work: Work, audit: Audit) -> None:
        """Take the gates' work items and the audit log."""
        self._work = work
        self._audit = audit

    def close(
        self, tx: Connection, case: str, outcome: CaseOutcome, now_ms: int, *, by: str, leader: bool
    ) -> CloseFault | None:
        """Close an open case from the office: its gates hear of it with their next sync."""
        row = tx.execute(select(case_file).where(case_file.c.id == case, case_file.c.closed == 0)).first()
        if row is None:
            return CloseFault.NOT_OPEN
        if Priority(row.priority) is Priority.P1 and not leader:
            return CloseFault.ONLY_THE_LEADER
        doc = {**json.loads(row.doc), "outcome": outcome.value, "closed_by": by}
        gates = doc.get("gates", (row.gate_id,))
        if not gates:
            # The office's own case stands in no gate's log: nobody else will close it.
            changed = update(case_file).where(case_file.c.id == case)
            tx.execute(changed.values(closed=1, doc=json.dumps(doc, ensure_ascii=False)))
        self.tell(tx, case, gates, doc, now_ms)
        self._audit.note(tx, Entry(by, "case.close", case, why=outcome.value), now_ms)
        return None

    def tell(self, tx: Connection, case: str, gates: Iterable[str], doc: Mapping[str, Any], now_ms: int) -> None:
        """Gates of a case hear that it is closed, each once."""
        detail = {"case": case, "outcome": str(doc.get("outcome", "")), "by": str(doc.get("closed_by", ""))}
        for gate in gates:
            self._work.give(tx, GateId(gate), WorkItem(_item(case, gate), KIND, now_ms, detail=detail), now_ms)

    def heard(self, tx: Connection, case: str, gate: str, now_ms: int) -> None:
        """A gate has closed the case in its own log."""
        self._work.finish(tx, _item(case, gate), now_ms)


def _item(case: str, gate: str) -> str:
    return sha256(f"{KIND}|{case}|{gate}".encode()).hexdigest()[:32]
