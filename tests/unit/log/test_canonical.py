# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One byte form of an event: what is written is read back the same, and nothing else is read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.log.canonical import EVENT_LIMIT, EventTooLarge, NotCanonical, canonical_bytes, read_canonical

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)


def test_keys_are_sorted_by_code_point_and_text_is_not_escaped() -> None:
    assert canonical_bytes({"b": 1, "a": "门岗", "Z": [True, {}]}) == '{"Z":[true,{}],"a":"门岗","b":1}'.encode()


def test_text_is_brought_to_nfc() -> None:
    assert canonical_bytes({"e\u0301": ["e\u0301", 1], "x": {"y": "e\u0301"}}) == canonical_bytes(
        {"é": ["é", 1], "x": {"y": "é"}}
    )


def test_an_escape_and_the_mark_behind_it_stay_two() -> None:
    data = canonical_bytes({"x": "\x1e\u0300"})
    assert data == b'{"x":"\\u001e\xcc\x80"}'
    assert read_canonical(data) == {"x": "\x1e\u0300"}


@given(st.dictionaries(_texts, _values, max_size=5))
def test_what_is_written_is_read_and_written_again_the_same(value: dict[str, object]) -> None:
    try:
        data = canonical_bytes(value, 1 << 20)
    except NotCanonical:
        return  # two keys that are one in NFC
    assert canonical_bytes(read_canonical(data, 1 << 20), 1 << 20) == data


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1.5},
        {"a": None},
        {"a": [None]},
        {"a": 2**53 + 1},
        {"a": -(2**53) - 1},
        {"a": {1: 2}},
        {"a": "\ud800"},
        {"a": b"x"},
        {"é": 1, "e\u0301": 2},
    ],
)
def test_what_has_no_canonical_form_is_a_bug_and_raises(value: dict[str, object]) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":null}',
        b'{"a":NaN}',
        b'{"a":9007199254740993}',
        b'{"a":-9007199254740993}',
        b'{"a":"\\u95e8"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\/"}',
        '{"a":"e\u0301"}'.encode(),
        b"[1]",
        b'"a"',
        b"",
        b"{",
        b'{"a":1}\n',
        b"\xff",
        b"[" * 5000,
        b'{"a":01}',
    ],
)
def test_other_bytes_of_the_same_meaning_are_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        read_canonical(data)


def test_large_numbers_and_the_word_null_inside_text_are_no_offence() -> None:
    value = {"a": "1234567890123456", "b": "null", "n": 2**53}
    assert read_canonical(canonical_bytes(value)) == value


@pytest.mark.parametrize(("extra", "fits"), [(0, True), (1, False)])
def test_eight_kib_are_the_limit_of_an_event(extra: int, fits: bool) -> None:
    value = {"a": "x" * (EVENT_LIMIT - len('{"a":""}') + extra)}
    if fits:
        assert len(canonical_bytes(value)) == EVENT_LIMIT
    else:
        with pytest.raises(EventTooLarge):
            canonical_bytes(value)
        with pytest.raises(EventTooLarge):
            read_canonical(json.dumps(value, separators=(",", ":")).encode())
