# SPDX-License-Identifier: LicenseRef-Gatehouse
"""远程批准(街道一侧): requests of gates that wait, and the leader's answer, which comes down as a work item.

FEVER and isolation are never decided from afar: the gate does not ask, and what does not fit its open request is
ignored there (kiosk.app.remote). Reason and PIN are asked before (trust.md section 3, `remote.approve`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from kiosk.domain.events import RemoteApproval, event_from_json
from kiosk.domain.identity import GateId, PassageId
from kiosk.domain.register import WorkItem
from sync.office.ports import OfficeIds
from sync.office.service.audit import Audit, Entry
from sync.office.service.work import Work
from sync.office.store.tables import event

KIND = "REMOTE"
"""Kind of the work item, as the gate knows it (`kiosk.app.remote.ANSWER_KIND`)."""
TIMEOUT_MS = 300_000


class RemoteFault(StrEnum):
    """不能答复: why no answer was sent."""

    NOT_WAITING = "not_waiting"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True)
class Waiting:
    """等待中的请求: what a gate asked, and when (ms)."""

    gate: GateId
    passage: PassageId
    request: str
    asked_at_ms: int


class RemoteAnswers:
    """远程批准用例."""

    def __init__(self, work: Work, audit: Audit, ids: OfficeIds) -> None:
        """Take work items, the audit log and ids."""
        self._work = work
        self._audit = audit
        self._ids = ids

    def waiting(self, tx: Connection, gates: Sequence[GateId], now_ms: int) -> tuple[Waiting, ...]:
        """Requests of these gates that wait for an answer, oldest first."""
        c = event.c
        query = select(c.canon).where(
            c.type == RemoteApproval.TYPE, c.gate_id.in_(list(gates)), c.at_ms > now_ms - TIMEOUT_MS, c.parsed == 1
        )
        open_: dict[PassageId, Waiting] = {}
        for (canon,) in tx.execute(query.order_by(c.at_ms, c.seq)):
            read = event_from_json(json.loads(canon))
            asked = read.body
            if not isinstance(asked, RemoteApproval):
                continue
            if asked.answer == "ASKED":
                open_[asked.passage] = Waiting(read.gate, asked.passage, asked.request, read.at_ms)
            else:
                open_.pop(asked.passage, None)
        answered = {
            item.passage for gate in gates for _, item in self._work.open(tx, gate) if item.kind == KIND
        }  # fmt: skip
        return tuple(one for one in open_.values() if one.passage not in answered)

    def answer(
        self,
        tx: Connection,
        gate: GateId,
        request: str,
        now_ms: int,
        *,
        approve: bool,
        why: str,
        by: str,
    ) -> RemoteFault | None:
        """Approve or refuse a waiting request, with a reason."""
        if not why.strip():
            return RemoteFault.NO_REASON
        found = next((one for one in self.waiting(tx, [gate], now_ms) if one.request == request), None)
        if found is None:
            return RemoteFault.NOT_WAITING
        detail = {"request": request, "answer": "APPROVED" if approve else "REFUSED", "why": why.strip(), "by": by}
        item = WorkItem(self._ids.new_id(), KIND, now_ms, passage=found.passage, detail=detail)
        self._work.give(tx, gate, item, now_ms)
        self._audit.note(tx, Entry(by, "remote.approve", found.passage, why=why.strip()), now_ms)
        return None
