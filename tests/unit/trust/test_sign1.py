# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The generic COSE_Sign1 verifier against messages nobody here made, and the rules of RFC 9052."""

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.domain.trust import Sign1Error, Sign1Reason, verify_sign1
from tests.unit.trust.street import private

R = Sign1Reason
CONTENT = b"This is the content."

# The COSE working group's examples (github.com/cose-wg/Examples: sign1-tests, ecdsa-examples, eddsa-examples); the
# key "11" is that of RFC 8152, appendix C.7.1.
KEY_11 = ec.EllipticCurvePublicNumbers(
    0xBAC5B11CAD8F99F9C72B05CF4B9E26D244DC189F745228255A219A86D6A09EFF,
    0x20138BF82DC1B6D562BE0FA54AB7804A3A64B6D72CCFED6B6FB6ED28BBFC117E,
    ec.SECP256R1(),
).public_key()
KEY_448 = ed448.Ed448PublicKey.from_public_bytes(
    bytes.fromhex(
        "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180"
    )
)
TEXT = "54546869732069732074686520636F6E74656E742E"
R_HALF = "5840EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E1"
S_HALF = "9F43D6C6BA654472DA301B645B293C9BA939295B97C4BDB847782BFF384C5794"
S_WITH_TYPE = "72727F48461FABBBA2E343492DDECAC3983686250BC68E9F1A7A07D41225B59F"
PASS_01 = f"D28441A0A2012604423131{TEXT}{R_HALF}1A02E5F0344BF2D4EE5C7FD75A68A9F5E0B3CC1F1FC1409C189566586FF9D610"
PASS_02 = f"D28443A10126A104423131{TEXT}{R_HALF}55388B10C4F1B59A6733EAB416870A945111A4B2FBDBEF33A77234B1DEFF2F9B"
PASS_03 = f"8443A10126A104423131{TEXT}{R_HALF}{S_HALF}"
SIG_01 = f"D28445A201260300A104423131{TEXT}{R_HALF}{S_WITH_TYPE}"
FAIL_01 = f"D903E68443A10126A104423131{TEXT}{R_HALF}{S_HALF}"
FAIL_02 = f"D28443A10126A104423131{TEXT[:-2]}2F{R_HALF}{S_HALF}"
FAIL_03 = f"D28445A1013903E6A104423131{TEXT}{R_HALF}{S_HALF}"
FAIL_04 = f"D2844AA10167756E6B6E6F776EA104423131{TEXT}{R_HALF}{S_HALF}"
FAIL_06 = f"D28445A201260300A104423131{TEXT}{R_HALF}{S_HALF}"
FAIL_07 = f"D28443A10126A104423131{TEXT}{R_HALF}{S_WITH_TYPE}"
EDDSA_02 = (
    "D28443A10127A10445336434343854546869732069732074686520636F6E74656E742E5872988240A3A2F189BD486DE14AA77F54686C576A09F2"
    "E7ED9BAE910DF9139C2AC3BE7C27B7E10A20FA17C9D57D3510A2CF1F634BC0345AB9BE00849842171D1E9E98B2674C0E38BFCF6C557A1692B01B"
    "71015A47AC9F7748840CAD1DA80CBB5B349309FEBB912672B377C8B2072AF1598B3700"
)
ALL = {-8, -7, -37}


def outcome(data: bytes, *keys: PublicKeyTypes, algs: set[int] | None = None, **options: Any) -> bytes | Sign1Reason:
    try:
        return verify_sign1(
            data, lambda kid, alg: keys, algs=ALL if algs is None else algs, **{"tag": "allow", **options}
        )
    except Sign1Error as error:
        return error.reason


@pytest.mark.parametrize(
    ("message", "aad"),
    [(PASS_01, ""), (PASS_02, "11aa22bb33cc44dd55006699"), (PASS_03, ""), (SIG_01, "")],
    ids=["algorithm unprotected", "external aad", "untagged", "content type"],
)
def test_good_messages_of_the_working_group_hold(message: str, aad: str) -> None:
    assert outcome(bytes.fromhex(message), KEY_11, external_aad=bytes.fromhex(aad)) == CONTENT


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (FAIL_01, R.TAG),
        (FAIL_02, R.SIGNATURE),
        (FAIL_03, R.ALG),
        (FAIL_04, R.ALG),
        (FAIL_06, R.SIGNATURE),
        (FAIL_07, R.SIGNATURE),
        (PASS_02, R.SIGNATURE),
    ],
    ids=["tag 998", "content", "algorithm -999", "algorithm text", "header added", "header removed", "aad left out"],
)
def test_bad_messages_of_the_working_group_are_refused(message: str, reason: Sign1Reason) -> None:
    assert outcome(bytes.fromhex(message), KEY_11) is reason


def test_ed448_message_of_the_working_group_holds() -> None:
    assert outcome(bytes.fromhex(EDDSA_02), KEY_448) == CONTENT
    assert outcome(bytes.fromhex(EDDSA_02)[:-1] + b"\x01", KEY_448) is R.SIGNATURE


# ------------------------------------------------------------------------------------------- messages of our own

ED = private("ed")
KEY = ED.public_key()
RSA_KEY = rsa.generate_private_key(65537, 2048)


def message(
    protected: dict[Any, Any] | bytes | None = None,
    unprotected: Any = None,
    payload: Any = CONTENT,
    aad: bytes = b"",
    parts: dict[int, Any] | None = None,
) -> bytes:
    """A message signed by our Ed25519 key over what its header says."""
    header = {1: -8} if protected is None else protected
    raw = header if isinstance(header, bytes) else cbor2.dumps(header)
    signed = cbor2.dumps(["Signature1", b"" if raw == b"\xa0" else raw, aad, payload])
    whole = [raw, {} if unprotected is None else unprotected, payload, ED.sign(signed)]
    return cbor2.dumps([(parts or {}).get(at, part) for at, part in enumerate(whole)])


def test_kid_is_found_in_either_header_and_handed_on_with_the_algorithm() -> None:
    asked: list[tuple[bytes | None, int]] = []

    def find(kid: bytes | None, alg: int) -> PublicKeyTypes:
        asked.append((kid, alg))
        return KEY

    both = message({1: -8, 4: b"in"}, {4: b"out"})
    for data in (message({1: -8, 4: b"in"}), message({1: -8}, {4: b"out"}), message(), both):
        assert verify_sign1(data, find, algs=[-8]) == CONTENT
    assert asked == [(b"in", -8), (b"out", -8), (None, -8), (b"in", -8)]


def test_several_keys_are_tried_and_none_is_unknown() -> None:
    stranger = private("stranger").public_key()
    assert outcome(message(), stranger, KEY_11, KEY) == CONTENT
    assert outcome(message(), stranger) is R.SIGNATURE
    assert outcome(message(), KEY_11, RSA_KEY.public_key()) is R.KEY_TYPE
    assert outcome(message()) is R.KEY_UNKNOWN
    with pytest.raises(Sign1Error, match="KEY_UNKNOWN"):
        verify_sign1(message(), lambda kid, alg: None, algs={-8})


def test_the_empty_header_is_signed_as_the_empty_string_in_both_forms() -> None:
    assert outcome(message(b"", {1: -8}), KEY) == CONTENT
    assert outcome(message(b"\xa0", {1: -8}), KEY) == CONTENT


def test_algorithms_are_those_asked_for_and_no_others() -> None:
    assert outcome(message(), KEY, algs={-7, -37}) is R.ALG
    assert outcome(message({1: -19}), KEY, algs={-19}) is R.ALG
    assert outcome(message({4: b"k"}), KEY) is R.ALG
    assert outcome(message({1: True}), KEY, algs={1}) is R.ALG


@pytest.mark.parametrize(
    ("tag", "prefix", "expected"),
    [
        ("forbid", "", CONTENT),
        ("forbid", "d2", R.TAG),
        ("allow", "", CONTENT),
        ("allow", "d2", CONTENT),
        ("allow", "d812", CONTENT),
        ("allow", "db0000000000000012", CONTENT),
        ("allow", "d83d", R.TAG),
        ("allow", "d862", R.TAG),
        ("allow", "d83dd2", CONTENT),
        ("require", "d83dd2", CONTENT),
        ("forbid", "d83dd2", R.TAG),
        ("allow", "d2d83d", R.TAG),
        ("allow", "d83dd83dd2", R.TAG),
        ("allow", "d2d2", R.TAG),
        ("require", "d2", CONTENT),
        ("require", "", R.TAG),
        ("require", "d1", R.TAG),
    ],
)
def test_tag_18_is_forbidden_allowed_or_required(tag: str, prefix: str, expected: bytes | Sign1Reason) -> None:
    assert outcome(bytes.fromhex(prefix) + message(), KEY, tag=tag) == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", R.MALFORMED),
        (b"\xd2", R.MALFORMED),
        (b"\xdb\x00", R.TAG),
        (b"\x80", R.MALFORMED),
        (b"\xa0", R.MALFORMED),
        (b"\xff", R.MALFORMED),
        (message() + b"\x00", R.MALFORMED),
        (message()[:-1], R.MALFORMED),
        (cbor2.dumps([*cbor2.loads(message()), b""]), R.MALFORMED),
        (message(parts={0: {1: -8}}), R.MALFORMED),
        (message(parts={1: []}), R.MALFORMED),
        (message(parts={3: "sig"}), R.MALFORMED),
        (message(parts={3: b""}), R.SIGNATURE),
        (message(payload="text"), R.MALFORMED),
        (message(payload=None), R.DETACHED),
        (message(b"\x01"), R.MALFORMED),
        (message(b"\xa1\x01"), R.MALFORMED),
        (message(bytes.fromhex("a201270127")), R.MALFORMED),
        (message({1: -8, 4: "text"}), R.MALFORMED),
        (message({1: -8}, {1: -8}), R.MALFORMED),
        (message({1: -8, 3: 0}, {3: 0}), R.MALFORMED),
        (message({1: -8, b"label": 1}), R.MALFORMED),
        (message({1: -8, 5: b"iv", 6: b"piv"}), R.MALFORMED),
        (message({1: -8, 5: b"iv"}, {6: b"piv"}), R.MALFORMED),
        (message({1: -8, 2: []}), R.MALFORMED),
        (message({1: -8, 2: 4}), R.MALFORMED),
        (message({1: -8}, {2: [1]}), R.CRITICAL),
        (message({1: -8, 2: [99], 99: 1}), R.CRITICAL),
        (message({1: -8, 2: [4]}, {4: b"k"}), R.CRITICAL),
        (message({1: -8, 2: [True]}), R.CRITICAL),
        (message({1: -8, 2: ["own"], "own": 1}), R.CRITICAL),
    ],
)
def test_what_rfc_9052_calls_malformed_or_critical_is_refused(data: bytes, reason: Sign1Reason) -> None:
    assert outcome(data, KEY) is reason


def test_foreign_labels_tags_and_critical_labels_that_are_understood_pass() -> None:
    assert outcome(message({1: -8, 4: b"k", 2: [1, 4], 3: 0}), KEY) == CONTENT
    assert outcome(message({1: -8, "x": 1, 33: cbor2.CBORTag(35, "a+")}, {99: cbor2.CBORTag(999, 1)}), KEY) == CONTENT
    indefinite = message()
    assert outcome(b"\x9f" + indefinite[1:] + b"\xff", KEY) == CONTENT


def test_depth_bombs_are_refused() -> None:
    assert outcome(b"\x81" * 10_000 + b"\x01", KEY) is R.MALFORMED


def test_a_key_of_small_order_verifies_nothing() -> None:
    identity = ed25519.Ed25519PublicKey.from_public_bytes(b"\x01" + bytes(31))
    assert outcome(message(parts={3: b"\x01" + bytes(63)}), identity) is R.KEY_TYPE


def ecdsa(curve: ec.EllipticCurve) -> tuple[bytes, PublicKeyTypes]:
    key = ec.derive_private_key(12345, curve)
    protected = cbor2.dumps({1: -7})
    r, s = decode_dss_signature(key.sign(cbor2.dumps(["Signature1", protected, b"", CONTENT]), ec.ECDSA(SHA256())))
    half = (curve.key_size + 7) // 8
    return cbor2.dumps([protected, {}, CONTENT, r.to_bytes(half) + s.to_bytes(half)]), key.public_key()


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_es256_with_the_three_curves(curve: ec.EllipticCurve) -> None:
    data, key = ecdsa(curve)
    assert outcome(data, key) == CONTENT
    assert outcome(data[:-1] + bytes([data[-1] ^ 1]), key) is R.SIGNATURE
    short = cbor2.dumps([*cbor2.loads(data)[:3], cbor2.loads(data)[3][:-1]])
    assert outcome(short, key) is R.SIGNATURE
    assert outcome(data, KEY) is R.KEY_TYPE


def test_es256_takes_no_other_curve() -> None:
    data, key = ecdsa(ec.SECP256K1())
    assert outcome(data, key) is R.KEY_TYPE


def pss(key: rsa.RSAPrivateKey, salt: int = 32) -> bytes:
    protected = cbor2.dumps({1: -37})
    signed = cbor2.dumps(["Signature1", protected, b"", CONTENT])
    signature = key.sign(signed, padding.PSS(padding.MGF1(SHA256()), salt), SHA256())
    return cbor2.dumps([protected, {}, CONTENT, signature])


def test_ps256_with_a_salt_of_the_hash_size_and_a_key_of_2048_bits() -> None:
    assert outcome(pss(RSA_KEY), RSA_KEY.public_key()) == CONTENT
    assert outcome(pss(RSA_KEY, salt=20), RSA_KEY.public_key()) is R.SIGNATURE
    assert outcome(pss(RSA_KEY), KEY) is R.KEY_TYPE
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 - shown to be refused
    assert outcome(pss(small), small.public_key()) is R.KEY_TYPE
