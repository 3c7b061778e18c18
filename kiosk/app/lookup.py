# SPDX-License-Identifier: LicenseRef-Gatehouse
"""忘带证查找: building, unit, room and two matching facts; never the first of several (domain.md section 12).

Volunteers have no free search by name; leaders have (`search`): two characters, initials in any reading, or the last
four digits of a phone. A typed card serial is one of the two facts and no proof (pass-format.md section 4).
"""

import datetime as dt
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.app.roster import Roster, masked
from kiosk.app.views import FoundPerson
from kiosk.domain.identity import CompoundId, PersonId
from kiosk.domain.instants import day_of
from kiosk.domain.passes import parse_serial
from kiosk.domain.policy import Parameters
from kiosk.domain.register import Person

FACTS_NEEDED = 2
TAIL = 4


@dataclass(frozen=True, slots=True)
class RoomQuestion:
    """查找条件: where somebody says to live, and what he can say of himself; `chosen` is a row that was tapped."""

    building: str = ""
    unit: str = ""
    room: str = ""
    compound: CompoundId | None = None
    name: str | None = None
    phone_tail: str | None = None
    serial: str | None = None
    chosen: PersonId | None = None
    id_seen: bool = False
    vouched: bool = False
    old_paper: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """查找结果: whom the facts leave, and whether they are enough to open a passage for exactly one."""

    persons: tuple[Person, ...]
    enough: bool

    @property
    def one(self) -> Person | None:
        """The one person, if the facts are enough and leave nobody else."""
        return self.persons[0] if self.enough and len(self.persons) == 1 else None


def find(roster: Roster, own: CompoundId, question: RoomQuestion, params: Parameters, now_ms: int) -> Found:
    """Whom a room and the facts given leave."""
    if question.compound is not None and question.compound != own:
        return Found((), enough=True)
    persons: Iterable[Person] = roster.at_room(question.building, question.unit, question.room)
    facts = 0
    if question.serial is not None:
        persons = _by_serial(roster, question.serial, tuple(persons), by_room=bool(question.room))
        facts += 1
    if question.chosen is not None:
        persons = [p for p in persons if p.id == question.chosen]
        facts += 1
    if question.name is not None:
        wanted = _plain(question.name)
        persons = [p for p in persons if _plain(p.name) == wanted]
        facts += question.chosen is None
    if question.phone_tail is not None:
        persons = [p for p in persons if p.phone and p.phone[-TAIL:] == question.phone_tail]
        facts += 1
    facts += question.id_seen + question.vouched + (question.old_paper and old_paper_counts(params, now_ms))
    found = tuple(persons)
    return Found(found, enough=facts >= FACTS_NEEDED or not found)


def old_paper_counts(params: Parameters, now_ms: int) -> bool:
    """旧纸证: until `legacy_pass_until` an old paper pass is one of the two facts."""
    until: dt.date | None = params.legacy_pass_until
    return until is not None and day_of(now_ms) <= until


def serial_holds(text: str) -> bool:
    """Whether a typed serial's check digit is right; a wrong one is refused at the key pad (请重新输入)."""
    return parse_serial(text) is not None


def _by_serial(roster: Roster, serial: str, at_room: tuple[Person, ...], *, by_room: bool) -> list[Person]:
    holders = [roster.person(row.person) for row in roster.by_serial(serial)]
    known = [person for person in holders if person is not None]
    return [p for p in known if p in at_room] if by_room else known


def search(roster: Roster, text: str) -> tuple[Person, ...]:
    """门长查找: by at least two characters of a name, initials (any reading), or four digits of a phone."""
    found = (roster.person(hit.person) for hit in roster.index.find(text))
    return tuple(person for person in found if person is not None)


def label(person: Person) -> FoundPerson:
    """A masked row: "张*(女, 60后)"; the decade tells two of one surname apart without laying a birthday open."""
    parts = [part for part in (person.sex, f"{person.birth_year // 10 % 10}0后" if person.birth_year else "") if part]
    said = f"({', '.join(parts)})" if parts else ""
    return FoundPerson(person.id, f"{masked(person.name)}{said}")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
