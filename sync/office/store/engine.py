# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The engine and its transactions: one writer at a time on SQLite, row locks on PostgreSQL (sync-and-store.md 9)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import ConnectionPoolEntry

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "busy_timeout=5000",
    "cache_size=-65536",
)


def sqlite_url(path: Path) -> str:
    """The URL of a database file."""
    return f"sqlite+pysqlite:///{path}"


class Database:
    """数据库: the engine; `reading` sees one moment, `writing` commits whole or not at all."""

    def __init__(self, url: str, *, writable: bool = True) -> None:
        """Connect lazily; `url` as SQLAlchemy takes it. Not `writable`: a file opened to be read alone."""
        self.engine: Engine = create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=False)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite has one writer; waiting here is fair and cheap, waiting in the file is neither.
        self._writer = RLock()
        if self.is_sqlite:
            event.listen(self.engine, "connect", _connected if writable else _looking)
            event.listen(self.engine, "begin", _begun)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        level = None if self.is_sqlite else "REPEATABLE READ"
        with self.engine.connect() as connection:
            if level is not None:
                connection = connection.execution_options(isolation_level=level)  # noqa: PLW2901 - the same one
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[Connection]:
        """A transaction that writes; commits at the end, rolls back on any exception.

        Not `lasting`: seen by all at once, but a power cut may undo it; nothing that was promised to anybody.
        """
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                if not lasting:
                    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield connection
            return
        with self._writer, self.engine.connect() as connection:
            level = "FULL" if lasting else "NORMAL"
            connection = connection.execution_options(gatehouse_write=level)  # noqa: PLW2901 - the same one
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def one_at_a_time(tx: Connection, what: str) -> None:
    """Hold other processes back from the same thing until this transaction ends (SQLite has one writer anyway).

    For what is read, thought over and written in one go: the next version of a list, the next link of a chain.
    """
    if tx.dialect.name != "sqlite":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": what})


def _connected(raw: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # Transactions are begun by hand: the driver's own begin comes too late and is never IMMEDIATE.
    raw.isolation_level = None
    for pragma in _PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")


def _looking(raw: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    raw.isolation_level = None


def _begun(connection: Connection) -> None:
    level = connection.get_execution_options().get("gatehouse_write")
    if level is not None:
        raw: Any = connection.connection.driver_connection
        raw.execute(f"PRAGMA synchronous={level}")
    connection.exec_driver_sql("BEGIN" if level is None else "BEGIN IMMEDIATE")
