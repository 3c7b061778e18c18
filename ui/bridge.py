# SPDX-License-Identifier: LicenseRef-Gatehouse
"""From the threads of camera, thermometer and sync to the GUI thread: queued signals, a value per signal.

Plain daemon threads call the typed methods; Qt carries the value over. At most one preview frame is on its way: the
rest are dropped before any work is done for them, so no queue can grow (interface.md section 3).
"""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from kiosk.app.ports import SyncStatus
from kiosk.app.scanning import Sighting
from kiosk.app.scanning_hints import Hint
from kiosk.app.temperature_source import SensedReading, SourceState

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PREVIEW_EVERY_S = 1 / 15


class SeenFrame(Protocol):
    """A frame as the scan loop gives it."""

    @property
    def picture(self) -> "npt.NDArray[np.uint8]":
        """The picture."""
        ...

    @property
    def captured_at(self) -> float:
        """Monotonic second of its capture."""
        ...


class Bridge(QObject):
    """The signals are emitted on the caller's thread and received on the GUI thread."""

    frame = Signal(object)
    sighting = Signal(object)
    camera = Signal(str)
    hint = Signal(object)
    fill_light = Signal(bool)
    reading = Signal(object)
    thermometer = Signal(object)
    scanned = Signal(object)
    scanner = Signal(object)
    sync = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._pending = False
        self._last_at = 0.0
        self.dropped = 0

    def on_frame(self, frame: SeenFrame, quad: Sequence[tuple[float, float]] | None) -> None:
        """A frame was looked at; it becomes the preview if none is on its way and the last one is old enough."""
        with self._lock:
            if self._pending or frame.captured_at - self._last_at < PREVIEW_EVERY_S:
                self.dropped += 1
                return
            self._pending, self._last_at = True, frame.captured_at
        from ui.bgra import preview_frame  # noqa: PLC0415 - numpy is loaded by the camera's thread, after the first paint

        self.frame.emit(preview_frame(frame.picture, quad))

    def frame_painted(self) -> None:
        """The preview has been painted: the next one may come."""
        with self._lock:
            self._pending = False

    def on_sighting(self, sighting: Sighting) -> None:
        """The scan loop saw a code, or could not read one."""
        self.sighting.emit(sighting)

    def on_camera_state(self, state: str) -> None:
        """The camera is another: "LIVE", "GONE" ..."""
        if state != "LIVE":
            self.frame_painted()
        self.camera.emit(str(state))

    def on_hint(self, hint: Hint | None) -> None:
        """The holder is told something else, or nothing any more."""
        self.hint.emit(hint)

    def on_fill_light(self, on: bool) -> None:  # noqa: FBT001 - the scan loop's own form
        """It is too dark for the camera, or bright enough again."""
        self.fill_light.emit(on)

    def on_reading(self, reading: SensedReading) -> None:
        """The thermometer gave a reading."""
        self.reading.emit(reading)

    def on_thermometer_state(self, state: SourceState) -> None:
        """The thermometer is heard, or no longer."""
        self.thermometer.emit(state)

    def on_scanned(self, out: object) -> None:
        """A bound hand scanner typed or sent a text."""
        self.scanned.emit(out)

    def on_scanner_state(self, state: SourceState) -> None:
        """The bound scanner is there, or no longer."""
        self.scanner.emit(state)

    def on_sync(self, status: SyncStatus) -> None:
        """The sync thread finished a turn."""
        self.sync.emit(status)
