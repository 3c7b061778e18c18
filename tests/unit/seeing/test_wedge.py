# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A hand scanner as a keyboard (design: scanning.md section 8)."""

import pytest

from kiosk.adapters.wedge import (
    TEST_TEXT,
    Layout,
    Scanned,
    TooLong,
    Typed,
    Wedge,
    WedgeOut,
    layout_of,
    line_out,
    mended,
)

TEXT = "EP1:ABCDEFG 12"


def feed(wedge: Wedge, keys: str, start: float = 0.0, gap: float = 0.005, *, bound: bool = False) -> list[WedgeOut]:
    out: list[WedgeOut] = []
    for number, key in enumerate(keys):
        out += wedge.key(key, start + number * gap, bound=bound)
    return out


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\t"])
def test_a_burst_ends_on_exactly_one_end_mark_which_is_removed(end: str) -> None:
    wedge = Wedge()
    assert feed(wedge, TEXT + end) == [Scanned(TEXT.encode())]
    assert not wedge.pending


def test_a_blank_at_the_end_belongs_to_the_text() -> None:
    assert feed(Wedge(), TEXT + " \r") == [Scanned(TEXT.encode() + b" ")]


def test_a_second_end_mark_is_typing() -> None:
    assert feed(Wedge(), TEXT + "\r\r") == [Scanned(TEXT.encode()), Typed("\r")]


def test_a_burst_without_an_end_mark_ends_after_a_silence() -> None:
    wedge = Wedge()
    assert feed(wedge, TEXT) == []
    assert wedge.tick(0.065 + 0.14) == ()
    assert wedge.tick(0.065 + 0.151) == (Scanned(TEXT.encode()),)
    assert wedge.tick(1.0) == ()


def test_less_than_eight_characters_are_given_back_as_typing() -> None:
    assert feed(Wedge(), "123\r") == [Typed("123\r")]
    wedge = Wedge()
    feed(wedge, "1234567")
    assert wedge.tick(0.2) == (Typed("1234567"),)


def test_a_person_typing_gets_every_key_back() -> None:
    wedge = Wedge()
    out = feed(wedge, "EP1:HELLO WORLD\r", gap=0.12)
    out += wedge.tick(9.0)
    assert "".join(part.keys for part in out if isinstance(part, Typed)) == "EP1:HELLO WORLD\r"
    assert not any(isinstance(part, Scanned) for part in out)


def test_a_lone_key_waits_no_longer_than_a_burst_gap() -> None:
    wedge = Wedge()
    wedge.key("a", 0.0)
    assert wedge.pending
    assert wedge.tick(0.031) == (Typed("a"),)


def test_a_hiccup_within_a_burst_does_not_cut_it() -> None:
    wedge = Wedge()
    out = feed(wedge, TEXT[:10]) + feed(wedge, TEXT[10:] + "\r", start=0.17)
    assert out == [Scanned(TEXT.encode())]


def test_the_bound_device_may_be_slow() -> None:
    assert feed(Wedge(), TEXT + "\r", gap=0.1, bound=True) == [Scanned(TEXT.encode())]


def test_a_lone_end_key_of_the_bound_device_does_nothing_and_of_a_person_is_typing() -> None:
    assert feed(Wedge(), "\r", bound=True) == []
    assert feed(Wedge(), "\r") == [Typed("\r")]


def test_more_than_512_characters_are_dropped() -> None:
    assert feed(Wedge(), "A" * 512 + "\r", gap=0.001) == [Scanned(b"A" * 512)]
    assert feed(Wedge(), "A" * 100_000 + "\r", gap=0.001) == [TooLong()]


def test_caps_lock_is_mended_for_passes_and_nothing_else_is() -> None:
    assert feed(Wedge(), "ep1:abcdef 12\r") == [Scanned(b"EP1:ABCDEF 12")]
    assert mended("Ep1:abc") == b"Ep1:abc"
    assert mended("https://x") == b"https://x"


def test_a_serial_scanner_is_read_by_the_line() -> None:
    assert line_out("ep1:abc\r\n") == Scanned(b"EP1:ABC")
    assert line_out("X\t") == Scanned(b"X")
    assert line_out("\r\n") is None
    assert line_out("A" * 513) == TooLong()


@pytest.mark.parametrize(
    ("scanned", "layout"),
    [
        (TEST_TEXT, Layout.RIGHT),
        (TEST_TEXT.swapcase(), Layout.CAPS_LOCK),
        (TEST_TEXT.translate(str.maketrans("YZ", "ZY")), Layout.QWERTZ),
        (TEST_TEXT.translate(str.maketrans("AQWZM", "QAZW?")), Layout.AZERTY),
        ("出入证", Layout.OTHER),
    ],
)
def test_the_test_code_names_a_wrong_keyboard_layout(scanned: str, layout: Layout) -> None:
    assert layout_of(scanned.encode()) is layout
