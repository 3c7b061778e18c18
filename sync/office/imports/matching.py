# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Who of the register a record of the returnee platform speaks of: sure, doubtful, or nobody (interface.md 12).

Sure is the one person who has the record's name and its phone or its flat. All else is a clerk's to decide: a name
alone, a phone under another name, a flat with the same surname are shown as candidates and never taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.identity import CompoundId, PersonId
from kiosk.domain.register import Dwelling, Person
from sync.office.imports.cells import Place
from sync.office.imports.returns import ReturnRecord

CANDIDATES = 8
"""At most so many are shown."""


class Match(StrEnum):
    """匹配: as the list shows it. DISMISSED: a clerk said that it is nobody of ours."""

    MATCHED = "MATCHED"
    DOUBTFUL = "DOUBTFUL"
    NONE = "NONE"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True)
class Candidate:
    """可能的人: what of the record agrees: "name", "phone", "room"."""

    person: PersonId
    agrees: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matched:
    """匹配结果: `candidates` best first; of MATCHED the one."""

    match: Match
    candidates: tuple[Candidate, ...] = ()

    @property
    def person(self) -> PersonId | None:
        """The person, where it is sure."""
        return self.candidates[0].person if self.match is Match.MATCHED else None


class Residents:
    """在册居民: found by name, by phone and by flat."""

    def __init__(self, people: Iterable[Person], homes: Iterable[Dwelling]) -> None:
        """Index them once for a whole list."""
        self.people: dict[PersonId, Person] = {one.id: one for one in people}
        self._homes = {home.id: home for home in homes}
        self._names: Mapping[str, list[PersonId]] = defaultdict(list)
        self._phones: Mapping[str, list[PersonId]] = defaultdict(list)
        self._flats: Mapping[Place, list[PersonId]] = defaultdict(list)
        for one in self.people.values():
            self._names[one.name].append(one.id)
            if one.phone:
                self._phones[one.phone].append(one.id)
            home = self.home(one.id)
            if home is not None:
                self._flats[Place(home.building, home.unit, home.room)].append(one.id)

    def home(self, person: PersonId) -> Dwelling | None:
        """Where a resident lives."""
        dwelling = self.people[person].dwelling
        return None if dwelling is None else self._homes.get(dwelling)

    def match(self, record: ReturnRecord, compound: CompoundId | None = None) -> Matched:
        """Who the record speaks of; `compound` where it says so: a flat elsewhere is then another flat."""
        agrees: dict[PersonId, set[str]] = defaultdict(set)
        for fact, found in (
            ("name", self._names.get(record.name, ())),
            ("phone", self._phones.get(record.phone, ()) if record.phone else ()),
            ("room", self._flats.get(record.place, ()) if record.room else ()),
        ):
            for person in found:
                if fact != "room" or compound is None or self.people[person].compound == compound:
                    agrees[person].add(fact)
        sure = [one for one, facts in agrees.items() if "name" in facts and len(facts) > 1]
        if len(sure) == 1:
            return Matched(Match.MATCHED, (Candidate(sure[0], frozenset(agrees[sure[0]])),))
        shown = sure or [one for one, facts in agrees.items() if self._likely(one, facts, record, compound)]
        if not shown:
            return Matched(Match.NONE)
        ranked = sorted(shown, key=lambda one: (-len(agrees[one]), self.people[one].compound, one))
        best = ranked[:CANDIDATES]
        return Matched(Match.DOUBTFUL, tuple(Candidate(one, frozenset(agrees[one])) for one in best))

    def _likely(self, one: PersonId, facts: set[str], record: ReturnRecord, compound: CompoundId | None) -> bool:
        if "phone" in facts:
            return True
        if "name" in facts:
            return compound in (None, self.people[one].compound)
        # The flat alone: one character of the name may be written otherwise.
        return compound is not None and self.people[one].name[:1] == record.name[:1]


def residents_of(parts: Sequence[tuple[Sequence[Person], Sequence[Dwelling]]]) -> Residents:
    """The residents of several compounds."""
    return Residents(
        (person for people, _ in parts for person in people), (home for _, homes in parts for home in homes)
    )
