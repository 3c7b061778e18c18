# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A stream gives one reading for one person, and none for a wall, a passer-by or an unsteady hand."""

from fractions import Fraction

import pytest

from kiosk.app.steady import SteadyRule
from kiosk.app.temperature_source import half_up_tenths


def readings(*frames: int, rule: SteadyRule | None = None) -> list[Fraction]:
    rule = rule or SteadyRule()
    return [reading for frame in frames if (reading := rule.frame(frame)) is not None]


def test_eight_steady_frames_are_one_reading_and_seven_are_none() -> None:
    assert readings(*[3_650] * 7) == []
    assert readings(*[3_650] * 8) == [Fraction(365, 10)]
    assert readings(*[3_650] * 60) == [Fraction(365, 10)]


def test_the_spread_may_be_two_tenths_and_no_more() -> None:
    assert readings(*[3_650, 3_670] * 4) == [Fraction(366, 10)]
    assert readings(*[3_650, 3_671] * 20) == []


def test_a_wall_is_no_person() -> None:
    assert readings(*[3_200] * 30) == []
    assert readings(*[3_201] * 8) == [Fraction(3_201, 100)]
    assert readings(*[3_650] * 5, 1_900, *[3_650] * 7) == []


def test_the_next_reading_needs_the_first_to_have_left() -> None:
    rule = SteadyRule()
    assert len(readings(*[3_650] * 12, *[3_451] * 20, rule=rule)) == 1
    assert readings(3_450, *[3_640] * 8, rule=rule) == [Fraction(364, 10)]


def test_leaving_counts_from_the_highest_seen() -> None:
    rule = SteadyRule()
    readings(*[3_650] * 8, 3_700, rule=rule)
    assert readings(3_501, *[3_650] * 20, rule=rule) == []
    assert readings(3_500, *[3_650] * 8, rule=rule) == [Fraction(365, 10)]


def test_frames_from_before_a_break_do_not_count() -> None:
    rule = SteadyRule()
    readings(*[3_650] * 7, rule=rule)
    rule.lost()
    assert readings(*[3_650] * 7, rule=rule) == []
    assert readings(3_650, rule=rule) == [Fraction(365, 10)]


@pytest.mark.parametrize(
    ("hundredths", "tenths"), [("37.249", 372), ("37.25", 373), ("37.3", 373), ("36.95", 370), ("0", 0), ("-0.05", 0)]
)
def test_tenths_are_rounded_half_up_once(hundredths: str, tenths: int) -> None:
    assert half_up_tenths(Fraction(hundredths)) == tenths
