# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The temperature procedure: each row of domain.md section 6, and what holds for all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.codes import RefusedInput, Site, TempOutcome, Validity
from kiosk.domain.instants import Instant
from kiosk.domain.temperature import (
    SETTLED,
    Temperature,
    corrected,
    deciding,
    expired,
    measure,
    parse_reading,
    refuse,
    wait_left_s,
)
from tests.unit.domain.policies import A, changed

T = TempOutcome
P = A.params
N, H, L, X = 365, 373, 342, 300


def at(seconds: float) -> Instant:
    """So many seconds after the start, in one boot."""
    return Instant(round(seconds * 1000), round(seconds * 1000), 1)


def after(*readings: tuple[float, int, Site]) -> Temperature:
    """The state after readings (second, tenths, site); all of them must be taken."""
    state = Temperature()
    for second, tenths, site in readings:
        taken = measure(state, tenths, site, at(second), P)
        assert isinstance(taken, Temperature), taken
        state = taken
    return state


F, W, K, AX = Site.FOREHEAD, Site.WRIST, Site.NECK, Site.AXILLA


@pytest.mark.parametrize(
    ("text", "tenths"),
    [
        ("36.5", 365), ("36,5", 365), ("365", 365), ("36", 360), (" 36.5 ", 365), ("36.5℃", 365), ("36.5C", 365),
        ("３６．５", 365), ("３６５", 365), ("36.54", 365), ("36.55", 366), ("36.45", 365), ("37.249", 372),
        ("37.25", 373), ("36.949", 369), ("36.95", 370), ("36.5 ℃", 365),
    ],
)  # fmt: skip
def test_what_a_hand_or_a_device_gives_is_read_in_tenths_half_up(text: str, tenths: int) -> None:
    assert parse_reading(text) == tenths


@pytest.mark.parametrize(
    "text",
    ["", " ", "3650", "3.65", "36.5.", "36.", ".5", "36.5678", "-36.5", "36.5F", "abc", "36 5", "3六5", "36.5\n37",
     "٣٦٥", "1e2", "0x1", "36.5" * 5, "NaN", "36.5K", "+365"],
)  # fmt: skip
def test_anything_else_is_refused_and_nothing_is_stored(text: str) -> None:
    assert parse_reading(text) is RefusedInput.READING_FORMAT


@pytest.mark.parametrize(
    ("readings", "outcome"),
    [
        ([(0, N, F)], T.NORMAL),
        ([(0, 372, F)], T.NORMAL),
        ([(0, 373, F)], T.FEVER_SUSPECT),
        ([(0, 350, F)], T.NORMAL),
        ([(0, 349, F)], T.LOW),
        ([(0, 320, F)], T.LOW),
        ([(0, 319, F)], T.INVALID),
        ([(0, 429, F)], T.FEVER_SUSPECT),
        ([(0, 430, F)], T.INVALID),
        ([(0, H, AX)], T.FEVER_CONFIRMED),
        ([(0, N, AX)], T.NORMAL),
        ([(0, L, AX)], T.NOT_TAKEN),
        ([(0, L, F), (10, N, W)], T.NORMAL_AFTER_LOW),
        ([(0, X, F), (10, N, W)], T.NORMAL),
        ([(0, X, F), (10, L, W), (20, N, K)], T.NORMAL_AFTER_LOW),
        ([(0, L, F), (10, H, W)], T.FEVER_SUSPECT),
        ([(0, L, F), (10, H, AX)], T.FEVER_CONFIRMED),
        ([(0, L, F), (10, L, W)], T.LOW),
        ([(0, L, F), (10, X, W)], T.INVALID),
        ([(0, L, F), (10, L, W), (20, L, K)], T.LOW_UNRESOLVED),
        ([(0, L, F), (10, X, W), (20, X, K)], T.LOW_UNRESOLVED),
        ([(0, L, F), (10, L, W), (20, L, K), (30, N, AX)], T.NORMAL_AFTER_LOW),
        ([(0, L, F), (10, L, W), (20, L, K), (30, H, AX)], T.FEVER_CONFIRMED),
        ([(0, L, F), (10, L, W), (20, L, K), (30, L, AX)], T.LOW_UNRESOLVED),
        ([(0, H, F), (100, N, F)], T.FEVER_SUSPECT),
        ([(0, H, F), (100, H, F), (200, 400, F)], T.FEVER_SUSPECT),
        ([(0, H, F), (300, N, F)], T.CLEARED),
        ([(0, H, F), (300, H, F)], T.FEVER_CONFIRMED),
        ([(0, H, F), (300, L, F)], T.FEVER_SUSPECT),
        ([(0, H, F), (300, X, F), (310, N, W)], T.CLEARED),
        ([(0, H, F), (5, N, AX)], T.CLEARED),
        ([(0, H, F), (5, H, AX)], T.FEVER_CONFIRMED),
        ([(0, H, F), (5, L, AX)], T.FEVER_SUSPECT),
        ([(0, H, F), (300, H, F), (310, N, F)], T.FEVER_CONFIRMED),
        ([(0, H, F), (300, H, F), (310, N, AX)], T.FEVER_CONFIRMED),
    ],
)  # fmt: skip
def test_each_row_of_the_table(readings: list[tuple[float, int, Site]], outcome: TempOutcome) -> None:
    assert after(*readings).outcome is outcome


@pytest.mark.parametrize(
    ("readings", "next_one", "refusal"),
    [
        ([(0, L, F)], (4.9, N, F), RefusedInput.READING_TOO_SOON),
        ([(0, H, F)], (4.9, N, F), RefusedInput.READING_TOO_SOON),
        ([(0, H, F), (100, N, F), (200, N, F)], (299, N, F), RefusedInput.READING_EARLY_LIMIT),
        ([(0, L, F), (10, L, W), (20, L, K)], (30, N, F), RefusedInput.READING_LIMIT),
        ([(0, L, F), (10, L, W), (20, H, K)], (400, N, F), RefusedInput.READING_LIMIT),
        ([(0, H, F), (300, L, F), (310, L, W)], (400, N, F), RefusedInput.READING_LIMIT),
        ([(0, N, F)], (10, N, F), RefusedInput.PASSAGE_CLOSED),
        ([(0, H, F), (300, N, F)], (310, N, F), RefusedInput.PASSAGE_CLOSED),
    ],
)  # fmt: skip
def test_a_reading_that_the_state_does_not_take_says_why(
    readings: list[tuple[float, int, Site]], next_one: tuple[float, int, Site], refusal: RefusedInput
) -> None:
    second, tenths, site = next_one
    assert measure(after(*readings), tenths, site, at(second), P) is refusal


def test_another_site_need_not_wait_and_an_implausible_reading_sets_no_gap() -> None:
    assert after((0, L, F), (1, N, W)).outcome is T.NORMAL_AFTER_LOW
    assert after((0, X, F), (1, N, F)).outcome is T.NORMAL


def test_the_leader_may_unlock_one_reading_beyond_the_quota() -> None:
    state = after((0, L, F), (10, L, W), (20, H, K))
    unlocked = Temperature(state.outcome, state.readings, state.since, unlocked=1)
    taken = measure(unlocked, N, F, at(400), P)
    assert isinstance(taken, Temperature)
    assert taken.outcome is T.CLEARED


def test_early_readings_are_kept_and_use_no_quota() -> None:
    state = after((0, H, F), (10, N, F), (20, N, F), (300, L, F), (310, L, W))
    assert [r.validity for r in state.readings] == [
        Validity.VALID, Validity.EARLY, Validity.EARLY, Validity.LOW, Validity.LOW,
    ]  # fmt: skip


def test_the_rest_counts_down_survives_a_restart_and_ends_after_half_an_hour() -> None:
    state = after((0, H, F))
    assert wait_left_s(state, at(0), P) == 300
    assert wait_left_s(state, at(299.5), P) == 1
    assert wait_left_s(state, at(301), P) == 0
    other_boot = Instant(170_000, 5, 2)
    assert wait_left_s(state, other_boot, P) == 130
    assert not expired(state, at(1799), P)
    assert expired(state, at(1800), P)


def test_a_site_may_have_its_own_threshold() -> None:
    neck = changed(A, site_thresholds={"NECK": 370}).params
    taken = measure(Temperature(), 371, K, at(0), neck)
    assert isinstance(taken, Temperature)
    assert taken.outcome is T.FEVER_SUSPECT


@pytest.mark.parametrize(
    ("readings", "right", "outcome", "place"),
    [
        ([(0, 378, F)], 368, TempOutcome.NORMAL, 0),
        ([(0, 378, F), (301, 376, F)], 366, TempOutcome.CLEARED, 1),
        ([(0, 378, F), (301, 376, F), (400, 365, W)], 366, TempOutcome.CLEARED, 1),
        ([(0, 378, F), (60, 375, F)], 368, TempOutcome.NORMAL, 0),
        ([(0, 342, F), (10, 373, W)], 363, TempOutcome.NORMAL_AFTER_LOW, 1),
        ([(0, 376, AX)], 366, TempOutcome.NORMAL, 0),
    ],
)
def test_a_corrected_reading_leads_where_the_right_one_would_have_led(
    readings: list[tuple[float, int, Site]], right: int, outcome: TempOutcome, place: int
) -> None:
    state = after(*readings)
    assert deciding(state.readings) == place
    mended = corrected(state, right, P)
    assert mended.outcome is outcome
    assert len(mended.readings) == len(readings)
    assert mended.readings[place].tenths == right


def test_nothing_is_corrected_where_nothing_was_measured() -> None:
    assert deciding(()) is None


def test_refusing_to_be_measured() -> None:
    assert refuse(Temperature()) == Temperature(T.REFUSED)
    suspect = after((0, H, F))
    assert refuse(suspect) is suspect
    assert refuse(after((0, N, F))) is RefusedInput.PASSAGE_CLOSED


_STEPS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(280, 440), st.sampled_from([F, W, K, Site.EAR, AX])), max_size=12
)


@given(_STEPS)
def test_whatever_is_measured_every_reading_is_kept_and_the_quota_holds(steps: list[tuple[int, int, Site]]) -> None:
    state, now = Temperature(), 0.0
    for gap, tenths, site in steps:
        now += gap
        taken = measure(state, tenths, site, at(now), P)
        if isinstance(taken, RefusedInput):
            continue
        assert taken.readings[:-1] == state.readings
        assert state.outcome not in SETTLED
        state = taken
    counted = [r for r in state.readings if not r.site.contact and r.validity not in (Validity.EARLY, Validity.NOTED)]
    assert len(counted) <= P.max_readings
    assert sum(r.validity is Validity.EARLY for r in state.readings) <= P.max_early


_ORDER = [T.NORMAL, T.NORMAL_AFTER_LOW, T.CLEARED, T.FEVER_SUSPECT, T.FEVER_CONFIRMED]


@given(st.integers(350, 429), st.integers(350, 429), st.sampled_from([F, W, K, AX]))
def test_a_higher_reading_is_never_milder(one: int, other: int, site: Site) -> None:
    low, high = sorted((one, other))
    mild, grave = (measure(Temperature(), t, site, at(0), P) for t in (low, high))
    assert isinstance(mild, Temperature)
    assert isinstance(grave, Temperature)
    assert _ORDER.index(mild.outcome) <= _ORDER.index(grave.outcome)
