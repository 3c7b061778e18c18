# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A reading joins one passage at most, the one on screen, within 8 s in either order; everything else is visible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.app.temperature_join import Expired, Joined, JoinEvent, TemperatureJoin, Unmeasured
from kiosk.app.temperature_source import Method, SensedReading
from kiosk.domain.codes import ReadingSource, Site
from kiosk.domain.identity import PassageId

WANG = PassageId("a" * 32)
LI = PassageId("b" * 32)


def reading(at_ms: int, tenths: int = 365) -> SensedReading:
    return SensedReading(
        tenths, Site.FOREHEAD, Method.NON_CONTACT, "3", 120, at_ms, ReadingSource.SERIAL, str(tenths * 10)
    )


@pytest.fixture
def lane() -> TemperatureJoin:
    return TemperatureJoin()


@pytest.mark.parametrize("gap", [0, 100, 8_000])
def test_a_reading_after_the_scan_joins(lane: TemperatureJoin, gap: int) -> None:
    assert lane.shown(WANG, 1_000) == ()
    assert lane.sensed(reading(1_000 + gap), 1_000 + gap) == (Joined(WANG, reading(1_000 + gap)),)


@pytest.mark.parametrize("gap", [0, 100, 8_000])
def test_a_reading_before_the_scan_joins(lane: TemperatureJoin, gap: int) -> None:
    assert lane.sensed(reading(1_000), 1_000) == ()
    assert lane.unclaimed == reading(1_000)
    assert lane.shown(WANG, 1_000 + gap) == (Joined(WANG, reading(1_000)),)
    assert lane.unclaimed is None


def test_too_early_a_reading_expires_visibly_and_does_not_join(lane: TemperatureJoin) -> None:
    lane.sensed(reading(1_000), 1_000)
    assert lane.tick(9_000) == ()
    assert lane.tick(9_001) == (Expired(reading(1_000)),)
    assert lane.tick(9_002) == ()
    assert lane.shown(WANG, 9_003) == ()


def test_a_scan_just_after_the_window_sees_the_reading_expire(lane: TemperatureJoin) -> None:
    lane.sensed(reading(1_000), 1_000)
    assert lane.shown(WANG, 9_001) == (Expired(reading(1_000)),)


def test_too_late_a_reading_is_held_until_the_passage_asks_again(lane: TemperatureJoin) -> None:
    lane.shown(WANG, 1_000)
    assert lane.sensed(reading(9_001), 9_001) == ()
    assert lane.shown(WANG, 10_000) == (Joined(WANG, reading(9_001)),)


def test_of_two_unjoined_scans_the_older_goes_to_the_tray(lane: TemperatureJoin) -> None:
    lane.shown(WANG, 1_000)
    assert lane.shown(LI, 2_000) == (Unmeasured(WANG),)
    assert lane.sensed(reading(2_500), 2_500) == (Joined(LI, reading(2_500)),)


def test_a_measured_passage_is_not_measured_again_by_itself(lane: TemperatureJoin) -> None:
    lane.shown(WANG, 1_000)
    lane.sensed(reading(1_500), 1_500)
    assert lane.sensed(reading(2_500, 373), 2_500) == ()
    assert lane.shown(LI, 3_000) == (Joined(LI, reading(2_500, 373)),)


def test_a_low_first_reading_asks_again_and_takes_the_second(lane: TemperatureJoin) -> None:
    lane.shown(WANG, 1_000)
    lane.sensed(reading(1_500, 342), 1_500)
    assert lane.shown(WANG, 1_510) == ()
    assert lane.sensed(reading(6_000, 364), 6_000) == (Joined(WANG, reading(6_000, 364)),)


def test_of_two_unclaimed_readings_the_older_expires_at_once(lane: TemperatureJoin) -> None:
    lane.sensed(reading(1_000), 1_000)
    assert lane.sensed(reading(2_000, 366), 2_000) == (Expired(reading(1_000)),)
    assert lane.shown(WANG, 2_500) == (Joined(WANG, reading(2_000, 366)),)


def test_a_passage_typed_by_hand_takes_no_reading(lane: TemperatureJoin) -> None:
    lane.shown(WANG, 1_000)
    lane.gone(LI)
    lane.gone(WANG)
    assert lane.sensed(reading(1_500), 1_500) == ()
    assert lane.shown(LI, 2_000) == (Joined(LI, reading(1_500)),)


_STEPS = st.lists(st.tuples(st.sampled_from("srtg"), st.integers(0, 5_000)), max_size=40)


@given(_STEPS)
def test_every_reading_is_joined_once_or_expires_once_or_still_waits(steps: list[tuple[str, int]]) -> None:
    lane, now = TemperatureJoin(), 0
    sent: list[SensedReading] = []
    told: list[JoinEvent] = []
    for number, (step, later) in enumerate(steps):
        now += later
        if step == "s":
            told += lane.shown(PassageId(f"{number:032x}"), now)
        elif step == "g":
            lane.gone(PassageId(f"{number - 1:032x}"))
        elif step == "t":
            told += lane.tick(now)
        else:
            sent.append(reading(now, 360 + number % 12))
            told += lane.sensed(sent[-1], now)
    ended = [event.reading for event in told if isinstance(event, Joined | Expired)]
    waiting = [lane.unclaimed] if lane.unclaimed else []
    assert sorted(r.taken_at_ms for r in ended + waiting) == sorted(r.taken_at_ms for r in sent)
    joined = [event.passage for event in told if isinstance(event, Joined)]
    assert len(set(joined)) == len(joined)
