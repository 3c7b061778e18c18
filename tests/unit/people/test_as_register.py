# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The made-up street becomes register rows without losing a fact."""

from kiosk.domain.register import Compound, Dwelling, Gate, Person
from sync.street.as_register import register_rows
from sync.street.people import street


def test_every_row_of_the_street_is_a_row_of_the_register() -> None:
    place = street(4, residents=1_500)
    rows = list(register_rows(place, lambda name: (f"{len(name)}",)))
    kinds = [Compound, Gate, Dwelling, Person]
    counts = [sum(isinstance(row, kind) for row in rows) for kind in kinds]
    assert counts == [60, 71, len(place.dwellings), 1_500]
    persons = {row.id: row for row in rows if isinstance(row, Person)}
    for person in place.persons:
        row = persons[person.id]
        assert (row.name, row.phone, row.birth_year, row.attrs) == (
            person.name, person.phone, person.birth_year, person.attrs,
        )  # fmt: skip
        assert row.initials == (str(len(person.name)),)
        assert row.dwelling == person.dwelling_id
    compound = next(row for row in rows if isinstance(row, Compound))
    assert (compound.site, compound.committee_phone) == (1, "021-00550110")


def test_a_day_of_registration_begins_at_midnight_in_shanghai() -> None:
    place = street(4, residents=1_500)
    row = next(row for row in register_rows(place) if isinstance(row, Person) and row.stock)
    assert row.registered_at_ms is not None
    assert (row.registered_at_ms + 8 * 3_600_000) % 86_400_000 == 0
