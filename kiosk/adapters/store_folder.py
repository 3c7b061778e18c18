# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The open folder of a gate: what desk, sync and upkeep share, and the change to a new epoch while the gate runs."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.adapters import store_register
from kiosk.adapters.device_folder import FolderLock, FreeBytes, free_bytes
from kiosk.adapters.store_birth import Place
from kiosk.adapters.store_epoch import EpochFile
from kiosk.adapters.store_faults import file_failed
from kiosk.adapters.store_rescue import rescue, set_aside
from kiosk.adapters.store_turns import Turns

_log = logging.getLogger(__name__)


class OpenFolder:
    """门岗文件夹: the epoch in force, whose turn it is to write, and whether the file has failed."""

    def __init__(self, place: Place, file: EpochFile, lock: FolderLock, room: FreeBytes = free_bytes) -> None:
        self.place = place
        self.file = file
        self.turns = Turns()
        self.room = room
        self.broken = False
        self.mark = 0
        self.newest_at_ms: int | None = None
        self.written_mono_ms = place.clock.mono_ms()
        self._lock = lock
        self._look()

    def _look(self) -> None:
        with self.file.readers.borrow() as connection:
            self.mark = store_register.current_mark(connection)
            row = connection.execute("SELECT at_ms FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        self.newest_at_ms = None if row is None else row[0]

    def free(self) -> int:
        """Free bytes on the disk."""
        return self.room(self.place.folder)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A turn and a transaction for everything but the desk; 20 ms at most."""
        with self.turns.other():
            try:
                with self.file.transaction() as connection:
                    yield connection
            except sqlite3.Error as error:
                self.seen(error)
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for one reading of the epoch in force."""
        with self.file.readers.borrow() as connection:
            yield connection

    def seen(self, error: sqlite3.Error) -> None:
        """Remember if an error means that the file itself failed: the next commit begins a new epoch."""
        if file_failed(error):
            self.broken = True
            _log.error("file failed: %s", getattr(error, "sqlite_errorname", "?"))

    def renew(self, why: str, at_least: int = 0) -> None:
        """Close this epoch and open the next one; the caller has the turn. Raises `sqlite3.Error`, `OSError`.

        A failed file is set aside as `.bad` first; whatever happens then, the gate does not write to it again.
        """
        failed, old = self.broken, self.file
        path = old.path
        old.close()
        if failed and path.exists():
            path = set_aside(path)
        elif failed:
            path = path.with_name(path.name + ".bad")
        self.file = rescue(self.place, old.epoch, path, why, at_least=at_least, failed=failed)
        self.broken = False
        self._look()
        _log.warning("epoch %d opened: %s", self.file.epoch, why)

    def close(self) -> None:
        """Close the file and give the folder free."""
        with self.turns.other():
            self.file.close()
            self._lock.release()
