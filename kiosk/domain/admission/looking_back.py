# SPDX-License-Identifier: LicenseRef-Gatehouse
"""回看: a passage that was recorded, decided again: under its own policy, and under another (interface.md 12).

What a record and the register tell is made a `Situation` again; the readings go through the procedure anew, because a
threshold decides how they end. A passage counts only if its own policy gives the verdict that was recorded: what
rested on facts that are kept nowhere (an override, a party, a clock) is left out and counted, never guessed.
"""

import datetime as dt
from dataclasses import dataclass, replace

from kiosk.domain.admission.decide import Decision, decide
from kiosk.domain.admission.situation import FirstReturn, ReturnClass, Situation
from kiosk.domain.codes import (
    Category,
    CodeColour,
    Direction,
    How,
    IsolationState,
    PassState,
    Reason,
    ScanResult,
    TempOutcome,
    Validity,
)
from kiosk.domain.events import Registration
from kiosk.domain.instants import Hours, day_of
from kiosk.domain.isolation import CONFINED, state_at
from kiosk.domain.passage import PassageRecord
from kiosk.domain.policy import Parameters, Policy
from kiosk.domain.register import Isolation
from kiosk.domain.temperature import SETTLED, Temperature, measure, refuse

_I = IsolationState
_ALL_DAY = Hours(((0, 1440),))
_IMPLIED = {"R13": _I.HOME, "R14": _I.HOME, "R15": _I.HOME, "R16": _I.DUE, "R17": _I.HOME, "R19b": _I.RELEASED}
"""What the rule that was recorded says of the isolation, where the register no longer does."""
_RETURN = {
    "R20": FirstReturn(ReturnClass.KEY), "R21": FirstReturn(ReturnClass.KEY, signs=False),
    "R22": FirstReturn(ReturnClass.OTHER),
}  # fmt: skip
_HOLDERS = frozenset({ScanResult.OK, ScanResult.UNKNOWN_NEW, ScanResult.WRONG_GATE})


@dataclass(frozen=True, slots=True)
class Around:
    """当时的登记: what the register says of a passage's gate and person, and the form of a return."""

    hours: Hours = _ALL_DAY
    active: bool = True
    open_gate: bool = False
    mask_exempt: bool = False
    isolation: Isolation | None = None
    mates: tuple[Isolation, ...] = ()
    form: Registration | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """重判结果: what was decided, and what would have been."""

    before: Decision
    after: Decision

    @property
    def differs(self) -> bool:
        """Whether the passage would have ended otherwise."""
        return (self.before.verdict, self.before.reason) != (self.after.verdict, self.after.reason)


def again(record: PassageRecord, around: Around, own: Policy, other: Policy) -> Again | None:
    """重判: the record under its own policy and another; None where what is kept does not give what was recorded."""
    if record.overridden is not None or record.voided or record.late:
        return None
    situation = looked_back(record, around, own)
    if situation is None or situation.outcome is not record.outcome:
        return None
    before = decide(situation, own)
    if (before.verdict, before.reason) != (record.verdict, record.reason):
        return None
    under = looked_back(record, around, other, own)
    return None if under is None else Again(before, decide(under, other))


def looked_back(record: PassageRecord, around: Around, policy: Policy, own: Policy | None = None) -> Situation | None:
    """当时的情况 as a policy sees it; `own`: the policy that it was decided with, where `policy` is another."""
    params, at_ms = policy.params, record.decided.at_ms
    closed = params.night_closure is not None and params.night_closure.hold(at_ms)
    resident = record.category is not None and record.category.resident
    state = _isolation(record, around, params)
    return Situation(
        direction=record.dir,
        category=record.category,
        scan=record.scan_result,
        pass_state=record.pass_state,
        expired_ms=max(0, at_ms - record.exp_ms) if record.exp_ms is not None else 0,
        identified=record.how in (How.LOOKUP, How.RETURN) and record.person is not None,
        claims_resident=record.claims,
        outsider_pass=not resident and record.scan_result in _HOLDERS and record.pass_state is PassState.ACTIVE,
        practice=record.practice,
        mask=record.mask,
        mask_exempt=around.mask_exempt,
        mask_refused=record.mask_refused,
        outcome=outcome_under(record, params),
        cloned=record.rule == "R12",
        isolation=state,
        release_number=record.rule == "R19b" or bool(around.isolation and around.isolation.release_notice),
        permit_valid=record.rule == "R14",
        permit_out=record.rule == "R15",
        cohab_confined=record.rule == "R13b" or _mates_confined(record, around, params),
        code=record.code,
        first_return=_first_return(record, around, policy, own),
        key_history=record.category is Category.RET_KEY,
        consent=record.consent,
        paper_seen=record.paper,
        quota_used=record.rule == "R24q",
        in_hours=around.active and around.hours.hold(at_ms) and not closed,
        manned=record.reason is not Reason.GATE_CLOSED or record.scan_result is ScanResult.WRONG_GATE,
        open_gate=around.open_gate,
        clock_bad=record.rule == "R02",
        list_stale=record.reason is Reason.LIST_STALE,
    )


def outcome_under(record: PassageRecord, params: Parameters) -> TempOutcome:
    """测温结论: of the same readings at the same times, under these thresholds and rests."""
    if not record.readings:
        return record.outcome
    state = Temperature(unlocked=record.unlocked)
    first = next((r.at for r in record.readings if r.validity is Validity.VALID), None)
    if record.rest_since is not None and record.rest_since != first:
        state = replace(state, outcome=TempOutcome.FEVER_SUSPECT, since=record.rest_since)  # carried over by the scan
    for reading in record.readings:
        after = measure(state, reading.tenths, reading.site, reading.at, params, reading.source)
        state = after if isinstance(after, Temperature) else state
    if record.outcome is TempOutcome.REFUSED and state.outcome not in SETTLED:
        refused = refuse(state)
        state = refused if isinstance(refused, Temperature) else state
    if record.outcome is TempOutcome.ABANDONED and state.outcome is TempOutcome.FEVER_SUSPECT:
        return TempOutcome.ABANDONED
    return state.outcome


def _isolation(record: PassageRecord, around: Around, params: Parameters) -> IsolationState:
    row = around.isolation
    if row is not None and _stood(row, record):
        return state_at(_then(row, record), record.decided.at_ms, params)
    return _IMPLIED.get(record.rule, IsolationState.NONE)


def _stood(row: Isolation, record: PassageRecord) -> bool:
    """What a passage itself opens does not feed back (domain.md 7)."""
    return row.opened_at_ms is None or row.opened_at_ms < record.started.at_ms


def _then(row: Isolation, record: PassageRecord) -> Isolation:
    """Released since: then it was still running."""
    released = row.state is IsolationState.RELEASED and (row.released_at_ms or 0) > record.decided.at_ms
    return replace(row, state=IsolationState.HOME) if released else row


def _mates_confined(record: PassageRecord, around: Around, params: Parameters) -> bool:
    if record.dir is Direction.IN:
        return False
    at_ms = record.decided.at_ms
    return any(_stood(row, record) and state_at(_then(row, record), at_ms, params) in CONFINED for row in around.mates)


def _first_return(record: PassageRecord, around: Around, policy: Policy, own: Policy | None) -> FirstReturn | None:
    """The form's class, or what another list of regions makes of where the person came from."""
    told = _RETURN.get(record.rule)
    form = around.form
    if told is None or form is None or form.cls not in set(ReturnClass):
        return told
    answers = FirstReturn(
        ReturnClass(form.cls), form.home_fit is not False, form.signs is not False, bool(form.contact)
    )
    if own is None:
        return answers
    arrived = _day(form.arrived, record)
    was, would = (_key(form, one, arrived) for one in (own, policy))
    if would:
        return replace(answers, cls=ReturnClass.KEY)
    # Key for another reason than the list (the platform, the colour, the trade): it stays key.
    return replace(answers, cls=ReturnClass.OTHER) if was and record.code is not CodeColour.YELLOW else answers


def _key(form: Registration, policy: Policy, arrived: dt.date) -> bool:
    return any(policy.key_region(one, arrived) for one in (form.region, *(form.transit or ())) if one)


def _day(text: str | None, record: PassageRecord) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return day_of(record.decided.at_ms)
