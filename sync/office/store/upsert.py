# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`INSERT ... ON CONFLICT` in the one form that SQLite and PostgreSQL share."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def _insert(tx: Connection, table: Table) -> Any:  # noqa: ANN401 - two dialects' classes without a common base
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def add_new(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that are not there yet, and leave the others as they are."""
    if rows:
        tx.execute(_insert(tx, table).on_conflict_do_nothing(), rows)


def put(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, keep: Sequence[str] = ()) -> None:
    """Insert the rows, or overwrite those with the same primary key; `keep` names columns that an old row keeps."""
    if not rows:
        return
    statement = _insert(tx, table)
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key and name not in keep}
    tx.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def count_up(tx: Connection, table: Table, key: str, value: str, counter: str, by: int) -> int:
    """Add to a counter row, made if it is not there, and return its new value in the same statement."""
    statement = _insert(tx, table).values({key: value, counter: by})
    statement = statement.on_conflict_do_update(index_elements=[key], set_={counter: table.c[counter] + by})
    return int(tx.execute(statement.returning(table.c[counter])).scalar_one())
