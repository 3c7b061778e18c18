# SPDX-License-Identifier: LicenseRef-Gatehouse
"""名单视图: the pulled register in memory, indexed for the desk; the store keeps it sealed, nothing here is written.

About 1,700 people at a mean gate, 5,600 at the busiest (domain.md section 20): plain dictionaries are enough.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

from kiosk.domain.identity import CompoundId, DwellingId, GateId, PassId, PersonId
from kiosk.domain.person_index import PersonIndex
from kiosk.domain.policy import BadPolicy, Policy, parse_policy
from kiosk.domain.register import (
    Compound,
    Dwelling,
    Gate,
    GateHeard,
    Isolation,
    Operator,
    PassRow,
    Permit,
    Person,
    PolicyRow,
    RoadLeader,
    Row,
    Sighting,
    Suspicion,
    WorkItem,
    row_key,
)

_R = TypeVar("_R", bound=Row)


class Roster:
    """名单: rows by id, and who lives where."""

    def __init__(self, rows: Iterable[Row], known_rules: Iterable[str] = ()) -> None:
        """Index all rows."""
        self._rows: dict[str, dict[str, Row]] = defaultdict(dict)
        self._by_dwelling: dict[DwellingId, dict[PersonId, None]] = defaultdict(dict)
        self._by_room: dict[tuple[str, str, str], dict[DwellingId, None]] = defaultdict(dict)
        self._by_serial: dict[str, dict[PassId, None]] = defaultdict(dict)
        self._isolation_of: dict[PersonId, Isolation] = {}
        self._permits_of: dict[PersonId, dict[str, Permit]] = defaultdict(dict)
        self._sightings_of: dict[str, dict[str, Sighting]] = defaultdict(dict)
        self._policies: dict[str, Policy] = {}
        self.index = PersonIndex()
        self._known_rules = tuple(known_rules)
        for row in rows:
            self.put(row)

    def put(self, row: Row) -> None:
        """Take a row, new or changed."""
        key = row_key(row)
        self.drop(row.ENTITY, key)
        self._rows[row.ENTITY][key] = row
        match row:
            case Person(dwelling=dwelling):
                self.index.put(row)
                if dwelling is not None:
                    self._by_dwelling[dwelling][row.id] = None
            case Dwelling():
                self._by_room[row.building, row.unit, row.room][row.id] = None
            case PassRow():
                if row.serial:
                    self._by_serial[_digits(row.serial)][row.id] = None
            case Isolation():
                current = self._isolation_of.get(row.person)
                if current is None or current.d0 <= row.d0:
                    self._isolation_of[row.person] = row
            case Permit():
                self._permits_of[row.person][row.id] = row
            case Sighting():
                for subject in (row.pass_id, row.person):
                    if subject is not None:
                        self._sightings_of[subject][row.event_id] = row
            case PolicyRow():
                self._take_policy(row)
            case _:
                pass

    def _take_policy(self, row: PolicyRow) -> None:
        try:
            self._policies[row_key(row)] = parse_policy(row.toml, self._known_rules)
        except BadPolicy:
            # Refused whole: the version in force stays (domain.md section 5); the office checks before it signs.
            self._policies.pop(row_key(row), None)

    def drop(self, entity: str, key: str) -> None:
        """Forget a row."""
        old = self._rows[entity].pop(key, None)
        match old:
            case Person(dwelling=dwelling):
                self.index.drop(old.id)
                if dwelling is not None:
                    self._by_dwelling[dwelling].pop(old.id, None)
            case Dwelling():
                self._by_room[old.building, old.unit, old.room].pop(old.id, None)
            case PassRow():
                self._by_serial[_digits(old.serial)].pop(old.id, None)
            case Isolation():
                self._isolation_of.pop(old.person, None)
                for other in self._all(Isolation):
                    if other.person == old.person:
                        self._isolation_of[old.person] = other
            case Permit():
                self._permits_of[old.person].pop(old.id, None)
            case Sighting():
                for subject in (old.pass_id, old.person):
                    if subject is not None:
                        self._sightings_of[subject].pop(old.event_id, None)
            case PolicyRow():
                self._policies.pop(key, None)
            case _:
                pass

    def _all(self, cls: type[_R]) -> Iterator[_R]:
        yield from cast("Iterable[_R]", self._rows[cls.ENTITY].values())

    def person(self, person: PersonId | None) -> Person | None:
        """A person of this compound."""
        return self._rows["person"].get(person) if person is not None else None  # type: ignore[return-value]

    def persons(self) -> Iterator[Person]:
        """Everybody on the list."""
        return self._all(Person)

    def dwelling(self, dwelling: DwellingId | None) -> Dwelling | None:
        """A flat of this compound."""
        return self._rows["dwelling"].get(dwelling) if dwelling is not None else None  # type: ignore[return-value]

    def dwellings(self) -> Iterator[Dwelling]:
        """All flats on the list."""
        return self._all(Dwelling)

    def members(self, dwelling: DwellingId | None) -> tuple[Person, ...]:
        """Who lives in a flat."""
        if dwelling is None:
            return ()
        found = (self.person(person) for person in self._by_dwelling.get(dwelling, ()))
        return tuple(person for person in found if person is not None)

    def at_room(self, building: str, unit: str, room: str) -> tuple[Person, ...]:
        """Who lives at building, unit and room."""
        out: list[Person] = []
        for dwelling in self._by_room.get((building, unit, room), ()):
            out += self.members(dwelling)
        return tuple(out)

    def pass_row(self, pass_id: PassId | None) -> PassRow | None:
        """A card of the list."""
        return self._rows["pass"].get(pass_id) if pass_id is not None else None  # type: ignore[return-value]

    def passes(self) -> Iterator[PassRow]:
        """All cards on the list."""
        return self._all(PassRow)

    def by_serial(self, serial: str) -> tuple[PassRow, ...]:
        """Cards with a printed serial (digits only count)."""
        found = (self.pass_row(pass_id) for pass_id in self._by_serial.get(_digits(serial), ()))
        return tuple(row for row in found if row is not None)

    def isolation(self, person: PersonId | None) -> Isolation | None:
        """The newest isolation record of a person."""
        return self._isolation_of.get(person) if person is not None else None

    def isolations(self) -> tuple[Isolation, ...]:
        """The newest isolation record of everybody who has one."""
        return tuple(self._isolation_of.values())

    def permits(self, person: PersonId | None) -> tuple[Permit, ...]:
        """All exit permits of a person."""
        return tuple(self._permits_of.get(person, {}).values()) if person is not None else ()

    def sightings(self, subject: str | None) -> tuple[Sighting, ...]:
        """Passages of a pass or person at sister gates, as known here."""
        return tuple(self._sightings_of.get(subject, {}).values()) if subject is not None else ()

    def all_sightings(self) -> tuple[Sighting, ...]:
        """Every passage at sister gates that is known here, newest first."""
        return tuple(sorted(self._all(Sighting), key=lambda seen: -seen.at_ms))

    def suspicion(self, key: str) -> Suspicion | None:
        """An unsettled suspicion of fever that the office told of."""
        return self._rows["suspicion"].get(key)  # type: ignore[return-value]

    def heard(self) -> tuple[GateHeard, ...]:
        """Until when each sister gate was heard."""
        return tuple(self._all(GateHeard))

    def work(self) -> tuple[WorkItem, ...]:
        """Work items for this gate's leader."""
        return tuple(item for item in self._all(WorkItem) if not item.done)

    def work_item(self, key: str) -> WorkItem | None:
        """One work item, done or not."""
        return self._rows["work_item"].get(key)  # type: ignore[return-value]

    def gate(self, gate: GateId) -> Gate | None:
        """A gate of this compound."""
        return self._rows["gate"].get(gate)  # type: ignore[return-value]

    def gates(self) -> tuple[Gate, ...]:
        """The gates of this compound."""
        return tuple(self._all(Gate))

    def compound(self, compound: CompoundId) -> Compound | None:
        """A compound of the street."""
        return self._rows["compound"].get(compound)  # type: ignore[return-value]

    def operators(self) -> tuple[Operator, ...]:
        """Volunteers and leaders who may sign on here."""
        return tuple(self._all(Operator))

    def road_leaders(self) -> tuple[RoadLeader, ...]:
        """路长 of the streets along this compound."""
        return tuple(self._all(RoadLeader))

    def policies(self) -> tuple[Policy, ...]:
        """All policy versions that came down."""
        return tuple(self._policies.values())

    def policies_of(self, compound: CompoundId | None) -> tuple[Policy, ...]:
        """Versions of one compound alone (`policy_override`), or of the whole street."""
        return tuple(p for key, p in self._policies.items() if key.rpartition("/")[0] == (compound or ""))


def _digits(serial: str) -> str:
    return "".join(c for c in serial if c.isdigit())


def masked(name: str) -> str:
    """张伟 -> 张*; a compound surname keeps its first character too; empty stays empty."""
    return f"{name[0]}*" if name else ""


def name_line(person: Person | None, dwelling: Dwelling | None) -> str:
    """姓名行: surname and building only, "张* 3号楼" (domain.md section 19)."""
    if person is None:
        return ""
    building = f" {dwelling.building}号楼" if dwelling is not None else ""
    return f"{masked(person.name)}{building}"
