# SPDX-License-Identifier: LicenseRef-Gatehouse
"""昨夜 as values: what a leader must know of each gate's last night, and what of it was read (interface.md 12)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from kiosk.domain.instants import day_of, parse_hours, start_of
from kiosk.domain.register import Gate
from sync.office.store.tables import (
    OVERRULED,
    case_file,
    device,
    device_epoch,
    event,
    passage,
    receipt,
    review_mark,
    shift,
)
from sync.office.store.upsert import put
from sync.office.web.visit import Visit

BEGINS_H = 18
_MINUTE_MS = 60_000
_MOST = 50


@dataclass(frozen=True, slots=True)
class Item:
    """一件事: `key` names it for its mark; `href` leads to it; `told` who was told of it, `untold` who was not."""

    key: str
    kind: str
    at_ms: int
    text: str
    prefix: str
    href: str = ""
    told: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    mark: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class GateNight:
    """一门一夜: minutes within its hours in which nobody was signed on, events that came late, things to read."""

    gate: Gate
    name: str
    unstaffed: int
    late: int
    items: tuple[Item, ...]

    @property
    def open(self) -> int:
        """Things not read yet."""
        return sum(not item.mark for item in self.items)


def night_begins(now_ms: int) -> int:
    """18:00 of the day before."""
    return start_of(day_of(now_ms)) - (24 - BEGINS_H) * 3_600_000


def nights(visit: Visit) -> tuple[GateNight, ...]:
    """All gates within reach, those with open things first."""
    gates, now_ms = visit.reach.gates, visit.now_ms
    ids, since = [gate.id for gate in gates], night_begins(visit.now_ms)
    marks = _marks(visit, ids, since)
    items: dict[str, list[Item]] = {gate: [] for gate in ids}
    for gate, item in (*_cases(visit, ids, since), *_overrides(visit, ids, since)):
        mark, note = marks.get(item.key, ("", ""))
        items[gate].append(
            Item(item.key, item.kind, item.at_ms, item.text, item.prefix, item.href, item.told, item.untold, mark, note)
        )
    staffed, late = _staffed(visit, ids, since), _late(visit, ids, since)
    names = visit.reach.gate_names
    night = range(since, now_ms, _MINUTE_MS)
    open_minutes = {
        text: [at for at in night if hours.hold(at)]
        for text, hours in ((text, parse_hours(text)) for text in {gate.hours for gate in gates})
    }
    out = [
        GateNight(
            gate,
            names[gate.id],
            _unstaffed(open_minutes[gate.hours], staffed.get(gate.id, [])),
            late.get(gate.id, 0),
            tuple(sorted(items[gate.id], key=lambda one: (bool(one.mark), one.at_ms))),
        )
        for gate in gates
        if gate.active
    ]
    return tuple(sorted(out, key=lambda one: (-one.open, -one.unstaffed, one.name)))


def keep_mark(visit: Visit, gate: str, key: str, *, what: str, note: str) -> None:
    """已阅, or 需补说明 with its words."""
    sealed = visit.office.vault.seal("review_mark", f"{key}/{visit.user.id}", note.encode()) if note else None
    row = {"item": key, "what": what, "gate_id": gate, "by": visit.user.id, "at_ms": visit.now_ms, "sealed": sealed}
    put(visit.tx, review_mark, [row])


# -- inside ----------------------------------------------------------------------------------------------------------


def _marks(visit: Visit, gates: Sequence[str], since: int) -> dict[str, tuple[str, str]]:
    c = review_mark.c
    rows = visit.tx.execute(select(review_mark).where(c.gate_id.in_(gates), c.at_ms >= since).order_by(c.at_ms)).all()
    out = {}
    for row in rows:
        note = visit.office.vault.open("review_mark", f"{row.item}/{row.by}", row.sealed) if row.sealed else b""
        out[row.item] = (row.what, (note or b"").decode())
    return out


def _cases(visit: Visit, gates: Sequence[str], since: int) -> list[tuple[str, Item]]:
    """Opened in the night, or open still."""
    c = case_file.c
    query = select(case_file).where(c.gate_id.in_(gates), (c.opened_at_ms >= since) | (c.closed == 0))
    out = []
    for row in visit.tx.execute(query.order_by(c.opened_at_ms.desc()).limit(_MOST * max(1, len(gates)))):
        doc = json.loads(row.doc)
        told = tuple(dict.fromkeys(step["who"] for step in doc["steps"].values() if step.get("who")))
        untold = () if row.closed else tuple(who for who in doc["told"] if who not in told)
        item = Item(f"case:{row.id}", "case", row.opened_at_ms, row.kind, "case_kind", f"/cases/{row.id}", told, untold)
        out.append((row.gate_id, item))
    return out


def _overrides(visit: Visit, gates: Sequence[str], since: int) -> list[tuple[str, Item]]:
    c = passage.c
    days = (day_of(since).toordinal(), day_of(visit.now_ms).toordinal())
    query = select(c.passage_id, c.gate_id, c.decided_ms, c.verdict).where(
        c.day.between(*days), c.gate_id.in_(gates), c.decided_ms >= since, OVERRULED
    )
    rows = visit.tx.execute(query.order_by(c.decided_ms.desc()).limit(_MOST * max(1, len(gates)))).all()
    return [
        (row.gate_id, Item(f"override:{row.passage_id}", "override", row.decided_ms, row.verdict, "verdict"))
        for row in rows
    ]


def _staffed(visit: Visit, gates: Sequence[str], since: int) -> dict[str, list[tuple[int, int]]]:
    """Gate -> spans in which a shift was open."""
    c = shift.c
    open_since = (c.closed_at_ms.is_(None)) | (c.closed_at_ms > since)
    rows = visit.tx.execute(select(c.gate_id, c.opened_at_ms, c.closed_at_ms).where(c.gate_id.in_(gates), open_since))
    out: dict[str, list[tuple[int, int]]] = {}
    for gate, opened_ms, closed_ms in rows:
        out.setdefault(gate, []).append((opened_ms, closed_ms if closed_ms is not None else visit.now_ms))
    return out


def _late(visit: Visit, gates: Sequence[str], since: int) -> dict[str, int]:
    """Gate -> events of before the night that arrived in it: what was reported may have changed.

    A device's log arrives in order, so that its last receipt of before the night says where the night's part begins.
    """
    d, e, r, tx = device.c, event.c, receipt.c, visit.tx
    out: dict[str, int] = {}
    heard = select(d.id, d.gate_id).where(d.gate_id.in_(gates), d.last_seen_ms >= since)
    for device_id, gate in tx.execute(heard).all():
        for epoch in tx.execute(select(device_epoch.c.epoch).where(device_epoch.c.device_id == device_id)).scalars():
            of_log = (r.device_id == device_id, r.epoch == epoch, r.at_ms < since)
            known = tx.execute(select(func.coalesce(func.max(r.seq), 0)).where(*of_log)).scalar_one()
            fresh = (e.device_id == device_id, e.epoch == epoch, e.seq > known)
            query = select(func.count()).select_from(event).where(*fresh, e.received_at_ms >= since, e.at_ms < since)
            out[gate] = out.get(gate, 0) + int(tx.execute(query).scalar_one())
    return out


def _unstaffed(minutes: Sequence[int], spans: Sequence[tuple[int, int]]) -> int:
    """How many of a gate's minutes have no shift."""
    return sum(not any(start <= at < end for start, end in spans) for at in minutes)
