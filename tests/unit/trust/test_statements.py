# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Receipts, orders, heads: signed as prefix, NUL, canonical JSON; one kind never stands for another (trust.md 5)."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.trust import (
    EnrolProof,
    Head,
    LogSeal,
    Order,
    Receipt,
    ReplySeal,
    SnapshotSeal,
    Statement,
    canonical_json,
    signed_bytes,
)
from kiosk.domain.trust.statements import signature_bytes
from tests.unit.trust.street import NOW, private

KEY = private("receipt")
PUBLIC = KEY.public_key()
RECEIPT = Receipt("srv", "dev", 1, 12_000, "ab" * 32, NOW * 1000, "f2")
STATEMENTS: list[tuple[str, Statement, str]] = [
    ("GH-ENR1", EnrolProof("t", "k", "n"), '{"nonce":"n","pubkey":"k","token":"t"}'),
    ("GH-HEAD1", Head("d", 1, 2, "h"), '{"device":"d","epoch":1,"hash":"h","seq":2}'),
    (
        "GH-LOG1",
        LogSeal("d", 1, 2, 3, 2, "s", "h"),
        '{"count":2,"device":"d","epoch":1,"from":2,"hash":"h","sha256":"s","to":3}',
    ),
    (
        "GH-RCPT1",
        Receipt("s", "d", 1, 2, "h", 5, "f2"),
        '{"at_ms":5,"device":"d","epoch":1,"hash":"h","kid":"f2","seq":2,"server":"s"}',
    ),
    (
        "GH-ORD1",
        Order("s", "d", {"why": "恢复", "new_epoch": 2}, 5, "f2"),
        '{"at_ms":5,"device":"d","kid":"f2","order":{"new_epoch":2,"why":"恢复"},"server":"s"}',
    ),
    (
        "GH-SNAP1",
        SnapshotSeal("s", "C12", "roster:C12", "1.7", "x", 5, "f2"),
        '{"at_ms":5,"compound":"C12","cursor":"1.7","kid":"f2","scope":"roster:C12","server":"s","sha256":"x"}',
    ),
    ("GH-RPLY1", ReplySeal("s", "d", "x", 5, "f2"), '{"at_ms":5,"device":"d","kid":"f2","server":"s","sha256":"x"}'),
]


@pytest.mark.parametrize(("prefix", "statement", "json"), STATEMENTS, ids=[row[0] for row in STATEMENTS])
def test_signed_bytes_are_prefix_nul_and_sorted_json(prefix: str, statement: Statement, json: str) -> None:
    assert statement.to_sign() == prefix.encode() + b"\0" + json.encode()
    assert statement.holds(statement.signed(KEY.sign), PUBLIC)


def test_a_signature_of_one_kind_is_none_of_another() -> None:
    head, reply = Head("d", 1, 2, "h"), ReplySeal("s", "d", "x", 5, "f2")
    assert not reply.holds(head.signed(KEY.sign), PUBLIC)
    assert len({type(row[1]).PREFIX for row in STATEMENTS}) == len(STATEMENTS)


@pytest.mark.parametrize("name", [field.name for field in fields(Receipt)])
def test_every_field_of_a_receipt_is_signed(name: str) -> None:
    signature = RECEIPT.signed(KEY.sign)
    value: Any = getattr(RECEIPT, name)
    other: Any = value + 1 if isinstance(value, int) else value + "x"
    assert not replace(RECEIPT, **{name: other}).holds(signature, PUBLIC)
    assert not RECEIPT.holds(signature, private("thief").public_key())


def test_a_signature_has_one_text() -> None:
    text = RECEIPT.signed(KEY.sign)
    raw = signature_bytes(text)
    assert raw is not None
    assert len(raw) == 64
    spare_bits = text[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[text[-1]]
    for other in ("", text + "=", text[:-1], text + "A", spare_bits, "é" + text[1:], "*" + text[1:], "====" + text[4:]):
        assert signature_bytes(other) is None
        assert not RECEIPT.holds(other, PUBLIC)


def test_canonical_json_is_sorted_tight_and_unescaped() -> None:
    value: Any = {"b": [1, "梧桐苑", True], "a": {"z": -1, "é": 2}, "B": 2**53}
    expected = '{"B":9007199254740992,"a":{"z":-1,"é":2},"b":[1,"梧桐苑",true]}'
    assert canonical_json(value) == expected.encode()


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        None,
        float("nan"),
        2**53 + 1,
        -(2**53) - 1,
        {"a": 1.0},
        [None],
        {1: 2},
        b"x",
        (1, 2),
        "\ud800",
        "x" * 65_536,
    ],
)
def test_what_has_no_canonical_form_is_a_fault_of_the_caller(value: Any) -> None:
    with pytest.raises(ValueError, match=r".*"):
        canonical_json({"field": value})


@given(st.dictionaries(st.text("abé水", max_size=3), st.integers(-(2**53), 2**53) | st.booleans(), max_size=5))
def test_the_order_of_fields_never_matters(values: dict[str, Any]) -> None:
    turned = dict(reversed(values.items()))
    assert signed_bytes("GH-X", values) == signed_bytes("GH-X", turned)
