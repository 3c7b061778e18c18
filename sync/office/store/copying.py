# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A whole database copied row by row into another, of either engine: what backups and the move to PostgreSQL rest on.

The form of a backup is a SQLite file of this program's version, whatever engine the office runs on.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Table, func, select

from sync.office.store import days
from sync.office.store.prepared import Bulk
from sync.office.store.tables import event, event_private, metadata

_PAGE = 1_000
_YEAR = 400
"""Days back from the newest that get a partition of their own; what is older or absurd goes to the default one."""


def counts(tx: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: int(tx.execute(select(func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
    }


def is_empty(tx: Connection) -> bool:
    """Whether no table has a row."""
    return not any(
        tx.execute(select(table.primary_key.columns[0]).limit(1)).first() for table in metadata.sorted_tables
    )


def copy_all(source: Connection, target: Connection, progress: Callable[[int], None] = lambda _: None) -> int:
    """Copy every row of every table in two transactions that see one moment; how many. `target` must be empty.

    `progress` is told rows so far.
    """
    done = 0
    _make_days(source, target)
    for table in metadata.sorted_tables:
        done = _copy(table, source, target, done, progress)
    return done


def _copy(table: Table, source: Connection, target: Connection, done: int, progress: Callable[[int], None]) -> int:
    bulk = Bulk(table)
    found = source.execute(select(table), execution_options={"yield_per": _PAGE})
    for page in found.partitions():
        bulk.add(target, [tuple(row) for row in page], known=True)
        done += len(page)
        progress(done)
    return done


def _make_days(source: Connection, target: Connection) -> None:
    if target.dialect.name == "sqlite":
        return
    for table in (event, event_private):
        found = sorted(source.execute(select(table.c.day).distinct()).scalars())
        for day in found:
            if found[-1] - _YEAR < day:
                days.make_ahead(target, day, ahead=0)


def first_difference(left: Mapping[str, int], right: Mapping[str, int]) -> str | None:
    """The first table whose row counts differ, or None."""
    return next((name for name in sorted({*left, *right}) if left.get(name) != right.get(name)), None)
