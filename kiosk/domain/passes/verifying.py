# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Offline verification of a pass (离线验证): fifteen steps, the first problem found wins.

Nothing of the payload is shown, logged or used before the signature holds: `claims` is None until then. A bad pass is a
value, never an exception; an exception of our own becomes VERIFIER_ERROR. Source: pass-format.md section 3.
"""

from collections.abc import Sequence
from hashlib import sha256

from kiosk.domain.codes import PassState
from kiosk.domain.passes.gate_trust import GatePlace, GateTrust
from kiosk.domain.passes.pass_check import PassCheck
from kiosk.domain.passes.problems import REASON_OF_STATE, PassProblem, StateSource, meaning_of
from kiosk.domain.passes.steps import STEPS, TEXT_LIMIT, Case, Step, listed

_STATE_STILL_FROM_LIST = frozenset(
    {PassProblem.WRONG_GATE, PassProblem.CLOCK, PassProblem.NOT_YET, PassProblem.EXPIRED, PassProblem.LIST_STALE}
)


def verify(
    text: str | bytes,
    trust: GateTrust,
    gate: GatePlace,
    now: int,
    clock_ok: bool,  # noqa: FBT001
    steps: Sequence[Step] = STEPS,
) -> PassCheck:
    """Check a scanned text (验证) at this gate; `now` in seconds since 1970 UTC. Never raises.

    `clock_ok` False: the time is not judged (CLOCK). `steps` are for tests that make one fail.
    """
    case: Case | None = None
    try:
        case = Case(_bounded(text), trust, gate, now, clock_ok=clock_ok)
        for step in steps:
            problem = step(case)
            if problem is not None:
                return _conclude(case, problem)
        return _conclude(case, PassProblem.NONE)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in here must end at the leader, never admit
        text_seen = case.text if case is not None else b""
        meaning = meaning_of(PassProblem.VERIFIER_ERROR)
        fault = f"{type(error).__name__} {sha256(text_seen).hexdigest()[:8]}"
        return PassCheck(PassProblem.VERIFIER_ERROR, meaning.scan_result, reason=meaning.reason, fault=fault)


def _bounded(text: str | bytes) -> bytes:
    """At most one byte or character more than allowed: a text of a megabyte costs nothing."""
    head = text[: TEXT_LIMIT + 1]
    return head.encode("utf-8", "surrogatepass") if isinstance(head, str) else bytes(head)


def _conclude(case: Case, problem: PassProblem) -> PassCheck:
    if problem in _STATE_STILL_FROM_LIST:
        listed(case)
    meaning = meaning_of(problem, case.listing)
    state = _listed_state(case, problem) if isinstance(meaning.state, StateSource) else meaning.state
    reason = meaning.reason
    if problem is PassProblem.NONE and state is not None:
        reason = REASON_OF_STATE[state]
    claims = getattr(case, "claims", None)
    envelope = getattr(case, "envelope", None)
    return PassCheck(
        problem,
        meaning.scan_result,
        state,
        claims,
        envelope.kid if envelope is not None else None,
        reason,
        case.row,
        case.trust.bundle.sites.get(claims.site) if claims is not None else None,
    )


def _listed_state(case: Case, problem: PassProblem) -> PassState | None:
    if case.row is None:
        return None
    # A clock that nobody trusts neither ends nor revives a card.
    timeless = problem is PassProblem.CLOCK or not case.clock_ok
    return case.row.state if timeless else case.row.state_at(case.now)
