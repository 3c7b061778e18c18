# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The outbox and what is kept of the talk with the office; functions of one connection, called by the store.

The log itself is the outbox: what lies behind `acked_seq` is to be sent. Epochs that were closed before all of them was
acknowledged come first, oldest first (sync-and-store.md 2, 4, 5).
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_epoch import EpochFile, base_of
from kiosk.adapters.store_log import open_personal
from kiosk.app.ports import Outgoing, SyncState
from kiosk.domain.log.columns import unpacked_id
from kiosk.domain.trust.sealing import DataKey

BATCH = 200
"""Events of one request: what lies further behind is "behind the backlog" for urgent ones (sync-and-store.md 4)."""

ATTEMPTS = 500
RECEIPT_EVERY = 500
"""One receipt of so many events is kept for pruning, the newest always."""

_OUT = """SELECT event.seq, event_id, at_ms, canon, hash, sealed FROM event LEFT JOIN event_private USING (seq)"""
_CURSOR = "cursor:"


@dataclass(frozen=True, slots=True)
class ClosedEpoch:
    """已关闭的记录: an earlier epoch whose file stays beside the open one; `head_seq` is the last verified row."""

    epoch: int
    file: str
    head_seq: int
    head_hash: bytes
    acked_seq: int


def get(connection: sqlite3.Connection, name: str) -> Any:  # noqa: ANN401 - int or text, by the name
    """One value of `sync_state`."""
    row = connection.execute("SELECT v FROM sync_state WHERE k = ?", (name,)).fetchone()
    return None if row is None else row[0]


def put(connection: sqlite3.Connection, name: str, value: object) -> None:
    """Set one value of `sync_state`; None deletes it."""
    if value is None:
        connection.execute("DELETE FROM sync_state WHERE k = ?", (name,))
    else:
        connection.execute(
            "INSERT INTO sync_state (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v", (name, value)
        )


def closed_epochs(connection: sqlite3.Connection) -> tuple[ClosedEpoch, ...]:
    """Earlier epochs, oldest first."""
    found = connection.execute("SELECT epoch, file, head_seq, head_hash, acked_seq FROM closed_epoch ORDER BY epoch")
    return tuple(ClosedEpoch(*row) for row in found)


def put_closed(connection: sqlite3.Connection, closed: ClosedEpoch) -> None:
    """Note an earlier epoch."""
    connection.execute(
        "INSERT OR REPLACE INTO closed_epoch VALUES (?,?,?,?,?)",
        (closed.epoch, closed.file, closed.head_seq, closed.head_hash, closed.acked_seq),
    )


def read_state(connection: sqlite3.Connection, file: EpochFile) -> tuple[SyncState, ClosedEpoch | None]:
    """Progress of the epoch to be sent next (the oldest with unacknowledged events), and it, if it is a closed one."""
    values: dict[str, Any] = dict(connection.execute("SELECT k, v FROM sync_state"))
    row = connection.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
    head_seq, head_hash = row if row is not None else base_of(connection, file.device, file.epoch)
    acked = int(values.get("acked_seq", 0))
    waiting = [c for c in closed_epochs(connection) if c.acked_seq < c.head_seq]
    pending = head_seq - acked + sum(c.head_seq - c.acked_seq for c in waiting)
    # What somebody took away, or cut off, is still counted as not delivered, but does not stop what can be sent.
    waiting = [c for c in waiting if _has_more(file.path.with_name(c.file), c)]
    if waiting:
        first = waiting[0]
        epoch, head_seq, head_hash, acked = first.epoch, first.head_seq, first.head_hash, first.acked_seq
    else:
        first, epoch = None, file.epoch
    oldest = None
    if first is None and head_seq > acked:
        oldest = connection.execute("SELECT at_ms FROM event WHERE seq = ?", (acked + 1,)).fetchone()
    acked_hash = values.get("acked_hash") if first is None else values.get(f"acked_hash:{epoch}")
    state = SyncState(
        epoch=epoch,
        head_seq=head_seq,
        head_hash=head_hash.hex(),
        acked_seq=acked,
        acked_hash=acked_hash or "",
        server=values.get("server"),
        server_epoch=values.get("server_epoch"),
        cursors={k.removeprefix(_CURSOR): v for k, v in values.items() if k.startswith(_CURSOR)},
        failures=values.get("n", 0),
        not_before_ms=values.get("not_before_ms", 0),
        last_ok_ms=values.get("last_ok_ms"),
        offset_ms=values.get("offset_ms"),
        last_error=values.get("last_error"),
        pending=pending,
        oldest_pending_at_ms=None if oldest is None else oldest[0],
    )
    return state, first


def _has_more(path: Path, closed: ClosedEpoch) -> bool:
    """Whether a closed epoch's file has anything of what is still to be sent of it."""
    if not path.exists():
        return False
    try:
        with closing(reader(path, shared=True)) as older:
            span = (closed.acked_seq, closed.head_seq)
            return older.execute("SELECT 1 FROM event WHERE seq > ? AND seq <= ? LIMIT 1", span).fetchone() is not None
    except sqlite3.Error:
        return False


def put_cursors(connection: sqlite3.Connection, cursors: Mapping[str, str]) -> None:
    """Store where the pull of each scope stands."""
    for scope, cursor in cursors.items():
        put(connection, _CURSOR + scope, cursor)


def drop_cursors(connection: sqlite3.Connection) -> None:
    """Forget all cursors: another office database, or the same one restored."""
    connection.execute("DELETE FROM sync_state WHERE k LIKE ?", (_CURSOR + "%",))


def note_made_at(connection: sqlite3.Connection, made_at_ms: int | None) -> None:
    """The gate list's age is that of the newest page applied in full; it never gets older."""
    if made_at_ms is not None and made_at_ms > (get(connection, "list_made_at_ms") or 0):
        put(connection, "list_made_at_ms", made_at_ms)


@dataclass(frozen=True, slots=True)
class Source:
    """来源: an epoch's file as the outbox reads it."""

    connection: sqlite3.Connection
    device: str
    epoch: int
    head_seq: int
    key: DataKey | None


def read_outgoing(source: Source, after_seq: int, limit: int, max_bytes: int) -> tuple[Outgoing, ...]:
    """Events in order, without a gap, at most `limit` and `max_bytes` (but one always)."""
    found = source.connection.execute(
        _OUT + " WHERE event.seq > ? AND event.seq <= ? ORDER BY event.seq LIMIT ?", (after_seq, source.head_seq, limit)
    )
    out: list[Outgoing] = []
    size = 0
    prev = _hash_before(source, after_seq)
    for row in found:
        event = _outgoing(source, row, prev)
        size += len(row[3]) + (0 if row[5] is None else 2 * len(row[5]))
        if out and (size > max_bytes or event.seq != out[-1].seq + 1):
            break
        out.append(event)
        prev = event.hash
    return tuple(out)


def read_urgent(source: Source, acked_seq: int, limit: int) -> tuple[Outgoing, ...]:
    """P1 cases with their steps, and remote approvals, from behind the first batch; oldest first."""
    return tuple(_urgent(source, acked_seq + BATCH, limit))


def _urgent(source: Source, behind: int, limit: int) -> Iterator[Outgoing]:
    found = source.connection.execute(
        _OUT
        + """ WHERE type IN ('case', 'case.step', 'remote.approval') AND event.seq > ? AND event.seq <= ?
            ORDER BY event.seq""",
        (behind, source.head_seq),
    ).fetchall()
    first = {
        json.loads(row[3])["body"].get("case") for row in found if json.loads(row[3])["body"].get("priority") == "P1"
    }
    count = 0
    for row in found:
        data = json.loads(row[3])
        if data["type"] != "remote.approval" and data["body"].get("case") not in first:
            continue
        yield _outgoing(source, row, _hash_before(source, row[0] - 1))
        count += 1
        if count == limit:
            return


def _hash_before(source: Source, seq: int) -> str:
    row = source.connection.execute("SELECT hash FROM event WHERE seq = ?", (seq,)).fetchone()
    return str((row[0] if row is not None else base_of(source.connection, source.device, source.epoch)[1]).hex())


def _outgoing(source: Source, row: tuple[Any, ...], prev: str) -> Outgoing:
    seq, event_id, at_ms, canon, hash_, sealed = row
    opened = None if sealed is None else open_personal(unpacked_id(event_id), sealed, source.key)
    return Outgoing(
        epoch=source.epoch,
        seq=seq,
        canon=canon.decode(),
        hash=hash_.hex(),
        prev=prev,
        at_ms=at_ms,
        personal=None if opened is None else json.loads(opened[1]),
        salt=None if opened is None else opened[0].hex(),
    )


class Taken(Enum):
    """确认结果: what became of an acknowledgement."""

    STORED = "STORED"
    OLDER = "OLDER"
    UNKNOWN = "UNKNOWN"


def acknowledge(
    connection: sqlite3.Connection, file: EpochFile, epoch: int, seq: int, hash_hex: str, receipt: Mapping[str, object]
) -> Taken:
    """Move `acked_seq` of an epoch; inside the caller's transaction. The open one's goes back only after a new server
    epoch, once.
    """
    rewind = get(connection, "rewind") == 1
    if epoch == file.epoch:
        head, acked = file.head_seq, int(get(connection, "acked_seq") or 0)
        row = connection.execute("SELECT hash FROM event WHERE seq = ?", (seq,)).fetchone()
        ours = row[0] if row is not None else None
    else:
        closed = next((c for c in closed_epochs(connection) if c.epoch == epoch), None)
        if closed is None:
            return Taken.UNKNOWN
        head, acked, rewind = closed.head_seq, closed.acked_seq, False
        ours = _hash_in(file.path.with_name(closed.file), file.device, closed, seq)
    # A hash that is not ours is a fork: the office then orders a new epoch, and nothing here counts as delivered.
    if seq > head or (ours is not None and ours.hex() != hash_hex):
        return Taken.UNKNOWN
    if seq < acked and not rewind:
        return Taken.OLDER
    if epoch == file.epoch:
        put(connection, "acked_seq", seq)
        put(connection, "acked_hash", hash_hex)
        if seq > 0:
            keep_receipt(connection, seq, receipt)
    else:
        connection.execute("UPDATE closed_epoch SET acked_seq = ? WHERE epoch = ?", (seq, epoch))
        put(connection, f"acked_hash:{epoch}", hash_hex)
        return Taken.STORED
    put(connection, "rewind", None)
    return Taken.STORED


def _hash_in(path: Path, device: str, closed: ClosedEpoch, seq: int) -> bytes | None:
    """The hash at `seq` of a closed epoch's file; None if the file has no such event, or is gone (nothing to send)."""
    if seq == closed.head_seq:
        return closed.head_hash
    if not path.exists():
        return None
    with closing(reader(path, shared=True)) as older:
        row = older.execute("SELECT hash FROM event WHERE seq = ?", (seq,)).fetchone()
        base_seq, base_hash = base_of(older, device, closed.epoch)
    return base_hash if row is None and seq == base_seq else None if row is None else bytes(row[0])


def pass_over(connection: sqlite3.Connection, epoch: int, seq: int) -> None:
    """Events of a closed epoch up to `seq` are at the office, as told or set aside; inside the caller's transaction."""
    connection.execute(
        "UPDATE closed_epoch SET acked_seq = min(?, head_seq) WHERE epoch = ? AND acked_seq < ?", (seq, epoch, seq)
    )


def doubt_closed(connection: sqlite3.Connection) -> None:
    """Another office database may lack what was acknowledged of earlier epochs: they are offered again."""
    connection.execute("UPDATE closed_epoch SET acked_seq = 0")
    connection.execute("DELETE FROM sync_state WHERE k LIKE 'acked_hash:%'")


def note_attempt(connection: sqlite3.Connection, values: tuple[object, ...]) -> None:
    """Keep an attempt in the ring of 500: (at_ms, kind, status, sent, acked, ms, error)."""
    last = connection.execute(
        "INSERT INTO sync_attempt (at_ms, kind, status, sent, acked, ms, error) VALUES (?,?,?,?,?,?,?)", values
    ).lastrowid
    connection.execute("DELETE FROM sync_attempt WHERE id <= ?", ((last or 0) - ATTEMPTS,))


def keep_receipt(connection: sqlite3.Connection, seq: int, receipt: Mapping[str, object]) -> None:
    """Keep a receipt of the open epoch; within a span of `RECEIPT_EVERY` events only the newest."""
    span = seq - seq % RECEIPT_EVERY
    connection.execute("DELETE FROM receipt WHERE seq >= ? AND seq <= ?", (span, seq))
    connection.execute("INSERT INTO receipt VALUES (?, ?)", (seq, json.dumps(receipt, sort_keys=True)))
