# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Events into the file and out of it: canonical bytes, chain, sealed personal part, the folded present."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kiosk.adapters.store_epoch import EpochFile
from kiosk.app.ports import CommitFailed, CommitFault, Ids, LiveChange
from kiosk.domain.events import Draft, Event, event_from_json, event_to_json, placed
from kiosk.domain.identity import EventId, PassageId, ShiftId
from kiosk.domain.instants import day_of
from kiosk.domain.log.canonical import PERSONAL_LIMIT, canonical_bytes
from kiosk.domain.log.chain import next_hash
from kiosk.domain.log.columns import columns_of, packed_id
from kiosk.domain.trust.sealing import (
    NONCE_SIZE,
    SALT_SIZE,
    DataKey,
    personal_commitment,
    row_aad,
    seal,
    unpacked,
    unseal,
)

PRIVATE = "event_private"
_VERSION = 1

_INSERT_EVENT = "INSERT INTO event VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_PRIVATE = "INSERT INTO event_private VALUES (?,?,?)"
_PUT_LIVE = "INSERT INTO live VALUES (?,?,?) ON CONFLICT (kind, key) DO UPDATE SET doc = excluded.doc"
_DROP_LIVE = "DELETE FROM live WHERE kind = ? AND key = ?"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A commit made ready: nothing is left to compute inside the transaction, so that a retry writes the same bytes."""

    events: tuple[Event, ...]
    rows: tuple[tuple[Any, ...], ...]
    private: tuple[tuple[int, str, bytes], ...]
    live: tuple[LiveChange, ...]
    head_seq: int
    head_hash: bytes


def prepare(
    file: EpochFile, drafts: Sequence[Draft], fold: Callable[[Event], Iterable[LiveChange]], ids: Ids
) -> Prepared:
    """Place drafts after the head of `file`; raises `CommitFailed` if a personal part cannot be sealed.

    A body that has no canonical form or is too large is a bug and raises as such, before anything is written.
    """
    seq, prev = file.head_seq, file.head_hash
    events: list[Event] = []
    rows: list[tuple[Any, ...]] = []
    private: list[tuple[int, str, bytes]] = []
    live: dict[tuple[str, str], LiveChange] = {}
    for draft in drafts:
        seq += 1
        pc = None
        if draft.personal is not None:
            pc, sealed = seal_personal(draft.id, draft.personal, file.key, ids)
            private.append((seq, day_of(draft.at_ms).isoformat(), sealed))
        event = placed(draft, seq, pc)
        data = event_to_json(event)
        canon = canonical_bytes(data)
        prev = next_hash(prev, canon)
        rows.append((*columns_of(data), canon, prev))
        events.append(event)
        for change in fold(event):
            live[change.kind, change.key] = change
    return Prepared(tuple(events), tuple(rows), tuple(private), tuple(live.values()), seq, prev)


def write(file: EpochFile, prepared: Prepared) -> None:
    """Write a prepared commit in one durable transaction; raises `sqlite3.Error` with nothing written."""
    with file.transaction() as connection:
        insert(connection, prepared)
    file.head_seq, file.head_hash = prepared.head_seq, prepared.head_hash


def insert(connection: sqlite3.Connection, prepared: Prepared) -> None:
    """The statements of a prepared commit, inside a transaction."""
    for row in prepared.rows:
        connection.execute(_INSERT_EVENT, row)
    for part in prepared.private:
        connection.execute(_INSERT_PRIVATE, part)
    put_live(connection, prepared.live)


def put_live(connection: sqlite3.Connection, changes: Iterable[LiveChange]) -> None:
    """Write folded documents."""
    for change in changes:
        if change.doc is None:
            connection.execute(_DROP_LIVE, (change.kind, change.key))
        else:
            connection.execute(_PUT_LIVE, (change.kind, change.key, change.doc))


def seal_personal(event: EventId, personal: Mapping[str, Any], key: DataKey | None, ids: Ids) -> tuple[str, bytes]:
    """The commitment in hex and the sealed blob of a personal part; the salt lies inside the blob."""
    if key is None:
        raise CommitFailed(CommitFault.KEY_STORE)
    plain = canonical_bytes(personal, PERSONAL_LIMIT)
    salt = ids.random(SALT_SIZE)
    sealed = seal(salt + plain, key, ids.random(NONCE_SIZE), row_aad(PRIVATE, event, _VERSION))
    return personal_commitment(salt, plain).hex(), sealed.packed()


def open_personal(event: str, blob: bytes, key: DataKey | None) -> tuple[bytes, bytes] | None:
    """Salt and canonical personal bytes of a sealed blob; None if it cannot be opened."""
    sealed = unpacked(blob)
    if key is None or sealed is None:
        return None
    plain = unseal(sealed, key, row_aad(PRIVATE, event, _VERSION))
    return None if plain is None or len(plain) < SALT_SIZE else (plain[:SALT_SIZE], plain[SALT_SIZE:])


def read_event(canon: bytes) -> Event:
    """An event from its stored bytes."""
    return event_from_json(json.loads(canon))


def read_live(connection: sqlite3.Connection) -> Iterator[LiveChange]:
    """All folded documents."""
    return (LiveChange(*row) for row in connection.execute("SELECT kind, key, doc FROM live ORDER BY kind, key"))


def read_events(connection: sqlite3.Connection, after_seq: int, limit: int | None) -> Iterator[Event]:
    """Events in order of seq."""
    found = connection.execute(
        "SELECT canon FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, -1 if limit is None else limit)
    )
    return (read_event(canon) for (canon,) in found)


def read_passage(connection: sqlite3.Connection, passage: PassageId) -> tuple[Event, ...]:
    """All events of a passage, in order."""
    found = connection.execute("SELECT canon FROM event WHERE passage_id = ? ORDER BY seq", (packed_id(passage),))
    return tuple(read_event(canon) for (canon,) in found)


def read_shift(connection: sqlite3.Connection, shift: ShiftId, after_seq: int, limit: int) -> tuple[Event, ...]:
    """Events of a shift, in order, a page at a time."""
    found = connection.execute(
        "SELECT canon FROM event WHERE shift_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (packed_id(shift), after_seq, limit),
    )
    return tuple(read_event(canon) for (canon,) in found)


class LogLine(NamedTuple):
    """一行记录: a stored event as a list shows it; ids packed (`unpacked_id` gives their text), `temp_dc` tenths."""

    seq: int
    at_ms: int
    type: str
    person_id: bytes | str | None
    pass_id: bytes | str | None
    passage_id: bytes | str | None
    verdict: str | None
    temp_dc: int | None


def read_lines(connection: sqlite3.Connection, shift: ShiftId, after_seq: int, limit: int) -> tuple[LogLine, ...]:
    """A shift's events as lines, in order, a page at a time."""
    found = connection.execute(
        """SELECT seq, at_ms, type, person_id, pass_id, passage_id, verdict, temp_dc FROM event
           WHERE shift_id = ? AND seq > ? ORDER BY seq LIMIT ?""",
        (packed_id(shift), after_seq, limit),
    )
    return tuple(map(LogLine._make, found))


def read_personal(connection: sqlite3.Connection, event: EventId, key: DataKey | None) -> Mapping[str, object] | None:
    """The opened personal part of an event."""
    row = connection.execute(
        "SELECT sealed FROM event_private JOIN event USING (seq) WHERE event_id = ?", (packed_id(event),)
    ).fetchone()
    opened = None if row is None else open_personal(event, row[0], key)
    if opened is None:
        return None
    found: Mapping[str, object] = json.loads(opened[1])
    return found
