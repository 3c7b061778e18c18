# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The line: events taken in over TLS by a served office, and what a gate loads (sync-and-store.md 12: `ingest_http`,
`pull`).

The office runs in processes of its own; requests are written and signed before the clock starts. The baseline is the
driver's `executemany` of the same rows in the same database, as for `ingest_proc`.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import msgspec

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.domain.identity import CompoundId, DeviceId, DwellingId, GateId
from kiosk.domain.register import Compound, Dwelling, Gate, PassRow, Person
from sync.client.http import HttpTransport
from sync.client.signing import signed_request
from sync.client.transport import Answer, Request
from sync.office.compose import Office, open_office
from sync.office.home import OfficeHome
from sync.office.init import StreetPlan, found_office
from sync.office.store.register import Committee
from sync.wire import base64url
from sync.wire.messages import SyncRequest
from sync.wire.packing import deflate
from sync.wire.strict import encode
from tests.bench.ingest_bench import Raw, crossings, requests, stored
from tests.bench.rows import Row, percentile
from tests.integration.street import J1, founding
from tests.postgres import lent
from tests.unit.office.offices import C1, START_MS, Tablet, enrolled, resident
from tests.unit.office.offices import found_office as small_office
from tests.unit.office.test_pull import varied

_ROOT = Path(__file__).resolve().parents[2]
_GATES = 8
_STREET = StreetPlan(
    (Committee(J1, "甘泉一村"),),
    tuple(Compound(CompoundId(f"C{n:02d}"), f"小区{n}", n, J1) for n in range(1, _GATES + 1)),
    tuple(Gate(GateId(f"G{n:02d}"), CompoundId(f"C{n:02d}"), "大门") for n in range(1, _GATES + 1)),
)


def rows(quick: bool) -> list[Row]:
    """All rows; `quick` measures little."""
    cache = _ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    out: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-line-", dir=cache) as name, lent(durable=True) as cluster:
        for engine, url in (("sqlite", ""), ("postgresql", cluster.fresh())):
            out += _http(Path(name) / engine, engine, url, quick=quick)
        out += _pull(Path(name) / "pull", 300 if quick else 1_667)
    return out


@contextmanager
def _process(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-P", "-m", "sync.cli.main", "serve", "--dir", str(folder), "--port", "0"]
    command += ["--per-minute", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        try:
            yield child.stdout.readline().split()[-1]
        finally:
            child.terminate()
            child.wait(20)


def _http(folder: Path, engine: str, url: str, *, quick: bool) -> list[Row]:
    clock = SystemClock()
    ids = FreshIds(clock)
    found_office(folder, founding(street=_STREET, db=url), clock, ids, lambda _step: None)
    office = open_office(folder, clock, ids)
    out: list[Row] = []
    with ExitStack() as stack:
        served = [stack.enter_context(_process(folder))]
        if engine == "postgresql":
            served.append(stack.enter_context(_process(folder)))
        for seed, (size, count) in enumerate(((200, 4_000), (50, 1_500), (1, 150))):
            out.append(_rate(office, folder, served, engine, size, count // 5 if quick else count, 10 + seed))
    office.close()
    return out


def _rate(office: Office, folder: Path, served: Sequence[str], engine: str, size: int, count: int, seed: int) -> Row:
    """`_GATES` gates send `count` events each in batches of `size`, all at once, each in its own order."""
    tablets = [enrolled(office, gate.id, seed) for gate in _STREET.gates]
    for tablet in tablets:
        crossings(tablet, count)
    ready = [
        [_signed(tablet, request, served[n % len(served)]) for request in requests(tablet, size)]
        for n, tablet in enumerate(tablets)
    ]
    home = OfficeHome(folder)
    clock = SystemClock()
    times: list[float] = []

    def day(mine: Sequence[Request]) -> int:
        transport = HttpTransport(home.ca_file, clock)
        for request in mine:
            started = time.perf_counter()
            answer = transport.send(request)
            times.append(time.perf_counter() - started)
            assert isinstance(answer, Answer), answer
            assert answer.status == 201, answer.body
        transport.close()
        return len(mine)

    started = time.perf_counter()
    with ThreadPoolExecutor(_GATES) as pool:
        asked = sum(pool.map(day, ready))
    took = time.perf_counter() - started
    with office.database.reading() as tx:
        sent = sum(len(tablet.events) for tablet in tablets)
        assert sum(office.events.count(tx, tablet.device) for tablet in tablets) == sent
        same = stored(tx, tablets[0].device)
    raw = Raw(office.database)
    began = time.perf_counter()
    for first in range(0, len(same), 200):
        raw.store(same[first : first + 200])
    base = len(same) / (time.perf_counter() - began)
    rate = sent / took
    goal, met = ("batches of 200: >= 0.15 x raw executemany", rate >= 0.15 * base)
    if size == 1:
        goal, met = ("one event a request, each durable: >= 500 requests/s", asked / took >= 500)
    if size == 50:
        goal, met = ("beside the others; no goal of its own", True)
    return Row(
        f"ingest_http_{size} {engine}", goal, met, p50=percentile(times, 0.5), p99=percentile(times, 0.99), rate=rate,
        ratio=rate / base,
        extra={"requests_per_s": asked / took, "raw_per_s": base, "processes": float(len(served)), "gates": _GATES},
    )  # fmt: skip


def _signed(tablet: Tablet, request: SyncRequest, url: str) -> Request:
    """The request as the client writes it."""
    nonce = base64url.text(os.urandom(16))
    body = encode(msgspec.structs.replace(request, nonce=nonce))
    headers = {"Content-Type": "application/json"}
    if len(body) > 1_024:
        body, headers["Content-Encoding"] = deflate(body), "gzip"
    bare = Request("POST", f"{url}/v1/sync", headers, body)
    return signed_request(
        bare, DeviceId(tablet.device), tablet.key.sign, created_s=SystemClock().wall_ms() // 1000, nonce=nonce
    )


def _pull(folder: Path, people: int) -> list[Row]:
    office = small_office(folder)
    rng = Random(7)
    rows_: list[Dwelling | Person | PassRow] = []
    flat = DwellingId("")
    for number in range(people):
        home, who, card = resident(number)
        if number % 3 == 0:
            flat = DwellingId(f"{rng.getrandbits(128):032x}")
            rows_.append(replace(home, id=flat))
        rows_ += varied(rng, who, card, flat)
    with office.database.writing() as tx:
        office.book.put(tx, rows_, START_MS)
    tablet = enrolled(office)
    started = time.perf_counter()
    found = office.line.snapshot(C1, "roster")
    built = time.perf_counter() - started
    assert found is not None
    lines = gzip.decompress(found.packed).splitlines()
    cursor = str(json.loads(lines[-1])["cursor"])
    with office.database.writing() as tx:
        office.book.put(tx, [row for row in rows_ if isinstance(row, PassRow)][:200], START_MS)
    started = time.perf_counter()
    answer = tablet.send(0, 0, pull={"roster:C01": cursor})
    asked = time.perf_counter() - started
    delta = len(deflate(encode(answer)))
    office.close()
    limit = 120_000 * people // 1_667
    return [
        Row(
            "pull_snapshot", "a compound of 1,667: <= 120 KB, built in <= 1 s",
            len(found.packed) <= limit and built <= 1, p50=built,
            extra={"bytes": float(len(found.packed)), "people": float(people)},
        ),
        Row(
            "pull_delta", "200 changed rows: <= 16 KB", len(answer.changes) == 200 and delta <= 16_384, p50=asked,
            extra={"bytes": float(delta), "rows": float(len(answer.changes))},
        ),
    ]  # fmt: skip
