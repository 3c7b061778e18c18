# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/screening` 每日排查: the morning's lists of a compound by building, each line ticked off (domain.md 16)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from kiosk.domain.identity import CompoundId, PersonId
from kiosk.domain.instants import day_of
from kiosk.domain.register import Dwelling, Person
from kiosk.domain.screening import Screening
from sync.office.print.sheet import Cell, Sheet
from sync.office.service.accounts import Role
from sync.office.service.masking import Fields
from sync.office.service.screening import CompoundRoster, MorningLists
from sync.office.store.tables import screening_tick, user
from sync.office.store.upsert import put
from sync.office.web.answers import NOT_FOUND, Answer, Done, Refused, Shown
from sync.office.web.listing import Column, Listing, sheet_of
from sync.office.web.opened import opened
from sync.office.web.page import Group, Page, Post
from sync.office.web.reporting import parameters
from sync.office.web.returned import returns_of
from sync.office.web.visit import Visit

LISTS = (
    "new_faces", "unregistered_returns", "missing_temperatures", "due_without_notice", "passes_not_returned",
    "dwellings_unverified", "care",
)  # fmt: skip
_OF_HEALTH = ("missing_temperatures", "due_without_notice")
_ACTION = "isolation.checklist"


@dataclass(frozen=True, slots=True)
class Line:
    """排查一行: `key` of the person, pass or flat; `more` a count where the list has one; `done` who ticked it."""

    list: str
    key: str
    building: str
    room: str
    name: str
    more: int | None
    done: str


@dataclass(frozen=True, slots=True)
class _Counted:
    stock: int
    increment: int
    visited: int


def _lists(visit: Visit, compound: str) -> tuple[Screening, CompoundRoster]:
    lists = MorningLists(visit.office.book)
    roster = opened(visit, compound)
    day = day_of(visit.now_ms)
    params = visit.house.recent.get("parameters", (day, visit.now_ms // 60_000), lambda: parameters(visit, day))
    back = returns_of(visit.house).unanswered(
        visit.tx, CompoundId(compound), visit.now_ms, params.first_return_days
    )  # fmt: skip
    return lists.of_compound(visit.tx, CompoundId(compound), visit.now_ms, params, back, roster), roster


def lines(visit: Visit, compound: str) -> tuple[list[Line], _Counted]:
    """Every line of every list, in building order within its list."""
    found, roster = _lists(visit, compound)
    persons = {one.id: one for one in roster.persons}
    dwellings = {one.id: one for one in roster.dwellings}
    passes = {one.id: one for one in roster.passes}
    ticks = _ticks(visit)
    out: list[Line] = []

    def add(name: str, key: str, person: Person | None, home: Dwelling | None, more: int | None = None) -> None:
        out.append(_line(visit.fields, name, key, person, home, more, ticks.get((name, key), "")))

    def of(person_id: PersonId | None) -> tuple[Person | None, Dwelling | None]:
        person = None if person_id is None else persons.get(person_id)
        return person, None if person is None or person.dwelling is None else dwellings.get(person.dwelling)

    for name, ids in _by_person(found):
        for one, more in ids:
            add(name, one, *of(one), more)
    for pass_id in found.passes_not_returned:
        add("passes_not_returned", pass_id, *of(passes[pass_id].person))
    for home_id in found.dwellings_unverified:
        add("dwellings_unverified", home_id, None, dwellings.get(home_id))
    if visit.user.role is Role.HEALTH:
        # The health centre's scope is the isolated and the referred, never the whole compound (trust.md 3, "r").
        out = [line for line in out if line.list in _OF_HEALTH]
    order = {name: number for number, name in enumerate(LISTS)}
    out.sort(key=lambda line: (order[line.list], line.building.zfill(4), line.room.zfill(12), line.name))
    start = day_of(visit.now_ms).toordinal()
    stock = len(roster.persons)
    added = sum(
        one.registered_at_ms is not None and day_of(one.registered_at_ms).toordinal() >= start for one in roster.persons
    )
    return out, _Counted(stock, added, sum(bool(line.done) for line in out))


def _by_person(found: Screening) -> Iterable[tuple[str, list[tuple[PersonId, int | None]]]]:
    yield "new_faces", [(one, None) for one in found.new_faces]
    yield "unregistered_returns", [(one, None) for one in found.unregistered_returns]
    yield "missing_temperatures", [(one, many) for one, many in found.missing_temperatures]
    yield "due_without_notice", [(one, None) for one in found.due_without_notice]
    yield "care", [(one, None) for one in found.care]


def _line(
    fields: Fields, name: str, key: str, person: Person | None, home: Dwelling | None, more: int | None, done: str
) -> Line:
    return Line(
        name, key, "" if home is None else home.building, fields.room(home),
        "" if person is None else fields.name(person.name), more, done,
    )  # fmt: skip


def _ticks(visit: Visit) -> dict[tuple[str, str], str]:
    c = screening_tick.c
    query = select(c.list, c.key, user.c.name).join_from(screening_tick, user, user.c.id == c.by)
    rows = visit.tx.execute(query.where(c.day == day_of(visit.now_ms).toordinal()))
    return {(row[0], row[1]): row[2] for row in rows}


def _compound(visit: Visit, wanted: str) -> str | None:
    compounds = visit.reach.compounds
    if not wanted:
        return compounds[0].id if compounds else ""
    return wanted if visit.reach.compound(wanted) is not None else None


def show(visit: Visit) -> Answer:
    """The lists of one compound."""
    compound = _compound(visit, visit.asked["compound"])
    if compound is None:
        return NOT_FOUND
    found, counted = lines(visit, compound) if compound else ([], _Counted(0, 0, 0))
    wanted = visit.asked["building"]
    shown = [line for line in found if not wanted or line.building == wanted]
    values = {
        "compound": compound, "choices": [(one.id, one.name) for one in visit.reach.compounds], "lists": LISTS,
        "lines": {name: [line for line in shown if line.list == name] for name in LISTS}, "counted": counted,
        "buildings": sorted({line.building for line in found if line.building}, key=lambda one: one.zfill(4)),
        "asked_building": wanted, "filled": [name for name in LISTS if any(line.list == name for line in shown)],
    }  # fmt: skip
    return Shown("screening.html", values)


def tick(visit: Visit) -> Answer:
    """Tick off every chosen line, for today."""
    compound = _compound(visit, visit.form.get("compound", ""))
    if not compound:
        return NOT_FOUND
    there = {(line.list, line.key) for line in lines(visit, compound)[0]}
    picked = [(name.split(".")[1], name.split(".")[2]) for name in visit.form if name.count(".") == 2]  # noqa: PLR2004 - "pick.list.key"
    rows = [
        {
            "day": day_of(visit.now_ms).toordinal(), "list": name, "key": key, "by": visit.user.id,
            "at_ms": visit.now_ms,
        }
        for name, key in picked
        if (name, key) in there
    ]  # fmt: skip
    put(visit.tx, screening_tick, rows)
    visit.note(_ACTION, f"screening {compound} {len(rows)}")
    return Done(f"/screening?compound={compound}", "office.screening.ticked", {"n": len(rows)})


def sheet(visit: Visit) -> Sheet | Refused:
    """The lists, for whoever walks the buildings; names and rooms as this account sees them."""
    compound = _compound(visit, visit.asked["compound"])
    if not compound:
        return NOT_FOUND
    wanted = visit.asked["building"]
    rows: list[list[Cell]] = [
        [visit.t(f"office.screening.lists.{line.list}"), line.building, line.room, line.name, line.more, line.done]
        for line in lines(visit, compound)[0]
        if not wanted or line.building == wanted
    ]
    keys = ("list", "building", "room", "name", "more", "done")
    columns = tuple(Column(key, f"office.screening.{key}") for key in keys)
    named = visit.reach.compound(compound)
    scope = f"{named.name if named is not None else ''} {day_of(visit.now_ms)}"
    empty = sheet_of(visit, Listing(columns, [], ""), "screening", visit.t("office.screening.title"), scope)
    return Sheet(
        empty.name, empty.title, empty.scope, empty.columns, rows, empty.purpose, empty.made_at, empty.signature, keys
    )


PAGE = Page(
    "/screening", "office.screening.title", Group.RETURNS, _ACTION, show, filters=("compound", "building"),
    posts={"tick": Post(tick, _ACTION)}, export=sheet,
)  # fmt: skip
