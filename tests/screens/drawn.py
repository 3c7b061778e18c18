# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a window draws, as values: every text with its place, size and ink, and the picture that lies under it.

The window is rendered once as SVG, in which each text stands whole with its font and colour, however it was drawn (by a
label, by hand, in two rows), and once as a picture, in which the ground behind a text can be seen.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QPoint, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QImage
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

_SVG = "{http://www.w3.org/2000/svg}"
_DPI = 96
_SHARE = 0.08
"""A colour behind a text counts as its ground from this share of its box on; less are the letters' soft edges."""


@dataclass(frozen=True, slots=True)
class Text:
    """One drawn text: its ink's box and its em in logical pixels, its colour as "#rrggbb"."""

    text: str
    box: QRectF
    em: float
    ink: str


def texts_of(window: QWidget) -> list[Text]:
    """Every text that the window draws now, in the order of drawing."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.ReadWrite)
    svg = QSvgGenerator()
    svg.setOutputDevice(buffer)
    svg.setSize(window.size())
    svg.setResolution(_DPI)
    window.render(svg, QPoint(0, 0))
    found = []
    # S314: the document was made by Qt two lines above
    for group in ET.fromstring(buffer.data().data()).iter(_SVG + "g"):  # noqa: S314
        for node in group.findall(_SVG + "text"):
            said = "".join(node.itertext()).strip("\n")
            if said.strip():
                found.append(_text(said, node, group.get("transform", "")))
    return found


def _text(said: str, node: ET.Element, transform: str) -> Text:
    a, _, _, d, dx, dy = (float(part) for part in transform.removeprefix("matrix(").removesuffix(")").split(","))
    font = QFont(node.get("font-family", ""))
    font.setPixelSize(round(float(node.get("font-size", "0"))))
    font.setWeight(QFont.Weight(int(node.get("font-weight", "400"))))
    inked = QFontMetricsF(font).tightBoundingRect(said)
    x, y = float(node.get("x", "0")), float(node.get("y", "0"))
    box = QRectF(
        (x + inked.left()) * a + dx, (y + inked.top()) * d + dy, inked.width() * abs(a), inked.height() * abs(d)
    )
    return Text(said, box, float(node.get("font-size", "0")) * abs(d), node.get("fill", ""))


class Picture:
    """The window as it looks, to ask which grounds lie in a box."""

    def __init__(self, window: QWidget) -> None:
        image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        self._ratio = image.devicePixelRatio()
        self._size = image.width(), image.height()
        shape = (image.height(), image.bytesPerLine() // 4)
        pixels = np.frombuffer(image.constBits(), np.uint32).reshape(shape)
        self._pixels: npt.NDArray[np.uint32] = np.bitwise_and(pixels, np.uint32(0xFFFFFF))

    def grounds(self, box: QRectF, ink: str) -> list[str]:
        """The colours that make up the box, the ink aside."""
        wide, high = self._size
        if box.width() < box.height() / 2:
            # of an I, most of the box is soft edge: what lies beside it is its ground as well
            box = box.adjusted(-box.height(), 0, box.height(), 0)
        left, top = max(0, int(box.left() * self._ratio) - 2), max(0, int(box.top() * self._ratio) - 2)
        right, bottom = min(wide, int(box.right() * self._ratio) + 3), min(high, int(box.bottom() * self._ratio) + 3)
        part = self._pixels[top:bottom, left:right]
        if not part.size:
            return []
        colours, counts = np.unique(part, return_counts=True)
        shares = zip(colours.tolist(), (counts / part.size).tolist(), strict=True)
        found = [f"#{colour:06x}" for colour, share in shares if share >= _SHARE]
        return [colour for colour in found if colour != ink.lower()]
