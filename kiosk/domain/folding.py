# SPDX-License-Identifier: LicenseRef-Gatehouse
"""折叠: how an event changes what the gate knows (kiosk.domain.present).

`Folding` computes what a commit's events change without touching the present, so that nothing is believed that was not
committed.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from kiosk.domain.codes import (
    ClockState,
    Direction,
    IsolationState,
    TempOutcome,
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
from kiosk.domain.identity import IsolationId, PassageId, PersonId
from kiosk.domain.instants import day_of
from kiosk.domain.passage import PassageRecord, fold
from kiosk.domain.present import (
    Applied,
    Asked,
    Case,
    Change,
    IsolationHere,
    LastSeen,
    Number,
    OnDuty,
    Present,
    Returned,
    Shift,
    Step,
    Tally,
    TempPass,
    Times,
    Trip,
    Trips,
    Until,
)
from kiosk.domain.register import Isolation, Permit, Suspicion

_WEEK_MS = 7 * 86_400_000


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

    def get(self, kind: str, key: str) -> Any:  # noqa: ANN401 - the kind names the type
        """A document as it becomes."""
        if (kind, key) in self._new:
            return self._new[kind, key]
        return self._present.get(kind, key)

    def _put(self, kind: str, key: str, value: object) -> None:
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


def _bare(isolation: IsolationId, person: PersonId, event: Event) -> Isolation:
    """A record of which only the change is known here; the register's row fills in the rest."""
    return Isolation(isolation, person, IsolationState.PENDING, day_of(event.at_ms), event.at_ms)
