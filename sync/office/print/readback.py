# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Reading every symbol back from the rendered page, before anybody prints it (design: interface.md 12.2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pypdfium2
import zxingcpp

from sync.office.print.card import CardSheetError

_DPI = 150
_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a symbol must stand (page from 0; corner and side in points, quiet zone within), and what it must say."""

    page: int
    x: float
    y: float
    side: float
    text: str
    serial: str


def read_back(pdf: bytes, spots: Sequence[Spot], progress: Callable[[int, int], None] | None = None) -> None:
    """Render the pages and read each symbol in its own place; `CardSheetError` names the first that is not right.

    `spots` in the order of pages; `progress` is told how many were read, and of how many.
    """
    scale = _DPI / 72
    done = 0
    document = pypdfium2.PdfDocument(pdf)
    try:
        for number, on_page in groupby(spots, key=lambda spot: spot.page):
            if number >= len(document):
                raise CardSheetError(f"page {number + 1} is missing")
            picture = document[number].render(scale=scale, grayscale=True).to_numpy()
            picture = picture.reshape(*picture.shape[:2], -1)
            for spot in on_page:
                left, top, side = (int(value * scale) for value in (spot.x, spot.y, spot.side))
                # Two pixels more than the side, so that rounding takes nothing from the quiet zone.
                there = np.ascontiguousarray(picture[top : top + side + 2, left : left + side + 2, 0])
                found = zxingcpp.read_barcodes(there, formats=_FORMATS)
                if [each.text for each in found] != [spot.text]:
                    raise CardSheetError(f"card {spot.serial} on page {number + 1} cannot be read back")
                done += 1
            if progress is not None:
                progress(done, len(spots))
    finally:
        document.close()
