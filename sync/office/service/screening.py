# SPDX-License-Identifier: LicenseRef-Gatehouse
"""每日排查(街道一侧): the morning's lists of one compound, from the register and from who was seen at any gate."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kiosk.domain.codes import Attr, Direction
from kiosk.domain.events import Registration, event_from_json
from kiosk.domain.identity import CompoundId, PassId, PersonId
from kiosk.domain.instants import DAY_MS, day_of, start_of
from kiosk.domain.policy import Parameters
from kiosk.domain.register import Dwelling, Isolation, PassRow, Person
from kiosk.domain.screening import Known, Screening, screening
from sync.office.service.book import RegisterBook
from sync.office.store.tables import event, passage

FRAIL = frozenset({Attr.ELDERLY, Attr.LIVES_ALONE})
"""Who stands on the care list when not seen."""
_PART = 500


@dataclass(frozen=True, slots=True)
class CompoundRoster:
    """小区名册: what the lists of one compound are made from; opened once for as long as its revision stands."""

    persons: tuple[Person, ...]
    dwellings: tuple[Dwelling, ...]
    isolations: tuple[Isolation, ...]
    passes: tuple[PassRow, ...]


class MorningLists:
    """排查用例."""

    def __init__(self, book: RegisterBook) -> None:
        """Take the register."""
        self._book = book

    def roster(self, tx: Connection, compound: CompoundId) -> CompoundRoster:
        """The compound's rows, opened."""
        register = self._book.register
        return CompoundRoster(
            tuple(register.all(tx, Person, compound_id=compound)),
            tuple(register.all(tx, Dwelling, compound_id=compound)),
            tuple(register.all(tx, Isolation, compound_id=compound)),
            tuple(register.all(tx, PassRow, compound_id=compound)),
        )

    def of_compound(
        self,
        tx: Connection,
        compound: CompoundId,
        now_ms: int,
        params: Parameters,
        platform_returns: frozenset[PersonId] = frozenset(),
        roster: CompoundRoster | None = None,
    ) -> Screening:
        """All lists; `platform_returns` are persons of whom the returnee platform holds a record."""
        roster = roster or self.roster(tx, compound)
        frail = [one.id for one in roster.persons if one.attrs & FRAIL]
        overdue = [one.id for one in roster.passes if one.leave_by_ms is not None and one.leave_by_ms <= now_ms]
        since = start_of(day_of(now_ms)) - params.not_seen_days * DAY_MS
        known = Known(
            persons=roster.persons,
            dwellings=roster.dwellings,
            isolations=roster.isolations,
            passes=roster.passes,
            last_seen_ms=_last_seen(tx, frail, since),
            last_way=_last_way(tx, overdue),
            platform_returns=platform_returns,
            registered_returns=_registered(tx, compound) if platform_returns else frozenset(),
        )
        return screening(known, now_ms, params)


def _last_seen(tx: Connection, persons: Sequence[PersonId], since_ms: int) -> dict[PersonId, int]:
    """When these persons were last seen at any gate; who was not seen since is left out."""
    c = passage.c
    out: dict[PersonId, int] = {}
    for start in range(0, len(persons), _PART):
        mine = (c.person_id.in_(persons[start : start + _PART]), c.decided_ms >= since_ms)
        seen = tx.execute(select(c.person_id, func.max(c.decided_ms)).where(*mine).group_by(c.person_id))
        out.update((PersonId(person), at) for person, at in seen)
    return out


def _last_way(tx: Connection, passes: Sequence[PassId]) -> dict[PassId, Direction]:
    """Which way each of these passes went last."""
    c = passage.c
    out: dict[PassId, Direction] = {}
    for start in range(0, len(passes), _PART):
        mine = (c.pass_id.in_(passes[start : start + _PART]), c.recorded == 1)
        went = tx.execute(select(c.pass_id, c.dir).where(*mine).order_by(c.decided_ms))
        out.update((PassId(pass_id), Direction(way)) for pass_id, way in went)
    return out


def _registered(tx: Connection, compound: str) -> frozenset[PersonId]:
    c = event.c
    query = select(c.canon).where(c.type == Registration.TYPE, c.compound_id == compound, c.parsed == 1)
    bodies = (event_from_json(json.loads(canon)).body for (canon,) in tx.execute(query))
    return frozenset(body.person for body in bodies if isinstance(body, Registration) and body.kind == "RETURN")
