# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's backlog over a slow line: the real client, TLS, a delaying proxy, the office (sync-and-store.md 12).

The baseline is the same client and office with one event in each request, 200 of them, reckoned up to the same number.
"""

import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from kiosk.adapters.clock import SystemClock
from kiosk.domain.codes import (
    Category,
    ClockState,
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
from kiosk.domain.events import Body, Draft, PassageStep, ReadingTaken
from kiosk.domain.identity import EventId, PassageId, PassId
from sync.client.line import Line
from tests.bench.rows import Row, percentile
from tests.faults.proxy import FaultProxy, Mode
from tests.integration.street import Running, Tablet, enrolled, held, serving

ROUND_TRIP_MS = 50
MOST_REQUESTS = 26
MOST_S = 5.0
FASTER = 50.0
_BATCH = 500
_ROOT = Path(__file__).resolve().parents[2]


def rows(quick: bool) -> list[Row]:
    """The one row; `quick` measures little."""
    events, single = (400, 8) if quick else (5_000, 200)
    cache = _ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-sync-", dir=cache) as name,
        serving(Path(name) / "office") as running,
        _far(running) as proxy,
    ):
        return [_backlog(running, proxy, Path(name), events, single)]


@contextmanager
def _far(running: Running) -> Iterator[FaultProxy]:
    """The office with 50 ms between it and the gate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(running.home.certificate_file, running.home.key_file)
    with FaultProxy(("127.0.0.1", running.server.port), context, running.home.ca_file, seed=1) as proxy:
        proxy.mode = Mode("latency", ROUND_TRIP_MS)
        yield proxy


@dataclass(frozen=True, slots=True)
class _Sent:
    requests: int
    seconds: float
    each: list[float]


def _backlog(running: Running, proxy: FaultProxy, folder: Path, events: int, single: int) -> Row:
    many = _send(running, proxy, folder / "many", "G01", events, batch=None)
    one = _send(running, proxy, folder / "one", "G02", single, batch=1)
    one_by_one_s = one.seconds * events / single
    ratio = one_by_one_s / many.seconds
    met = many.requests <= MOST_REQUESTS and many.seconds <= MOST_S and ratio >= FASTER
    return Row(
        "backlog_one", f"{events:,} over {ROUND_TRIP_MS} ms: <= {MOST_REQUESTS} requests, <= 5 s, >= 50 x one by one",
        met, p50=percentile(many.each, 0.5), p99=percentile(many.each, 0.99), rate=events / many.seconds, ratio=ratio,
        extra={"requests": float(many.requests), "seconds": many.seconds, "one_by_one_s": one_by_one_s},
    )  # fmt: skip


def _send(running: Running, proxy: FaultProxy, folder: Path, gate: str, events: int, *, batch: int | None) -> _Sent:
    """Let events wait at a fresh gate and bring them to the office."""
    near = enrolled(running, folder, gate)
    with closing(near):
        near.line.run_until_idle()
        before = near.store.head()[0]
        _record(near, events)
        line = Line(replace(near.line._link, identity=replace(near.identity, url=f"https://127.0.0.1:{proxy.port}")))
        asked_before, each = len(proxy.passed.requests), []
        begun = time.perf_counter()
        while near.store.sync_state().pending:
            if batch is not None:
                line._state = replace(line._state, batch=batch, not_before_ms=0)
            started = time.perf_counter()
            line.turn(asked=True)
            each.append(time.perf_counter() - started)
        seconds = time.perf_counter() - begun
        if held(running, near)[-1] != before + events:
            raise RuntimeError("the office does not hold what it acknowledged")
    return _Sent(len(proxy.passed.requests) - asked_before, seconds, each)


def _record(tablet: Tablet, count: int) -> None:
    clock = SystemClock()
    bodies = _crossings(tablet.identity.device)
    while count > 0:
        drafts = [
            Draft(
                EventId(sha256(f"{tablet.identity.device}{count - number}".encode()).hexdigest()[:32]), clock.wall_ms(),
                clock.mono_ms(), 1, ClockState.OK, tablet.identity.gate, next(bodies),
            )
            for number in range(min(_BATCH, count))
        ]  # fmt: skip
        tablet.store.commit(drafts, lambda _event: ())
        count -= len(drafts)


def _crossings(seed: str) -> Iterator[Body]:
    """Usual entries, three events each."""
    number = 0
    while True:
        number += 1
        passage = PassageId(sha256(f"{seed}/{number}".encode()).hexdigest()[:32])
        card = PassId(sha256(f"{seed}/card/{number % 1600}".encode()).hexdigest()[:16])
        yield PassageStep(
            passage, 1, Direction.IN, How.SCAN, card, None, Category.LOCAL, ScanResult.OK, mask=True,
            verdict=Verdict.WAIT, reason=Reason.NEED_TEMP, rule="R38", outcome=TempOutcome.NOT_TAKEN,
            policy="2020-02-14", list=12, list_age_s=3600,
        )  # fmt: skip
        yield ReadingTaken(passage, 1, Site.FOREHEAD, ReadingSource.SERIAL, Validity.VALID, 365, device="th1")
        yield PassageStep(
            passage, 2, Direction.IN, verdict=Verdict.ADMIT, reason=Reason.PASS_OK, rule="R38",
            outcome=TempOutcome.NORMAL, recorded=True, final=True,
        )  # fmt: skip
