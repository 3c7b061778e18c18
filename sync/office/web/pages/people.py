# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/people` 人员: search by room, name, initials or phone tail; a person with flat, passes, isolation, passages.

What is searched for is sent as a form: a name never stands in an address or a log line (trust.md 8).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from kiosk.domain.codes import Attr, Category, IsolationState
from kiosk.domain.instants import day_of
from kiosk.domain.register import Compound, Dwelling, Isolation, PassRow, Person
from sync.office.imports import cells
from sync.office.service.accounts import Role
from sync.office.service.initials import initials
from sync.office.store.tables import passage
from sync.office.web.answers import NOT_FOUND, Answer, Done, Shown
from sync.office.web.fields import FormReader
from sync.office.web.isolated import BEGINNINGS
from sync.office.web.listing import Column, Kind, Listing, Row
from sync.office.web.opened import index_of, opened
from sync.office.web.page import Group, Page, Post
from sync.office.web.persons import person_within
from sync.office.web.registers import building_order, chosen_compound
from sync.office.web.visit import Visit

PATH = "/people"
_MOST = 50
_PASSAGES = 20
_COLUMNS = (
    Column("name", "office.people.name"),
    Column("compound", "office.people.compound"),
    Column("room", "office.people.room"),
    Column("phone", "office.people.phone"),
    Column("category", "office.people.category"),
)
_PASS_COLUMNS = (
    Column("serial", "office.people.serial"),
    Column("kind", "office.people.kind", Kind.CODE, "pass_kind"),
    Column("colour", "office.people.colour", Kind.CODE, "pass_colour"),
    Column("state", "office.people.state", Kind.CODE, "pass_state"),
    Column("to", "office.people.to", Kind.TIME),
)
_PASSAGE_COLUMNS = (
    Column("at", "office.people.at", Kind.TIME),
    Column("gate", "office.people.gate"),
    Column("dir", "office.people.dir", Kind.CODE, "direction"),
    Column("verdict", "office.people.verdict", Kind.CODE, "verdict"),
)


@dataclass(frozen=True, slots=True)
class Building:
    """一栋楼: flats and people in it."""

    name: str
    homes: int
    people: int


def show(visit: Visit) -> Answer:
    """The search line, and the buildings of a compound."""
    return _shown(visit, None, "")


def _shown(visit: Visit, found: Listing | None, asked: str, faults: dict[str, str] | None = None) -> Answer:
    compound = chosen_compound(visit)
    if compound is None and visit.asked.get("c"):
        return NOT_FOUND
    rooms: Listing | None = None
    buildings: list[Building] = []
    if compound is not None and visit.user.role is not Role.HEALTH:
        roster = opened(visit, compound.id)
        inside = visit.asked.get("b", "")
        if inside and visit.reach.building(compound.id, inside):
            rooms = _in_building(visit, compound, roster.persons, roster.dwellings, inside)
        buildings = _buildings(visit, compound, roster.persons, roster.dwellings)
    return Shown(
        "people.html",
        {"compounds": visit.reach.compounds, "compound": compound, "buildings": buildings, "rooms": rooms,
         "found": found, "q": asked},
        faults or {},
    )  # fmt: skip


def find(visit: Visit) -> Answer:
    """People by what the reader knows of them; each search is in the audit."""
    read = FormReader(visit.form)
    text = read.text("q", 40)
    if read.faults:
        return _shown(visit, None, text, read.faults)
    place = cells.place(cells.clean(text)) if any(sign in text for sign in "-号楼幢栋/") else None
    people: list[tuple[Person, Dwelling | None]] = []
    for compound in visit.reach.compounds:
        roster = opened(visit, compound.id)
        homes = {home.id: home for home in roster.dwellings}
        if place is None:
            wanted = {hit.person for hit in index_of(visit, compound.id).find(text)}
            mine = [one for one in roster.persons if one.id in wanted] if wanted else []
        else:
            rooms = {home.id for home in roster.dwellings if _is(home, place)}
            mine = [one for one in roster.persons if one.dwelling in rooms]
        people += [(one, homes.get(one.dwelling) if one.dwelling is not None else None) for one in mine]
    within = [(one, home) for one, home in people if _within(visit, one, home)]
    visit.note("person.search", "people")
    within.sort(key=lambda each: (each[0].name, each[0].id))
    return _shown(visit, _listing(visit, within[:_MOST], len(within)), text)


def one(visit: Visit) -> Answer:
    """A person."""
    found = person_within(visit, visit.path["id"])
    return NOT_FOUND if found is None else _person(visit, found[0], found[1])


def edit(visit: Visit) -> Answer:
    """Change what the register holds of a person; the passages of the past keep what was true then."""
    found = person_within(visit, visit.path["id"])
    if found is None:
        return NOT_FOUND
    person, home = found
    read = FormReader(visit.form)
    name, phone, employer = (
        read.text("name"),
        read.text("phone", 20, needed=False),
        read.text("employer", 80, needed=False),
    )
    category = read.choice("category", [code.value for code in Category])
    number = cells.phone(cells.clean(phone)) if phone else ""
    if number is None:
        read.faults["phone"] = "office.import.fault.phone"
    if read.faults or number is None:
        return _person(visit, person, home, read.faults)
    attrs = frozenset(attr for attr in Attr if read.ticked(f"attr.{attr.value}"))
    changed = replace(
        person, name=name, phone=number, employer=employer or None, category=Category(category), attrs=attrs,
        initials=initials(name) if name != person.name else person.initials,
    )  # fmt: skip
    visit.office.book.put(visit.tx, [changed], visit.now_ms)
    visit.note("roster.edit", person.id)
    return Done(f"{PATH}/{person.id}", "office.people.kept")


# -- inside ----------------------------------------------------------------------------------------------------------


def _is(home: Dwelling, place: cells.Place) -> bool:
    return (home.building, home.room) == (place.building, place.room) and place.unit in ("", home.unit)


def _within(visit: Visit, person: Person, home: Dwelling | None) -> bool:
    if visit.user.role is Role.HEALTH or visit.reach.buildings:
        return person_within(visit, person.id) is not None
    return home is None or visit.reach.building(person.compound, home.building)


def _buildings(visit: Visit, compound: Compound, people: Iterable[Person], homes: Sequence[Dwelling]) -> list[Building]:
    of_home = {home.id: home.building for home in homes}
    lived = Counter(of_home.get(one.dwelling, "") for one in people if one.dwelling is not None)
    flats = Counter(home.building for home in homes)
    names = sorted(flats, key=building_order)
    return [Building(name, flats[name], lived[name]) for name in names if visit.reach.building(compound.id, name)]


def _in_building(
    visit: Visit, compound: Compound, people: Iterable[Person], homes: Sequence[Dwelling], building: str
) -> Listing:
    mine = {home.id: home for home in homes if home.building == building}
    within = [(one, mine[one.dwelling]) for one in people if one.dwelling in mine]
    within.sort(key=lambda each: (each[1].unit, len(each[1].room), each[1].room, each[0].name))
    del compound
    return _listing(visit, within, len(within))


def _listing(visit: Visit, people: Sequence[tuple[Person, Dwelling | None]], total: int) -> Listing:
    names = {one.id: one.name for one in visit.reach.compounds}
    rows = [
        Row(
            {
                "name": visit.fields.name(one.name),
                "compound": names.get(one.compound, ""),
                "room": visit.fields.room(home),
                "phone": visit.fields.phone(one.phone),
                "category": visit.fields.health(visit.t(f"category.{one.category.value}")),
            },
            href=f"{PATH}/{one.id}",
        )
        for one, home in people
    ]
    return Listing(_COLUMNS, rows, "office.people.none", total=total)


def _person(visit: Visit, person: Person, home: Dwelling | None, faults: dict[str, str] | None = None) -> Answer:
    register, fields = visit.office.book.register, visit.fields
    passes = register.all(visit.tx, PassRow, person_id=person.id)
    members = [] if home is None else register.all(visit.tx, Person, dwelling_id=home.id)
    isolations = register.all(visit.tx, Isolation, person_id=person.id) if fields.sees("health.category") else []
    newest = max(isolations, key=lambda each: (each.d0, each.changed_at_ms), default=None)
    compound = visit.reach.compound(person.compound)
    return Shown(
        "person.html",
        {
            "person": person, "compound": compound, "name": fields.name(person.name), "room": fields.room(home),
            "phone": fields.phone(person.phone),
            "category": fields.health(visit.t(f"category.{person.category.value}")),
            "passes": _passes(passes), "passages": _passages(visit, person), "isolation": newest,
            "members": [(one.id, fields.name(one.name)) for one in members if one.id != person.id],
            "attrs": [(attr.value, attr in person.attrs) for attr in Attr],
            "categories": [(code.value, visit.t(f"category.{code.value}")) for code in Category],
            "beginnings": [(state.value, visit.t(f"isolation_state.{state.value}")) for state in BEGINNINGS],
            "today": day_of(visit.now_ms).isoformat(),
            "free": newest is None or newest.state is IsolationState.RELEASED,
            "masked": not fields.sees("name.reveal") and fields.may_open("name.reveal"),
        },
        faults or {},
    )  # fmt: skip


def _passes(rows: Iterable[PassRow]) -> Listing:
    newest = sorted(rows, key=lambda row: -row.issued_at_ms)
    return Listing(
        _PASS_COLUMNS,
        [
            Row(
                {"serial": row.serial, "kind": row.kind.value, "colour": row.colour.value, "state": row.state.value,
                 "to": row.valid_to_ms},
                href=f"/passes/{row.id}", look="go" if row.state.value == "ACTIVE" else "dim",
            )
            for row in newest
        ],
        "office.people.no_pass",
    )  # fmt: skip


def _passages(visit: Visit, person: Person) -> Listing | None:
    """The newest ones, for whoever reads the shift log: leader, committee, street."""
    if visit.may("shift.review") is None:
        return None
    c = passage.c
    query = select(c.decided_ms, c.gate_id, c.dir, c.verdict).where(c.person_id == person.id, c.voided == 0)
    rows = visit.tx.execute(query.order_by(c.decided_ms.desc()).limit(_PASSAGES)).all()
    names = {gate.id: gate.name for gate in visit.reach.gates}
    return Listing(
        _PASSAGE_COLUMNS,
        [
            Row({"at": row.decided_ms, "gate": names.get(row.gate_id, row.gate_id), "dir": row.dir,
                 "verdict": row.verdict})
            for row in rows
        ],
        "office.people.no_passage",
    )  # fmt: skip


LIST = Page(
    PATH, "office.people.title", Group.PEOPLE, "person.search", show, filters=("c", "b"),
    posts={"find": Post(find, "person.search")},
)  # fmt: skip
ONE = Page(
    f"{PATH}/{{id}}", "office.people.title", Group.PEOPLE, "person.search", one,
    posts={"edit": Post(edit, "roster.edit")}, stands_for=PATH,
)  # fmt: skip
