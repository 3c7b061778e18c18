# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Cases, shifts and the gates' own reports of a day, as the office lists them (domain.md 14, 15, 17).

A case that two gates have (a conflict of their passages) is closed at one of them and then at the other: the closing
goes down as a work item, and each gate writes its own step (sync-and-store.md 7).
"""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from kiosk.domain.codec import to_json
from kiosk.domain.codes import Priority
from kiosk.domain.events import CaseOpened, CaseStep, Report, ShiftEvent
from sync.office.service.case_closing import CaseClosing
from sync.office.service.projecting import Fact
from sync.office.service.work import as_text
from sync.office.store.tables import case_file, report_day, shift
from sync.office.store.upsert import put


class CaseProjection:
    """案件、班次、门岗日报投影: applying an event twice, or a case ahead of its turn, gives the same rows."""

    def __init__(self, closing: CaseClosing | None = None) -> None:
        """`closing` tells the other gates of a case; None where nobody is told (a rebuild)."""
        self._closing = closing

    def apply(self, tx: Connection, facts: Sequence[Fact], now_ms: int) -> None:
        """Fold the facts one by one: they are few."""
        for fact in facts:
            match fact.event.body:
                case CaseOpened() as opened:
                    self._opened(tx, fact, opened, now_ms)
                case CaseStep() as step:
                    self._stepped(tx, fact, step, now_ms)
                case ShiftEvent() as event:
                    _shift(tx, fact, event)
                case Report() as closing:
                    _closing(tx, fact, closing, now_ms)
                case _:
                    pass

    def _opened(self, tx: Connection, fact: Fact, opened: CaseOpened, now_ms: int) -> None:
        old = tx.execute(select(case_file).where(case_file.c.id == opened.case)).first()
        doc: dict[str, Any] = json.loads(old.doc) if old is not None else {"steps": {}, "notes": [], "told": []}
        doc["told"] = list(dict.fromkeys([*doc["told"], *(told.value for told in opened.told or ())]))
        doc["notes"] = list(dict.fromkeys([*doc["notes"], *(note.value for note in opened.notes or ())]))
        doc["gates"] = list(dict.fromkeys([*doc.get("gates", ()), fact.device.gate_id]))
        priority = min(Priority(old.priority), opened.priority) if old is not None else opened.priority
        row = {
            "id": opened.case, "device_id": fact.device.id, "gate_id": fact.device.gate_id,
            "compound_id": fact.device.compound_id, "kind": opened.kind.value, "priority": priority.value,
            "opened_at_ms": fact.event.at_ms if old is None else min(old.opened_at_ms, fact.event.at_ms),
            "passage_id": opened.passage or (old.passage_id if old is not None else None),
            "closed": old.closed if old is not None else 0, "doc": as_text(doc),
        }  # fmt: skip
        put(tx, case_file, [row])
        if old is not None and old.closed and self._closing is not None:
            self._closing.tell(tx, opened.case, [fact.device.gate_id], doc, now_ms)

    def _stepped(self, tx: Connection, fact: Fact, step: CaseStep, now_ms: int) -> None:
        old = tx.execute(select(case_file.c.doc, case_file.c.closed).where(case_file.c.id == step.case)).first()
        if old is None:
            return
        doc: dict[str, Any] = json.loads(old.doc)
        doc["steps"][fact.event.id] = {**to_json(step), "at_ms": fact.event.at_ms}
        if step.outcome is not None and not old.closed:
            doc["outcome"], doc["closed_by"] = step.outcome.value, step.by or ""
        values = {"doc": as_text(doc), "closed": int(step.closed or bool(old.closed))}
        tx.execute(update(case_file).where(case_file.c.id == step.case).values(values))
        if step.closed and self._closing is not None:
            here = fact.device.gate_id
            self._closing.heard(tx, step.case, here, now_ms)
            others = [gate for gate in doc.get("gates", ()) if gate != here]
            if not old.closed:
                self._closing.tell(tx, step.case, others, doc, now_ms)


def _shift(tx: Connection, fact: Fact, event: ShiftEvent) -> None:
    old = tx.execute(select(shift).where(shift.c.id == event.shift)).first()
    doc: dict[str, Any] = json.loads(old.doc) if old is not None else {"steps": {}}
    doc["steps"][fact.event.id] = {**to_json(event), "at_ms": fact.event.at_ms}
    row = {
        "id": event.shift, "device_id": fact.device.id, "gate_id": fact.device.gate_id,
        "opened_at_ms": fact.event.at_ms if old is None else min(old.opened_at_ms, fact.event.at_ms),
        "closed_at_ms": fact.event.at_ms if event.what == "CLOSE" else (old.closed_at_ms if old is not None else None),
        "doc": as_text(doc),
    }  # fmt: skip
    put(tx, shift, [row])


def _closing(tx: Connection, fact: Fact, closing: Report, now_ms: int) -> None:
    row = {
        "day": dt.date.fromisoformat(closing.day).toordinal(), "scope": f"gate:{fact.device.gate_id}",
        "revision": closing.revision, "status": closing.status.value, "made_at_ms": now_ms,
        "last_seq": closing.last_seq, "doc": as_text(to_json(closing)),
    }  # fmt: skip
    put(tx, report_day, [row])
