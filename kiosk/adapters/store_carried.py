# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Events of any epoch of a gate's folder for a file that is carried by hand (sync-and-store.md 7); read-only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_epoch import base_of, data_key_of, head_of
from kiosk.adapters.store_rescue import epochs_in
from kiosk.adapters.store_sync import Source, closed_epochs, get, read_outgoing
from kiosk.app.ports import Outgoing
from kiosk.domain.log.columns import packed_id

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Span:
    """一段记录: events `first` to `last` of an epoch; `base` is the hash before the first, in hex."""

    epoch: int
    first: int
    last: int
    base: str


@dataclass(frozen=True, slots=True)
class CarriedSource:
    """随带来源: a gate's folder; `kek` None: personal parts are left out."""

    folder: Path
    device: str
    kek: bytes | None

    def spans(self, *, unsent: bool = False, shift: str | None = None) -> tuple[Span, ...]:
        """What there is to carry, epoch by epoch: all, the unacknowledged, or what a shift spans."""
        files = epochs_in(self.folder)
        if not files:
            return ()
        heads = self._heads(max(files), files[max(files)])
        out: list[Span] = []
        for epoch, path in sorted(files.items()):
            with closing(reader(path, shared=True)) as connection:
                first, last = base_of(connection, self.device, epoch)[0] + 1, heads.get(epoch, (0, 0))[0]
                if unsent:
                    first = max(first, heads.get(epoch, (0, 0))[1] + 1)
                if shift is not None:
                    row = connection.execute(
                        "SELECT min(seq), max(seq) FROM event WHERE shift_id = ?", (packed_id(shift),)
                    ).fetchone()
                    first, last = (row[0], row[1]) if row[0] is not None else (1, 0)
                if first <= last:
                    out.append(Span(epoch, first, last, _hash_before(connection, self.device, epoch, first)))
        return tuple(out)

    def events(self, span: Span) -> Iterator[Outgoing]:
        """The events of a span in order, a page at a time."""
        with self._source(span) as source:
            after = span.first - 1
            while page := read_outgoing(source, after, _PAGE, 1 << 30):
                yield from page
                after = page[-1].seq

    @contextmanager
    def _source(self, span: Span) -> Iterator[Source]:
        with closing(reader(epochs_in(self.folder)[span.epoch], shared=True)) as connection:
            yield Source(connection, self.device, span.epoch, span.last, data_key_of(connection, self.kek))

    def _heads(self, newest: int, path: Path) -> dict[int, tuple[int, int]]:
        """(head, acknowledged) by epoch, as the newest epoch's file has them."""
        with closing(reader(path, shared=True)) as connection:
            found = {closed.epoch: (closed.head_seq, closed.acked_seq) for closed in closed_epochs(connection)}
            found[newest] = (head_of(connection, self.device, newest)[0], int(get(connection, "acked_seq") or 0))
        return found


def _hash_before(connection: sqlite3.Connection, device: str, epoch: int, seq: int) -> str:
    row = connection.execute("SELECT hash FROM event WHERE seq = ?", (seq - 1,)).fetchone()
    return str((row[0] if row is not None else base_of(connection, device, epoch)[1]).hex())
