# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The quick way of reading an event takes nothing that the slow one would not, and reads it alike."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.office.service.reading import _read_quickly, _read_slowly

PASSAGE: dict[str, Any] = {
    "at": 1_582_156_800_000,
    "body": {
        "category": "LOCAL", "code": "GREEN", "dir": "IN", "how": "SCAN", "list": 12, "mask": True, "n": 1,
        "outcome": "NOT_TAKEN", "pass": "0102030405060708", "passage": "ab" * 16, "person": "cd" * 16,
        "policy": "2020-02-14", "reason": "NEED_TEMP", "rule": "R38", "told": ["LEADER"], "verdict": "WAIT",
    },
    "boot": 1, "clk": "ok", "gate": "G01", "id": "ef" * 16, "mono": 1000, "seq": 7, "shift": "99" * 16,
    "type": "passage", "v": 1,
}  # fmt: skip
ODD = [
    None, True, False, 0, -1, 1.0, 1.5, 1e300, 1 << 53, 1 << 60, "", "x", "张", "IN", "\\", [], ["x"], [1], [None], {},
    {"x": 1}, {"x": 1.0}, {"x": {"y": None}},
]  # fmt: skip
BODY_KEYS = [*PASSAGE["body"], "pass_id", "zzz", "heard"]
KEYS = [*PASSAGE, "pc", "op", "zzz"]


def written(event: dict[str, Any]) -> bytes:
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def alike(canon: bytes) -> bool:
    quick = _read_quickly(canon)
    return quick is None or quick == _read_slowly(canon)


def test_the_usual_event_goes_the_quick_way() -> None:
    quick = _read_quickly(written(PASSAGE))
    assert quick is not None
    assert quick == _read_slowly(written(PASSAGE))
    assert (quick.pass_id, quick.event is not None) == ("0102030405060708", True)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.sampled_from(ODD)), min_size=1, max_size=3))
def test_whatever_stands_at_a_key_both_ways_say_the_same(changes: list[tuple[bool, int, Any]]) -> None:
    event = json.loads(json.dumps(PASSAGE))
    for inside, number, value in changes:
        place, keys = (event["body"], BODY_KEYS) if inside and isinstance(event.get("body"), dict) else (event, KEYS)
        place[keys[number % len(keys)]] = value
    assert alike(written(event))


@pytest.mark.parametrize("key", BODY_KEYS)
@pytest.mark.parametrize("odd", range(len(ODD)))
def test_each_odd_value_at_each_key_of_a_body(key: str, odd: int) -> None:
    event = json.loads(json.dumps(PASSAGE))
    event["body"][key] = ODD[odd]
    assert alike(written(event))


@given(st.integers(0, 600), st.integers(0, 255))
def test_any_byte_changed(at: int, value: int) -> None:
    data = bytearray(written(PASSAGE))
    data[at % len(data)] = value
    assert alike(bytes(data))
