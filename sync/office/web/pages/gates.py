# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/gates` 门岗登记: the entrances with their hours, lanes and kinds, who leads each, and which are open now.

A gate taken out of use stays on the register: its events and its place among the bits of a pass stay what they are.
"""

from collections.abc import Sequence
from dataclasses import replace

from kiosk.domain.codes import GateKind, Lane, MemberSource
from kiosk.domain.identity import CompoundId, GateId, OperatorId
from kiosk.domain.instants import shanghai
from kiosk.domain.register import Gate, Operator
from sync.office.print.sheet import Sheet
from sync.office.service.street_register import LEADER, free_id
from sync.office.web.answers import NOT_FOUND, STALE, Answer, Done, Shown
from sync.office.web.fields import FormReader
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.registers import (
    called,
    committees_within,
    of_gate,
    open_now,
    read_hours,
    read_phone,
    street_register,
)
from sync.office.web.visit import Visit

PATH = "/gates"
_EDIT = "roster.edit"
_LOOKS = {"OPEN": "go", "SHUT": "wait", "CLOSED": "dim"}
_COLUMNS = (
    Column("gate", "office.gates.gate"),
    Column("state", "office.gates.state", Kind.MARK, "office.gates.states"),
    Column("hours", "office.gates.hours"),
    Column("lane", "office.gates.lane", Kind.CODE, "lane"),
    Column("kind", "office.gates.kind", Kind.CODE, "gate_kind"),
    Column("leaders", "office.gates.leaders"),
    Column("committee", "office.gates.committee"),
    Column("area", "office.gates.area"),
    Column("pickup", "office.gates.pickup"),
)


def show(visit: Visit) -> Answer:
    """All gates within reach."""
    return _shown(visit)


def _shown(visit: Visit, faults: dict[str, str] | None = None) -> Shown:
    visit.note("phone.read", "gates", "duty list")
    return Shown("gates.html", {"list": _listing(visit), **_choices(visit)}, faults or {})


def _choices(visit: Visit) -> dict[str, object]:
    return {
        "compounds": [(str(one.id), one.name) for one in visit.reach.compounds],
        "lanes": [(code.value, visit.t(f"lane.{code.value}")) for code in Lane],
        "kinds": [(code.value, visit.t(f"gate_kind.{code.value}")) for code in GateKind],
        "sources": [(code.value, visit.t(f"member_source.{code.value}")) for code in MemberSource],
    }


def _listing(visit: Visit) -> Listing:
    leaders = street_register(visit).leaders(visit.tx)
    committees = {one.id: one.name for one in committees_within(visit)}
    compounds = {one.id: one for one in visit.reach.compounds}
    names, asked = visit.reach.gate_names, visit.asked.get("q", "").strip()
    rows = []
    for gate in visit.reach.gates:
        compound = compounds[gate.compound]
        cells: dict[str, str | int | None] = {
            "gate": names[gate.id], "state": open_now(gate, visit.now_ms), "hours": gate.hours,
            "lane": gate.lane.value, "kind": gate.kind.value, "leaders": called(of_gate(leaders, gate)),
            "committee": committees.get(compound.committee, ""), "area": compound.grid_area,
            "pickup": gate.pickup_point,
        }  # fmt: skip
        if not asked or asked == gate.id or any(asked in str(value) for value in cells.values()):
            rows.append(Row(cells, f"{PATH}/{gate.id}", _LOOKS[str(cells["state"])]))
    return Listing(_COLUMNS, rows, "office.gates.empty", total=len(rows), exports=True)


def sheet(visit: Visit) -> Sheet:
    """The register of gates, with whom to call."""
    visit.note("phone.read", "gates", "duty list")
    return sheet_of(visit, _listing(visit), "gates", visit.t("office.gates.title"), str(shanghai(visit.now_ms).date()))


def add(visit: Visit) -> Answer:
    """A new gate: its tablet can be enrolled once the key bundle names it."""
    read = FormReader(visit.form)
    compound = read.choice("compound", visit.reach.compound_ids)
    new = _read(read)
    if read.faults:
        return _shown(visit, read.faults)
    taken = [gate.id for gate in visit.office.book.gates(visit.tx)]
    gate = replace(new, id=GateId(free_id("G", taken)), compound=CompoundId(compound))
    visit.office.book.put(visit.tx, [gate], visit.now_ms)
    visit.note(_EDIT, gate.id)
    return Done(f"{PATH}/{gate.id}", "office.gates.added")


def _read(read: FormReader) -> Gate:
    lane = read.choice("lane", [code.value for code in Lane])
    kind = read.choice("kind", [code.value for code in GateKind])
    name, hours, pickup = read.text("name"), read_hours(read), read.text("pickup", 80, needed=False)
    if read.faults:
        return Gate(GateId(""), CompoundId(""), "")
    return Gate(GateId(""), CompoundId(""), name, Lane(lane), GateKind(kind), hours, pickup_point=pickup)


# one gate -------------------------------------------------------------------------------------------------------------


def one(visit: Visit) -> Answer:
    """One gate: what it is, who leads it."""
    gate = visit.reach.gate(visit.path["gate"])
    return NOT_FOUND if gate is None else _gate(visit, gate)


def _gate(visit: Visit, gate: Gate, faults: dict[str, str] | None = None) -> Shown:
    visit.note("phone.read", f"gate {gate.id}", "duty list")
    everybody = _within(visit, street_register(visit).leaders(visit.tx))
    mine = of_gate(everybody, gate)
    compound = visit.reach.compound(gate.compound)
    committee = next((one for one in committees_within(visit) if compound and one.id == compound.committee), None)
    return Shown(
        "gate.html",
        {
            "gate": gate, "name": visit.reach.gate_names[gate.id], "state": open_now(gate, visit.now_ms),
            "looks": _LOOKS, "compound": compound, "committee": committee,
            "mine": [(one, len(one.gates) - 1) for one in mine],
            "others": [(str(one.id), one.name) for one in everybody if one not in mine],
            "named": gate.id in visit.office.enrolment.in_bundle(visit.tx), **_choices(visit),
        },
        faults or {},
    )  # fmt: skip


def _within(visit: Visit, leaders: Sequence[Operator]) -> list[Operator]:
    """Cards that this account may give out: those with a gate within reach, or with none yet."""
    gates = set(visit.reach.gate_ids)
    return [one for one in leaders if visit.reach.everything or gates.intersection(one.gates)]


def edit(visit: Visit) -> Answer:
    """Another name, other hours, lane or kind; the gate hears of it with its next sync."""
    gate = visit.reach.gate(visit.path["gate"])
    if gate is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    new = _read(read)
    if read.faults:
        return _gate(visit, gate, read.faults)
    return _kept(visit, replace(new, id=gate.id, compound=gate.compound, active=gate.active), "office.gates.kept")


def shut(visit: Visit) -> Answer:
    """Take a gate out of use."""
    return _switch(visit, active=False)


def reopen(visit: Visit) -> Answer:
    """Take it into use again."""
    return _switch(visit, active=True)


def _switch(visit: Visit, *, active: bool) -> Answer:
    gate = visit.reach.gate(visit.path["gate"])
    if gate is None:
        return NOT_FOUND
    if gate.active is active:
        return STALE
    return _kept(visit, replace(gate, active=active), f"office.gates.{'opened' if active else 'closed'}")


def _kept(visit: Visit, gate: Gate, told: str) -> Done:
    visit.office.book.put(visit.tx, [gate], visit.now_ms)
    visit.note(_EDIT, gate.id)
    return Done(f"{PATH}/{gate.id}", told)


def lead(visit: Visit) -> Answer:
    """Put a leader on a gate: one who has a card, or a new one (whose PIN is made on the page of accounts)."""
    gate = visit.reach.gate(visit.path["gate"])
    if gate is None:
        return NOT_FOUND
    cards = {str(one.id): one for one in _within(visit, street_register(visit).leaders(visit.tx))}
    read = FormReader(visit.form)
    chosen = cards.get(visit.form.get("card", ""))
    if chosen is not None:
        new = replace(chosen, gates=tuple(dict.fromkeys([*chosen.gates, gate.id])))
        return _card(visit, gate, new)
    name, phone = read.text("leader"), read_phone(read, needed=True)
    source = read.choice("source", [code.value for code in MemberSource])
    if read.faults:
        return _gate(visit, gate, read.faults)
    new_id = OperatorId(visit.office.ids.new_id())
    deputy = read.ticked("deputy")
    return _card(
        visit, gate, Operator(new_id, LEADER, name, MemberSource(source), phone, None, (gate.id,), deputy=deputy)
    )


def leave(visit: Visit) -> Answer:
    """Take a leader off a gate."""
    gate = visit.reach.gate(visit.path["gate"])
    cards = {str(one.id): one for one in street_register(visit).leaders(visit.tx)}
    card = cards.get(visit.form.get("card", ""))
    if gate is None or card is None or gate.id not in card.gates:
        return NOT_FOUND
    rest = tuple(other for other in card.gates if other != gate.id)
    # An empty list means every gate (kiosk.app): who led this one alone gives the card back.
    if not rest:
        visit.office.book.drop(visit.tx, Operator, card.id, visit.now_ms)
        visit.note(_EDIT, card.id, "card taken back")
        return Done(f"{PATH}/{gate.id}", "office.gates.leader_gone")
    return _card(visit, gate, replace(card, gates=rest), "office.gates.leader_gone")


def phone(visit: Visit) -> Answer:
    """Another phone of a leader."""
    gate = visit.reach.gate(visit.path["gate"])
    cards = {str(one.id): one for one in street_register(visit).leaders(visit.tx)}
    card = cards.get(visit.form.get("card", ""))
    if gate is None or card is None or gate.id not in card.gates:
        return NOT_FOUND
    read = FormReader(visit.form)
    number = read_phone(read, "new_phone", needed=True)
    if read.faults:
        return _gate(visit, gate, read.faults)
    return _card(visit, gate, replace(card, phone=number))


def _card(visit: Visit, gate: Gate, card: Operator, told: str = "office.gates.leader_kept") -> Done:
    visit.office.book.put(visit.tx, [card], visit.now_ms)
    visit.note(_EDIT, card.id)
    return Done(f"{PATH}/{gate.id}", told)


LIST = Page(
    PATH, "office.gates.title", Group.GATES, _EDIT, show, filters=("q",), posts={"add": Post(add, _EDIT)}, export=sheet
)
ONE = Page(
    f"{PATH}/{{gate}}", "office.gates.title", Group.GATES, _EDIT, one,
    posts={
        "edit": Post(edit, _EDIT), "close": Post(shut, _EDIT), "open": Post(reopen, _EDIT), "lead": Post(lead, _EDIT),
        "leave": Post(leave, _EDIT), "phone": Post(phone, _EDIT),
    },
    stands_for=PATH,
)  # fmt: skip
