# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The capture: a thread per generation that reads the camera into the slot, and its watchdog (scanning.md 1, 7)."""

import threading
from collections.abc import Callable
from typing import Final

from kiosk.adapters.camera import CameraSource, CameraState, Frame, Missed, NewestFrame, Picture, SourceMaker
from kiosk.adapters.camera_health import CameraHealth, Do, Pulse

REOPEN_S: Final = 1.0
_COLOURS: Final = 3
_AXES: Final = (2, 3)
_SMALLEST: Final = 16


class Capture:
    """Reads a camera for good: opens, reads, reopens, and starts a new thread when a read hangs.

    `clock` gives monotonic seconds; `pause(seconds)` waits, or returns at once after `stop`. `on_state` is called at
    each change of state, from whichever thread noticed it. `step` does one thing and can be driven without a thread.
    """

    def __init__(
        self,
        make_source: SourceMaker,
        clock: Callable[[], float],
        slot: NewestFrame,
        on_state: Callable[[CameraState], None],
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self._make_source = make_source
        self._clock = clock
        self._slot = slot
        self._on_state = on_state
        self._stopping = threading.Event()
        self._pause = pause if pause is not None else self._wait
        self._lock = threading.Lock()
        self._generation = 0
        self._source: CameraSource | None = None
        self._held: dict[int, CameraSource] = {}
        self._open = False
        self._number = 0
        self._told: CameraState | None = None
        self.health = CameraHealth()

    @property
    def generation(self) -> int:
        """How many times a hung camera was given up."""
        return self._generation

    def start(self) -> None:
        """Start the capture thread of this generation (a daemon: a hung driver must not keep the program up)."""
        generation = self._generation
        threading.Thread(target=self._run, args=(generation,), name=f"camera-{generation}", daemon=True).start()

    def stop(self) -> None:
        """End the capture; a thread that hangs in the driver is left to itself."""
        self._stopping.set()
        with self._lock:
            self._generation += 1
            self._source = None

    def watch(self) -> None:
        """The watchdog, called several times a second from the scan thread."""
        with self._lock:
            todo = self.health.tick(self._clock())
            if todo is Do.REPLACE:
                self._generation += 1
                self._source = None
                self._open = False
        self._tell()
        if todo is Do.REPLACE and not self._stopping.is_set():
            self.start()

    def step(self, generation: int | None = None) -> Do:
        """Open if need be, else read once; says what comes next. `generation`: the thread's own, None = the newest."""
        mine = self._generation if generation is None else generation
        source = self._source_of(mine)
        if source is None:
            return Do.STOP
        todo = self._read(source, mine) if self._open else self._reopen(source, mine)
        self._tell()
        if todo in {Do.REOPEN, Do.REOPEN_LATER} and mine == self._generation:
            self._open = False
            source.close()
        return todo

    def _run(self, generation: int) -> None:
        try:
            while not self._stopping.is_set():
                todo = self.step(generation)
                if todo is Do.STOP:
                    break
                if todo is Do.REOPEN_LATER:
                    self._pause(REOPEN_S)
        finally:  # only the thread that reads a source may close it
            source = self._held.pop(generation, None)
            if source is not None:
                source.close()

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _source_of(self, mine: int) -> CameraSource | None:
        with self._lock:
            if mine != self._generation or self._stopping.is_set():
                return None
            if self._source is None:
                self._source = self._held[mine] = self._make_source()
                self.health.live = self._source.live
            return self._source

    def _reopen(self, source: CameraSource, mine: int) -> Do:
        with self._lock:
            self.health.begins(self._clock(), opening=True)
            size = self.health.size
        try:
            ok = source.open(size)
        except Exception:  # noqa: BLE001 - a driver may raise anything; to the gate it is a camera that is not there
            ok = False
        with self._lock:
            if mine != self._generation:
                source.close()
                return Do.STOP
            self._open = ok
            return self.health.opened(self._clock(), ok=ok)

    def _read(self, source: CameraSource, mine: int) -> Do:
        with self._lock:
            self.health.begins(self._clock(), opening=False)
        picture: Picture | None = None
        missed: Missed | None = None
        pulse: Pulse | None = None
        try:
            answer = source.read()
            if isinstance(answer, Missed):
                missed = answer
            else:
                picture, pulse = answer, _pulse(answer)
        except Exception:  # noqa: BLE001 - a driver may raise anything; the frame is dropped and counted
            picture = None
        now = self._clock()
        with self._lock:
            if mine != self._generation:
                source.close()
                return Do.STOP
            if missed is Missed.ENDED:
                return self.health.ended()
            if missed is Missed.FAILED:
                return self.health.missed(now)
            if picture is None or pulse is None:
                return self.health.odd(now)
            todo = self.health.frame(pulse, now)
            self._number += 1
            self._slot.put(Frame(picture, now, self._number))
            return todo

    def _tell(self) -> None:
        with self._lock:
            state = self.health.state
            if state is self._told:
                return
            self._told = state
        self._on_state(state)


def _pulse(picture: Picture) -> Pulse | None:
    """The picture in figures; None for what is no picture (odd shape, other type, empty)."""
    shape: tuple[int, ...] = getattr(picture, "shape", ())
    if len(shape) not in _AXES or min(shape[:2]) < _SMALLEST or str(getattr(picture, "dtype", "")) != "uint8":
        return None
    if len(shape) == _COLOURS and shape[2] != _COLOURS:
        return None
    thin = picture[::8, ::8, 1] if len(shape) == _COLOURS else picture[::8, ::8]
    return Pulse(float(thin.mean()), float(thin.std()), thin.tobytes())
