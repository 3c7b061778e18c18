# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/returnees` 返沪人员: the platform's records and whom each means; a clerk decides the doubtful (interface.md 12)."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.domain.identity import PersonId
from kiosk.domain.instants import day_of
from kiosk.domain.register import Isolation
from sync.office.imports.matching import Candidate, Match, Residents
from sync.office.imports.returns import ReturnRecord
from sync.office.service.returns import COUNTS_DAYS, Returnee, Wanted
from sync.office.web.answers import NOT_FOUND, STALE, Answer, Done, Shown
from sync.office.web.fields import FormReader
from sync.office.web.listing import PAGE as ROWS
from sync.office.web.listing import Column, Kind, Listing, Row
from sync.office.web.page import Group, Page, Post
from sync.office.web.pages.import_returns import LOOKS
from sync.office.web.persons import person_within
from sync.office.web.returned import residents, returns_of, told_room
from sync.office.web.visit import Visit

PATH = "/returnees"
_ACTION = "roster.import"
_DECIDES = "roster.edit"
_FOUND = 20
_COLUMNS = (
    Column("name", "office.returns.field.name"),
    Column("room", "office.returns.person"),
    Column("told", "office.returns.told_room"),
    Column("region", "office.returns.field.region"),
    Column("arrived", "office.returns.field.arrived"),
    Column("cls", "office.returns.class", Kind.CODE, "office.returns.cls"),
    Column("match", "office.returns.match", Kind.CODE, "office.returns.state"),
    Column("answer", "office.returns.answer", Kind.CODE, "office.returns.answered"),
)


@dataclass(frozen=True, slots=True)
class _Possible:
    """A candidate as the page shows it: whether each fact that the platform tells agrees."""

    id: str
    name: str
    room: str
    compound: str
    facts: tuple[tuple[str, bool], ...]


def show(visit: Visit) -> Answer:
    """The records, the newest arrivals first; those to be decided where there are any."""
    within = None if visit.reach.everything else visit.reach.compound_ids
    returns = returns_of(visit.house)
    counts = returns.counts(visit.tx, within)
    told = visit.asked["match"]
    match = Match(told) if told in Match.__members__ else None
    if not told and counts[Match.DOUBTFUL]:
        match = Match.DOUBTFUL
    found = returns.page(visit.tx, Wanted(within, match, _place(visit.asked["after"])), ROWS + 1)
    last = found[ROWS - 1] if len(found) > ROWS else None
    older = None if last is None else f"{last.record.arrived.toordinal()}.{last.id}"
    return Shown(
        "returnees.html",
        {
            "list": _listing(visit, found[:ROWS], older), "match": None if match is None else match.value,
            "all": sum(counts.values()), "counts": [(one.value, counts[one], LOOKS[one]) for one in Match],
        },
    )  # fmt: skip


def one(visit: Visit) -> Answer:
    """One record, and who it may be."""
    found = _mine(visit)
    return NOT_FOUND if found is None else _shown(visit, found, None, {})


def look(visit: Visit) -> Answer:
    """Who else it may be: those of a name or a room, said by the clerk."""
    found = _mine(visit)
    if found is None:
        return NOT_FOUND
    for action in ("name.reveal", "room.reveal"):
        visit = visit.opening(action, found.id) if visit.fields.may_open(action) else visit
    read = FormReader(visit.form)
    told = read.text("q", 40).replace(" ", "")
    people = residents(visit)
    more = () if read.faults else tuple(
        Candidate(person.id, frozenset()) for person in people.people.values()
        if told in (person.name, _room(visit, people, person.id))
    )[:_FOUND]  # fmt: skip
    return _shown(visit, found, more, read.faults)


def decide(visit: Visit) -> Answer:
    """It is this person."""
    found = _mine(visit)
    person = person_within(visit, visit.form.get("person", ""))
    if found is None or person is None:
        return NOT_FOUND
    returns_of(visit.house).decide(visit.tx, found, person[0].id, visit.now_ms, by=visit.user.id)
    return Done(PATH, "office.returns.decided")


def dismiss(visit: Visit) -> Answer:
    """It is nobody of ours."""
    found = _mine(visit)
    if found is None:
        return NOT_FOUND
    if found.match is Match.DISMISSED:
        return STALE
    returns_of(visit.house).decide(visit.tx, found, None, visit.now_ms, by=visit.user.id)
    return Done(PATH, "office.returns.dismissed")


# -- inside ----------------------------------------------------------------------------------------------------------


def _place(after: str) -> tuple[int, str] | None:
    day, _, key = after.partition(".")
    return (int(day), key) if day.isdecimal() and len(day) < 9 and key else None  # noqa: PLR2004 - an ordinal day


def _mine(visit: Visit) -> Returnee | None:
    found = returns_of(visit.house).get(visit.tx, visit.path["id"])
    if found is None or visit.reach.everything:
        return found
    return found if visit.reach.compound(found.compound) is not None else None


def _room(visit: Visit, people: Residents, person: PersonId) -> str:
    home = people.home(person)
    return visit.fields.room(home)


def _listing(visit: Visit, found: Sequence[Returnee], older: str | None) -> Listing:
    people = residents(visit) if found else Residents((), ())
    back = {one.compound for one in found if one.compound is not None and one.person is not None}
    isolated = {
        each.person: each.d0
        for compound in sorted(back)
        for each in visit.office.book.register.all(visit.tx, Isolation, compound_id=compound)
    }
    today = day_of(visit.now_ms)
    rows = []
    for one in found:
        person = None if one.person is None else people.people.get(one.person)
        answer = ""
        if one.person is not None:
            d0 = isolated.get(one.person)
            late = (today - one.record.arrived).days > COUNTS_DAYS
            answer = "DONE" if d0 is not None and d0 >= one.record.arrived else "OVER" if late else "OPEN"
        rows.append(
            Row(
                {
                    "name": visit.fields.name(one.record.name), "told": told_room(visit, one.record),
                    "room": "" if person is None else _room(visit, people, person.id),
                    "region": visit.fields.health(one.record.region), "arrived": f"{one.record.arrived:%m-%d}",
                    "cls": one.cls.value, "match": one.match.value, "answer": answer,
                },
                href=f"{PATH}/{one.id}", look=LOOKS[one.match],
            )
        )  # fmt: skip
    return Listing(_COLUMNS, rows, "office.returns.empty_list", older=older)


def _shown(
    visit: Visit, found: Returnee, more: Sequence[Candidate] | None, faults: dict[str, str]
) -> Shown:  # fmt: skip
    people = residents(visit)
    told = people.match(found.record, found.compound).candidates
    person = None if found.person is None else people.people.get(found.person)
    # What the platform does not tell neither agrees nor differs.
    has = {"name": True, "phone": bool(found.record.phone), "room": bool(found.record.room)}
    facts = [fact for fact, given in has.items() if given]
    return Shown(
        "returnee.html",
        {
            "found": found, "record": _facts(visit, found.record), "at": f"{PATH}/{found.id}",
            "person": None if person is None else _possible(visit, people, Candidate(person.id, frozenset())),
            "candidates": [_possible(visit, people, each, facts) for each in told if each.person != found.person],
            "more": None if more is None else [_possible(visit, people, each) for each in more],
        },
        faults,
    )  # fmt: skip


def _possible(visit: Visit, people: Residents, each: Candidate, told: Sequence[str] = ()) -> _Possible:
    person = people.people[each.person]
    compound = visit.reach.compound(person.compound)
    return _Possible(
        person.id, visit.fields.name(person.name), _room(visit, people, person.id),
        "" if compound is None else compound.name,
        tuple((fact, fact in each.agrees) for fact in told),
    )  # fmt: skip


def _facts(visit: Visit, record: ReturnRecord) -> list[tuple[str, str]]:
    """Field and what the platform tells, as this account sees it."""
    sees = visit.fields
    told = {
        "name": sees.name(record.name), "phone": sees.phone(record.phone) if record.phone else "",
        "compound": record.compound, "room": told_room(visit, record).removeprefix(record.compound).strip(),
        "region": sees.health(record.region), "transit": sees.health("、".join(record.transit)),
        "departed": "" if record.departed is None else record.departed.isoformat(),
        "arrived": record.arrived.isoformat(), "transport": f"{record.transport} {record.number}".strip(),
        "ref": record.ref,
    }  # fmt: skip
    answers = {"key_told": record.key_told, "contact": record.contact}
    told |= {
        name: visit.t(f"office.returns.yes_no.{value}") for name, value in answers.items() if value is not None
    }  # fmt: skip
    return [(name, value) for name, value in told.items() if value]


LIST = Page(PATH, "office.returns.title", Group.RETURNS, _ACTION, show, filters=("match", "after"))
ONE = Page(
    f"{PATH}/{{id}}", "office.returns.title", Group.RETURNS, _ACTION, one,
    posts={"look": Post(look, "person.search"), "decide": Post(decide, _DECIDES), "dismiss": Post(dismiss, _DECIDES)},
    stands_for=PATH,
)  # fmt: skip
