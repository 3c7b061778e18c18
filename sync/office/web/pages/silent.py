# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/silent` 失联门岗: at 07:00 the gates that have not reported, with the phones of leader and deputy, and 电话报数."""

import datetime as dt
from dataclasses import dataclass

from kiosk.domain.codes import ReportStatus
from kiosk.domain.instants import day_of, shanghai
from kiosk.domain.register import Operator
from sync.office.print.sheet import Sheet
from sync.office.service.gate_days import gate_statuses
from sync.office.service.phoned import Phoned, keep_phoned, phoned_on
from sync.office.service.report import yesterday
from sync.office.store.devices import DeviceState
from sync.office.store.register import Committee
from sync.office.web.answers import BAD, NOT_FOUND, Answer, Done, Refused, Shown
from sync.office.web.fields import FormReader
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

_MOST = 99_999


@dataclass(frozen=True, slots=True)
class SilentGate:
    """失联一门: whom to call, in which order, and what was told."""

    id: str
    name: str
    committee: str
    committee_phone: str
    heard_ms: int | None
    leaders: tuple[tuple[str, str, bool], ...]
    """(name, phone, deputy)."""
    phoned: Phoned | None


def _day(visit: Visit, text: str) -> dt.date | None:
    if not text:
        return yesterday(visit.now_ms)
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day <= day_of(visit.now_ms) else None


def silent_gates(visit: Visit, day: dt.date) -> list[SilentGate]:
    """The gates within reach of which nothing of that day is here; eight queries."""
    reach = visit.reach
    statuses = gate_statuses(visit.tx, day, [gate.id for gate in reach.gates if gate.active])
    told = phoned_on(visit.tx, day, statuses)
    register = visit.office.book.register
    committees = {str(one.id): one for one in register.all(visit.tx, Committee)}
    compounds = {one.id: one for one in reach.compounds}
    cards = sorted((one for one in register.all(visit.tx, Operator) if one.role == "L"), key=lambda one: one.deputy)
    heard = {d.gate_id: d.last_seen_ms for d in visit.office.devices.all(visit.tx) if d.state == DeviceState.ACTIVE}
    out = []
    for gate in reach.gates:
        if statuses.get(gate.id) is not ReportStatus.MISSING:
            continue
        compound = compounds[gate.compound]
        committee = committees.get(compound.committee)
        leaders = tuple((one.name, one.phone, one.deputy) for one in cards if gate.id in one.gates)
        out.append(
            SilentGate(
                gate.id, f"{compound.name} {gate.name}", "" if committee is None else committee.name,
                compound.committee_phone or ("" if committee is None else committee.phone), heard.get(gate.id),
                leaders, told.get(gate.id),
            )
        )  # fmt: skip
    return out


def show(visit: Visit) -> Answer:
    """The list, with a form beside each gate."""
    day = _day(visit, visit.asked["day"])
    return BAD if day is None else _shown(visit, day, {})


def _shown(visit: Visit, day: dt.date, faults: dict[str, str], at: str = "") -> Shown:
    # Phones of people on duty are shown to whoever calls them; each look at the list is in the audit.
    visit.note("phone.read", f"silent {day}", "duty list")
    gates = silent_gates(visit, day)
    return Shown("silent.html", {"day": day, "gates": gates, "total": len(visit.reach.gates), "at": at}, faults)


def told(visit: Visit) -> Answer:
    """Write down what a gate told by phone."""
    day = _day(visit, visit.form.get("day", ""))
    gate = visit.reach.gate(visit.form.get("gate"))
    if day is None or gate is None:
        return NOT_FOUND
    if gate_statuses(visit.tx, day, [gate.id])[gate.id] is not ReportStatus.MISSING:
        return Done(f"/silent?day={day}", "office.silent.arrived")
    read = FormReader(visit.form)
    entered, left, fever = (read.number(name, 0, _MOST) for name in ("entered", "left", "fever"))
    if entered is None or left is None or fever is None:
        return _shown(visit, day, read.faults, gate.id)
    keep_phoned(visit.tx, day, Phoned(gate.id, entered, left, fever, visit.user.id, visit.now_ms))
    visit.note("report.signoff", f"phoned {day} {gate.id}")
    return Done(f"/silent?day={day}", "office.silent.kept")


def sheet(visit: Visit) -> Sheet | Refused:
    """The call list."""
    day = _day(visit, visit.asked["day"])
    if day is None:
        return BAD
    rows = [
        (
            gate.name, gate.committee, None if gate.heard_ms is None else shanghai(gate.heard_ms),
            "; ".join(f"{name} {phone}" for name, phone, _ in gate.leaders), gate.committee_phone,
            None if gate.phoned is None else gate.phoned.entered, None if gate.phoned is None else gate.phoned.left,
            None if gate.phoned is None else gate.phoned.fever,
        )
        for gate in silent_gates(visit, day)
    ]  # fmt: skip
    keys = ("gate", "committee", "heard", "leaders", "committee_phone", "entered", "left", "fever")
    return Sheet(
        f"silent-{day}", visit.t("office.silent.title"), f"{day} {visit.t('office.silent.provisional')}",
        tuple(visit.t(f"office.silent.{key}") for key in keys), rows, visit.t("office.purpose"),
        visit.t("office.made_at", at=f"{shanghai(visit.now_ms):%Y-%m-%d %H:%M}"), visit.t("office.signature"), keys,
    )  # fmt: skip


PAGE = Page(
    "/silent", "office.silent.title", Group.REPORT, "report.signoff", show, filters=("day",),
    posts={"told": Post(told, "report.signoff")}, export=sheet,
)  # fmt: skip
