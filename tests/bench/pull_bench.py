# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What comes down to a gate: a compound's list whole, a street's list whole, a page of changes (sync-and-store.md 12).

The real office on SQLite and the real store, without sockets. The baseline writes the same rows by a bare executemany.
"""

import gzip
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

from kiosk.domain.identity import DwellingId, PassId
from kiosk.domain.register import Dwelling, PassRow, Person
from kiosk.domain.trust.revocations import RevocationKind
from sync.client.transport import Answer, Request, TransportFault
from sync.office.api.messages import LineRequest
from tests.bench.rows import Row
from tests.faults.history import History
from tests.faults.town import GateBox, OfficeBox
from tests.unit.office.offices import resident
from tests.unit.office.test_pull import _varied

COMPOUND, STREET, CHANGES = 1_667, 100_000, 200
_ROOT = Path(__file__).resolve().parents[2]


class _Weighed(GateBox):
    """A gate that counts the bytes that came down to it."""

    came = 0

    def send(self, request: Request) -> Answer | TransportFault:
        answer = super().send(request)
        self.came += len(answer.body) if isinstance(answer, Answer) else 0
        return answer


def rows(quick: bool) -> list[Row]:
    """First loads and a delta; `quick` measures little."""
    people, street, revoked = (100, 500, 500) if quick else (COMPOUND, STREET, STREET)
    return [
        *_compound("pull compound", people, f"{COMPOUND:,} people: <= 120 KB, <= 1 s", 120_000, 1.0, delta=True),
        *_compound("pull street", street, f"{STREET:,} people: <= 7 MB, <= 5 s", 7_000_000, 5.0),
        _revocations(revoked),
    ]


@contextmanager
def _town() -> Iterator[tuple[OfficeBox, _Weighed]]:
    cache = _ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-pull-", dir=cache) as name:
        office = OfficeBox(Path(name) / "office", Random(1))
        gate = _Weighed(Path(name) / "gate", office, "G01", Random(2), History())
        try:
            yield office, gate
        finally:
            gate.end()
            office.close()


def _compound(name: str, people: int, goal: str, size: int, seconds: float, *, delta: bool = False) -> list[Row]:
    with _town() as (office, gate):
        listed = list(_people(people))
        with office.office.database.writing() as tx:
            office.office.book.put(tx, listed, office.clock.wall_ms())
        began = time.perf_counter()
        found = office.office.line.snapshot("C01", "roster")
        built = time.perf_counter() - began
        if found is None:
            raise RuntimeError("no snapshot")
        began = time.perf_counter()
        _until_listed(gate)
        took = time.perf_counter() - began
        bare = _bare(listed)
        out = [
            Row(
                name, goal, len(found.packed) <= size and took <= seconds, p50=took, rate=len(listed) / took,
                ratio=took / bare, extra={"bytes": float(len(found.packed)), "build_s": built},
            )
        ]  # fmt: skip
        return [*out, _delta(office, gate)] if delta else out


def _delta(office: OfficeBox, gate: _Weighed) -> Row:
    """The next poll after 200 changed rows."""
    while not gate.settle():
        pass
    changed = [replace(row, phone=f"139{number:08d}") for number, row in enumerate(_persons(CHANGES))]
    with office.office.database.writing() as tx:
        office.office.book.put(tx, changed, office.clock.wall_ms())
    packed = 0
    handle = office.handle

    def weigh(request: Request) -> Answer | None:
        nonlocal packed
        told = office._side.handle(_as_line(request))
        packed += len(told.body)
        return Answer(told.status, told.headers, _plain(told.body, told.headers))

    office.handle = weigh  # type: ignore[method-assign]
    gate.clock.advance(15_000)
    office.clock.advance(15_000)
    began = time.perf_counter()
    gate.turn()
    took = time.perf_counter() - began
    office.handle = handle  # type: ignore[method-assign]
    return Row(
        "pull delta", f"{CHANGES} changed rows: <= 16 KB, <= 1 s", packed <= 16_384 and took <= 1.0, p50=took,
        rate=CHANGES / took, extra={"bytes": float(packed)},
    )  # fmt: skip


def _as_line(request: Request) -> LineRequest:
    headers = {name.lower(): value for name, value in request.headers.items()} | {"accept-encoding": "gzip"}
    return LineRequest(request.method, request.url, headers, request.body)


def _plain(body: bytes, headers: Mapping[str, str]) -> bytes:
    return gzip.decompress(body) if "content-encoding" in headers else body


def _revocations(count: int) -> Row:
    """The street's revocations at once: signed, fetched, checked, in force."""
    with _town() as (office, gate):
        cards = [(PassId(f"{number:016x}"), RevocationKind.LOST) for number in range(count)]
        with office.office.database.writing() as tx:
            office.office.revocations.add(tx, cards, office.clock.wall_ms(), by="bench", why="lost")
        began = time.perf_counter()
        _until_listed(gate)
        took = time.perf_counter() - began
        data = gate.store.revocations()
        return Row(
            "pull revocations", f"{STREET:,} ids: <= 5 s", data is not None and took <= 5.0, p50=took,
            rate=count / took, extra={"bytes": float(len(data or b""))},
        )  # fmt: skip


def _until_listed(gate: GateBox) -> None:
    for _ in range(60):
        gate.turn()
        if gate.store.list_made_at_ms() is not None and gate.store.revocations() is not None:
            return
    raise RuntimeError(gate.diary())


def _persons(count: int) -> Iterator[Person]:
    for number in range(count):
        yield resident(number)[1]


def _people(count: int) -> Iterator[Dwelling | Person | PassRow]:
    """Residents, three to a flat, with ids, names and phones that do not repeat."""
    rng = Random(7)
    flat = DwellingId("")
    for number in range(count):
        home, who, card = resident(number)
        if number % 3 == 0:
            flat = DwellingId(f"{rng.getrandbits(128):032x}")
            yield replace(home, id=flat)
        yield from _varied(rng, who, card, flat)


def _bare(listed: list[Dwelling | Person | PassRow]) -> float:
    """Seconds for the same rows by executemany."""
    cache = _ROOT / ".cache"
    with (
        tempfile.TemporaryDirectory(prefix="bench-bare-", dir=cache) as name,
        closing(sqlite3.connect(Path(name) / "bare.db")) as bare,
    ):
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute("CREATE TABLE register (entity TEXT, key TEXT, doc BLOB, PRIMARY KEY (entity, key))")
        values = [(row.ENTITY, str(row.id), repr(row).encode()) for row in listed]
        began = time.perf_counter()
        with bare:
            bare.executemany("INSERT INTO register VALUES (?, ?, ?)", values)
        return time.perf_counter() - began
