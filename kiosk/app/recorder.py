# SPDX-License-Identifier: LicenseRef-Gatehouse
"""记录: from event bodies to one durable commit; the present believes only what was committed."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from kiosk.app.ports import Clock, GateIdentity, GateStore, Ids, LiveChange
from kiosk.domain.codes import ClockState, Priority
from kiosk.domain.events import Body, CaseOpened, ClockSet, Draft, Event, RemoteApproval
from kiosk.domain.folding import Folding
from kiosk.domain.identity import EventId, OperatorId
from kiosk.domain.instants import DAY_MS, Instant
from kiosk.domain.present import Change, Number, Present, Until, to_doc

BACK_MS = 120_000
"""R02: so far may the clock stand before the newest stored event."""
AGREES_MS = 120_000
DRIFTS_MS = 600_000
JUMP_MS = 2_000
"""Wall clock against monotonic clock: more than this since the office was heard is a jump."""


@dataclass(frozen=True, slots=True)
class Note:
    """待记内容: a body and its personal part, if there is one."""

    body: Body
    personal: Mapping[str, object] | None = None


class Timekeeper:
    """时钟判断: whether the gate's clock may be believed (domain.md R02, trust.md section 11).

    `bad` holds while the clock stands before what the log vouches for, or stood more than a day past it at start, until
    the office's time agrees or a leader confirms it.
    """

    def __init__(self, clock: Clock, present: Present, lists_issued_ms: int = 0) -> None:
        """Judge the start; `lists_issued_ms` is the newest signed `issued` known."""
        self._clock = clock
        self._present = present
        self._issued_ms = lists_issued_ms
        self._office: tuple[int, int] | None = None
        self._said_ms = 0
        newest = self._newest()
        self._ahead_at_start = newest is not None and clock.wall_ms() > newest + DAY_MS

    def now(self) -> Instant:
        """The present instant."""
        return Instant(self._clock.wall_ms(), self._clock.mono_ms(), self._clock.boot)

    def _newest(self) -> int | None:
        number = cast("Number | None", self._present.get("number", "high_water"))
        return number.value if number is not None else None

    def lists_issued(self, at_ms: int) -> None:
        """A signed list says that it was at least this time."""
        self._issued_ms = max(self._issued_ms, at_ms)

    def office_said(self, offset_ms: int) -> None:
        """The office's time minus our own, from an exchange just now; the monotonic clock carries it from here on."""
        self._office = (self._clock.wall_ms() + offset_ms, self._clock.mono_ms())
        self._said_ms = offset_ms

    @property
    def offset_ms(self) -> int | None:
        """The office's time minus our own as it must be now; None before the first exchange of this boot."""
        if self._office is None:
            return None
        office_ms, at_mono = self._office
        return office_ms + self._clock.mono_ms() - at_mono - self._clock.wall_ms()

    @property
    def trusted_ms(self) -> int | None:
        """The office's time as it must be now; None before the first exchange of this boot (no purge until then)."""
        offset = self.offset_ms
        return None if offset is None else self._clock.wall_ms() + offset

    def _confirmed(self) -> bool:
        until = cast("Until | None", self._present.get("until", "clock"))
        return until is not None and until.boot == self._clock.boot and self._clock.mono_ms() >= until.mono_ms

    def state(self) -> ClockState:
        """The state that new events carry."""
        offset = self.offset_ms
        agrees = offset is not None and abs(offset) <= AGREES_MS
        high_water = max(self._newest() or 0, self._issued_ms)
        doubtful = self._clock.wall_ms() < high_water - BACK_MS or self._ahead_at_start
        if doubtful and not agrees:
            return ClockState.CONFIRMED if self._confirmed() else ClockState.BAD
        if offset is None:
            return ClockState.UNSYNCED
        if abs(offset - self._said_ms) > JUMP_MS:
            return ClockState.JUMPED
        if agrees:
            return ClockState.OK
        return ClockState.DRIFT if abs(offset) <= DRIFTS_MS else ClockState.OFF

    @property
    def bad(self) -> bool:
        """R02 stands."""
        return self.state() is ClockState.BAD


class Recorder:
    """记录员: stamps bodies as drafts, commits them with their folds, and keeps the present in step."""

    def __init__(self, store: GateStore, ids: Ids, identity: GateIdentity, present: Present, time: Timekeeper) -> None:
        """Keep the parts. `urgent` hears at once of what the office must hear at once (sync-and-store.md 8)."""
        self.urgent: Callable[[], None] = lambda: None
        self._store = store
        self._ids = ids
        self._identity = identity
        self.present = present
        self.time = time
        self.operator: OperatorId | None = None

    def new_id(self) -> str:
        """A fresh id."""
        return self._ids.new_id()

    def commit(self, notes: Sequence[Note | Body]) -> tuple[Event, ...]:
        """One transaction for all notes; raises `CommitFailed`, after which nothing has changed."""
        if not notes:
            return ()
        folding = Folding(self.present)
        events = self._store.commit([self._draft(note) for note in notes], lambda event: _live(folding.fold(event)))
        self.present.merge(folding.changes())
        if any(_is_urgent(event.body) for event in events):
            self.urgent()
        return events

    def _draft(self, note: Note | Body) -> Draft:
        body = note.body if isinstance(note, Note) else note
        now = self.time.now()
        shift = self.present.shift()
        clock = ClockState.CONFIRMED if isinstance(body, ClockSet) else self.time.state()
        return Draft(
            id=EventId(self._ids.new_id()),
            at_ms=now.at_ms,
            mono_ms=now.mono_ms,
            boot=now.boot,
            clock=clock,
            gate=self._identity.gate,
            body=body,
            shift=shift.id if shift is not None else None,
            op=self.operator,
            personal=note.personal if isinstance(note, Note) else None,
        )


def _is_urgent(body: Body) -> bool:
    """A P1 case, or somebody who waits for an approval from afar."""
    return isinstance(body, RemoteApproval) or (isinstance(body, CaseOpened) and body.priority is Priority.P1)


def _live(changes: Iterable[Change]) -> list[LiveChange]:
    return [LiveChange(c.kind, c.key, None if (doc := to_doc(c)) is None else _dumps(doc)) for c in changes]


def _dumps(doc: Mapping[str, object]) -> str:
    return json.dumps(doc, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
