# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Situations drawn by chance, and the invariants that none of them may break (domain.md section 8)."""

import random
from collections.abc import Iterator
from dataclasses import replace

from kiosk.domain.admission import RULE_IDS, FirstReturn, Party, ReturnClass, Situation, decide
from kiosk.domain.codes import (
    Category,
    CodeColour,
    Direction,
    IsolationState,
    PassState,
    Reason,
    ScanResult,
    TempOutcome,
    Verdict,
)
from kiosk.domain.policy import Policy
from kiosk.domain.temperature import GOOD

V, S, T = Verdict, ScanResult, TempOutcome
_CATEGORIES = [None, *Category]
_STATES = [None, *PassState]
_OUTCOMES = [T.NORMAL] * 8 + list(T)
_ISOLATIONS = [IsolationState.NONE] * 8 + list(IsolationState)
_DIRECTIONS, _SCANS, _CODES, _PARTIES = list(Direction), [S.OK, *S], list(CodeColour), [Party.ALONE] * 6 + list(Party)
_CLASSES = list(ReturnClass)


def situations(seed: int, amount: int) -> Iterator[Situation]:
    """Facts in every combination, the usual ones more often, so that late rules are reached too."""
    draw = random.Random(seed)
    chance = draw.random
    for _ in range(amount):
        form = FirstReturn(draw.choice(_CLASSES), chance() < 0.7, chance() < 0.7, chance() < 0.2)
        yield Situation(
            direction=draw.choice(_DIRECTIONS),
            category=draw.choice(_CATEGORIES),
            scan=draw.choice(_SCANS),
            pass_state=draw.choice(_STATES),
            expired_ms=draw.randrange(0, 15 * 86_400_000),
            identified=chance() < 0.3,
            claims_resident=chance() < 0.2,
            outsider_pass=chance() < 0.3,
            practice=chance() < 0.1,
            mask=chance() < 0.9,
            mask_exempt=chance() < 0.2,
            mask_refused=chance() < 0.5,
            outcome=draw.choice(_OUTCOMES),
            party=draw.choice(_PARTIES),
            repeat=V.ADMIT if chance() < 0.02 else None,
            cloned=chance() < 0.05,
            isolation=draw.choice(_ISOLATIONS),
            release_number=chance() < 0.5,
            permit_valid=chance() < 0.3,
            permit_out=chance() < 0.2,
            cohab_confined=chance() < 0.2,
            code=draw.choice(_CODES),
            first_return=form if chance() < 0.15 else None,
            key_history=chance() < 0.1,
            consent=chance() < 0.5,
            paper_seen=chance() < 0.3,
            no_pass_alert=chance() < 0.3,
            quota_used=chance() < 0.1,
            in_hours=chance() < 0.85,
            manned=chance() < 0.7,
            open_gate=chance() < 0.2,
            clock_bad=chance() < 0.05,
            list_stale=chance() < 0.1,
        )


def broken_invariants(s: Situation, policy: Policy) -> list[str]:
    """Which invariants the decision on a situation breaks."""
    d = decide(s, policy)
    entering = s.direction is Direction.IN and s.repeat is None
    emergency = s.category is Category.EMERGENCY
    checks = {
        "totality": d.rule in RULE_IDS,
        "I1": not entering or not d.verdict.admits or d.rule == "R01" or s.outcome in GOOD | {T.ABANDONED},
        "I2": not entering or emergency or s.outcome is not T.FEVER_CONFIRMED or _is(d, V.HOLD, Reason.FEVER),
        "I3": not entering or not s.resident or d.verdict is not V.REFUSE,
        "I4": d == decide(replace(s), policy),
        "I5": _only_the_age(s, policy),
        "I6": not entering or _unknown_never_milder(s, policy),
        "monotone": _fever_stands(s, policy) and _hold_stands(s, policy),
        "bad passes": emergency or not entering or not d.verdict.admits or not _bad_pass(s),
        "confined": emergency or not _confined_without_leave(s) or not d.verdict.admits,
        "told of nothing": d.verdict is not V.HOLD or bool(d.told),
    }
    return [name for name, holds in checks.items() if not holds]


def _is(decision: object, verdict: Verdict, reason: Reason) -> bool:
    return (decision.verdict, decision.reason) == (verdict, reason)  # type: ignore[attr-defined]


def _only_the_age(s: Situation, policy: Policy) -> bool:
    """A lost network changes nothing but the list's age, and an old list stops only what would admit."""
    fresh, stale = decide(replace(s, list_stale=False), policy), decide(replace(s, list_stale=True), policy)
    return stale == fresh or (
        fresh.verdict not in (V.HOLD, V.REFUSE, V.WAIT) and _is(stale, V.LEADER, Reason.LIST_STALE)
    )


def _unknown_never_milder(s: Situation, policy: Policy) -> bool:
    """A colour, category or state that is not known opens nothing that the good one would not open."""
    good = replace(s, code=CodeColour.GREEN), replace(s, pass_state=PassState.ACTIVE)
    unknown = replace(s, code=CodeColour.NOT_SHOWN), replace(s, pass_state=None)
    never_milder = all(
        not decide(one, policy).verdict.admits or decide(other, policy).verdict.admits
        for one, other in zip(unknown, good, strict=True)
    )
    # Who shows another compound's pass is a visitor (R31); that is a category of its own.
    scan = S.NONE if s.scan is S.WRONG_COMPOUND else s.scan
    nobody = replace(
        s, scan=scan, category=None, identified=False, outsider_pass=False, repeat=None, isolation=IsolationState.NONE,
        first_return=None,
    )  # fmt: skip
    return never_milder and not decide(nobody, policy).verdict.admits


def _fever_stands(s: Situation, policy: Policy) -> bool:
    """A confirmed fever is held whatever else becomes known; only another reading, or an emergency, is news."""
    if not _is(decide(s, policy), V.HOLD, Reason.FEVER):
        return True
    more = replace(
        s, code=CodeColour.GREEN, scan=S.OK, pass_state=PassState.ACTIVE, isolation=IsolationState.NONE, mask=True,
        consent=True, paper_seen=True, identified=True, permit_valid=True, permit_out=True, release_number=True,
        first_return=None, cloned=False, in_hours=True, manned=True, clock_bad=False, list_stale=False,
    )  # fmt: skip
    return _is(decide(more, policy), V.HOLD, Reason.FEVER)


def _hold_stands(s: Situation, policy: Policy) -> bool:
    """What the volunteer can add, be it consent, papers, a look-up or a shift, never turns a hold into a way in."""
    if decide(s, policy).verdict is not V.HOLD:
        return True
    added = (
        replace(s, consent=True), replace(s, paper_seen=True), replace(s, identified=True),
        replace(s, claims_resident=True), replace(s, outsider_pass=True), replace(s, manned=True),
        replace(s, in_hours=True), replace(s, open_gate=True), replace(s, mask=True),
    )  # fmt: skip
    return all(not decide(one, policy).verdict.admits for one in added)


def _bad_pass(s: Situation) -> bool:
    """A revoked, lost or forged pass with nothing else that speaks for its holder."""
    alone = not s.identified and s.isolation is IsolationState.NONE and s.first_return is None
    forged = s.scan is S.FORGED
    ended = s.scan is S.OK and s.pass_state in (PassState.REVOKED, PassState.LOST)
    return alone and (forged or ended)


def _confined_without_leave(s: Situation) -> bool:
    return s.repeat is None and s.confined and not s.permit_valid and not s.permit_out
