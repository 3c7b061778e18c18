# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a gate says about real cards: problem, codes and state (pass-format.md 3), and that it never raises."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.domain.codes import Category, PassState, Reason, ScanResult
from kiosk.domain.identity import GateId
from kiosk.domain.passes import (
    FORGED_PROBLEMS,
    MEANINGS,
    PROGRAM_TOO_OLD,
    EntryPass,
    GatePlace,
    PassCheck,
    PassProblem,
    PassRow,
    check_of,
    meaning_of,
    printed,
    serial_of,
    sign_pass,
    verify,
)
from kiosk.domain.passes.problems import StateSource
from kiosk.domain.passes.steps import STEPS, Case
from tests.unit.passes.forge import signed
from tests.unit.trust.street import (
    CARD,
    DAY,
    GATE,
    GATE_KID,
    HARD_EXPIRY,
    HOUR,
    ISSUER,
    KEYS,
    LOST_CTI,
    NOW,
    OWN_KID,
    REPLACED_CTI,
    REVOKED_CTI,
    REVOKED_KID,
    ROW,
    SISTER_KID,
    VISIT,
    Roster,
    bundle,
    device,
    revocations,
    trust,
)

P, S, R, ST = PassProblem, ScanResult, Reason, PassState
GOOD = signed(CARD)
Codes = tuple[PassProblem, ScanResult, PassState | None, Reason | None]


def check(
    entry: EntryPass = CARD, kid: bytes = ISSUER, now: int = NOW, clock_ok: bool = True, **changes: object
) -> PassCheck:
    return verify(signed(entry, kid), trust(**changes), GATE, now, clock_ok)


def codes(checked: PassCheck) -> Codes:
    return checked.problem, checked.scan_result, checked.state, checked.reason


def listed_as(
    state: PassState, valid_from: int = CARD.nbf, valid_to: int = CARD.exp - 1, made_at: int = NOW - HOUR
) -> Roster:
    return Roster({CARD.pass_id: PassRow(state, valid_from, valid_to)}, made_at)


EMPTY = Roster()


def test_worked_example_of_the_format_comes_out_byte_for_byte() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    entry = EntryPass(bytes(range(1, 9)), 12, Category.LOCAL, 1581728400, 1584288000, bytes.fromhex("a1b2c3d4"), 1)
    text = sign_pass(entry, b"\x07", key.sign)
    assert text == (
        "EP1:MWGSLK/-4.988CK+B5FN09.B AA1T0F-BUI8J-0X507H0QS00+0/E7V50T30/50HB0QI0*JK2YOZM027B.*2JE99:4/IULCGF6AV05:X8Q"
        "*R*5L+Q5F0W-/7O-LX782BN*7JG9KSFKVZR1GE:$515Q T2C.V%AL2VSZ9C:$6*6IYHUGLJ"
    )
    assert len(text) == 181
    assert printed(serial_of(entry.cti)) == "790 382 856-6"


@pytest.mark.parametrize("form", [str, str.encode], ids=["text", "bytes"])
def test_a_good_card_is_good_as_text_and_as_bytes(form: Callable[[str], str | bytes]) -> None:
    checked = verify(form(GOOD), trust(), GATE, NOW, clock_ok=True)
    assert codes(checked) == (P.NONE, S.OK, ST.ACTIVE, R.PASS_OK)
    assert (checked.claims, checked.kid, checked.row, checked.fault) == (CARD, ISSUER, ROW, None)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (ST.ACTIVE, R.PASS_OK),
        (ST.SUSPENDED, R.PASS_SUSPENDED),
        (ST.REVOKED, R.PASS_REVOKED),
        (ST.LOST, R.PASS_LOST),
        (ST.EXPIRED, R.PASS_EXPIRED),
    ],
)
def test_the_list_gives_the_state(state: PassState, reason: Reason) -> None:
    assert codes(check(gate_list=listed_as(state))) == (P.NONE, S.OK, state, reason)


def test_a_list_made_before_the_last_day_still_knows_the_day() -> None:
    assert check(gate_list=listed_as(ST.ACTIVE, valid_to=NOW)).state is ST.ACTIVE
    assert check(gate_list=listed_as(ST.ACTIVE, valid_to=NOW - 1)).state is ST.EXPIRED
    assert check(gate_list=listed_as(ST.ACTIVE, valid_from=NOW + 300)).state is ST.ACTIVE
    assert check(gate_list=listed_as(ST.ACTIVE, valid_from=NOW + 301)).state is ST.NOT_YET
    assert check(gate_list=listed_as(ST.NOT_YET)).state is ST.ACTIVE


@pytest.mark.parametrize(
    ("cti", "expected"),
    [
        (REVOKED_CTI, (P.REVOKED, S.OK, ST.REVOKED, R.PASS_REVOKED)),
        (REPLACED_CTI, (P.REPLACED, S.OK, ST.REVOKED, R.PASS_REVOKED)),
        (LOST_CTI, (P.LOST, S.OK, ST.LOST, R.PASS_LOST)),
    ],
)
def test_the_revocation_list_beats_the_gate_list(cti: bytes, expected: Codes) -> None:
    entry = replace(CARD, cti=cti)
    assert codes(check(entry, gate_list=Roster({entry.pass_id: ROW}))) == expected


def test_a_lost_card_of_another_compound_is_lost_before_it_is_foreign() -> None:
    assert check(replace(CARD, cti=LOST_CTI, site=13)).problem is P.LOST


def test_a_card_of_another_compound_names_it() -> None:
    checked = check(replace(CARD, site=13))
    assert codes(checked) == (P.WRONG_SITE, S.WRONG_COMPOUND, None, R.WRONG_COMPOUND)
    assert checked.site is not None
    assert (checked.site.number, checked.site.name, checked.right_gates) == (13, "桂花里", ("G04",))


def test_a_card_for_other_gates_names_them_and_keeps_its_listed_state() -> None:
    entry = replace(CARD, gates=0b110)
    checked = check(entry, gate_list=listed_as(ST.SUSPENDED))
    assert codes(checked) == (P.WRONG_GATE, S.WRONG_GATE, ST.SUSPENDED, R.GATE_CLOSED)
    assert checked.right_gates == ("G02", "G03")
    assert codes(check(entry, gate_list=EMPTY))[2] is None
    assert codes(check(entry, gate_list=None))[2] is None
    assert check(replace(CARD, gates=0b101)).problem is P.NONE


def test_wrong_gate_with_a_bad_clock_judges_no_time() -> None:
    past = listed_as(ST.ACTIVE, valid_to=NOW - 1)
    assert check(replace(CARD, gates=2), clock_ok=False, gate_list=past).state is ST.ACTIVE
    assert check(replace(CARD, gates=2), gate_list=past).state is ST.EXPIRED


def test_a_gate_that_its_compound_does_not_have_takes_no_restricted_card() -> None:
    text = signed(replace(CARD, gates=1))
    assert verify(text, trust(), GatePlace(12, GateId("G99")), NOW, clock_ok=True).problem is P.WRONG_GATE
    assert verify(GOOD, trust(), GatePlace(12, GateId("G99")), NOW, clock_ok=True).problem is P.NONE


def test_a_compound_missing_from_the_table_has_no_gates() -> None:
    from kiosk.domain.trust import key_bundle

    bare = key_bundle(1_580_000_000, 1_580_000_000, 1_580_000_000, HARD_EXPIRY, KEYS, ())
    restricted = check(replace(CARD, gates=1), bundle=bare)
    assert (restricted.problem, restricted.site, restricted.right_gates) == (P.WRONG_GATE, None, ())
    assert check(bundle=bare).problem is P.NONE
    assert check_of(P.AMBIGUOUS).right_gates == ()


def test_start_has_five_minutes_of_grace_and_the_end_has_none() -> None:
    assert check(now=CARD.nbf - 300, revocations=revocations(CARD.nbf - HOUR)).problem is P.NONE
    assert codes(check(now=CARD.nbf - 301)) == (P.NOT_YET, S.OK, ST.NOT_YET, R.PASS_NOT_YET)
    fresh: dict[str, Any] = {
        "revocations": revocations(CARD.exp - HOUR),
        "gate_list": listed_as(ST.ACTIVE, made_at=CARD.exp - HOUR),
    }
    assert check(now=CARD.exp - 1, **fresh).problem is P.NONE
    assert codes(check(now=CARD.exp, **fresh)) == (P.EXPIRED, S.OK, ST.EXPIRED, R.PASS_EXPIRED)
    assert check(now=CARD.exp, **fresh).row is not None


def test_a_bad_clock_neither_ends_nor_revives_a_card() -> None:
    past = listed_as(ST.ACTIVE, valid_to=NOW - DAY)
    assert codes(check(now=CARD.exp + DAY, clock_ok=False, gate_list=past)) == (P.CLOCK, S.OK, ST.ACTIVE, R.CLOCK_BAD)
    assert codes(check(clock_ok=False, gate_list=EMPTY)) == (P.CLOCK, S.OK, None, R.CLOCK_BAD)


def test_lists_of_exactly_the_hard_age_still_count_and_older_ones_do_not() -> None:
    made_at = NOW - 96 * HOUR
    assert check(gate_list=listed_as(ST.ACTIVE, made_at=made_at)).problem is P.NONE
    stale = check(gate_list=listed_as(ST.SUSPENDED, made_at=made_at - 1))
    assert codes(stale) == (P.LIST_STALE, S.OK, ST.SUSPENDED, R.LIST_STALE)
    assert check(revocations=revocations(made_at - 1)).problem is P.LIST_STALE


def test_no_list_is_stale_and_never_not_revoked() -> None:
    assert codes(check(revocations=None)) == (P.LIST_STALE, S.OK, ST.ACTIVE, R.LIST_STALE)
    assert codes(check(gate_list=None)) == (P.LIST_STALE, S.UNKNOWN, None, R.LIST_STALE)
    assert check(revocations=None, extended_until=NOW + DAY).problem is P.LIST_STALE


@pytest.mark.parametrize("nbf", [NOW - 200 * HOUR, NOW - 2 * HOUR], ids=["older", "newer"])
def test_a_card_missing_from_a_stale_list_is_unknown_whatever_its_date(nbf: int) -> None:
    roster = Roster({}, NOW - 97 * HOUR)
    checked = check(replace(CARD, cti=b"new card", nbf=nbf), gate_list=roster)
    assert codes(checked) == (P.LIST_STALE, S.UNKNOWN, None, R.LIST_STALE)


def test_a_leader_extends_a_stale_list_but_not_old_keys() -> None:
    old: dict[str, Any] = {"gate_list": listed_as(ST.ACTIVE, made_at=NOW - 100 * HOUR)}
    assert check(**old, extended_until=NOW + 1).problem is P.NONE
    assert check(**old, extended_until=NOW).problem is P.LIST_STALE
    assert check(bundle=bundle(hard_expiry=NOW), extended_until=NOW + DAY).problem is P.LIST_STALE
    assert check(bundle=bundle(hard_expiry=NOW + 1)).problem is P.NONE


def test_a_card_issued_after_the_list_was_made_is_new_and_another_is_unknown() -> None:
    made_at = NOW - HOUR
    new = check(replace(CARD, cti=b"new card", nbf=made_at + 1), gate_list=Roster({}, made_at))
    assert codes(new) == (P.NOT_LISTED, S.UNKNOWN_NEW, ST.ACTIVE, R.PASS_NEWER_THAN_LIST)
    unknown = check(replace(CARD, cti=b"new card", nbf=made_at), gate_list=Roster({}, made_at))
    assert codes(unknown) == (P.NOT_LISTED, S.UNKNOWN, None, R.PASS_UNKNOWN)


@pytest.mark.parametrize("kid", [GATE_KID, SISTER_KID, OWN_KID], ids=["listed", "sister gate", "own, not yet listed"])
def test_a_gate_signed_pass_is_new_for_its_whole_life(kid: bytes) -> None:
    assert codes(check(VISIT, kid)) == (P.NOT_LISTED, S.UNKNOWN_NEW, ST.ACTIVE, R.PASS_NEWER_THAN_LIST)
    known = Roster({VISIT.pass_id: PassRow(ST.ACTIVE, VISIT.nbf, VISIT.exp - 1)})
    assert codes(check(VISIT, kid, gate_list=known)) == (P.NONE, S.OK, ST.ACTIVE, R.PASS_OK)


def test_a_gate_knows_its_own_key_without_any_device_list_and_no_other() -> None:
    assert check(VISIT, OWN_KID, devices=None).problem is P.NOT_LISTED
    assert check(VISIT, OWN_KID, devices=None, own=None).problem is P.KEY_UNKNOWN
    assert check(VISIT, SISTER_KID, devices=None).problem is P.KEY_UNKNOWN


def test_a_withdrawn_tablet_does_not_trust_itself_against_the_device_list() -> None:
    assert check(VISIT, REVOKED_KID, own=device(REVOKED_KID)).problem is P.KEY_REVOKED


def test_without_a_revocation_list_no_block_is_known_and_nothing_is_admitted() -> None:
    from tests.unit.trust.street import BLOCKED_ISSUER

    assert check(CARD, BLOCKED_ISSUER, revocations=None).problem is P.LIST_STALE


def test_nothing_of_the_payload_is_known_before_the_signature_holds() -> None:
    broken = verify(GOOD[:-4] + "0000", trust(), GATE, NOW, clock_ok=True)
    assert (broken.scan_result, broken.claims, broken.row, broken.site) == (S.FORGED, None, None, None)


# ------------------------------------------------------------------------------------------------------- the table

PAGE = {
    "NOT_A_PASS": "NOT_OURS - -",
    "NEWER_FORMAT": "UNREADABLE - NO_PASS",
    "UNKNOWN_FIELD": "UNREADABLE - NO_PASS",
    "AMBIGUOUS": "UNREADABLE - -",
    **dict.fromkeys(("MALFORMED", "ALG", "KEY_UNKNOWN", "SIGNATURE", "CLAIMS", "KEY_SCOPE"), "FORGED - PASS_FORGED"),
    **dict.fromkeys(("KEY_REVOKED", "REVOKED", "REPLACED"), "OK REVOKED PASS_REVOKED"),
    "LOST": "OK LOST PASS_LOST",
    "WRONG_SITE": "WRONG_COMPOUND - WRONG_COMPOUND",
    "WRONG_GATE": "WRONG_GATE list GATE_CLOSED",
    "CLOCK": "OK list CLOCK_BAD",
    "NOT_YET": "OK NOT_YET PASS_NOT_YET",
    "EXPIRED": "OK EXPIRED PASS_EXPIRED",
    "LIST_STALE": "OK list LIST_STALE",
    "NOT_LISTED": "UNKNOWN - PASS_UNKNOWN",
    "VERIFIER_ERROR": "UNKNOWN - CHECK_FAILED",
    "NONE": "OK list -",
}


def test_every_problem_means_what_the_table_of_the_page_says() -> None:
    shown = {}
    for problem in P:
        meaning = MEANINGS[problem]
        state = "list" if isinstance(meaning.state, StateSource) else meaning.state or "-"
        shown[str(problem)] = f"{meaning.scan_result} {state} {meaning.reason or '-'}"
    assert shown == PAGE


def test_the_problems_that_accuse_of_forgery_and_those_that_accuse_the_program() -> None:
    assert {P.MALFORMED, P.ALG, P.KEY_UNKNOWN, P.SIGNATURE, P.CLAIMS, P.KEY_SCOPE} == FORGED_PROBLEMS
    assert {P.NEWER_FORMAT, P.UNKNOWN_FIELD} == PROGRAM_TOO_OLD
    assert codes(check_of(P.AMBIGUOUS)) == (P.AMBIGUOUS, S.UNREADABLE, None, None)
    assert meaning_of(P.LIST_STALE).scan_result is S.UNKNOWN


# ------------------------------------------------------------------------------------------------- our own mistakes


def broken_step(case: Case) -> PassProblem | None:
    raise ZeroDivisionError(case.text)


@pytest.mark.parametrize("at", range(len(STEPS) + 1))
def test_an_exception_in_any_step_ends_in_a_check_by_hand(at: int) -> None:
    steps = (*STEPS[:at], broken_step, *STEPS[at:])
    checked = verify(GOOD, trust(), GATE, NOW, clock_ok=True, steps=steps)
    assert codes(checked) == (P.VERIFIER_ERROR, S.UNKNOWN, None, R.CHECK_FAILED)
    assert checked.fault is not None
    assert checked.fault.startswith("ZeroDivisionError ")
    assert (checked.claims, checked.kid) == (None, None)


def test_a_roster_that_fails_after_the_problem_is_found_ends_in_a_check_by_hand() -> None:
    class Broken:
        made_at = NOW

        def row(self, pass_id: object) -> PassRow:
            raise OSError

    assert check(gate_list=Broken()).problem is P.VERIFIER_ERROR
    assert check(gate_list=Broken(), clock_ok=False).problem is P.VERIFIER_ERROR


@pytest.mark.parametrize("nonsense", [None, 5, 3.5, object()])
def test_what_is_no_text_at_all_ends_in_a_check_by_hand(nonsense: object) -> None:
    assert verify(nonsense, trust(), GATE, NOW, clock_ok=True).problem is P.VERIFIER_ERROR  # type: ignore[arg-type]
