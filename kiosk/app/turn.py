# SPDX-License-Identifier: LicenseRef-Gatehouse
"""一步: what one input at the desk changes, worked out before anything is committed.

A turn collects event bodies and folds them over the present as it goes, so that later decisions of the same step see
them; committing hands the same bodies to the recorder. If the commit fails, the turn is thrown away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kiosk.app.facts import Facts
from kiosk.app.ports import CommitFailed, CommitFault
from kiosk.app.recorder import Note, Recorder
from kiosk.domain.admission import (
    CHECK_FAILED,
    FINAL_AT_ONCE,
    RECORDED_AT_ONCE,
    Decision,
    decide,
)
from kiosk.domain.codes import CaseKind, Direction, Priority, Reason, RefusedInput, TempOutcome, Told, Verdict
from kiosk.domain.codes import Note as Remark
from kiosk.domain.events import Body, CaseOpened, Event, PermitUse
from kiosk.domain.folding import Folding
from kiosk.domain.identity import CaseId, EventId, PassageId, ShiftId
from kiosk.domain.isolation import permit_valid
from kiosk.domain.passage import PassageRecord, fold, step_of
from kiosk.domain.policy import Policy
from kiosk.domain.present import Case
from kiosk.domain.temperature import GOOD


@dataclass(frozen=True, slots=True)
class Done:
    """结果: refused with a code, not recorded, or done."""

    refused: RefusedInput | None = None
    fault: CommitFault | None = None


class Turn:
    """一步."""

    def __init__(self, facts: Facts, recorder: Recorder) -> None:
        """Begin over the present as committed."""
        self._recorder = recorder
        self._folding = Folding(recorder.present)
        self.facts = facts.over(self._folding)
        self.now = recorder.time.now()
        self.clock_bad = recorder.time.bad
        self.notes: list[Note] = []
        self.records: dict[PassageId, PassageRecord] = {}

    # -- reading -------------------------------------------------------------------------------------------------

    def record(self, passage: PassageId) -> PassageRecord | None:
        """A passage as it becomes."""
        return self.records.get(passage) or self._recorder.present.passage(passage)

    def policy(self, record: PassageRecord | None = None) -> Policy:
        """The policy of a passage at this moment."""
        return self.facts.policy_for(record, self.now)

    def party_of(self, record: PassageRecord) -> tuple[PassageRecord, ...]:
        """The others of the same vehicle or party, as they become."""
        if record.party is None:
            return ()
        known: dict[PassageId, PassageRecord] = {
            other.passage: other for other in self._recorder.present.open_passages() if other.party == record.party
        }
        known |= {key: other for key, other in self.records.items() if other.party == record.party}
        known.pop(record.passage, None)
        return tuple(known.values())

    # -- writing -------------------------------------------------------------------------------------------------

    def add(self, body: Body, personal: Mapping[str, object] | None = None) -> None:
        """One more body; it counts at once for what follows in this turn."""
        self.notes.append(Note(body, personal))
        now = self.now
        event = Event(
            EventId(""), 0, now.at_ms, now.mono_ms, now.boot, self._recorder.time.state(), self.facts.identity.gate,
            body, self._shift_id(),
        )  # fmt: skip
        passage = getattr(body, "passage", None)
        old = self.record(passage) if passage is not None else None
        self._folding.fold(event)
        if passage is not None:
            new = fold(old, event)
            if new is not None:
                self.records[passage] = new

    def _shift_id(self) -> ShiftId | None:
        shift = self._folding.shift()
        return shift.id if shift is not None else None

    def step(self, new: PassageRecord, personal: Mapping[str, object] | None = None) -> PassageRecord:
        """Write the step that leads from the passage as it is to `new`; nothing where nothing differs."""
        old = self.record(new.passage)
        body = step_of(old, new)
        if old is not None and not _says_anything(body):
            return old
        self.add(body, personal)
        return self.records[new.passage]

    def decided(self, work: PassageRecord, personal: Mapping[str, object] | None = None) -> PassageRecord:
        """Decide a passage by its facts and write the verdict; the others of its party are decided again with it."""
        done = self._decide_one(work, personal)
        for other in self.party_of(done):
            if not other.final and other.overridden is None:
                self._decide_one(other)
        return self.records.get(done.passage, done)

    def _decide_one(self, work: PassageRecord, personal: Mapping[str, object] | None = None) -> PassageRecord:
        policy = self.policy(work)
        decision = self._decision(work, policy)
        recorded = decision.verdict in RECORDED_AT_ONCE
        final = decision.verdict in FINAL_AT_ONCE
        companion = decision.rule == "R07" and decision.verdict is Verdict.LEADER
        notes = tuple(dict.fromkeys((*work.notes, *decision.notes, *((Remark.COMPANION,) if companion else ()))))
        case = work.case or (self._party_case(work) if companion else None)
        if decision.case is not None and case is None:
            case = CaseId(self._recorder.new_id())
        age = self.facts.list_age_ms(self.now.at_ms)
        fresh = self.record(work.passage) is None
        new = replace(
            work,
            verdict=decision.verdict,
            reason=decision.reason,
            rule=decision.rule,
            told=decision.told,
            notes=notes,
            recorded=recorded,
            final=final,
            case=case,
            policy=policy.version,
            list_age_s=(None if age is None else age // 1000) if fresh else work.list_age_s,
            token=work.token or (self._token() if _waits(decision) else None),
        )
        done = self.step(new, personal)
        if decision.case is not None and case is not None:
            self.open_case(case, decision.case, done, decision.told)
        if decision.rule == "R14" and done.recorded:
            self._use_permit(done)
        return done

    def _decision(self, work: PassageRecord, policy: Policy) -> Decision:
        try:
            situation = self.facts.situation(
                work, self.now, policy, clock_bad=self.clock_bad, others=self.party_of(work)
            )
            decision = decide(situation, policy)
        except Exception:  # noqa: BLE001 - whatever goes wrong here ends at the leader, never in ADMIT (trust.md 11)
            return CHECK_FAILED
        # I1, once more where it would hurt: nothing is recorded as an entry without a reading that ended well.
        unmeasured = work.dir is Direction.IN and work.outcome not in GOOD and decision.rule != "R01"
        return CHECK_FAILED if unmeasured and decision.verdict in RECORDED_AT_ONCE else decision

    def open_case(
        self, case: CaseId, kind: tuple[CaseKind, Priority], record: PassageRecord, told: tuple[Told, ...]
    ) -> None:
        """One passage opens at most one case; a further finding raises its priority and tells who is not yet told."""
        known: Case | None = self._folding.get("case", case)
        if known is not None and known.priority <= kind[1] and set(told) <= {step.who for step in known.steps}:
            return
        self.add(CaseOpened(case, kind[0], kind[1], record.passage, record.notes or None, told))

    def case_of(self, record: PassageRecord) -> CaseId:
        """The passage's case, or a fresh id."""
        return record.case or CaseId(self._recorder.new_id())

    def _party_case(self, record: PassageRecord) -> CaseId | None:
        feverish = (o.case for o in self.party_of(record) if o.outcome is TempOutcome.FEVER_CONFIRMED)
        return next((case for case in feverish if case is not None), None)

    def _use_permit(self, record: PassageRecord) -> None:
        for permit in self.facts.permits(record.person):
            if permit_valid(permit, self.now.at_ms):
                self.add(PermitUse(permit.id, out_at=self.now.at_ms))
                return

    def _token(self) -> int:
        """The smallest waiting number that nobody holds."""
        held = {record.token for record in self._recorder.present.open_passages()}
        held |= {record.token for record in self.records.values()}
        return next(n for n in range(1, len(held) + 2) if n not in held)

    def fresh_id(self) -> str:
        """A new id."""
        return self._recorder.new_id()

    def commit(self) -> None:
        """Make it durable; raises `CommitFailed`."""
        self._recorder.commit(self.notes)

    def done(self, *bodies: Body) -> Done:
        """Add bodies and make the turn durable; a failed commit is an answer."""
        for body in bodies:
            self.add(body)
        try:
            self.commit()
        except CommitFailed as failed:
            return Done(fault=failed.fault)
        return Done()


def _says_anything(body: object) -> bool:
    names = (name for name in body.__dataclass_fields__ if name not in ("passage", "n", "dir"))  # type: ignore[attr-defined]
    return any(getattr(body, name) is not None for name in names)


def _waits(decision: Decision) -> bool:
    """Who goes to the tray gets a waiting number."""
    resting = decision.verdict is Verdict.WAIT and decision.reason is not Reason.NEED_TEMP
    return resting or decision.verdict in (Verdict.LEADER, Verdict.HOLD)
