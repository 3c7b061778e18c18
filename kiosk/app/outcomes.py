# SPDX-License-Identifier: LicenseRef-Gatehouse
"""结果: how a passage ends or goes on when a button is pressed, and what else that writes (domain.md 7.3, 11).

Each function writes into the turn and gives the passage as it becomes; the desk commits the turn.
"""

from dataclasses import replace

from kiosk.app.turn import Turn
from kiosk.domain.admission import FOUR_ITEMS, ReturnClass
from kiosk.domain.codes import (
    Button,
    CaseKind,
    IsolationState,
    Note,
    Priority,
    Reason,
    RefusedInput,
    TempOutcome,
    Told,
    Verdict,
)
from kiosk.domain.events import (
    IsolationChanged,
    PermitUse,
    Refusal,
    Registration,
)
from kiosk.domain.identity import IsolationId
from kiosk.domain.instants import day_of
from kiosk.domain.isolation import permit_out
from kiosk.domain.passage import PassageRecord
from kiosk.domain.present import Returned
from kiosk.domain.register import Isolation
from kiosk.domain.temperature import refuse


def open_isolation(turn: Turn, record: PassageRecord, state: IsolationState) -> None:
    """The fourth tick: isolation with its D0, pass suspended, person added to the increment; one transaction."""
    returned: Returned | None = turn.facts.present.get("returned", record.person or "")
    arrived = returned.arrived if returned is not None and returned.arrived else day_of(turn.now.at_ms).isoformat()
    person = record.person
    if person is None:
        return
    if returned is None or state is IsolationState.HOME:
        turn.add(
            Registration(
                person=person,
                kind="RETURN",
                arrived=arrived,
                cls=ReturnClass.KEY.value,
                home_fit=state is IsolationState.HOME,
                notice=state is IsolationState.HOME,
                record=state is IsolationState.HOME,
                commitment=state is IsolationState.HOME,
                signs=state is IsolationState.HOME,
                passage=record.passage,
            )
        )
    turn.add(IsolationChanged(IsolationId(turn.fresh_id()), person, state.value, arrived, record.passage))


def gone_through(turn: Turn, record: PassageRecord, button: Button) -> PassageRecord:
    """`admit`, `escorted`: went in; a permit is closed, a breach ends at home."""
    notes = record.notes
    if record.rule == "R15":
        late = _close_permit(turn, record)
        notes = tuple(dict.fromkeys((*notes, Note.LATE_RETURN))) if late else notes
    isolation = turn.facts.isolation(record.person, record.passage)
    if record.rule == "R17" and isolation is not None and isolation.state is IsolationState.BREACH:
        turn.add(_back_home(isolation, record))
    return turn.step(replace(record, button=button, recorded=True, final=True, notes=notes))


def _close_permit(turn: Turn, record: PassageRecord) -> bool:
    late = False
    for permit in turn.facts.permits(record.person):
        if permit_out(permit):
            turn.add(PermitUse(permit.id, in_at=turn.now.at_ms))
            late = late or turn.now.at_ms > permit.to_ms
    return late


def transferred(turn: Turn, record: PassageRecord) -> PassageRecord:
    """`transfer`: taken elsewhere; who must be isolated centrally is from here on."""
    if record.reason is Reason.CENTRAL_NEEDED:
        open_isolation(turn, record, IsolationState.CENTRAL)
    return turn.step(replace(record, button=Button.TRANSFER, final=True))


def left(turn: Turn, record: PassageRecord) -> PassageRecord:
    """`leave`: went away, or out all the same; what that means depends on what stood."""
    if record.outcome is TempOutcome.FEVER_SUSPECT and record.verdict is Verdict.WAIT:
        return abandoned(turn, record, Button.LEAVE)
    if record.verdict is Verdict.REFUSE_EXIT:
        return _broke_out(turn, record)
    new = replace(record, button=Button.LEAVE, final=True)
    isolated = record.rule == "R20" and record.ticks.issuperset(FOUR_ITEMS)
    if isolated or record.rule == "R15":
        case = turn.case_of(record)
        told = tuple(dict.fromkeys((*record.told, Told.COMMITTEE)))
        done = turn.step(replace(new, case=case, told=told))
        turn.open_case(case, (CaseKind.ISOLATION_OUT, Priority.P2), done, (Told.COMMITTEE,))
        return done
    return turn.step(new)


def abandoned(turn: Turn, record: PassageRecord, button: Button | None = None) -> PassageRecord:
    """未复测离开: the suspicion stays with the person; the others of the car are decided by themselves."""
    case = turn.case_of(record)
    new = replace(
        record, outcome=TempOutcome.ABANDONED, final=True, recorded=False, case=case, button=button or record.button
    )
    done = turn.step(new)
    turn.open_case(case, (CaseKind.FEVER, Priority.P2), done, record.told or (Told.LEADER,))
    for other in turn.party_of(done):
        if not other.final and other.overridden is None:
            turn.decided(other)
    return turn.records[record.passage]


def _broke_out(turn: Turn, record: PassageRecord) -> PassageRecord:
    """Went on all the same: recorded as left, isolation BREACH, police told."""
    isolation = turn.facts.isolation(record.person, record.passage)
    told = tuple(dict.fromkeys((*record.told, Told.POLICE)))
    notes = tuple(dict.fromkeys((*record.notes, Note.BREACH)))
    case = turn.case_of(record)
    new = replace(record, button=Button.LEAVE, recorded=True, final=True, told=told, notes=notes, case=case)
    done = turn.step(new)
    if record.rule == "R13" and isolation is not None:
        turn.add(IsolationChanged(isolation.id, isolation.person, IsolationState.BREACH.value))
    turn.open_case(case, (CaseKind.ISOLATION_OUT, Priority.P2), done, told)
    return done


def will_not(turn: Turn, record: PassageRecord) -> PassageRecord:
    """`refuse` on a WAIT: will not wear a mask, or will not be measured."""
    if record.reason is Reason.NO_MASK:
        return turn.decided(replace(record, mask_refused=True))
    turn.add(Refusal(record.passage))
    state = refuse(record.temperature)
    outcome = record.outcome if isinstance(state, RefusedInput) else state.outcome
    return turn.decided(replace(turn.records[record.passage], outcome=outcome))


def _back_home(isolation: Isolation, record: PassageRecord) -> IsolationChanged:
    return IsolationChanged(isolation.id, isolation.person, IsolationState.HOME.value, passage=record.passage)
