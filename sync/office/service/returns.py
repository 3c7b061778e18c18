# SPDX-License-Identifier: LicenseRef-Gatehouse
"""返沪人员平台的记录: who came back to Shanghai, as the platform tells it, and who of the register it is.

A record is an observation: it opens no isolation, changes no category and withdraws no pass. It says whom to ask
(domain.md 11, 16) and stands beside the two evidences of a pass (domain.md 10). Sealed at rest; it goes with
the closed cases, counted from the end of its 14 days (trust.md 2).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

import assets
from kiosk.domain.admission.situation import ReturnClass
from kiosk.domain.codec import from_json, to_json
from kiosk.domain.identity import CompoundId, PersonId
from kiosk.domain.instants import DAY_MS, day_of, start_of
from kiosk.domain.policy import Policy, in_force, parse_policy
from kiosk.domain.register import Isolation, PolicyRow
from sync.office.imports.matching import Match
from sync.office.imports.returns import ReturnRecord
from sync.office.service.applications import PlatformRecord
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.store.tables import returnee
from sync.office.store.upsert import put
from sync.office.store.vault import Vault

COUNTS_DAYS = 14
"""So long after the arrival a record is asked about (domain.md 11; `first_return_days` of the shipped policies)."""
_TABLE = "returnee"


class Source(StrEnum):
    """来源: how the record came in."""

    FILE = "FILE"
    LINE = "LINE"


@dataclass(frozen=True, slots=True)
class Returnee:
    """一条返沪记录: `compound` None: the street does not know yet whose it is; `by_hand`: a clerk decided the match.

    `region_list`: the version of the region list by which `cls` was judged, on the day of arrival.
    """

    id: str
    record: ReturnRecord
    match: Match
    cls: ReturnClass
    region_list: str
    source: Source
    by: str
    at_ms: int
    compound: CompoundId | None = None
    person: PersonId | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """要看哪些: `compounds` None: all of the street, those of nobody too; `match` None: every state."""

    compounds: Collection[str] | None
    match: Match | None = None
    before: tuple[int, str] | None = None
    """Keyset: arrival day (ordinal) and id of the last row shown."""


class Returns:
    """返沪记录库."""

    def __init__(self, book: RegisterBook, vault: Vault, audit: Audit) -> None:
        """Take the register, what seals a record, and the audit."""
        self._book = book
        self._vault = vault
        self._audit = audit

    def put(self, tx: Connection, rows: Sequence[Returnee]) -> None:
        """Write records."""
        put(tx, returnee, [self._values(one) for one in rows])

    def drop(self, tx: Connection, ids: Sequence[str]) -> None:
        """Take records out again (an import taken back)."""
        for start in range(0, len(ids), 500):
            tx.execute(delete(returnee).where(returnee.c.id.in_(list(ids[start : start + 500]))))

    def get(self, tx: Connection, record_id: str) -> Returnee | None:
        """One record, or None."""
        row = tx.execute(select(returnee).where(returnee.c.id == record_id)).first()
        return None if row is None else self._read(row)

    def all(self, tx: Connection) -> list[Returnee]:
        """Every record that is kept: some thousands at most."""
        return self._opened(tx.execute(select(returnee).order_by(returnee.c.id)))

    def page(self, tx: Connection, wanted: Wanted, most: int) -> list[Returnee]:
        """Newest arrivals first."""
        c = returnee.c
        query = select(returnee).where(*self._where(wanted)).order_by(c.arrived_day.desc(), c.id).limit(most)
        if wanted.before is not None:
            day, key = wanted.before
            query = query.where((c.arrived_day < day) | ((c.arrived_day == day) & (c.id > key)))
        return self._opened(tx.execute(query))

    def counts(self, tx: Connection, compounds: Collection[str] | None) -> dict[Match, int]:
        """How many by state."""
        c = returnee.c
        query = select(c.state, func.count()).where(*self._where(Wanted(compounds))).group_by(c.state)
        found = {Match(state): count for state, count in tx.execute(query)}
        return {match: found.get(match, 0) for match in Match}

    def of_person(self, tx: Connection, person: PersonId, now_ms: int) -> Returnee | None:
        """The newest record of a person that still counts, or None."""
        c = returnee.c
        mine = (c.person_id == person, c.arrived_day >= _first_day(now_ms))
        row = tx.execute(select(returnee).where(*mine).order_by(c.arrived_day.desc()).limit(1)).first()
        return None if row is None else self._read(row)

    def as_of_ms(self, tx: Connection) -> int | None:
        """When the newest record came in: what the platform said later is not known here. None: none ever did."""
        found = tx.execute(select(func.max(returnee.c.at_ms))).scalar()
        return None if found is None else int(found)

    def came_back(
        self, tx: Connection, compound: CompoundId, now_ms: int, days: int = COUNTS_DAYS
    ) -> dict[PersonId, dt.date]:
        """Who of a compound has a record of the last `days`, and when they arrived."""
        c = returnee.c
        mine = (c.compound_id == compound, c.person_id.is_not(None), c.arrived_day >= _first_day(now_ms, days))
        query = select(c.person_id, func.max(c.arrived_day)).where(*mine).group_by(c.person_id)
        return {PersonId(person): dt.date.fromordinal(day) for person, day in tx.execute(query)}

    def unanswered(
        self, tx: Connection, compound: CompoundId, now_ms: int, days: int = COUNTS_DAYS
    ) -> frozenset[PersonId]:
        """Whom the platform knows to be back and nobody has taken into isolation since (domain.md 16)."""
        back = self.came_back(tx, compound, now_ms, days)
        if not back:
            return frozenset()
        answered = {
            one.person for one in self._book.register.all(tx, Isolation, compound_id=compound)
            if one.person in back and one.d0 >= back[one.person]
        }  # fmt: skip
        return frozenset(back) - answered

    def decide(self, tx: Connection, one: Returnee, person: PersonId | None, now_ms: int, *, by: str) -> Returnee:
        """A clerk's word: it is this person, or (None) nobody of ours."""
        compound = one.compound
        if person is not None:
            compound = CompoundId(self._book.register.compounds_of(tx, [person])[person])
        match = Match.DISMISSED if person is None else Match.MATCHED
        done = replace(one, person=person, match=match, compound=compound, by_hand=True)
        self.put(tx, [done])
        self._audit.note(tx, Entry(by, "returnee.decide", one.id, why=match.value), now_ms)
        return done

    # -- inside --------------------------------------------------------------------------------------------------

    def _where(self, wanted: Wanted) -> list[Any]:
        c = returnee.c
        conditions: list[Any] = [] if wanted.compounds is None else [c.compound_id.in_(list(wanted.compounds))]
        return conditions if wanted.match is None else [*conditions, c.state == wanted.match.value]

    def _values(self, one: Returnee) -> dict[str, Any]:
        sealed = {"record": to_json(one.record), "region_list": one.region_list, "by_hand": one.by_hand}
        return {
            "id": one.id, "compound_id": one.compound, "person_id": one.person, "state": one.match.value,
            "cls": one.cls.value, "arrived_day": one.record.arrived.toordinal(), "source": one.source.value,
            "by": one.by, "at_ms": one.at_ms, "sealed": self._vault.seal_json(_TABLE, one.id, sealed),
        }  # fmt: skip

    def _opened(self, rows: Iterable[Row[Any]]) -> list[Returnee]:
        return [one for one in map(self._read, rows) if one is not None]

    def _read(self, row: Row[Any]) -> Returnee | None:
        told = self._vault.open_json(_TABLE, row.id, row.sealed)
        if told is None:
            return None
        return Returnee(
            row.id, from_json(ReturnRecord, told["record"]), Match(row.state), ReturnClass(row.cls),
            told["region_list"], Source(row.source), row.by, row.at_ms, row.compound_id, row.person_id,
            told["by_hand"],
        )  # fmt: skip


class Regions:
    """重点地区判断: the region list in force on the day of arrival decides; a later removal changes nothing."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        """Take all versions of the street."""
        self._policies = policies

    def judge(self, record: ReturnRecord) -> tuple[ReturnClass, str]:
        """重点 or 其他, and the version of the region list that said so. The platform's own 重点 counts too."""
        at_ms = start_of(record.arrived) + DAY_MS - 1
        first = min(self._policies, key=lambda one: one.effective_from_ms)
        policy = in_force(self._policies, at_ms) or first
        key = record.key_told or any(_key(policy, told, record.arrived) for told in (record.region, *record.transit))
        return ReturnClass.KEY if key else ReturnClass.OTHER, policy.region_list or policy.version


def regions_of(tx: Connection, book: RegisterBook) -> Regions:
    """The street's region lists."""
    own = [row.toml for row in book.register.all(tx, PolicyRow) if row.compound is None]
    return Regions([parse_policy(text) for text in own or assets.policies()])


def platform_says(one: Returnee | None, *, released: bool) -> PlatformRecord:
    """What a record means as evidence for a pass (domain.md 10)."""
    if one is None:
        return PlatformRecord.NONE
    if released:
        return PlatformRecord.RELEASED
    return PlatformRecord.KEY_REGION if one.cls is ReturnClass.KEY else PlatformRecord.OTHER_REGION


def _key(policy: Policy, told: str, on: dt.date) -> bool:
    """A place as people write it (湖北省武汉市) lies in a row that names it (湖北); the narrowest row decides."""
    if not told:
        return False
    hits = [row for row in policy.regions if row.covers(told, on) or (row.name in told and row.covers(row.name, on))]
    return max(hits, key=lambda row: (len(row.code), row.since)).key if hits else False


def _first_day(now_ms: int, days: int = COUNTS_DAYS) -> int:
    return day_of(now_ms).toordinal() - days
