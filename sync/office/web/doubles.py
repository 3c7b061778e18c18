# SPDX-License-Identifier: LicenseRef-Gatehouse
"""待核事项 as values: one pass at two gates, and verdicts that a leader overrode (interface.md 12, domain.md 7)."""

import json
from dataclasses import dataclass

from sqlalchemy import select

from kiosk.domain.codec import from_json
from kiosk.domain.codes import Reason, Verdict
from kiosk.domain.instants import day_of
from kiosk.domain.passes.serials import printed, serial_of
from kiosk.domain.register import PassRow, Person, WorkItem
from sync.office.store.tables import OVERRULED, passage, review_mark, work_item
from sync.office.web.visit import Visit

KINDS = ("CLONE", "SAME_WAY")
CONFIRMED, DOUBTED = "CONFIRMED", "DOUBTED"
_PAIR = 30
"""The two flags of a pair share so much of their ids."""
_MOST = 100


@dataclass(frozen=True, slots=True)
class Double:
    """一证两门: the same pass at two gates within two minutes (CLONE), or twice the same way (SAME_WAY)."""

    key: str
    kind: str
    serial: str
    who: str
    first_gate: str
    first_ms: int
    second_gate: str
    second_ms: int


@dataclass(frozen=True, slots=True)
class Overruled:
    """改判: what the rules said and what was decided; `mark` once somebody looked at it."""

    passage: str
    gate_id: str
    gate: str
    at_ms: int
    was: Verdict
    reason: Reason
    verdict: Verdict
    why: str
    by: str
    mark: str = ""


def doubles(visit: Visit) -> list[Double]:
    """Pairs that nobody has judged, newest first; three queries."""
    c = work_item.c
    mine = (c.kind.in_(KINDS), c.done == 0, c.gate_id.in_(visit.reach.gate_ids))
    rows = visit.tx.execute(select(c.doc).where(*mine).order_by(c.made_at_ms.desc()).limit(2 * _MOST)).scalars()
    items = {item.id[:_PAIR]: item for item in (from_json(WorkItem, json.loads(doc)) for doc in rows)}
    register = visit.office.book.register
    passes = register.many(visit.tx, PassRow.ENTITY, [one.pass_id for one in items.values() if one.pass_id is not None])
    holders = {key: row.person for key, row in passes.items() if isinstance(row, PassRow) and row.person is not None}
    people = register.many(visit.tx, Person.ENTITY, list(holders.values()))
    out = []
    for key, item in items.items():
        person = people.get(holders.get(item.pass_id or "", ""))
        told = item.detail or {}
        serial = "" if item.pass_id is None else printed(serial_of(bytes.fromhex(item.pass_id)))
        who = visit.fields.name(person.name) if isinstance(person, Person) else ""
        out.append(
            Double(
                key, item.kind, serial, who, visit.reach.gate_name(told.get("first_gate", "")),
                int(told.get("first_at_ms", 0)), visit.reach.gate_name(told.get("second_gate", "")),
                int(told.get("second_at_ms", 0)),
            )
        )  # fmt: skip
    return out


def settle(visit: Visit, key: str, why: str) -> bool:
    """A pair is judged: its flags go from both gates' lists; False if there is none within reach."""
    c = work_item.c
    mine = (c.id.in_([f"{key}00", f"{key}01"]), c.kind.in_(KINDS), c.done == 0, c.gate_id.in_(visit.reach.gate_ids))
    ids = list(visit.tx.execute(select(c.id).where(*mine)).scalars())
    for one in ids:
        visit.office.work.finish(visit.tx, one, visit.now_ms)
    if ids:
        visit.note("record.correct", key, why)
    return bool(ids)


def overruled(visit: Visit) -> list[Overruled]:
    """Verdicts that were overridden yesterday and today, newest first; marked ones too, so that they can be read."""
    today = day_of(visit.now_ms).toordinal()
    c = passage.c
    query = select(c.passage_id, c.gate_id).where(
        c.day.between(today - 1, today), c.gate_id.in_(visit.reach.gate_ids), OVERRULED
    )
    gates = {row.passage_id: row.gate_id for row in visit.tx.execute(query.order_by(c.decided_ms.desc()).limit(_MOST))}
    records = visit.office.passages.get(visit.tx, list(gates))
    m = review_mark.c
    marked = select(m.item, m.what).where(m.item.in_([key_of(one) for one in gates]), m.what.in_((CONFIRMED, DOUBTED)))
    marks = {row.item: row.what for row in visit.tx.execute(marked)}
    out = []
    for key, gate in gates.items():
        record = records[key]
        if record.overridden is not None:
            was = record.overridden
            out.append(
                Overruled(
                    key, gate, visit.reach.gate_name(gate), record.decided.at_ms, was.verdict, was.reason,
                    record.verdict, was.why, was.by, marks.get(key_of(key), ""),
                )
            )  # fmt: skip
    return out


def key_of(passage_id: str) -> str:
    """The name under which an override is marked, here and in the leader's night."""
    return f"override:{passage_id}"
