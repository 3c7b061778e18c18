# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`make soak`: fourteen hours of a gate's day in compressed time, on the real desk, store and line.

    python -P -m tests.soak [--seed N] [--hours H] [--scans N] [--minutes M]

One gate with its own file and upkeep, and an office in the process; residents come evenly spread, are measured, go in
and out; the gate syncs every minute of its own time. Each card is a picture of 1280 x 720 that the live decoder reads,
among pictures without one; the time of a scan is from the frame to the committed verdict. Goals (interface.md 15):
memory grows by 5 % at most after the first hour, the p99 of the last hour is at most 1.2 times that of the first,
everything is at the office.

Exit 0 if all are met, else 1; `--minutes` ends the day early and judges the hours that were played. The camera itself
and the window are not in it: robots and benches watch those.
"""

import argparse
import os
import random
import secrets
import sys
import tempfile
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np
import numpy.typing as npt
import segno
from sqlalchemy import event

from kiosk.adapters.decode_live import LiveLadder
from kiosk.adapters.store_upkeep import Upkeep
from kiosk.app.desk import Arriving
from kiosk.app.views import PassageView
from kiosk.domain.codes import Direction, Site
from sync.office.compose import Office
from sync.street.building import Street
from sync.street.gate_rig import GateRig
from sync.street.given import build_street
from sync.street.scenario import read_scenario
from tests.bench.rows import percentile

Picture = npt.NDArray[np.uint8]
RESIDENTS = 400
HOUR_S = 3600


def main(arguments: list[str]) -> int:
    """Play the day and judge it; the exit code."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--hours", type=int, default=14)
    parser.add_argument("--scans", type=int, default=10_000, help="scans in the whole time")
    parser.add_argument("--minutes", type=float, default=None, help="end after so many real minutes")
    chosen = parser.parse_args(arguments)
    seed = secrets.randbelow(2**31) if chosen.seed is None else chosen.seed
    print(f"seed {seed}: make soak SEED={seed} plays it again", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "soak.toml")
        given.write_text(_given(), encoding="utf-8")
        street = build_street(read_scenario(given), Path(folder, "street"))
        _keep_small(street.office)
        try:
            return _day(street, random.Random(seed), chosen.hours, chosen.scans, chosen.minutes)
        finally:
            street.close()


def _day(street: Street, dice: random.Random, hours: int, scans: int, minutes: float | None) -> int:
    gate = street.gates[next(iter(street.gates))]
    gap_ms = hours * HOUR_S * 1000 // scans
    inside: set[str] = set()
    times: list[list[float]] = []
    memory: list[int] = []
    camera = Camera(dice)
    upkeep = Upkeep(gate.gate.opened.folder, lambda: gate.app.time.trusted_ms)
    begun = perf_counter()
    for hour in range(hours):
        spent: list[float] = []
        for number in range(scans // hours):
            street.advance(gap_ms)
            spent.append(_passage(street, gate, camera, inside))
            upkeep.step()
            if number % max(1, 60_000 // gap_ms) == 0:
                street.sync(None)
        times.append(spent)
        memory.append(_resident_kib())
        half, most = percentile(spent, 0.5) * 1e3, percentile(spent, 0.99) * 1e3
        print(f"hour {hour + 1:2}: p50 {half:6.2f} ms, p99 {most:6.2f} ms, memory {memory[-1]:,} KiB", flush=True)
        if minutes is not None and perf_counter() - begun > minutes * 60:
            break
    street.sync(None)
    growth = memory[-1] / memory[0] - 1
    slower = percentile(times[-1], 0.99) / percentile(times[0], 0.99)
    pending = gate.store.sync_state().pending
    met = growth <= 0.05 and slower <= 1.2 and pending == 0 and gate.chain_ok()
    print(
        f"soak: hours={len(times)} scans={sum(map(len, times))} memory_growth={growth:.1%} p99_last/first={slower:.2f} "
        f"pending={pending} chain={'ok' if gate.chain_ok() else 'broken'}  {'PASS' if met else 'MISS'}"
    )
    return 0 if met else 1


class Camera:
    """Pictures of cards, held up somewhere in view before a grey wall, and the live decoder that reads them."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self._ladder = LiveLadder()
        grain = np.random.default_rng(dice.randrange(2**31))
        self._wall = grain.integers(96, 160, (720, 1280), dtype=np.uint8)

    def picture(self, payload: bytes) -> Picture:
        """A card held up before the wall."""
        rows = [[0 if dark else 255 for dark in row] for row in segno.make_qr(payload, error="m").matrix_iter(border=4)]
        card = np.kron(np.array(rows, dtype=np.uint8), np.ones((5, 5), dtype=np.uint8))
        frame = self._wall.copy()
        top, left = (self.dice.randrange(room - size) for room, size in zip(frame.shape, card.shape, strict=True))
        frame[top : top + card.shape[0], left : left + card.shape[1]] = card
        return frame

    def read(self, frame: Picture) -> bytes:
        """What is read of a card before the camera; a frame without one goes before."""
        self._ladder.look(self._wall)
        seen = self._ladder.look(frame).symbols
        if not seen:
            raise RuntimeError("a plain card was not read")
        return seen[0].data


def _keep_small(office: Office) -> None:
    """The gate's memory is judged: the office beside it, elsewhere in life, gets no 64 MiB of pages to fill."""
    engine = office.database.engine
    engine.dispose()
    event.listen(engine, "connect", lambda raw, _entry: raw.execute("PRAGMA cache_size=-2000"))


def _passage(street: Street, gate: GateRig, camera: Camera, inside: set[str]) -> float:
    """One person at the gate; the seconds from the frame to the committed verdict, without the sync.

    Of the processor: whoever else works on this machine must not make the last hour look slower than the first.
    """
    dice = camera.dice
    label = f"card{dice.randrange(RESIDENTS)}"
    out = label in inside
    (inside.discard if out else inside.add)(label)
    frame = camera.picture(street.pass_text(label))
    begun = thread_time()
    shown = gate.hold_up(camera.read(frame), Arriving(direction=Direction.OUT if out else Direction.IN))
    spent = thread_time() - begun
    if not out and isinstance(shown.view, PassageView):
        gate.app.desk.reading(shown.view.passage, f"{dice.gauss(36.4, 0.25):.1f}", Site.FOREHEAD)
    return spent


def _given() -> str:
    people = "\n".join(
        f'[[given.person]]\nid = "p{n}"\nname = "张{n}"\ncategory = "LOCAL"\ncompound = "C01"\n'
        f'building = "{n // 40 + 1}"\nunit = "1"\nroom = "{n % 40 + 101}"\n'
        f'[[given.pass]]\nid = "card{n}"\nperson = "p{n}"\n'
        for n in range(RESIDENTS)
    )
    step = '[[step]]\ndo = "look"\n'
    return f'id = "soak"\ntitle = "A long day"\n[given]\nnow = 2020-02-20T06:00:00+08:00\n{people}\n{step}'


def _resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
