# SPDX-License-Identifier: LicenseRef-Gatehouse
"""现状: what the gate knows from its own log: open passages, who was seen last, cases, the shift, today's tally.

The present is a fold over events. It is a set of small documents by (kind, key); `Folding` computes what a commit's
events change without touching the present, so that nothing is believed that was not committed. The store keeps the
documents beside the events, in the same transaction; they can be rebuilt from the log at any time.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from kiosk.domain.codec import from_json, to_json
from kiosk.domain.codes import (
    CaseKind,
    CaseOutcome,
    Category,
    ClockState,
    Direction,
    IsolationState,
    MemberSource,
    Note,
    Priority,
    Reason,
    TempOutcome,
    Told,
    Verdict,
)
from kiosk.domain.events import (
    CaseOpened,
    CaseStep,
    Checklist,
    ClockSet,
    Correction,
    Event,
    Handover,
    HomeTemp,
    IsolationChanged,
    IsolationRelease,
    LateEntry,
    ListExtended,
    Override,
    PassageStep,
    PassRequest,
    PermitGrant,
    PermitUse,
    ReadingTaken,
    Refusal,
    Registration,
    RemoteApproval,
    Report,
    ShiftEvent,
    Tailgate,
    TempPassIssued,
)
from kiosk.domain.figures import moved
from kiosk.domain.identity import CaseId, EventId, OperatorId, PassageId, PassId, PersonId, ShiftId
from kiosk.domain.instants import day_of
from kiosk.domain.passage import PassageRecord, fold
from kiosk.domain.register import Isolation, Permit, Suspicion


@dataclass(frozen=True, slots=True)
class LastSeen:
    """最近一次: a pass's newest final passage at this gate, and the way it last went through."""

    dir: Direction
    at_ms: int
    passage: PassageId
    verdict: Verdict
    reason: Reason
    through: Direction | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """案件步骤: somebody to be told; `told_at_ms` None: not yet."""

    who: Told
    told_at_ms: int | None = None
    by: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """案件: open at this gate. `said`: what was ticked of it at the gate (reached the wait spot, a symptom ...)."""

    id: CaseId
    kind: CaseKind
    priority: Priority
    opened_at_ms: int
    passage: PassageId | None = None
    steps: tuple[Step, ...] = ()
    notes: tuple[Note, ...] = ()
    outcome: CaseOutcome | None = None
    closed: bool = False
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnDuty:
    """值守中: a member of the open shift; the name lies in the personal part of `event`."""

    id: OperatorId
    source: MemberSource
    since_ms: int
    event: EventId


@dataclass(frozen=True, slots=True)
class Shift:
    """班次: the shift now open."""

    id: ShiftId
    opened_at_ms: int
    members: tuple[OnDuty, ...] = ()
    tally: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """累计: columns of a day, or of all time."""

    columns: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Times:
    """时刻表: when something happened to a key, newest last (ms)."""

    at_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Trip:
    """外出: one exit or return of a household's member, for the quota."""

    dir: Direction
    at_ms: int
    person: str


@dataclass(frozen=True, slots=True)
class Trips:
    """本户进出."""

    trips: tuple[Trip, ...] = ()


@dataclass(frozen=True, slots=True)
class TempPass:
    """临时证: issued here; `left_ms` once its holder went out."""

    id: PassId
    category: Category
    exp_ms: int
    issued_at_ms: int
    by: str
    host: PersonId | None = None
    inside: bool = False
    left_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """返沪登记: a first return registered here."""

    person: PersonId
    arrived: str
    cls: str
    home_fit: bool
    signs: bool
    contact: bool
    at_ms: int
    passage: PassageId | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Until:
    """延期至: a time in ms, and who said so."""

    at_ms: int
    by: str
    boot: int = 0
    mono_ms: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """远程请求: a leader's answer is waited for."""

    passage: PassageId
    request: str
    at_ms: int
    answer: str = "ASKED"


@dataclass(frozen=True, slots=True)
class Number:
    """编号: a running number."""

    value: int = 0


@dataclass(frozen=True, slots=True)
class IsolationHere:
    """本门所知隔离: an isolation that this gate opened or changed, and by which passage.

    Where it was not `opened` here, the register's row holds the rest (D0, papers) and only the change counts.
    """

    isolation: Isolation
    passage: PassageId | None = None
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """办证申请: waiting for the office's signature."""

    person: PersonId
    kind: str
    at_ms: int


KINDS: dict[str, type[Any]] = {
    "passage": PassageRecord,
    "seen": LastSeen,
    "case": Case,
    "shift": Shift,
    "tally": Tally,
    "suspicion": Suspicion,
    "isolation": IsolationHere,
    "permit": Permit,
    "look_up": Times,
    "trips": Trips,
    "temp_pass": TempPass,
    "returned": Returned,
    "until": Until,
    "asked": Asked,
    "number": Number,
    "applied": Applied,
}
"""文档种类: each kind's value type."""

_WEEK_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class Change:
    """变化: one document as it becomes; None: gone."""

    kind: str
    key: str
    value: Any


class Known(Protocol):
    """已知: what can be asked of the present, or of the present with a step's changes."""

    def get(self, kind: str, key: str) -> Any:
        """A document, or None."""
        ...

    def all(self, kind: str) -> Iterator[Any]:
        """All documents of a kind, oldest first."""
        ...

    def shift(self) -> Shift | None:
        """The open shift."""
        ...


class Present:
    """现状: documents by kind and key; changed only by `merge`, after a commit."""

    def __init__(self, load: Callable[[PassageId], PassageRecord | None]) -> None:
        """`load` folds a passage that is no longer open from the log."""
        self._docs: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._load = load

    def restore(self, kind: str, key: str, doc: Mapping[str, Any]) -> None:
        """Take a document back from the store at start."""
        if kind in KINDS:
            self._docs[kind][key] = from_json(KINDS[kind], doc)

    def get(self, kind: str, key: str) -> Any:
        """A document, or None."""
        return self._docs[kind].get(key)

    def all(self, kind: str) -> Iterator[Any]:
        """All documents of a kind, in the order in which they came."""
        yield from self._docs[kind].values()

    def items(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Keys and documents of a kind."""
        yield from self._docs[kind].items()

    def passage(self, passage: PassageId) -> PassageRecord | None:
        """A passage, open or long final."""
        return cast("PassageRecord | None", self.get("passage", passage)) or self._load(passage)

    def open_passages(self) -> tuple[PassageRecord, ...]:
        """Passages without a final verdict, oldest first."""
        return tuple(self._docs["passage"].values())

    def cases(self) -> tuple[Case, ...]:
        """Open cases, oldest first."""
        return tuple(self._docs["case"].values())

    def shift(self) -> Shift | None:
        """The open shift."""
        return cast("Shift | None", self.get("shift", "open"))

    def tally(self, key: str) -> Mapping[str, int]:
        """A tally's columns: "day/2020-02-20" or "all"."""
        tally = cast("Tally | None", self.get("tally", key))
        return tally.columns if tally is not None else {}

    def merge(self, changes: Iterable[Change]) -> None:
        """Believe what was committed."""
        for change in changes:
            if change.value is None:
                self._docs[change.kind].pop(change.key, None)
            else:
                self._docs[change.kind][change.key] = change.value


def to_doc(change: Change) -> dict[str, Any] | None:
    """The JSON object of a changed document."""
    return None if change.value is None else to_json(change.value)


class Folding:
    """折叠: computes the changes of one commit's events over a present that it does not touch."""

    def __init__(self, present: Present) -> None:
        """Begin with nothing changed."""
        self._present = present
        self._new: dict[tuple[str, str], Any] = {}
        self._folded: dict[PassageId, PassageRecord] = {}

    def changes(self) -> tuple[Change, ...]:
        """All changes so far, each document once."""
        return tuple(Change(kind, key, value) for (kind, key), value in self._new.items())

    def fold(self, event: Event) -> tuple[Change, ...]:
        """What one event changes."""
        before = dict(self._new)
        self._high_water(event)
        self._fold(event)
        return tuple(
            Change(kind, key, value)
            for (kind, key), value in self._new.items()
            if (kind, key) not in before or before[kind, key] is not value
        )

    def all(self, kind: str) -> Iterator[Any]:
        """All documents of a kind as they become."""
        for document in self._present.items(kind):
            if (kind, document[0]) not in self._new:
                yield document[1]
        yield from (value for (k, _), value in self._new.items() if k == kind and value is not None)

    def shift(self) -> Shift | None:
        """The open shift as it becomes."""
        return cast("Shift | None", self.get("shift", "open"))

    def get(self, kind: str, key: str) -> Any:
        """A document as it becomes."""
        if (kind, key) in self._new:
            return self._new[kind, key]
        return self._present.get(kind, key)

    def _put(self, kind: str, key: str, value: Any) -> None:
        self._new[kind, key] = value

    def _fold(self, event: Event) -> None:
        match event.body:
            case PassageStep(passage=passage) | ReadingTaken(passage=passage) | Refusal(passage=passage):
                self._passage(passage, event)
            case Checklist(passage=passage) | Override(passage=passage):
                self._passage(passage, event)
            case LateEntry(of=of):
                self._passage(of.passage, event)
            case Correction(passage=passage) if passage is not None:
                self._passage(passage, event)
            case CaseOpened() | CaseStep():
                self._case(event)
            case ShiftEvent() | Handover():
                self._shift(event)
            case IsolationChanged() | IsolationRelease() | HomeTemp() | PermitGrant() | PermitUse() | Registration():
                self._isolation(event)
            case _:
                self._other(event)

    def _high_water(self, event: Event) -> None:
        """最高水位: the newest time the log vouches for; a doubted clock does not raise it, a confirmed one sets it."""
        if event.clock is ClockState.BAD:
            return
        old = cast("Number | None", self.get("number", "high_water"))
        if isinstance(event.body, ClockSet) or old is None or event.at_ms > old.value:
            self._put("number", "high_water", Number(event.at_ms))

    def _other(self, event: Event) -> None:
        match event.body:
            case ListExtended(until_ms=until, by=by):
                self._put("until", "list", Until(until, by))
            case ClockSet(by=by):
                self._put("until", "clock", Until(event.at_ms, by, event.boot, event.mono_ms))
            case TempPassIssued() as issued:
                temp = TempPass(issued.pass_id, issued.category, issued.exp * 1000, event.at_ms, issued.by, issued.host)
                self._put("temp_pass", issued.pass_id, temp)
                self._count(f"day/{day_of(event.at_ms)}", "temp_issued", 1)
            case RemoteApproval() as asked:
                value = Asked(asked.passage, asked.request, event.at_ms) if asked.answer == "ASKED" else None
                self._put("asked", asked.passage, value)
            case Tailgate(count=count):
                self._count(f"day/{day_of(event.at_ms)}", "tailgated", count)
            case PassRequest(person=person, kind=kind):
                self._put("applied", person, Applied(person, kind.value, event.at_ms))
            case Report(day=day):
                self._put("number", "closed_day", Number(dt.date.fromisoformat(day).toordinal()))
            case _:
                pass

    def _passage(self, passage: PassageId, event: Event) -> None:
        old = cast("PassageRecord | None", self.get("passage", passage))
        if old is None and not (isinstance(event.body, (PassageStep, LateEntry)) and _first(event.body)):
            # A final passage has no document: what this very commit made of it comes before what the log holds.
            old = self._folded.get(passage) or self._present.passage(passage)
        new = fold(old, event)
        if new is None:
            return
        self._folded[passage] = new
        self._put("passage", passage, None if new.final else new)
        self._tallies(old, new)
        self._marks(old, new, event)

    def _tallies(self, old: PassageRecord | None, new: PassageRecord) -> None:
        day = f"day/{day_of(new.decided.at_ms)}"
        before = f"day/{day_of(old.decided.at_ms)}" if old is not None else day
        if before != day and old is not None:
            gone = {**self._columns(before)}
            self._put("tally", before, Tally(moved(gone, old, replace(old, voided=True))))
            self._put("tally", day, Tally(moved(self._columns(day), None, new)))
        else:
            self._put("tally", day, Tally(moved(self._columns(day), old, new)))
        self._put("tally", "all", Tally(moved(self._columns("all"), old, new)))
        shift = cast("Shift | None", self.get("shift", "open"))
        if shift is not None and not new.late:
            here = old if old is not None and old.decided.at_ms >= shift.opened_at_ms else None
            self._put("shift", "open", replace(shift, tally=moved(shift.tally, here, new)))

    def _columns(self, key: str) -> dict[str, int]:
        tally = cast("Tally | None", self.get("tally", key))
        return dict(tally.columns) if tally is not None else {}

    def _count(self, key: str, column: str, by: int) -> None:
        columns = self._columns(key)
        columns[column] = columns.get(column, 0) + by
        self._put("tally", key, Tally(columns))

    def _marks(self, old: PassageRecord | None, new: PassageRecord, event: Event) -> None:
        if new.final and (old is None or not old.final) and not _undecided(new):
            # By card, and by person too: a household's card is shown for several of its members.
            for key in {new.pass_id, new.person} - {None}:
                self._seen(cast("str", key), new)
        if new.subject is not None:
            self._suspicion(new, event)
        if old is not None and old.token is None and new.token is not None:
            self._put("number", "token", Number(new.token))
        gone_through = new.recorded and (old is None or not old.recorded)
        if gone_through:
            self._went(new)

    def _seen(self, key: str, new: PassageRecord) -> None:
        before = cast("LastSeen | None", self.get("seen", key))
        through = new.dir if new.recorded else (before.through if before is not None else None)
        self._put("seen", key, LastSeen(new.dir, new.decided.at_ms, new.passage, new.verdict, new.reason, through))

    def _suspicion(self, new: PassageRecord, event: Event) -> None:
        key = cast("str", new.subject)
        if new.outcome is TempOutcome.ABANDONED:
            self._put("suspicion", key, Suspicion(key, event.at_ms))
        elif new.outcome in (TempOutcome.CLEARED, TempOutcome.FEVER_CONFIRMED):
            settled = self.get("suspicion", key)
            if settled is not None or new.outcome is TempOutcome.CLEARED:
                self._put("suspicion", key, Suspicion(key, event.at_ms, settled=True))

    def _went(self, new: PassageRecord) -> None:
        at = new.decided.at_ms
        if new.rule == "R32" and new.person is not None:
            times = cast("Times | None", self.get("look_up", new.person)) or Times()
            recent = tuple(t for t in times.at_ms if t > at - _WEEK_MS * 2)
            self._put("look_up", new.person, Times((*recent, at)))
        temp = cast("TempPass | None", self.get("temp_pass", new.pass_id)) if new.pass_id else None
        if temp is not None:
            leaving = new.dir is Direction.OUT
            self._put("temp_pass", temp.id, replace(temp, inside=not leaving, left_ms=at if leaving else None))
        returned = cast("Returned | None", self.get("returned", new.person)) if new.person else None
        if returned is not None and new.rule in ("R20", "R22"):
            self._put("returned", returned.person, replace(returned, done=True))
        if new.person is not None:
            trips = cast("Trips | None", self.get("trips", new.person)) or Trips()
            recent_trips = tuple(t for t in trips.trips if t.at_ms > at - _WEEK_MS * 4)
            self._put("trips", new.person, Trips((*recent_trips[-40:], Trip(new.dir, at, new.person))))

    def _case(self, event: Event) -> None:
        match event.body:
            case CaseOpened() as opened:
                old = cast("Case | None", self.get("case", opened.case))
                told = tuple(Step(who) for who in opened.told or ())
                if old is None:
                    case = Case(
                        opened.case, opened.kind, opened.priority, event.at_ms, opened.passage, told,
                        opened.notes or (),
                    )  # fmt: skip
                else:
                    known = {step.who for step in old.steps}
                    case = replace(
                        old,
                        kind=opened.kind,
                        priority=min(old.priority, opened.priority),
                        steps=old.steps + tuple(step for step in told if step.who not in known),
                        notes=tuple(dict.fromkeys((*old.notes, *(opened.notes or ())))),
                    )
                self._put("case", opened.case, case)
            case CaseStep() as step:
                old = cast("Case | None", self.get("case", step.case))
                if old is None:
                    return
                if step.closed:
                    self._put("case", step.case, None)
                    return
                said = old.said if step.who is not None or not step.answer else _said(old.said, step.answer)
                self._put("case", step.case, replace(old, steps=_told(old.steps, step), said=said))
            case _:
                return

    def _shift(self, event: Event) -> None:
        shift = cast("Shift | None", self.get("shift", "open"))
        match event.body:
            case ShiftEvent(what="OPEN") as opened:
                members = tuple(OnDuty(m.id, m.source, event.at_ms, event.id) for m in opened.members)
                self._put("shift", "open", Shift(opened.shift, event.at_ms, members))
            case ShiftEvent(what="JOIN", members=members) if shift is not None:
                known = {m.id for m in shift.members}
                more = tuple(OnDuty(m.id, m.source, event.at_ms, event.id) for m in members if m.id not in known)
                self._put("shift", "open", replace(shift, members=shift.members + more))
            case ShiftEvent(what="LEAVE", members=members) if shift is not None:
                gone = {m.id for m in members}
                self._put("shift", "open", replace(shift, members=tuple(m for m in shift.members if m.id not in gone)))
            case ShiftEvent(what="CLOSE"):
                self._put("shift", "open", None)
            case _:
                pass

    def _isolation(self, event: Event) -> None:
        match event.body:
            case IsolationChanged() as changed:
                self._isolation_changed(changed, event)
            case IsolationRelease(person=person, number=number) as release if person is not None:
                here = cast("IsolationHere | None", self.get("isolation", person))
                base = here.isolation if here is not None else _bare(release.isolation, person, event)
                released = replace(
                    base, state=IsolationState.RELEASED, release_notice=number, changed_at_ms=event.at_ms
                )
                self._put("isolation", person, IsolationHere(released, opened=here is not None and here.opened))
            case PermitGrant() as grant:
                self._put(
                    "permit",
                    grant.permit,
                    Permit(grant.permit, grant.person, grant.why, grant.from_ms, grant.to_ms, event.at_ms,
                           grant.transport, grant.by),
                )  # fmt: skip
            case PermitUse() as use:
                self._permit_used(use, event)
            case Registration() as form if form.kind == "RETURN":
                self._put(
                    "returned",
                    form.person,
                    Returned(
                        form.person, form.arrived or "", form.cls or "OTHER", form.home_fit is not False,
                        form.signs is not False, bool(form.contact), event.at_ms, form.passage, bool(form.commitment),
                    ),
                )  # fmt: skip
            case _:
                pass

    def _isolation_changed(self, changed: IsolationChanged, event: Event) -> None:
        here = cast("IsolationHere | None", self.get("isolation", changed.person))
        base = here.isolation if here is not None else _bare(changed.isolation, changed.person, event)
        papers = changed.state == IsolationState.HOME.value and changed.d0 is not None
        isolation = replace(
            base,
            id=changed.isolation,
            state=IsolationState(changed.state),
            d0=dt.date.fromisoformat(changed.d0) if changed.d0 is not None else base.d0,
            changed_at_ms=event.at_ms,
            notice=base.notice or papers,
            record=base.record or papers,
            commitment=base.commitment or papers,
        )
        opened = changed.d0 is not None or (here is not None and here.opened)
        self._put("isolation", changed.person, IsolationHere(isolation, changed.passage, opened))

    def _permit_used(self, use: PermitUse, event: Event) -> None:
        permit = cast("Permit | None", self.get("permit", use.permit))
        if permit is None:
            permit = Permit(use.permit, PersonId(""), "", 0, 0, 0)
        self._put(
            "permit",
            use.permit,
            replace(
                permit,
                out_at_ms=use.out_at if use.out_at is not None else permit.out_at_ms,
                in_at_ms=use.in_at if use.in_at is not None else permit.in_at_ms,
                changed_at_ms=event.at_ms,
            ),
        )


def _undecided(record: PassageRecord) -> bool:
    """Closed without a final verdict (left, forgotten, abandoned): the next scan is no repeat of it (R03)."""
    waiting = (Verdict.WAIT, Verdict.LEADER, Verdict.ADMIT_REGISTER, Verdict.ADMIT_ESCORT)
    return record.verdict in waiting and not record.recorded


def _first(body: PassageStep | LateEntry) -> bool:
    return isinstance(body, LateEntry) or body.n == 1


def _told(steps: tuple[Step, ...], step: CaseStep) -> tuple[Step, ...]:
    if step.who is None:
        return steps
    done = Step(step.who, step.told_at, step.by, step.answer)
    if any(s.who is step.who for s in steps):
        return tuple(done if s.who is step.who else s for s in steps)
    return (*steps, done)


def _said(said: tuple[str, ...], word: str) -> tuple[str, ...]:
    """A word once; "-word" takes it back, and a word "topic:value" stands in place of an earlier one of its topic."""
    if word.startswith("-"):
        return tuple(other for other in said if other != word[1:])
    topic, colon, _ = word.partition(":")
    kept = tuple(other for other in said if other != word and not (colon and other.startswith(f"{topic}:")))
    return (*kept, word)


def _bare(isolation: Any, person: PersonId, event: Event) -> Isolation:
    """A record of which only the change is known here; the register's row fills in the rest."""
    return Isolation(isolation, person, IsolationState.PENDING, day_of(event.at_ms), event.at_ms)
