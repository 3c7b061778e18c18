# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a page of the leader's desk shows beside sentences and keys: a note being written, a bar to measure by."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from ui.metrics import BUTTON, CARD, SMALL
from ui.painting import draw_text, fill_box, rows_of
from ui.skin import Skin

WRITING = 34.0
"""Height in mm of the box that a note is written in: four rows."""
_ROWS, _MOST = 4, 30


def paint_writing(painter: QPainter, skin: Skin, box: QRectF, text: str) -> None:
    """What has been written, its end always in sight."""
    theme, font = skin.theme, skin.metrics.font(BUTTON)
    fill_box(painter, box, theme.panel.ground, skin.px(1.8))
    rows = rows_of((text,), font, box.width() - skin.px(5), _MOST)[-_ROWS:]
    step = box.height() / _ROWS
    for number, (row, _) in enumerate(rows):
        line = QRectF(box.left() + skin.px(2), box.top() + number * step, box.width() - skin.px(4), step)
        draw_text(painter, line, row, font, theme.panel.ink)
    end = QFontMetricsF(font).horizontalAdvance(rows[-1][0]) if rows else 0.0
    top = box.top() + (max(1, len(rows)) - 1 + 0.1) * step
    caret = QRectF(box.left() + skin.px(2.4) + end, top, skin.px(0.5), step * 0.8)
    fill_box(painter, caret, theme.panel.ink, 0)


def paint_ruler(painter: QPainter, skin: Skin, bar: QRectF) -> None:
    """A bar as long as a bank card, if the screen's width is right."""
    theme = skin.theme
    fill_box(painter, bar, theme.wait.ground, 0)
    text = skin.words.get("leader_settings.card", n=f"{CARD:g}")
    middle = Qt.AlignmentFlag.AlignHCenter
    font = skin.metrics.font(BUTTON)
    draw_text(painter, bar, text, font, theme.wait.ink, align=middle, least_px=skin.px(SMALL))
