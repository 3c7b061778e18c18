# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Passages folded at the office, and what sister gates must hear of them (sync-and-store.md 6, 7).

Sightings, suspicions and flags are made only where a compound has more than one gate; elsewhere the gate's own log is
the whole truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection

from kiosk.domain.codec import to_json
from kiosk.domain.codes import TempOutcome
from kiosk.domain.events import (
    Checklist,
    Correction,
    LateEntry,
    Override,
    PassageStep,
    ReadingTaken,
    Refusal,
    event_from_json,
)
from kiosk.domain.identity import CompoundId, EventId, GateId, PassageId
from kiosk.domain.log.canonical import read_canonical
from kiosk.domain.passage import PassageRecord, fold, fold_all
from kiosk.domain.register import Sighting, Suspicion, WorkItem
from sync.office.service.book import RegisterBook
from sync.office.service.projecting import Fact
from sync.office.service.work import Work, as_text
from sync.office.store.changes import DELETE, Changed, ChangeLog
from sync.office.store.events import Events
from sync.office.store.passages import KeptPassage, Nearby, Passages
from sync.wire import scopes
from sync.wire.limits import EVENT_BYTES

CLONE_WINDOW_MS = 120_000
_PAIR_WINDOW_MS = 12 * 3_600_000


@dataclass(frozen=True, slots=True)
class _Moved:
    before: PassageRecord | None
    after: PassageRecord
    fact: Fact


def passage_of(fact: Fact) -> PassageId | None:
    """Which passage an event belongs to."""
    match fact.event.body:
        case PassageStep() | ReadingTaken() | Refusal() | Checklist() | Override() | Correction():
            return fact.event.body.passage
        case LateEntry(of=of):
            return of.passage
        case _:
            return None


class PassageProjection:
    """进出投影."""

    def __init__(self, passages: Passages, events: Events, book: RegisterBook, changes: ChangeLog, work: Work) -> None:
        """Take the stores that it reads and writes."""
        self._passages = passages
        self._events = events
        self._book = book
        self._changes = changes
        self._work = work

    def apply(self, tx: Connection, facts: Sequence[Fact], now_ms: int) -> None:
        """Fold facts of passages; write each passage once."""
        mine: dict[PassageId, list[Fact]] = {}
        for fact in facts:
            key = passage_of(fact)
            if key is not None:
                mine.setdefault(key, []).append(fact)
        if not mine:
            return
        before = self._passages.get(tx, list(mine))
        moved: list[_Moved] = []
        for key, of_it in mine.items():
            new = self._folded(tx, key, before.get(key), of_it)
            if new is not None:
                moved.append(_Moved(before.get(key), new, of_it[-1]))
        device = facts[0].device
        self._passages.put(tx, [KeptPassage(m.after, device.id, device.compound_id) for m in moved], known=before)
        if moved and self._book.has_sisters(tx, device.compound_id):
            self._tell_sisters(tx, moved, now_ms)

    def _folded(
        self, tx: Connection, key: PassageId, old: PassageRecord | None, facts: Sequence[Fact]
    ) -> PassageRecord | None:
        first = facts[0]
        if old is None and first.epoch < first.device.epoch:
            return self._refolded(tx, key, first)
        return fold_all([fact.event for fact in facts], old)

    def _refolded(self, tx: Connection, key: PassageId, fact: Fact) -> PassageRecord | None:
        """A passage whose beginning came after its end (an old epoch filled late): folded again from all its events."""
        record: PassageRecord | None = None
        for kept in self._events.of_passage(tx, fact.device.id, key):
            if kept.parsed:
                record = fold(record, event_from_json(read_canonical(kept.canon, EVENT_BYTES)))
        return record

    def _tell_sisters(self, tx: Connection, moved: Sequence[_Moved], now_ms: int) -> None:
        told: list[Changed] = []
        for move in moved:
            told += _sighting(move)
            told += _suspicion(move)
        if told:
            compound = CompoundId(moved[0].fact.device.compound_id)
            self._changes.put(tx, scopes.sightings(compound), told, now_ms)
        fresh = [
            move.after
            for move in moved
            if move.after.final and move.after.recorded and not (move.before is not None and move.before.recorded)
        ]
        self._compare(tx, [one for one in fresh if one.pass_id is not None], now_ms)

    def _compare(self, tx: Connection, fresh: Sequence[PassageRecord], now_ms: int) -> None:
        """Later conflicts: one pass at two gates within the clone window, or twice the same way (section 7)."""
        if not fresh:
            return
        times = [one.decided.at_ms for one in fresh]
        span = (min(times) - _PAIR_WINDOW_MS, max(times) + CLONE_WINDOW_MS)
        around = self._passages.near(tx, list({str(one.pass_id) for one in fresh}), *span)
        for mine in fresh:
            at = mine.decided.at_ms
            near = [
                other
                for other in around.get(str(mine.pass_id), ())
                if other.passage != mine.passage and at - _PAIR_WINDOW_MS <= other.decided_ms <= at + CLONE_WINDOW_MS
            ]
            close = [o for o in near if o.gate != mine.gate and abs(o.decided_ms - at) <= CLONE_WINDOW_MS]
            earlier = max((o for o in near if o.decided_ms <= at), key=lambda o: o.decided_ms, default=None)
            for other in close:
                self._flag(tx, "CLONE", mine, other, now_ms)
            if earlier is not None and earlier.gate != mine.gate and earlier.dir is mine.dir and earlier not in close:
                self._flag(tx, "SAME_WAY", mine, earlier, now_ms)

    def _flag(self, tx: Connection, kind: str, one: PassageRecord, two: Nearby, now_ms: int) -> None:
        mine = Nearby(one.passage, one.gate, one.dir, one.decided.at_ms)
        first, second = sorted((mine, two), key=lambda n: (n.decided_ms, n.passage))
        detail = {
            "first_gate": first.gate, "first_at_ms": str(first.decided_ms), "first_passage": first.passage,
            "second_gate": second.gate, "second_at_ms": str(second.decided_ms), "second_passage": second.passage,
        }  # fmt: skip
        name = sha256(f"{kind}|{first.passage}|{second.passage}".encode()).hexdigest()[:30]
        for number, gate in enumerate((first.gate, second.gate)):
            item = WorkItem(f"{name}{number:02d}", kind, now_ms, pass_id=one.pass_id, detail=detail)
            self._work.give(tx, GateId(gate), item, now_ms)


def _sighting(move: _Moved) -> list[Changed]:
    now = move.after
    key = now.first_event or EventId(now.passage)
    if now.voided and move.before is not None and not move.before.voided:
        return [Changed(Sighting.ENTITY, key, DELETE)]
    if not now.recorded or now.voided or (move.before is not None and move.before.recorded):
        return []
    shift = move.fact.corrected_ms - move.fact.event.at_ms
    row = Sighting(key, now.gate, now.dir, now.decided.at_ms + shift, now.pass_id, now.person)
    return [Changed(Sighting.ENTITY, key, doc=as_text(to_json(row)), origin=now.gate)]


def _suspicion(move: _Moved) -> list[Changed]:
    now, before = move.after, move.before
    if now.subject is None or (before is not None and before.outcome is now.outcome):
        return []
    if now.outcome is TempOutcome.ABANDONED:
        row = Suspicion(now.subject, move.fact.corrected_ms)
    elif now.outcome in (TempOutcome.CLEARED, TempOutcome.FEVER_CONFIRMED):
        row = Suspicion(now.subject, move.fact.corrected_ms, settled=True)
    else:
        return []
    return [Changed(Suspicion.ENTITY, now.subject, doc=as_text(to_json(row)), origin=now.gate)]
