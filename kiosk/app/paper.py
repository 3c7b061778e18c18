# SPDX-License-Identifier: LicenseRef-Gatehouse
"""补录: a line of the paper sheet keyed in afterwards (domain.md section 18).

What the volunteer did stands; the policy that was in force then judges it, and a difference is marked. A breach that is
found this way opens its case.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.app.turn import Done, Turn
from kiosk.domain.admission import Decision, decide
from kiosk.domain.codes import (
    Category,
    Direction,
    How,
    Reason,
    RefusedInput,
    ScanResult,
    Site,
    TempOutcome,
    Verdict,
)
from kiosk.domain.events import LateEntry
from kiosk.domain.identity import CaseId, PassageId, PersonId
from kiosk.domain.instants import Instant
from kiosk.domain.passage import PassageRecord, step_of
from kiosk.domain.temperature import Temperature, measure, parse_reading


@dataclass(frozen=True, slots=True)
class PaperLine:
    """登记表一行: `sheet` and `line` name it, `paper_at_ms` is the time written there, `writer` the initials."""

    sheet: str
    line: int
    paper_at_ms: int
    writer: str
    direction: Direction
    admitted: bool
    person: PersonId | None = None
    category: Category | None = None
    celsius: str | None = None


class PaperSheet:
    """补录台."""

    def __init__(self, new_turn: Callable[[], Turn], first_use_ms: Callable[[], int | None]) -> None:
        """`first_use_ms`: when this gate was first used; nothing before it can be keyed in."""
        self._new_turn = new_turn
        self._first_use_ms = first_use_ms

    def key_in(self, line: PaperLine) -> Done:
        """One line; refused in words where its time cannot be."""
        turn = self._new_turn()
        first = self._first_use_ms()
        if line.paper_at_ms > turn.now.at_ms or (first is not None and line.paper_at_ms < first):
            return Done(RefusedInput.FACT_NEEDED)
        tenths = parse_reading(line.celsius) if line.celsius else None
        if isinstance(tenths, RefusedInput):
            return Done(tenths)
        record = self._record(turn, line)
        record, decision = self._judged(turn, record, tenths)
        case = CaseId(turn.fresh_id()) if decision.case is not None else None
        kept = replace(record, case=case)
        differs = decision.verdict.admits is not line.admitted
        turn.add(
            LateEntry(
                line.sheet, line.line, line.paper_at_ms, line.writer, step_of(None, kept), tenths, differs or None
            )
        )
        if decision.case is not None and case is not None:
            turn.open_case(case, decision.case, kept, decision.told)
        return turn.done()

    @staticmethod
    def _record(turn: Turn, line: PaperLine) -> PassageRecord:
        moment = Instant(line.paper_at_ms, turn.now.mono_ms, turn.now.boot)
        person = turn.facts.roster.person(line.person)
        return PassageRecord(
            passage=PassageId(turn.fresh_id()),
            gate=turn.facts.identity.gate,
            dir=line.direction,
            how=How.LOOKUP if line.person is not None else How.ARRIVE,
            started=moment,
            decided=moment,
            verdict=Verdict.ADMIT if line.admitted else Verdict.REFUSE,
            reason=Reason.PASS_OK if line.person is not None else Reason.OUTSIDER,
            rule="R99",
            scan_result=ScanResult.NONE,
            outcome=TempOutcome.NOT_TAKEN,
            policy="",
            person=line.person,
            category=line.category or (person.category if person is not None else None),
            recorded=line.admitted,
            final=True,
            late=True,
        )

    @staticmethod
    def _judged(turn: Turn, record: PassageRecord, tenths: int | None) -> tuple[PassageRecord, Decision]:
        """What the rules of that hour say; it only marks and opens cases, the volunteer's deed stands."""
        policy = turn.facts.policy_at(record.decided.at_ms)
        if tenths is not None:
            state = measure(Temperature(), tenths, Site.FOREHEAD, record.decided, policy.params)
            if isinstance(state, Temperature):
                record = replace(record, outcome=state.outcome)
        situation = turn.facts.situation(record, record.decided, policy, clock_bad=False)
        decision = decide(replace(situation, list_stale=False), policy)
        return replace(record, rule=decision.rule, policy=policy.version), decision
