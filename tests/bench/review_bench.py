# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The leader's review over a log of 1,000,000 events: how long the first page takes, for every sieve and period.

A part of the log is written as the gate writes it, every sixtieth passage an override; the rest are copies of that part
at later times (the review follows no hashes), so that the file is there in seconds. As for the shift's log, the best of
a few readings counts: what else runs on the machine is not measured.
"""

import sqlite3
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from kiosk.adapters.store_log import insert, prepare
from kiosk.adapters.store_review import FolderReview
from kiosk.app.review import PassageQuery, Period, Sieve, day_period
from kiosk.domain.codes import Reason, Verdict
from kiosk.domain.events import Draft, Override, PassageStep
from kiosk.domain.identity import ShiftId
from kiosk.domain.instants import DAY_MS, day_of
from tests.bench.rows import Row, percentile
from tests.unit.store.boxes import Box, fold

_ROOT = Path(__file__).resolve().parents[2]
_PART = 50_000
_SHIFT_EVENTS = 3_600
_ODD = 60
_COLUMNS = (
    "at_ms", "mono_ms", "boot", "clock", "type", "v", "shift_id", "person_id", "pass_id", "passage_id", "verdict",
    "temp_dc", "canon", "hash",
)  # fmt: skip


def rows(quick: bool) -> list[Row]:
    """One row."""
    events = 100_000 if quick else 1_000_000
    cache = _ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-review-", dir=cache) as name:
        box = Box(Path(name) / "gate")
        box.open()
        span = _write(box, _PART)
        there = _copy(box.store._folder.file.writer, events, span)
        row = _first_pages(box, there)
        box.close()
    return [row]


def _write(box: Box, count: int) -> int:
    """A part of a log through the store's own writing; how much time it spans (ms)."""
    file = box.store._folder.file
    began, written = box.clock.wall_ms(), 1
    number = 0
    while written < count:
        drafts: list[Draft] = []
        while len(drafts) < 1_000 and written + len(drafts) < count - 3:
            number += 1
            opened, closed = box.usual(who=number % 5_600)
            drafts += [*opened, *closed]
            if number % _ODD == 0:
                drafts.append(_override(opened[0]))
        drafts = drafts or list(box.usual()[0])
        shift = ShiftId(f"{written // _SHIFT_EVENTS:032x}")
        prepared = prepare(file, [replace(draft, shift=shift) for draft in drafts], fold, box.ids)
        with file.transaction() as connection:
            insert(connection, prepared)
        file.head_seq, file.head_hash = prepared.head_seq, prepared.head_hash
        written += len(drafts)
    return box.clock.wall_ms() - began


def _override(of: Draft) -> Draft:
    body = of.body
    assert isinstance(body, PassageStep)
    told = Override(body.passage, Verdict.LEADER, Reason.NO_PASS, Verdict.ADMIT, "known", "leader")
    return replace(of, id=of.id[::-1], body=told)  # type: ignore[arg-type]  # any other id will do


def _copy(connection: sqlite3.Connection, count: int, span_ms: int) -> int:
    """The part again and again, each time later, with ids and a shift of its own; how many events there are then."""
    (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'event_next'").fetchone()
    (held,) = connection.execute("SELECT max(seq) FROM event").fetchone()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DROP TRIGGER event_next")
    for turn in range(1, -(-count // held)):
        own = f"CAST(x'{turn.to_bytes(2, 'big').hex()}' || substr({{}}, 3) AS BLOB)"
        columns = [
            f"at_ms + {turn * span_ms}" if name == "at_ms"
            else f"iif({name} IS NULL, NULL, {own.format(name)})" if name in ("shift_id", "passage_id") else name
            for name in _COLUMNS
        ]  # fmt: skip
        connection.execute(
            f"""INSERT INTO event (seq, event_id, {", ".join(_COLUMNS)})
                SELECT seq + {turn * held}, {own.format("event_id")}, {", ".join(columns)}
                FROM event WHERE seq <= {held} ORDER BY seq"""  # noqa: S608 - figures and names of our own
        )
    connection.execute(trigger)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return int(connection.execute("SELECT count(*) FROM event").fetchone()[0])


def _first_pages(box: Box, events: int) -> Row:
    review = FolderReview(box.store._folder)
    newest = _newest(box)
    day = day_of(newest - DAY_MS)
    shift = _last_shift(box)
    periods = {
        "whole": Period(), "day": day_period(day), "week": Period(newest - 7 * DAY_MS), "shift": Period(shift=shift),
    }  # fmt: skip
    worst: dict[str, float] = {}
    every: list[float] = []
    for name, period in periods.items():
        for sieve in Sieve:
            query = PassageQuery(period, sieve)
            assert review.passages(query).rows or sieve in (Sieve.FEVER, Sieve.CHANGED)
            taken = []
            for _ in range(11):
                began = time.perf_counter()
                review.passages(query)
                taken.append(time.perf_counter() - began)
            worst[name] = max(worst.get(name, 0.0), min(taken))
            every += taken
    slowest = max(worst.values())
    return Row(
        "review_first_page", "1,000,000 events: first page <= 5 ms, every sieve and period", slowest <= 0.005,
        percentile(every, 0.5), percentile(every, 0.99),
        extra={"events": float(events), **{f"{name}_ms": took * 1e3 for name, took in worst.items()}},
    )  # fmt: skip


def _newest(box: Box) -> int:
    with box.store._folder.reading() as connection:
        return int(connection.execute("SELECT at_ms FROM event ORDER BY seq DESC LIMIT 1").fetchone()[0])


def _last_shift(box: Box) -> ShiftId:
    with box.store._folder.reading() as connection:
        sql = "SELECT shift_id FROM event WHERE shift_id IS NOT NULL ORDER BY seq DESC LIMIT 1"
        return ShiftId(connection.execute(sql).fetchone()[0].hex())
