# SPDX-License-Identifier: LicenseRef-Gatehouse
"""隔离人员 as values: record, person, flat, day, slots; for the register of isolations and for the route."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.domain.codes import IsolationState
from kiosk.domain.instants import day_of
from kiosk.domain.isolation import day_number, due_from, state_at
from kiosk.domain.policy import Parameters
from kiosk.domain.register import Dwelling, Isolation, Person
from sync.office.service.home_temps import HomeTemps, SlotState, SlotView, Taken, slots_of
from sync.office.web.persons import person_within
from sync.office.web.reporting import parameters
from sync.office.web.visit import Visit

BEGINNINGS = (IsolationState.PENDING, IsolationState.HOME, IsolationState.CENTRAL)
RUNNING = (
    IsolationState.PENDING, IsolationState.HOME, IsolationState.CENTRAL, IsolationState.BREACH, IsolationState.DUE,
)  # fmt: skip
LOOKS = {
    SlotState.TAKEN: "go", SlotState.LATE: "go", SlotState.MISSED: "wait", SlotState.DUE: "wait",
    SlotState.MISSING: "stop", SlotState.AHEAD: "dim",
}  # fmt: skip
"""时段外观: how a slot looks by its state."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """一名隔离人员, as the lists show it; `slots` newest last."""

    record: Isolation
    person: Person
    home: Dwelling | None
    state: IsolationState
    day: int
    due: dt.date
    slots: tuple[SlotView, ...]

    @property
    def missing(self) -> int:
        """Slots that closed without an entry."""
        return sum(one.state is SlotState.MISSING for one in self.slots)

    def today(self, today: dt.date) -> tuple[SlotView, ...]:
        """The slots of today that have begun."""
        return tuple(one for one in self.slots if one.due.day == today)


def temps_of(visit: Visit) -> HomeTemps:
    """The use case."""
    office = visit.office
    return HomeTemps(office.book, office.vault, office.ids, office.audit)


def isolated(visit: Visit, *, running: bool = True) -> list[Isolated]:
    """All within reach, in building order."""
    params, register = params_of(visit), visit.office.book.register
    every = register.of_compounds(visit.tx, Isolation, [one.id for one in visit.reach.compounds])
    records = [one for one in _newest(every) if not running or state_at(one, visit.now_ms, params) in RUNNING]
    # Those few are opened, not the registers that they stand in.
    people = register.many(visit.tx, Person.ENTITY, [one.person for one in records])
    persons = [one for one in people.values() if isinstance(one, Person)]
    homes = register.many(visit.tx, Dwelling.ENTITY, [one.dwelling for one in persons if one.dwelling is not None])
    wanted: list[tuple[Isolation, Person, Dwelling | None]] = []
    for record in records:
        person = people.get(record.person)
        if not isinstance(person, Person):
            continue
        home = homes.get(person.dwelling or "")
        flat = home if isinstance(home, Dwelling) else None
        if flat is None or visit.reach.building(person.compound, flat.building):
            wanted.append((record, person, flat))
    taken = temps_of(visit).of(visit.tx, [record.id for record, _, _ in wanted])
    out = [_isolated(visit, params, *one, taken.get(one[0].id, {})) for one in wanted]
    return sorted(out, key=lambda one: _place(one.person, one.home))


def params_of(visit: Visit) -> Parameters:
    """The street's parameters today."""
    day = day_of(visit.now_ms)
    return visit.house.recent.get("parameters", (day, visit.now_ms // 60_000), lambda: parameters(visit, day))


def _newest(records: Sequence[Isolation]) -> list[Isolation]:
    newest: dict[str, Isolation] = {}
    for record in records:
        old = newest.get(record.person)
        if old is None or (record.d0, record.changed_at_ms) > (old.d0, old.changed_at_ms):
            newest[record.person] = record
    return list(newest.values())


def _isolated(
    visit: Visit,
    params: Parameters,
    record: Isolation,
    person: Person,
    home: Dwelling | None,
    taken: Mapping[str, Taken],
) -> Isolated:
    return Isolated(
        record, person, home, state_at(record, visit.now_ms, params),
        day_number(record.d0, day_of(visit.now_ms), params), due_from(record.d0, params),
        tuple(slots_of(record, taken, params, visit.now_ms)),
    )  # fmt: skip


def one_isolated(visit: Visit, isolation_id: str | None = None) -> Isolated | None:
    """The isolation of the address, if its person is within reach."""
    record = visit.office.book.register.get(visit.tx, Isolation, isolation_id or visit.path.get("id", ""))
    found = None if record is None else person_within(visit, record.person)
    if record is None or found is None:
        return None
    taken = temps_of(visit).of(visit.tx, [record.id]).get(record.id, {})
    return _isolated(visit, params_of(visit), record, *found, taken)


def _place(person: Person, home: Dwelling | None) -> tuple[object, ...]:
    if home is None:
        return (person.compound, 0, "", "", 0, "")
    number = int(home.building) if home.building.isdecimal() else 0
    return (person.compound, number, home.building, home.unit, len(home.room), home.room)
