# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长操作: what a gate leader does beside the lane: release notices, permits, home temperatures, cases, clock, list.

Who may do it stands in kiosk.domain.permissions; the PIN is asked before (trust.md section 4).
"""

from collections.abc import Callable
from dataclasses import replace

from kiosk.app.facts import HOUR_MS
from kiosk.app.turn import Done, Turn
from kiosk.domain.codes import CaseKind, CaseOutcome, IsolationState, Missed, Priority, RefusedInput, Site, Slot, Told
from kiosk.domain.events import (
    Body,
    CaseOpened,
    CaseStep,
    ClockSet,
    HomeTemp,
    IsolationRelease,
    ListExtended,
    PermitGrant,
    Tailgate,
)
from kiosk.domain.identity import CaseId, GateId, PassageId, PermitId, PersonId
from kiosk.domain.instants import day_of
from kiosk.domain.isolation import slot_of, state_at
from kiosk.domain.present import Case
from kiosk.domain.register import WorkItem
from kiosk.domain.temperature import parse_reading, threshold

CASE_CLOSED = "CASE_CLOSED"
"""Kind of the work item that says so: in `detail` case, outcome, by."""


class LeaderActions:
    """门长操作."""

    def __init__(self, new_turn: Callable[[], Turn]) -> None:
        """`new_turn` begins a turn over the gate's facts."""
        self._new_turn = new_turn

    def release(self, person: PersonId, number: str, by: str) -> Done:
        """解除隔离: the release notice's number turns DUE into RELEASED; before DUE only the office may."""
        if not number.strip():
            return Done(RefusedInput.NUMBER_NEEDED)
        turn = self._turn()
        record = turn.facts.isolation(person)
        params = turn.policy().params
        if record is None or state_at(record, turn.now.at_ms, params) is not IsolationState.DUE:
            return Done(RefusedInput.BUTTON_NOT_OFFERED)
        return turn.done(IsolationRelease(record.id, number.strip(), by, person))

    def home_temp(self, person: PersonId, slot: Slot, text: str, by: str, missed: Missed | None = None) -> Done:
        """居家体温: a reported value, or why there is none; at the threshold a FEVER case P1 opens."""
        turn = self._turn()
        isolation = turn.facts.isolation(person)
        if isolation is None:
            return Done(RefusedInput.FACT_NEEDED)
        tenths = None if missed is not None else parse_reading(text)
        if isinstance(tenths, RefusedInput):
            return Done(tenths)
        params = turn.policy().params
        now = turn.now.at_ms
        filled = slot_of(now, params)
        late = True if filled is not None and filled == (slot, True) else None
        bodies: list[Body] = [HomeTemp(isolation.id, day_of(now).isoformat(), slot, by, tenths, missed, late)]
        if tenths is not None and tenths >= threshold(params, Site.AXILLA):
            told = (Told.AMBULANCE, Told.LEADER, Told.COMMITTEE, Told.HEALTH, Told.STREET)
            bodies.append(CaseOpened(CaseId(turn.fresh_id()), CaseKind.FEVER, Priority.P1, told=told))
        return turn.done(*bodies)

    def grant_permit(self, person: PersonId, *, why: str, transport: str, from_ms: int, to_ms: int, by: str) -> Done:
        """就医外出批准: why names who at the committee or health centre agreed."""
        if not why.strip():
            return Done(RefusedInput.WHY_NEEDED)
        turn = self._turn()
        permit = PermitId(turn.fresh_id())
        return turn.done(PermitGrant(permit, person, transport, from_ms, to_ms, why.strip(), by))

    def extend_list(self, why: str, by: str | None) -> Done:
        """名单延期: the old list serves 24 hours more, from now."""
        if by is None:
            return Done(RefusedInput.PIN_NEEDED)
        if not why.strip():
            return Done(RefusedInput.WHY_NEEDED)
        turn = self._turn()
        return turn.done(ListExtended(turn.now.at_ms + 24 * HOUR_MS, why.strip(), by))

    def confirm_clock(self, by: str) -> Done:
        """确认时间: a leader says that the clock is right (R02)."""
        turn = self._turn()
        now = turn.now.at_ms
        return turn.done(ClockSet(now, now, by))

    def tailgate(self, count: int) -> Done:
        """尾随: so many went through unmeasured; a case, no passage, no invented temperature."""
        if count < 1:
            return Done(RefusedInput.FACT_NEEDED)
        turn = self._turn()
        case = CaseId(turn.fresh_id())
        opened = CaseOpened(case, CaseKind.TAILGATE, Priority.P3, told=(Told.LEADER,))
        return turn.done(Tailgate(count), opened)

    def conflict(self, item: WorkItem, gate: GateId) -> Done:
        """冲突: a card was used here and at a sister gate within the clone window, found later by the office (R12).

        The verdicts stand; one BAD_PASS case goes to the leaders of both gates. A passage opens at most one case.
        """
        detail = item.detail or {}
        sides = (("first_gate", "first_passage"), ("second_gate", "second_passage"))
        mine = next((detail.get(p) for g, p in sides if detail.get(g) == gate), None)
        turn = self._turn()
        record = turn.record(PassageId(mine)) if mine is not None else None
        if item.kind != "CLONE" or record is None or record.case is not None:
            return Done()
        case = CaseId(f"{item.id[:-2]}00")  # the same case at both gates
        turn.step(replace(record, case=case))
        return turn.done(CaseOpened(case, CaseKind.BAD_PASS, Priority.P2, record.passage, told=(Told.LEADER,)))

    def closed_elsewhere(self, item: WorkItem) -> Done:
        """别处已结案: the case of two gates was closed at the other one, or by the office; it is closed here too."""
        detail = item.detail or {}
        turn = self._turn()
        known: Case | None = turn.facts.present.get("case", detail.get("case", ""))
        if item.kind != CASE_CLOSED or known is None:
            return Done()
        outcome = next((one for one in CaseOutcome if one.value == detail.get("outcome")), None)
        return turn.done(CaseStep(known.id, closed=True, by=detail.get("by"), outcome=outcome, told_at=turn.now.at_ms))

    def told(self, case: CaseId, who: Told, answer: str, by: str) -> Done:
        """已通知: somebody of a case was told, and what he answered (or 无人接)."""
        turn = self._turn()
        step = CaseStep(case, closed=False, who=who, told_at=turn.now.at_ms, by=by, answer=answer)
        return turn.done(step)

    def noted(self, case: CaseId, word: str, by: str) -> Done:
        """案件备注: a word that was ticked of a case: a symptom, where from, that the wait spot is reached."""
        turn = self._turn()
        return turn.done(CaseStep(case, closed=False, told_at=turn.now.at_ms, by=by, answer=word))

    def close_case(self, case: CaseId, outcome: CaseOutcome | None, by: str | None) -> Done:
        """结案: needs an outcome; P1 only by the leader."""
        if by is None:
            return Done(RefusedInput.PIN_NEEDED)
        if outcome is None:
            return Done(RefusedInput.WHY_NEEDED)
        turn = self._turn()
        return turn.done(CaseStep(case, closed=True, by=by, outcome=outcome, told_at=turn.now.at_ms))

    def _turn(self) -> Turn:
        return self._new_turn()
