# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One epoch's file while it is open: the writer, the readers, the data key, the head of the chain."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.adapters.store_connection import reader
from kiosk.domain.log.chain import first_hash
from kiosk.domain.trust.sealing import DataKey, unpacked, unwrap_data_key


class Readers:
    """Read-only connections of one file, kept for the next who asks; each is used by one thread at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """A connection for one reading; it sees what was committed when its statement began."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = reader(self._file, shared=True)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close what is idle; what is still lent is closed by its borrower."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


@dataclass(slots=True)
class EpochFile:
    """An open epoch. `head_seq` 0 and the epoch's first hash stand for an empty log; `key` None: key store silent."""

    path: Path
    device: str
    epoch: int
    writer: sqlite3.Connection
    readers: Readers = field(repr=False)
    key: DataKey | None
    head_seq: int
    head_hash: bytes

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction of the writer: all of it or nothing; the caller has its turn."""
        self.writer.execute("BEGIN IMMEDIATE")
        try:
            yield self.writer
            self.writer.execute("COMMIT")
        except BaseException:
            # SQLite may have rolled back by itself (disk full, I/O error).
            if self.writer.in_transaction:
                self.writer.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close all connections."""
        self.readers.close()
        self.writer.close()


def head_of(connection: sqlite3.Connection, device: str, epoch: int) -> tuple[int, bytes]:
    """Newest seq and its hash; of a pruned log at least its base, of an empty one 0 and the first hash."""
    row = connection.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
    return row if row is not None else base_of(connection, device, epoch)


def base_of(connection: sqlite3.Connection, device: str, epoch: int) -> tuple[int, bytes]:
    """Where the chain begins: seq and hash before the first kept event."""
    row = connection.execute("SELECT seq, hash FROM log_base").fetchone()
    return row if row is not None else (0, first_hash(device, epoch))


def data_key_of(connection: sqlite3.Connection, kek: bytes | None) -> DataKey | None:
    """The file's data key; None if it is missing or damaged, or there is no KEK to open it."""
    row = connection.execute("SELECT wrapped FROM data_key").fetchone()
    wrapped = None if row is None else unpacked(row[0])
    return None if kek is None or wrapped is None else unwrap_data_key(wrapped, kek)


def meta_value(connection: sqlite3.Connection, name: str) -> int | str | bytes | None:
    """One value of `meta`."""
    row = connection.execute("SELECT v FROM meta WHERE k = ?", (name,)).fetchone()
    return None if row is None else row[0]


def put_meta(connection: sqlite3.Connection, name: str, value: int | str | bytes) -> None:
    """Set one value of `meta`."""
    connection.execute(
        "INSERT INTO meta (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v", (name, value)
    )
