# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Work items of a gate: flags, answers, pass texts to print; they come down in `work:<gate>` (sync-and-store.md 6)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update

from kiosk.domain.codec import from_json, to_json
from kiosk.domain.identity import GateId
from kiosk.domain.register import WorkItem
from sync.office.store.changes import DELETE, Changed, ChangeLog
from sync.office.store.tables import work_item
from sync.office.store.upsert import add_new
from sync.wire import scopes

PRINT = "PRINT"


def as_text(value: Mapping[str, Any]) -> str:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Work:
    """待办: given to a gate once, done or taken back later."""

    def __init__(self, changes: ChangeLog) -> None:
        """Take the change log."""
        self._changes = changes

    def give(self, tx: Connection, gate: GateId, item: WorkItem, now_ms: int) -> bool:
        """Give an item; False if the gate had it already."""
        if tx.execute(select(work_item.c.id).where(work_item.c.id == item.id)).first() is not None:
            return False
        doc = as_text(to_json(item))
        row = {"id": item.id, "gate_id": gate, "kind": item.kind, "made_at_ms": item.made_at_ms, "done": 0, "doc": doc}
        add_new(tx, work_item, [row])
        self._changes.put(tx, scopes.work(gate), [Changed(WorkItem.ENTITY, item.id, doc=doc)], now_ms)
        return True

    def finish(self, tx: Connection, item_id: str, now_ms: int) -> bool:
        """An item is done: a printed pass text is dropped at both ends; False if there is no such open item."""
        query = select(work_item.c.gate_id, work_item.c.doc).where(work_item.c.id == item_id, work_item.c.done == 0)
        row = tx.execute(query).first()
        if row is None:
            return False
        item = from_json(WorkItem, json.loads(row.doc))
        done = as_text(to_json(replace(item, text=None, done=True)))
        tx.execute(update(work_item).where(work_item.c.id == item_id).values(done=1, doc=done))
        self._changes.put(tx, scopes.work(GateId(row.gate_id)), [Changed(WorkItem.ENTITY, item_id, DELETE)], now_ms)
        return True

    def open(self, tx: Connection, gate: str | None = None) -> list[tuple[str, WorkItem]]:
        """Open items with their gates, oldest first."""
        c = work_item.c
        query = select(c.gate_id, c.doc).where(c.done == 0).order_by(c.made_at_ms)
        rows = tx.execute(query if gate is None else query.where(c.gate_id == gate))
        return [(row.gate_id, from_json(WorkItem, json.loads(row.doc))) for row in rows]
