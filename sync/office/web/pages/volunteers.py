# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/volunteers` 值守人员: who serves, where from (区级机关, 街道, 居民), hours of the week, badges (domain.md 14)."""

from collections.abc import Sequence
from dataclasses import replace

from kiosk.domain.codes import MemberSource
from kiosk.domain.identity import GateId, OperatorId
from kiosk.domain.register import Compound, Operator
from sync.office.print.sheet import Sheet
from sync.office.service.accounts import Role
from sync.office.service.issue import DAYS, Issued
from sync.office.service.masking import masked_name, masked_phone
from sync.office.web.answers import NOT_FOUND, Answer, Done, Shown
from sync.office.web.badging import evidence_of, printed_badges
from sync.office.web.duty import VOLUNTEER, Worked, badges_of, hours_text, in_week, monday_of, volunteers, worked
from sync.office.web.fields import REMARK, FormReader
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

PATH = "/volunteers"
_VIEW, _EDIT, _ISSUE, _REVOKE = "shift.review", "roster.edit", "pass.issue", "pass.revoke"
_COLUMNS = (
    Column("name", "office.volunteers.name"),
    Column("source", "office.volunteers.source", Kind.CODE, "member_source"),
    Column("phone", "office.volunteers.phone"),
    Column("gates", "office.volunteers.gates"),
    Column("hours", "office.volunteers.hours"),
    Column("state", "office.volunteers.state", Kind.MARK, "office.volunteers.states"),
)


def show(visit: Visit) -> Answer:
    """The list, by source."""
    return _shown(visit, {})


def _shown(visit: Visit, faults: dict[str, str]) -> Shown:
    cards = volunteers(visit)
    hours = worked(visit, in_week(visit, visit.reach.gate_ids, monday_of(visit)), monday_of(visit))
    known = {str(card.id) for card in cards}
    others = [one for member, one in hours.items() if member not in known]
    visit.note("phone.read", "volunteers", "duty list")
    return Shown(
        "volunteers.html",
        {
            "list": _listing(visit, _asked_for(visit, cards), hours), "monday": monday_of(visit),
            "counts": [(source, sum(card.source is source for card in cards)) for source in MemberSource],
            "others": len(others), "others_hours": hours_text(sum(one.minutes for one in others)),
            "gates": list(visit.reach.gate_names.items()), "sources": sources(visit),
            "may_edit": visit.may(_EDIT) is not None,
        },
        faults,
    )  # fmt: skip


def sources(visit: Visit) -> list[tuple[str, str]]:
    """区级机关, 街道, 居民, to choose from."""
    return [(one.value, visit.t(f"member_source.{one.value}")) for one in MemberSource]


def _asked_for(visit: Visit, cards: Sequence[Operator]) -> list[Operator]:
    sought, source = visit.asked.get("q", "").strip(), visit.asked.get("source", "")
    return [
        card
        for card in cards
        if (not sought or sought in card.name or (len(sought) > 3 and sought in card.phone))  # noqa: PLR2004 - a phone's tail
        and source in ("", card.source.value)
    ]


def _listing(
    visit: Visit, cards: Sequence[Operator], hours: dict[str, Worked], *, masked: bool = False, leader: bool = False
) -> Listing:
    rows, names = [], visit.reach.gate_names
    for card in cards:
        mine = hours.get(card.id, Worked())
        phone = "" if leader else masked_phone(card.phone) if masked else card.phone
        cells: dict[str, str | int | None] = {
            "name": masked_name(card.name) if leader else card.name, "source": card.source.value, "phone": phone,
            "gates": ", ".join(names[gate] for gate in card.gates if gate in names),
            "hours": hours_text(mine.minutes) if mine.shifts else "",
            "state": "OVER" if mine.over else "ON" if mine.open else None,
        }  # fmt: skip
        look = "stop" if mine.over else "go" if mine.open else ""
        rows.append(Row(cells, f"{PATH}/{card.id}", look))
    return Listing(_COLUMNS, rows, "office.volunteers.none", total=len(rows), exports=True)


def sheet(visit: Visit) -> Sheet:
    """The list with the week's hours, as an export may show it."""
    monday = monday_of(visit)
    hours = worked(visit, in_week(visit, visit.reach.gate_ids, monday), monday)
    leader = visit.user.role is Role.GATE_LEADER
    listing = _listing(visit, _asked_for(visit, volunteers(visit)), hours, masked=True, leader=leader)
    return sheet_of(visit, listing, "volunteers", visit.t("office.volunteers.title"), f"{monday}")


def add(visit: Visit) -> Answer:
    """A new volunteer with his gates."""
    read = FormReader(visit.form)
    card = _read(visit, read, Operator(OperatorId(visit.office.ids.new_id()), VOLUNTEER, "", MemberSource.RESIDENT))
    if card is None:
        return _shown(visit, read.faults)
    visit.office.book.put(visit.tx, [card], visit.now_ms)
    visit.note(_EDIT, f"volunteer {card.id}")
    return Done(f"{PATH}/{card.id}", "office.volunteers.added")


def _read(visit: Visit, read: FormReader, old: Operator) -> Operator | None:
    """The card that a form describes; gates out of reach stay as they were."""
    name, phone = read.text("name"), read.text("phone", 20, needed=False)
    source = read.choice("source", [one.value for one in MemberSource])
    if phone and not phone.replace("-", "").replace("+", "").isdecimal():
        read.faults["phone"] = "office.volunteers.fault.phone"
    mine = [GateId(gate) for gate in read.picked("gate.") if visit.reach.gate(gate) is not None]
    gates = (*(gate for gate in old.gates if visit.reach.gate(gate) is None), *mine)
    if not gates:
        read.faults["gates"] = "office.volunteers.fault.gates"
    if read.faults:
        return None
    return replace(old, name=name, phone=phone, source=MemberSource(source), gates=gates)


def one(visit: Visit) -> Answer:
    """One volunteer: card, hours of the week, badges."""
    card = _one(visit)
    return NOT_FOUND if card is None else _one_shown(visit, card, {})


def _one(visit: Visit) -> Operator | None:
    return next((card for card in volunteers(visit) if card.id == visit.path["id"]), None)


def _one_shown(visit: Visit, card: Operator, faults: dict[str, str]) -> Shown:
    monday = monday_of(visit)
    mine = [here for here in in_week(visit, visit.reach.gate_ids, monday) if here.member == card.id]
    visit.note("phone.read", f"volunteer {card.id}", "duty list")
    return Shown(
        "volunteer.html",
        {
            "card": card, "monday": monday, "mine": mine,
            "names": visit.reach.gate_names,
            "gates": [(gate, name, gate in card.gates) for gate, name in visit.reach.gate_names.items()],
            "sources": sources(visit), "hours": hours_text(worked(visit, mine, monday).get(card.id, Worked()).minutes),
            "badges": [(place, badges_of(visit).badge_of(visit.tx, card, place.id)) for place in _places(visit, card)],
            "may_edit": visit.may(_EDIT) is not None, "may_issue": visit.may(_ISSUE) is not None,
            "most": DAYS.stop - 1,
        },
        faults,
    )  # fmt: skip


def _places(visit: Visit, card: Operator) -> list[Compound]:
    mine = {gate.compound for gate in visit.reach.gates if gate.id in card.gates}
    return [compound for compound in visit.reach.compounds if compound.id in mine]


def edit(visit: Visit) -> Answer:
    """Change name, phone, source or gates; the gates know with their next contact."""
    card = _one(visit)
    if card is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    changed = _read(visit, read, card)
    if changed is None:
        return _one_shown(visit, card, read.faults)
    visit.office.book.put(visit.tx, [changed], visit.now_ms)
    visit.note(_EDIT, f"volunteer {card.id}")
    return Done(f"{PATH}/{card.id}", "office.volunteers.kept")


def leave(visit: Visit) -> Answer:
    """No longer serves: card and badges go, what he did stays."""
    card = _one(visit)
    if card is None or any(visit.reach.gate(gate) is None for gate in card.gates):
        return NOT_FOUND
    for place in _places(visit, card):
        row = badges_of(visit).badge_of(visit.tx, card, place.id)
        if row is not None:
            visit.office.issue.revoke(visit.tx, row.id, visit.now_ms, by=visit.user.id, why=visit.why or "left")
    visit.office.book.drop(visit.tx, Operator, card.id, visit.now_ms)
    visit.note(_EDIT, f"volunteer {card.id}", "left")
    return Done(PATH, "office.volunteers.left")


def badge(visit: Visit) -> Answer:
    """Sign a badge for one compound, and print it."""
    card = _one(visit)
    place = visit.reach.compound(visit.form.get("compound"))
    if card is None or place is None or place not in _places(visit, card):
        return NOT_FOUND
    read = FormReader(visit.form)
    evidence, days = evidence_of(read, visit.now_ms), read.number("days", DAYS.start, DAYS.stop - 1)
    if read.faults or days is None:
        return _one_shown(visit, card, read.faults)
    made = badges_of(visit).make(visit.tx, card, place.id, evidence, days, visit.now_ms, by=visit.user.id)
    if not isinstance(made, Issued):
        return _one_shown(visit, card, {"days": "office.volunteers.fault.badge"})
    visit.note(_ISSUE, f"badge {card.id}")
    who, source = masked_name(card.name), visit.t(f"member_source.{card.source.value}")
    return printed_badges(visit, place, [(made.row, who, source)], f"badge-{card.id[:8]}")


def again(visit: Visit) -> Answer:
    """Print the badge in force once more."""
    card = _one(visit)
    place = visit.reach.compound(visit.form.get("compound"))
    row = None if card is None or place is None else badges_of(visit).badge_of(visit.tx, card, place.id)
    if card is None or place is None or row is None:
        return NOT_FOUND
    who, source = masked_name(card.name), visit.t(f"member_source.{card.source.value}")
    return printed_badges(visit, place, [(row, who, source)], f"badge-{card.id[:8]}")


def lost(visit: Visit) -> Answer:
    """A badge is lost: withdrawn at once."""
    card = _one(visit)
    place = visit.reach.compound(visit.form.get("compound"))
    row = None if card is None or place is None else badges_of(visit).badge_of(visit.tx, card, place.id)
    if card is None or row is None:
        return NOT_FOUND
    visit.office.issue.lost(visit.tx, row.id, visit.now_ms, by=visit.user.id, why=visit.why[:REMARK])
    return Done(f"{PATH}/{card.id}", "office.volunteers.withdrawn")


LIST = Page(
    PATH, "office.volunteers.title", Group.GATES, _VIEW, show, filters=("q", "source", "from"),
    posts={"add": Post(add, _EDIT)}, export=sheet,
)  # fmt: skip
ONE = Page(
    f"{PATH}/{{id}}", "office.volunteers.title", Group.GATES, _VIEW, one, filters=("from",),
    posts={
        "edit": Post(edit, _EDIT), "leave": Post(leave, _EDIT), "badge": Post(badge, _ISSUE),
        "again": Post(again, _ISSUE), "lost": Post(lost, _REVOKE),
    },
    stands_for=PATH,
)  # fmt: skip
