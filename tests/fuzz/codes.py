# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Random codes, damaged symbols and noise against `decode` and the live loop (scanning.md 12).

    python -P -m tests.fuzz.codes [--runs N] [--seed N]

Promise: no exception comes out, and what is read from an undamaged symbol is its very bytes. A finding prints its seed
and run number.
"""

import argparse
import random
import sys

import numpy as np
import segno
from segno import DataOverflowError

from kiosk.adapters import decode
from kiosk.adapters.decode_live import LiveLadder
from kiosk.app.scanning import SightingTracker
from tests.clips_cards import HOSTILE, Picture, drawn, hostile

RUNS = 100_000


def frame_of(seed: int, run: int) -> tuple[Picture, bytes | None]:
    """A frame by (seed, run), and the bytes in it when the symbol is whole."""
    dice = random.Random(f"{seed}/{run}")
    noise = np.random.default_rng(dice.randrange(1 << 32))
    kind = dice.randrange(8)
    if kind == 0:
        high, wide = dice.randint(1, 300), dice.randint(1, 300)
        return noise.integers(0, 256, (high, wide), dtype=np.uint8), None
    if kind == 1:
        return hostile(dice.choice([name for name in HOSTILE if name != "long_text"]), run).picture, None
    payload = (
        dice.randbytes(dice.randint(1, 60))
        if kind % 2
        else b"EP1:" + dice.randbytes(dice.randint(0, 50)).hex().encode()
    )
    try:
        code = segno.make(payload, error=dice.choice("lmqh"), micro=False, mask=dice.randrange(8))
    except DataOverflowError:
        return np.zeros((40, 40), np.uint8), None
    picture = drawn(code, module=dice.choice((2, 3, 4)), border=dice.randint(0, 4))
    if kind <= 4:
        return picture, payload
    for _ in range(dice.randint(1, 6)):
        side = picture.shape[0]
        y, x, size = dice.randrange(side), dice.randrange(side), dice.randint(1, max(2, side // 3))
        part = picture[y : y + size, x : x + size]
        part[:] = noise.integers(0, 256, part.shape) if dice.random() < 0.5 else dice.choice((0, 255))
    return picture, None


def main(arguments: list[str]) -> int:
    """Run; 0 if every promise held."""
    parser = argparse.ArgumentParser(prog="python -P -m tests.fuzz.codes", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    ladder, tracker = LiveLadder(), SightingTracker()
    found = read = 0
    for run in range(chosen.runs):
        picture, payload = frame_of(chosen.seed, run)
        try:
            glance = ladder.look(picture, run / 15)
            tracker.seen(glance.symbols, run / 15, foreign=glance.foreign, located=bool(glance.located))
            symbols = decode(picture, budget_ms=10)
        except Exception as problem:  # noqa: BLE001 - that is what is looked for
            print(f"seed {chosen.seed} run {run}: {problem!r}")
            found += 1
            continue
        read += bool(symbols)
        if payload is not None and any(code.data != payload for code in symbols):
            print(f"seed {chosen.seed} run {run}: read {[code.data for code in symbols]}, was {payload!r}")
            found += 1
    print(f"codes: {chosen.runs} frames, {read} read, {found} findings (seed {chosen.seed})")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
