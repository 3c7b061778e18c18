# SPDX-License-Identifier: LicenseRef-Gatehouse
"""判定: a pure function from a situation and a policy to a decision; the first row that matches wins."""

from dataclasses import dataclass, replace

from kiosk.domain.admission.rules import RULES, Row
from kiosk.domain.admission.situation import Situation
from kiosk.domain.codes import (
    Button,
    CaseKind,
    Category,
    Direction,
    Note,
    Priority,
    Reason,
    ScanResult,
    Tick,
    Told,
    Verdict,
)
from kiosk.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Decision:
    """判定结果: verdict, reason and rule; who is told in order; what must be ticked; the case it opens."""

    verdict: Verdict
    reason: Reason
    rule: str
    told: tuple[Told, ...] = ()
    ticks: tuple[Tick, ...] = ()
    case: tuple[CaseKind, Priority] | None = None
    notes: tuple[Note, ...] = ()


CHECK_FAILED = Decision(Verdict.LEADER, Reason.CHECK_FAILED, "R99", (Told.LEADER,))
"""未能核验: where anything between the code and the record goes wrong; never ADMIT (trust.md section 11)."""


def decide(situation: Situation, policy: Policy) -> Decision:
    """The verdict by the rule table, then the two things that stand over it: the list's age, and who is told."""
    row = _first_match(situation, policy)
    match row.id:
        case "R03" if situation.repeat is not None:
            return Decision(situation.repeat, row.reason, row.id)
        case "R31":
            return _as_visitor(situation, policy, row)
        case _:
            return _over(_plain(row), situation)


_ROWS = {way: tuple(row for row in RULES if way in row.directions) for way in Direction}


def _first_match(situation: Situation, policy: Policy) -> Row:
    off = policy.rules_off
    params = policy.params
    for row in _ROWS[situation.direction]:
        if row.when(situation, params) and row.id not in off:
            return row
    raise AssertionError  # R99 matches everything


def _plain(row: Row) -> Decision:
    return Decision(row.verdict, row.reason, row.id, row.told, row.ticks, row.case)


def _as_visitor(situation: Situation, policy: Policy, row: Row) -> Decision:
    """R31: a pass of another compound is handled as a visitor; where that refuses, the compound is named."""
    visitor = replace(situation, scan=ScanResult.NONE, category=Category.VISITOR, pass_state=None, outsider_pass=False)
    path = decide(visitor, policy)
    return _plain(row) if path.verdict is Verdict.REFUSE else replace(path, rule=row.id)


def _over(decision: Decision, situation: Situation) -> Decision:
    stale = situation.list_stale and decision.rule != "R01"
    unlisted = situation.scan is ScanResult.UNKNOWN and decision.rule in ("R30", "R99")
    if stale and (decision.verdict.admits or unlisted):
        return Decision(Verdict.LEADER, Reason.LIST_STALE, decision.rule, (Told.LEADER,))
    told = decision.told
    if decision.rule == "R07" and decision.verdict is Verdict.HOLD and situation.grave:
        told = (Told.AMBULANCE, *(who for who in told if who is not Told.AMBULANCE))
        decision = replace(decision, case=(CaseKind.FEVER, Priority.P1))
    if decision.case is not None and situation.category is Category.SHOP_STAFF and Told.LEADER in told:
        at = told.index(Told.LEADER) + 1
        told = (*told[:at], Told.ROAD, *told[at:])
    notes = (Note.EMPLOYER,) if told and situation.category is Category.KEY_INDUSTRY else ()
    return replace(decision, told=told, notes=notes)


def buttons(verdict: Verdict, reason: Reason, wanted: tuple[Tick, ...], ticked: frozenset[Tick]) -> tuple[Button, ...]:
    """按键: what the state offers (domain.md section 7.3); a button that is not offered is refused."""
    ready = ticked.issuperset(wanted)
    match verdict:
        case Verdict.ADMIT_REGISTER:
            return (Button.ADMIT, Button.LEAVE) if ready else (Button.LEAVE,)
        case Verdict.ADMIT_ESCORT:
            return (Button.ESCORTED, Button.ADMIT, Button.LEAVE) if ready else (Button.LEAVE,)
        case Verdict.WAIT:
            return (Button.LEAVE, Button.REFUSE)
        case Verdict.HOLD:
            return (*_HOLD_BUTTONS.get(reason, ()), Button.LEAVE)
        case Verdict.LEADER | Verdict.REFUSE_EXIT:
            return (Button.LEAVE,)
        case Verdict.ADMIT | Verdict.EMERGENCY | Verdict.REFUSE | Verdict.REDIRECT:
            return ()


_HOLD_BUTTONS: dict[Reason, tuple[Button, ...]] = {
    Reason.FEVER: (Button.TRANSFER,),
    Reason.CENTRAL_NEEDED: (Button.TRANSFER,),
    Reason.ISOLATION_BREACH: (Button.ESCORTED,),
    Reason.CODE_RED: (Button.ESCORTED,),
}

FINAL_AT_ONCE = frozenset({Verdict.ADMIT, Verdict.EMERGENCY, Verdict.REFUSE, Verdict.REDIRECT})
"""立即终结: verdicts after which nothing is pressed."""

RECORDED_AT_ONCE = frozenset({Verdict.ADMIT, Verdict.EMERGENCY})
"""立即记录: verdicts that are recorded as gone through when they are shown."""


def ticks_of(rule: str, verdict: Verdict) -> tuple[Tick, ...]:
    """勾选项: what a rule's verdict wants ticked before anybody goes through."""
    return next((row.ticks for row in RULES if row.id == rule and row.verdict is verdict), ())
