# SPDX-License-Identifier: LicenseRef-Gatehouse
"""zxing-cpp as the first reader: only QR Code Model 2 is accepted (design: scanning.md sections 3 and 6).

zxing-cpp's `QRCode` is a family that includes Micro QR and rMQR, whose weak checks give false reads on filtered
pictures; its `.text` guesses charsets. So: `QRCodeModel2` and `.bytes`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import zxingcpp

from kiosk.adapters.decode_symbol import Found
from kiosk.app.scanning import Corners

Grey = npt.NDArray[np.uint8]

_MICRO: Final = zxingcpp.BarcodeFormat.MicroQRCode
_MODEL2: Final = zxingcpp.BarcodeFormat.QRCodeModel2
_FORMATS: Final = zxingcpp.BarcodeFormats([_MODEL2])
_WITH_MICRO: Final = zxingcpp.BarcodeFormats([_MODEL2, _MICRO])


def read(grey: Grey, *, whole_histogram: bool = False, micro: bool = False) -> Found:
    """Read one grey picture (h, w). `whole_histogram`: one threshold for the picture; `micro`: notice Micro QR."""
    codes = zxingcpp.read_barcodes(
        grey,
        formats=_WITH_MICRO if micro else _FORMATS,
        try_rotate=True,
        try_downscale=True,
        try_invert=True,
        binarizer=zxingcpp.Binarizer.GlobalHistogram if whole_histogram else zxingcpp.Binarizer.LocalAverage,
        return_errors=True,
    )
    payloads: list[tuple[bytes, Corners]] = []
    located: list[Corners] = []
    foreign = False
    for code in codes:
        if code.format == _MICRO:  # a Model 2 symbol is told as `QRCode`, so the other kind is asked for
            foreign = foreign or code.valid
        elif code.valid:
            payloads.append((code.bytes, _corners(code.position)))
        else:
            located.append(_corners(code.position))
    return Found(tuple(payloads), tuple(located), foreign)


def _corners(position: zxingcpp.Position) -> Corners:
    a, b, c, d = position.top_left, position.top_right, position.bottom_right, position.bottom_left
    return ((a.x, a.y), (b.x, b.y), (c.x, c.y), (d.x, d.y))
