# SPDX-License-Identifier: LicenseRef-Gatehouse
"""SQLite's errors as the gate speaks of them: mapped once, here (sync-and-store.md 2, "What goes wrong")."""

import sqlite3

from kiosk.app.ports import CommitFault

_PRIMARY = 0xFF
_FULL = frozenset({sqlite3.SQLITE_FULL})
_READ_ONLY = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})
_FILE_FAILED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR})


def fault_of(error: sqlite3.Error) -> CommitFault:
    """Which fault of a commit an error is."""
    code = _code(error)
    if code in _FULL:
        return CommitFault.DISK_FULL
    if code in _READ_ONLY:
        return CommitFault.READ_ONLY
    return CommitFault.BROKEN


def file_failed(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken and a new epoch is needed: CORRUPT, NOTADB, IOERR."""
    return _code(error) in _FILE_FAILED


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
