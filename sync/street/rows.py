# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The rows of a made-up street, with the fields of the entities (design: domain.md 3)."""

from dataclasses import dataclass
from datetime import date

from kiosk.domain.codes import Attr, Category, GateKind, Lane
from kiosk.domain.identity import CommitteeId, CompoundId, DwellingId, GateId, PersonId


@dataclass(frozen=True, slots=True)
class CommitteeRow:
    """居委会: one of 20."""

    id: CommitteeId
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class CompoundRow:
    """小区: one of 60; `site` is its number in passes (pass-format.md 1)."""

    id: CompoundId
    site: int
    name: str
    committee_id: CommitteeId
    address: str


@dataclass(frozen=True, slots=True)
class GateRow:
    """出入口: one of 71; `hours` as in the register: "00:00-24:00"."""

    id: GateId
    compound_id: CompoundId
    name: str
    lane: Lane
    kind: GateKind
    hours: str
    pickup_point: str


@dataclass(frozen=True, slots=True)
class DwellingRow:
    """住宅: building, unit and room as the door plate says them; `home_isolation_ok` is "Y", "N" or "?"."""

    id: DwellingId
    compound_id: CompoundId
    building: str
    unit: str
    room: str
    home_isolation_ok: str
    last_verified_at: date | None
    vacant: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """居民 on the register; `phone` is empty for those without one, `arrived_on` set for returnees and new tenants."""

    id: PersonId
    name: str
    name_masked: str
    sex: str
    birth_year: int
    nationality: str
    phone: str
    doc_type: str
    dwelling_id: DwellingId
    compound_id: CompoundId
    tenure: str
    category: Category
    attrs: frozenset[Attr]
    registered_at: date
    stock: bool
    arrived_on: date | None
    from_region: str
