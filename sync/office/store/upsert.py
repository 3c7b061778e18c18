# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`INSERT ... ON CONFLICT` in the one form that SQLite and PostgreSQL share.

A statement is compiled once for each set of columns and then handed to the driver as it is: for the many rows of a
batch the library's own way through its parameters costs more than the database does.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from sync.office.store.prepared import run_bare

_PART = 500
_BY = "by"


def _insert(dialect: str, table: Table) -> Any:  # noqa: ANN401 - two dialects' classes without a common base
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _compiled(
    dialect: Dialect, table: Table, columns: tuple[str, ...], keep: tuple[str, ...] | None
) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]] | None]:
    """The statement's text, and the order of its parameters if they go by place; `keep` None: old rows stay."""
    statement = _insert(dialect.name, table)
    if keep is None:
        statement = statement.on_conflict_do_nothing()
    else:
        key = [column.name for column in table.primary_key]
        changed = {name: statement.excluded[name] for name in columns if name not in key and name not in keep}
        statement = statement.on_conflict_do_update(index_elements=key, set_=changed)
    compiled = cast("SQLCompiler", statement.compile(dialect=dialect, column_keys=list(columns)))
    order = compiled.positiontup
    # `itemgetter` of one name would give the bare value; every table here has more columns than one.
    return str(compiled), None if order is None else itemgetter(*order)


def _run(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]], keep: tuple[str, ...] | None) -> None:
    if not rows:
        return
    text, by_place = _compiled(tx.dialect, table, tuple(rows[0]), keep)
    values: Any = list(rows) if by_place is None else [by_place(row) for row in rows]
    tx.exec_driver_sql(text, values)


def add_new(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows (all with the same columns) that are not there yet, and leave the others as they are."""
    _run(tx, table, rows, None)


def put(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, keep: Sequence[str] = ()) -> None:
    """Insert the rows, or overwrite those with the same primary key; `keep` names columns that an old row keeps."""
    _run(tx, table, rows, tuple(keep))


def count_up(tx: Connection, table: Table, key: str, value: str, counter: str, by: int) -> int:
    """Add to a counter row, made if it is not there, and return its new value in the same statement."""
    statement = _insert(tx.dialect.name, table).values({key: value, counter: by})
    statement = statement.on_conflict_do_update(index_elements=[key], set_={counter: table.c[counter] + by})
    return int(tx.execute(statement.returning(table.c[counter])).scalar_one())


def count_each(tx: Connection, table: Table, key: str, values: Sequence[str], counter: str) -> dict[str, int]:
    """Add one to each of these counter rows, made where they are not there; their new values."""
    # in one order, so that two writers never wait for each other
    ordered = sorted(set(values))
    if not ordered:
        return {}
    text, by_place = _counting(tx.dialect, table, key, counter)
    rows = [{key: value, counter: 1, _BY: 1} for value in ordered]
    tx.exec_driver_sql(text, rows if by_place is None else [by_place(row) for row in rows])
    out: dict[str, int] = {}
    for start in range(0, len(ordered), _PART):
        query = select(table.c[key], table.c[counter]).where(table.c[key].in_(ordered[start : start + _PART]))
        out.update((row[0], row[1]) for row in tx.execute(query))
    return out


@cache
def _counting(
    dialect: Dialect, table: Table, key: str, counter: str
) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]] | None]:
    statement = _insert(dialect.name, table)
    statement = statement.on_conflict_do_update(
        index_elements=[key], set_={counter: table.c[counter] + bindparam(_BY, type_=table.c[counter].type)}
    )
    compiled = cast("SQLCompiler", statement.compile(dialect=dialect, column_keys=[key, counter]))
    order = compiled.positiontup
    return str(compiled), None if order is None else itemgetter(*order)


def put_if(tx: Connection, table: Table, row: Mapping[str, Any], condition: str) -> bool:
    """Insert a row, or overwrite the one of the same key if `condition` holds of it; whether either was done.

    `condition` is SQL over the old row and `excluded`, the new one; a text of ours, never of a client.
    """
    made = _conditional(tx.dialect, table, tuple(row), condition)
    return bool(run_bare(tx, made[0], made[1](row)))


@cache
def _conditional(
    dialect: Dialect, table: Table, columns: tuple[str, ...], condition: str
) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    key = [column.name for column in table.primary_key]
    marks = "?" if dialect.name == "sqlite" else "%s"
    named = ", ".join(columns)
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    text = (
        f"INSERT INTO {table.name} ({named}) VALUES ({', '.join([marks] * len(columns))})"  # noqa: S608 - our own names
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed} WHERE {condition} RETURNING 1"
    )
    return text, itemgetter(*columns)
