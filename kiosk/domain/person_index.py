# SPDX-License-Identifier: LicenseRef-Gatehouse
"""人员查找: an index in memory, for a gate and for the office, built from the opened rows and kept with their changes.

No blind index lies in the database (trust.md section 6). 100,000 persons: about 60 MB and a second to build; a search
by two characters, by initials or by the last four digits of a phone reads one list of ids.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.domain.identity import CompoundId, PersonId
from kiosk.domain.register import Person

TAIL = 4
SHORTEST = 2
MOST = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """找到的人: shown masked or in full by whoever may."""

    person: PersonId
    compound: CompoundId


class PersonIndex:
    """查找索引."""

    def __init__(self, persons: Iterable[Person] = ()) -> None:
        """Index all persons."""
        self._rows: dict[PersonId, Person] = {}
        self._by_pair: dict[str, set[PersonId]] = defaultdict(set)
        self._by_initials: dict[str, set[PersonId]] = defaultdict(set)
        self._by_tail: dict[str, set[PersonId]] = defaultdict(set)
        for person in persons:
            self.put(person)

    def __len__(self) -> int:
        """How many persons are indexed."""
        return len(self._rows)

    def put(self, person: Person) -> None:
        """Take a person, new or changed."""
        self.drop(person.id)
        self._rows[person.id] = person
        for index, keys in self._keys(person):
            for key in keys:
                index[key].add(person.id)

    def drop(self, person: PersonId) -> None:
        """Forget a person."""
        old = self._rows.pop(person, None)
        if old is not None:
            for index, keys in self._keys(old):
                for key in keys:
                    index[key].discard(person)

    def find(self, text: str, compounds: frozenset[CompoundId] | None = None) -> tuple[Hit, ...]:
        """By at least two characters of a name, initials in any reading, or four digits; at most 50, by name."""
        wanted = _plain(text)
        if len(wanted) < SHORTEST:
            return ()
        if wanted.isdigit():
            ids = self._by_tail.get(wanted, set()) if len(wanted) == TAIL else set()
        elif wanted.isascii():
            low = wanted.lower()
            ids = {i for i in self._by_initials.get(low[:SHORTEST], ()) if self._reads(i, low)}
        else:
            ids = {i for i in self._by_pair.get(wanted[:SHORTEST], ()) if wanted in _plain(self._rows[i].name)}
        found = (self._rows[i] for i in ids)
        mine = [p for p in found if compounds is None or p.compound in compounds]
        mine.sort(key=lambda p: (p.name, p.id))
        return tuple(Hit(p.id, p.compound) for p in mine[:MOST])

    def _reads(self, person: PersonId, letters: str) -> bool:
        return any(reading.startswith(letters) for reading in self._rows[person].initials)

    def _keys(self, person: Person) -> Iterable[tuple[dict[str, set[PersonId]], Iterable[str]]]:
        name = _plain(person.name)
        yield self._by_pair, (name[i : i + SHORTEST] for i in range(len(name) - 1))
        yield self._by_initials, (reading[:SHORTEST] for reading in person.initials)
        yield self._by_tail, (person.phone[-TAIL:],) if len(person.phone) >= TAIL else ()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
