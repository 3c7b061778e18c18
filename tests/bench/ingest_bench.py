# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office takes events in: in process on both engines, over TLS, a whole street at once (sync-and-store.md 12).

The baseline is the driver's own `executemany` of the same rows into a bare table with the same keys and indexes, a
commit for every 200, interleaved with ours on the same disk.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, func, select

from kiosk.domain.codes import (
    Category,
    Direction,
    How,
    ReadingSource,
    Reason,
    ScanResult,
    Site,
    TempOutcome,
    Validity,
    Verdict,
)
from kiosk.domain.events import PassageStep, ReadingTaken
from kiosk.domain.identity import CompoundId, GateId, PassageId
from kiosk.domain.register import Compound, Gate
from sync.office.compose import Office
from sync.office.store.engine import Database
from sync.office.store.tables import event, passage
from sync.wire.messages import SyncRequest
from tests.bench.rows import Row, percentile
from tests.postgres import lent
from tests.unit.office.offices import G1, G3, JU, Tablet, enrolled, found_office, pass_id, person_id

BATCH = 200
_ROOT = Path(__file__).resolve().parents[2]


def rows(quick: bool) -> list[Row]:
    """All rows; `quick` measures little."""
    count = 1_200 if quick else 12_000
    cache = _ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    out: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-ingest-", dir=cache) as name, lent(durable=True) as cluster:
        for engine, url in (("sqlite", None), ("postgresql", cluster.fresh())):
            office = found_office(Path(name) / engine, db_url=url)
            out += [_in_process(office, engine, count, G3), _one_by_one(office, engine, count // 20)]
            out.append(_in_process(office, engine, count // 4, G1, "_sisters"))
            out.append(_street(office, engine, 8 if quick else 71, 200 if quick else 2_000))
            office.close()
    return out


def crossings(tablet: Tablet, count: int) -> None:
    """About `count` events of usual entries and exits: all facts with WAIT, the reading, and what it changed."""
    number, at_ms = 0, tablet.office.clock.wall_ms() - count * 1_200
    while len(tablet.events) < count:
        key = PassageId(sha256(f"{tablet.device}c{number}".encode()).hexdigest()[:32])
        way = Direction.IN if number % 2 else Direction.OUT
        at_ms += 3_500
        who = person_id(number % 1_600)
        tablet.write(
            PassageStep(
                key, 1, way, How.SCAN, pass_id(number % 1_600), who, Category.LOCAL, ScanResult.OK, mask=True,
                verdict=Verdict.WAIT, reason=Reason.NEED_TEMP, rule="R38", outcome=TempOutcome.NOT_TAKEN,
                policy="2020-02-14", list=12, list_age_s=3600,
            ),
            at_ms,
        )  # fmt: skip
        reading = ReadingTaken(key, 1, Site.FOREHEAD, ReadingSource.SERIAL, Validity.VALID, 365, device="th1")
        tablet.write(reading, at_ms + 900)
        tablet.write(
            PassageStep(
                key, 2, way, verdict=Verdict.ADMIT, reason=Reason.PASS_OK, rule="R38", outcome=TempOutcome.NORMAL,
                recorded=True, final=True,
            ),
            at_ms + 1_200,
        )  # fmt: skip
        number += 1


def requests(tablet: Tablet, size: int = BATCH) -> list[SyncRequest]:
    """The tablet's whole log as the requests that carry it."""
    return [
        tablet.request(tablet.events[first : first + size], tablet.base(first))
        for first in range(0, len(tablet.events), size)
    ]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Raw:
    """The baseline: the driver's executemany into a bare table like `event`, a commit per batch."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.writing() as tx:
            for statement in _BARE:
                tx.exec_driver_sql(statement)
        marks = ", ".join(["?" if database.is_sqlite else "%s"] * len(event.columns))
        self._text = f"INSERT INTO raw_event VALUES ({marks})"  # noqa: S608 - marks alone

    def store(self, batch: Sequence[tuple[object, ...]]) -> None:
        """One batch, committed."""
        with self._database.writing() as tx:
            tx.exec_driver_sql(self._text, list(batch))


_BARE = (
    "DROP TABLE IF EXISTS raw_event",
    "CREATE TABLE raw_event AS SELECT * FROM event WHERE 1 = 0",
    "CREATE UNIQUE INDEX raw_event_place ON raw_event (device_id, epoch, seq, day)",
    "CREATE UNIQUE INDEX raw_event_id ON raw_event (event_id, day)",
    "CREATE INDEX raw_event_at ON raw_event (gate_id, at_ms)",
)


def stored(tx: Connection, device: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in tx.execute(select(event).where(event.c.device_id == device).order_by(event.c.seq))]


def _in_process(office: Office, engine: str, count: int, gate: GateId, which: str = "") -> Row:
    """G03's compound has one gate, as most have; G01's has two, whose gates must be told of each passage."""
    first = enrolled(office, gate, seed=900)
    crossings(first, count)
    again = enrolled(office, gate, seed=901)
    crossings(again, count)
    for request in requests(first):
        office.exchange.sync(request)
    with office.database.reading() as tx:
        same = stored(tx, first.device)
    raw = Raw(office.database)
    ours: list[float] = []
    theirs: list[float] = []
    for number, request in enumerate(requests(again)):
        batch = same[number * BATCH : (number + 1) * BATCH]
        works: list[tuple[list[float], Callable[[], object]]] = [
            (ours, partial(office.exchange.sync, request)), (theirs, partial(raw.store, batch)),
        ]  # fmt: skip
        for times, work in works if number % 2 else reversed(works):
            times.append(_timed(work))
    with office.database.reading() as tx:
        held = office.events.count(tx, again.device)
        folded = tx.execute(select(func.count()).where(passage.c.device_id == again.device)).scalar_one()
    events = len(again.events)
    assert held == events
    assert folded == events // 3
    rate, base = events / sum(ours), events / sum(theirs)
    goal = "batches of 200: >= 0.30 x raw executemany"
    met = rate >= 0.30 * base
    if engine == "postgresql" and not which:
        goal, met = f"{goal}, >= 20,000/s", met and rate >= 20_000
    return Row(
        f"ingest_proc{which} {engine}", goal, met, p50=percentile(ours, 0.5), p99=percentile(ours, 0.99), rate=rate,
        ratio=rate / base, extra={"raw_per_s": base, "events": events},
    )  # fmt: skip


def _one_by_one(office: Office, engine: str, count: int) -> Row:
    tablet = enrolled(office, G3, seed=902)
    crossings(tablet, count)
    times = [_timed(partial(office.exchange.sync, r)) for r in requests(tablet, 1)]
    rate = len(times) / sum(times)
    return Row(
        f"ingest_proc_1 {engine}", "one event a request, each durable: >= 500/s", rate >= 500,
        p50=percentile(times, 0.5), p99=percentile(times, 0.99), rate=rate,
    )  # fmt: skip


def _street(office: Office, engine: str, gates: int, waiting: int) -> Row:
    """Every gate of a street brings its backlog at once, in turns; in process."""
    with office.database.writing() as tx:
        names = [GateId(f"S{number:02d}") for number in range(gates)]
        rows = [Compound(CompoundId(f"K{n:02d}"), f"小区{n}", 100 + n, JU) for n in range(gates)]
        office.book.put(tx, rows, office.clock.wall_ms())
        office.book.put(
            tx, [Gate(name, CompoundId(f"K{n:02d}"), "大门") for n, name in enumerate(names)], office.clock.wall_ms()
        )
    tablets = [enrolled(office, name) for name in names]
    for tablet in tablets:
        crossings(tablet, waiting)
    waves = [requests(tablet) for tablet in tablets]
    started = time.perf_counter()
    for wave in zip(*waves, strict=True):
        for request in wave:
            office.exchange.sync(request)
    took = time.perf_counter() - started
    sent = sum(len(tablet.events) for tablet in tablets)
    with office.database.reading() as tx:
        held = sum(office.events.count(tx, tablet.device) for tablet in tablets)
    return Row(
        f"backlog_street {engine}", f"{gates} gates x {waiting} events in <= 10 s, none lost",
        held == sent and took <= 10.0, rate=sent / took, extra={"drained_s": took, "lost": sent - held},
    )  # fmt: skip
