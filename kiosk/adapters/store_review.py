# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The log read back for the leader's screens (port `ReviewLog`): counts by SQL, the few rows of a page folded.

SQLite works without the interpreter's lock, so a day of 47,000 events is counted beside the screen without costing it a
frame; only the rows of one page become objects. Canonical bytes are searched by fragments: a quote inside a text is
escaped there, so `"recorded":true` can only be that key (kiosk.domain.log.columns).
"""

import datetime as dt
import sqlite3
from collections import Counter
from contextlib import AbstractContextManager
from typing import Protocol

from kiosk.adapters.store_log import read_event, read_passage
from kiosk.adapters.store_review_pages import count_found, find_page, span
from kiosk.adapters.store_schema import FEVER_STEP, GRAVE_STEP
from kiosk.app.review import HOURS, DayPicture, HourCount, PassagePage, PassageQuery, Period
from kiosk.domain.codes import Direction, Verdict
from kiosk.domain.events import Event, HomeTemp
from kiosk.domain.identity import PassageId
from kiosk.domain.instants import DAY_MS, start_of
from kiosk.domain.log.columns import packed_id, unpacked_id
from kiosk.domain.passage import PassageRecord, fold_all

_HOUR_MS = 3_600_000
_IN, _RECORDED, _VOID = b'"dir":"IN"', b'"recorded":true', b'"void":true'
_EXCEPTIONAL = f"(({GRAVE_STEP}) OR ({FEVER_STEP}) OR type IN ('override', 'correction', 'refusal', 'late_entry'))"
_ISSUED = ("permit.grant", "isolation.release", "pass.temp_issued", "pass.request", "pass.notice")


class Readable(Protocol):
    """可读的: an open gate folder, or whatever else lends connections to a gate's file."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection for one reading."""
        ...


class FolderReview:
    """记录阅读: of one open gate folder; any thread."""

    def __init__(self, folder: Readable) -> None:
        self._folder = folder

    def day(self, day: dt.date) -> DayPicture:
        """The picture of a day: what a recount of its events gives, by hour."""
        start = start_of(day)
        with self._folder.reading() as connection:
            first, last = span(connection, start, start + DAY_MS)
            place = {"first": first, "last": last, "start": start}
            moves = Counter({(hour, entering): n for hour, entering, n in connection.execute(_MOVES, place)})
            odd = dict(connection.execute(_ODD, place))
            verdicts = Counter(dict(connection.execute(_VERDICTS, place)))
            temps = dict(connection.execute(_TEMPS, place))
            for record in self._unusual(connection, place):
                _corrected(record, start, moves, verdicts)
        hours = tuple(HourCount(moves[h, 1], moves[h, 0], odd.get(h, 0)) for h in range(HOURS))
        return DayPicture(day, hours, {Verdict(v): n for v, n in verdicts.items() if n}, temps)

    def _unusual(self, connection: sqlite3.Connection, place: dict[str, int]) -> list[PassageRecord]:
        """Passages taken back, and those of the paper sheet: they count otherwise than their rows say."""
        rows = connection.execute(
            """SELECT DISTINCT passage_id FROM event WHERE seq >= :first AND seq < :last AND passage_id IS NOT NULL
               AND (type = 'late_entry' OR (type = 'correction' AND instr(canon, :void)))""",
            {**place, "void": _VOID},
        ).fetchall()
        folded = (fold_all(read_passage(connection, PassageId(unpacked_id(one)))) for (one,) in rows)
        return [record for record in folded if record is not None]

    def passages(self, query: PassageQuery) -> PassagePage:
        """One page, newest first; found by their first step, folded whole."""
        with self._folder.reading() as connection:
            found = find_page(connection, query)
            rows: list[tuple[int, PassageRecord]] = []
            for seq, passage in found[: query.limit]:
                record = fold_all(read_passage(connection, PassageId(unpacked_id(passage))))
                if record is not None:
                    rows.append((seq, record))
        return PassagePage(tuple(rows), len(found) > query.limit)

    def count(self, query: PassageQuery) -> int:
        """How many there are."""
        with self._folder.reading() as connection:
            return count_found(connection, query)

    def steps(self, passage: PassageId) -> tuple[Event, ...]:
        """Every event of a passage."""
        with self._folder.reading() as connection:
            return read_passage(connection, passage)

    def home_temps(self, since_ms: int) -> tuple[HomeTemp, ...]:
        """Home temperatures entered here."""
        found = self._of_types(("home_temp",), since_ms, -1)
        return tuple(event.body for event in found if isinstance(event.body, HomeTemp))

    def case_steps(self, since_ms: int, limit: int) -> tuple[Event, ...]:
        """What happened to cases, newest first."""
        with self._folder.reading() as connection:
            # the condition is that of the partial index `event_urgent`, so that few rows are looked at
            found = connection.execute(
                """SELECT canon FROM event WHERE type IN ('case', 'case.step', 'remote.approval') AND at_ms >= ?
                   AND type <> 'remote.approval' ORDER BY seq DESC LIMIT ?""",
                (since_ms, limit),
            )
            return tuple(read_event(canon) for (canon,) in found)

    def notes(self, period: Period, limit: int) -> tuple[Event, ...]:
        """What leaders noted, newest first."""
        with self._folder.reading() as connection:
            if period.shift is not None:
                found = connection.execute(
                    "SELECT canon FROM event WHERE shift_id = ? AND type = 'note' ORDER BY seq DESC LIMIT ?",
                    (packed_id(period.shift), limit),
                )
            else:
                first, last = span(connection, period.from_ms, period.to_ms)
                found = connection.execute(
                    "SELECT canon FROM event WHERE seq >= ? AND seq < ? AND type = 'note' ORDER BY seq DESC LIMIT ?",
                    (first, last, limit),
                )
            return tuple(read_event(canon) for (canon,) in found)

    def permits(self, since_ms: int, limit: int) -> tuple[Event, ...]:
        """What the leader granted and issued, newest first."""
        return self._of_types(_ISSUED, since_ms, limit)

    def _of_types(self, types: tuple[str, ...], since_ms: int, limit: int) -> tuple[Event, ...]:
        marks = ", ".join("?" for _ in types)
        with self._folder.reading() as connection:
            first, _ = span(connection, since_ms, None)
            found = connection.execute(
                f"SELECT canon FROM event WHERE seq >= ? AND type IN ({marks}) ORDER BY seq DESC LIMIT ?",  # noqa: S608
                (first, *types, limit),
            )
            return tuple(read_event(canon) for (canon,) in found)


_RANGE = "seq >= :first AND seq < :last"
_HOUR = f"(at_ms - :start) / {_HOUR_MS}"
_MOVES = f"""SELECT {_HOUR}, instr(canon, x'{_IN.hex()}') > 0, count(*) FROM event
    WHERE {_RANGE} AND type = 'passage' AND instr(canon, x'{_RECORDED.hex()}') GROUP BY 1, 2"""  # noqa: S608 - fixed text
_ODD = f"""SELECT {_HOUR}, count(*) FROM (SELECT min(at_ms) AS at_ms FROM event
    WHERE {_RANGE} AND passage_id IS NOT NULL AND {_EXCEPTIONAL} GROUP BY passage_id) GROUP BY 1"""  # noqa: S608
_VERDICTS = f"""SELECT verdict, count(*) FROM (SELECT verdict, max(seq) FROM event
    WHERE {_RANGE} AND type = 'passage' AND verdict IS NOT NULL GROUP BY passage_id) GROUP BY 1"""  # noqa: S608
_TEMPS = f"""SELECT temp_dc, count(*) FROM event
    WHERE {_RANGE} AND type = 'reading' AND temp_dc IS NOT NULL GROUP BY 1"""  # noqa: S608


def _corrected(record: PassageRecord, start: int, moves: "Counter[tuple[int, int]]", verdicts: "Counter[str]") -> None:
    """Take back what was undone, add what the paper sheet says; only what lies in this day."""
    hour = (record.decided.at_ms - start) // _HOUR_MS
    if not 0 <= hour < HOURS:
        return
    way = (hour, 1 if record.dir is Direction.IN else 0)
    if record.late and not record.voided:
        verdicts[record.verdict.value] += 1
        moves[way] += record.recorded
    elif record.voided and not record.late:
        verdicts[record.verdict.value] -= 1
        moves[way] -= record.recorded
