# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A frame over the whole window that lets touches through: 出 as a thick arrow frame, 练习 as a hatched one."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPolygonF, QRegion
from PySide6.QtWidgets import QWidget

from ui.painting import hatch
from ui.skin import Panel, Skin

_THICK = 2.0


class FrameOverlay(Panel):
    """Nothing, arrows, or hatching."""

    def __init__(self, skin: Skin, parent: QWidget | None = None) -> None:
        super().__init__(skin, "frame", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.out = False
        self.practice = False
        self.hide()

    def show_frame(self, *, out: bool, practice: bool) -> None:
        """Which frame."""
        if (out, practice) != (self.out, self.practice):
            self.out, self.practice = out, practice
            self.setVisible(out or practice)
            self.renew()

    def lay(self) -> None:
        """Only the frame is covered, so that a verdict below is not painted twice."""
        thick = self.skin.px(_THICK)
        self.setMask(QRegion(self.rect()).subtracted(QRegion(self.rect().adjusted(thick, thick, -thick, -thick))))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Four sides."""
        painter = QPainter(self)
        theme, thick = self.skin.theme, float(self.skin.px(_THICK))
        painter.fillRect(self.rect(), QColor(theme.wait.ground))
        if self.practice:
            hatch(painter, QRectF(self.rect()), theme.wait.ink, 3 * thick, thick)
        elif self.out:
            self._arrows(painter, thick)

    def _arrows(self, painter: QPainter, thick: float) -> None:
        """Small arrows that run to the right along top and bottom."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = QColor(self.skin.theme.wait.ink)
        step = 4 * thick
        for middle in (thick / 2, self.height() - thick / 2):
            at = step / 2
            while at < self.width():
                path = QPainterPath()
                tip = at + thick * 0.8
                path.addPolygon(
                    QPolygonF(
                        [QPointF(at, middle - thick * 0.4), QPointF(tip, middle), QPointF(at, middle + thick * 0.4)]
                    )
                )
                path.closeSubpath()
                painter.fillPath(path, ink)
                at += step
