# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Connections to the gate's file: one writer with its PRAGMAs read back, readers that cannot write.

SQLite before 3.51.3 (except 3.44.6 and 3.50.7) can corrupt a WAL file that two connections write and checkpoint: hence
one writer in one process, and readers open `mode=ro` (sync-and-store.md 2, "Connections"; trust.md 6).
"""

import sqlite3
from pathlib import Path
from urllib.parse import quote

_PRAGMAS: tuple[tuple[str, str, object], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("recursive_triggers", "ON", 1),
    ("secure_delete", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("busy_timeout", "5000", 5000),
    ("wal_autocheckpoint", "0", 0),
    ("journal_size_limit", "4194304", 4194304),
)


class PragmaRefused(Exception):
    """A setting of the writer did not take: the store does not start on it."""


def writer(file: Path, *, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open the one writing connection, in autocommit: transactions are begun by name.

    `synchronous` differs from FULL only in the control run of the power-cut test, which must lose events.
    Raises `PragmaRefused`, `sqlite3.Error`.
    """
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        _set(connection, synchronous)
    except BaseException:
        connection.close()
        raise
    return connection


def _set(connection: sqlite3.Connection, synchronous: str) -> None:
    for name, value, wanted in _PRAGMAS:
        given = synchronous if name == "synchronous" else value
        connection.execute(f"PRAGMA {name} = {given}")
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != wanted and given == value:
            raise PragmaRefused(f"{name}: {found!r}, not {wanted!r}")


def reader(file: Path, *, shared: bool = False) -> sqlite3.Connection:
    """Open a connection that can only read; `shared`: may be handed from thread to thread under a lock."""
    uri = f"file:{quote(str(file.absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=not shared)
    try:
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
    except BaseException:
        connection.close()
        raise
    return connection
