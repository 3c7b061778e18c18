# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A typing thermometer is told from a typing hand by its speed, and from a scanner by its characters."""

from kiosk.adapters.thermometer_wedge import WedgeDigits


def type_all(wedge: WedgeDigits, text: str, gap_ms: int, start_ms: int = 1_000) -> str | None:
    found = None
    for n, character in enumerate(text):
        found = wedge.key(character, start_ms + n * gap_ms) or found
    return found


def test_a_fast_burst_with_enter_is_a_reading() -> None:
    assert type_all(WedgeDigits(), "36.5\r", 20) == "36.5"
    assert type_all(WedgeDigits(), "365\n", 100) == "365"


def test_a_fast_burst_ended_by_silence_is_a_reading() -> None:
    wedge = WedgeDigits()
    assert type_all(wedge, "36,5", 20) is None
    assert wedge.silence(1_259) is None
    assert wedge.silence(1_260) == "36,5"
    assert wedge.silence(2_000) is None


def test_a_burst_that_ends_by_silence_is_found_at_the_next_key_too() -> None:
    wedge = WedgeDigits()
    type_all(wedge, "36.5", 20)
    assert wedge.key("3", 3_000) == "36.5"


def test_a_slow_hand_is_ignored() -> None:
    assert type_all(WedgeDigits(), "36.5\r", 76) is None
    wedge = WedgeDigits()
    type_all(wedge, "36.5", 150)
    assert wedge.silence(5_000) is None


def test_a_mixed_burst_is_ignored_whole() -> None:
    assert type_all(WedgeDigits(), "EP1:365\r", 5) is None
    assert type_all(WedgeDigits(), "36a5\r", 5) is None
    assert type_all(WedgeDigits(), "365365365\r", 5) is None


def test_after_an_ignored_burst_the_next_is_read() -> None:
    wedge = WedgeDigits()
    type_all(wedge, "36a5\r", 5)
    assert type_all(wedge, "36.5\r", 5, start_ms=2_000) == "36.5"


def test_enter_alone_is_nothing() -> None:
    assert type_all(WedgeDigits(), "\r\n\r", 5) is None
