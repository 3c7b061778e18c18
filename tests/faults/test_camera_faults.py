# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every row of the camera's fault table, played by a fake source on a fake clock (design: scanning.md section 7)."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from kiosk.adapters.camera import SMALL, WIDE, CameraState, Missed, NewestFrame, Picture
from kiosk.adapters.camera_capture import Capture
from kiosk.adapters.camera_health import Do

Act = Callable[[], Picture | Missed]


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def lively(number: int) -> Picture:
    return np.random.default_rng(number).integers(60, 200, (720, 1280, 3), dtype=np.uint8)


LIVELY = [lively(n) for n in range(3)]
BLACK = np.zeros((720, 1280, 3), np.uint8)


@dataclass
class FakeCamera:
    """A camera whose reads follow a script; it counts opens and notes the sizes asked for."""

    clock: Clock
    live: bool = True
    there: bool = True
    fps: float = 15.0
    act: Act | None = None
    opens: list[tuple[float, tuple[int, int]]] = field(default_factory=list)
    closed: int = 0
    reads: int = 0

    def open(self, size: tuple[int, int]) -> bool:
        self.opens.append((self.clock.now, size))
        return self.there

    def read(self) -> Picture | Missed:
        self.clock.now += 1 / self.fps
        self.reads += 1
        if not self.there:
            return Missed.FAILED
        return self.act() if self.act is not None else LIVELY[self.reads % 3]

    def close(self) -> None:
        self.closed += 1


class Stand:
    """A capture driven step by step, with pauses that only move the clock."""

    def __init__(self, camera: FakeCamera, clock: Clock) -> None:
        self.clock, self.camera = clock, camera
        self.slot = NewestFrame()
        self.states: list[tuple[float, CameraState]] = []
        self.capture = Capture(lambda: camera, clock, self.slot, self._told, self._pause)

    def _told(self, state: CameraState) -> None:
        self.states.append((self.clock.now, state))

    def _pause(self, seconds: float) -> None:
        self.clock.now += seconds

    def run(self, seconds: float) -> Do:
        end, todo = self.clock.now + seconds, Do.READ
        while self.clock.now < end:
            todo = self.capture.step()
            if todo is Do.STOP:
                break
            if todo is Do.REOPEN_LATER:
                self._pause(1.0)
            elif todo is Do.REOPEN:
                self.clock.now += 0.05
        return todo

    def since(self, start: float) -> dict[CameraState, float]:
        """When each state was first told after `start`, in seconds after it."""
        return {state: at - start for at, state in reversed(self.states) if at >= start}

    def state(self) -> CameraState:
        return self.states[-1][1]


@pytest.fixture
def stand() -> Stand:
    clock = Clock()
    made = Stand(FakeCamera(clock), clock)
    made.run(4.0)
    assert made.state() is CameraState.LIVE
    return made


def test_unplugged_is_noticed_within_a_second_and_back_three_seconds_after_the_device(stand: Stand) -> None:
    pulled = stand.clock.now
    stand.camera.there = False
    stand.run(20)
    assert stand.since(pulled)[CameraState.GONE] <= 1.0
    tries = [at for at, _ in stand.camera.opens if at > pulled]
    assert all(0.9 < b - a < 1.3 for a, b in pairwise(tries))
    back = stand.clock.now
    stand.camera.there = True
    stand.run(4)
    assert stand.since(back)[CameraState.LIVE] <= 3.0


def test_no_camera_at_the_start_is_said_at_once() -> None:
    clock = Clock()
    made = Stand(FakeCamera(clock, there=False), clock)
    made.run(3)
    assert [state for _, state in made.states] == [CameraState.GONE]


def test_one_failed_read_is_no_fault(stand: Stand) -> None:
    acts: Iterator[Picture | Missed] = iter([Missed.FAILED, Missed.FAILED, LIVELY[0], Missed.FAILED, LIVELY[1]])
    stand.camera.act = lambda: next(acts, LIVELY[stand.camera.reads % 3])
    stand.run(3)
    assert stand.state() is CameraState.LIVE
    assert len(stand.camera.opens) == 1


def test_a_hanging_read_starts_a_new_generation_within_two_seconds_and_drops_the_old_frame() -> None:
    clock = Clock()
    hangs, goes_on = threading.Event(), threading.Event()
    new_reads = threading.Event()
    made: list[FakeCamera] = []

    def hang() -> Picture:
        hangs.set()
        goes_on.wait(10)
        return BLACK

    def read_new() -> Picture:
        new_reads.set()
        return LIVELY[len(made) % 3]

    def make() -> FakeCamera:
        made.append(FakeCamera(clock, act=read_new if made else hang))
        return made[-1]

    states: list[CameraState] = []
    slot = NewestFrame()
    capture = Capture(make, clock, slot, states.append, lambda _: None)
    capture.start()
    assert hangs.wait(10)
    old = next(thread for thread in threading.enumerate() if thread.name == "camera-0")
    clock.now += 1.8
    capture.watch()
    assert capture.generation == 0
    clock.now += 0.2
    capture.watch()
    assert CameraState.HUNG in states
    assert new_reads.wait(10)
    goes_on.set()
    old.join(10)
    frame = slot.take(10)
    capture.stop()
    assert frame is not None
    assert frame.picture.any()
    assert made[0].closed


def test_three_hung_generations_ask_for_a_restart() -> None:
    clock = Clock()
    stuck = threading.Event()
    goes_on = threading.Event()

    def hang() -> Missed:
        stuck.set()
        goes_on.wait(10)
        return Missed.FAILED

    states: list[CameraState] = []
    capture = Capture(lambda: FakeCamera(clock, act=hang), clock, NewestFrame(), states.append, lambda _: None)
    capture.start()
    for _ in range(3):
        assert stuck.wait(10)
        stuck.clear()
        clock.now += 2.0
        capture.watch()
    assert states[-1] is CameraState.RESTART
    capture.stop()
    goes_on.set()


def test_a_frozen_picture_is_noticed_within_three_seconds_and_the_sign_stays_until_it_moves(stand: Stand) -> None:
    froze = stand.clock.now
    stand.camera.act = lambda: LIVELY[0]
    stand.run(12)
    assert stand.since(froze)[CameraState.FROZEN] <= 3.0
    assert [state for at, state in stand.states if at > froze] == [CameraState.FROZEN]
    assert len(stand.camera.opens) > 2
    stand.camera.act = None
    thawed = stand.clock.now
    stand.run(3)
    assert stand.since(thawed)[CameraState.LIVE] <= 3.0


def test_a_covered_lens_is_said_within_two_seconds_without_reopening(stand: Stand) -> None:
    covered = stand.clock.now
    stand.camera.act = lambda: BLACK
    stand.run(30)
    assert stand.since(covered)[CameraState.COVERED] <= 2.0
    assert stand.state() is CameraState.COVERED
    assert len(stand.camera.opens) == 1
    stand.camera.act = None
    stand.run(1)
    assert stand.state() is CameraState.LIVE


def test_a_slow_camera_goes_small_then_is_reopened_then_gets_its_sign(stand: Stand) -> None:
    stand.camera.fps = 3.0
    stand.run(20)
    assert [size for _, size in stand.camera.opens] == [WIDE, SMALL, SMALL]
    assert stand.state() is CameraState.SLOW
    stand.camera.fps = 15.0
    stand.run(6)
    assert stand.state() is CameraState.LIVE


@pytest.mark.parametrize(
    "odd",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((720, 1280, 4), np.uint8),
        np.zeros((720,), np.uint8),
        np.zeros((720, 1280, 3), np.float32),
        np.zeros((4, 4, 3), np.uint8),
    ],
)
def test_odd_frames_are_dropped_and_counted_and_thirty_in_a_row_reopen(stand: Stand, odd: Picture) -> None:
    stand.slot.take(0)
    stand.camera.act = lambda: odd
    stand.run(1.9)
    assert stand.state() is CameraState.LIVE
    assert stand.slot.take(0) is None
    stand.run(0.3)
    assert stand.state() is CameraState.BROKEN
    assert stand.capture.health.dropped >= 30
    stand.camera.act = None
    stand.run(2)
    assert stand.state() is CameraState.LIVE


def test_a_driver_that_raises_is_dropped_like_an_odd_frame(stand: Stand) -> None:
    def explode() -> Picture:
        raise RuntimeError("driver")

    stand.camera.act = explode
    stand.run(3)
    assert CameraState.BROKEN in [state for _, state in stand.states]
    stand.camera.act = None
    stand.run(2)
    assert stand.state() is CameraState.LIVE


def test_the_end_of_a_file_is_no_fault_and_is_said_once() -> None:
    clock = Clock()
    left = [LIVELY[0]] * 200
    camera = FakeCamera(clock, live=False, fps=2.0, act=lambda: left.pop() if left else Missed.ENDED)
    made = Stand(camera, clock)
    assert made.run(500) is Do.STOP
    assert [state for _, state in made.states] == [CameraState.STARTING, CameraState.LIVE, CameraState.ENDED]
    assert all(state.well for _, state in made.states)
    assert len(camera.opens) == 1


def test_an_unread_frame_is_replaced_by_a_newer_one_and_carries_its_time_of_capture(stand: Stand) -> None:
    stand.run(1)
    frame = stand.slot.take(0)
    assert frame is not None
    assert frame.captured_at == stand.clock.now
    assert stand.slot.take(0) is None
