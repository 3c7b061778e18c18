# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/isolation` 隔离登记: who, which day, papers, slots, permits, release (interface.md 12, domain.md 9)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from kiosk.domain.codes import IsolationState
from kiosk.domain.identity import PermitId
from kiosk.domain.instants import day_of, start_of
from kiosk.domain.register import Permit, Person
from sync.office.print.papers import Paper, papers
from sync.office.print.sheet import Sheet
from sync.office.service.exports import Exported, Purpose
from sync.office.service.home_temps import SlotView
from sync.office.service.isolations import IsolationFault, Isolations
from sync.office.store.tables import isolation as isolation_table
from sync.office.web.answers import NOT_FOUND, Answer, Done, Refused, Shown
from sync.office.web.fields import REMARK, FormReader
from sync.office.web.isolated import BEGINNINGS, LOOKS, Isolated, isolated, one_isolated, params_of
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.persons import person_within
from sync.office.web.visit import Visit

PATH = "/isolation"
_PAPERS = ("notice", "record", "commitment")
_COLUMNS = (
    Column("name", "office.isolation.name"),
    Column("room", "office.isolation.room"),
    Column("phone", "office.isolation.phone"),
    Column("state", "office.isolation.state", Kind.CODE, "isolation_state"),
    Column("day", "office.isolation.day"),
    Column("d0", "office.isolation.d0"),
    Column("due", "office.isolation.due"),
    Column("papers", "office.isolation.papers"),
    Column("today", "office.isolation.today"),
    Column("missing", "office.isolation.missing", Kind.NUMBER),
)


def show(visit: Visit) -> Answer:
    """The register."""
    return _shown(visit, {})


def _shown(visit: Visit, faults: dict[str, str], person: Person | None = None) -> Shown:
    """The register; `person`: with the form by which an isolation of his begins, as it was sent."""
    found = _filtered(visit)
    values = {
        "list": _listing(visit, found), "person": person, "today": day_of(visit.now_ms),
        "name": "" if person is None else visit.fields.name(person.name),
        "beginnings": [(one.value, visit.t(f"isolation_state.{one.value}")) for one in BEGINNINGS],
    }  # fmt: skip
    return Shown("isolation.html", values, faults)


def sheet(visit: Visit) -> Sheet | Refused:
    """The register as a list."""
    found = _filtered(visit)
    return sheet_of(
        visit, _listing(visit, found), "isolation", visit.t("office.isolation.title"), f"{day_of(visit.now_ms)}"
    )


def one(visit: Visit) -> Answer:
    """One isolation: papers, slots, permits, release."""
    found = one_isolated(visit)
    return NOT_FOUND if found is None else _one_shown(visit, found, {})


def open_(visit: Visit) -> Answer:
    """Begin an isolation for a person of the register."""
    found = person_within(visit, visit.form.get("person", ""))
    if found is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    d0 = read.day("d0")
    state = read.choice("state", [each.value for each in BEGINNINGS])
    if d0 is not None and d0 > day_of(visit.now_ms):
        read.faults["d0"] = "office.isolation.fault.ahead"
    if read.faults or d0 is None:
        return _shown(visit, read.faults, found[0])
    told = _isolations(visit).open(
        visit.tx, found[0].id, d0, visit.now_ms, by=visit.user.id, state=IsolationState(state)
    )
    if isinstance(told, IsolationFault):
        return _shown(visit, {"state": f"office.isolation.fault.{told.value}"}, found[0])
    return Done(f"{PATH}/{told.id}", "office.isolation.begun")


def check(visit: Visit) -> Answer:
    """Tick papers: what was handed over stays ticked."""
    found = one_isolated(visit)
    if found is None:
        return NOT_FOUND
    old, form = found.record, visit.form
    changed = replace(
        old, notice=old.notice or "notice" in form, record=old.record or "record" in form,
        commitment=old.commitment or "commitment" in form, changed_at_ms=visit.now_ms,
    )  # fmt: skip
    if old.state is IsolationState.PENDING and changed.notice and changed.record and changed.commitment:
        changed = replace(changed, state=IsolationState.HOME)
    visit.office.book.put(visit.tx, [changed], visit.now_ms)
    visit.note("isolation.checklist", found.record.id)
    return Done(f"{PATH}/{found.record.id}", "office.isolation.kept")


def release(visit: Visit) -> Answer:
    """With the number of the release notice; never before the day is due (domain.md 9)."""
    found = one_isolated(visit)
    if found is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    number = read.text("number", 40)
    if found.state is not IsolationState.DUE and not read.ticked("early"):
        read.faults["number"] = "office.isolation.fault.not_due"
    if read.faults:
        return _one_shown(visit, found, read.faults)
    params, by = params_of(visit), visit.user.id
    told = _isolations(visit).release(visit.tx, found.person.id, number, params, visit.now_ms, by=by)
    text = f"office.isolation.fault.{told.value}" if isinstance(told, IsolationFault) else "office.isolation.released"
    return Done(f"{PATH}/{found.record.id}", text)


def restart(visit: Visit) -> Answer:
    """Contact with a case, or a breach ruled so: new record, new D0."""
    found = one_isolated(visit)
    if found is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    d0, why = read.day("d0"), read.text("because", REMARK)
    if d0 is not None and d0 > day_of(visit.now_ms):
        read.faults["d0"] = "office.isolation.fault.ahead"
    if read.faults or d0 is None:
        return _one_shown(visit, found, read.faults)
    told = _isolations(visit).restart(visit.tx, found.person.id, d0, visit.now_ms, by=visit.user.id, why=why)
    if isinstance(told, IsolationFault):
        return Done(f"{PATH}/{found.record.id}", f"office.isolation.fault.{told.value}")
    return Done(f"{PATH}/{told.id}", "office.isolation.begun")


def permit(visit: Visit) -> Answer:
    """Leave for treatment, from and to."""
    found = one_isolated(visit)
    if found is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    day = read.day("day")
    begin, end = read.number("from", 0, 23), read.number("to", 1, 24)
    transport = read.choice("transport", ("AMBULANCE", "CAR"))
    if begin is not None and end is not None and begin >= end:
        read.faults["to"] = "office.isolation.fault.span"
    if read.faults or day is None or begin is None or end is None:
        return _one_shown(visit, found, read.faults)
    granted = Permit(
        PermitId(visit.office.ids.new_id()), found.person.id, visit.why, start_of(day) + begin * 3_600_000,
        start_of(day) + end * 3_600_000, visit.now_ms, transport, visit.user.id,
    )  # fmt: skip
    visit.office.book.put(visit.tx, [granted], visit.now_ms)
    visit.note("permit.grant", found.record.id)
    return Done(f"{PATH}/{found.record.id}", "office.isolation.permitted")


def paper(visit: Visit) -> Answer:
    """告知书, 健康登记, 承诺书, filled in for this person, as one PDF."""
    found = one_isolated(visit)
    if found is None:
        return NOT_FOUND
    compound = visit.reach.compound(found.person.compound)
    fields = visit.fields
    content = papers(
        Paper(
            compound.name if compound is not None else "", fields.name(found.person.name), fields.room(found.home),
            fields.phone(found.person.phone), found.record.d0, found.due - dt.timedelta(days=1),
            compound.committee_phone if compound is not None else "",
        )
    )  # fmt: skip
    file = Exported(f"papers-{found.record.id[:8]}.pdf", "application/pdf", content)
    purpose = Purpose(visit.user.id, why=visit.why)
    return visit.house.exports.note(
        visit.tx, file, purpose, visit.now_ms, scope=found.record.id, columns=("name", "room", "phone"), rows=1
    )


# -- inside ----------------------------------------------------------------------------------------------------------


def _isolations(visit: Visit) -> Isolations:
    return Isolations(visit.office.book, visit.office.audit, visit.office.ids)


def _one_shown(visit: Visit, found: Isolated, faults: dict[str, str]) -> Shown:
    register = visit.office.book.register
    permits = register.all(visit.tx, Permit, person_id=found.person.id)
    older = visit.tx.execute(
        select(isolation_table.c.id).where(
            isolation_table.c.person_id == found.person.id, isolation_table.c.id != found.record.id
        )
    ).scalars()
    return Shown(
        "isolation_one.html",
        {
            "one": found, "name": visit.fields.name(found.person.name), "room": visit.fields.room(found.home),
            "phone": visit.fields.phone(found.person.phone), "permits": permits, "older": list(older),
            "papers": [(key, getattr(found.record, key)) for key in _PAPERS], "looks": LOOKS,
            "last": found.due - dt.timedelta(days=1), "today": day_of(visit.now_ms),
            "transports": [(key, visit.t(f"office.isolation.transport.{key}")) for key in ("AMBULANCE", "CAR")],
        },
        faults,
    )  # fmt: skip


def _filtered(visit: Visit) -> list[Isolated]:
    found = isolated(visit, running=visit.asked.get("which", "") != "all")
    if visit.asked.get("which", "") == "due":
        return [one for one in found if one.state is IsolationState.DUE]
    if visit.asked.get("which", "") == "missing":
        return [one for one in found if one.missing]
    return found


def _listing(visit: Visit, found: Sequence[Isolated]) -> Listing:
    rows = [
        Row(
            {
                "name": visit.fields.name(one.person.name),
                "room": visit.fields.room(one.home),
                "phone": visit.fields.phone(one.person.phone),
                "state": one.state.value,
                "day": visit.t("office.isolation.nth", n=one.day),
                "d0": one.record.d0.isoformat(),
                "due": one.due.isoformat(),
                "papers": f"{sum(getattr(one.record, name) for name in _PAPERS)}/{len(_PAPERS)}",
                "today": " ".join(
                    f"{visit.t(f'slot.{slot.due.slot.value}')} {_said(visit, slot)}"
                    for slot in one.today(day_of(visit.now_ms))
                ),
                "missing": one.missing,
            },
            href=f"{PATH}/{one.record.id}",
            look="stop" if one.state is IsolationState.BREACH or one.missing else _look(one.state),
        )
        for one in found
    ]
    return Listing(_COLUMNS, rows, "office.isolation.none", total=len(rows), exports=True)


def _said(visit: Visit, slot: SlotView) -> str:
    if slot.taken is not None and slot.taken.temp_dc is not None:
        return f"{slot.taken.temp_dc / 10:.1f}"
    if slot.taken is not None and slot.taken.missed is not None:
        return visit.t(f"missed.{slot.taken.missed.value}")
    return visit.t(f"office.isolation.slot.{slot.state.value}")


def _look(state: IsolationState) -> str:
    return "wait" if state in (IsolationState.DUE, IsolationState.PENDING) else "go"


LIST = Page(
    PATH, "office.isolation.title", Group.RETURNS, "isolation.checklist", show, filters=("which",),
    posts={"open": Post(open_, "isolation.checklist")}, export=sheet,
)  # fmt: skip
ONE = Page(
    f"{PATH}/{{id}}", "office.isolation.title", Group.RETURNS, "isolation.checklist", one,
    posts={
        "check": Post(check, "isolation.checklist"),
        "release": Post(release, "isolation.release"),
        "restart": Post(restart, "isolation.checklist"),
        "permit": Post(permit, "permit.grant"),
        "paper": Post(paper, "isolation.checklist"),
    },
    stands_for=PATH,
)  # fmt: skip
