# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A camera that is pulled out and put back, by a device node that vanishes and returns, read by cv2 (scanning.md 7).

The node is a pipe of JPEGs that a thread writes thirty times a second, behind a link like `/dev/v4l/by-id/...`: the
adapter, its thread and its clock are the real ones.
"""

import os
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.adapters.camera import CameraState, NewestFrame
from kiosk.adapters.camera_capture import Capture
from kiosk.adapters.camera_opencv import DeviceSource

BACK_S = 3.0
_LONG_S = 10.0


def _jpeg(number: int) -> bytes:
    picture = np.random.default_rng(number).integers(60, 200, (360, 640, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", picture)[1].tobytes()


class PlayedCamera:
    """A device node with pictures behind it, for as long as it is plugged in."""

    def __init__(self, folder: Path) -> None:
        self._node = folder / "video0.mjpeg"
        self.path = folder / "usb-camera.mjpeg"
        self._pictures = [_jpeg(number) for number in range(3)]
        self._pulled = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def plug(self) -> None:
        os.mkfifo(self._node)
        self.path.symlink_to(self._node)
        self._pulled.clear()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def unplug(self) -> None:
        self._pulled.set()
        self._thread.join(_LONG_S)
        for name in (self.path, self._node):
            name.unlink(missing_ok=True)

    def _run(self) -> None:
        while not self._pulled.wait(1 / 30):
            try:
                node = os.open(self._node, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                continue  # nobody reads it yet
            os.set_blocking(node, True)
            try:
                number = 0
                while not self._pulled.wait(1 / 30):
                    os.write(node, self._pictures[number % 3])
                    number += 1
            except BrokenPipeError:
                continue
            finally:
                os.close(node)


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[PlayedCamera]:
    made = PlayedCamera(tmp_path)
    made.plug()
    yield made
    made.unplug()


def test_a_camera_is_missed_at_once_and_back_within_three_seconds(camera: PlayedCamera) -> None:
    states: queue.SimpleQueue[tuple[CameraState, float]] = queue.SimpleQueue()

    def reached(wanted: CameraState) -> float:
        while True:
            state, at = states.get(timeout=_LONG_S)
            if state is wanted:
                return at

    slot = NewestFrame()
    capture = Capture(
        lambda: DeviceSource(str(camera.path)),
        time.perf_counter,
        slot,
        lambda state: states.put((state, time.perf_counter())),
    )
    capture.start()
    try:
        reached(CameraState.LIVE)
        pulled = time.perf_counter()
        camera.unplug()
        assert reached(CameraState.GONE) - pulled <= 1.0
        back = time.perf_counter()
        camera.plug()
        assert reached(CameraState.LIVE) - back <= BACK_S
        assert capture.generation == 0, "the same thread opened it anew: nothing had hung"
    finally:
        capture.stop()
