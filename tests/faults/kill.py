# SPDX-License-Identifier: LicenseRef-Gatehouse
"""kill -9 by number: a gate is killed at random while it records; what it had told the desk is there.

    python -P -m tests.faults.kill [--seed N] [--kills 1000]

One folder lives through all kills. The child says each head after its commit; the parent kills it at a random moment,
opens the folder anew, and compares. Child: `python -P -m tests.faults.kill --child FOLDER`.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_source import FileSource
from kiosk.adapters.store_start import OpenedStore
from kiosk.domain.log.verify import verify_log
from tests.unit.store.boxes import DEVICE, ROSTER, Box, fold, roster

_ROOT = Path(__file__).resolve().parents[2]


def work(folder: Path) -> None:
    """The child: record for ever, and say each head that the desk was told."""
    box = Box(folder)
    box.clock.go_to(box.clock.wall_ms() + random.SystemRandom().randrange(80_000_000))
    box.ids._random = random.SystemRandom().randbytes  # each life has ids of its own
    store = box.open()
    number = 0
    while True:
        if number % 7 == 3:
            store.apply_page(list(roster(3)), {ROSTER: f"1.{number}"}, None)
        if number % 11 == 5:
            store._folder.file.writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
        store.commit(box.registration() if number % 5 == 4 else box.entry(), fold)
        number += 1
        print(store.head()[0], flush=True)


def kills(count: int, seed: int) -> list[str]:
    """Kill a working gate `count` times; the faults found."""
    chance = random.Random(seed)
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kill-") as name:
        folder = Path(name) / "gate"
        first = Box(folder)
        first.open()
        first.close()
        for number in range(count):
            told = _one_life(folder, chance)
            box = Box(folder)
            opened = box.try_open()
            if not isinstance(opened, OpenedStore) or opened.new_epoch is not None or not opened.store.head()[0]:
                return [*found, f"kill {number}: does not open: {opened}"]
            head = opened.store.head()[0]
            if head < told:
                found.append(f"kill {number}: head {head}, told {told}")
            box.close()
        with closing(reader(folder / "gate-1.db")) as connection:
            report = verify_log(FileSource(connection), DEVICE.device, 1)
        if not report.whole:
            found.append(report.line())
    return found


def _one_life(folder: Path, chance: random.Random) -> int:
    command = [sys.executable, "-P", "-m", "tests.faults.kill", "--child", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=_ROOT, text=True) as child:
        assert child.stdout is not None
        # Most are killed at work, counted from the first commit; some in their start.
        early = threading.Timer(chance.uniform(0.2, 0.8), child.kill) if chance.random() < 0.1 else None
        if early is not None:
            early.start()
        told = [child.stdout.readline()]
        late = threading.Timer(chance.uniform(0.0, 0.15), child.kill)
        late.start()
        told += child.stdout.readlines()
        child.wait()
        for timer in (early, late):
            if timer is not None:
                timer.cancel()
    # A line cut short by the kill was not told.
    whole = [line for line in told if line.endswith("\n")]
    return int(whole[-1]) if whole else 0


def main(arguments: list[str]) -> int:
    """`make faults`: 1,000 kills; exit 0 if nothing was lost."""
    parser = argparse.ArgumentParser(prog="kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--child", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.child is not None:
        work(chosen.child)
    done, found = 0, []
    while done < chosen.kills:
        part = min(100, chosen.kills - done)
        found += kills(part, chosen.seed + done)
        done += part
        print(f"kills {done}/{chosen.kills}, faults {len(found)}", flush=True)
    for line in found[:20]:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
