# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/route` 上门测温: a line a person in building order; 366 and Enter goes on to the next (interface.md 12).

未接电话, 未在家, 不愿测量 are keys beside the line; the sheet on paper has a blank for each slot.
"""

from kiosk.domain.codes import IsolationState, Missed
from kiosk.domain.instants import day_of
from sync.office.print.sheet import Sheet
from sync.office.service.home_temps import SlotState, SlotView, TempFault
from sync.office.web.answers import NOT_FOUND, Answer, Done, Refused, Shown
from sync.office.web.isolated import LOOKS, Isolated, isolated, one_isolated, params_of, temps_of
from sync.office.web.listing import Column, Listing, Row, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

ROUTE = "/route"


def show(visit: Visit) -> Answer:
    """Who is to be measured in this slot, by building."""
    return _route(visit, "", "")


def _route(visit: Visit, at: str, fault: str) -> Shown:
    today = day_of(visit.now_ms)
    rows = [
        (one, next((slot for slot in reversed(one.today(today))), None))
        for one in isolated(visit)
        if one.state in (IsolationState.HOME, IsolationState.PENDING, IsolationState.BREACH)
    ]
    open_rows = [(one, slot) for one, slot in rows if slot is not None]
    waits = [one.record.id for one, slot in open_rows if slot.state in (SlotState.DUE, SlotState.MISSING)]
    focus = at if fault else next((each for each in waits), "")
    buildings: dict[tuple[str, str], list[tuple[Isolated, SlotView]]] = {}
    names = {compound.id: compound.name for compound in visit.reach.compounds}
    for one, slot in open_rows:
        key = (names.get(one.person.compound, ""), "" if one.home is None else one.home.building)
        buildings.setdefault(key, []).append((one, slot))
    return Shown(
        "route.html",
        {"buildings": buildings, "focus": focus, "fault": fault, "at": at, "missed": list(Missed), "left": len(waits),
         "total": len(open_rows), "looks": LOOKS, "fields": visit.fields},
        {"temp": fault} if fault else {},
    )  # fmt: skip


def enter(visit: Visit) -> Answer:
    """One reading, or why there is none; 366, 36.6 and ３６.６ are the same."""
    found = one_isolated(visit, visit.form.get("isolation", ""))
    if found is None:
        return NOT_FOUND
    told = visit.form.get("temp", "").strip()
    missed = visit.form.get("missed", "")
    tenths = _tenths(told) if not missed else None
    if not missed and tenths is None:
        return _route(visit, found.record.id, "office.isolation.fault.not_a_reading")
    done = temps_of(visit).enter(
        visit.tx, found.record.id, params_of(visit), visit.now_ms, temp_dc=tenths,
        missed=Missed(missed) if missed in set(Missed) else None, by=visit.user.id,
    )  # fmt: skip
    if isinstance(done, TempFault):
        return _route(visit, found.record.id, f"office.isolation.fault.{done.value}")
    fever = done.temp_dc is not None and done.temp_dc >= params_of(visit).fever_tenths
    return Done(ROUTE, "office.isolation.fever" if fever else "")


def sheet(visit: Visit) -> Sheet | Refused:
    """The route on paper: who, where, phone, a blank to write in."""
    columns = (
        Column("building", "office.isolation.building"), Column("room", "office.isolation.room"),
        Column("name", "office.isolation.name"), Column("phone", "office.isolation.phone"),
        Column("day", "office.isolation.day"), Column("am", "slot.AM"), Column("pm", "slot.PM"),
    )  # fmt: skip
    rows = [
        Row({"building": "" if one.home is None else one.home.building, "room": visit.fields.room(one.home),
             "name": visit.fields.name(one.person.name), "phone": visit.fields.phone(one.person.phone),
             "day": visit.t("office.isolation.nth", n=one.day)})
        for one in isolated(visit)
    ]  # fmt: skip
    return sheet_of(
        visit, Listing(columns, rows, ""), "route", visit.t("office.isolation.route"), f"{day_of(visit.now_ms)}"
    )


def _tenths(text: str) -> int | None:
    """366, 36.6 and 36,6 are 366."""
    plain = text.replace(",", ".").replace("．", ".").replace("。", ".")
    whole, dot, part = plain.partition(".")
    if not whole.isdecimal() or (dot and not (part.isdecimal() and len(part) == 1)):
        return None
    value = int(whole) * 10 + int(part) if dot else int(whole)
    return value * 10 if not dot and len(whole) == 2 else value  # noqa: PLR2004 - 37 is 37.0


PAGE = Page(
    ROUTE, "office.isolation.route", Group.RETURNS, "hometemp.enter", show,
    posts={"enter": Post(enter, "hometemp.enter")}, export=sheet,
)  # fmt: skip
