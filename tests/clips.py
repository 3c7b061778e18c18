# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Test clips: cards and phones held before a camera by an unsteady hand (design: scanning.md section 11).

Deterministic by (seed, scenario, size). `clip()` gives frames one by one for tests and bench, `render_clip()` writes a
video of a whole script and returns its truth. `python -P -m tests.clips --seed N --out DIR` writes a clip a scenario.
"""

import argparse
import multiprocessing
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import zxingcpp

from tests.clips_camera import BY_NAME, EASY, ENTER_S, LEAVE_S, SCENARIOS, Camera, Scenario
from tests.clips_cards import Held, Picture, card, pass_text, phone

__all__ = ["BY_NAME", "FPS", "SCENARIOS", "Clip", "Show", "Shown", "Taken", "clip", "held_of", "render_clip", "take"]

FPS = 15.0
HOLD_S = 3.0
SIZE = (1280, 720)
GAP_S = 0.4
ON_PHONES = frozenset({"moire", "phone_dark"})


@dataclass(frozen=True, slots=True, eq=False)
class Show:
    """One thing held up: its picture (uint8 BGR or grey), how, how long it rests, and a tag (the direction, say)."""

    image: Picture
    scenario: str = "easy"
    hold_s: float = HOLD_S
    tag: str = ""
    gap_s: float = GAP_S


@dataclass(frozen=True, slots=True)
class Shown:
    """The truth of one show: frames [start, end) in which the symbol is wholly in view, and what it says.

    `payload` is None when the picture holds no symbol that could be read at rest.
    """

    start: int
    end: int
    payload: bytes | None
    scenario: str
    tag: str


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Frames of one show, made as they are asked for; `times` in seconds after the hand began to enter."""

    camera: Camera
    times: tuple[float, ...]
    payloads: tuple[bytes, ...]

    def frames(self) -> Iterator[tuple[float, Picture]]:
        """(time, frame) in order."""
        for t in self.times:
            yield t, self.camera.frame(t)

    @property
    def arrival(self) -> float:
        """The time of the first frame in which the whole symbol is in view and the hand's way in is over.

        Over: it moves the symbol by less than one module during the exposure (design: blur of 1.5 is a physical limit).
        """
        return next((t for t in self.times if self.camera.in_view(t) and self.camera.arrived(t)), self.times[-1])


def clip(
    scenario: Scenario | str,
    seed: int,
    size: tuple[int, int] = SIZE,
    *,
    hold_s: float = HOLD_S,
    held: Held | None = None,
    fps: float = FPS,
) -> Clip:
    """A clip of one card (or of `held`) in one scenario."""
    setting = BY_NAME[scenario] if isinstance(scenario, str) else scenario
    mixed = seed * 1009 + zlib.crc32(setting.name.encode()) % 997
    rng = random.Random(mixed)
    if held is None:
        text = pass_text(rng)
        held = phone(text, mixed, dark=setting.name == "phone_dark") if setting.name in ON_PHONES else card(text, mixed)
    frames = int((ENTER_S + hold_s + LEAVE_S) * fps)
    return Clip(Camera(setting, held, mixed, size, hold_s), tuple(n / fps for n in range(frames)), held.payloads)


def held_of(image: Picture) -> Held:
    """A picture of a card or a screen as a thing to hold: its symbol is found by reading it.

    A picture without a readable symbol is held by its middle.
    """
    picture = image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    codes = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2))
    high, wide = grey.shape
    if not codes:
        side = 0.5 * min(high, wide)
        x, y = (wide - side) / 2, (high - side) / 2
        quad = np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]], np.float32)
        return Held(picture, quad, 53, ())
    place = codes[0].position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    extra = codes[0].extra
    version = int(str(extra["Version"])) if isinstance(extra, dict) else 9
    quad = np.array([[point.x, point.y] for point in corners], np.float32)
    return Held(picture, quad, 17 + 4 * version, tuple(code.bytes for code in codes))


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """The frames of one show with its gap behind it: uint8 (n, height, width, 3), and which of them show the symbol.

    `first` and `last` (end excluded) count from the show's first frame; equal when the symbol is never in view.
    """

    frames: Picture
    first: int
    last: int
    payload: bytes | None


def take(show: Show, at: int, size: tuple[int, int] = SIZE, fps: float = FPS, seed: int = 1) -> Taken:
    """Film the show that stands at place `at` of a script."""
    held = held_of(show.image)
    # one view behind for the whole clip: the seed's last two bits choose it
    camera = Camera(BY_NAME[show.scenario], held, seed + 4 * (at + 1), size, show.hold_s)
    steps = range(int((ENTER_S + show.hold_s + LEAVE_S) * fps))
    frames = [camera.frame(step / fps) for step in steps]
    frames += [camera.frame(0.0, shown=False) for _ in range(int(show.gap_s * fps))]
    visible = [step for step in steps if camera.in_view(step / fps)]
    first, last = (visible[0], visible[-1] + 1) if visible else (len(steps), len(steps))
    return Taken(np.stack(frames), first, last, held.payloads[0] if held.payloads else None)


def _take(job: tuple[Show, int, tuple[int, int], float, int]) -> Taken:
    cv2.setNumThreads(1)
    return take(*job)


def _taken(jobs: Sequence[tuple[Show, int, tuple[int, int], float, int]], processes: int) -> Iterator[Taken]:
    """All shows in order; with more than one process they are filmed side by side."""
    if processes <= 1:
        yield from (take(*job) for job in jobs)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(_take, jobs)


def render_clip(
    script: Sequence[Show],
    out_path: Path,
    size: tuple[int, int] = SIZE,
    fps: float = FPS,
    seed: int = 1,
    lead_s: float = 1.0,
    *,
    processes: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Shown]:
    """Write the shows of a script, one after another, as an MJPG AVI, and return the truth, one entry a show.

    `lead_s` is the empty view before the first show; each show is followed by its own `gap_s` of empty view. The
    frames are the same for any number of `processes`; `progress` is told how many shows are written.
    Raises OSError when the file cannot be written.
    """
    writer = cv2.VideoWriter(str(out_path), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
    if not writer.isOpened():
        raise OSError(f"cannot write {out_path}")
    truth: list[Shown] = []
    number = 0
    view = Camera(EASY, card("EMPTY", seed), seed, size)
    try:
        for _ in range(int(lead_s * fps)):
            writer.write(view.frame(0.0, shown=False))
            number += 1
        jobs = [(show, at, size, fps, seed) for at, show in enumerate(script)]
        for show, taken in zip(script, _taken(jobs, processes), strict=True):
            for frame in taken.frames:
                writer.write(frame)
            first, last = number + taken.first, number + taken.last
            truth.append(Shown(first, last, taken.payload, show.scenario, show.tag))
            number += len(taken.frames)
            progress(len(truth))
    finally:
        writer.release()
    return truth


def main() -> int:
    """Write one clip a scenario, for looking at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build/clips"))
    parser.add_argument("--scenario", action="append", choices=sorted(BY_NAME))
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name in chosen.scenario or [scenario.name for scenario in SCENARIOS]:
        made = clip(name, chosen.seed)
        path = chosen.out / f"{name}-{chosen.seed}.avi"
        for shown in render_clip([Show(made.camera.held.picture, name)], path, seed=chosen.seed):
            print(f"{path}\t{shown.start}\t{shown.end}\t{(shown.payload or b'-').decode(errors='replace')}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
