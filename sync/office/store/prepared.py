# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Statements of the hot path, compiled once for each engine and then handed to the driver as they are.

The library's way from an expression to the driver costs more than most of these statements do in the database.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, Update, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Select

_COPY_FROM = 10
"""From so many rows on COPY is worth its own start."""


def run_bare(tx: Connection, text: str, values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - as the driver takes them
    """Run a statement by the driver's own cursor; its rows. Faults come as the library's `DBAPIError`."""
    cursor: Any = tx.connection.cursor()
    try:
        cursor.execute(text, values)
        return cursor.fetchall() if cursor.description is not None else []
    except tx.dialect.loaded_dbapi.Error as fault:
        raise DBAPIError(text, None, fault) from fault
    finally:
        cursor.close()


class Prepared:
    """备好的语句: a SELECT or UPDATE whose parameters are all named `bindparam`s."""

    def __init__(self, statement: Select[Any] | Update) -> None:
        """Take the statement; it is compiled at its first use on an engine."""
        self._statement = statement
        self._made: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {}

    def __call__(self, tx: Connection, **values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - whatever the columns take
        """Run it; the rows of a SELECT, bare."""
        made = self._made.get(tx.dialect.name)
        if made is None:
            made = self._made[tx.dialect.name] = self._compiled(tx)
        text, ordered = made
        return run_bare(tx, text, ordered(values))

    def first(self, tx: Connection, **values: Any) -> tuple[Any, ...] | None:  # noqa: ANN401 - as above
        """Run it; the first row, or None."""
        rows = self(tx, **values)
        return rows[0] if rows else None

    def _compiled(self, tx: Connection) -> tuple[str, Callable[[dict[str, Any]], Any]]:
        compiled = self._statement.compile(dialect=tx.dialect)
        order = compiled.positiontup
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        if order is None:
            return str(compiled), lambda values: fixed | values
        names = tuple(order)
        return str(compiled), lambda values: tuple((fixed | values)[name] for name in names)


class AnyOf:
    """`SELECT columns FROM table WHERE key IN (...)`, for a handful or a few hundred keys."""

    def __init__(self, table: Table, key: str, columns: Sequence[str], also: str | None = None) -> None:
        """`also`: a second column that must be one of other values."""
        self._text = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {key}"  # noqa: S608 - names of our own tables
        self._also = also

    def __call__(self, tx: Connection, keys: Sequence[Any], others: Sequence[Any] = ()) -> Iterable[Any]:
        """The rows, in no order; `keys` at most a few hundred."""
        if not keys:
            return ()
        if tx.dialect.name == "sqlite":
            text = f"{self._text} IN ({', '.join('?' * len(keys))})"
            if self._also is not None:
                text += f" AND {self._also} IN ({', '.join('?' * len(others))})"
            return run_bare(tx, text, (*keys, *others))
        text = f"{self._text} = ANY(%s)"
        if self._also is None:
            return run_bare(tx, text, (list(keys),))
        return run_bare(tx, f"{text} AND {self._also} = ANY(%s)", (list(keys), list(others)))


class Bulk:
    """成批写入: rows as tuples in the order of `columns`; on PostgreSQL by COPY, the quickest way in."""

    def __init__(self, table: Table) -> None:
        """All columns of the table."""
        self.names = tuple(column.name for column in table.columns)
        marks = ", ".join("?" * len(self.names))
        listed = ", ".join(f'"{name}"' for name in self.names)
        self._insert = f'INSERT INTO "{table.name}" ({listed}) VALUES ({marks}) ON CONFLICT DO NOTHING'  # noqa: S608
        self._marks = f"({', '.join(['%s'] * len(self.names))})"
        self._insert_pg = f'INSERT INTO "{table.name}" ({listed}) VALUES {{values}} ON CONFLICT DO NOTHING'  # noqa: S608
        self._copy = f'COPY "{table.name}" ({listed}) FROM STDIN (FORMAT BINARY)'
        self._types = [_PG_TYPES[type(column.type).__name__] for column in table.columns]
        self.row = itemgetter(*self.names)

    def add(self, tx: Connection, rows: Sequence[tuple[Any, ...]], *, known: bool = False) -> None:
        """Add rows that are not there; one that is stays as it is. `known`: nobody knows them, the caller has looked.

        With `known` a row that another transaction adds meanwhile fails this one: it is tried again, as any failure.
        """
        if not rows:
            return
        if tx.dialect.name == "sqlite":
            tx.exec_driver_sql(self._insert, list(rows))
        elif known and len(rows) >= _COPY_FROM:
            self._copy_in(tx, rows)
        else:
            for start in range(0, len(rows), _COPY_FROM):
                part = rows[start : start + _COPY_FROM]
                text = self._insert_pg.format(values=", ".join([self._marks] * len(part)))
                run_bare(tx, text, [value for row in part for value in row])

    def _copy_in(self, tx: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        cursor: Any = tx.connection.cursor()
        try:
            with cursor.copy(self._copy) as copy:
                copy.set_types(self._types)
                for row in rows:
                    copy.write_row(row)
        except tx.dialect.loaded_dbapi.Error as fault:
            # the driver's own errors, in the form in which all others arrive
            raise DBAPIError(self._copy, None, fault) from fault
        finally:
            cursor.close()


_PG_TYPES = {
    "String": "varchar", "Text": "text", "Integer": "int4", "BigInteger": "int8", "LargeBinary": "bytea",
}  # fmt: skip


class Change:
    """改列: `UPDATE table SET ... WHERE key = ...`, whatever columns are given."""

    def __init__(self, table: Table, key: str) -> None:
        """The table, and the column that names the row."""
        self._table = table.name
        self._key = key

    def __call__(self, tx: Connection, key: str, values: Mapping[str, Any]) -> None:
        """Set the columns of one row."""
        mark = "?" if tx.dialect.name == "sqlite" else "%s"
        parts = ", ".join(f'"{name}" = {mark}' for name in values)
        text = f"UPDATE {self._table} SET {parts} WHERE {self._key} = {mark}"  # noqa: S608 - names of our own columns
        run_bare(tx, text, (*values.values(), key))


def given(name: str) -> Any:  # noqa: ANN401 - a parameter of any column
    """A named parameter."""
    return bindparam(name)
