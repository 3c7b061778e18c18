# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Pages of passages out of a long log: found by their first step, newest first, without reading what is not shown.

Passages with something exceptional are few among many: their events stand in partial indexes (`store_schema`), which
are walked from the newest back until a page is full. Canonical bytes are searched by fragments: a quote inside a text
is escaped there, so `"n":1,` can only be that key (kiosk.domain.log.columns).
"""

import sqlite3
from collections.abc import Iterator
from heapq import merge
from typing import Any

from kiosk.adapters.store_schema import FEVER_STEP, GRAVE_STEP
from kiosk.app.review import PassageQuery, Period, Sieve
from kiosk.domain.instants import DAY_MS
from kiosk.domain.log.columns import packed_id

_FIRST = "type IN ('passage', 'late_entry') AND instr(canon, x'226e223a312c')"  # "n":1,
_MARKED = {
    Sieve.EXCEPTIONS: ("override", "correction", "refusal", "late_entry"),
    Sieve.OVERRIDES: ("override",),
    Sieve.FEVER: (),
    Sieve.CHANGED: ("correction", "late_entry"),
}
_STEPS = {Sieve.EXCEPTIONS: (GRAVE_STEP, FEVER_STEP), Sieve.FEVER: (FEVER_STEP,)}

Place = tuple[int, bytes]
"""Seq of a passage's first step, and the passage."""


def find_page(connection: sqlite3.Connection, query: PassageQuery) -> list[Place]:
    """The first steps of a page's passages and of one more, if there is one."""
    first, last = bounds(connection, query.period)
    top = last if query.before_seq is None else min(last, query.before_seq)
    most = query.limit + 1
    if query.sieve is Sieve.ALL or query.person is not None or query.pass_id is not None:
        sql, values = _plain(query, first, top)
        return connection.execute(f"SELECT seq, passage_id {sql} ORDER BY seq DESC LIMIT {most:d}", values).fetchall()
    found: list[Place] = []
    seen: set[bytes] = set()
    for seq, passage in _marks(connection, query, first, last):
        # Whatever stands further back in the log began further back: the page is full when so many lie above.
        if sum(place >= seq for place, _ in found) >= most:
            break
        if passage not in seen:
            seen.add(passage)
            found += _first_step(connection, query, passage, first, top)
    return sorted(found, reverse=True)[:most]


def count_found(connection: sqlite3.Connection, query: PassageQuery) -> int:
    """How many passages a query finds in all."""
    first, last = bounds(connection, query.period)
    if query.sieve is Sieve.ALL or query.person is not None or query.pass_id is not None:
        sql, values = _plain(query, first, last)
        return int(connection.execute(f"SELECT count(*) {sql}", values).fetchone()[0])
    passages = {passage for _, passage in _marks(connection, query, first, last)}
    return sum(bool(_first_step(connection, query, passage, first, last)) for passage in passages)


def _plain(query: PassageQuery, first: int, top: int) -> tuple[str, dict[str, Any]]:
    """Every passage of a period, or those of one person or pass: they are few, each is looked at."""
    values: dict[str, Any] = {"first": first, "top": top}
    where = f"seq >= :first AND seq < :top AND {_FIRST}"
    wanted = (("shift_id", query.period.shift), ("person_id", query.person), ("pass_id", query.pass_id))
    for column, value in wanted:
        if value is not None:
            where += f" AND {column} = :{column}"
            values[column] = packed_id(value)
    if query.sieve is not Sieve.ALL:
        kinds = ", ".join(f"'{kind}'" for kind in _MARKED[query.sieve])
        marked = " OR ".join([f"type IN ({kinds})", *(f"({step})" for step in _STEPS.get(query.sieve, ()))])
        later = f"e.passage_id = event.passage_id AND ({_of('e', marked)})"
        where += f" AND EXISTS (SELECT 1 FROM event AS e WHERE {later})"  # noqa: S608 - fixed parts
    return f"FROM event WHERE {where}", values


def _of(table: str, condition: str) -> str:
    for column in ("type", "verdict", "canon"):
        condition = condition.replace(column, f"{table}.{column}")
    return condition


def _marks(connection: sqlite3.Connection, query: PassageQuery, first: int, last: int) -> Iterator[Place]:
    """Events that make a passage of this period exceptional, newest first.

    An override or a correction may come long after the period's end; a verdict or an outcome comes within a day.
    """
    end = last
    if query.period.to_ms is not None:
        end = _place(connection, last, newest(connection) + 1, query.period.to_ms + DAY_MS)
    elif query.period.shift is not None:
        end = newest(connection) + 1
    streams = [
        connection.execute(
            "SELECT seq, passage_id FROM event INDEXED BY event_marked"
            " WHERE type = ? AND type IN ('override', 'correction', 'refusal', 'late_entry') AND seq >= ?"
            " AND passage_id IS NOT NULL ORDER BY seq DESC",
            (kind, first),
        )
        for kind in _MARKED[query.sieve]
    ]
    streams += [
        connection.execute(
            f"SELECT seq, passage_id FROM event WHERE {step} AND seq >= ? AND seq < ? ORDER BY seq DESC",  # noqa: S608
            (first, end),
        )
        for step in _STEPS.get(query.sieve, ())
    ]
    return merge(*streams, reverse=True)


def _first_step(
    connection: sqlite3.Connection, query: PassageQuery, passage: bytes, first: int, top: int
) -> list[Place]:
    """Where a passage began, if that lies in the query's bounds."""
    sql = f"SELECT seq, passage_id FROM event WHERE passage_id = ? AND seq >= ? AND seq < ? AND {_FIRST}"  # noqa: S608
    values: tuple[object, ...] = (passage, first, top)
    if query.period.shift is not None:
        sql += " AND shift_id = ?"
        values = (*values, packed_id(query.period.shift))
    return connection.execute(f"{sql} ORDER BY seq LIMIT 1", values).fetchall()


def bounds(connection: sqlite3.Connection, period: Period) -> tuple[int, int]:
    """The places of a period: the first, and the one after the last."""
    if period.shift is not None:
        shift = packed_id(period.shift)
        row = connection.execute(
            "SELECT (SELECT min(seq) FROM event WHERE shift_id = ?1), (SELECT max(seq) FROM event WHERE shift_id = ?1)",
            (shift,),
        ).fetchone()
        return (1, 1) if row[0] is None else (row[0], row[1] + 1)
    return span(connection, period.from_ms, period.to_ms)


def span(connection: sqlite3.Connection, from_ms: int | None, to_ms: int | None) -> tuple[int, int]:
    """Places of the events of a time, found by halving: times rise with seq but for a clock set back."""
    # One question for each end: asked for both at once, SQLite reads every row.
    low = connection.execute("SELECT min(seq) FROM event").fetchone()[0]
    if low is None:
        return 1, 1
    high = newest(connection)
    first = low if from_ms is None else _place(connection, low, high + 1, from_ms)
    last = high + 1 if to_ms is None else _place(connection, first, high + 1, to_ms)
    return first, last


def newest(connection: sqlite3.Connection) -> int:
    """The place of the newest event; 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])


def _place(connection: sqlite3.Connection, low: int, high: int, at_ms: int) -> int:
    """The first place in [low, high) whose event is not older than `at_ms`; `high` if there is none."""
    while low < high:
        middle = (low + high) // 2
        row = connection.execute("SELECT at_ms FROM event WHERE seq = ?", (middle,)).fetchone()
        if row is None or row[0] >= at_ms:
            high = middle
        else:
            low = middle + 1
    return low
