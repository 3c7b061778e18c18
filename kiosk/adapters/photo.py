# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Still photos from a file, dragged or on a USB stick (design: scanning.md section 8).

A photo is a copy: what is read here opens the holder's look-up with the serial filled in, never a passage by itself.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.adapters.decode_still import decode_photo
from kiosk.adapters.decode_symbol import Symbol
from kiosk.adapters.photo_header import claimed_size

LARGEST_BYTES: Final = 20 * 1000 * 1000
LARGEST_PIXELS: Final = 50 * 1000 * 1000
_ALPHA: Final = 4


class PhotoRefusal(StrEnum):
    """Why a file was not looked at."""

    UNREADABLE = "UNREADABLE"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    NOT_A_PICTURE = "NOT_A_PICTURE"


@dataclass(frozen=True, slots=True)
class PhotoRead:
    """What was read in a photo, left to right; corners in pixels of the photo, turned as its EXIF says."""

    symbols: tuple[Symbol, ...]


def opened(path: Path) -> npt.NDArray[np.uint8] | PhotoRefusal:
    """The picture of a file as uint8 BGR (h, w, 3), turned as its EXIF says; transparent parts become white."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            return PhotoRefusal.TOO_LARGE
        data = path.read_bytes()
    except (OSError, ValueError):
        return PhotoRefusal.UNREADABLE
    size = claimed_size(data)
    if size is None:
        return PhotoRefusal.NOT_A_PICTURE
    if size[0] * size[1] > LARGEST_PIXELS:
        return PhotoRefusal.TOO_MANY_PIXELS
    return _decoded(data)


def read_photo(path: Path) -> PhotoRead | PhotoRefusal:
    """Read a photo: all rungs at 1280 pixels, and zxing-cpp at full size."""
    picture = opened(path)
    return picture if isinstance(picture, PhotoRefusal) else PhotoRead(tuple(decode_photo(picture)))


def _decoded(data: bytes) -> npt.NDArray[np.uint8] | PhotoRefusal:
    coded = np.frombuffer(data, dtype=np.uint8)
    try:
        if data.startswith((b"\x89PNG", b"RIFF")):
            whole = cv2.imdecode(coded, cv2.IMREAD_UNCHANGED)
            if whole is not None and whole.shape[2:] == (_ALPHA,) and whole.dtype == np.uint8:
                return _over_white(np.asarray(whole, dtype=np.uint8))
        picture = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    except cv2.error:
        return PhotoRefusal.NOT_A_PICTURE
    return PhotoRefusal.NOT_A_PICTURE if picture is None else np.asarray(picture, dtype=np.uint8)


def _over_white(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    cover = picture[:, :, 3:].astype(np.uint16)
    return np.asarray((picture[:, :, :3] * cover + 255 * (255 - cover)) // 255, dtype=np.uint8)
