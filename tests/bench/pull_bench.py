# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What comes down to a gate: a compound's list, a street's list, the revocations (sync-and-store.md 12).

From the first request to the list in force in the gate's own store.

The real office on SQLite and the real store, without sockets. The baseline writes the same rows by a bare executemany.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

from kiosk.domain.identity import DwellingId, PassId
from kiosk.domain.register import Dwelling, PassRow, Person
from kiosk.domain.trust.revocations import RevocationKind
from sync.client.transport import Answer, Request, TransportFault
from tests.bench.rows import Row
from tests.faults.history import History
from tests.faults.town import GateBox, OfficeBox
from tests.unit.office.offices import resident
from tests.unit.office.test_pull import varied

COMPOUND, STREET = 1_667, 100_000
_ROOT = Path(__file__).resolve().parents[2]


class _Weighed(GateBox):
    """A gate that counts the bytes that came down to it."""

    came = 0

    def send(self, request: Request) -> Answer | TransportFault:
        answer = super().send(request)
        self.came += len(answer.body) if isinstance(answer, Answer) else 0
        return answer


def rows(quick: bool) -> list[Row]:
    """First loads; `quick` measures little."""
    people, street, revoked = (100, 500, 500) if quick else (COMPOUND, STREET, STREET)
    return [
        _compound("load_compound", people, f"{COMPOUND:,} people: <= 120 KB, <= 1 s", 120_000, 1.0),
        _compound("load_street", street, f"{STREET:,} people: <= 7 MB, <= 5 s", 7_000_000, 5.0),
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


def _compound(name: str, people: int, goal: str, size: int, seconds: float) -> Row:
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
        return Row(
            name, goal, len(found.packed) <= size and took <= seconds, p50=took, rate=len(listed) / took,
            ratio=took / bare, extra={"bytes": float(len(found.packed)), "build_s": built},
        )  # fmt: skip


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
            "load_revocations", f"{STREET:,} ids: <= 5 s", data is not None and took <= 5.0, p50=took,
            rate=count / took, extra={"bytes": float(len(data or b""))},
        )  # fmt: skip


def _until_listed(gate: GateBox) -> None:
    for _ in range(60):
        gate.turn()
        if gate.store.list_made_at_ms() is not None and gate.store.revocations() is not None:
            return
    raise RuntimeError(gate.diary())


def _people(count: int) -> Iterator[Dwelling | Person | PassRow]:
    """Residents, three to a flat, with ids, names and phones that do not repeat."""
    rng = Random(7)
    flat = DwellingId("")
    for number in range(count):
        home, who, card = resident(number)
        if number % 3 == 0:
            flat = DwellingId(f"{rng.getrandbits(128):032x}")
            yield replace(home, id=flat)
        yield from varied(rng, who, card, flat)


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
