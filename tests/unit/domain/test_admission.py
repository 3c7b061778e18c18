# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The rule table: each row by a case of its own, and the invariants of domain.md section 8 over drawn situations."""

import itertools
from dataclasses import replace

import pytest

from kiosk.domain.admission import RULE_IDS, RULES, FirstReturn, Party, ReturnClass, Situation, buttons, decide
from kiosk.domain.codes import (
    Button,
    CaseKind,
    Category,
    CodeColour,
    Direction,
    IsolationState,
    Note,
    PassState,
    Priority,
    Reason,
    ScanResult,
    TempOutcome,
    Tick,
    Told,
    Verdict,
)
from kiosk.domain.policy import Policy
from tests.unit.domain.policies import A, B, changed
from tests.unit.domain.situations import broken_invariants, situations

V, R, T, S = Verdict, Reason, TempOutcome, ScanResult
IN, OUT = Direction.IN, Direction.OUT
L, C, H, ST, P, K = Told.LEADER, Told.COMMITTEE, Told.HEALTH, Told.STREET, Told.POLICE, Told.HOST
POLICIES = [
    A,
    B,
    changed(A, household_mates="BLOCK", exit_temperature="on"),
    changed(A, courier_reading="off"),
    changed(B, anti_passback="OFF", household_mates="BLOCK"),
]

RESIDENT = Situation(
    IN, Category.LOCAL, S.OK, PassState.ACTIVE, outcome=T.NORMAL
)  # the zhang of the scenarios, measured
GUEST = Situation(IN, Category.VISITOR, outcome=T.NORMAL)
KEY = FirstReturn(ReturnClass.KEY)
DAY = 86_400_000


_NUMBERS = itertools.count(1)


def case(situation: Situation, rule: str, verdict: Verdict, reason: Reason, *told: Told, policy: Policy = A) -> object:
    return pytest.param(
        situation, policy, rule, verdict, reason, told, id=f"{next(_NUMBERS)}-{rule}-{verdict}-{reason}"
    )


CASES = [
    case(replace(GUEST, category=Category.EMERGENCY, outcome=T.NOT_TAKEN), "R01", V.EMERGENCY, R.EMERGENCY, L),
    case(replace(RESIDENT, clock_bad=True), "R02", V.LEADER, R.CLOCK_BAD, L),
    case(replace(RESIDENT, repeat=V.ADMIT), "R03", V.ADMIT, R.DUPLICATE_SCAN),
    case(replace(RESIDENT, mask=False), "R04", V.WAIT, R.NO_MASK, L),
    case(replace(RESIDENT, mask=False, mask_refused=True), "R04", V.LEADER, R.NO_MASK, L),
    case(replace(GUEST, mask=False, mask_refused=True), "R04", V.REFUSE, R.NO_MASK, L),
    case(replace(RESIDENT, outcome=T.NOT_TAKEN), "R05", V.WAIT, R.NEED_TEMP),
    case(replace(RESIDENT, outcome=T.FEVER_SUSPECT), "R06", V.WAIT, R.RECHECK_FEVER, L),
    case(replace(RESIDENT, party=Party.SUSPECT), "R06", V.WAIT, R.RECHECK_FEVER, L),
    case(replace(RESIDENT, outcome=T.FEVER_CONFIRMED), "R07", V.HOLD, R.FEVER, L, C, H, Told.AMBULANCE, ST),
    case(replace(RESIDENT, party=Party.CONFIRMED), "R07", V.LEADER, R.FEVER, L),
    case(replace(RESIDENT, outcome=T.LOW), "R08", V.WAIT, R.RECHECK_LOW),
    case(replace(RESIDENT, outcome=T.INVALID), "R08", V.WAIT, R.RECHECK_LOW),
    case(replace(RESIDENT, outcome=T.LOW_UNRESOLVED), "R09", V.LEADER, R.LOW_UNRESOLVED, L),
    case(replace(RESIDENT, outcome=T.REFUSED), "R10", V.LEADER, R.REFUSED_MEASURE, L),
    case(replace(GUEST, outcome=T.REFUSED), "R10", V.REFUSE, R.REFUSED_MEASURE, L),
    case(replace(RESIDENT, category=None, scan=S.FORGED, pass_state=None), "R11", V.LEADER, R.PASS_FORGED, L, ST),
    case(replace(RESIDENT, category=None, scan=S.FORGED, practice=True), "R11", V.LEADER, R.PASS_FORGED),
    case(replace(RESIDENT, cloned=True), "R12", V.LEADER, R.PASS_CLONED, L, ST),
    case(replace(RESIDENT, direction=OUT, isolation=IsolationState.HOME, permit_valid=True), "R14", V.ADMIT,
         R.EXIT_PERMIT, C, H),
    case(replace(RESIDENT, direction=OUT, isolation=IsolationState.BREACH), "R13", V.REFUSE_EXIT, R.ISOLATION_EXIT,
         L, C, H),
    case(replace(RESIDENT, direction=OUT, cohab_confined=True), "R13b", V.REFUSE_EXIT, R.ISOLATION_EXIT, L, C,
         policy=POLICIES[4]),
    case(replace(RESIDENT, isolation=IsolationState.HOME, permit_out=True), "R15", V.ADMIT_ESCORT,
         R.RETURN_FROM_PERMIT, C, Told.BUILDING, H),
    case(replace(RESIDENT, isolation=IsolationState.DUE), "R16", V.LEADER, R.RELEASE_PENDING, L, H),
    case(replace(RESIDENT, isolation=IsolationState.CENTRAL), "R17", V.HOLD, R.ISOLATION_BREACH, L, C, H, P),
    case(replace(RESIDENT, code=CodeColour.RED), "R18", V.HOLD, R.CODE_RED, L, C, H),
    case(replace(GUEST, code=CodeColour.RED), "R19", V.REFUSE, R.CODE_RED, L, C),
    case(replace(RESIDENT, isolation=IsolationState.RELEASED, release_number=True, code=CodeColour.YELLOW), "R19b",
         V.ADMIT_REGISTER, R.CODE_LAG, L),
    case(replace(RESIDENT, first_return=replace(KEY, signs=False)), "R21", V.HOLD, R.CENTRAL_NEEDED, L, C, H, ST),
    case(replace(RESIDENT, first_return=replace(KEY, contact=True)), "R21", V.HOLD, R.CENTRAL_NEEDED, L, C, H, ST),
    case(replace(RESIDENT, first_return=KEY), "R20", V.ADMIT_ESCORT, R.FIRST_RETURN_KEY, C, H, Told.BUILDING, ST),
    case(replace(RESIDENT, first_return=FirstReturn(ReturnClass.OTHER)), "R22", V.ADMIT_REGISTER,
         R.FIRST_RETURN_OTHER, C),
    case(replace(GUEST, code=CodeColour.YELLOW), "R23", V.REFUSE, R.CODE_YELLOW, L),
    case(replace(RESIDENT, in_hours=False), "R24", V.ADMIT_REGISTER, R.AFTER_HOURS, L),
    case(replace(RESIDENT, in_hours=False, manned=False), "R24", V.REDIRECT, R.GATE_CLOSED, L),
    case(replace(RESIDENT, in_hours=False, manned=False, open_gate=True), "R24", V.ADMIT_REGISTER, R.AFTER_HOURS, L),
    case(replace(RESIDENT, scan=S.WRONG_GATE), "R24", V.REDIRECT, R.GATE_CLOSED, L),
    case(replace(GUEST, in_hours=False), "R24", V.REFUSE, R.GATE_CLOSED, L),
    case(replace(RESIDENT, direction=OUT, quota_used=True), "R24q", V.LEADER, R.QUOTA_USED, L),
    case(RESIDENT, "R25", V.ADMIT, R.PASS_OK),
    case(replace(RESIDENT, scan=S.WRONG_GATE, open_gate=True), "R25", V.ADMIT, R.PASS_OK),
    case(replace(RESIDENT, direction=OUT, in_hours=False, manned=False), "R25", V.ADMIT, R.PASS_OK),
    case(replace(RESIDENT, pass_state=PassState.EXPIRED, expired_ms=7 * DAY), "R26", V.ADMIT_REGISTER,
         R.PASS_EXPIRED, L),
    case(replace(RESIDENT, pass_state=PassState.EXPIRED, expired_ms=7 * DAY + 1), "R27", V.LEADER, R.PASS_EXPIRED, L),
    case(replace(RESIDENT, pass_state=PassState.NOT_YET), "R27", V.LEADER, R.PASS_NOT_YET, L),
    case(replace(RESIDENT, pass_state=PassState.SUSPENDED), "R27", V.LEADER, R.PASS_SUSPENDED, L),
    case(replace(RESIDENT, pass_state=PassState.REVOKED), "R28", V.LEADER, R.PASS_REVOKED, L),
    case(replace(RESIDENT, direction=OUT, pass_state=PassState.LOST), "R28", V.LEADER, R.PASS_LOST, L),
    case(replace(RESIDENT, scan=S.UNKNOWN_NEW), "R29", V.ADMIT_REGISTER, R.PASS_NEWER_THAN_LIST),
    case(replace(RESIDENT, scan=S.UNKNOWN, pass_state=None), "R30", V.LEADER, R.PASS_UNKNOWN, L),
    case(replace(GUEST, scan=S.WRONG_COMPOUND), "R31", V.REFUSE, R.WRONG_COMPOUND),
    case(replace(GUEST, scan=S.WRONG_COMPOUND, code=CodeColour.GREEN, consent=True), "R31", V.ADMIT, R.OUTSIDER, K,
         policy=B),
    case(replace(RESIDENT, scan=S.NONE, pass_state=None, identified=True), "R32", V.ADMIT_REGISTER, R.NO_PASS),
    case(replace(RESIDENT, scan=S.NONE, pass_state=None, identified=True, no_pass_alert=True), "R32",
         V.ADMIT_REGISTER, R.NO_PASS, L),
    case(Situation(IN, claims_resident=True, outcome=T.NORMAL), "R33", V.LEADER, R.NO_PASS, L, C),
    case(Situation(IN, Category.STAFF, S.OK, PassState.ACTIVE, outsider_pass=True, outcome=T.NORMAL), "R34",
         V.ADMIT_REGISTER, R.PASS_OK),
    case(replace(GUEST, category=Category.COURIER), "R35A", V.REDIRECT, R.COURIER),
    case(replace(GUEST, category=Category.COURIER, outcome=T.NOT_TAKEN), "R35A", V.REDIRECT, R.COURIER,
         policy=POLICIES[3]),
    case(GUEST, "R36A", V.REFUSE, R.OUTSIDER),
    case(replace(GUEST, scan=S.UNKNOWN_NEW, pass_state=PassState.ACTIVE, outsider_pass=True), "R37A",
         V.ADMIT_REGISTER, R.OUTSIDER, K),
    case(replace(GUEST, category=Category.DOMESTIC, consent=True), "R37A", V.ADMIT_REGISTER, R.OUTSIDER, K),
    case(replace(GUEST, category=Category.UTILITY), "R37A", V.REFUSE, R.HOST_CONSENT_MISSING, K),
    case(replace(GUEST, category=Category.MOVER, code=CodeColour.GREEN), "R35B", V.ADMIT, R.COURIER, policy=B),
    case(replace(GUEST, code=CodeColour.GREEN, consent=True), "R36B", V.ADMIT, R.OUTSIDER, K, policy=B),
    case(replace(GUEST), "R37B", V.REFUSE, R.CODE_NOT_SHOWN, policy=B),
    case(replace(GUEST, category=Category.COURIER), "R37B", V.REDIRECT, R.COURIER, policy=B),
    case(replace(GUEST, paper_seen=True, consent=True), "R37B", V.ADMIT_REGISTER, R.OUTSIDER, K, policy=B),
    case(replace(GUEST, code=CodeColour.GREEN), "R37B", V.REFUSE, R.HOST_CONSENT_MISSING, K, policy=B),
    case(replace(RESIDENT, direction=OUT, pass_state=PassState.EXPIRED), "R38", V.ADMIT, R.PASS_OK),
    case(Situation(OUT), "R38", V.ADMIT, R.OUTSIDER),
    case(Situation(IN, outcome=T.NORMAL), "R99", V.LEADER, R.NO_PASS, L),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "policy", "rule", "verdict", "reason", "told"), CASES)
def test_each_rule_decides_its_own_case(
    situation: Situation, policy: Policy, rule: str, verdict: Verdict, reason: Reason, told: tuple[Told, ...]
) -> None:
    decision = decide(situation, policy)
    assert (decision.rule, decision.verdict, decision.reason) == (rule, verdict, reason)
    assert decision.told == told


def test_every_rule_and_every_row_is_reached_by_a_case() -> None:
    reached = {(param.values[2], param.values[3], param.values[4]) for param in CASES}  # type: ignore[attr-defined]
    rows = {(row.id, row.verdict, row.reason) for row in RULES} - {("R03", V.ADMIT, R.DUPLICATE_SCAN)}
    assert rows <= reached
    assert set(RULE_IDS) == {rule for rule, _, _ in reached}


# -- what stands over the table ------------------------------------------------------------------------------------


def test_a_list_too_old_lets_nobody_in_but_keeps_the_rule() -> None:
    stale = replace(RESIDENT, list_stale=True)
    decision = decide(stale, A)
    assert (decision.verdict, decision.reason, decision.rule, decision.told) == (V.LEADER, R.LIST_STALE, "R25", (L,))
    unlisted = decide(replace(stale, scan=S.UNKNOWN, pass_state=None), A)
    assert (unlisted.verdict, unlisted.reason, unlisted.rule) == (V.LEADER, R.LIST_STALE, "R30")
    held = decide(replace(stale, outcome=T.FEVER_CONFIRMED), A)
    assert held.reason is R.FEVER
    refused = decide(replace(GUEST, list_stale=True), A)
    assert refused.verdict is V.REFUSE


@pytest.mark.parametrize(
    "grave",
    [
        {"isolation": IsolationState.HOME},
        {"code": CodeColour.RED},
        {"first_return": KEY},
        {"first_return": FirstReturn(ReturnClass.OTHER, contact=True)},
        {"key_history": True},
    ],
)
def test_a_grave_fever_is_p1_and_tells_the_ambulance_first(grave: dict[str, object]) -> None:
    decision = decide(replace(RESIDENT, outcome=T.FEVER_CONFIRMED, **grave), A)  # type: ignore[arg-type]
    assert decision.case == (CaseKind.FEVER, Priority.P1)
    assert decision.told == (Told.AMBULANCE, L, C, H, ST)


def test_shop_staff_has_the_road_leader_told_and_key_industry_names_the_employer() -> None:
    shop = decide(Situation(IN, Category.SHOP_STAFF, S.OK, PassState.ACTIVE, outcome=T.FEVER_CONFIRMED), A)
    assert shop.told == (L, Told.ROAD, C, H, Told.AMBULANCE, ST)
    worker = decide(replace(RESIDENT, category=Category.KEY_INDUSTRY, outcome=T.FEVER_CONFIRMED), A)
    assert Note.EMPLOYER in worker.notes


def test_a_training_pass_opens_no_case_at_a_real_gate() -> None:
    decision = decide(Situation(IN, scan=S.FORGED, practice=True, outcome=T.NORMAL), A)
    assert decision.case is None
    assert decision.told == ()


def test_buttons_follow_the_verdict_and_the_ticks() -> None:
    ticks = (Tick.IDENTITY,)
    assert Button.ADMIT not in buttons(V.ADMIT_REGISTER, R.PASS_EXPIRED, ticks, frozenset())
    assert Button.ADMIT in buttons(V.ADMIT_REGISTER, R.PASS_EXPIRED, ticks, frozenset(ticks))
    assert Button.TRANSFER in buttons(V.HOLD, R.FEVER, (), frozenset())
    assert Button.ESCORTED in buttons(V.HOLD, R.ISOLATION_BREACH, (), frozenset())
    assert buttons(V.REFUSE, R.OUTSIDER, (), frozenset()) == ()


# -- the invariants of domain.md section 8, over situations drawn by chance ------------------------------------------

AMOUNT = 1_000
"""Situations a run here; `make fuzz` draws millions by `python -m tests.fuzz.admission`."""


@pytest.mark.parametrize("seed", [20200214, 20200324])
def test_the_invariants_hold(seed: int) -> None:
    for situation in situations(seed, AMOUNT):
        for policy in POLICIES:
            broken = broken_invariants(situation, policy)
            assert not broken, (broken, situation, policy.version)


def test_every_situation_has_a_verdict_and_every_rule_decides_some() -> None:
    drawn = situations(20200214, 6_000)
    assert {decide(one, policy).rule for one in drawn for policy in POLICIES} == set(RULE_IDS)


def test_the_invariants_can_fail() -> None:
    """A table in which a rule is switched off that must stand is caught, so the check above proves something."""
    without_fever = replace(A, rules_off=frozenset({"R07"}))
    assert any(broken_invariants(situation, without_fever) for situation in situations(1, 2_000))


def test_pairs_of_policies_differ_only_where_the_design_says() -> None:
    for category, code, consent in itertools.product([c for c in Category if c.resident], CodeColour, (False, True)):
        resident = replace(RESIDENT, category=category, code=code, consent=consent)
        assert decide(resident, A) == decide(resident, B)
