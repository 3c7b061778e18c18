# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's store: the ports `GateStore` and `PulledLists`, and by inheritance `SyncStore` (sync-and-store.md 2).

Opened by `kiosk.adapters.store_start.open_store`. Threads: any; writes take turns, the desk first.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from kiosk.adapters import store_log, store_register, store_sync
from kiosk.adapters.device_folder import free_reserve
from kiosk.adapters.store_faults import fault_of
from kiosk.adapters.store_folder import OpenFolder
from kiosk.adapters.store_outbox import FolderOutbox, Signer
from kiosk.app.ports import CommitFailed, CommitFault, LiveChange
from kiosk.domain.events import Draft, Event
from kiosk.domain.identity import EventId, PassageId, ShiftId
from kiosk.domain.register import Row

_log = logging.getLogger(__name__)
_MB = 1024 * 1024


class Room(StrEnum):
    """存储空间: how much room the log has left (free < 500, 200, 50 MB)."""

    ENOUGH = "ENOUGH"
    WARNING = "WARNING"
    AMBER = "AMBER"
    STOP = "STOP"


def room_of(free: int) -> Room:
    """The state for so many free bytes."""
    if free >= 500 * _MB:
        return Room.ENOUGH
    if free >= 200 * _MB:
        return Room.WARNING
    return Room.AMBER if free >= 50 * _MB else Room.STOP


class GateFolderStore(FolderOutbox):
    """门岗存储: the log, the folded present and the pulled lists of a gate's folder, with the sync thread's outbox: one
    object for all three ports.
    """

    def __init__(self, folder: OpenFolder, signer: Signer) -> None:
        super().__init__(folder, signer)
        self._unreadable: frozenset[tuple[str, str]] = frozenset()

    # ------------------------------------------------------------------------------------------------- GateStore

    def commit(self, drafts: Sequence[Draft], fold: Callable[[Event], Iterable[LiveChange]]) -> tuple[Event, ...]:
        """Append drafts and their folded changes durably; raises `CommitFailed` with nothing kept (未记录).

        After a failed file the next commit begins a new epoch first (<= 5 s); drafts find their place there.
        """
        folder = self._folder
        with folder.turns.desk():
            try:
                if folder.broken:
                    folder.renew("CORRUPT")
                if room_of(folder.free()) is Room.STOP and not free_reserve(folder.place.folder):
                    raise CommitFailed(CommitFault.DISK_FULL)
                prepared = store_log.prepare(folder.file, drafts, fold, folder.place.ids)
                self._write(prepared)
            except sqlite3.Error as error:
                fault = fault_of(error)
                folder.seen(error)
                _log.error("not recorded: %s (%s)", fault.value, getattr(error, "sqlite_errorname", "?"))
                raise CommitFailed(fault) from None
            except OSError as error:
                _log.error("not recorded: errno %s", error.errno)
                raise CommitFailed(CommitFault.BROKEN) from None
            if prepared.events:
                folder.newest_at_ms = prepared.events[-1].at_ms
                folder.written_mono_ms = folder.place.clock.mono_ms()
            return prepared.events

    def _write(self, prepared: store_log.Prepared) -> None:
        file = self._folder.file
        try:
            store_log.write(file, prepared)
        except sqlite3.Error as error:
            if fault_of(error) is not CommitFault.DISK_FULL:
                raise
            freed = free_reserve(self._folder.place.folder)
            _log.warning("disk full, reserve %s", "freed" if freed else "gone")
            file.writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
            store_log.write(file, prepared)

    def room(self) -> Room:
        """How much room is left, for the status bar."""
        return room_of(self._folder.free())

    def live(self) -> Iterator[LiveChange]:
        """All folded documents, as at the last commit."""
        with self._folder.reading() as connection:
            return iter(tuple(store_log.read_live(connection)))

    def head(self) -> tuple[int, str]:
        """The newest seq (0: none) and its hash in hex."""
        return self._folder.file.head_seq, self._folder.file.head_hash.hex()

    def epoch(self) -> int:
        """The epoch in force."""
        return self._folder.file.epoch

    def newest_at_ms(self) -> int | None:
        """Wall time of the newest stored event."""
        return self._folder.newest_at_ms

    def events_of_passage(self, passage: PassageId) -> tuple[Event, ...]:
        """All events of one passage, in order."""
        with self._folder.reading() as connection:
            return store_log.read_passage(connection, passage)

    def events_of_shift(self, shift: ShiftId, after_seq: int = 0, limit: int = -1) -> tuple[Event, ...]:
        """Events of one shift, in order; a page of `limit` after `after_seq`."""
        with self._folder.reading() as connection:
            return store_log.read_shift(connection, shift, after_seq, limit)

    def shift_log(self, shift: ShiftId, after_seq: int = 0, limit: int = -1) -> tuple[store_log.LogLine, ...]:
        """The shift's log as lines to list: the copies beside the canonical bytes, without opening these."""
        with self._folder.reading() as connection:
            return store_log.read_lines(connection, shift, after_seq, limit)

    def events(self, after_seq: int = 0, limit: int | None = None) -> Iterator[Event]:
        """Events in order of seq."""
        with self._folder.reading() as connection:
            yield from store_log.read_events(connection, after_seq, limit)

    def personal(self, event_id: EventId) -> Mapping[str, object] | None:
        """The opened personal part of an event; None where there is none, it was purged or cannot be opened."""
        with self._folder.reading() as connection:
            return store_log.read_personal(connection, event_id, self._folder.file.key)

    def rows(self) -> Iterator[Row]:
        """All register rows as last pulled, opened; what cannot be opened is left out and named by `unreadable`."""
        bad: list[tuple[str, str]] = []
        key = self._folder.file.key
        with self._folder.reading() as connection:
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
        if mark >= self._folder.mark:
            return self._folder.mark, ()
        with self._folder.reading() as connection:
            connection.execute("BEGIN")
            try:
                newest = store_register.current_mark(connection)
                stored = tuple(store_register.read_changed(connection, mark))
            finally:
                connection.execute("COMMIT")
        changed: list[tuple[str, str, Row | None]] = []
        for item in stored:
            deleted = item[3] is None and item[4] is None
            row = None if deleted else store_register.open_row(item, self._folder.file.key)
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
        with self._folder.reading() as connection:
            found = store_sync.get(connection, "list_made_at_ms")
        return None if found is None else int(found)

    def office_time_ms(self) -> int | None:
        """The last office time that was heard, for rule R02."""
        with self._folder.reading() as connection:
            last, offset = store_sync.get(connection, "last_ok_ms"), store_sync.get(connection, "offset_ms")
        return None if last is None or offset is None else int(last) + int(offset)

    def _signed_list(self, name: str) -> bytes | None:
        with self._folder.reading() as connection:
            row = connection.execute("SELECT data FROM signed_list WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    # ------------------------------------------------------------------------------------------------------ life

    def close(self) -> None:
        """Close the file and give the folder free."""
        self._folder.close()
