# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A policy row is in force only under the POLICY key's signature over just this row (pass-format.md 5)."""

from dataclasses import replace
from typing import Any

import cbor2
import pytest

from kiosk.domain.identity import CompoundId
from kiosk.domain.register import PolicyRow
from kiosk.domain.trust import KeyKind, Purpose, Refusal, sign_envelope
from kiosk.domain.trust.policy_signature import check_policy, sign_policy
from tests.unit.trust.street import KEYS, LIST, NOW, POLICY, UNTIL, bundle, office, private

SIGN = private(POLICY.hex()).sign
BARE = PolicyRow(version="2020-02-20", effective_from_ms=NOW * 1000, toml="[params]\n")


def signed(row: PolicyRow = BARE, issued: int = NOW, kid: bytes = POLICY) -> PolicyRow:
    return replace(row, signed=sign_policy(row, issued, kid, private(kid.hex()).sign).hex())


def resigned(changes: dict[int, Any], purpose: Purpose = Purpose.POLICY) -> PolicyRow:
    payload = cbor2.loads(cbor2.loads(bytes.fromhex(signed().signed))[2]) | changes
    return replace(BARE, signed=sign_envelope(cbor2.dumps(payload), POLICY, purpose, SIGN).hex())


@pytest.mark.parametrize("compound", [None, CompoundId("C12")], ids=["street", "compound"])
def test_a_signed_row_holds(compound: CompoundId | None) -> None:
    assert check_policy(signed(replace(BARE, compound=compound)), bundle()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "2020-02-21"},
        {"effective_from_ms": NOW * 1000 + 60_000},
        {"toml": "[params]\nfever_dc = 400\n"},
        {"compound": CompoundId("C13")},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_signature_of_one_row_is_none_of_another(changes: dict[str, Any]) -> None:
    assert check_policy(replace(signed(), **changes), bundle()) is Refusal.DIFFERENT


def test_only_a_policy_key_in_its_time_signs_policies() -> None:
    assert check_policy(signed(kid=LIST), bundle()) is Refusal.WRONG_SIGNER
    assert check_policy(signed(issued=UNTIL + 1), bundle()) is Refusal.WRONG_SIGNER
    withdrawn = bundle(*(key for key in KEYS if key.kid != POLICY), office(POLICY, KeyKind.POLICY, revoked=True))
    assert check_policy(signed(), withdrawn) is Refusal.WRONG_SIGNER


def test_another_form_or_purpose_is_no_signature() -> None:
    assert check_policy(replace(BARE, signed="no hex"), bundle()) is Refusal.MALFORMED
    assert check_policy(BARE, bundle()) is Refusal.MALFORMED
    assert check_policy(resigned({1: 1.5}), bundle()) is Refusal.MALFORMED
    assert check_policy(resigned({6: 1}), bundle()) is Refusal.UNKNOWN_FIELD
    assert check_policy(resigned({}, Purpose.REVOCATIONS), bundle()) is Refusal.SIGNATURE
