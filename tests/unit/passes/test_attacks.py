# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The attack table of pass-format.md 11, row by row: each refused as the page says, none admitted."""

from dataclasses import replace

import cbor2
import pytest

from kiosk.domain.passes import PassProblem, verify
from kiosk.domain.passes.entry_pass import claims_bytes
from kiosk.domain.trust import RevocationKind, Sign1Error, verify_sign1
from tests.unit.passes.forge import cose_of, forged, protected_of, signed, text_of, text_with
from tests.unit.trust.street import (
    BLOCKED_ISSUER,
    CARD,
    DAY,
    GATE,
    GATE_KID,
    HOUR,
    ISSUER,
    KEYS,
    LEAK,
    LIST,
    NOW,
    OTHER_GATE_KID,
    OTHER_ISSUER,
    OWN_KID,
    PRACTICE_ISSUER,
    RECEIPT,
    REVOKED_ISSUER,
    REVOKED_KID,
    SINCE,
    UNTIL,
    VISIT,
    bundle,
    devices,
    private,
    revocations,
    trust,
)

P = PassProblem
GOOD = signed(CARD)
COSE = cose_of(GOOD)
PAYLOAD = claims_bytes(CARD)
SIGNATURE = COSE[-64:]
L = 2**252 + 27742317777372353535851937790883648493
ORDER = int.from_bytes(SIGNATURE[32:], "little")


def problem(text: str | bytes, **changes: object) -> PassProblem:
    return verify(text, trust(**changes), GATE, NOW, clock_ok=True).problem


def raw_claims(*pairs: str, head: str | None = None) -> str:
    """A well signed text whose payload map is put together from hex."""
    return text_of(forged(bytes.fromhex((head or f"a{len(pairs):x}") + "".join(pairs))))


EXP, NBF = f"041a{CARD.exp:08x}", f"051a{CARD.nbf:08x}"
CTI, PRIVATE = "07480102030405060708", "3a00010000a4010c02000344a1b2c3d40401"

ROWS: dict[str, tuple[PassProblem, list[str | bytes]]] = {
    "not ours": (
        P.NOT_A_PASS,
        [
            "",
            "https://example.cn/pay?x=1",
            "wxp://f2f0abcdef",
            "https://qr.alipay.com/fkx00000",
            "https://s.sh.gov.cn/abcdef",
            "HC1:NCFOXN%TS3DH",
            "EP0:" + GOOD[4:],
            "ep1:" + GOOD[4:],
            " " + GOOD,
            "EP1",
            "\ufeff" + GOOD,
            "' OR 1=1; DROP TABLE pass; --",
            "%s%n{0}{claims}",
            b"\x00\xff\xfe",
            "\ud800",
        ],
    ),
    "later formats": (P.NEWER_FORMAT, ["EP2:", "EP9:" + GOOD[4:], "EPA:X", "EPZ:", "EPR1:" + GOOD[4:]]),
    "text form": (
        P.MALFORMED,
        [
            GOOD[:4] + GOOD[4:].lower(),
            GOOD + "\n",
            GOOD + " ",
            GOOD + "\r\n",
            GOOD.encode() + b"\x00",
            GOOD[:9] + "é" + GOOD[10:],
            GOOD[:9] + "\ud800" + GOOD[10:],
            "EP1:",
            "EP1:" + "0" * 509,
            "EP1:" + "0" * 2**20,
            GOOD + "0",
            "EP1:::",
            "EP1::::",
            "EP1:GGW",
            "EP1:0000Z:",
        ],
    ),
    "container": (
        P.MALFORMED,
        [
            *(text_of(bytes.fromhex(tag) + COSE) for tag in ("d2", "d83d", "d862", "d9d9f7", "d23d")),
            text_of(cbor2.dumps([protected_of(ISSUER), {}, PAYLOAD, bytes(32)])),  # COSE_Mac0
            text_of(cbor2.dumps([protected_of(ISSUER), {}, PAYLOAD])),  # COSE_Encrypt0
            text_of(cbor2.dumps([protected_of(ISSUER), {}, PAYLOAD, SIGNATURE, b""])),
            text_of(cbor2.dumps({0: protected_of(ISSUER), 1: {}, 2: PAYLOAD, 3: SIGNATURE})),
            text_of(cbor2.dumps([protected_of(ISSUER), [], PAYLOAD, SIGNATURE])),
            text_of(cbor2.dumps([protected_of(ISSUER), {}, None, SIGNATURE])),
            text_of(cbor2.dumps([{1: -8, 4: ISSUER}, {}, PAYLOAD, SIGNATURE])),
            text_of(forged(PAYLOAD, unprotected={4: ISSUER})),
            text_of(forged(PAYLOAD, unprotected={1: -8})),
            text_of(forged(PAYLOAD, protected=cbor2.dumps({1: -8, 4: ISSUER, 3: 0}))),
            text_of(forged(PAYLOAD, protected=cbor2.dumps({4: ISSUER, 1: -8}))),
            text_of(forged(PAYLOAD, protected=bytes.fromhex("a20127044107") + b"\x00")),
            text_of(forged(PAYLOAD, protected=bytes.fromhex("a2013807044107"))),  # -8 in two bytes
            text_of(forged(PAYLOAD, protected=bytes.fromhex("a2182727044107"))),
            text_of(forged(PAYLOAD, protected=bytes.fromhex("a30127012704410a"))),
            text_of(forged(PAYLOAD, protected=b"\xff")),
            text_of(forged(PAYLOAD, protected=cbor2.dumps([1, -8]))),
            text_of(bytes.fromhex("9f") + COSE[1:] + bytes.fromhex("ff")),
            text_of(bytes.fromhex("9804") + COSE[1:]),
        ],
    ),
    "header and sizes": (
        P.MALFORMED,
        [
            text_of(forged(PAYLOAD, protected=cbor2.dumps({4: ISSUER}))),
            text_of(forged(PAYLOAD, protected=b"")),
            *(text_of(forged(PAYLOAD, protected=protected_of(kid))) for kid in (b"", b"\x00\x00\x07", 7, "07")),
            *(text_of(forged(PAYLOAD, signature=bytes(size))) for size in (0, 63, 65)),
            text_of(COSE + b"\x00"),
            text_of(COSE + COSE),
            text_of(COSE[:-1]),
            text_of(bytes.fromhex("845b0100000000000000") + COSE[2:]),
            text_of(bytes.fromhex("9b0100000000000000") + COSE[1:]),
            text_of(b""),
        ],
    ),
    "algorithm": (
        P.ALG,
        [text_of(forged(PAYLOAD, protected=protected_of(ISSUER, alg))) for alg in (-7, -37, 5, 0, -19, "EdDSA", 2**63)],
    ),
    "unknown key": (
        P.KEY_UNKNOWN,
        [
            signed(CARD, b"\x55"),
            signed(replace(VISIT, site=12), b"\x09\x09"),
            signed(CARD, PRACTICE_ISSUER),
            text_of(forged(PAYLOAD, LIST)),
            text_of(forged(PAYLOAD, RECEIPT)),
        ],
    ),
    "signature": (
        P.SIGNATURE,
        [
            text_of(COSE[:-32] + (ORDER + L).to_bytes(32, "little")),
            text_of(forged(claims_bytes(replace(CARD, cti=b"other!!!")), signature=SIGNATURE)),
            text_of(forged(PAYLOAD, name="somebody")),
            *(text_of(forged(PAYLOAD, aad=aad)) for aad in (b"", b"EPV1", b"EPD1", b"EPK1", b"EPP1", b"ep1")),
            text_of(forged(PAYLOAD, signature=bytes(64))),
            text_of(forged(PAYLOAD, signature=b"\x01" + bytes(63))),
        ],
    ),
    "payload encoding": (
        P.CLAIMS,
        [
            raw_claims(EXP, EXP, NBF, CTI, PRIVATE),
            raw_claims(EXP, NBF, CTI, PRIVATE, "ff", head="bf"),
            raw_claims(NBF, EXP, CTI, PRIVATE),
            raw_claims(EXP, NBF, "1807480102030405060708", PRIVATE),
            raw_claims(EXP.replace("041a", "041b00000000"), NBF, CTI, PRIVATE),
            raw_claims(EXP, NBF, "075f480102030405060708ff", PRIVATE),
            raw_claims(EXP, NBF, CTI, PRIVATE + "00"),
            raw_claims(EXP, NBF, CTI),
            raw_claims(EXP, NBF, CTI, "3a0001000080"),
            raw_claims("04fb41d79b2d5f800000", NBF, CTI, PRIVATE),
            raw_claims("04f97e00", NBF, CTI, PRIVATE),
            raw_claims("04f5", NBF, CTI, PRIVATE),
            raw_claims("04c2445e5e5e5e", NBF, CTI, PRIVATE),
            raw_claims("04c11a5e5e5e5e", NBF, CTI, PRIVATE),
            raw_claims("0439ffff", NBF, CTI, PRIVATE),
            raw_claims(f"041b{CARD.exp * 1000:016x}", NBF, CTI, PRIVATE),
            raw_claims(EXP, NBF, "07680102030405060708", PRIVATE),
            raw_claims(EXP, NBF, "0747010203040506ff"[:18], PRIVATE),
            raw_claims(EXP, NBF, CTI, "3a00010000a501f502000344a1b2c3d40401"),
            raw_claims(EXP, NBF, CTI, "3a00010000a401f502000344a1b2c3d40401"),
            raw_claims(EXP, NBF, CTI, PRIVATE, "613100"),
            text_of(forged(bytes.fromhex("81818181818101"))),
            text_of(forged(b"")),
            text_of(forged(b"\xff")),
            text_of(forged(cbor2.dumps([CARD.exp, CARD.nbf]))),
        ],
    ),
    "claims": (
        P.CLAIMS,
        [
            text_with(CARD, {4: CARD.nbf}),
            text_with(CARD, {4: CARD.nbf - 1}),
            text_with(CARD, {4: CARD.nbf + 45 * DAY + 1}),
            text_with(CARD, {5: CARD.nbf * 1000}),
            text_with(CARD, {5: 1_577_836_799, 4: 1_577_836_799 + DAY}),
            text_with(CARD, {4: 2**32}),
            *(text_with(CARD, {key: None}) for key in (4, 5, 7)),
            text_with(CARD, {7: b"short"}),
            text_with(CARD, {6: 0}),
            text_with(CARD, k1=None),
            text_with(CARD, k1=0),
            text_with(CARD, k1=10_000),
            text_with(CARD, k2=None),
            text_with(CARD, k2=-1),
            text_with(CARD, k2=b"\x00"),
            *(text_with(CARD, k2=number) for number in (1, 2, 3, 5, 6, 17)),
            *(text_with(CARD, k2=number, k3=None, k4=None) for number in (1, 2, 3, 5, 6, 17)),
            text_with(CARD, k3=None),
            text_with(CARD, k4=None),
            text_with(CARD, k3=None, k4=None),
            text_with(CARD, k3=b"\x00" * 5),
            text_with(CARD, k3="abcd"),
            text_with(CARD, k4=0),
            text_with(CARD, k4=10),
            text_with(CARD, k5=0),
            text_with(CARD, k5=256),
            text_with(CARD, k5=7),  # all three gates
            text_with(CARD, k5=8),  # a gate that the compound does not have
            text_with(CARD, k2=8),  # a courier with a household
            text_with(CARD, k6=1.5),
        ],
    ),
    "later fields": (
        P.UNKNOWN_FIELD,
        [
            text_with(CARD, k6=1),
            text_with(CARD, k0=1),
            text_with(CARD, k6={1: [b"x"]}),
            text_with(CARD, k2=18),
            text_with(CARD, k2=2**40),
            text_with(CARD, k2=18, k3=None, k4=None),
        ],
    ),
    "key scope": (
        P.KEY_SCOPE,
        [
            signed(replace(CARD, site=14)),
            signed(CARD, OTHER_ISSUER),
            signed(replace(CARD, nbf=SINCE - 1)),
            signed(replace(CARD, nbf=UNTIL + 1, exp=UNTIL + DAY)),
            signed(replace(VISIT, site=13), GATE_KID),
            signed(VISIT, OTHER_GATE_KID),
            signed(replace(VISIT, site=13), OWN_KID),
            *(text_with(VISIT, kid=GATE_KID, k2=number) for number in (0, 4, 8, 14, 15, 16)),
        ],
    ),
    "gate key's claims": (
        P.CLAIMS,
        [
            text_with(VISIT, kid=GATE_KID, k5=1),
            text_with(VISIT, kid=GATE_KID, k3=b"abcd", k4=1),
            text_with(VISIT, {4: VISIT.nbf + DAY + 1}, kid=GATE_KID),
        ],
    ),
    "revoked key": (
        P.KEY_REVOKED,
        [
            signed(CARD, REVOKED_ISSUER),
            signed(replace(CARD, nbf=LEAK), BLOCKED_ISSUER),
            signed(VISIT, REVOKED_KID),
        ],
    ),
}
CASES = [
    pytest.param(expected, text, id=f"{row}-{number}")
    for row, (expected, texts) in ROWS.items()
    for number, text in enumerate(texts)
]


@pytest.mark.parametrize(("expected", "text"), CASES)
def test_attack_is_refused_as_its_row_says(expected: PassProblem, text: str | bytes) -> None:
    assert problem(text) is expected


def test_the_card_that_all_attacks_start_from_is_good() -> None:
    assert problem(GOOD) is P.NONE


def test_a_card_from_before_the_leak_of_its_key_lives_on() -> None:
    assert problem(signed(replace(CARD, nbf=LEAK - 1), BLOCKED_ISSUER)) is P.NONE


def test_a_key_removed_from_the_bundle_is_unknown() -> None:
    assert problem(GOOD, bundle=bundle(*(key for key in KEYS if key.kid != ISSUER))) is P.KEY_UNKNOWN


def test_every_single_flipped_bit_of_the_signed_bytes_ends_as_forged() -> None:
    outcomes = set()
    for bit in range(len(COSE) * 8):
        flipped = bytearray(COSE)
        flipped[bit // 8] ^= 1 << bit % 8
        check = verify(text_of(bytes(flipped)), trust(), GATE, NOW, clock_ok=True)
        outcomes.add(check.scan_result)
        assert check.claims is None
    assert outcomes == {"FORGED"}


def test_every_single_changed_character_of_the_text_ends_as_forged() -> None:
    for at in range(4, len(GOOD)):
        other = "1" if GOOD[at] == "0" else "0"
        assert verify(GOOD[:at] + other + GOOD[at + 1 :], trust(), GATE, NOW, clock_ok=True).scan_result == "FORGED"


def test_a_signed_list_is_no_pass() -> None:
    from kiosk.domain.trust import sign_snapshot

    listed = sign_snapshot(revocations(), LIST, private(LIST.hex()).sign)
    assert problem(text_of(listed)) is P.KEY_UNKNOWN
    renamed = cbor2.loads(listed)
    renamed[0] = protected_of(ISSUER)
    assert problem(text_of(cbor2.dumps(renamed))) is P.SIGNATURE


@pytest.mark.parametrize("weak", ["01" + "00" * 31, "00" * 32, "ec" + "ff" * 30 + "7f"])
def test_no_key_of_small_order_comes_near_a_pass(weak: str) -> None:
    from kiosk.domain.trust import GateDevice, KeyKind, OfficeKey

    with pytest.raises(ValueError, match="weak"):
        OfficeKey(ISSUER, bytes.fromhex(weak), KeyKind.ISSUER, SINCE, UNTIL, (12,))
    with pytest.raises(ValueError, match="weak"):
        GateDevice(GATE_KID, bytes.fromhex(weak), devices().devices[GATE_KID].device, 12, GATE.gate)


def test_an_older_list_without_the_revoked_id_does_not_revive_it() -> None:
    from kiosk.domain.trust import Refusal, accept_snapshot, sign_snapshot

    current = revocations(NOW - HOUR, {CARD.cti: RevocationKind.REVOKED})
    older = sign_snapshot(revocations(NOW - 2 * HOUR), LIST, private(LIST.hex()).sign)
    assert accept_snapshot(older, bundle(), current.stored, NOW, clock_ok=True) is Refusal.OLDER
    assert problem(GOOD, revocations=current) is P.REVOKED


@pytest.mark.parametrize("now", [0, NOW - 3600, 2_082_758_400, NOW + DAY])
def test_no_time_is_judged_by_a_clock_that_nobody_trusts(now: int) -> None:
    check = verify(GOOD, trust(), GATE, now, clock_ok=False)
    assert (check.problem, check.state) == (P.CLOCK, "ACTIVE")


def test_the_generic_verifier_refuses_what_the_profile_refuses() -> None:
    with pytest.raises(Sign1Error):
        verify_sign1(COSE, lambda kid, alg: private(ISSUER.hex()).public_key(), algs={-8})
    assert verify_sign1(COSE, lambda kid, alg: private(ISSUER.hex()).public_key(), algs={-8}, external_aad=b"EP1")


def test_a_practice_card_at_a_real_gate_is_refused_but_named() -> None:
    check = verify(signed(CARD, PRACTICE_ISSUER), trust(), GATE, NOW, clock_ok=True)
    assert (check.problem, check.scan_result, check.practice) == (P.KEY_UNKNOWN, "FORGED", True)
    assert not verify(GOOD, trust(), GATE, NOW, clock_ok=True).practice
    training = verify(signed(CARD, PRACTICE_ISSUER), trust(practice=True), GATE, NOW, clock_ok=True)
    assert (training.problem, training.practice) == (P.NONE, False)
