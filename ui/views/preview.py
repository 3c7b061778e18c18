# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The camera's picture: drawn as it is, one frame pending, a guide, and the outline of a located code.

BGRA bytes as QImage Format_RGB32 over the kept buffer, `drawImage` in `paintEvent` (interface.md 3): 0.9 ms a frame
where a scaled pixmap costs four. The buffer is kept until the next frame has been painted in its place.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from kiosk.app.views import Shape
from ui.metrics import BUTTON
from ui.painting import draw_text
from ui.shapes import draw_shape
from ui.skin import Panel, Skin
from ui.tokens import FILL_LIGHT

LIGHT_BAND = 8.0
_LIT_FAULT = "state.COVERED"


@dataclass(frozen=True, slots=True, eq=False)
class PreviewFrame:
    """One picture to show: `data` BGRA, `width` x `height`; `quad` in its own pixels, if a code was located."""

    data: memoryview | bytes
    width: int
    height: int
    quad: tuple[tuple[float, float], ...] | None = None


class Preview(Panel):
    """`painted` tells the bridge that the next frame may come."""

    painted = Signal()

    def __init__(self, skin: Skin, parent: QWidget | None = None, *, mirrored: bool = True) -> None:
        super().__init__(skin, "preview", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._frame: PreviewFrame | None = None
        self._fault: str | None = None
        self._mirrored = mirrored
        self.light = False

    def show_frame(self, frame: PreviewFrame) -> None:
        """The newest picture."""
        self._frame = frame
        self.update()

    def show_light(self, on: bool) -> None:  # noqa: FBT001 - a slot takes its values by place
        """补光: the white band around the picture, on or off (scanning.md 9)."""
        if on != self.light:
            self.light = on
            self.update()

    def show_fault(self, key: str | None) -> None:
        """Words in place of the picture ("state.GONE"); None: the picture again."""
        if key != self._fault:
            self._fault = key
            if key is not None:
                self._frame = None
            self.tell()
            self.update()

    def tell(self) -> None:
        """The name of the picture, or what is wrong with it."""
        words = self.skin.words
        self.setAccessibleName(words.get(self._fault or "accessible.preview"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture, or a dark field with words; the white band around either."""
        painter = QPainter(self)
        whole = QRectF(self.rect())
        theme = self.skin.theme
        frame = self._frame
        if self.light and self._fault in (None, _LIT_FAULT):
            whole = self._band(painter, whole)
        if frame is None or self._fault is not None:
            painter.fillRect(whole, QColor(theme.panel.ground))
            self._words(painter, whole)
            return
        image = QImage(frame.data, frame.width, frame.height, 4 * frame.width, QImage.Format.Format_RGB32)
        painter.save()
        if self._mirrored:
            painter.translate(whole.width(), 0)
            painter.scale(-1, 1)
        painter.drawImage(whole, image, _covering(whole, frame))
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._guide(painter, whole)
        if frame.quad is not None:
            self._outline(painter, whole, frame)
        painter.end()
        self.painted.emit()

    def _band(self, painter: QPainter, whole: QRectF) -> QRectF:
        """Paint the fill light; the field that is left, with the painter's origin in its corner."""
        painter.fillRect(whole, QColor(FILL_LIGHT))
        thick = LIGHT_BAND * self.skin.metrics.per_mm
        painter.translate(thick, thick)
        left = QRectF(0, 0, whole.width() - 2 * thick, whole.height() - 2 * thick)
        painter.setClipRect(left)
        return left

    def _words(self, painter: QPainter, whole: QRectF) -> None:
        if self._fault is None:
            return
        px, theme = self.skin.metrics.per_mm, self.skin.theme
        mark = QRectF(0, whole.top() + whole.height() * 0.16, whole.width(), whole.height() * 0.42)
        draw_shape(painter, mark, Shape.DASHED_SQUARE, theme.cannot)
        text = QRectF(4 * px, mark.bottom() + 2 * px, whole.width() - 8 * px, whole.height() * 0.3)
        said = self.skin.words.get(self._fault)
        middle = Qt.AlignmentFlag.AlignHCenter
        draw_text(
            painter, text, said, self.skin.metrics.font(BUTTON, bold=True), theme.panel.ink, align=middle, lines=2
        )

    def _guide(self, painter: QPainter, whole: QRectF) -> None:
        """Four corners: where the card goes."""
        px = self.skin.metrics.per_mm
        side = whole.height() * 0.78
        box = QRectF(whole.center().x() - side / 2, whole.center().y() - side / 2, side, side)
        painter.setPen(QPen(QColor(self.skin.theme.go.ink), 1.1 * px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        arm = side * 0.16
        for x, y in (
            (box.left(), box.top()),
            (box.right(), box.top()),
            (box.right(), box.bottom()),
            (box.left(), box.bottom()),
        ):
            across = arm if x == box.left() else -arm
            down = arm if y == box.top() else -arm
            painter.drawPolyline(QPolygonF([QPointF(x + across, y), QPointF(x, y), QPointF(x, y + down)]))

    def _outline(self, painter: QPainter, whole: QRectF, frame: PreviewFrame) -> None:
        part = _covering(whole, frame)
        scale = whole.width() / part.width()
        points = []
        for x, y in frame.quad or ():
            at = (x - part.left()) * scale
            points.append(QPointF(whole.width() - at if self._mirrored else at, (y - part.top()) * scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.skin.theme.wait.ground), 1.2 * self.skin.metrics.per_mm))
        painter.drawPolygon(QPolygonF(points))


def _covering(whole: QRectF, frame: PreviewFrame) -> QRectF:
    """The middle part of the picture that has the field's own form: nothing is stretched, nothing left empty."""
    wanted = whole.width() / max(1.0, whole.height())
    if frame.width / frame.height > wanted:
        width = frame.height * wanted
        return QRectF((frame.width - width) / 2, 0, width, frame.height)
    height = frame.width / wanted
    return QRectF(0, (frame.height - height) / 2, frame.width, height)
