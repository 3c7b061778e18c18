# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/centre` 卫生中心: today's isolated persons by building with their slots, and the cases it was told of.

The centre sees the cases and isolated persons of the committees that it serves, with phone and room; every look is in
the audit (trust.md 3, column H). Others who may open the page see what their own grant shows.
"""

import json
from typing import Any

from sqlalchemy import select

from kiosk.domain.codes import IsolationState, Told
from kiosk.domain.instants import day_of
from kiosk.domain.register import Dwelling
from sync.office.print.sheet import Sheet
from sync.office.service.home_temps import SlotState
from sync.office.store.tables import case_file
from sync.office.web.answers import Answer, Shown
from sync.office.web.case_people import people_of
from sync.office.web.isolated import LOOKS, Isolated, isolated
from sync.office.web.listing import Column, Listing, Row, sheet_of
from sync.office.web.page import Group, Page
from sync.office.web.visit import Visit

PATH = "/centre"
_AT_HOME = (IsolationState.PENDING, IsolationState.HOME, IsolationState.BREACH, IsolationState.DUE)
_CASES = 50
_SHEET = (
    Column("place", "office.centre.place"), Column("room", "office.isolation.room"),
    Column("name", "office.isolation.name"), Column("phone", "office.isolation.phone"),
    Column("day", "office.isolation.day"), Column("am", "slot.AM"), Column("pm", "slot.PM"),
    Column("note", "office.centre.note"),
)  # fmt: skip


def show(visit: Visit) -> Answer:
    """The day's work: who is to be measured, who is missing, whose day is due; cases of which it was told."""
    found = [one for one in isolated(visit) if one.state in _AT_HOME]
    today = day_of(visit.now_ms)
    cases = _cases(visit)
    if found or cases:
        visit.note("phone.read", f"centre {len(found)}+{len(cases)}")
    slots = [slot for one in found for slot in one.today(today)]
    return Shown(
        "centre.html",
        {
            "places": _by_building(visit, found), "looks": LOOKS, "today": today, "fields": visit.fields,
            "cases": cases, "total": len(found), "due": [one for one in found if one.state is IsolationState.DUE],
            "taken": sum(slot.state in (SlotState.TAKEN, SlotState.LATE) for slot in slots), "slots": len(slots),
            "missing": sum(one.missing for one in found), "may_enter": visit.may("hometemp.enter") is not None,
        },
    )  # fmt: skip


def _by_building(visit: Visit, found: list[Isolated]) -> dict[tuple[str, str], list[Isolated]]:
    """(compound, building) -> persons, in the order of a walk."""
    names = {compound.id: compound.name for compound in visit.reach.compounds}
    out: dict[tuple[str, str], list[Isolated]] = {}
    for one in found:
        key = (names.get(one.person.compound, ""), "" if one.home is None else one.home.building)
        out.setdefault(key, []).append(one)
    return out


def _cases(visit: Visit) -> list[dict[str, Any]]:
    """Open cases of which the centre is to be told; the worst and oldest first."""
    c = case_file.c
    mine = (c.closed == 0, c.gate_id.in_(visit.reach.gate_ids))
    rows = visit.tx.execute(select(case_file).where(*mine).order_by(c.priority, c.opened_at_ms).limit(4 * _CASES)).all()
    docs = [(row, json.loads(row.doc)) for row in rows]
    wanted = [(row, doc) for row, doc in docs if Told.HEALTH.value in doc["told"]][:_CASES]
    people = people_of(visit, [row for row, _ in wanted])
    homes = visit.office.book.register.many(
        visit.tx, Dwelling.ENTITY, [one.dwelling for one in people.values() if one.dwelling is not None]
    )
    out = []
    for row, doc in wanted:
        person = people.get(row.id)
        home = None if person is None or person.dwelling is None else homes.get(person.dwelling)
        told = any(step.get("who") == Told.HEALTH.value for step in doc["steps"].values())
        out.append(
            {
                "row": row, "told": told, "gate": visit.reach.gate_name(row.gate_id),
                "name": "" if person is None else visit.fields.name(person.name),
                "phone": "" if person is None else visit.fields.phone(person.phone),
                "room": visit.fields.room(home) if isinstance(home, Dwelling) else "",
            }
        )  # fmt: skip
    return out


def sheet(visit: Visit) -> Sheet:
    """The route on paper, by building, with blanks for both slots."""
    names = {compound.id: compound.name for compound in visit.reach.compounds}
    rows = [
        Row(
            {
                "place": names.get(one.person.compound, ""), "room": visit.fields.room(one.home),
                "name": visit.fields.name(one.person.name), "phone": visit.fields.phone(one.person.phone),
                "day": visit.t("office.isolation.nth", n=one.day),
            }
        )
        for one in isolated(visit)
        if one.state in _AT_HOME
    ]  # fmt: skip
    title = visit.t("office.centre.title")
    return sheet_of(visit, Listing(_SHEET, rows, ""), "centre", title, f"{day_of(visit.now_ms)}")


PAGE = Page(PATH, "office.centre.title", Group.RETURNS, "isolation.checklist", show, export=sheet)
