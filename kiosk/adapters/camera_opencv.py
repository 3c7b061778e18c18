# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Sources on cv2: a real camera, a video file, a folder of pictures (design: scanning.md sections 1 and 7).

Loaded by the capture thread only, so that the first paint of the window does not wait for cv2.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from kiosk.adapters.camera import Missed, Picture

FOLDER_FPS: Final = 15.0
PICTURE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})


class DeviceSource:
    """A camera by its stable device path (`/dev/v4l/by-id/...`), else by its number."""

    live = True

    def __init__(self, device: str, number: int | None = None) -> None:
        self._device = device
        self._number = number
        self._capture: cv2.VideoCapture | None = None

    def open(self, size: tuple[int, int]) -> bool:
        """Open at `size` with MJPG and a buffer of one frame; the path first, then the number."""
        self.close()
        names: list[str | int] = [self._device] if self._device and Path(self._device).exists() else []
        if self._number is not None:
            names.append(self._number)
        for name in names:
            capture = cv2.VideoCapture(name)
            if capture.isOpened():
                capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
                capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
                capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
                capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
                self._capture = capture
                return True
            capture.release()
        return False

    def read(self) -> Picture | Missed:
        """The next picture, as the driver gives it."""
        if self._capture is None:
            return Missed.FAILED
        ok, picture = self._capture.read()
        return np.asarray(picture, dtype=np.uint8) if ok and picture is not None else Missed.FAILED

    def close(self) -> None:
        """Let the device go."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()


class _Pace:
    """Holds frames back to a rate: frame n is due n / fps seconds after the first."""

    def __init__(self, fps: float, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        self._every = 1.0 / fps
        self._clock = clock
        self._pause = pause
        self._due: float | None = None

    def wait(self) -> None:
        now = self._clock()
        if self._due is None:
            self._due = now
        if self._due > now:
            self._pause(self._due - now)
        self._due += self._every


class VideoSource:
    """A video file in place of a camera, paced by its own frame rate; read once, then it ends."""

    live = False

    def __init__(self, path: Path, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        self._path = path
        self._clock = clock
        self._pause = pause
        self._capture: cv2.VideoCapture | None = None
        self._pace: _Pace | None = None

    def open(self, size: tuple[int, int]) -> bool:
        """Open the file; `size` is the file's own."""
        del size
        self.close()
        capture = cv2.VideoCapture(str(self._path))
        if not capture.isOpened():
            capture.release()
            return False
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        self._capture = capture
        self._pace = _Pace(fps if fps > 0 else FOLDER_FPS, self._clock, self._pause)
        return True

    def read(self) -> Picture | Missed:
        """The next frame at its time, or the end."""
        if self._capture is None or self._pace is None:
            return Missed.FAILED
        ok, picture = self._capture.read()
        if not ok or picture is None:
            return Missed.ENDED
        self._pace.wait()
        return np.asarray(picture, dtype=np.uint8)

    def close(self) -> None:
        """Close the file."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()


class FolderSource:
    """The pictures of a folder, by name, in place of a camera at `FOLDER_FPS`; then it ends."""

    live = False

    def __init__(self, folder: Path, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        self._folder = folder
        self._pace = _Pace(FOLDER_FPS, clock, pause)
        self._left: list[Path] = []

    def open(self, size: tuple[int, int]) -> bool:
        """List the folder; False when it is none or holds no picture."""
        del size
        if not self._folder.is_dir():
            return False
        self._left = sorted(
            (path for path in self._folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES), reverse=True
        )
        return bool(self._left)

    def read(self) -> Picture | Missed:
        """The next picture at its time, or the end; an unreadable file is a failed read."""
        if not self._left:
            return Missed.ENDED
        picture = cv2.imdecode(np.fromfile(self._left.pop(), dtype=np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            return Missed.FAILED
        self._pace.wait()
        return np.asarray(picture, dtype=np.uint8)

    def close(self) -> None:
        """Nothing is held open."""
