# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/buildings` 楼栋与楼长: buildings of a compound, their flats and people, and the leader whom a gate can call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kiosk.domain.instants import shanghai
from kiosk.domain.register import Compound, Dwelling, Person
from sync.office.print.sheet import Sheet
from sync.office.web.answers import NOT_FOUND, Answer, Done, Refused, Shown
from sync.office.web.fields import FormReader
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.opened import opened
from sync.office.web.page import Group, Page, Post
from sync.office.web.registers import building_order, chosen_compound, read_phone, street_register
from sync.office.web.visit import Visit

PATH = "/buildings"
_EDIT = "roster.edit"
_COLUMNS = (
    Column("building", "office.buildings.building"),
    Column("homes", "office.buildings.homes", Kind.NUMBER),
    Column("vacant", "office.buildings.vacant", Kind.NUMBER),
    Column("people", "office.buildings.people", Kind.NUMBER),
    Column("leader", "office.buildings.leader"),
    Column("phone", "office.buildings.phone"),
)


@dataclass(frozen=True, slots=True)
class Building:
    """一栋楼: its leader stands at its flats; where they differ, the first that is named."""

    name: str
    homes: int
    vacant: int
    people: int
    leader: str
    phone: str


def buildings_of(homes: Iterable[Dwelling], people: Iterable[Person]) -> list[Building]:
    """The buildings of a compound in their order."""
    by_name: dict[str, list[Dwelling]] = {}
    for home in homes:
        by_name.setdefault(home.building, []).append(home)
    where = {home.id: home.building for flats in by_name.values() for home in flats}
    living = [where[one.dwelling] for one in people if one.dwelling in where]
    out = []
    for name in sorted(by_name, key=building_order):
        flats = by_name[name]
        leader = next((home for home in flats if home.building_leader), flats[0])
        out.append(
            Building(
                name, len(flats), sum(home.vacant for home in flats), living.count(name), leader.building_leader,
                leader.building_leader_phone,
            )
        )  # fmt: skip
    return out


def show(visit: Visit) -> Answer:
    """The compounds, or the buildings of one."""
    return _shown(visit, chosen_compound(visit))


def _shown(visit: Visit, compound: Compound | None, at: str = "", faults: dict[str, str] | None = None) -> Answer:
    if compound is None and visit.asked.get("c"):
        return NOT_FOUND
    buildings: Sequence[Building] = ()
    if compound is not None:
        visit.note("phone.read", f"buildings {compound.id}", "duty list")
        roster = opened(visit, compound.id)
        buildings = buildings_of(roster.dwellings, roster.persons)
    return Shown(
        "buildings.html",
        {"compounds": visit.reach.compounds, "compound": compound, "buildings": buildings, "at": at},
        faults or {},
    )


def sheet(visit: Visit) -> Sheet | Refused:
    """The list of a compound's buildings and their leaders."""
    compound = chosen_compound(visit)
    if compound is None:
        return NOT_FOUND
    visit.note("phone.read", f"buildings {compound.id}", "duty list")
    roster = opened(visit, compound.id)
    rows = [
        Row(
            {"building": one.name, "homes": one.homes, "vacant": one.vacant, "people": one.people,
             "leader": one.leader, "phone": one.phone}
        )
        for one in buildings_of(roster.dwellings, roster.persons)
    ]  # fmt: skip
    title = f"{visit.t('office.buildings.title')} {compound.name}"
    return sheet_of(
        visit, Listing(_COLUMNS, rows, ""), f"buildings-{compound.id}", title, str(shanghai(visit.now_ms).date())
    )


def name_leader(visit: Visit) -> Answer:
    """Name a building's leader, or nobody."""
    compound = visit.reach.compound(visit.form.get("compound"))
    building = visit.form.get("building", "")
    if compound is None:
        return NOT_FOUND
    if building not in {home.building for home in opened(visit, compound.id).dwellings}:
        return NOT_FOUND
    read = FormReader(visit.form)
    name, number = read.text("leader", needed=False), read_phone(read)
    if read.faults:
        return _shown(visit, compound, building, read.faults)
    done = street_register(visit).name_building_leader(visit.tx, compound.id, building, name, number, visit.now_ms)
    visit.note(_EDIT, f"{compound.id}/{building}")
    return Done(f"{PATH}?c={compound.id}", "office.buildings.kept", {"n": done})


PAGE = Page(
    PATH, "office.buildings.title", Group.PEOPLE, _EDIT, show, filters=("c",),
    posts={"leader": Post(name_leader, _EDIT)}, export=sheet,
)  # fmt: skip
