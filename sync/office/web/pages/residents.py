# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/residents` 居民名册: the people of a compound, a building or a grid area, and the register as a file.

The list leaves as this account sees it. The whole register, in the columns that the import reads, needs two persons
(`export.full`, trust.md 3): read again it changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from kiosk.domain.instants import shanghai
from kiosk.domain.register import Compound, Dwelling, Person
from sync.office.imports import writing
from sync.office.print.sheet import Format, Sheet
from sync.office.service.approvals import Approval
from sync.office.service.exports import Purpose
from sync.office.service.jobs import Ended, JobFile, Told
from sync.office.web.answers import BAD, NOT_FOUND, Answer, Done, Refused, Shown, Started
from sync.office.web.fields import FormReader
from sync.office.web.listing import PAGE as ROWS
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.opened import opened
from sync.office.web.page import Group, Page, Post
from sync.office.web.registers import building_order
from sync.office.web.texts import page_texts
from sync.office.web.visit import Deed, House, Visit

PATH = "/residents"
_VIEW = "roster.edit"
_FULL = "export.full"
_DEED = "roster.export"
EVERYBODY = "*"
"""Instead of a compound or a grid area: the whole street."""
_COLUMNS = (
    Column("name", "office.residents.name"),
    Column("compound", "office.residents.compound"),
    Column("building", "office.residents.building"),
    Column("room", "office.residents.room"),
    Column("phone", "office.residents.phone"),
    Column("sex", "office.residents.sex"),
    Column("born", "office.residents.born", Kind.NUMBER),
    Column("category", "office.residents.category"),
    Column("remark", "office.residents.remark"),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """所选范围: its compounds, what it is called, and one of its buildings alone."""

    name: str
    compounds: tuple[Compound, ...]
    building: str = ""


def _chosen(visit: Visit) -> Chosen | Refused | None:
    """What the address asks for: a compound, a building of it, or a grid area; None: nothing yet."""
    asked, area, building = (visit.asked.get(name, "") for name in ("c", "area", "b"))
    if asked:
        found = visit.reach.compound(asked)
        if found is None:
            return NOT_FOUND
        name = f"{found.name} {building}{visit.t('office.people.building')}" if building else found.name
        return Chosen(name, (found,), building)
    if area:
        mine = tuple(one for one in visit.reach.compounds if one.grid_area == area)
        return Chosen(area, mine) if mine else NOT_FOUND
    return None


def show(visit: Visit) -> Answer:
    """The choice, or the people chosen, fifty at a time."""
    chosen = _chosen(visit)
    if isinstance(chosen, Refused):
        return chosen
    return _shown(visit, chosen)


def _shown(visit: Visit, chosen: Chosen | None, faults: Mapping[str, str] | None = None) -> Answer:
    found = [] if chosen is None else _people(visit, chosen)
    after = visit.asked.get("after", "")
    ids = [str(one.id) for _, _, one in found]
    start = ids.index(after) + 1 if after in ids else 0
    page = found[start : start + ROWS]
    more = start + ROWS < len(found)
    alone = chosen is not None and len(chosen.compounds) == 1
    columns = tuple(column for column in _COLUMNS if column.key != "compound" or not alone)
    listing = Listing(
        columns, _rows(visit, page), "office.residents.empty", total=len(found), exports=True,
        older=page[-1][2].id if page and more else None,
    )  # fmt: skip
    areas = sorted({one.grid_area for one in visit.reach.compounds if one.grid_area})
    compounds = [(str(one.id), one.name) for one in visit.reach.compounds]
    buildings = [] if chosen is None else sorted({home.building for _, home, _ in found}, key=building_order)
    return Shown(
        "residents.html",
        {
            "chosen": chosen, "list": listing, "areas": areas, "compounds": compounds, "buildings": buildings,
            "masked": not visit.fields.sees("name.reveal"), "whole": visit.may(_FULL) is not None,
            "scopes": [(EVERYBODY, visit.t("office.policies.street")), *((f"a:{one}", one) for one in areas),
                       *((f"c:{key}", name) for key, name in compounds)],
        },
        dict(faults or {}),
    )  # fmt: skip


_Living = tuple[Compound, Dwelling, Person]


def _people(visit: Visit, chosen: Chosen) -> list[_Living]:
    """Who lives there, in building order."""
    out: list[_Living] = []
    for compound in chosen.compounds:
        roster = opened(visit, compound.id)
        homes = {home.id: home for home in roster.dwellings if chosen.building in ("", home.building)}
        mine = [(compound, homes[one.dwelling], one) for one in roster.persons if one.dwelling in homes]
        mine.sort(
            key=lambda each: (
                building_order(each[1].building),
                each[1].unit,
                building_order(each[1].room),
                each[2].name,
            )
        )
        out += mine
    return out


def _rows(visit: Visit, found: Sequence[_Living]) -> list[Row]:
    fields = visit.fields
    return [
        Row(
            {
                "compound": compound.name, "building": home.building, "room": fields.room(home),
                "name": fields.name(one.name), "phone": fields.phone(one.phone), "sex": one.sex,
                "born": one.birth_year if fields.sees("name.reveal") else None,
                "category": fields.health(visit.t(f"category.{one.category.value}")),
                "remark": writing.remark(one.attrs),
            },
            f"/people/{one.id}",
        )
        for compound, home, one in found
    ]  # fmt: skip


def sheet(visit: Visit) -> Sheet | Refused:
    """The people chosen, all of them, as this account sees them."""
    chosen = _chosen(visit)
    if isinstance(chosen, Refused):
        return chosen
    if chosen is None:
        return BAD
    listing = Listing(_COLUMNS, _rows(visit, _people(visit, chosen)), "")
    title = f"{visit.t('office.residents.title')} {chosen.name}"
    return sheet_of(visit, listing, "residents", title, str(shanghai(visit.now_ms).date()))


# the whole register ---------------------------------------------------------------------------------------------------


def ask(visit: Visit) -> Answer:
    """Ask for the register in full, as a file that the import reads back."""
    read = FormReader(visit.form)
    areas = {f"a:{one.grid_area}" for one in visit.reach.compounds if one.grid_area}
    scope = read.choice("scope", {EVERYBODY, *areas, *(f"c:{one}" for one in visit.reach.compound_ids)})
    form = read.choice("format", [Format.XLSX.value, Format.CSV.value])
    if read.faults:
        return _shown(visit, None, read.faults)
    names = {f"c:{one.id}": one.name for one in visit.reach.compounds}
    name = visit.t("office.policies.street") if scope == EVERYBODY else names.get(scope, scope.partition(":")[2])
    params = {"scope": scope, "format": form, "name": name, "language": visit.texts.language}
    return visit.ask_second(_FULL, _DEED, params)


def _told(params: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    return "office.residents.deed", {"name": params["name"], "format": params["format"]}


def _fetch(house: House, tx: Connection, approved: Approval) -> Done | Started:
    """The file is made behind: a street's register takes its time. The export log holds it before anybody gets it."""
    del tx

    def work(told: Told) -> Ended:
        made, file = _made(house, approved.params, told)
        purpose = Purpose(approved.asked_by, _FULL, approved.why, approved.id)
        with house.office.database.writing() as writing_tx:
            house.exports.note(
                writing_tx, file, purpose, house.office.clock.wall_ms(), scope=made.scope, columns=made.keys,
                rows=len(made.rows),
            )  # fmt: skip
        return Ended("office.residents.made", {"n": len(made.rows)}, PATH, JobFile(file.name, file.media, file.content))

    return Started("roster_export", work)


def _made(house: House, params: Mapping[str, Any], told: Told) -> tuple[Sheet, Any]:
    t = page_texts(params["language"])
    register, rows = house.office.book.register, list[writing.Line]()
    with house.office.database.reading() as tx:
        every = register.all(tx, Compound)
        names = writing.compound_names([(str(one.id), one.name) for one in every])
        mine = [one for one in every if params["scope"] in (EVERYBODY, f"c:{one.id}", f"a:{one.grid_area}")]
        for number, compound in enumerate(mine, 1):
            homes = {str(home.id): home for home in register.all(tx, Dwelling, compound_id=compound.id)}
            people = register.all(tx, Person, compound_id=compound.id)
            rows += writing.lines(people, homes, names[compound.id], lambda code: t(f"category.{code}"))
            told(number, len(mine))
    now = shanghai(house.office.clock.wall_ms())
    made = Sheet(
        f"roster-{now:%Y%m%d}", t("office.residents.title"), str(params["name"]), writing.headers(), rows,
        t("office.purpose"), t("office.made_at", at=f"{now:%Y-%m-%d %H:%M}"), t("office.signature"),
        tuple(field.value for field in writing.COLUMNS),
    )  # fmt: skip
    return made, house.exports.made(made, Format(params["format"]))


PAGE = Page(
    PATH, "office.residents.title", Group.PEOPLE, _VIEW, show, filters=("c", "b", "area", "after"),
    posts={"whole": Post(ask, _FULL)}, deeds={_DEED: Deed(_fetch, _told, fetched=True)}, export=sheet,
)  # fmt: skip
