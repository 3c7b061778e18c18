# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The made-up street as rows of the register, as the office keeps them and gates pull them (kiosk.domain.register)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta, timezone

from kiosk.domain.register import Compound, Dwelling, Gate, Person
from sync.street.people import Street
from sync.street.rows import CompoundRow, DwellingRow, GateRow, PersonRow

_SHANGHAI = timezone(timedelta(hours=8))
_SEXES = {"M": "男", "F": "女"}
"""As the register holds them: what the import reads, and what a gate shows of two of one name."""


def _no_initials(_name: str) -> tuple[str, ...]:
    return ()


def register_rows(
    street: Street, initials: Callable[[str], tuple[str, ...]] = _no_initials
) -> Iterator[Compound | Gate | Dwelling | Person]:
    """All rows: compounds, gates, dwellings, persons. `initials` gives the readings of a name (made at the office)."""
    phones = {row.id: row.phone for row in street.committees}
    for compound in street.compounds:
        yield compound_of(compound, phones[compound.committee_id])
    yield from map(gate_of, street.gates)
    yield from map(dwelling_of, street.dwellings)
    for person in street.persons:
        yield person_of(person, initials(person.name))


def compound_of(row: CompoundRow, committee_phone: str) -> Compound:
    """小区."""
    return Compound(row.id, row.name, row.site, row.committee_id, committee_phone)


def gate_of(row: GateRow) -> Gate:
    """出入口."""
    return Gate(row.id, row.compound_id, row.name, row.lane, row.kind, row.hours, pickup_point=row.pickup_point)


def dwelling_of(row: DwellingRow) -> Dwelling:
    """住宅."""
    return Dwelling(
        row.id,
        row.compound_id,
        row.building,
        row.unit,
        row.room,
        row.home_isolation_ok,
        last_verified=row.last_verified_at.isoformat() if row.last_verified_at else None,
        vacant=row.vacant,
    )


def person_of(row: PersonRow, initials: tuple[str, ...] = ()) -> Person:
    """居民; registered at midnight in Shanghai of the day."""
    registered = datetime.combine(row.registered_at, time.min, _SHANGHAI).astimezone(UTC)
    return Person(
        row.id,
        row.category,
        row.compound_id,
        row.dwelling_id,
        row.name,
        row.phone,
        _SEXES[row.sex],
        row.birth_year,
        initials,
        row.attrs,
        registered_at_ms=int(registered.timestamp()) * 1_000,
        stock=row.stock,
        tenure=row.tenure,
    )
