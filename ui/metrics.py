# SPDX-License-Identifier: LicenseRef-Gatehouse
"""尺寸: everything on the screen is sized in millimetres (interface.md section 3).

The reference screen is 217 x 136 mm (10.1", 1280 x 800). A smaller window is drawn to scale, so that the layout always
fits; a larger one gives its extra room to the picture and the panels, never to smaller text.
"""

from dataclasses import dataclass

from PySide6.QtGui import QFont, QScreen

from ui.tokens import FAMILY

WIDTH, HEIGHT = 217.0, 136.0
"""The reference screen in mm."""
MM_PER_INCH = 25.4
LEAST_DPI, MOST_DPI, USUAL_DPI = 80.0, 400.0, 150.0
CARD = 85.6
"""The length of a bank card in mm: the settings show a bar of it, so that a ruler is always at hand."""

STATUS, BAND_KEYPAD, BAND_RESULT, BAND_SCAN, ROW, KEYPAD_ROW = 9.0, 23.0, 61.0, 83.0, 22.0, 26.0
GAP, MARGIN, BLOCK_GAP = 2.0, 2.0, 5.0
KEY, KEYPAD_KEY = 20.0, 24.0
WORD, WORD_LONG, WORD_LATIN = 34.0, 29.0, 22.0
LINE, READ_BACK, BUTTON, STAFF, SMALL = 9.5, 14.0, 6.5, 5.0, 4.0
SHAPE_RESULT, SHAPE_KEYPAD = 56.0, 20.0
SPACING = 1.3


@dataclass(frozen=True, slots=True)
class Metrics:
    """Pixels per millimetre of one window."""

    per_mm: float

    def px(self, mm: float) -> int:
        """Whole pixels of a length in mm, at least one."""
        return max(1, round(mm * self.per_mm))

    def font(self, mm: float, *, bold: bool = False) -> QFont:
        """The text font with an em of `mm`."""
        font = QFont(FAMILY)
        font.setPixelSize(self.px(mm))
        font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
        return font


def screen_per_mm(screen: QScreen, width_mm: float | None = None) -> float:
    """Pixels per mm of a screen; `width_mm`, the setting `screen.width_mm`, wins over what the screen claims."""
    if width_mm:
        return screen.geometry().width() / width_mm
    dots = screen.physicalDotsPerInch()
    return (dots if LEAST_DPI <= dots <= MOST_DPI else USUAL_DPI) / MM_PER_INCH


def fitting(width_px: int, height_px: int, per_mm: float) -> Metrics:
    """Metrics with which the whole layout fits a window of this size, at most the true ones."""
    return Metrics(min(per_mm, width_px / WIDTH, height_px / HEIGHT))
