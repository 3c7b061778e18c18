# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Pictures made from a grey frame for another try: filters, scales, rectified quads (design: scanning.md section 3)."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.app.scanning import Corners

Grey = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

cv2.setNumThreads(1)  # one core is left for the window; OpenCV's pool would take it

ROI_SIDE: Final = 480
ROI_BORDER: Final = 60
UP2_LIMIT: Final = 1400
MOTION_STEP: Final = 8
_COLOURS: Final = 3
_FRAME_AXES: Final = (2, 3)


def to_grey(frame: npt.NDArray[np.uint8]) -> Grey:
    """The grey picture of a BGR (h, w, 3) or grey (h, w) uint8 frame, contiguous; else ValueError."""
    if not _bytes_in_rows(frame):
        raise ValueError("frame must be a uint8 array of shape (h, w) or (h, w, 3)")
    if frame.size == 0 or (frame.ndim == _COLOURS and frame.shape[2] != _COLOURS):
        raise ValueError(f"frame of shape {frame.shape} is no picture")
    if frame.ndim == _COLOURS:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    return np.ascontiguousarray(frame)


def capped(grey: Grey, longest: int) -> tuple[Grey, float]:
    """The picture with its long side at most `longest` pixels, and the factor that leads back to the frame."""
    side = max(grey.shape)
    if side <= longest:
        return grey, 1.0
    factor = side / longest
    height, width = grey.shape
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    return _grey(cv2.resize(grey, size, interpolation=cv2.INTER_AREA)), factor


def up2(grey: Grey) -> tuple[Grey, float]:
    """Twice the size, cubic, but never above `UP2_LIMIT` on the long side; the factor leads back to the frame."""
    factor = min(2.0, max(1.0, UP2_LIMIT / max(grey.shape)))
    if factor <= 1.0:
        return grey, 1.0
    height, width = grey.shape
    size = (round(width * factor), round(height * factor))
    return _grey(cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC)), 1 / factor


def half(grey: Grey) -> tuple[Grey, float]:
    """Blurred by sigma 1.5, then half the size: for codes so close or so grainy that their modules are noise."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.5)
    return np.ascontiguousarray(_grey(soft)[::2, ::2]), 2.0


def unsharp(grey: Grey) -> Grey:
    """2.5 x grey - 1.5 x Gaussian of sigma 2."""
    return _grey(cv2.addWeighted(grey, 2.5, cv2.GaussianBlur(grey, (0, 0), 2.0), -1.5, 0))


def clahe(grey: Grey) -> Grey:
    """Local contrast: clip 3.0, 8 x 8 tiles."""
    return _grey(cv2.createCLAHE(3.0, (8, 8)).apply(grey))


def adaptive(grey: Grey) -> Grey:
    """3 x 3 blur, then a Gaussian threshold of block 41, offset 5."""
    soft = cv2.GaussianBlur(grey, (3, 3), 0)
    return _grey(cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 41, 5))


def blurred(grey: Grey, side: int = 5) -> Grey:
    """Gaussian blur of a `side` x `side` kernel."""
    return _grey(cv2.GaussianBlur(grey, (side, side), 0))


def median(grey: Grey) -> Grey:
    """Median of 5 x 5."""
    return _grey(cv2.medianBlur(grey, 5))


def rectified(grey: Grey, quad: Corners, side: int = ROI_SIDE, border: int = ROI_BORDER) -> tuple[Grey, Matrix] | None:
    """A located quad as a square of `side` pixels with a border, and the matrix back to the frame.

    None for a quad that is no quad (crossed or flat): nothing could be read there.
    """
    corners = np.array(quad, dtype=np.float32)
    if cv2.contourArea(corners) < 1.0 or not cv2.isContourConvex(corners.reshape(-1, 1, 2)):
        return None
    low, high = float(border), float(border + side)
    square = np.array(((low, low), (high, low), (high, high), (low, high)), dtype=np.float32)
    there = cv2.getPerspectiveTransform(corners, square)
    whole = side + 2 * border
    try:
        back = np.linalg.inv(np.asarray(there, dtype=np.float64))
    except np.linalg.LinAlgError:
        return None
    picture = cv2.warpPerspective(grey, there, (whole, whole), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return _grey(picture), back


def moved(quad: Corners, matrix: Matrix) -> Corners:
    """A quad through a 3 x 3 matrix."""
    points = np.column_stack((np.array(quad, dtype=np.float64), np.ones(4))) @ matrix.T
    flat = points[:, :2] / points[:, 2:3]
    a, b, c, d = ((float(x), float(y)) for x, y in flat)
    return (a, b, c, d)


def scaled(quad: Corners, factor: float) -> Corners:
    """A quad with every coordinate times `factor`."""
    a, b, c, d = ((x * factor, y * factor) for x, y in quad)
    return (a, b, c, d)


def motion(before: Grey | None, now: Grey) -> float:
    """Mean absolute difference of two thinned pictures (`grey[::8, ::8]`), 0..255; 0.0 without a picture before."""
    if before is None or before.shape != now.shape:
        return 0.0
    return float(cv2.absdiff(before, now).mean())


def thinned(grey: Grey) -> Grey:
    """Every eighth pixel of every eighth row."""
    return np.ascontiguousarray(grey[::MOTION_STEP, ::MOTION_STEP])


def _bytes_in_rows(frame: object) -> bool:
    return isinstance(frame, np.ndarray) and frame.dtype == np.uint8 and frame.ndim in _FRAME_AXES


def _grey(picture: object) -> Grey:
    return np.asarray(picture, dtype=np.uint8)
