# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Serials: what a volunteer types is the number on the card, or it is refused at the key pad (pass-format.md 4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.passes import Serial, parse_serial, printed, serial_of
from kiosk.domain.passes.serials import check_digit

CARD_IDS = st.binary(min_size=8, max_size=8)


@pytest.mark.parametrize("text", ["790 382 856-6", "7903828566", "790382856-6", " 790 382 8566 ", "790-382-856-6"])
def test_the_printed_serial_is_read_with_and_without_its_blanks_and_dash(text: str) -> None:
    assert parse_serial(text) == Serial("7903828566")


@pytest.mark.parametrize(
    "text", ["", "790382856", "79038285660", "790 382 856-5", "７９０３８２８５６６", "79038285x6", "790.382.8566"]
)
def test_another_check_digit_length_or_character_is_refused(text: str) -> None:
    assert parse_serial(text) is None


def test_check_digit_of_the_damm_scheme() -> None:
    assert check_digit("572") == "4"


@given(CARD_IDS)
def test_every_card_id_has_a_serial_that_reads_back(cti: bytes) -> None:
    serial = serial_of(cti)
    assert len(serial) == 10
    assert int(serial[:9]) == int.from_bytes(cti) % 10**9
    assert parse_serial(printed(serial)) == serial


@given(CARD_IDS, st.integers(0, 9), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(cti: bytes, at: int, shift: int) -> None:
    serial = serial_of(cti)
    wrong = serial[:at] + str((int(serial[at]) + shift) % 10) + serial[at + 1 :]
    assert parse_serial(wrong) is None


@given(CARD_IDS, st.integers(0, 8))
def test_every_swap_of_neighbouring_digits_is_found(cti: bytes, at: int) -> None:
    serial = serial_of(cti)
    swapped = serial[:at] + serial[at + 1] + serial[at] + serial[at + 2 :]
    assert swapped == serial or parse_serial(swapped) is None
