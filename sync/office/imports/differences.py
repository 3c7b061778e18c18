# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a roster would change in the register, person by person, before anything is written (interface.md 12.1)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from kiosk.domain.codes import Category
from kiosk.domain.identity import CompoundId, DwellingId, PersonId
from kiosk.domain.register import Dwelling, Person
from sync.office.imports.cells import Place
from sync.office.imports.roster import BadRow, RosterRow, RowFault

GONE_ASKED_AGAIN = 0.10
"""A file that leaves out more than this share of a compound is asked about a second time."""
_COMPARED = ("name", "phone", "sex", "birth_year", "category", "tenure", "employer", "attrs")


class Change(StrEnum):
    """差异: what becomes of a person."""

    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    GONE = "gone"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """一条差异: the person as the register will have it, and as it has it now; `row` of the file, None for GONE."""

    change: Change
    person: Person
    home: Dwelling
    old: Person | None = None
    old_home: Dwelling | None = None
    row: RosterRow | None = None

    def fields(self) -> tuple[tuple[str, object, object], ...]:
        """Field, old value, new value, of what differs."""
        if self.old is None or self.change is Change.GONE:
            return ()
        both = ((name, getattr(self.old, name), getattr(self.person, name)) for name in _COMPARED)
        return tuple(one for one in both if one[1] != one[2])


@dataclass(frozen=True, slots=True)
class Plan:
    """导入预案: `homes` are flats that the register does not have yet; `known` persons stood in it before."""

    differences: tuple[Difference, ...]
    bad: tuple[BadRow, ...]
    homes: tuple[Dwelling, ...] = ()
    known: int = 0

    def count(self) -> Counter[Change]:
        """Persons by what becomes of them."""
        return Counter(one.change for one in self.differences)

    @property
    def gone_many(self) -> bool:
        """Whether so many are missing that the clerk is asked a second time."""
        return self.count()[Change.GONE] > self.known * GONE_ASKED_AGAIN

    @property
    def digest(self) -> str:
        """What the clerk saw: the same file against the same register gives the same, whatever ids are drawn."""
        told = sha256()
        for one in sorted(
            (
                each.change.value,
                each.home.building,
                each.home.unit,
                each.home.room,
                each.person.name,
                str(each.fields()),
            )
            for each in self.differences
        ):
            told.update(repr(one).encode())
        return told.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Standing:
    """在册: one compound's part of the register."""

    compound: CompoundId
    homes: Sequence[Dwelling]
    people: Sequence[Person]


@dataclass(frozen=True, slots=True)
class Asked:
    """怎样导入: `whole` a full list of its compounds (others are gone); `new_buildings` a building may be new."""

    whole: bool = False
    new_buildings: bool = False


def plan_of(
    rows: Iterable[RosterRow],
    bad: Sequence[BadRow],
    standing: Mapping[CompoundId, Standing],
    where: Callable[[RosterRow], CompoundId | None],
    new_id: Callable[[], str],
    *,
    asked: Asked,
    now_ms: int,
) -> Plan:
    """Compare rows with the register. `where`: the compound that a row belongs to, None if it is none of the clerk's.

    A person is the one of this name in this room; else, with the same phone, the one of this name elsewhere in the
    compound, who then has moved. Two of one name and no phone are never taken for each other.
    """
    faults = list(bad)
    by_compound: dict[CompoundId, list[RosterRow]] = defaultdict(list)
    for row in rows:
        compound = where(row)
        if compound is None:
            faults.append(BadRow(row.number, "compound", RowFault.COMPOUND, row.compound[:20], sheet=row.sheet))
        else:
            by_compound[compound].append(row)
    differences: list[Difference] = []
    homes: list[Dwelling] = []
    for compound, mine in by_compound.items():
        one = _Compound(standing[compound], new_id, asked, now_ms)
        faults += one.take(mine)
        differences += one.differences
        homes += one.new_homes
    known = sum(len(standing[compound].people) for compound in by_compound)
    return Plan(tuple(differences), tuple(sorted(faults, key=lambda it: (it.sheet, it.row))), tuple(homes), known)


class _Compound:
    """One compound being compared."""

    def __init__(self, standing: Standing, new_id: Callable[[], str], asked: Asked, now_ms: int) -> None:
        self._standing = standing
        self._new_id = new_id
        self._asked = asked
        self._now_ms = now_ms
        self._homes = {Place(home.building, home.unit, home.room): home for home in standing.homes}
        self._by_id = {home.id: home for home in standing.homes}
        self._buildings = {home.building for home in standing.homes}
        self._at = {(person.dwelling, person.name): person for person in standing.people}
        self.new_homes: list[Dwelling] = []
        self.differences: list[Difference] = []

    def take(self, rows: Sequence[RosterRow]) -> list[BadRow]:
        bad: list[BadRow] = []
        later: list[tuple[RosterRow, Dwelling]] = []
        met: set[PersonId] = set()
        for row in rows:
            if self._strange(row):
                bad.append(BadRow(row.number, "building", RowFault.BUILDING, row.place.building, sheet=row.sheet))
                continue
            home = self._home(row.place)
            old = self._at.get((home.id, row.name))
            if old is None:
                later.append((row, home))
            else:
                met.add(old.id)
                self._differs(row, home, old)
        # Whoever stands where the file says is settled first: what is left over may have moved.
        left = {(one.name, one.phone): one for one in self._standing.people if one.id not in met and one.phone}
        for row, home in later:
            old = left.pop((row.name, row.phone), None) if row.phone else None
            if old is not None:
                met.add(old.id)
            self._differs(row, home, old)
        if self._asked.whole:
            self._gone(met)
        return bad

    def _strange(self, row: RosterRow) -> bool:
        """A building that the register does not have is a slip, unless there are none yet or the clerk says so."""
        return bool(self._buildings) and row.place.building not in self._buildings and not self._asked.new_buildings

    def _home(self, place: Place) -> Dwelling:
        home = self._homes.get(place)
        if home is None:
            made = DwellingId(self._new_id())
            home = Dwelling(made, self._standing.compound, place.building, place.unit, place.room)
            self._homes[place] = self._by_id[made] = home
            self.new_homes.append(home)
        return home

    def _differs(self, row: RosterRow, home: Dwelling, old: Person | None) -> None:
        base = old or Person(
            PersonId(self._new_id()), row.category or Category.LOCAL, self._standing.compound, home.id, row.name,
            registered_at_ms=self._now_ms,
        )  # fmt: skip
        person = replace(
            base,
            dwelling=home.id,
            category=row.category or base.category,
            phone=row.phone or base.phone,
            sex=row.sex or base.sex,
            birth_year=row.birth_year or base.birth_year,
            tenure=row.tenure or base.tenure,
            employer=row.employer or base.employer,
            attrs=base.attrs | row.attrs,
        )
        before = self._by_id.get(old.dwelling) if old is not None and old.dwelling is not None else None
        if old is None:
            change = Change.NEW
        elif old.dwelling != person.dwelling:
            change = Change.MOVED
        else:
            change = Change.SAME if old == person else Change.CHANGED
        self.differences.append(Difference(change, person, home, old, before, row))

    def _gone(self, met: set[PersonId]) -> None:
        for person in self._standing.people:
            home = self._by_id.get(person.dwelling) if person.dwelling is not None else None
            if person.id not in met and home is not None:
                self.differences.append(Difference(Change.GONE, person, home, person, home))
