# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What is read from the wire is read strictly, within its limits, and never repeated in a refusal (trust.md 13)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.wire.faults import FaultCode, WireFault
from sync.wire.limits import ANSWER, GZIP_FREE, SERVER_BYTES
from sync.wire.messages import ErrorText, OrderText, SnapshotRow, SyncRequest, WireEvent, read_snapshot_line
from sync.wire.packing import deflate, inflate
from sync.wire.scopes import Scope, ScopeKind, gate_scopes, parse_scope
from sync.wire.strict import decode, encode, load

REQUEST: dict[str, Any] = {
    "proto": 1, "schema": 1, "app": "t", "device": "0" * 32, "epoch": 1, "nonce": "A" * 22, "sent_at_ms": 5,
}  # fmt: skip


def fault(text: str) -> FaultCode | None:
    found = load(text.encode())
    return found.code if isinstance(found, WireFault) else None


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"x":{"a":1,"a":2}}',
        "NaN",
        "[Infinity]",
        "[-Infinity]",
        "1e999",
        '["\\ud800"]',
        "",
        "{",
        "[1,]",
        "01",
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(text: str) -> None:
    assert fault(text) is FaultCode.JSON_STRICT


def test_bytes_that_are_not_utf8_are_refused() -> None:
    assert load(b'"\xff"') == WireFault(FaultCode.JSON_STRICT)


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("below", "at", "above"),
    [
        pytest.param(nested(15), nested(16), nested(17), id="depth 16"),
        pytest.param(*(json.dumps({str(n): 0 for n in range(k)}) for k in (63, 64, 65)), id="64 keys"),
        pytest.param(*(json.dumps(["a" * n]) for n in (4095, 4096, 4097)), id="string 4 KiB"),
        pytest.param(
            *(json.dumps(["汉" * n], ensure_ascii=False) for n in (1364, 1365, 1366)), id="string 4 KiB of bytes"
        ),
        pytest.param(*(str((1 << 53) + n) for n in (-1, 0, 1)), id="integer 2^53"),
        pytest.param(*(str(-(1 << 53) - n) for n in (-1, 0, 1)), id="integer -2^53"),
    ],
)
def test_a_limit_holds_to_its_last_unit(below: str, at: str, above: str) -> None:
    assert (fault(below), fault(at), fault(above)) == (None, None, FaultCode.JSON_LIMIT)


@pytest.mark.parametrize(("size", "code"), [(32767, None), (32768, None), (32769, FaultCode.TOO_LARGE)])
def test_an_event_may_have_32_kib(size: int, code: FaultCode | None) -> None:
    assert fault(json.dumps({"events": [{"c": "a" * size}]})) is code


def test_a_hundred_thousand_brackets_cost_nothing() -> None:
    assert fault("[" * 100_000) is FaultCode.JSON_LIMIT


def test_an_integer_of_a_million_digits_is_refused_unread() -> None:
    assert fault("9" * 1_000_000) is FaultCode.JSON_LIMIT


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"device": "Z" * 32}, "device"),
        ({"epoch": -1}, "epoch"),
        ({"proto": "1"}, "proto"),
        ({"events": [{"c": "x", "h": "secret"}]}, "events[0].h"),
        ({"events": [{"c": "x"}]}, "events[0].h"),
        ({"pull": {"roster": 1}}, "pull[...]"),
    ],
)
def test_a_shape_fault_names_the_place_and_never_the_value(change: dict[str, Any], field: str) -> None:
    found = decode(SyncRequest, json.dumps({**REQUEST, **change}).encode())
    assert found == WireFault(FaultCode.SHAPE, field)
    assert "secret" not in repr(found)


def test_a_missing_key_is_named() -> None:
    found = decode(SyncRequest, json.dumps({k: v for k, v in REQUEST.items() if k != "nonce"}).encode())
    assert found == WireFault(FaultCode.SHAPE, "nonce")


def test_unknown_keys_are_ignored() -> None:
    assert isinstance(decode(SyncRequest, json.dumps({**REQUEST, "later": {"x": [1]}}).encode()), SyncRequest)


def test_a_message_reads_back_as_it_was() -> None:
    sent = SyncRequest(**REQUEST, events=(WireEvent(c="{}", h="0" * 64),), pull={"revocations": ""})
    assert decode(SyncRequest, encode(sent)) == sent


def test_an_orders_signed_body_holds_what_was_ordered_alone() -> None:
    bare = OrderText(at_ms=1, kid="f1", sig="")
    assert replace(bare, new_epoch=2, why="FORK").body() == {"new_epoch": 2, "why": "FORK"}
    assert replace(bare, resnapshot=("roster:C01",)).body() == {"resnapshot": ["roster:C01"]}
    assert replace(bare, revoked=True).body() == {"revoked": True}


@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_a_fault(data: bytes) -> None:
    decode(ErrorText, data, ANSWER)


# gzip ---------------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=5000))
def test_what_was_packed_is_unpacked(data: bytes) -> None:
    assert inflate(deflate(data)) == data


@pytest.mark.parametrize(("size", "whole"), [(GZIP_FREE - 1, True), (GZIP_FREE, True), (GZIP_FREE + 1, False)])
def test_up_to_64_kib_may_grow_at_will(size: int, whole: bool) -> None:
    found = inflate(deflate(b"0" * size, 9))
    assert (len(found) == size) if isinstance(found, bytes) else (found.code is FaultCode.GZIP_RATIO and not whole)
    assert isinstance(found, bytes) is whole


@pytest.mark.parametrize(("size", "whole"), [(-1, True), (0, True), (1, False)])
def test_one_mebibyte_is_the_end(size: int, whole: bool) -> None:
    # a part that does not pack keeps the ratio out of the way
    data = bytes((n * n * 7 + n // 3) & 255 for n in range(70_000)) * 15
    data = (data + bytes(SERVER_BYTES))[: SERVER_BYTES + size]
    found = inflate(deflate(data, 0))
    assert found == data if whole else found == WireFault(FaultCode.TOO_LARGE, limit=SERVER_BYTES)


def test_a_bomb_stops_at_its_bound() -> None:
    bomb = deflate(bytes(64 << 20), 9)
    assert inflate(bomb) == WireFault(FaultCode.TOO_LARGE, limit=SERVER_BYTES)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (deflate(b"a") + deflate(b"b"), FaultCode.GZIP_MEMBER),
        (deflate(b"a") + b"x", FaultCode.GZIP_MEMBER),
        (deflate(b"abc" * 9)[:-1], FaultCode.GZIP),
        (b"no gzip", FaultCode.GZIP),
        (b"", FaultCode.GZIP),
    ],
    ids=["two members", "something behind", "cut", "none", "empty"],
)
def test_it_is_exactly_one_member(data: bytes, code: FaultCode) -> None:
    found = inflate(data)
    assert isinstance(found, WireFault)
    assert found.code is code


# scopes and snapshot lines ------------------------------------------------------------------------------------------


def test_scopes_read_back() -> None:
    from kiosk.domain.identity import CompoundId, GateId

    for text in gate_scopes(GateId("G01"), CompoundId("C01")):
        assert str(parse_scope(text)) == text
    assert parse_scope("roster:C01") == Scope(ScopeKind.ROSTER, "C01")
    assert [parse_scope(text) for text in ("roster", "revocations:C01", "x:1", "")] == [None] * 4


def test_a_passs_serial_is_computed_where_the_snapshot_leaves_it_out() -> None:
    line = read_snapshot_line(b'{"t":"row","e":"pass","r":1,"d":{"id":"0000000000000001"}}')
    assert isinstance(line, SnapshotRow)
    assert line.d["serial"].startswith("000000001")


@pytest.mark.parametrize("line", [b"", b"{}", b'{"t":"row"}', b'{"t":"row","e":"pass","r":1,"d":{}}', b"\xff"])
def test_a_line_that_is_none_is_none(line: bytes) -> None:
    assert read_snapshot_line(line) is None
