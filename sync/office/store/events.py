# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The events of all gates as they were sent, their sealed parts, and what is set aside (sync-and-store.md 5, 9)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from sync.office.store.prepared import AnyOf, Bulk
from sync.office.store.tables import event, event_private, quarantine
from sync.office.store.upsert import add_new
from sync.office.store.vault import Vault

_PART = 400


@dataclass(frozen=True, slots=True)
class Placed:
    """已存的位置: what the office has at a seq of an epoch; `set_aside`: in quarantine, where it fills its place."""

    seq: int
    hash: bytes
    linked: bool
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """已存事件: as sent; `canon` is never re-serialised."""

    device_id: str
    epoch: int
    seq: int
    day: int
    event_id: bytes
    at_ms: int
    received_at_ms: int
    gate_id: str
    compound_id: str
    canon: bytes
    hash: bytes
    linked: bool
    parsed: bool


@dataclass(frozen=True, slots=True)
class SetAside:
    """隔离存放: raw text of what could not be taken as told, for a person to judge."""

    id: str
    device_id: str
    epoch: int
    seq: int
    code: str
    hash: bytes
    raw: str
    received_at_ms: int
    fills: bool
    outcome: str | None = None


_KEPT = [
    event.c[name]
    for name in (
        "device_id", "epoch", "seq", "day", "event_id", "at_ms", "received_at_ms", "gate_id", "compound_id", "canon",
        "hash", "linked", "parsed",
    )
]  # fmt: skip


_ids_known = AnyOf(event, "event_id", ("event_id",), also="day")
_bulk = Bulk(event)
COLUMNS = _bulk.names
"""The order of an event's row in `append`."""


class Events:
    """事件库: append, look up by place or id; nothing is changed but `linked` and `parsed`."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault for personal parts and raw quarantine."""
        self._vault = vault

    def placed(self, tx: Connection, device_id: str, epoch: int, first: int, last: int) -> dict[int, Placed]:
        """What stands at the places `first` to `last`."""
        e, q = event.c, quarantine.c
        out: dict[int, Placed] = {}
        where = and_(q.device_id == device_id, q.epoch == epoch, q.seq.between(first, last), q.fills == 1)
        for aside in tx.execute(select(q.seq, q.hash).where(where)):
            out[aside.seq] = Placed(aside.seq, aside.hash, linked=True, set_aside=True)
        where = and_(e.device_id == device_id, e.epoch == epoch, e.seq.between(first, last))
        for row in tx.execute(select(e.seq, e.hash, e.linked).where(where)):
            out[row.seq] = Placed(row.seq, row.hash, linked=bool(row.linked))
        return out

    def ids_known(self, tx: Connection, ids: Sequence[bytes], days: Sequence[int]) -> set[bytes]:
        """Which of these event ids stand anywhere on these days: `at_ms` is hashed, so a repeat has the same day."""
        out: set[bytes] = set()
        for start in range(0, len(ids), _PART):
            out.update(row[0] for row in _ids_known(tx, ids[start : start + _PART], days))
        return out

    def append(self, tx: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add events (`COLUMNS`) whose places and ids were looked up: none of them is there."""
        _bulk.add(tx, rows, known=True)

    def seal(self, tx: Connection, personal: Sequence[tuple[str, int, int, int, str, bytes]]) -> None:
        """Keep personal parts: (device, epoch, seq, day, event id, plain bytes)."""
        rows = [
            {
                "device_id": device_id, "epoch": epoch, "seq": seq, "day": day,
                "sealed": self._vault.seal("event_private", event_id, plain),
            }
            for device_id, epoch, seq, day, event_id, plain in personal
        ]  # fmt: skip
        add_new(tx, event_private, rows)

    def personal(self, tx: Connection, kept: KeptEvent) -> bytes | None:
        """The opened personal part, or None if there is none, it was purged, or it does not open."""
        c = event_private.c
        where = (c.device_id == kept.device_id, c.epoch == kept.epoch, c.seq == kept.seq, c.day == kept.day)
        blob = tx.execute(select(c.sealed).where(*where)).scalar()
        return self._vault.open("event_private", kept.event_id.hex(), blob)

    def set_aside(self, tx: Connection, items: Sequence[SetAside]) -> None:
        """Put into quarantine."""
        rows = [
            {
                "id": item.id, "device_id": item.device_id, "epoch": item.epoch, "seq": item.seq, "code": item.code,
                "hash": item.hash, "raw": self._vault.seal("quarantine", item.id, item.raw.encode()),
                "received_at_ms": item.received_at_ms, "fills": int(item.fills), "outcome": item.outcome,
                "by": None, "why": None,
            }
            for item in items
        ]  # fmt: skip
        add_new(tx, quarantine, rows)

    def aside(self, tx: Connection, *, waiting: bool = True) -> list[SetAside]:
        """What lies in quarantine, oldest first."""
        q = quarantine.c
        query = select(quarantine).order_by(q.received_at_ms, q.seq)
        if waiting:
            query = query.where(q.outcome.is_(None))
        return [
            SetAside(
                row.id, row.device_id, row.epoch, row.seq, row.code, row.hash,
                (self._vault.open("quarantine", row.id, row.raw) or b"").decode(errors="replace"), row.received_at_ms,
                bool(row.fills), row.outcome,
            )
            for row in tx.execute(query)
        ]  # fmt: skip

    def link(self, tx: Connection, device_id: str, epoch: int, first: int, last: int) -> None:
        """Mark the events of these places as linked."""
        c = event.c
        where = (c.device_id == device_id, c.epoch == epoch, c.seq.between(first, last), c.linked == 0)
        tx.execute(update(event).where(*where).values(linked=1))

    def log(
        self, tx: Connection, device_id: str, epoch: int, after: int = 0, limit: int | None = None
    ) -> list[KeptEvent]:
        """Events of an epoch in order of seq."""
        c = event.c
        query = select(*_KEPT).where(c.device_id == device_id, c.epoch == epoch, c.seq > after).order_by(c.seq)
        return [KeptEvent(*row) for row in tx.execute(query if limit is None else query.limit(limit))]

    def of_gate(
        self, tx: Connection, gate: str, since_ms: int, after: tuple[int, str, int], limit: int
    ) -> list[KeptEvent]:
        """A gate's events since a time, by (time, device, seq); `after` is where the page before ended."""
        c = event.c
        at_ms, device_id, seq = after
        later = (c.at_ms > at_ms) | (
            (c.at_ms == at_ms) & ((c.device_id > device_id) | ((c.device_id == device_id) & (c.seq > seq)))
        )
        query = select(*_KEPT).where(c.gate_id == gate, c.at_ms >= since_ms, later)
        return [KeptEvent(*row) for row in tx.execute(query.order_by(c.at_ms, c.device_id, c.seq).limit(limit))]

    def of_passage(self, tx: Connection, device_id: str, passage: str) -> list[KeptEvent]:
        """A device's events of one passage, over its epochs (no index: for the rare refolding)."""
        c = event.c
        query = select(*_KEPT).where(c.device_id == device_id, c.passage_id == passage).order_by(c.epoch, c.seq)
        return [KeptEvent(*row) for row in tx.execute(query)]

    def everything(self, tx: Connection, page: int = 2000) -> Iterator[list[KeptEvent]]:
        """All linked events, device by device in order, in pages: for `rebuild`."""
        c = event.c
        last: tuple[str, int, int] = ("", 0, 0)
        while True:
            later = (
                (c.device_id > last[0])
                | ((c.device_id == last[0]) & (c.epoch > last[1]))
                | ((c.device_id == last[0]) & (c.epoch == last[1]) & (c.seq > last[2]))
            )
            query = select(*_KEPT).where(later, c.linked == 1).order_by(c.device_id, c.epoch, c.seq).limit(page)
            rows = [KeptEvent(*row) for row in tx.execute(query)]
            if not rows:
                return
            yield rows
            last = (rows[-1].device_id, rows[-1].epoch, rows[-1].seq)

    def count(self, tx: Connection, device_id: str | None = None) -> int:
        """How many events are held, of one device or all."""
        query = select(func.count()).select_from(event)
        return int(tx.execute(query if device_id is None else query.where(event.c.device_id == device_id)).scalar_one())

    def unlinked(self, tx: Connection, device_id: str, epoch: int) -> int:
        """How many events wait for a gap to fill."""
        c = event.c
        where = (c.device_id == device_id, c.epoch == epoch, c.linked == 0)
        return int(tx.execute(select(func.count()).select_from(event).where(*where)).scalar_one())
