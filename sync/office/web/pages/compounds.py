# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/compounds` 小区与网格: compounds with their committee, grid area, gates, flats and residents.

A committee names its compounds and their grid area; founding one, or giving it to another committee, is the street's.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Table, func, select

from kiosk.domain.identity import CommitteeId, CompoundId
from kiosk.domain.instants import shanghai
from kiosk.domain.register import Compound
from sync.office.print.sheet import Sheet
from sync.office.service.street_register import SITES, free_id
from sync.office.store.tables import dwelling, person
from sync.office.web.answers import NOT_FOUND, Answer, Done, Shown
from sync.office.web.fields import FormReader
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.registers import committees_within, street_only, street_register
from sync.office.web.visit import Visit

PATH = "/compounds"
_EDIT = "roster.edit"
_COLUMNS = (
    Column("name", "office.compounds.name"),
    Column("site", "office.compounds.site", Kind.NUMBER),
    Column("committee", "office.compounds.committee"),
    Column("area", "office.compounds.area"),
    Column("gates", "office.compounds.gates", Kind.NUMBER),
    Column("homes", "office.compounds.homes", Kind.NUMBER),
    Column("people", "office.compounds.people", Kind.NUMBER),
)
_AREAS = (
    Column("area", "office.compounds.area"),
    Column("compounds", "office.compounds.compounds", Kind.NUMBER),
    Column("gates", "office.compounds.gates", Kind.NUMBER),
    Column("homes", "office.compounds.homes", Kind.NUMBER),
    Column("people", "office.compounds.people", Kind.NUMBER),
)
_COUNTED = ("gates", "homes", "people")


def show(visit: Visit) -> Answer:
    """All compounds within reach, and what they come to by grid area."""
    return _shown(visit)


def _shown(visit: Visit, faults: dict[str, str] | None = None) -> Shown:
    counted = _counted(visit)
    values = {
        "list": _listing(visit, counted), "areas": _areas(visit, counted), "committees": _committees(visit),
        "founds": visit.reach.everything, "site": street_register(visit).free_site(visit.tx),
    }  # fmt: skip
    return Shown("compounds.html", values, faults or {})


def _committees(visit: Visit) -> list[tuple[str, str]]:
    return [(str(one.id), one.name) for one in committees_within(visit)]


def _counted(visit: Visit) -> Mapping[str, Mapping[str, int]]:
    """Gates, flats and residents by compound; two queries, whatever the street's size."""
    homes, people = (_by_compound(visit, table) for table in (dwelling, person))
    gates = Counter(str(gate.compound) for gate in visit.reach.gates)
    return {
        one: {"gates": gates[one], "homes": homes.get(one, 0), "people": people.get(one, 0)}
        for one in visit.reach.compound_ids
    }


def _by_compound(visit: Visit, table: Table) -> dict[str, int]:
    column = table.c.compound_id
    return {row[0]: row[1] for row in visit.tx.execute(select(column, func.count()).group_by(column))}


def _listing(visit: Visit, counted: Mapping[str, Mapping[str, int]]) -> Listing:
    committees, asked = dict(_committees(visit)), visit.asked.get("q", "").strip()
    rows = []
    for one in visit.reach.compounds:
        cells: dict[str, str | int | None] = {
            "name": one.name, "site": one.site, "committee": committees.get(one.committee, one.committee),
            "area": one.grid_area, **counted[one.id],
        }  # fmt: skip
        if not asked or asked == one.id or any(asked in str(value) for value in cells.values()):
            rows.append(Row(cells, f"{PATH}/{one.id}"))
    sums: dict[str, str | int | None] = {key: sum(int(row.cells[key] or 0) for row in rows) for key in _COUNTED}
    return Listing(_COLUMNS, rows, "office.compounds.empty", total=len(rows), exports=True, sums=sums)


def _areas(visit: Visit, counted: Mapping[str, Mapping[str, int]]) -> Listing:
    found: dict[str, Counter[str]] = {}
    for one in visit.reach.compounds:
        if one.grid_area:
            found.setdefault(one.grid_area, Counter()).update({"compounds": 1, **counted[one.id]})
    rows = [
        Row({"area": area, **{key: sums[key] for key in ("compounds", *_COUNTED)}}, f"{PATH}?q={area}")
        for area, sums in sorted(found.items())
    ]
    return Listing(_AREAS, rows, "office.compounds.no_area")


def sheet(visit: Visit) -> Sheet:
    """The register of compounds."""
    title = visit.t("office.compounds.title")
    return sheet_of(visit, _listing(visit, _counted(visit)), "compounds", title, str(shanghai(visit.now_ms).date()))


def add(visit: Visit) -> Answer:
    """A new compound: passes name it by its number, gates know it by the next key bundle."""
    refused = street_only(visit)
    if refused is not None:
        return refused
    read = FormReader(visit.form)
    name, area, site = read.text("name"), read.text("area", needed=False), read.number("site", 1, SITES)
    committee = read.choice("committee", [key for key, _ in _committees(visit)])
    if site is not None and any(one.site == site for one in visit.reach.compounds):
        read.faults["site"] = "office.compounds.site_taken"
    if read.faults or site is None:
        return _shown(visit, read.faults)
    key = CompoundId(free_id("C", visit.reach.compound_ids))
    new = Compound(key, name, site, CommitteeId(committee), grid_area=area)
    street_register(visit).keep_compound(visit.tx, new, visit.now_ms)
    visit.note(_EDIT, key)
    return Done(f"{PATH}/{key}", "office.compounds.added")


def one(visit: Visit) -> Answer:
    """One compound."""
    compound = visit.reach.compound(visit.path["id"])
    return NOT_FOUND if compound is None else _one(visit, compound)


def _one(visit: Visit, compound: Compound, faults: dict[str, str] | None = None) -> Shown:
    committee = next((one for one in committees_within(visit) if one.id == compound.committee), None)
    gates = [gate for gate in visit.reach.gates if gate.compound == compound.id]
    return Shown(
        "compound.html",
        {"compound": compound, "committee": committee, "gates": gates, "committees": _committees(visit),
         "counts": _counted(visit)[compound.id], "moves": visit.reach.everything},
        faults or {},
    )  # fmt: skip


def edit(visit: Visit) -> Answer:
    """Another name or grid area; another committee only by the street."""
    compound = visit.reach.compound(visit.path["id"])
    if compound is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    name, area = read.text("name"), read.text("area", needed=False)
    committee = str(compound.committee)
    if visit.reach.everything:
        committee = read.choice("committee", [key for key, _ in _committees(visit)])
    if read.faults:
        return _one(visit, compound, read.faults)
    changed = replace(compound, name=name, grid_area=area, committee=CommitteeId(committee))
    street_register(visit).keep_compound(visit.tx, changed, visit.now_ms)
    visit.note(_EDIT, compound.id)
    return Done(f"{PATH}/{compound.id}", "office.compounds.kept")


LIST = Page(
    PATH, "office.compounds.title", Group.GATES, _EDIT, show, filters=("q",), posts={"add": Post(add, _EDIT)},
    export=sheet,
)  # fmt: skip
ONE = Page(
    f"{PATH}/{{id}}", "office.compounds.title", Group.GATES, _EDIT, one, posts={"edit": Post(edit, _EDIT)},
    stands_for=PATH,
)  # fmt: skip
