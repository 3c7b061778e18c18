# SPDX-License-Identifier: LicenseRef-Gatehouse
"""每日排查(街道一侧): the morning's lists of one compound, from the register and from who was seen at any gate."""

import json

from sqlalchemy import Connection, func, select

from kiosk.domain.codes import Direction
from kiosk.domain.events import Registration, event_from_json
from kiosk.domain.identity import CompoundId, PassId, PersonId
from kiosk.domain.policy import Parameters
from kiosk.domain.register import Dwelling, Isolation, PassRow, Person
from kiosk.domain.screening import Known, Screening, screening
from sync.office.service.book import RegisterBook
from sync.office.store.tables import event, passage


class MorningLists:
    """排查用例."""

    def __init__(self, book: RegisterBook) -> None:
        """Take the register."""
        self._book = book

    def of_compound(
        self,
        tx: Connection,
        compound: CompoundId,
        now_ms: int,
        params: Parameters,
        platform_returns: frozenset[PersonId] = frozenset(),
    ) -> Screening:
        """All lists; `platform_returns` are persons of whom the returnee platform holds a record."""
        register = self._book.register
        known = Known(
            persons=register.all(tx, Person, compound_id=compound),
            dwellings=register.all(tx, Dwelling, compound_id=compound),
            isolations=register.all(tx, Isolation, compound_id=compound),
            passes=register.all(tx, PassRow, compound_id=compound),
            last_seen_ms=_last_seen(tx, compound),
            last_way=_last_way(tx, compound),
            platform_returns=platform_returns,
            registered_returns=_registered(tx, compound),
        )
        return screening(known, now_ms, params)


def _last_seen(tx: Connection, compound: str) -> dict[PersonId, int]:
    c = passage.c
    query = select(c.person_id, func.max(c.decided_ms)).where(c.compound_id == compound, c.person_id.is_not(None))
    return {PersonId(person): at for person, at in tx.execute(query.group_by(c.person_id))}


def _last_way(tx: Connection, compound: str) -> dict[PassId, Direction]:
    c = passage.c
    query = select(c.pass_id, c.dir).where(c.compound_id == compound, c.recorded == 1, c.pass_id.is_not(None))
    return {PassId(pass_id): Direction(way) for pass_id, way in tx.execute(query.order_by(c.decided_ms))}


def _registered(tx: Connection, compound: str) -> frozenset[PersonId]:
    c = event.c
    query = select(c.canon).where(c.type == Registration.TYPE, c.compound_id == compound, c.parsed == 1)
    bodies = (event_from_json(json.loads(canon)).body for (canon,) in tx.execute(query))
    return frozenset(body.person for body in bodies if isinstance(body, Registration) and body.kind == "RETURN")
