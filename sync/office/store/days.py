# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The days of the events: partitions on PostgreSQL, rows on SQLite; made ahead, dropped whole (sync-and-store.md 9).

Partitions lie in a schema of their own. A day that has none goes to the default partition (a gate's clock far off, or
the upkeep did not run); when the day's own is made, its rows are moved over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, text

from sync.office.store.tables import event, event_private

SCHEMA = "event_day"
AHEAD = 7
_TABLES = {"event": event, "event_private": event_private}
_LOCK = 0x6A7E_0005
"""One process at a time makes partitions: the advisory lock of the database."""


@dataclass(frozen=True, slots=True)
class DayRows:
    """一日之行: a table's day (ordinal) and how many rows it has."""

    table: str
    day: int
    rows: int


def partitions(tx: Connection, table: str) -> list[int]:
    """The days that have a partition of their own, oldest first; none on SQLite."""
    if tx.dialect.name == "sqlite":
        return []
    query = text(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = to_regclass(:table)"
    )
    names = tx.execute(query, {"table": table}).scalars()
    return sorted(int(name.rpartition("_")[2]) for name in names if name.rpartition("_")[2].isdigit())


def make_ahead(tx: Connection, today: int, ahead: int = AHEAD) -> int:
    """Partitions from today (ordinal) to `ahead` days on; how many were made. Nothing to do on SQLite."""
    if tx.dialect.name == "sqlite":
        return 0
    tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    made = 0
    for table in _TABLES:
        there = set(partitions(tx, table))
        for day in range(today, today + ahead + 1):
            if day not in there:
                _make(tx, table, day)
                made += 1
    return made


def _make(tx: Connection, table: str, day: int) -> None:
    """A day's partition; what the default one holds of the day comes along."""
    own, far = f"{SCHEMA}.{table}_{day}", f"{SCHEMA}.{table}_far"
    tx.exec_driver_sql(f"CREATE TABLE {own} (LIKE {table} INCLUDING DEFAULTS)")
    tx.exec_driver_sql(
        f"WITH gone AS (DELETE FROM {far} WHERE day = {day} RETURNING *) INSERT INTO {own} SELECT * FROM gone"  # noqa: S608
    )
    tx.exec_driver_sql(f"ALTER TABLE {table} ATTACH PARTITION {own} FOR VALUES FROM ({day}) TO ({day + 1})")


def days_before(tx: Connection, table: str, before: int) -> list[int]:
    """The days before one that have rows or a partition, oldest first."""
    rows = _TABLES[table]
    found = set(tx.execute(select(rows.c.day).where(rows.c.day < before).distinct()).scalars())
    return sorted(found | {day for day in partitions(tx, table) if day < before})


def count(tx: Connection, table: str, day: int) -> int:
    """How many rows a day has."""
    rows = _TABLES[table]
    return int(tx.execute(select(func.count()).select_from(rows).where(rows.c.day == day)).scalar_one())


def oldest(tx: Connection, table: str) -> int | None:
    """The oldest day that has rows, or None."""
    found = tx.execute(select(func.min(_TABLES[table].c.day))).scalar()
    return None if found is None else int(found)


def drop(tx: Connection, table: str, days: Sequence[int]) -> int:
    """Drop whole days; how many rows went. On PostgreSQL a partition goes as a file, whatever it holds."""
    gone = 0
    own = set(partitions(tx, table))
    for day in days:
        gone += count(tx, table, day)
        if day in own:
            tx.exec_driver_sql(f"DROP TABLE {SCHEMA}.{table}_{int(day)}")
        else:
            rows = _TABLES[table]
            tx.execute(delete(rows).where(rows.c.day == day))
    return gone
