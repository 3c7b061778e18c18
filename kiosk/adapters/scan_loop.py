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
from kiosk.app.scanning_hints import FillLight, Hint, HintRule

if TYPE_CHECKING:
    from kiosk.adapters.decode_live import Glance, LiveLadder
    from kiosk.adapters.zbar import ZbarReader
    from kiosk.adapters.zbar_offers import ZbarOffers

WATCH_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class ScanListener:
    """Where the loop reports to; none of these may block."""

    on_frame: Callable[[Frame, Corners | None], None]
    on_sighting: Callable[[Sighting], None]
    on_camera_state: Callable[[CameraState], None]
    on_hint: Callable[[Hint | None], None] = lambda _: None
    on_fill_light: Callable[[bool], None] = lambda _: None


class ScanLoop:
    """Scans what a camera sees, until stopped."""

    def __init__(
        self,
        make_source: SourceMaker,
        clock: Callable[[], float],
        listener: ScanListener,
        *,
        enrolling: bool = False,
        with_zbar: bool = True,
    ) -> None:
        """`clock` gives monotonic seconds; `with_zbar` False leaves the second reader's child process out."""
        self._clock = clock
        self._listener = listener
        self._tracker = SightingTracker(enrolling=enrolling)
        self._tracking = threading.Lock()
        self._slot = NewestFrame()
        self._capture = Capture(make_source, clock, self._slot, listener.on_camera_state)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scan", daemon=True)
        self._ladder: LiveLadder | None = None
        self._with_zbar = with_zbar
        self._reader: ZbarReader | None = None
        self._zbar: ZbarOffers | None = None
        self._hints = HintRule()
        self._hint: Hint | None = None
        self._light = FillLight()

    def start(self) -> None:
        """Start the camera and the scan thread."""
        self._capture.start()
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End both; whether the scan thread ended in time."""
        self._stopping.set()
        self._capture.stop()
        self._slot.close()
        if self._zbar is not None:
            self._zbar.stop()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._reader is not None:
            self._reader.close()
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
            ladder = self._made()
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
        self._advise(glance, frame.captured_at)

    def _made(self) -> "LiveLadder":
        """The ladder with zbar beside it; loads cv2, so in the scan thread."""
        from kiosk.adapters.decode_live import LiveLadder
        from kiosk.adapters.zbar import ZbarReader
        from kiosk.adapters.zbar_offers import ZbarOffers

        self._reader = ZbarReader(self._clock) if self._with_zbar else None
        if self._reader is not None:
            self._zbar = ZbarOffers(self._reader, self._clock)
            self._zbar.start()
        self._ladder = LiveLadder(self._zbar)
        return self._ladder

    def _advise(self, glance: "Glance", now: float) -> None:
        """Hints to the holder and the fill light."""
        from kiosk.adapters.decode_measure import quad_look

        for symbol in glance.symbols[:1]:
            self._hints.read(quad_look(glance.grey, symbol.corners).sharpness)
        unread = None if glance.symbols or not glance.located else quad_look(glance.grey, glance.located[0])
        hint = self._hints.look(unread, now)
        if hint is not self._hint:
            self._hint = hint
            self._listener.on_hint(hint)
        was = self._light.on
        if self._light.look(float(glance.grey[::8, ::8].mean()), now) is not was:
            self._listener.on_fill_light(self._light.on)

    def _run(self) -> None:
        while not self._stopping.is_set():
            frame = self._slot.take(WATCH_S)
            self._capture.watch()
            if frame is not None:
                self.look(frame)
