# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A morning is the same for the same seed, keeps its hours, and holds every kind of person at about the stated rate."""

from collections import Counter

import pytest

from kiosk.domain.codes import Category, Direction
from kiosk.domain.identity import GateId
from sync.street.morning import BEGINS_S, ENDS_S, RATES, Arrival, Shows, morning
from sync.street.people import Street, street


@pytest.fixture(scope="module")
def place() -> Street:
    return street(3, residents=20_000)


@pytest.fixture(scope="module")
def crowd(place: Street) -> list[Arrival]:
    return morning(place, GateId("G01"), 5, 20_000)


def test_the_same_seed_gives_the_same_morning(place: Street) -> None:
    assert morning(place, GateId("G01"), 5, 50) == morning(place, GateId("G01"), 5, 50)
    assert morning(place, GateId("G01"), 5, 50) != morning(place, GateId("G02"), 5, 50)
    assert morning(place, GateId("G01"), 5, 50) != morning(place, GateId("G01"), 6, 50)


def test_people_come_in_order_of_time_within_the_three_hours(crowd: list[Arrival]) -> None:
    times = [arrival.at_s for arrival in crowd]
    assert times == sorted(times)
    assert times[0] >= BEGINS_S
    assert times[-1] < ENDS_S
    assert max(Counter(times).values()) < 30


def test_a_gate_that_is_not_there_is_an_error(place: Street) -> None:
    with pytest.raises(KeyError):
        morning(place, GateId("G99"), 5, 1)


def test_rates_are_about_those_of_the_table(crowd: list[Arrival]) -> None:
    inside = [arrival for arrival in crowd if arrival.direction is Direction.IN]
    assert abs(1 - len(inside) / len(crowd) - RATES["out"]) < 0.02
    shown = Counter(arrival.shows for arrival in crowd if arrival.compound == "C01")
    held = sum(shown.values())
    assert abs(shown[Shows.EXPIRED] / held - RATES["expired"]) < 0.01
    high = sum(arrival.readings[0].tenths >= 373 for arrival in inside)
    assert abs(high / len(inside) - RATES["high_first"]) < 0.004
    low = sum(320 <= arrival.readings[0].tenths < 350 for arrival in inside)
    assert abs(low / len(inside) - RATES["low_first"]) < 0.01


def test_every_kind_of_person_comes(crowd: list[Arrival]) -> None:
    assert {arrival.shows for arrival in crowd} == set(Shows)
    assert {Category.COURIER, Category.VISITOR, Category.DOMESTIC, Category.UTILITY} <= {a.category for a in crowd}
    assert any(not arrival.mask for arrival in crowd)
    finals = [arrival.readings[-1].tenths for arrival in crowd if len(arrival.readings) > 1]
    assert any(tenths >= 373 for tenths in finals)
    assert any(tenths < 373 for tenths in finals)


def test_who_shows_a_card_says_whose_and_who_goes_out_is_not_measured(crowd: list[Arrival], place: Street) -> None:
    home = {person.id: person.compound_id for person in place.persons}
    for arrival in crowd:
        assert (arrival.direction is Direction.OUT) == (not arrival.readings)
        if arrival.shows is Shows.OTHER_COMPOUND:
            assert arrival.compound != "C01"
        if arrival.person is not None and arrival.compound is not None:
            assert home[arrival.person] == arrival.compound
