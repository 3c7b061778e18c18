# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The scan loop: newest frame -> ladder -> sighting -> callbacks, in its own daemon thread (scanning.md 1).

Callbacks come from the scan thread (camera states also from the capture thread); the bridge of the window queues
them to the GUI thread. cv2, zxing-cpp and numpy are loaded by the thread, not by importing this module.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kiosk.adapters.camera import CameraState, Frame, NewestFrame, SourceMaker
from kiosk.adapters.camera_capture import Capture
from kiosk.adapters.decode_symbol import Symbol
from kiosk.app.scanning import Corners, Sighting, SightingTracker, Source

if TYPE_CHECKING:
    from kiosk.adapters.decode_live import LiveLadder

WATCH_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class ScanListener:
    """Where the loop reports to; none of these may block."""

    on_frame: Callable[[Frame, Corners | None], None]
    on_sighting: Callable[[Sighting], None]
    on_camera_state: Callable[[CameraState], None]


class ScanLoop:
    """Scans what a camera sees, until stopped."""

    def __init__(
        self,
        make_source: SourceMaker,
        clock: Callable[[], float],
        listener: ScanListener,
        *,
        enrolling: bool = False,
    ) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._listener = listener
        self._tracker = SightingTracker(enrolling=enrolling)
        self._tracking = threading.Lock()
        self._slot = NewestFrame()
        self._capture = Capture(make_source, clock, self._slot, listener.on_camera_state)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scan", daemon=True)
        self._ladder: LiveLadder | None = None

    def start(self) -> None:
        """Start the camera and the scan thread."""
        self._capture.start()
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End both; whether the scan thread ended in time."""
        self._stopping.set()
        self._capture.stop()
        self._slot.close()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def clear(self) -> None:
        """Forget what is in view; called when the direction at the gate changes."""
        with self._tracking:
            self._tracker.clear()

    def enrol(self, *, enrolling: bool) -> None:
        """Take enrolment codes too, or no longer."""
        with self._tracking:
            self._tracker.enrolling = enrolling
            self._tracker.clear()

    def text(self, payload: bytes, source: Source) -> Sighting | None:
        """A code that came as text (wedge, typed); same tracker and acceptance as the camera. From any thread."""
        symbol = Symbol(payload, ((0, 0), (0, 0), (0, 0), (0, 0)), source.value)
        with self._tracking:
            return self._tracker.seen((symbol,), self._clock(), source=source)

    def look(self, frame: Frame) -> None:
        """All the work for one frame; a frame that is none is dropped."""
        ladder = self._ladder
        if ladder is None:
            from kiosk.adapters.decode_live import LiveLadder  # loads cv2, so in the scan thread

            ladder = self._ladder = LiveLadder()
        try:
            glance = ladder.look(frame.picture, frame.captured_at)
        except ValueError:
            return
        with self._tracking:
            sighting = self._tracker.seen(
                glance.symbols, frame.captured_at, foreign=glance.foreign, located=bool(glance.located)
            )
        if sighting is not None:
            self._listener.on_sighting(sighting)
        quads = [symbol.corners for symbol in glance.symbols] or list(glance.located)
        self._listener.on_frame(frame, quads[0] if quads else None)

    def _run(self) -> None:
        while not self._stopping.is_set():
            frame = self._slot.take(WATCH_S)
            self._capture.watch()
            if frame is not None:
                self.look(frame)
