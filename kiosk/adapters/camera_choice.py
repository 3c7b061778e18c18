# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Which source stands for the camera: a setting as text becomes a maker of sources (design: scanning.md 7)."""

from collections.abc import Callable
from pathlib import Path

from kiosk.adapters.camera import CameraSource, SourceMaker


def source_maker(setting: str, clock: Callable[[], float], pause: Callable[[float], None]) -> SourceMaker:
    """A maker for `setting`: a number (camera), a path under /dev, a folder of pictures, or a video file.

    `clock` in monotonic seconds and `pause` (seconds) hold files to their own frame rate. cv2 is loaded by the first
    call of the maker, which the capture thread makes.
    """

    def make() -> CameraSource:
        from kiosk.adapters import camera_opencv  # loads cv2, so in the capture thread only

        if setting.isdecimal():
            return camera_opencv.DeviceSource("", int(setting))
        path = Path(setting)
        if path.is_relative_to("/dev"):
            return camera_opencv.DeviceSource(setting, 0)
        if path.is_dir():
            return camera_opencv.FolderSource(path, clock, pause)
        return camera_opencv.VideoSource(path, clock, pause)

    return make
