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
from kiosk.domain.passage import PassageRecord, fold
from kiosk.domain.register import Sighting, Suspicion, WorkItem
from sync.office.service.book import RegisterBook
from sync.office.service.projecting import Fact
from sync.office.service.work import Work, as_text
from sync.office.store.changes import DELETE, Changed, ChangeLog
from sync.office.store.events import Events
from sync.office.store.passages import KeptPassage, Passages
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
        mine = [(key, fact) for fact in facts if (key := passage_of(fact)) is not None]
        if not mine:
            return
        before = self._passages.get(tx, list({key for key, _ in mine}))
        after: dict[PassageId, PassageRecord] = {}
        last: dict[PassageId, Fact] = {}
        for key, fact in mine:
            old = after.get(key) or before.get(key)
            new = (
                self._refolded(tx, key, fact)
                if old is None and fact.epoch < fact.device.epoch
                else fold(old, fact.event)
            )
            if new is not None:
                after[key], last[key] = new, fact
        self._passages.put(
            tx, [KeptPassage(new, last[k].device.id, last[k].device.compound_id) for k, new in after.items()]
        )
        device = mine[0][1].device
        if len(self._book.gates(tx, device.compound_id)) > 1:
            self._tell_sisters(tx, [_Moved(before.get(k), new, last[k]) for k, new in after.items()], now_ms)

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
        for move in moved:
            if move.after.final and move.after.recorded and not (move.before is not None and move.before.recorded):
                self._compare(tx, move, now_ms)

    def _compare(self, tx: Connection, move: _Moved, now_ms: int) -> None:
        """Later conflicts: one pass at two gates within the clone window, or twice the same way (section 7)."""
        mine = move.after
        if mine.pass_id is None:
            return
        at = mine.decided.at_ms
        near = [
            kept.record
            for kept in self._passages.near(tx, mine.pass_id, at - _PAIR_WINDOW_MS, at + CLONE_WINDOW_MS)
            if kept.record.passage != mine.passage and kept.record.recorded and not kept.record.voided
        ]
        close = [r for r in near if r.gate != mine.gate and abs(r.decided.at_ms - at) <= CLONE_WINDOW_MS]
        earlier = max((r for r in near if r.decided.at_ms <= at), key=lambda r: r.decided.at_ms, default=None)
        for other in close:
            self._flag(tx, "CLONE", mine, other, now_ms)
        if earlier is not None and earlier.gate != mine.gate and earlier.dir is mine.dir and earlier not in close:
            self._flag(tx, "SAME_WAY", mine, earlier, now_ms)

    def _flag(self, tx: Connection, kind: str, one: PassageRecord, two: PassageRecord, now_ms: int) -> None:
        first, second = sorted((one, two), key=lambda r: (r.decided.at_ms, r.passage))
        detail = {
            "first_gate": str(first.gate), "first_at_ms": str(first.decided.at_ms), "first_passage": str(first.passage),
            "second_gate": str(second.gate), "second_at_ms": str(second.decided.at_ms),
            "second_passage": str(second.passage),
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
