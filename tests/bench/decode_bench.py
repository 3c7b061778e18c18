# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Decoders on the same frames, interleaved, on one core (design: scanning.md sections 10 and 12).

The ladder (live scheduler, zbar in its child) against pyzbar, zxing-cpp and OpenCV alone on clips; `decode` against
them on hard stills; times of an empty frame and of a rotating rung; clips until their first read. The seeds here judge;
the rungs were chosen on others. BENCH_FRAMES names a folder of pictures to use instead of the made stills.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np

from kiosk.adapters import decode
from kiosk.adapters.decode_live import LiveLadder
from kiosk.adapters.decode_pictures import capped, to_grey
from kiosk.adapters.decode_rungs import ROTATING, Sheet
from kiosk.adapters.photo import opened
from kiosk.adapters.zbar import ZbarReader
from kiosk.adapters.zbar_offers import ZbarOffers
from kiosk.app.scanning import CodeSeen, SightingTracker
from tests.bench.decoders import OTHERS, Picture, Tally, by_pyzbar, grey_of
from tests.bench.rows import Row, percentile
from tests.clips import SCENARIOS, clip
from tests.clips_cards import background, symbol
from tests.clips_stills import KINDS, still

JUDGE_SEED = 7000
SIZES = {(1280, 720): (0.98, 0.15, 0.25), (640, 480): (0.94, 0.22, 0.40)}
STILL_GOALS = {"zxing": 1.15, "pyzbar": 1.5, "opencv": 1.7}
EASY_STILLS = {"nominal", "close", "perspective", "high_version", "noisy", "compressed"}


def rows(quick: bool) -> list[Row]:
    """All rows; `quick` measures little."""
    return [
        *_empty(quick),
        *_rotating(quick),
        *_sets(quick),
        *_stills(quick),
        *(row for size in SIZES for row in _clips(size, quick)),
        _mangled(quick),
    ]


def _empty(quick: bool) -> list[Row]:
    ours, other = Tally(), Tally()
    for number in range(8 if quick else 60):
        frame = background(number, (1280, 720))
        ours.take(_first_look, frame, set())
        other.take(by_pyzbar, frame, set())
    ratio = float(np.median(ours.times) / np.median(other.times))
    p50, p99 = percentile(ours.times, 0.5), percentile(ours.times, 0.99)
    met = ratio <= 0.25 and not ours.wrong
    return [Row("decode empty 1280x720, rungs 1-2", "<= 0.25 x pyzbar", met, p50=p50, p99=p99, ratio=ratio)]


def _first_look(frame: Picture) -> set[bytes]:
    """A new ladder: its first frame runs rungs 1 and 2 only."""
    return {found.data for found in LiveLadder().look(frame).symbols}


def _rotating(quick: bool) -> list[Row]:
    frames = [clip("easy", JUDGE_SEED + n).camera.frame(0.25 + n / 50) for n in range(4 if quick else 12)]
    frames += [background(n, (1280, 720)) for n in range(4 if quick else 12)]
    found = []
    for rung in ROTATING:
        ratios, times = [], []
        for frame in frames:
            sheet = Sheet(to_grey(frame))
            begun = perf_counter()
            rung.work(sheet, rung.name)
            took = perf_counter() - begun
            begun = perf_counter()
            by_pyzbar(frame)
            times.append(took)
            ratios.append(took / (perf_counter() - begun))
        p95 = percentile(ratios, 0.95)
        found.append(
            Row(f"decode rung {rung.name}", "p95 <= 0.6 x pyzbar", p95 <= 0.6, p50=percentile(times, 0.5), ratio=p95)
        )
    return found


class _Live:
    """The live scheduler with zbar beside it, on frames stamped with real time."""

    def __init__(self, reader: ZbarReader) -> None:
        self._offers = ZbarOffers(reader, perf_counter)
        self._offers.start()
        self.fresh()

    def fresh(self) -> None:
        """A new clip begins."""
        self._ladder = LiveLadder(self._offers)

    def __call__(self, frame: Picture) -> set[bytes]:
        return {found.data for found in self._ladder.look(frame, perf_counter()).symbols}

    def close(self) -> None:
        self._offers.stop()


def _sets(quick: bool) -> list[Row]:
    """Frames of clips, from the moment the card is in view."""
    reader = ZbarReader(perf_counter)
    found: list[Row] = []
    live = _Live(reader)
    for scenario in SCENARIOS if not quick else SCENARIOS[::4]:
        tallies = {name: Tally() for name in ("ladder", *OTHERS)}
        for number in range(1 if quick else 2):
            made = clip(scenario, JUDGE_SEED + number)
            live.fresh()
            for t in [t for t in made.times if t >= made.arrival][:: 1 if quick else 2][: 4 if quick else 6]:
                frame = made.camera.frame(t)
                tallies["ladder"].take(live, frame, set(made.payloads))
                for name, read in OTHERS.items():
                    tallies[name].take(read, frame, set(made.payloads))
        found += _versus(scenario.name, tallies, dict.fromkeys(OTHERS, 1.0))
    live.close()
    reader.close()
    return found


def _stills(quick: bool) -> list[Row]:
    """Hard stills, `decode` with all rungs; or the pictures of BENCH_FRAMES, where any read counts."""
    groups: dict[str, dict[str, Tally]] = {}
    for group, picture, truth in _still_pictures(quick):
        tallies = groups.setdefault(group, {name: Tally() for name in ("ladder", *OTHERS)})
        any_of = truth or set().union(*(read(picture) for read in OTHERS.values()), {s.data for s in decode(picture)})
        tallies["ladder"].take(lambda frame: {found.data for found in decode(frame)}, picture, any_of)
        for name, read in OTHERS.items():
            tallies[name].take(read, picture, any_of)
    goals = {"easy stills": dict.fromkeys(OTHERS, 1.0), "pictures": dict.fromkeys(OTHERS, 1.0)}
    return [row for group, tallies in groups.items() for row in _versus(group, tallies, goals.get(group, STILL_GOALS))]


def _still_pictures(quick: bool) -> Iterator[tuple[str, Picture, set[bytes]]]:
    folder = os.environ.get("BENCH_FRAMES")
    if folder:
        for path in sorted(Path(folder).rglob("*")):
            picture = opened(path) if path.is_file() else None
            if isinstance(picture, np.ndarray):
                yield "pictures", capped(grey_of(picture), 1280)[0], set()
        return
    for kind in KINDS if not quick else KINDS[::5]:
        for number in range(2 if quick else 4):
            made = still(kind, JUDGE_SEED + number)
            yield "easy stills" if kind in EASY_STILLS else "hard stills", made.picture, {made.payload}


def _versus(name: str, tallies: dict[str, Tally], goals: dict[str, float]) -> list[Row]:
    ours = tallies["ladder"]
    found = []
    for other in OTHERS:
        theirs = tallies[other]
        ratio = ours.reads / theirs.reads if theirs.reads else float("inf")
        met = ours.reads >= goals[other] * theirs.reads and not ours.wrong
        extra: dict[str, str | float] = {
            "vs": other,
            "reads": f"{ours.reads}/{theirs.reads}/{len(ours.times)}",
            "read_ratio": f"{ratio:.2f}",
            "median_time_ratio": f"{np.median(ours.times) / np.median(theirs.times):.2f}",
            "p95_time_ratio": f"{percentile(ours.times, 0.95) / percentile(theirs.times, 0.95):.2f}",
            "wrong": ours.wrong,
        }
        found.append(Row(f"decode  {name}", f"read_ratio >= {goals[other]:g}, none wrong", met, extra=extra))
    return found


def _clips(size: tuple[int, int], quick: bool) -> list[Row]:
    """Clips until their first sighting: how many, how soon after the card is in view, how long a frame takes."""
    share_goal, median_goal, p90_goal = SIZES[size]
    reader = ZbarReader(perf_counter)
    live = _Live(reader)
    delays: list[float] = []
    frame_times: list[float] = []
    cpu_times: list[float] = []
    wrong = total = 0
    slowest: dict[str, list[float]] = {}
    for scenario in SCENARIOS if not quick else SCENARIOS[::3]:
        for number in range(1 if quick else 5):
            made = clip(scenario, JUDGE_SEED + 100 + number, size)
            live.fresh()
            tracker = SightingTracker()
            total += 1
            delay = float("inf")
            for t in (t for t in made.times if made.camera.in_view(t)):
                frame = made.camera.frame(t)
                begun, began = perf_counter(), thread_time()
                glance = live._ladder.look(frame, perf_counter())
                seen = tracker.seen(glance.symbols, t)
                frame_times.append(perf_counter() - begun)
                cpu_times.append(thread_time() - began)
                if isinstance(seen, CodeSeen):
                    wrong += seen.payload not in made.payloads
                    delay = max(0.0, t - made.arrival)
                    break
            delays.append(delay)
            slowest.setdefault(scenario.name, []).append(delay)
    live.close()
    reader.close()
    read = sum(delay != float("inf") for delay in delays)
    median, p90 = float(np.median(delays)), percentile(delays, 0.9)
    name = f"{size[0]}x{size[1]}"
    extra: dict[str, str | float] = {
        "read": f"{read}/{total}",
        "ttfd_median_s": f"{median:.3f}",
        "ttfd_p90_s": f"{p90:.3f}",
        "wrong": wrong,
    }
    late = {key: f"{max(values):.2f}" for key, values in slowest.items() if max(values) > p90_goal}
    goal = f">= {share_goal:.0%} read, median <= {median_goal} s, p90 <= {p90_goal} s, none wrong"
    met = read >= share_goal * total and median <= median_goal and p90 <= p90_goal and not wrong
    p50, p95 = percentile(frame_times, 0.5), percentile(frame_times, 0.95)
    extra_ms = {"p95_ms": f"{p95 * 1e3:.1f}", "cpu_p95_ms": f"{percentile(cpu_times, 0.95) * 1e3:.1f}"}
    return [
        Row(f"clips {name}", goal, met, extra={**extra, "late": ",".join(f"{k}:{v}" for k, v in late.items()) or "-"}),
        Row(
            f"frame in memory -> sighting {name}",
            "p95 <= 25 ms",
            p95 <= 0.025,
            p50=p50,
            extra=extra_ms,
        ),
    ]


def _mangled(quick: bool) -> Row:
    """Payloads of all kinds, as symbols: the very bytes or nothing."""
    rng = random.Random(JUDGE_SEED)
    runs, mangled, unread = 60 if quick else 2800, 0, 0
    for number in range(runs):
        length = rng.randint(1, 120)
        text = "".join(rng.choice("0123456789ABCDEFabcdef $%*+-./:出入证é\x00\x01") for _ in range(length))
        payload: bytes = rng.randbytes(length) if number % 2 else text.encode()
        found = decode(symbol(payload, "q", module=4), rungs=("zx", "clahe"))
        unread += not found
        mangled += any(code.data != payload for code in found)
    return Row("decode payloads", "none mangled", not mangled, extra={"mangled": f"{mangled}/{runs}", "unread": unread})
