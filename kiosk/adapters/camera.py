# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The camera as the scan loop sees it: frames, states, the port of a source, the newest-frame slot.

Design: scanning.md sections 1 and 7. Nothing here loads cv2 or numpy: a source does, in its own thread.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Picture = npt.NDArray[np.uint8]
else:
    Picture = object

WIDE: Final = (1280, 720)
SMALL: Final = (640, 480)


class CameraState(StrEnum):
    """What the camera sign on the main screen says; `well` states show none."""

    STARTING = "STARTING"
    LIVE = "LIVE"
    ENDED = "ENDED"
    GONE = "GONE"
    HUNG = "HUNG"
    FROZEN = "FROZEN"
    COVERED = "COVERED"
    SLOW = "SLOW"
    BROKEN = "BROKEN"
    RESTART = "RESTART"

    @property
    def well(self) -> bool:
        """Whether nothing is wrong; the end of a video file is no fault."""
        return self in _WELL


_WELL = frozenset({CameraState.STARTING, CameraState.LIVE, CameraState.ENDED})


class Missed(Enum):
    """Why a read gave no picture."""

    FAILED = "failed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture (uint8, BGR (h, w, 3) or grey (h, w)) and the monotonic second of its capture."""

    picture: Picture
    captured_at: float
    number: int


class CameraSource(Protocol):
    """A camera, or what stands in for one. Used by one capture thread; `close` may come from another.

    `live`: a sensor, whose pictures must come fast and never repeat; False for a video file or a picture folder.
    """

    @property
    def live(self) -> bool:
        """Whether a still or slow picture is a fault."""

    def open(self, size: tuple[int, int]) -> bool:
        """Open at about this size (width, height); False when there is no device or it is busy."""

    def read(self) -> Picture | Missed:
        """The next picture, waiting for it; pictures of a file come at the file's own rate."""

    def close(self) -> None:
        """Let the device go; a second call does nothing."""


SourceMaker = Callable[[], CameraSource]
"""A new source for each generation of the camera: a hung one cannot be used again."""


class NewestFrame:
    """The slot between capture and scan: one frame, a newer one replaces an unread one, nothing is queued."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._closed = False

    def put(self, frame: Frame) -> None:
        """Lay a frame down, over an unread one."""
        with self._changed:
            self._frame = frame
            self._changed.notify()

    def take(self, timeout_s: float) -> Frame | None:
        """The newest unread frame, waiting at most `timeout_s`; None when there is none or the slot is closed."""
        with self._changed:
            if self._frame is None and not self._closed:
                self._changed.wait(timeout_s)
            frame, self._frame = self._frame, None
            return None if self._closed else frame

    def close(self) -> None:
        """Wake whoever waits; from now on there are no frames."""
        with self._changed:
            self._closed = True
            self._frame = None
            self._changed.notify_all()
