# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/cases` 案件: worst first, who was told and when, closing with an outcome (domain.md 15)."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row as DbRow
from sqlalchemy import select

from kiosk.domain.codes import CaseOutcome, Priority, Told
from kiosk.domain.instants import day_of
from kiosk.domain.register import Person
from sync.office.print.sheet import Sheet
from sync.office.service.accounts import Role
from sync.office.service.case_closing import CloseFault
from sync.office.store.tables import case_file
from sync.office.web.answers import NOT_FOUND, STALE, Answer, Done, Refused, Shown
from sync.office.web.case_people import people_of
from sync.office.web.fields import FormReader
from sync.office.web.listing import PAGE as ROWS
from sync.office.web.listing import Column, Kind, Listing, Row, place_asked, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.persons import person_within
from sync.office.web.visit import Visit

PATH = "/cases"
OVERDUE_MS = {Priority.P1: 600_000, Priority.P2: 3_600_000, Priority.P3: 3_600_000}
"""A call that was not made by then is due again (domain.md 15)."""
_LOOKS = {"P1": "stop", "P2": "wait", "P3": "dim"}
_COLUMNS = (
    Column("priority", "office.cases.priority"),
    Column("kind", "office.cases.kind", Kind.CODE, "case_kind"),
    Column("opened", "office.cases.opened", Kind.TIME),
    Column("gate", "office.cases.gate"),
    Column("who", "office.cases.who"),
    Column("untold", "office.cases.untold"),
    Column("outcome", "office.cases.outcome", Kind.CODE, "case_outcome"),
)


def show(visit: Visit) -> Answer:
    """Open cases, or all of them, newest first within their priority."""
    rows, older = _rows(visit)
    return Shown("cases.html", {"list": _listing(visit, rows, older)})


def sheet(visit: Visit) -> Sheet | Refused:
    """The list."""
    rows, _ = _rows(visit)
    scope = f"{day_of(visit.now_ms)}"
    return sheet_of(visit, _listing(visit, rows, None), "cases", visit.t("office.cases.title"), scope)


def one(visit: Visit) -> Answer:
    """One case."""
    row = _row(visit)
    return NOT_FOUND if row is None else _one_shown(visit, row, {})


def _one_shown(visit: Visit, row: DbRow[Any], faults: dict[str, str]) -> Shown:
    doc = json.loads(row.doc)
    steps = sorted(doc["steps"].values(), key=lambda step: int(step["at_ms"]))
    told = {step.get("who") for step in steps}
    person = _person(visit, row)
    return Shown(
        "case.html",
        {
            "row": row, "doc": doc, "steps": steps, "gate": visit.reach.gate_name(row.gate_id),
            "untold": [who for who in doc["told"] if who not in told], "overdue": _overdue(visit, row),
            "person": person, "name": "" if person is None else visit.fields.name(person.name),
            "phone": "" if person is None else visit.fields.phone(person.phone),
            "outcomes": [(each.value, visit.t(f"case_outcome.{each.value}")) for each in CaseOutcome],
            "may_close": visit.may("case.close") is not None and not row.closed,
        },
        faults,
    )  # fmt: skip


def close(visit: Visit) -> Answer:
    """Close it: a P1 case by its gate's leader alone; steps that are open are named before."""
    row = _row(visit)
    if row is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    outcome = read.choice("outcome", [each.value for each in CaseOutcome])
    doc = json.loads(row.doc)
    told = {step.get("who") for step in doc["steps"].values()}
    if any(who not in told for who in doc["told"]) and not read.ticked("all_the_same"):
        read.faults["all_the_same"] = "office.cases.fault.open_steps"
    if read.faults:
        return _one_shown(visit, row, read.faults)
    leader = visit.user.role is Role.GATE_LEADER
    fault = visit.office.closing.close(
        visit.tx, row.id, CaseOutcome(outcome), visit.now_ms, by=visit.user.id, leader=leader
    )
    if fault is CloseFault.NOT_OPEN:
        return STALE
    if fault is CloseFault.ONLY_THE_LEADER:
        return _one_shown(visit, row, {"outcome": "office.cases.fault.only_the_leader"})
    return Done(f"{PATH}/{row.id}", "office.cases.closed")


# -- inside ----------------------------------------------------------------------------------------------------------


def _rows(visit: Visit) -> tuple[Sequence[DbRow[Any]], str | None]:
    c = case_file.c
    query = select(case_file).where(c.gate_id.in_(visit.reach.gate_ids))
    if visit.asked.get("which", "") != "all":
        query = query.where(c.closed == 0)
    begin = place_asked(visit) or 0
    query = query.order_by(c.closed, c.priority, c.opened_at_ms.desc(), c.id).offset(begin).limit(ROWS + 1)
    rows = visit.tx.execute(query).all()
    return rows[:ROWS], str(begin + ROWS) if len(rows) > ROWS else None


def _row(visit: Visit) -> DbRow[Any] | None:
    row = visit.tx.execute(select(case_file).where(case_file.c.id == visit.path["id"])).first()
    return row if row is not None and visit.reach.gate(row.gate_id) is not None else None


def _listing(visit: Visit, rows: Sequence[DbRow[Any]], older: str | None) -> Listing:
    people = people_of(visit, rows)
    out = []
    for row in rows:
        doc = json.loads(row.doc)
        told = {step.get("who") for step in doc["steps"].values()}
        untold = [who for who in doc["told"] if who not in told and not row.closed]
        person = people.get(row.id)
        cells: dict[str, str | int | None] = {
            "priority": row.priority, "kind": row.kind, "opened": row.opened_at_ms,
            "gate": visit.reach.gate_name(row.gate_id), "who": "" if person is None else visit.fields.name(person.name),
            "untold": " ".join(visit.t(f"told.{who}") for who in untold), "outcome": doc.get("outcome"),
        }  # fmt: skip
        look = "dim" if row.closed else "stop" if _overdue(visit, row) else _LOOKS[row.priority]
        out.append(Row(cells, href=f"{PATH}/{row.id}", look=look))
    return Listing(_COLUMNS, out, "office.cases.none", older=older, exports=True)


def _person(visit: Visit, row: DbRow[Any]) -> Person | None:
    found = people_of(visit, [row]).get(row.id)
    within = None if found is None else person_within(visit, found.id)
    return None if within is None else within[0]


def _overdue(visit: Visit, row: DbRow[Any]) -> bool:
    """Whether a call is due that nobody has noted in its time."""
    doc = json.loads(row.doc)
    told = {step.get("who") for step in doc["steps"].values()}
    waits = any(who not in told for who in doc["told"] if who in set(Told))
    return not row.closed and waits and visit.now_ms - row.opened_at_ms > OVERDUE_MS[Priority(row.priority)]


LIST = Page(PATH, "office.cases.title", Group.CASES, "case.report", show, filters=("which", "after"), export=sheet)
ONE = Page(
    f"{PATH}/{{id}}", "office.cases.title", Group.CASES, "case.report", one,
    posts={"close": Post(close, "case.close")}, stands_for=PATH,
)  # fmt: skip
