# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Rungs beyond the table, for still photos only: slower tries that read what the live ladder cannot.

A still photo may take a second (design: scanning.md section 8). The order was chosen on generated hard photos; each
rung reads something that no rung before it does.
"""

import math
from collections.abc import Callable, Iterator
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from kiosk.adapters import decode_pictures as pictures
from kiosk.adapters import decode_zxing
from kiosk.adapters.decode_pictures import Grey
from kiosk.adapters.decode_rungs import Rung, Sheet
from kiosk.adapters.decode_symbol import Found
from kiosk.app.scanning import Corners

Real = npt.NDArray[np.float32]
QUADS: Final = 4
WIDE_SIDE: Final = 800
WIDE_BORDER: Final = 100
LARGEST_DOUBLE: Final = 2600
_SQUARE: Final = pictures.ROI_SIDE + 2 * pictures.ROI_BORDER


def twice(grey: Grey) -> tuple[Grey, float]:
    """Twice the size, but at most `LARGEST_DOUBLE` on the long side; the factor leads back."""
    factor = min(2.0, LARGEST_DOUBLE / max(grey.shape))
    if factor <= 1.0:
        return grey, 1.0
    size = (round(grey.shape[1] * factor), round(grey.shape[0] * factor))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8), 1 / factor


def sharpened(grey: Grey, sigma: float, amount: float) -> Grey:
    """Unsharp mask of any width."""
    soft = cv2.GaussianBlur(grey, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(grey, 1 + amount, soft, -amount, 0), dtype=np.uint8)


def levelled(grey: Grey, side: int) -> Grey:
    """Every neighbourhood of `side` pixels stretched to the whole range: shadows, haze and dim light go."""
    soft = cv2.GaussianBlur(grey, (3, 3), 0)
    around = np.ones((side, side), np.uint8)
    high = cv2.blur(cv2.dilate(soft, around), (side, side)).astype(np.float32)
    low = cv2.blur(cv2.erode(soft, around), (side, side)).astype(np.float32)
    return np.asarray(np.clip((grey - low) / np.maximum(high - low, 12) * 255, 0, 255), dtype=np.uint8)


def threshold(grey: Grey, block: int, offset: int) -> Grey:
    """5 x 5 blur, then a Gaussian threshold."""
    soft = cv2.GaussianBlur(grey, (5, 5), 0)
    made = cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, block, offset)
    return np.asarray(made, dtype=np.uint8)


def brightened(grey: Grey) -> Grey:
    """Gamma 0.4: a code in deep shade."""
    curve = (np.linspace(0, 1, 256) ** 0.4 * 255).astype(np.uint8)
    return np.asarray(cv2.LUT(grey, curve), dtype=np.uint8)


def deblurred(grey: Grey, sigma: float, noise: float = 0.003) -> Grey:
    """Wiener's inverse of a Gaussian blur of `sigma` pixels."""
    high, wide = grey.shape
    pad = math.ceil(3 * sigma)
    padded = cv2.copyMakeBorder(grey, pad, pad, pad, pad, cv2.BORDER_REFLECT)
    rows = np.fft.fftfreq(padded.shape[0])[:, None].astype(np.float32)
    columns = np.fft.rfftfreq(padded.shape[1])[None].astype(np.float32)
    blur = np.exp(np.float32(-2 * math.pi**2 * sigma**2) * (rows**2 + columns**2))
    sharp = np.fft.irfft2(np.fft.rfft2(padded.astype(np.float32)) * (blur / (blur**2 + noise)), s=padded.shape)
    return np.asarray(np.clip(sharp[pad : pad + high, pad : pad + wide], 0, 255), dtype=np.uint8)


def _tries(
    make: Callable[[Grey], Grey], scale: Callable[[Grey], tuple[Grey, float]] | None = None, *, whole: bool = False
) -> Callable[[Sheet, str], None]:
    """A rung: one filtered picture, read with the local and, if `whole`, also with the whole-picture threshold."""

    def work(sheet: Sheet, rung: str) -> None:
        picture, back = (sheet.grey, 1.0) if scale is None else scale(sheet.grey)
        filtered = make(picture)
        sheet.take(decode_zxing.read(filtered), rung, back)
        if whole and not sheet.read:
            sheet.take(decode_zxing.read(filtered, whole_histogram=True), rung, back)

    return work


def _halved(grey: Grey) -> tuple[Grey, float]:
    size = (max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), 2.0


SQUARES: Final[tuple[Callable[[Grey], Grey], ...]] = (
    lambda square: sharpened(square, 5, 2.5),
    lambda square: threshold(square, 61, 4),
    lambda square: threshold(square, 101, 5),
    lambda square: np.asarray(cv2.morphologyEx(square, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), dtype=np.uint8),
    lambda square: deblurred(square, 7),
    lambda square: levelled(square, 61),
)


def _deep_roi(sheet: Sheet, rung: str) -> None:
    """All quads that any rung or OpenCV's locator found: filters, a larger square, and codes on round things."""
    quads = sheet.unread()[:QUADS]
    if not quads:
        quads = _located_otherwise(sheet.grey)[:QUADS]
    for quad in quads:
        for side, border in ((pictures.ROI_SIDE, pictures.ROI_BORDER), (WIDE_SIDE, WIDE_BORDER)):
            flat = pictures.rectified(sheet.grey, quad, side, border)
            if flat is None:
                continue
            for make in SQUARES:
                picture = make(flat[0])
                found = decode_zxing.read(picture)
                found = found if found.read else decode_zxing.read(picture, whole_histogram=True)
                if found.read:
                    sheet.take(Found(found.read), rung, flat[1])
                    return


def _unbend(sheet: Sheet, rung: str) -> None:
    """Located quads as if rolled round a can, standing or lying, seen from above or below."""
    for quad in sheet.unread()[:QUADS]:
        flat = pictures.rectified(sheet.grey, quad)
        if flat is None:
            continue
        for picture in unrolled(flat[0]):
            found = decode_zxing.read(picture)
            if found.read:
                # the bend is not undone for the corners: the quad says where it was found
                sheet.take(Found(tuple((data, quad) for data, _ in found.read)), rung)
                return


def unrolled(square: Grey) -> Iterator[Grey]:
    """Guesses of a cylinder's unrolled surface: bend 0.5..1.2 radians to each side, both axes, five sags."""
    side = float(pictures.ROI_SIDE)
    at = (np.arange(_SQUARE, dtype=np.float32) - pictures.ROI_BORDER) / side * 2 - 1  # -1..1 over the symbol
    for bend in (0.5, 0.8, 1.05, 1.25):
        angle = np.clip(at * bend, -1.5, 1.5)
        along = (np.sin(angle) / math.sin(bend) + 1) / 2 * side + pictures.ROI_BORDER
        arch = (np.cos(angle) - math.cos(bend)) / (1 - math.cos(bend))
        for sag in (0.0, 0.05, -0.05, 0.1, -0.1):
            across = np.arange(_SQUARE, dtype=np.float32)[:, None] + np.float32(sag * side) * arch[None, :]
            map_x = np.repeat(along[None, :], _SQUARE, axis=0).astype(np.float32)
            map_y = across.astype(np.float32)
            for standing in (True, False):
                first = map_x if standing else np.ascontiguousarray(map_y.T)
                second = map_y if standing else np.ascontiguousarray(map_x.T)
                bent = cv2.remap(square, first, second, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                yield np.asarray(bent, dtype=np.uint8)


def _located_otherwise(grey: Grey) -> list[Corners]:
    """Quads by OpenCV's locator, which sees some symbols that zxing-cpp does not; it never decodes here."""
    found, points = cv2.QRCodeDetector().detectMulti(grey)
    if not found or points is None:
        return []
    quads: list[Corners] = []
    for four in np.asarray(points, dtype=np.float64).reshape(-1, 4, 2):
        a, b, c, d = ((float(x), float(y)) for x, y in four)
        quads.append((a, b, c, d))
    return quads


DEEP: Final = (
    Rung("sharp2", 60, _tries(lambda grey: sharpened(grey, 5, 2.5), twice)),
    Rung("level", 15, _tries(lambda grey: levelled(grey, 15), whole=True)),
    Rung("sharp2g", 60, _tries(lambda grey: sharpened(grey, 3, 2.0), twice, whole=True)),
    Rung("dark", 5, _tries(brightened, whole=True)),
    Rung("small", 3, _tries(lambda grey: grey, _halved, whole=True)),
    Rung("deblur", 120, _tries(lambda grey: deblurred(grey, 3.5))),
    Rung("adaptive2", 60, _tries(lambda grey: threshold(grey, 61, 4), twice, whole=True)),
    Rung("deblur2", 120, _tries(lambda grey: deblurred(grey, 2.3))),
    Rung("deep_roi", 150, _deep_roi),
    Rung("unbend", 200, _unbend),
)
