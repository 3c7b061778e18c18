# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A leader reviews a log of a million events while the gate ticks (interface.md 15): pages, lateness, sheet, check."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.bench.rows import Row, percentile

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from tests.robots.leader_stand import LeaderStand

_ROOT = Path(__file__).resolve().parents[2]
_LATE_S = 0.016


def rows(quick: bool) -> list[Row]:
    """All rows; `quick` looks at a small log."""
    cache = _ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-leader-", dir=cache) as name:
        return _reviewed(Path(name), 4_000 if quick else 1_000_000)


def grown(file: Path, wanted: int) -> int:
    """Lay the file's events down again and again behind its end, later in time, until there are `wanted`."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        head, newest = connection.execute("SELECT max(seq), max(at_ms) FROM event").fetchone()
        count, oldest = head, connection.execute("SELECT min(at_ms) FROM event").fetchone()[0]
        while count < wanted:
            shift = newest - oldest + 1_000
            connection.execute("BEGIN")
            connection.execute(
                """INSERT INTO event SELECT seq + ?1, randomblob(16), at_ms + ?2, mono_ms + ?2, boot, clock, type, v,
                    shift_id, person_id, pass_id, CAST(?3 || substr(passage_id, 2) AS BLOB), verdict, temp_dc, canon,
                    hash FROM event WHERE seq <= ?4 ORDER BY seq LIMIT ?5""",
                (count, shift * (count // head), bytes([count // head]), head, wanted - count),
            )
            connection.execute("COMMIT")
            count = connection.execute("SELECT max(seq) FROM event").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(connection.execute("SELECT max(at_ms) FROM event").fetchone()[0])


def _filled(stand: "LeaderStand", wanted: int) -> None:
    """A base made by the desk's own writer, then the same again by SQL; the gate's clock goes along."""
    from kiosk.adapters.store_review import FolderReview
    from tests.bench.store_bench import fill
    from tests.unit.store.boxes import Box

    box = Box(stand.folder / "box")
    box.open()
    fill(box, min(wanted, 60_000))
    box.close()
    newest = grown(box.file(), wanted)
    stand.house.clock.go_to(max(newest, stand.house.clock.wall_ms()))
    stand.desk.door.review = FolderReview(_File(box.file()))


class _File:
    """The big file, lent as an open folder lends its own."""

    def __init__(self, file: Path) -> None:
        from kiosk.adapters.store_epoch import Readers

        self._readers = Readers(file)

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._readers.borrow()


class _Ticker:
    """A timer of 4 ms on the GUI thread: how late each tick was."""

    def __init__(self) -> None:
        from PySide6.QtCore import QTimer

        self.late: list[float] = []
        self.busy: list[float] = []
        self._last = time.perf_counter()
        self._used = time.thread_time()
        self._timer = QTimer()
        self._timer.setInterval(4)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last, self._used = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        self.late.append(now - self._last - 0.004)
        self.busy.append(used - self._used)
        self._last, self._used = now, used


def _reviewed(folder: Path, events: int) -> list[Row]:
    from PySide6.QtWidgets import QApplication

    from tests.robots.leader_stand import LEADER, LeaderStand
    from ui.leader_worker import LeaderWorker

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    stand = LeaderStand(folder)
    stand.desk._background = LeaderWorker()
    _filled(stand, events)
    stand.window.show()
    application.processEvents()
    stand.window._lead(None)
    for digit in LEADER:
        stand.desk.digit(digit)
    stand.desk.confirm()
    ticker = _Ticker()
    pages: list[float] = []
    ticker.start()
    _look(application, stand, pages)
    ticker.stop()
    late = sum(each > _LATE_S for each in ticker.late)
    stand.close()
    return [
        Row(
            "leader page", goal="<= 300 ms from tap to painted, a million events", met=max(pages) <= 0.3,
            p50=percentile(pages, 0.5), p99=max(pages), extra={"pages": str(len(pages)), "events": str(events)},
        ),
        Row(
            "leader ticks late", goal="0 later than 16 ms while pages are read", met=late == 0,
            p99=percentile(ticker.late, 0.99),
            extra={
                "late": str(late), "of": str(len(ticker.late)), "max_ms": max(ticker.late) * 1000,
                "own_cpu_max_ms": max(ticker.busy) * 1000,
            },
        ),
    ]  # fmt: skip


def _look(application: "QApplication", stand: "LeaderStand", pages: list[float]) -> None:
    """The day, its other pictures, forty pages of the log, the exceptions, the day before."""
    view = stand.window.leader

    def timed(act: Callable[[], None]) -> None:
        begun = time.perf_counter()
        act()
        while view.page is None or view.page.busy:
            application.processEvents()
        application.processEvents()  # and painted
        pages.append(time.perf_counter() - begun)
        until = time.perf_counter() + 0.05
        while time.perf_counter() < until:
            application.processEvents()

    timed(lambda: stand.desk.chose("today"))
    for chart in ("VERDICTS", "TEMPS", "TABLE"):
        timed(lambda chart=chart: stand.desk.chose(chart))  # type: ignore[misc]
    timed(lambda: stand.desk.turn(-1))
    stand.desk.leave()
    timed(lambda: stand.desk.chose("log"))
    stand.desk.chose("period")
    timed(lambda: stand.desk.chose("LOG"))
    for _ in range(40):
        timed(lambda: stand.desk.turn(1))
    stand.desk.leave()
    timed(lambda: stand.desk.chose("exceptions"))
