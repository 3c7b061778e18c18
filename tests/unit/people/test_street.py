# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The made-up street is whole, believable, the same for the same seed, and nobody real can be rung up."""

import re
from collections import Counter
from datetime import date

import pytest

from kiosk.domain.codes import Attr, Category
from sync.street.people import Street, street


@pytest.fixture(scope="module")
def full() -> Street:
    return street(20200220)


def test_the_street_has_the_counts_of_the_design(full: Street) -> None:
    assert (len(full.compounds), len(full.gates), len(full.committees), len(full.persons)) == (60, 71, 20, 100_000)
    gates = Counter(gate.compound_id for gate in full.gates)
    assert set(gates) == {row.id for row in full.compounds}
    assert max(gates.values()) == 2
    assert sum(count == 1 for count in gates.values()) >= 49
    assert {row.committee_id for row in full.compounds} == {row.id for row in full.committees}


def test_gates_and_sites_lie_as_in_the_scenarios(full: Street) -> None:
    assert [row.site for row in full.compounds] == list(range(1, 61))
    assert [gate.compound_id for gate in full.gates] == [f"C{n:02d}" for n in (*range(1, 61), *range(1, 12))]
    assert full.compounds[0].id == "C01"
    assert len(full.persons_of(full.compounds[0].id)) == 5_600


def test_the_same_seed_gives_the_same_street_and_another_seed_another() -> None:
    assert street(5, residents=3_000) == street(5, residents=3_000)
    assert street(5, residents=3_000).persons != street(6, residents=3_000).persons


@pytest.mark.parametrize("residents", [0, 1, 60, 1_234])
def test_any_number_of_residents_comes_out_exactly(residents: int) -> None:
    assert len(street(1, residents=residents).persons) == residents


def test_a_street_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="no street"):
        street(1, residents=10, compounds=5, gates=4, committees=2)
    with pytest.raises(ValueError, match="no street"):
        street(1, residents=10, compounds=5, gates=11, committees=2)


def test_ids_are_hex_and_none_occurs_twice(full: Street) -> None:
    ids = [person.id for person in full.persons] + [str(dwelling.id) for dwelling in full.dwellings]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


def test_ages_are_those_of_an_old_sub_district(full: Street) -> None:
    ages = [full.as_of.year - person.birth_year for person in full.persons]
    count = len(ages)
    assert 0.36 <= sum(age >= 60 for age in ages) / count <= 0.42
    assert 0.27 <= sum(age >= 65 for age in ages) / count <= 0.34
    assert 0.05 <= sum(age >= 80 for age in ages) / count <= 0.09
    assert 0.09 <= sum(age < 18 for age in ages) / count <= 0.14
    assert min(ages) >= 0
    assert max(ages) <= 100


def test_surnames_have_their_frequencies(full: Street) -> None:
    first = Counter(person.name_masked[:-1] for person in full.persons)
    assert {name for name, _ in first.most_common(4)} == {"张", "王", "李", "陈"}
    assert 0.05 <= first["张"] / len(full.persons) <= 0.09
    assert first["欧阳"] > 0
    assert len(first) > 100


def test_names_suit_the_years(full: Street) -> None:
    children = Counter(person.name[-1] for person in full.persons if person.birth_year >= 2010)
    elders = Counter(person.name[-1] for person in full.persons if person.birth_year < 1955 and person.sex == "F")
    assert children["涵"] > 100 * elders["涵"]
    assert elders["珍"] > 100 * children["珍"]


def test_a_masked_name_is_the_surname_and_a_star(full: Street) -> None:
    for person in full.persons[:2_000]:
        family = person.name_masked.removesuffix("*")
        assert person.name.startswith(family)
        assert 1 <= len(person.name) - len(family) <= 2


def test_no_phone_number_can_be_anybodys(full: Street) -> None:
    assert all(re.fullmatch(r"100\d{8}", person.phone) for person in full.persons if person.phone)
    assert all(re.fullmatch(r"021-00\d{6}", committee.phone) for committee in full.committees)


def test_standing_facts_agree_with_the_person(full: Street) -> None:
    houses = Counter(person.dwelling_id for person in full.persons)
    for person in full.persons:
        age = full.as_of.year - person.birth_year
        assert (Attr.ELDERLY in person.attrs) == (age >= 65)
        assert (Attr.MINOR in person.attrs) == (age < 18)
        assert (Attr.NO_PHONE in person.attrs) == (not person.phone)
        if houses[person.dwelling_id] > 1:
            assert Attr.LIVES_ALONE not in person.attrs
    found = Counter(attr for person in full.persons for attr in person.attrs)
    assert all(found[attr] > 100 for attr in Attr)


def test_households_live_in_flats_that_are_not_vacant(full: Street) -> None:
    vacant = {dwelling.id for dwelling in full.dwellings if dwelling.vacant}
    houses = Counter(person.dwelling_id for person in full.persons)
    assert not vacant & set(houses)
    assert max(houses.values()) <= 6
    assert 2.1 <= len(full.persons) / len(houses) <= 2.6
    assert 0.03 <= len(vacant) / len(full.dwellings) <= 0.07


def test_no_door_occurs_twice_in_a_compound(full: Street) -> None:
    doors = Counter((row.compound_id, row.building, row.unit, row.room) for row in full.dwellings)
    assert max(doors.values()) == 1
    assert all(re.fullmatch(r"[1-9]\d?\d\d", row.room) for row in full.dwellings)


def test_returnees_arrived_within_their_fourteen_days_and_are_not_stock(full: Street) -> None:
    for person in full.persons:
        if person.arrived_on is None:
            assert person.stock
            assert not person.from_region
            assert person.registered_at <= date(2020, 1, 24)
            continue
        assert not person.stock
        assert person.registered_at <= full.as_of
        if person.category is not Category.RELEASED:
            assert (full.as_of - person.arrived_on).days < 14
        assert person.from_region.startswith("42") == (person.category in {Category.RET_KEY, Category.RELEASED})
    share = Counter(person.category for person in full.persons)
    assert share[Category.LOCAL] > 85_000
    assert share[Category.RET_OTHER] > share[Category.RET_KEY] * 10 > 0
    assert not set(share) & {Category.VISITOR, Category.COURIER}


def test_house_mates_of_a_traveller_from_a_key_region_are_marked(full: Street) -> None:
    travellers = {person.dwelling_id for person in full.persons if person.category is Category.RET_KEY}
    mates = {person.dwelling_id for person in full.persons if person.category is Category.COHAB}
    assert mates <= travellers
