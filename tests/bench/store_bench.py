# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's store: commit, log, start, size; product and baseline interleaved on one disk (sync-and-store.md 12)."""

import gc
import hashlib
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from kiosk.adapters.store_connection import reader, writer
from kiosk.adapters.store_log import insert, prepare
from kiosk.adapters.store_source import FileSource
from kiosk.adapters.store_start import OpenedStore
from kiosk.app.ports import CommitFailed
from kiosk.domain.events import Draft, event_to_json, placed
from kiosk.domain.identity import ShiftId
from kiosk.domain.log.canonical import canonical_bytes
from kiosk.domain.log.verify import verify_log
from tests.bench.rows import Row, percentile
from tests.unit.store.boxes import DEVICE, ROSTER, Box, fold, roster

_SHIFT = ShiftId("6e" * 16)
_SYNC_S = 0.020
_ROOT = Path(__file__).resolve().parents[2]


def rows(quick: bool) -> list[Row]:
    """All rows; `quick` measures little."""
    commits, events = (60, 4_000) if quick else (1_000, 100_000)
    # On the disk that the gate would use: /tmp may be memory, where a sync costs nothing.
    cache = _ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-store-", dir=cache) as name:
        folder = Path(name)
        return [
            *_commit_rows(folder, commits),
            *_big_rows(folder / "big", events, quick=quick),
            _rows_row(folder / "rows", 400 if quick else 5_600),
        ]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class _Bare:
    """The baseline: bare sqlite3, WAL, FULL, one row of the same bytes per commit."""

    def __init__(self, file: Path) -> None:
        self.connection = sqlite3.connect(file, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 0"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, data BLOB)")

    def commit(self, data: bytes) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("INSERT INTO row (data) VALUES (?)", (data,))
        self.connection.execute("COMMIT")


class _Slow:
    """A connection whose COMMIT takes 20 ms more, as on a worn flash disk."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self._real = real

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        if statement == "COMMIT":
            time.sleep(_SYNC_S)
        return self._real.execute(statement, *values)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def _commit_rows(folder: Path, count: int) -> list[Row]:
    box = Box(folder / "gate")
    box.open()
    bare = _Bare(folder / "bare.db")
    ours, theirs = _interleaved(box, bare, count)
    file = box.store._folder.file
    file.writer = _Slow(file.writer)  # type: ignore[assignment]
    slow = [_timed(partial(box.store.commit, drafts, fold)) for drafts in _drafts(box, max(20, count // 10))]
    box.close()
    bare.connection.close()
    p50, p99 = percentile(ours, 0.5), percentile(ours, 0.99)
    base50, base99 = percentile(theirs, 0.5), percentile(theirs, 0.99)
    slow99 = percentile(slow, 0.99)
    return [
        Row(
            "commit", "p50 <= 1.6 x and p99 <= 2.5 x bare, p99 <= 5 ms",
            p50 <= 1.6 * base50 and p99 <= 2.5 * base99 and p99 <= 0.005,
            p50=p50, p99=p99, rate=1 / p50, ratio=p50 / base50,
            extra={"ratio_p99": p99 / base99, "bare_p50_ms": base50 * 1e3, "bare_p99_ms": base99 * 1e3},
        ),
        Row(
            "commit_slow", "p99 <= 50 ms with 20 ms added to each sync", slow99 <= 0.050,
            p50=percentile(slow, 0.5), p99=slow99,
        ),
    ]  # fmt: skip


def _drafts(box: Box, count: int) -> list[tuple[Draft, ...]]:
    """A reading and the passage it decides; one of 20 with a personal part."""
    out: list[tuple[Draft, ...]] = []
    for number in range(count):
        reading, passage = box.usual(who=number % 1600)[1]
        personal = {"name": "张三", "phone": "13800001111", "room": "3-502"} if number % 20 == 19 else None
        out.append((reading, replace(passage, personal=personal)))
    return out


def _interleaved(box: Box, bare: _Bare, count: int) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    gc.collect()
    gc.freeze()
    for number, drafts in enumerate(_drafts(box, count)):
        data = b"".join(canonical_bytes(event_to_json(placed(draft, number))) for draft in drafts)
        works: list[tuple[list[float], Callable[[], object]]] = [
            (ours, partial(box.store.commit, drafts, fold)),
            (theirs, partial(bare.commit, data)),
        ]
        for times, work in works if number % 2 else reversed(works):
            times.append(_timed(work))
        if number % 300 == 299:
            # As the upkeep does when the gate is idle; outside of what is measured, on both sides.
            box.store._folder.file.writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
            bare.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    gc.unfreeze()
    return ours, theirs


def fill(box: Box, count: int, shift_events: int = 3_600) -> int:
    """Put about `count` events into an open store, the last `shift_events` of one shift; the bytes of their canon."""
    store = box.store
    file = store._folder.file
    canon = 0
    written = 1
    while written < count:
        drafts: list[Draft] = []
        while len(drafts) < 1_000 and written + len(drafts) < count:
            opened, closed = box.usual(who=(written + len(drafts)) % 5_600)
            place = written + len(drafts)
            shift = _SHIFT if place >= count - shift_events else ShiftId(f"{place // 3600:032x}")
            drafts += [_of_shift(draft, shift) for draft in (*opened, *closed)]
        prepared = prepare(file, drafts, fold, box.ids)
        with file.transaction() as connection:
            insert(connection, prepared)
        file.head_seq, file.head_hash = prepared.head_seq, prepared.head_hash
        canon += sum(len(row[14]) for row in prepared.rows)
        written += len(drafts)
    file.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return canon


def _of_shift(draft: Draft, shift: ShiftId) -> Draft:
    return replace(draft, shift=shift)


def _big_rows(folder: Path, count: int, *, quick: bool) -> list[Row]:
    box = Box(folder)
    box.open()
    canon = fill(box, count)
    # The office has all but the last two batches, as on a working day.
    box.acknowledge(count - 400)
    log = _log_row(box, count)
    box.close()
    size = box.file().stat().st_size
    start = _start_row(box, count)
    per_event = size / count
    return [
        log,
        start,
        Row(
            "size", "<= 700 bytes per event, <= 2.0 x canon", per_event <= 700 and size <= 2 * canon,
            ratio=size / canon, extra={"bytes_per_event": per_event, "events": count},
        ),
    ]  # fmt: skip


def _log_row(box: Box, count: int) -> Row:
    store = box.store
    whole = min(_timed(lambda: store.shift_log(_SHIFT)) for _ in range(5))
    page = min(_timed(lambda: store.shift_log(_SHIFT, limit=50)) for _ in range(5))
    with closing(reader(box.file())) as connection:
        sql = "SELECT seq, at_ms, type, verdict, temp_dc FROM event WHERE shift_id = ? ORDER BY seq"
        plain = min(_timed(lambda: connection.execute(sql, (bytes.fromhex(_SHIFT),)).fetchall()) for _ in range(5))
        chain = min(_timed(lambda: verify_log(FileSource(connection), DEVICE.device, 1)) for _ in range(2))
        canons = [row[0] for row in connection.execute("SELECT canon FROM event")]
    bare = min(_timed(lambda: [hashlib.sha256(data).digest() for data in canons]) for _ in range(3))
    chain_100k = chain * 100_000 / count
    lines = len(store.shift_log(_SHIFT))
    return Row(
        "log", "shift of 3,600 <= 50 ms, first page <= 5 ms, chain of 100,000 < 1 s",
        whole <= 0.050 and page <= 0.005 and chain_100k < 1.0,
        ratio=whole / plain,
        extra={
            "shift_ms": whole * 1e3, "lines": lines, "page_ms": page * 1e3, "chain_100k_s": chain_100k,
            "bare_sha256_100k_s": bare * 100_000 / count, "events": count,
        },
    )  # fmt: skip


def _start_row(box: Box, count: int) -> Row:
    times: list[float] = []
    for _ in range(5):
        started = time.perf_counter()
        opened = box.try_open()
        times.append(time.perf_counter() - started)
        if not isinstance(opened, OpenedStore) or opened.new_epoch is not None:
            raise CommitFailed("start")  # type: ignore[arg-type]
        box.close()
    from kiosk.adapters.migrations import migrate

    def no_op() -> None:
        with closing(writer(box.file())) as connection:
            migrate(connection, box.file())

    migration = min(_timed(no_op) for _ in range(5))

    def bare_open() -> None:
        with closing(sqlite3.connect(box.file())) as connection:
            connection.execute("SELECT max(seq) FROM event").fetchone()

    bare = min(_timed(bare_open) for _ in range(5))
    p50 = percentile(times, 0.5)
    return Row(
        "start", "checks with 100,000 events <= 300 ms, migration no-op <= 50 ms", p50 <= 0.3 and migration <= 0.05,
        p50=p50, ratio=p50 / bare, extra={"migration_ms": migration * 1e3, "events": count},
    )  # fmt: skip


def _rows_row(folder: Path, people: int) -> Row:
    box = Box(folder)
    box.open()
    # Persons alone: 5,600 sealed rows, the largest compound.
    box.store.replace_scope(ROSTER, (row for row in roster(people) if row.entity == "person"), "1.1", 1)
    taken = [_timed(lambda: sum(1 for _ in box.store.rows())) for _ in range(5)]
    box.close()
    return Row(
        "rows", "5,600 sealed persons opened <= 150 ms", min(taken) <= 0.150, p50=min(taken), extra={"rows": people}
    )
