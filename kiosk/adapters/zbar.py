# SPDX-License-Identifier: LicenseRef-Gatehouse
"""zbar as a late second reader, behind rules that keep its crashes away from the gate (design: scanning.md section 4).

A child that dies or does not answer in time is killed and a new one started; five deaths in a minute switch the
reader off for ten. Only ASCII answers of at most 512 bytes are taken: zbar mangles all other bytes.
"""

import atexit
import json
import logging
import threading
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from kiosk.adapters.decode_symbol import Found
from kiosk.adapters.zbar_process import CAPACITY, Child, ZbarProcess
from kiosk.app.scanning import Corners

LONGEST: Final = 512
LIVE_WAIT_S: Final = 0.3
START_WAIT_S: Final = 3.0
DEATHS: Final = 5
DEATHS_WITHIN_S: Final = 60.0
OFF_S: Final = 600.0
_ASCII_END: Final = 128
_CORNERS: Final = 4

_log = logging.getLogger(__name__)


class ZbarState(StrEnum):
    """For the device status."""

    WORKING = "WORKING"
    OFF = "OFF"
    MISSING = "MISSING"


class ZbarReader:
    """Reads grey pictures through the child. Thread-safe, one picture at a time; never raises for a picture."""

    def __init__(self, clock: Callable[[], float], start: Callable[[], Child] = ZbarProcess) -> None:
        """`clock` gives monotonic seconds; `start` makes a child."""
        self._clock = clock
        self._start = start
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._ready = False
        self._deaths: deque[float] = deque(maxlen=DEATHS)
        self._off_until: float | None = None
        self._missing = False

    @property
    def state(self) -> ZbarState:
        """Whether the reader works, rests after too many deaths, or has no library."""
        if self._missing:
            return ZbarState.MISSING
        return ZbarState.OFF if self._off_until is not None else ZbarState.WORKING

    def read(self, grey: npt.NDArray[np.uint8], wait_s: float = LIVE_WAIT_S) -> Found:
        """The codes of a grey picture (h, w) of at most 1280 x 1280 pixels; nothing within `wait_s`: none.

        A child that is just starting is waited for (at most 3 s); call it from a thread that may wait.
        """
        height, width = grey.shape
        if height * width > CAPACITY:
            return Found()
        with self._lock:
            child = self._running()
            if child is None or not self._awaited(child):
                return Found()
            pixels = np.ascontiguousarray(grey).data.cast("B")
            answer = child.line(wait_s) if child.send(pixels, width, height) else ""
            if not answer:
                self._died()
                return Found()
            return _found(answer)

    def close(self) -> None:
        """End the child."""
        with self._lock:
            child, self._child = self._child, None
            if child is not None:
                child.kill()

    def _running(self) -> Child | None:
        """The child, started if need be; None while the reader is off."""
        if self._missing:
            return None
        if self._off_until is not None:
            if self._clock() < self._off_until:
                return None
            self._off_until = None
        if self._child is None:
            try:
                self._child = self._start()
            except OSError as problem:
                _log.warning("zbar child not started: %s", problem)
                self._died()
                return None
            self._ready = False
        return self._child

    def _awaited(self, child: Child) -> bool:
        """Whether the child is ready to take a picture."""
        if self._ready:
            return True
        word = child.line(START_WAIT_S)
        if word == "missing":
            self._missing = True
            _log.warning("libzbar0 is not installed: codes are read without the second reader")
            self._child = None
            child.kill()
            return False
        if word != "ready":
            self._died()
            return False
        self._ready = True
        return True

    def _died(self) -> None:
        """Give the child up; start the next one at once, or rest after too many deaths."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
        now = self._clock()
        self._deaths.append(now)
        if len(self._deaths) == DEATHS and now - self._deaths[0] <= DEATHS_WITHIN_S:
            self._deaths.clear()
            self._off_until = now + OFF_S
            _log.warning("zbar child died %d times within a minute: off for ten minutes", DEATHS)
        elif child is not None:
            self._running()


def _found(answer: str) -> Found:
    read: list[tuple[bytes, Corners]] = []
    try:
        codes = json.loads(answer)
    except ValueError:
        return Found()
    for text, polygon in codes:
        data = bytes.fromhex(text)
        if data and len(data) <= LONGEST and max(data) < _ASCII_END:
            read.append((data, _quad(polygon)))
    return Found(tuple(read))


def _quad(polygon: list[list[float]]) -> Corners:
    if len(polygon) == _CORNERS:
        a, d, c, b = ((float(x), float(y)) for x, y in polygon)  # zbar goes the other way round
        return (a, b, c, d)
    xs, ys = [x for x, _ in polygon] or [0.0], [y for _, y in polygon] or [0.0]
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    return ((left, top), (right, top), (right, bottom), (left, bottom))


_still: ZbarReader | None = None
_still_lock = threading.Lock()


def still_reader(clock: Callable[[], float]) -> ZbarReader:
    """The one reader that all still pictures of this process share; ended with the process."""
    global _still  # noqa: PLW0603 - one child a process, however many threads decode
    with _still_lock:
        if _still is None:
            _still = ZbarReader(clock)
            atexit.register(_still.close)
        return _still
