# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/roster` 值班表: shifts by gate and week, gaps marked, handovers, phones (interface.md 12, domain.md 14)."""

import datetime as dt
from typing import Any

from kiosk.domain.identity import OperatorId
from kiosk.domain.instants import day_of
from kiosk.domain.register import Gate, Operator
from sync.office.print.sheet import Sheet
from sync.office.service.accounts import Role
from sync.office.service.masking import masked_name, masked_phone
from sync.office.web.answers import NOT_FOUND, Answer, Done, Refused, Shown
from sync.office.web.duty import (
    DAYS,
    LEADER,
    GateWeek,
    in_week,
    monday_of,
    operators,
    plan_of,
    volunteers,
    weeks,
    who_was,
)
from sync.office.web.fields import FormReader
from sync.office.web.listing import Column, Kind, Listing, Row, link, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

PATH = "/roster"
_VIEW, _EDIT = "shift.review", "roster.edit"
_MOST_SHIFTS = 6
_SHEET = (
    Column("day", "office.duty.day"), Column("slot", "office.duty.slot"), Column("gate", "office.duty.gate"),
    Column("name", "office.duty.name"), Column("source", "office.duty.source", Kind.CODE, "member_source"),
    Column("phone", "office.duty.phone"), Column("sign", "office.duty.sign"),
)  # fmt: skip


def show(visit: Visit) -> Answer:
    """All gates of the week, or one with its grid."""
    if visit.asked["gate"] and visit.reach.gate(visit.asked["gate"]) is None:
        return NOT_FOUND
    return _shown(visit, visit.asked["gate"], {})


def _gates(visit: Visit, gate_id: str) -> list[Gate]:
    mine = [gate for gate in visit.reach.gates if gate.active]
    if gate_id:
        return [gate for gate in visit.reach.gates if gate.id == gate_id]
    return mine


def _shown(visit: Visit, gate_id: str, faults: dict[str, str]) -> Shown:
    gates = _gates(visit, gate_id)
    one = gates[0] if len(gates) == 1 else None
    monday = monday_of(visit)
    found = sorted(weeks(visit, gates, monday), key=lambda week: (-week.gaps, week.name))
    values: dict[str, Any] = {
        "weeks": found, "one": found[0] if one is not None else None, "monday": monday,
        "days": [monday + dt.timedelta(days=n) for n in range(DAYS)], "today": day_of(visit.now_ms),
        "before": link(visit, PATH, **{"from": (monday - dt.timedelta(days=DAYS)).isoformat()}),
        "after": link(visit, PATH, **{"from": (monday + dt.timedelta(days=DAYS)).isoformat()}),
        "slots": plan_of(visit).slots(visit.tx), "may_edit": visit.may(_EDIT) is not None,
        "whole": visit.reach.everything, "gaps": sum(week.gaps for week in found), "people": [], "handovers": [],
    }  # fmt: skip
    if one is not None:
        # Phones of people on duty are shown to whoever calls them; each look is in the audit.
        visit.note("phone.read", f"roster {one.id} {monday}", "duty list")
        values["people"] = [
            (str(card.id), f"{card.name} {visit.t(f'member_source.{card.source.value}')}")
            for card in (*volunteers(visit), *_leaders(visit))
            if one.id in card.gates
        ]
        values["handovers"] = _handovers(visit, one, monday)
    return Shown("duty.html", values, faults)


def _handovers(visit: Visit, gate: Gate, monday: dt.date) -> list[dict[str, Any]]:
    """The gate's shifts as they were: when, who, not relieved."""
    found = in_week(visit, [gate.id], monday)
    out: dict[str, dict[str, Any]] = {}
    for one, name in zip(found, who_was(visit, found), strict=True):
        row = out.setdefault(one.shift, {"begin": one.begin_ms, "end": one.end_ms, "open": one.open, "who": []})
        row["begin"], row["end"] = min(row["begin"], one.begin_ms), max(row["end"], one.end_ms)
        row["who"].append(f"{name} {visit.t(f'member_source.{one.source.value}')}".strip())
    return sorted(out.values(), key=lambda row: -row["begin"])


def _leaders(visit: Visit) -> list[Operator]:
    return sorted((card for card in operators(visit).values() if card.role == LEADER), key=lambda card: card.deputy)


def plan(visit: Visit) -> Answer:
    """Plan somebody for a shift on one or more days of the week."""
    gate = visit.reach.gate(visit.form.get("gate"))
    if gate is None:
        return NOT_FOUND
    monday, read = monday_of(visit), FormReader(visit.form)
    who = read.choice("who", [str(card.id) for card in (*volunteers(visit), *_leaders(visit)) if gate.id in card.gates])
    begin = read.choice("slot", [str(slot.begin) for slot in plan_of(visit).slots(visit.tx)])
    days = [monday + dt.timedelta(days=n) for n in range(DAYS) if read.ticked(f"day.{n}")]
    if not days:
        read.faults["days"] = "office.duty.fault.days"
    if read.faults:
        return _shown(visit, gate.id, read.faults)
    n = plan_of(visit).plan(visit.tx, gate.id, days, int(begin), OperatorId(who), visit.now_ms, by=visit.user.id)
    return Done(_at(gate.id, monday), "office.duty.planned", {"n": n})


def drop(visit: Visit) -> Answer:
    """Take somebody off."""
    monday = monday_of(visit)
    gone = plan_of(visit).drop(
        visit.tx, visit.form.get("plan", ""), visit.reach.gate_ids, visit.now_ms, by=visit.user.id
    )
    return Done(_at(visit.form.get("gate", ""), monday), "office.duty.dropped") if gone else NOT_FOUND


def repeat(visit: Visit) -> Answer:
    """The week before once more."""
    gate = visit.reach.gate(visit.form.get("gate"))
    if gate is None:
        return NOT_FOUND
    monday = monday_of(visit)
    n = plan_of(visit).repeat(visit.tx, gate.id, monday, visit.now_ms, by=visit.user.id)
    return Done(_at(gate.id, monday), "office.duty.planned", {"n": n})


def hours(visit: Visit) -> Answer:
    """Other hours at which shifts change; the street's alone."""
    if not visit.reach.everything:
        return NOT_FOUND
    typed = visit.form.get("hours", "").replace(",", " ").replace("，", " ").split()
    bounds = [int(one) for one in typed if one.isdecimal() and len(one) <= 2]  # noqa: PLR2004 - an hour has two digits
    fits = len(bounds) == len(typed) and 1 <= len(bounds) <= _MOST_SHIFTS
    if not fits or bounds != sorted(set(bounds)) or bounds[-1] > 23:  # noqa: PLR2004 - hours of a day
        return _shown(visit, "", {"hours": "office.duty.fault.hours"})
    plan_of(visit).set_bounds(visit.tx, bounds, visit.now_ms, by=visit.user.id)
    return Done(PATH, "office.duty.changed")


def _at(gate: str, monday: dt.date) -> str:
    return f"{PATH}?gate={gate}&from={monday}" if gate.isalnum() else f"{PATH}?from={monday}"


def sheet(visit: Visit) -> Sheet | Refused:
    """The week as a list to hang up and sign; a gap is a line to write on."""
    if visit.asked["gate"] and visit.reach.gate(visit.asked["gate"]) is None:
        return NOT_FOUND
    monday = monday_of(visit)
    rows = [row for week in weeks(visit, _gates(visit, visit.asked["gate"]), monday) for row in _lines(visit, week)]
    scope = f"{monday} – {monday + dt.timedelta(days=DAYS - 1)}"
    return sheet_of(visit, Listing(_SHEET, rows, ""), "roster", visit.t("office.duty.title"), scope)


def _lines(visit: Visit, week: GateWeek) -> list[Row]:
    """Redacted as any export: a leader's sheet names by surname without phones, phones are masked (trust.md 10)."""
    leader = visit.user.role is Role.GATE_LEADER
    out = []
    for cell in (cell for row in week.grid for cell in row if cell.needed or cell.planned):
        head = {"day": cell.day.isoformat(), "slot": cell.slot.text, "gate": week.name}
        for _, card in cell.planned:
            name = "?" if card is None else masked_name(card.name) if leader else card.name
            phone = "" if card is None or leader else masked_phone(card.phone)
            source = None if card is None else card.source.value
            out.append(Row({**head, "name": name, "source": source, "phone": phone}))
        if not cell.planned:
            out.append(Row({**head, "name": ""}))
    return out


PAGE = Page(
    PATH, "office.duty.title", Group.GATES, _VIEW, show, filters=("gate", "from"),
    posts={
        "plan": Post(plan, _EDIT), "drop": Post(drop, _EDIT), "repeat": Post(repeat, _EDIT),
        "hours": Post(hours, _EDIT),
    },
    export=sheet,
)  # fmt: skip
