# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Base45: the examples of RFC 9285, and exactly one text for each byte string."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.passes import base45

EXAMPLES = [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")]


@pytest.mark.parametrize(("data", "text"), EXAMPLES)
def test_examples_of_rfc_9285(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text.encode()) == data


@pytest.mark.parametrize("text", [b"GGW", b":::", b"::", b"A", b"ABCA", b"ab8", b"BB8\n", b"BB8 \n", b"B=8", b"\xffB8"])
def test_what_rfc_9285_calls_an_error_is_refused(text: bytes) -> None:
    assert base45.decode(text) is None


def test_the_largest_triplet_and_pair_are_the_last_ones_that_count() -> None:
    assert base45.decode(b"FGW") == b"\xff\xff"
    assert base45.decode(b"U5") == b"\xff"
    assert base45.decode(b"V5") is None


@given(st.binary(max_size=200))
def test_there_and_back(data: bytes) -> None:
    assert base45.decode(base45.encode(data).encode()) == data


@given(st.text(alphabet=base45.ALPHABET.decode(), max_size=40))
def test_no_two_texts_give_the_same_bytes(text: str) -> None:
    data = base45.decode(text.encode())
    assert data is None or base45.encode(data) == text
