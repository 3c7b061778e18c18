# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What becomes of each event of a batch: the rules of sync-and-store.md 5 as one pure function.

The office never refuses a fact: what cannot be taken as told is set aside, fills its place and is acknowledged. Its
hash as sent goes on in the chain, so that the next event is judged by what the gate itself built upon.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.domain.log.chain import next_hash
from sync.office.service.reading import ReadEvent, commitment_holds, read_event
from sync.office.store.devices import Held
from sync.office.store.events import Placed
from sync.wire.messages import Personal


class NoteCode(StrEnum):
    """附注: what an acknowledged event's note says."""

    SHAPE = "QUARANTINED_SHAPE"
    HASH = "QUARANTINED_HASH"
    FORK = "QUARANTINED_FORK"
    STORED_RAW = "STORED_RAW"


@dataclass(frozen=True, slots=True)
class Incoming:
    """来件: an event as sent: `prev` and `hash` raw, as the gate says."""

    text: str
    hash: bytes
    prev: bytes
    personal: Personal | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """收下: an event to be stored; `linked`: its whole past is held."""

    incoming: Incoming
    read: ReadEvent
    seq: int
    linked: bool


@dataclass(frozen=True, slots=True)
class Aside:
    """存疑: an event to be set aside; `fills`: it takes the place of `seq` (0: no place is known)."""

    incoming: Incoming
    seq: int
    code: NoteCode
    fills: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """判断: `held` as it is after the batch, before waiting events behind it are linked.

    `again`: events that were known already (their personal part may be new). `forked`: the log is another one than
    ours. `gap`: something was missing before the first event, or it could not be placed.
    """

    held: Held
    taken: tuple[Taken, ...] = ()
    aside: tuple[Aside, ...] = ()
    again: tuple[Taken, ...] = ()
    forked: bool = False
    gap: bool = False


def read_all(incoming: Sequence[Incoming]) -> list[ReadEvent | None]:
    """Every event read as far as it can be."""
    return [read_event(item.text.encode()) for item in incoming]


def first_seq(incoming: Sequence[Incoming], reads: Sequence[ReadEvent | None], held: Held) -> int | None:
    """The place of the first event: as the first readable one says, else right after what we hold; None if unknown."""
    for number, read in enumerate(reads):
        if read is not None and read.seq > number:
            return read.seq - number
    return held.seq + 1 if incoming and incoming[0].prev == held.hash else None


def judge(
    incoming: Sequence[Incoming],
    reads: Sequence[ReadEvent | None],
    first: int | None,
    held: Held,
    placed: Mapping[int, Placed],
    known_ids: AbstractSet[bytes],
    gate: str,
) -> Judgement:
    """Judge a batch in order; `placed` holds what stands at its places, `known_ids` which of its ids stand anywhere."""
    if first is None:
        return Judgement(held, aside=tuple(Aside(item, 0, NoteCode.SHAPE, fills=False) for item in incoming), gap=True)
    judging = _Judging(held, gate, set(known_ids))
    for number, (item, read) in enumerate(zip(incoming, reads, strict=True)):
        judging.one(item, read, first + number, placed.get(first + number))
    return judging.done()


class _Judging:
    def __init__(self, held: Held, gate: str, known_ids: set[bytes]) -> None:
        self._start = held
        self._seq, self._hash = held.seq, held.hash
        self._gate = gate
        self._ids = known_ids
        self._taken: list[Taken] = []
        self._aside: list[Aside] = []
        self._again: list[Taken] = []
        self._forked = False
        self._gap = False

    def done(self) -> Judgement:
        return Judgement(
            replace(self._start, seq=self._seq, hash=self._hash),
            tuple(self._taken),
            tuple(self._aside),
            tuple(self._again),
            self._forked,
            self._gap,
        )

    def one(self, item: Incoming, read: ReadEvent | None, seq: int, there: Placed | None) -> None:
        if there is not None:
            if there.hash != item.hash:
                self._forked = True
                self._aside.append(Aside(item, seq, NoteCode.FORK, fills=False))
            elif read is not None and not there.set_aside:
                self._again.append(Taken(item, read, seq, there.linked))
            return
        code = self._fault(item, read, seq)
        next_one = seq == self._seq + 1
        if code is None and next_one and item.prev != self._hash:
            code = NoteCode.FORK
        if code is NoteCode.FORK:
            self._forked = True
        if code is not None or read is None:
            self._aside.append(Aside(item, seq, code or NoteCode.SHAPE, fills=True))
        else:
            self._ids.add(read.id)
            self._taken.append(Taken(item, read, seq, next_one))
        if next_one:
            self._seq, self._hash = seq, item.hash
        else:
            self._gap = True

    def _fault(self, item: Incoming, read: ReadEvent | None, seq: int) -> NoteCode | None:
        if read is None or read.seq != seq or read.gate != self._gate:
            return NoteCode.SHAPE
        if next_hash(item.prev, read.canon) != item.hash or not commitment_holds(read, item.personal):
            return NoteCode.HASH
        return NoteCode.FORK if read.id in self._ids else None
