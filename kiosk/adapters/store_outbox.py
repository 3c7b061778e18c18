# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's store as the sync thread uses it: the port `SyncStore` (sync-and-store.md 4 to 8)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from kiosk.adapters import store_log, store_register, store_sync
from kiosk.adapters.device_folder import write_receipt
from kiosk.adapters.keystore import KeyFault
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_epoch import data_key_of
from kiosk.adapters.store_folder import OpenFolder
from kiosk.app.ports import LiveChange, Outgoing, RowChange, SyncState
from kiosk.domain.trust.statements import Head

Signer = Callable[[], "Callable[[bytes], bytes] | KeyFault"]


@dataclass(frozen=True, slots=True)
class SignedHead:
    """已签链头: the log's head with the device's signature (`GH-HEAD1`, base64url)."""

    epoch: int
    seq: int
    hash: str
    sig: str


class FolderOutbox:
    """同步存储: outbox, pulled lists and back-off of a gate's folder; each call is its own transaction."""

    def __init__(self, folder: OpenFolder, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer

    def sync_state(self) -> SyncState:
        """Progress of the epoch to be sent next (the oldest with unacknowledged events, else the open one), cursors
        and back-off; `pending` counts over all epochs.
        """
        with self._folder.reading() as connection:
            state, _ = store_sync.read_state(connection, self._folder.file)
        return state

    def outgoing(self, after_seq: int, limit: int, max_bytes: int) -> tuple[Outgoing, ...]:
        """Events after `after_seq` in order, without a gap, of the epoch that `sync_state` names; one always."""
        with self._source() as (source, _):
            return store_sync.read_outgoing(source, after_seq, limit, max_bytes)

    def urgent(self, limit: int) -> tuple[Outgoing, ...]:
        """P1 cases and remote approvals from behind the first batch, of the epoch that `sync_state` names."""
        with self._source() as (source, state):
            return store_sync.read_urgent(source, state.acked_seq, limit)

    @contextmanager
    def _source(self) -> Iterator[tuple[store_sync.Source, SyncState]]:
        file, place = self._folder.file, self._folder.place
        with self._folder.reading() as connection:
            state, closed = store_sync.read_state(connection, file)
            if closed is None:
                yield store_sync.Source(connection, file.device, state.epoch, state.head_seq, file.key), state
                return
        older = reader(place.folder / closed.file, shared=True)
        try:
            key = data_key_of(older, place.kek())
            yield store_sync.Source(older, file.device, state.epoch, state.head_seq, key), state
        finally:
            older.close()

    def signed_head(self, *, keep: bool = False) -> SignedHead | KeyFault:
        """The open epoch's head, signed by the device; `keep` stores it for verification (at shift end)."""
        sign = self._signer()
        if isinstance(sign, KeyFault):
            return sign
        file = self._folder.file
        seq, hash_ = file.head_seq, file.head_hash
        signature = Head(file.device, file.epoch, seq, hash_.hex()).signed(sign)
        if keep and seq:
            with self._folder.writing() as connection:
                connection.execute("INSERT OR IGNORE INTO signed_head VALUES (?,?,?)", (seq, hash_, signature))
        return SignedHead(file.epoch, seq, hash_.hex(), signature)

    def acknowledge(self, epoch: int, seq: int, hash_hex: str, receipt: Mapping[str, object]) -> bool:
        """Store `acked_seq` and the receipt in one transaction; False (nothing stored) if the log has no such event.

        Within a server epoch it never goes back: an older acknowledgement is True and changes nothing.
        """
        with self._folder.writing() as connection:
            taken = store_sync.acknowledge(connection, self._folder.file, epoch, seq, hash_hex, receipt)
        if taken is store_sync.Taken.STORED:
            write_receipt(self._folder.place.folder, receipt)
        return taken is not store_sync.Taken.UNKNOWN

    def put_present(self, changes: Sequence[LiveChange]) -> None:
        """Put the present of a gate whose tablet this one replaces, in one transaction; nothing happens once this log
        has an event beside its opening: then it knows better.
        """
        with self._folder.writing() as connection:
            if self._folder.file.head_seq <= 1:
                store_log.put_live(connection, changes)

    def pass_over(self, epoch: int, seq: int) -> None:
        """Events of a closed epoch up to `seq` were taken by the office, as told or into quarantine, though it knows
        another log there; nothing happens for the open epoch.
        """
        with self._folder.writing() as connection:
            store_sync.pass_over(connection, epoch, seq)

    def open_epoch(self, at_least: int, why: str = "OFFICE_ORDER") -> int:
        """Open a new epoch as the office ordered (`new_epoch`, 409 `epoch`) or because it knows more of this one than
        we do (RESTORED); the number that it got. Nothing happens if the open epoch is as new. Raises `sqlite3.Error`,
        `OSError`: the next commit tries again.
        """
        with self._folder.turns.desk():
            if self._folder.file.epoch < at_least:
                self._folder.renew(why, at_least)
            return self._folder.file.epoch

    def apply_page(self, changes: Sequence[RowChange], cursors: Mapping[str, str], made_at_ms: int | None) -> None:
        """Apply a page of rows and its cursors in one transaction; a row with a `rev` not newer is left alone.

        Raises `KeyNeeded` with nothing applied if personal rows come while the key store is silent.
        """
        folder = self._folder
        # Sealed before the turn is taken: the desk does not wait for cryptography.
        values = [store_register.row_values(change, folder.file.key, folder.place.ids) for change in changes]
        with folder.writing() as connection:
            mark = store_register.apply_changes(connection, changes, values) if changes else folder.mark
            store_sync.put_cursors(connection, cursors)
            store_sync.note_made_at(connection, made_at_ms)
        folder.mark = mark

    def replace_scope(self, scope: str, rows: Iterator[RowChange], cursor: str, made_at_ms: int) -> None:
        """Load a snapshot beside the old list in small transactions, then switch the scope to it in one."""
        folder = self._folder
        ids = folder.place.ids
        with folder.writing() as connection:
            generation = store_register.new_generation(connection, scope)
        with folder.reading() as connection:
            gone = store_register.keys_in_force(connection, scope)
        source = iter(rows)
        while chunk := tuple(islice(source, store_register.CHUNK)):
            gone.difference_update((change.entity, change.key) for change in chunk if change.row is not None)
            values = [store_register.row_values(change, folder.file.key, ids) for change in chunk]
            with folder.writing() as connection:
                store_register.load_chunk(connection, generation, chunk, values)
        missing = iter(sorted(gone))
        while part := tuple(islice(missing, store_register.CHUNK)):
            with folder.writing() as connection:
                store_register.load_tombstones(connection, generation, part)
        with folder.writing() as connection:
            mark = store_register.switch(connection, scope, generation)
            store_sync.put_cursors(connection, {scope: cursor})
            if scope.startswith(store_register.ROSTER):
                store_sync.note_made_at(connection, made_at_ms)
        folder.mark = mark

    def put_list(self, name: str, version: int, data: bytes) -> None:
        """Keep a signed list; a version lower than the stored one changes nothing."""
        with self._folder.writing() as connection:
            connection.execute(
                """INSERT INTO signed_list VALUES (?,?,?) ON CONFLICT (name) DO UPDATE
                   SET version = excluded.version, data = excluded.data WHERE excluded.version >= version""",
                (name, version, data),
            )

    def note_attempt(self, kind: str, status: int, sent: int, acked: int, ms: int, error: str | None) -> None:
        """Keep what an attempt came to (ring of 500)."""
        with self._folder.writing() as connection:
            at_ms = self._folder.place.clock.wall_ms()
            store_sync.note_attempt(connection, (at_ms, kind, status, sent, acked, ms, error))

    def set_backoff(self, failures: int, not_before_ms: int, last_error: str | None) -> None:
        """Store the back-off, so that a restart does not storm."""
        with self._folder.writing() as connection:
            store_sync.put(connection, "n", failures)
            store_sync.put(connection, "not_before_ms", not_before_ms)
            store_sync.put(connection, "last_error", last_error)

    def set_server(self, server: str, server_epoch: str, offset_ms: int | None, last_ok_ms: int | None) -> None:
        """Store who answered; a new server epoch drops all cursors, lets `acked_seq` go back, once, and offers earlier
        epochs again.
        """
        with self._folder.writing() as connection:
            known, known_epoch = store_sync.get(connection, "server"), store_sync.get(connection, "server_epoch")
            # An empty epoch is one that was not told yet: nothing to compare with.
            other_epoch = bool(known_epoch and server_epoch) and known_epoch != server_epoch
            if (known is not None and known != server) or other_epoch:
                store_sync.drop_cursors(connection)
                store_sync.doubt_closed(connection)
                store_sync.put(connection, "rewind", 1)
            store_sync.put(connection, "server", server)
            store_sync.put(connection, "server_epoch", server_epoch or known_epoch or "")
            if offset_ms is not None:
                store_sync.put(connection, "offset_ms", offset_ms)
            if last_ok_ms is not None:
                store_sync.put(connection, "last_ok_ms", last_ok_ms)
