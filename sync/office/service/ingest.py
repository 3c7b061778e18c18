# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Taking in events, one device at a time: store, link, project, acknowledge, in one transaction (sync-and-store.md
5).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy import Connection

from kiosk.domain.events import LogOpened
from kiosk.domain.instants import day_number
from kiosk.domain.log.chain import next_hash
from sync.office.service.judging import Incoming, Judgement, NoteCode, Taken, first_seq, judge, read_all
from sync.office.service.projecting import Fact, Projections
from sync.office.service.reading import ReadEvent, read_event
from sync.office.store.devices import Device, Devices, Held
from sync.office.store.events import Events, SetAside
from sync.wire.messages import Note, WireEvent
from sync.wire.strict import encode

_LINK_PAGE = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """一批事件: of one device and epoch, in order; `urgent` from behind it. `offset_ms`: office - gate time."""

    epoch: int
    events: tuple[Incoming, ...] = ()
    urgent: tuple[Incoming, ...] = ()
    offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Ingested:
    """收件结果: how far the epoch is held; `expected_seq`: to be sent from here; `new_epoch`: to be opened."""

    held: Held
    expected_seq: int | None = None
    notes: tuple[Note, ...] = ()
    new_epoch: int | None = None
    why: str | None = None
    stored: int = 0


class Ingest:
    """收件: the only way in for events, from the line, a carried file or a replay alike."""

    def __init__(self, devices: Devices, events: Events, projections: Projections) -> None:
        """Take the stores and what follows from an event."""
        self._devices = devices
        self._events = events
        self._projections = projections

    def take(self, tx: Connection, device: Device, batch: Batch, now_ms: int) -> Ingested:
        """Take a batch in; the caller holds the device's row and commits."""
        reads = read_all(batch.events)
        held = self._devices.held(tx, device.id, batch.epoch)
        if held is None:
            held = self._opened(tx, device, batch, reads, now_ms)
        if held is None:
            return Ingested(Held(batch.epoch, 0, b""), expected_seq=1 if batch.events else None)
        judgement, first = self._judged(tx, device, batch.events, reads, held)
        self._store(tx, device, batch, judgement, now_ms)
        top = max(_top(judgement), self._urgent(tx, device, batch, held, now_ms))
        # Only what stands beyond our log can be linked to it now, and only then is it looked for.
        after, waiting, broken = replace(judgement.held, top=top), list[ReadEvent](), False
        if top > after.seq:
            after, waiting, broken = self._link(tx, device, after)
        if after != held:
            self._devices.hold(tx, device.id, after)
        linked = [t for t in judgement.taken if t.linked]
        facts = [
            self._fact(device, batch.epoch, t.read, t.incoming, batch.offset_ms)
            for t in linked
            if t.read.event is not None
        ]
        facts += [self._stored_fact(tx, device, read, batch) for read in waiting]
        self._projections.apply(tx, [fact for fact in facts if fact is not None], now_ms)
        forked = judgement.forked or broken
        unplaced = any(aside.seq == 0 for aside in judgement.aside)
        gap = (judgement.gap or first is None) and (unplaced or after.top > after.seq)
        return Ingested(
            after,
            expected_seq=after.seq + 1 if gap else None,
            notes=_notes(judgement),
            new_epoch=max(device.epoch, batch.epoch) + 1 if forked else None,
            why="FORK" if forked else None,
            stored=len(judgement.taken),
        )

    def _opened(
        self, tx: Connection, device: Device, batch: Batch, reads: Sequence[ReadEvent | None], now_ms: int
    ) -> Held | None:
        """A new epoch is taken only by a `log.opened` at seq 1 (rule "A new epoch begins")."""
        first = reads[0] if reads else None
        if first is None or first.seq != 1 or first.event is None or not isinstance(first.event.body, LogOpened):
            return None
        opened = first.event.body
        held = self._devices.open_epoch(
            tx, device.id, batch.epoch, now_ms, parent_epoch=opened.parent_epoch, parent_seq=opened.parent_seq
        )
        if batch.epoch > device.epoch:
            self._devices.change(
                tx,
                device.id,
                {"epoch": batch.epoch, "acked_seq": 0, "acked_hash": held.hash, "ordered_epoch": None},
            )
        return held

    def _judged(
        self,
        tx: Connection,
        device: Device,
        incoming: Sequence[Incoming],
        reads: Sequence[ReadEvent | None],
        held: Held,
    ) -> tuple[Judgement, int | None]:
        if not incoming:
            return Judgement(held), held.seq + 1
        first = first_seq(incoming, reads, held)
        known_places = first is not None and first <= held.top
        last = (first or 0) + len(incoming) - 1
        placed = self._events.placed(tx, device.id, held.epoch, first or 0, last) if known_places else {}
        fresh = [read for n, read in enumerate(reads) if read is not None and (first or 0) + n not in placed]
        days = {day_number(read.at_ms) for read in fresh}
        known = self._events.ids_known(tx, [read.id for read in fresh], list(days))
        return judge(incoming, reads, first, held, placed, known, device.gate_id), first

    def _store(self, tx: Connection, device: Device, batch: Batch, judgement: Judgement, now_ms: int) -> None:
        self._events.append(tx, _rows(device, batch, judgement.taken, now_ms))
        personal = [
            (
                device.id, batch.epoch, taken.seq, day_number(taken.read.at_ms), taken.read.id.hex(),
                encode(taken.incoming.personal),
            )
            for taken in (*judgement.taken, *judgement.again)
            if taken.incoming.personal is not None
        ]  # fmt: skip
        self._events.seal(tx, personal)
        self._events.set_aside(
            tx,
            [
                SetAside(
                    _aside_id(device, batch.epoch, aside.seq, aside.incoming), device.id, batch.epoch, aside.seq,
                    aside.code.value, aside.incoming.hash, _raw(aside.incoming), now_ms, aside.fills,
                )
                for aside in judgement.aside
            ],
        )  # fmt: skip

    def _urgent(self, tx: Connection, device: Device, batch: Batch, held: Held, now_ms: int) -> int:
        """P1 cases from behind the backlog: stored ahead of their turn, acted upon at once; the last one's place."""
        top = held.top
        for item in batch.urgent:
            (read,) = read_all([item])
            if read is None or read.seq <= held.seq:
                continue
            placed = self._events.placed(tx, device.id, batch.epoch, read.seq, read.seq)
            known = self._events.ids_known(tx, [read.id], [day_number(read.at_ms)])
            alone = judge([item], [read], read.seq, replace(held, seq=0), placed, known, device.gate_id)
            self._store(tx, device, batch, replace(alone, aside=()), now_ms)
            fact = self._fact(device, batch.epoch, read, item, batch.offset_ms)
            top = max(top, *(taken.seq for taken in alone.taken), 0)
            if alone.taken and fact is not None:
                self._projections.apply_urgent(tx, [fact], now_ms)
        return top

    def _link(self, tx: Connection, device: Device, held: Held) -> tuple[Held, list[ReadEvent], bool]:
        """Link what waited behind a gap that is now filled; also whether the chain broke there."""
        linked: list[ReadEvent] = []
        broken = False
        start = held.seq
        while True:
            found = self._events.log(tx, device.id, held.epoch, held.seq, limit=_LINK_PAGE)
            by_seq = {kept.seq: kept for kept in found}
            aside = self._events.placed(tx, device.id, held.epoch, held.seq + 1, held.seq + _LINK_PAGE) if found else {}
            before = held.seq
            while held.seq - before < _LINK_PAGE:
                kept, there = by_seq.get(held.seq + 1), aside.get(held.seq + 1)
                if kept is not None:
                    broken = broken or next_hash(held.hash, kept.canon) != kept.hash
                    read = read_event(kept.canon)
                    if read is not None:
                        linked.append(read)
                    held = replace(held, seq=kept.seq, hash=kept.hash)
                elif there is not None and there.set_aside:
                    held = replace(held, seq=there.seq, hash=there.hash)
                else:
                    break
            if held.seq - before < _LINK_PAGE:
                break
        if held.seq > start:
            self._events.link(tx, device.id, held.epoch, start + 1, held.seq)
        return held, linked, broken

    def _fact(self, device: Device, epoch: int, read: ReadEvent, incoming: Incoming, offset_ms: int) -> Fact | None:
        if read.event is None:
            return None
        personal = incoming.personal.c.encode() if incoming.personal is not None else None
        return Fact(read.event, device, epoch, personal, read.event.at_ms + offset_ms)

    def _stored_fact(self, tx: Connection, device: Device, read: ReadEvent, batch: Batch) -> Fact | None:
        if read.event is None:
            return None
        kept = self._events.log(tx, device.id, batch.epoch, read.seq - 1, limit=1)
        personal = self._events.personal(tx, kept[0]) if kept and read.pc is not None else None
        return Fact(read.event, device, batch.epoch, personal_text(personal), read.event.at_ms + batch.offset_ms)


def personal_text(plain: bytes | None) -> bytes | None:
    """The canonical personal part out of a stored one (which holds the salt beside it)."""
    return None if plain is None else str(json.loads(plain)["c"]).encode()


def _notes(judgement: Judgement) -> tuple[Note, ...]:
    notes = [Note(seq=aside.seq, id="", code=aside.code.value) for aside in judgement.aside]
    notes += [
        Note(seq=taken.seq, id=taken.read.id.hex(), code=NoteCode.STORED_RAW.value)
        for taken in judgement.taken
        if taken.read.event is None
    ]
    return tuple(notes)


def _raw(item: Incoming) -> str:
    return encode(WireEvent(c=item.text, h=item.hash.hex(), p=item.personal)).decode()


def _aside_id(device: Device, epoch: int, seq: int, item: Incoming) -> str:
    """The same thing sent again is the same row of the work list."""
    name = f"{device.id}|{epoch}|{seq}|{item.hash.hex()}|".encode() + item.text.encode()
    return sha256(name).hexdigest()[:32]


def _top(judgement: Judgement) -> int:
    """The highest place at which anything stands after the batch."""
    taken = [t.seq for t in judgement.taken]
    aside = [a.seq for a in judgement.aside if a.fills]
    return max(judgement.held.top, judgement.held.seq, *taken, *aside)


def _rows(device: Device, batch: Batch, taken: Sequence[Taken], now_ms: int) -> list[tuple[object, ...]]:
    """Rows of the events' table, in the order of its columns (`COLUMNS`)."""
    device_id, epoch, offset = device.id, batch.epoch, batch.offset_ms
    gate, compound = device.gate_id, device.compound_id
    return [
        (
            device_id, epoch, one.seq, day_number(r.at_ms), r.id, r.at_ms, r.at_ms + offset, now_ms, r.type, r.v, gate,
            compound, r.person_id, r.pass_id, r.passage_id, r.verdict, r.temp_dc, r.canon, one.incoming.hash,
            int(one.linked), int(r.event is not None),
        )
        for one in taken
        for r in (one.read,)
    ]  # fmt: skip
