# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The decoders that are compared on the same frames: ours, and three alone as anybody would call them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp
from pyzbar import pyzbar

Picture = npt.NDArray[np.uint8]
Reader = Callable[[Picture], set[bytes]]
_MODEL2 = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


def grey_of(frame: Picture) -> Picture:
    """One grey picture, as each of the three is given."""
    return frame if frame.ndim == 2 else np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def by_zxing(frame: Picture) -> set[bytes]:
    """zxing-cpp alone."""
    return {code.bytes for code in zxingcpp.read_barcodes(grey_of(frame), formats=_MODEL2)}


def by_pyzbar(frame: Picture) -> set[bytes]:
    """Pyzbar alone, in this process."""
    try:
        return {code.data for code in pyzbar.decode(grey_of(frame), symbols=[pyzbar.ZBarSymbol.QRCODE])}
    except ValueError:
        return set()


def by_opencv(frame: Picture) -> set[bytes]:
    """OpenCV's detector alone."""
    try:
        text = cv2.QRCodeDetector().detectAndDecode(grey_of(frame))[0]
    except (cv2.error, UnicodeDecodeError):
        return set()
    return {text.encode()} if text else set()


OTHERS: dict[str, Reader] = {"pyzbar": by_pyzbar, "zxing": by_zxing, "opencv": by_opencv}


@dataclass(slots=True)
class Tally:
    """One decoder on one set: frames read, frames read wrongly, seconds per frame."""

    reads: int = 0
    wrong: int = 0
    times: list[float] = field(default_factory=list)

    def take(self, read: Reader, frame: Picture, truth: set[bytes]) -> bool:
        """Let it read a frame; whether it read one of the payloads in it."""
        begun = perf_counter()
        found = read(frame)
        self.times.append(perf_counter() - begun)
        hit = bool(found & truth)
        self.reads += hit
        self.wrong += bool(found - truth)
        return hit
