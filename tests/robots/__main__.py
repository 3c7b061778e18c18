# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The robots in full amount.

    python -P -m tests.robots [--steps 10000] [--seed 1] [--queue 200]

A robot that presses anything for so many steps, and a scripted queue with its rate; exit 1 if anything went wrong.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from tests.robots.house_stand import HouseStand
from tests.robots.morning_queue import MorningQueue
from tests.robots.wanderer import LostError, Wanderer, no_exception

_AT_ONCE = 500


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="tests.robots")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--queue", type=int, default=200)
    chosen = parser.parse_args(arguments)
    application = QApplication.instance() or QApplication([])
    assert application is not None
    passed = [queue(chosen.queue, connected=True, least=30), queue(chosen.queue, connected=False, least=15)]
    return int(not (wander(chosen.steps, chosen.seed) and all(passed)))


def queue(persons: int, *, connected: bool, least: float) -> bool:
    """A morning's queue; its rate in persons a minute. On a busy machine its own processor time is what counts."""
    stand = HouseStand()
    stand.window.show()
    QApplication.processEvents()
    busy = os.getloadavg()[0] > (os.cpu_count() or 1)
    clock = time.process_time if busy else time.perf_counter
    rate = MorningQueue(stand, connected=connected, seed=persons, clock=clock).run(persons)
    stand.close()
    time_of = "processor time, others work here too" if busy else "wall time"
    print(f"{'thermometer connected' if connected else 'typed'}: {rate} (at least {least:g}; {time_of})")
    return rate.a_minute >= least


def wander(steps: int, seed: int) -> bool:
    """Presses anything, with a fresh gate every few hundred steps."""
    began = time.perf_counter()
    done = homes = 0
    with no_exception() as met:
        while done < steps:
            some = min(_AT_ONCE, steps - done)
            stand = HouseStand()
            stand.window.show()
            QApplication.processEvents()
            wanderer = Wanderer(stand, seed + done)
            try:
                wanderer.run(some)
            except LostError as lost:
                met.append(str(lost))
            finally:
                stand.close()
            done += some
            homes += wanderer.homes
            if met:
                break
    took = time.perf_counter() - began
    print(f"{done} steps, seed {seed}: {homes} times home in <= 2 taps, {len(met)} faults, {took:.0f} s")
    for fault in met:
        print(f"  {fault}")
    return not met


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
