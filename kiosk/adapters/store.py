# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's store: `GateStore`, `PulledLists` and `SyncStore` over one SQLite file per epoch (sync-and-store.md 2).

Opened by `kiosk.adapters.store_start.open_store`. Threads: any; writes take turns, the desk first.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from kiosk.adapters import store_log, store_register, store_sync
from kiosk.adapters.device_folder import FolderLock, FreeBytes, free_bytes, free_reserve, write_receipt
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_epoch import EpochFile, data_key_of
from kiosk.adapters.store_faults import fault_of, file_failed
from kiosk.adapters.store_turns import Turns
from kiosk.app.ports import (
    Clock,
    CommitFailed,
    CommitFault,
    GateIdentity,
    Ids,
    LiveChange,
    Outgoing,
    RowChange,
    SyncState,
)
from kiosk.domain.events import Draft, Event
from kiosk.domain.identity import EventId, PassageId, ShiftId
from kiosk.domain.register import Row

_log = logging.getLogger(__name__)

STOP_BYTES = 50 * 1024 * 1024
"""Below this the gate records no more: as a failed commit (sync-and-store.md 2, "space is short")."""


class GateFolderStore:
    """门岗存储: the open epoch of a gate's folder."""

    def __init__(
        self, folder: Path, file: EpochFile, device: GateIdentity, clock: Clock, ids: Ids, lock: FolderLock,
        kek: Callable[[], bytes | None], room: FreeBytes = free_bytes,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._file = file
        self._device = device
        self._clock = clock
        self._ids = ids
        self._lock = lock
        self._kek = kek
        self._room = room
        self._turns = Turns()
        self._unreadable: frozenset[tuple[str, str]] = frozenset()
        with file.readers.borrow() as connection:
            self._mark = store_register.current_mark(connection)
            row = connection.execute("SELECT at_ms FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        self._newest_at_ms: int | None = None if row is None else row[0]
        self._broken = False

    # ------------------------------------------------------------------------------------------------- GateStore

    def commit(self, drafts: Sequence[Draft], fold: Callable[[Event], Iterable[LiveChange]]) -> tuple[Event, ...]:
        """Append drafts and their folded changes durably; raises `CommitFailed` with nothing kept (未记录)."""
        with self._turns.desk():
            if self._room(self._folder) < STOP_BYTES and not free_reserve(self._folder):
                raise CommitFailed(CommitFault.DISK_FULL)
            prepared = store_log.prepare(self._file, drafts, fold, self._ids)
            try:
                self._write(prepared)
            except sqlite3.Error as error:
                fault = fault_of(error)
                self._broken = self._broken or file_failed(error)
                _log.error("commit failed: %s (%s)", fault.value, getattr(error, "sqlite_errorname", "?"))
                raise CommitFailed(fault) from None
            if prepared.events:
                self._newest_at_ms = prepared.events[-1].at_ms
            return prepared.events

    def _write(self, prepared: store_log.Prepared) -> None:
        try:
            store_log.write(self._file, prepared)
        except sqlite3.Error as error:
            if fault_of(error) is not CommitFault.DISK_FULL:
                raise
            freed = free_reserve(self._folder)
            _log.warning("disk full: reserve %s", "freed" if freed else "gone")
            self._file.writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
            store_log.write(self._file, prepared)

    def live(self) -> Iterator[LiveChange]:
        """All folded documents, as at the last commit."""
        with self._file.readers.borrow() as connection:
            return iter(tuple(store_log.read_live(connection)))

    def head(self) -> tuple[int, str]:
        """The newest seq (0: none) and its hash in hex."""
        return self._file.head_seq, self._file.head_hash.hex()

    def newest_at_ms(self) -> int | None:
        """Wall time of the newest stored event."""
        return self._newest_at_ms

    def events_of_passage(self, passage: PassageId) -> tuple[Event, ...]:
        """All events of one passage, in order."""
        with self._file.readers.borrow() as connection:
            return store_log.read_passage(connection, passage)

    def events_of_shift(self, shift: ShiftId, after_seq: int = 0, limit: int = -1) -> tuple[Event, ...]:
        """Events of one shift, in order; a page of `limit` after `after_seq`."""
        with self._file.readers.borrow() as connection:
            return store_log.read_shift(connection, shift, after_seq, limit)

    def events(self, after_seq: int = 0, limit: int | None = None) -> Iterator[Event]:
        """Events in order of seq."""
        with self._file.readers.borrow() as connection:
            yield from store_log.read_events(connection, after_seq, limit)

    def personal(self, event_id: EventId) -> Mapping[str, object] | None:
        """The opened personal part of an event; None where there is none, it was purged or cannot be opened."""
        with self._file.readers.borrow() as connection:
            return store_log.read_personal(connection, event_id, self._file.key)

    def rows(self) -> Iterator[Row]:
        """All register rows as last pulled, opened; what cannot be opened is left out and named by `unreadable`."""
        bad: list[tuple[str, str]] = []
        key = self._file.key
        with self._file.readers.borrow() as connection:
            for stored in store_register.read_rows(connection):
                row = store_register.open_row(stored, key)
                if row is None:
                    bad.append((stored[0], stored[1]))
                else:
                    yield row
        self._unreadable = frozenset(bad)

    def unreadable(self) -> frozenset[tuple[str, str]]:
        """(entity, key) of the rows that the last full reading of `rows` could not open (trust.md 6)."""
        return self._unreadable

    def rows_changed_since(self, mark: int) -> tuple[int, tuple[tuple[str, str, Row | None], ...]]:
        """Rows put (or deleted: None) by pulls after `mark`, as (entity, key, row), and the new mark."""
        newest = self._mark
        if mark >= newest:
            return newest, ()
        with self._file.readers.borrow() as connection:
            connection.execute("BEGIN")
            try:
                newest = store_register.current_mark(connection)
                stored = tuple(store_register.read_changed(connection, mark))
            finally:
                connection.execute("COMMIT")
        changed: list[tuple[str, str, Row | None]] = []
        for item in stored:
            deleted = item[3] is None and item[4] is None
            row = None if deleted else store_register.open_row(item, self._file.key)
            if deleted or row is not None:
                changed.append((item[0], item[1], row))
            else:
                self._unreadable |= {(item[0], item[1])}
        return newest, tuple(changed)

    # ----------------------------------------------------------------------------------------------- PulledLists

    def key_bundle(self) -> bytes | None:
        """The key bundle in force (COSE)."""
        return self._signed_list("key_bundle")

    def device_list(self) -> bytes | None:
        """The device list in force (COSE)."""
        return self._signed_list("device_list")

    def revocations(self) -> bytes | None:
        """The revocation snapshot as stored."""
        return self._signed_list("revocations")

    def list_made_at_ms(self) -> int | None:
        """Office time of the newest page of the roster scope that was applied in full."""
        with self._file.readers.borrow() as connection:
            found = store_sync.get(connection, "list_made_at_ms")
        return None if found is None else int(found)

    def _signed_list(self, name: str) -> bytes | None:
        with self._file.readers.borrow() as connection:
            row = connection.execute("SELECT data FROM signed_list WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    # ------------------------------------------------------------------------------------------------- SyncStore

    def sync_state(self) -> SyncState:
        """Progress of the epoch to be sent next, cursors and back-off; `pending` counts over all epochs."""
        with self._file.readers.borrow() as connection:
            state, _ = store_sync.read_state(connection, self._file)
        return state

    def outgoing(self, after_seq: int, limit: int, max_bytes: int) -> tuple[Outgoing, ...]:
        """Events after `after_seq` in order, without a gap, of the epoch that `sync_state` names."""
        with self._outbox() as (source, _):
            return store_sync.read_outgoing(source, after_seq, limit, max_bytes)

    def urgent(self, limit: int) -> tuple[Outgoing, ...]:
        """P1 cases and remote approvals from behind the first batch, of the epoch that `sync_state` names."""
        with self._outbox() as (source, state):
            return store_sync.read_urgent(source, state.acked_seq, limit)

    @contextmanager
    def _outbox(self) -> Iterator[tuple[store_sync.Source, SyncState]]:
        with self._file.readers.borrow() as connection:
            state, closed = store_sync.read_state(connection, self._file)
            if closed is None:
                yield (
                    store_sync.Source(connection, self._file.device, state.epoch, state.head_seq, self._file.key),
                    state,
                )
                return
        older = reader(self._folder / closed.file, shared=True)
        try:
            key = data_key_of(older, self._kek())
            yield store_sync.Source(older, self._file.device, state.epoch, state.head_seq, key), state
        finally:
            older.close()

    def acknowledge(self, epoch: int, seq: int, hash_hex: str, receipt: Mapping[str, object]) -> None:
        """Store `acked_seq` and the receipt in one transaction; never goes back within a server epoch."""
        with self._turns.other(), self._file.transaction() as connection:
            rewind = store_sync.get(connection, "rewind") == 1
            if epoch == self._file.epoch:
                known = int(store_sync.get(connection, "acked_seq") or 0)
                if seq > self._file.head_seq or (seq < known and not rewind):
                    return
                store_sync.put(connection, "acked_seq", seq)
                store_sync.put(connection, "acked_hash", hash_hex)
                if seq:
                    store_sync.keep_receipt(connection, seq, receipt)
            else:
                connection.execute(
                    "UPDATE closed_epoch SET acked_seq = ?1 WHERE epoch = ?2 AND ?1 <= head_seq AND (?1 >= acked_seq OR ?3)",
                    (seq, epoch, rewind),
                )
                store_sync.put(connection, f"acked_hash:{epoch}", hash_hex)
            store_sync.put(connection, "rewind", None)
        write_receipt(self._folder, receipt)

    def apply_page(self, changes: Sequence[RowChange], cursors: Mapping[str, str], made_at_ms: int | None) -> None:
        """Apply a page of rows and its cursors in one transaction; a row with a `rev` not newer is left alone."""
        # Sealed before the turn is taken: the desk does not wait for cryptography.
        values = [store_register.row_values(change, self._file.key, self._ids) for change in changes]
        with self._turns.other(), self._file.transaction() as connection:
            if changes:
                self._mark = store_register.apply_changes(connection, changes, values)
            store_sync.put_cursors(connection, cursors)
            store_sync.note_made_at(connection, made_at_ms)

    def replace_scope(self, scope: str, rows: Iterator[RowChange], cursor: str, made_at_ms: int) -> None:
        """Load a snapshot beside the old list in small transactions, then switch the scope to it in one."""
        with self._turns.other():
            generation = store_register.new_generation(self._file, scope)
        with self._file.readers.borrow() as connection:
            gone = store_register.keys_in_force(connection, scope)
        source = iter(rows)
        while chunk := tuple(islice(source, store_register.CHUNK)):
            gone.difference_update((change.entity, change.key) for change in chunk if change.row is not None)
            with self._turns.other():
                store_register.load_chunk(self._file, generation, chunk, self._ids)
        missing = iter(sorted(gone))
        while part := tuple(islice(missing, store_register.CHUNK)):
            with self._turns.other():
                store_register.load_tombstones(self._file, generation, part)
        with self._turns.other(), self._file.transaction() as connection:
            self._mark = store_register.switch(connection, scope, generation)
            store_sync.put_cursors(connection, {scope: cursor})
            store_sync.note_made_at(connection, made_at_ms)

    def put_list(self, name: str, version: int, data: bytes) -> None:
        """Keep a signed list; a version lower than the stored one changes nothing."""
        with self._turns.other(), self._file.transaction() as connection:
            connection.execute(
                """INSERT INTO signed_list VALUES (?,?,?) ON CONFLICT (name) DO UPDATE
                   SET version = excluded.version, data = excluded.data WHERE excluded.version >= version""",
                (name, version, data),
            )

    def note_attempt(self, kind: str, status: int, sent: int, acked: int, ms: int, error: str | None) -> None:
        """Keep what an attempt came to (ring of 500)."""
        with self._turns.other(), self._file.transaction() as connection:
            store_sync.note_attempt(connection, (self._clock.wall_ms(), kind, status, sent, acked, ms, error))

    def set_backoff(self, failures: int, not_before_ms: int, last_error: str | None) -> None:
        """Store the back-off, so that a restart does not storm."""
        with self._turns.other(), self._file.transaction() as connection:
            store_sync.put(connection, "n", failures)
            store_sync.put(connection, "not_before_ms", not_before_ms)
            store_sync.put(connection, "last_error", last_error)

    def set_server(self, server: str, server_epoch: str, offset_ms: int | None, last_ok_ms: int | None) -> None:
        """Store who answered; a new server epoch drops all cursors and lets `acked_seq` go back."""
        with self._turns.other(), self._file.transaction() as connection:
            before = (store_sync.get(connection, "server"), store_sync.get(connection, "server_epoch"))
            if before not in {(None, None), (server, server_epoch)}:
                store_sync.drop_cursors(connection)
                store_sync.put(connection, "rewind", 1)
            store_sync.put(connection, "server", server)
            store_sync.put(connection, "server_epoch", server_epoch)
            if offset_ms is not None:
                store_sync.put(connection, "offset_ms", offset_ms)
            if last_ok_ms is not None:
                store_sync.put(connection, "last_ok_ms", last_ok_ms)

    # ------------------------------------------------------------------------------------------------------ life

    def close(self) -> None:
        """Close the file and give the folder free."""
        with self._turns.other():
            self._file.close()
            self._lock.release()
