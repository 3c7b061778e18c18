# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the leader's screens ask of the gate: lists of what stands open, and what he may do (trust.md section 3).

Lists come from memory and are made on the GUI thread; whatever reads the log is asked of `review` in another thread.
Every act carries the leader's id; `by` is whom the PIN named.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kiosk.app.gate import GateApp
from kiosk.app.issuing import Evidence, Issued
from kiosk.app.lookup import label
from kiosk.app.review import DayPicture, Period, ReviewLog, day_period
from kiosk.app.roster import masked, name_line
from kiosk.app.turn import Done
from kiosk.app.views import Shown
from kiosk.domain.codes import (
    CaseOutcome,
    Category,
    IsolationState,
    Missed,
    PassKind,
    Slot,
    Told,
    Verdict,
)
from kiosk.domain.events import Event, HomeTemp, LeaderNote
from kiosk.domain.identity import CaseId, CompoundId, EventId, OperatorId, PassageId, PersonId
from kiosk.domain.instants import DAY_MS, day_of
from kiosk.domain.isolation import CONFINED, day_number, due_from, missing, slot_key, slots_due, state_at
from kiosk.domain.passage import PassageRecord
from kiosk.domain.policy import Parameters
from kiosk.domain.present import Case
from kiosk.domain.register import Isolation, Operator, Permit, Person, Sighting, WorkItem
from kiosk.domain.temperature import wait_left_s

if TYPE_CHECKING:
    from collections.abc import Iterator

LEADER = "L"
_KEPT, _FRESH_MS = 6, 2_000
OVERDUE_MS = {"P1": 600_000}
OVERDUE_ELSE_MS = 3_600_000
"""逾期步骤: ten minutes for P1, an hour else (domain.md section 15)."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """隔离名单的一行: day N, which slots are missing, which is due now, whether the days are over."""

    person: PersonId
    name: str
    state: IsolationState
    day: int
    last_day: dt.date
    missing: tuple[str, ...] = ()
    due_now: Slot | None = None
    taken_today: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """期满待解除."""
        return self.state is IsolationState.DUE


@dataclass(frozen=True, slots=True)
class Resting:
    """等候的人: on the wait spot or otherwise unsettled; `left_s` None: no count-down."""

    passage: PassageId
    token: int
    verdict: Verdict
    reason: str
    left_s: int | None
    since_ms: int


class LeaderDoor:
    """A gate, as its leader sees it."""

    def __init__(
        self,
        app: GateApp,
        review: ReviewLog,
        personal: Callable[[EventId], Mapping[str, object] | None] = lambda _event: None,
    ) -> None:
        """`personal` opens the sealed part of an event, in any thread."""
        self.app = app
        self.review = review
        self._personal = personal
        self._pictures: dict[dt.date, DayPicture] = {}
        self._counted_ms: dict[dt.date, int] = {}
        self._counting = threading.Lock()

    # -- who and when --------------------------------------------------------------------------------------------

    @property
    def now_ms(self) -> int:
        """The gate's time."""
        return self.app.now().at_ms

    @property
    def today(self) -> dt.date:
        """The Shanghai day."""
        return day_of(self.now_ms)

    @property
    def params(self) -> Parameters:
        """The policy in force."""
        return self.app.facts.policy_at(self.now_ms).params

    def operator_name(self, operator: str | None) -> str:
        """Surname of somebody with an account here; a stranger's id in short."""
        found = next((one for one in self.app.facts.roster.operators() if one.id == operator), None)
        return masked(found.name) if found is not None else (operator or "")[:8]

    def leaders(self) -> tuple[Operator, ...]:
        """门长 and 副门长 of this gate, the leader first."""
        gate = self.app.identity.gate
        found = [o for o in self.app.facts.roster.operators() if o.role == LEADER and (not o.gates or gate in o.gates)]
        return tuple(sorted(found, key=lambda one: one.deputy))

    def person_name(self, person: str | None) -> str:
        """Masked surname and building; "" for nobody."""
        roster = self.app.facts.roster
        known = roster.person(PersonId(person)) if person else None
        return name_line(known, roster.dwelling(known.dwelling) if known is not None else None)

    def label(self, person: Person) -> str:
        """A row of a look-up: "张*(女, 60后)"."""
        return label(person).label

    def revealed(self, person: PersonId) -> str:
        """Whole name and room: asked for only after `reveal` is committed."""
        roster = self.app.facts.roster
        known = roster.person(person)
        home = roster.dwelling(known.dwelling) if known is not None else None
        room = "-".join(part for part in (home.building, home.unit, home.room) if part) if home is not None else ""
        return f"{known.name if known is not None else ''} {room}".strip()

    def record_name(self, record: PassageRecord) -> str:
        """Whose passage it is, masked."""
        return self.person_name(record.person)

    # -- periods -------------------------------------------------------------------------------------------------

    def shift_period(self) -> Period | None:
        """The open shift."""
        shift = self.app.present.shift()
        return None if shift is None else Period(shift=shift.id)

    def day(self, day: dt.date) -> DayPicture:
        """A day's picture with the thresholds in force; any thread. The last ones are kept to be shown at once."""
        params = self.params
        with self._counting:  # who asks while it is counted gets the same count
            now, kept = self.app.now().mono_ms, self._pictures.get(day)
            if kept is not None and now - self._counted_ms.get(day, 0) < _FRESH_MS:
                return kept
            found = replace(self.review.day(day), fever_tenths=params.fever_tenths, low_tenths=params.low_tenths)
            self._pictures = {**dict(list(self._pictures.items())[-_KEPT:]), day: found}
            self._counted_ms[day] = now
        return found

    def seen(self, day: dt.date) -> DayPicture | None:
        """The day's picture as it was counted last; numbers alone, nobody stands in it."""
        return self._pictures.get(day)

    def tally(self, day: dt.date) -> Mapping[str, int]:
        """The day's columns as the gate keeps them."""
        return self.app.present.tally(f"day/{day}")

    def period_of(self, name: str) -> Period:
        """TODAY, YESTERDAY, SHIFT (today where nobody is signed on) or LOG."""
        if name == "SHIFT":
            return self.shift_period() or day_period(self.today)
        if name == "YESTERDAY":
            return day_period(self.today - dt.timedelta(days=1))
        return day_period(self.today) if name == "TODAY" else Period()

    # -- what stands open ----------------------------------------------------------------------------------------

    def cases(self) -> tuple[Case, ...]:
        """Open cases: P1 first, then the oldest."""
        return tuple(sorted(self.app.present.cases(), key=lambda case: (case.priority, case.opened_at_ms)))

    def overdue(self, case: Case) -> bool:
        """Somebody was not told in time."""
        limit = OVERDUE_MS.get(case.priority.value, OVERDUE_ELSE_MS)
        untold = any(step.told_at_ms is None for step in case.steps)
        return untold and self.now_ms - case.opened_at_ms > limit

    def resting(self) -> tuple[Resting, ...]:
        """Everybody who is not settled at this gate."""
        now = self.app.now()
        facts = self.app.facts
        out = []
        for record in self.app.present.open_passages():
            left = wait_left_s(record.temperature, now, facts.policy_for(record, now).params)
            out.append(
                Resting(record.passage, record.token or 0, record.verdict, record.reason.value, left,
                        record.started.at_ms)
            )  # fmt: skip
        return tuple(out)

    def sightings(self) -> tuple[Sighting, ...]:
        """Passages at the other gates of this compound, newest first."""
        return self.app.facts.roster.all_sightings()

    def gate_name(self, gate: str) -> str:
        """Of a sister gate."""
        found = next((one for one in self.app.facts.roster.gates() if one.id == gate), None)
        return found.name if found is not None else gate

    def compound_name(self) -> str:
        """Of this gate's compound."""
        found = self.app.facts.roster.compound(CompoundId(self.app.identity.compound))
        return found.name if found is not None else self.app.identity.compound

    def committee_phone(self) -> str:
        """Of the residents' committee that answers for this compound."""
        found = self.app.facts.roster.compound(CompoundId(self.app.identity.compound))
        return found.committee_phone if found is not None else ""

    def phone(self, who: Told) -> str:
        """Whom to ring for a step of a case: committee and health centre; the leader is here, 120 and 110 are known."""
        found = self.app.facts.roster.compound(CompoundId(self.app.identity.compound))
        return {
            Told.COMMITTEE: self.committee_phone(),
            Told.HEALTH: found.health_phone if found is not None else "",
        }.get(who, "")

    def ask_remote(self, passage: PassageId) -> Done:
        """请求远程批准: by whoever stands at the lane."""
        return self.app.remote.ask(passage)

    def heard(self) -> tuple[tuple[str, int | None], ...]:
        """Until when each other gate of the compound was heard (ms; None: never)."""
        known = {row.gate: row.heard_until_ms for row in self.app.facts.roster.heard()}
        own = self.app.identity.gate
        return tuple((gate.name, known.get(gate.id)) for gate in self.app.facts.roster.gates() if gate.id != own)

    def work(self) -> tuple[WorkItem, ...]:
        """待办, newest first."""
        return tuple(sorted(self.app.facts.roster.work(), key=lambda item: -item.made_at_ms))

    def said(self, events: Iterable[Event]) -> dict[EventId, str]:
        """备注的文字: what was noted; "" where it was purged or cannot be opened. Any thread."""
        found: dict[EventId, str] = {}
        for event in events:
            if isinstance(event.body, LeaderNote):
                text = (self._personal(event.id) or {}).get("text")
                found[event.id] = text if isinstance(text, str) else ""
        return found

    # -- isolation -----------------------------------------------------------------------------------------------

    def isolated(self, entered: tuple[HomeTemp, ...]) -> tuple[Isolated, ...]:
        """隔离名单: over first, then who misses most, then who is due now. `entered`: what was entered at this gate."""
        mine: dict[str, set[str]] = {}
        for temp in entered:
            mine.setdefault(temp.isolation, set()).add(f"{temp.day}/{temp.slot.value}")
        rows = [self._isolated(record, mine.get(record.id, set())) for record in self._isolations()]
        return tuple(sorted(rows, key=lambda row: (not row.over, -len(row.missing), row.due_now is None, row.name)))

    def _isolations(self) -> "Iterator[Isolation]":
        facts = self.app.facts
        persons = {record.person for record in facts.roster.isolations()}
        persons |= {PersonId(key) for key, _ in self.app.present.items("isolation")}
        for person in persons:
            record = facts.isolation(person)
            state = state_at(record, self.now_ms, self.params)
            if record is not None and (state in CONFINED or state is IsolationState.DUE):
                yield record

    def _isolated(self, record: Isolation, mine: set[str]) -> Isolated:
        params, now = self.params, self.now_ms
        opened = record.opened_at_ms if record.opened_at_ms is not None else record.changed_at_ms
        taken = frozenset(record.slots_taken) | mine
        due = slots_due(record, opened, params)
        gone = missing(due, taken, now)
        today = day_of(now)
        open_now = next(
            (s.slot for s in due if s.opens_ms <= now < s.late_until_ms and slot_key(s.day, s.slot) not in taken), None
        )
        recent = tuple(slot_key(s.day, s.slot) for s in gone if (today - s.day).days <= 1)
        return Isolated(
            record.person, self.person_name(record.person), state_at(record, now, params),
            day_number(record.d0, today, params), due_from(record.d0, params) - dt.timedelta(days=1), recent, open_now,
            tuple(sorted(key for key in taken if key.startswith(today.isoformat()))),
        )  # fmt: skip

    def permits(self) -> tuple[Permit, ...]:
        """外出批准 of those isolated here that are not over, newest first."""
        facts = self.app.facts
        persons = {record.person for record in self._isolations()}
        found = [permit for person in persons for permit in facts.permits(person)]
        open_ones = (permit for permit in found if permit.to_ms > self.now_ms - DAY_MS)
        return tuple(sorted(open_ones, key=lambda permit: -permit.from_ms))

    # -- acts ----------------------------------------------------------------------------------------------------

    @contextmanager
    def acting(self, by: str) -> "Iterator[None]":
        """Events of this act carry the leader as their operator."""
        recorder = self.app.recorder
        before, recorder.operator = recorder.operator, OperatorId(by)
        try:
            yield
        finally:
            recorder.operator = before

    def override(self, passage: PassageId, verdict: Verdict, why: str, by: str, second: str | None = None) -> Shown:
        """改判."""
        with self.acting(by):
            return self.app.desk.override(passage, verdict, why, by=by, second_by=second)

    def correct(self, passage: PassageId, text: str, by: str) -> Shown:
        """更正."""
        with self.acting(by):
            return self.app.desk.correct(passage, text, by=by, leader=True)

    def void(self, passage: PassageId, why: str, by: str) -> Shown:
        """撤销, with a reason, after the ten seconds."""
        with self.acting(by):
            return self.app.desk.void(passage, by=by, why=why)

    def told(self, case: CaseId, who: Told, answer: str, by: str) -> Done:
        """已通知, 无人接."""
        with self.acting(by):
            return self.app.leader.told(case, who, answer, by)

    def close_case(self, case: CaseId, outcome: CaseOutcome, by: str) -> Done:
        """结案."""
        with self.acting(by):
            return self.app.leader.close_case(case, outcome, by)

    def home_temp(self, person: PersonId, slot: Slot, text: str, by: str, missed: Missed | None = None) -> Done:
        """居家体温."""
        with self.acting(by):
            return self.app.leader.home_temp(person, slot, text, by, missed)

    def release(self, person: PersonId, number: str, by: str) -> Done:
        """解除隔离."""
        with self.acting(by):
            return self.app.release(person, number, by)[0]

    def grant_permit(self, person: PersonId, *, why: str, transport: str, hours: int, by: str) -> Done:
        """就医外出批准, from now on."""
        with self.acting(by):
            now = self.now_ms
            return self.app.leader.grant_permit(
                person, why=why, transport=transport, from_ms=now, to_ms=now + hours * 3_600_000, by=by
            )

    def apply(self, person: PersonId, kind: PassKind, evidence: Evidence, by: str) -> Done:
        """办证申请."""
        with self.acting(by):
            return self.app.passes.apply(person, kind, evidence)

    def notice(self, what: str, person: PersonId, by: str) -> Done:
        """挂失, 注销, 换证: of the newest card of that person."""
        cards = [row for row in self.app.facts.roster.passes() if row.person == person]
        newest = max(cards, key=lambda row: row.issued_at_ms, default=None)
        with self.acting(by):
            card = None if newest is None else newest.id
            return self.app.passes.notice(what, by, pass_id=card, person=person)

    def issue_temporary(self, category: Category, until_ms: int, by: str, host: PersonId | None) -> Issued | Done:
        """签发临时证."""
        with self.acting(by):
            return self.app.passes.issue_temporary(category, leave_by_ms=until_ms, by=by, consent=True, host=host)

    def reveal(self, person: PersonId, why: str, by: str) -> Done:
        """查看姓名."""
        with self.acting(by):
            return self.app.records.reveal(person, why, by)

    def note(self, text: str, by: str, passage: PassageId | None = None, case: CaseId | None = None) -> Done:
        """备注."""
        with self.acting(by):
            return self.app.records.note(text, by, passage, case)

    def unlock(self, operator: OperatorId, by: str) -> Done:
        """解锁."""
        with self.acting(by):
            return self.app.records.unlock(operator, by)

    def extend_list(self, why: str, by: str) -> Done:
        """名单延期."""
        with self.acting(by):
            return self.app.leader.extend_list(why, by)

    def confirm_clock(self, by: str) -> Done:
        """确认时间."""
        with self.acting(by):
            return self.app.leader.confirm_clock(by)

    def exported(self, kind: str, span: tuple[int, int], sha256: str, by: str) -> Done:
        """导出留痕."""
        with self.acting(by):
            return self.app.records.exported(kind, *span, sha256)
