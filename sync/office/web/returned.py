# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What pages share of the returnee platform's records: whom they may mean, and one person's as evidence for a pass."""

import datetime as dt
from dataclasses import dataclass

from kiosk.domain.identity import CompoundId, DwellingId, PersonId
from kiosk.domain.register import Dwelling, Isolation
from sync.office.imports.matching import Residents, residents_of
from sync.office.imports.returns import ReturnRecord
from sync.office.service.returns import Returns, platform_says
from sync.office.web.opened import opened
from sync.office.web.visit import House, Visit
from sync.wire import scopes


@dataclass(frozen=True, slots=True)
class Returned:
    """平台记录(办证依据): `says` a code of `office.passes.platform`; `as_of_ms` when the newest record came in.

    `arrived` None: the platform's records name nobody of ours.
    """

    says: str
    as_of_ms: int
    arrived: dt.date | None = None
    region: str = ""
    ref: str = ""
    id: str = ""


def returns_of(house: House) -> Returns:
    """The records."""
    office = house.office
    return Returns(office.book, office.vault, office.audit)


def returned(visit: Visit, person: PersonId) -> Returned | None:
    """What the records say of a person now; None: no record ever came in, so that they say nothing of anybody."""
    returns = returns_of(visit.house)
    as_of_ms = returns.as_of_ms(visit.tx)
    if as_of_ms is None:
        return None
    found = returns.of_person(visit.tx, person, visit.now_ms)
    if found is None:
        return Returned(platform_says(None, released=False).value, as_of_ms)
    mine = visit.office.book.register.all(visit.tx, Isolation, person_id=person)
    released = any(one.released_at_ms is not None and one.d0 >= found.record.arrived for one in mine)
    return Returned(
        platform_says(found, released=released).value, as_of_ms, found.record.arrived,
        visit.fields.health(found.record.region), found.record.ref, found.id,
    )  # fmt: skip


def residents(visit: Visit) -> Residents:
    """Everybody whom the account reaches, found by name, phone and flat; made once while the register stands."""
    compounds = visit.reach.compounds
    revs = tuple((one.id, visit.office.changes.rev(visit.tx, scopes.roster(one.id))) for one in compounds)

    def make() -> Residents:
        parts = [opened(visit, one.id) for one in compounds]
        return residents_of([(part.persons, part.dwellings) for part in parts])

    return visit.house.recent.get(f"residents {'*' if visit.reach.everything else visit.user.committee}", revs, make)


def told_room(visit: Visit, record: ReturnRecord) -> str:
    """The flat as the platform tells it, as far as this account sees rooms."""
    told = Dwelling(DwellingId(""), CompoundId(""), record.building, record.unit, record.room)
    return f"{record.compound} {visit.fields.room(told)}".strip()
