# SPDX-License-Identifier: LicenseRef-Gatehouse
"""形状: the ten verdict shapes with their glyphs, drawn as paths in a unit square (interface.md section 4).

Shape and glyph tell the class without colour. Bodies fill the square as far as their form allows; a glyph is at least a
tenth of the body thick, so that it stands at 3 m.
"""

import math
from collections.abc import Callable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPolygonF

from kiosk.app.views import Shape
from ui.tokens import FAMILY, Pair

_THICK = 0.115
_ROUND = Qt.PenCapStyle.RoundCap
_Glyph = Callable[[QPainter, QColor, QColor], None]


def draw_shape(painter: QPainter, rect: QRectF, shape: Shape, colours: Pair) -> None:
    """Draw a shape into `rect` (its largest middle square): body in `colours.ground`, glyph in `colours.ink`."""
    side = min(rect.width(), rect.height())
    body, ink = QColor(colours.ground), QColor(colours.ink)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center().x() - side / 2, rect.center().y() - side / 2)
    painter.scale(side, side)
    outline, glyph = _SHAPES[shape]
    if shape is Shape.DASHED_SQUARE:
        _dashed(painter, body, ink)
    else:
        painter.fillPath(outline(), body)
    glyph(painter, ink, body)
    painter.restore()


def _polygon(sides: int, turn: float, radius: float = 0.5) -> QPainterPath:
    points = [
        QPointF(
            0.5 + radius * math.cos(turn + 2 * math.pi * n / sides),
            0.5 + radius * math.sin(turn + 2 * math.pi * n / sides),
        )
        for n in range(sides)
    ]
    return _of(points)


def _of(points: list[QPointF]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF(points))
    path.closeSubpath()
    return path


def _circle() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(0.01, 0.01, 0.98, 0.98))
    return path


def _triangle() -> QPainterPath:
    return _of([QPointF(0.5, 0.03), QPointF(0.99, 0.93), QPointF(0.01, 0.93)])


def _octagon() -> QPainterPath:
    return _polygon(8, math.pi / 8, 0.5 / math.cos(math.pi / 8))


def _hexagon() -> QPainterPath:
    return _polygon(6, 0.0, 0.5)


def _diamond() -> QPainterPath:
    return _polygon(4, 0.0, 0.5)


def _house() -> QPainterPath:
    return _of(
        [QPointF(0.5, 0.01), QPointF(0.99, 0.42), QPointF(0.9, 0.98), QPointF(0.1, 0.98), QPointF(0.01, 0.42)]
    )  # fmt: skip


def _clipboard() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(0.12, 0.1, 0.76, 0.89), 0.07, 0.07)
    path.addRoundedRect(QRectF(0.31, 0.0, 0.38, 0.2), 0.06, 0.06)
    path.setFillRule(Qt.FillRule.WindingFill)
    return path


def _square() -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(0.03, 0.03, 0.94, 0.94))
    return path


def _chevrons() -> QPainterPath:
    path = QPainterPath()
    for left in (0.02, 0.45):
        path.addPath(
            _of(
                [
                    QPointF(left, 0.06),
                    QPointF(left + 0.24, 0.06),
                    QPointF(left + 0.53, 0.5),
                    QPointF(left + 0.24, 0.94),
                    QPointF(left, 0.94),
                    QPointF(left + 0.29, 0.5),
                ]
            )
        )
    return path


def _pen(ink: QColor, width: float = _THICK) -> QPen:
    return QPen(ink, width, Qt.PenStyle.SolidLine, _ROUND, Qt.PenJoinStyle.RoundJoin)


def _tick(painter: QPainter, ink: QColor, _body: QColor) -> None:
    painter.setPen(_pen(ink, 0.125))
    painter.drawPolyline(QPolygonF([QPointF(0.25, 0.53), QPointF(0.43, 0.71), QPointF(0.76, 0.33)]))


def _low_tick(painter: QPainter, ink: QColor, _body: QColor) -> None:
    painter.setPen(_pen(ink, 0.035))
    painter.drawLine(QLineF(0.36, 0.2, 0.64, 0.2))
    painter.setPen(_pen(ink))
    painter.drawPolyline(QPolygonF([QPointF(0.28, 0.6), QPointF(0.44, 0.76), QPointF(0.73, 0.42)]))


def _bang(painter: QPainter, ink: QColor, _body: QColor) -> None:
    painter.setPen(_pen(ink, 0.12))
    painter.drawLine(QLineF(0.5, 0.36, 0.5, 0.61))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawEllipse(QPointF(0.5, 0.79), 0.07, 0.07)


def _cross(painter: QPainter, ink: QColor, _body: QColor) -> None:
    painter.setPen(_pen(ink, 0.13))
    painter.drawLine(QLineF(0.31, 0.31, 0.69, 0.69))
    painter.drawLine(QLineF(0.69, 0.31, 0.31, 0.69))


def _hand(painter: QPainter, ink: QColor, _body: QColor) -> None:
    """A raised palm: four fingers, a thumb, the ball of the hand."""
    painter.setPen(_pen(ink, 0.085))
    for x, top in ((0.385, 0.3), (0.48, 0.23), (0.575, 0.26), (0.665, 0.35)):
        painter.drawLine(QLineF(x, top, x, 0.55))
    painter.drawLine(QLineF(0.285, 0.53, 0.4, 0.67))
    palm = QPainterPath()
    palm.addRoundedRect(QRectF(0.343, 0.5, 0.364, 0.29), 0.12, 0.12)
    painter.fillPath(palm, ink)


def _person(painter: QPainter, ink: QColor, x: float, y: float, size: float) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawEllipse(QPointF(x, y), 0.1 * size, 0.1 * size)
    body = QPainterPath()
    body.moveTo(x - 0.17 * size, y + 0.42 * size)
    body.cubicTo(
        QPointF(x - 0.17 * size, y + 0.06 * size),
        QPointF(x + 0.17 * size, y + 0.06 * size),
        QPointF(x + 0.17 * size, y + 0.42 * size),
    )
    body.closeSubpath()
    painter.fillPath(body, ink)


def _unknown_person(painter: QPainter, ink: QColor, _body: QColor) -> None:
    _person(painter, ink, 0.37, 0.35, 1.0)
    _question(painter, ink, QRectF(0.52, 0.22, 0.32, 0.56), 0.5)


def _two_persons(painter: QPainter, ink: QColor, _body: QColor) -> None:
    _person(painter, ink, 0.34, 0.49, 0.95)
    _person(painter, ink, 0.66, 0.49, 0.95)


def _arrow(painter: QPainter, ink: QColor, _body: QColor) -> None:
    painter.setPen(_pen(ink, 0.11))
    painter.drawLine(QLineF(0.25, 0.5, 0.72, 0.5))
    painter.drawPolyline(QPolygonF([QPointF(0.56, 0.32), QPointF(0.74, 0.5), QPointF(0.56, 0.68)]))


def _question_alone(painter: QPainter, ink: QColor, _body: QColor) -> None:
    _question(painter, ink, QRectF(0.2, 0.14, 0.6, 0.72), 0.68)


def _question(painter: QPainter, ink: QColor, rect: QRectF, em: float) -> None:
    font = QFont(FAMILY)
    font.setPixelSize(1000)
    font.setWeight(QFont.Weight.Bold)
    path = QPainterPath()
    path.addText(0, 0, font, "?")
    box = path.boundingRect()
    scale = em / 1000 * 1.15
    painter.save()
    painter.translate(rect.center().x() - box.center().x() * scale, rect.center().y() - box.center().y() * scale)
    painter.scale(scale, scale)
    painter.fillPath(path, ink)
    painter.restore()


def _nothing(_painter: QPainter, _ink: QColor, _body: QColor) -> None:
    """The chevrons are their own glyph."""


def _dashed(painter: QPainter, body: QColor, ink: QColor) -> None:
    painter.fillPath(_square(), body)
    pen = QPen(ink, 0.055, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([2.2, 1.5])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(0.07, 0.07, 0.86, 0.86))


_SHAPES: dict[Shape, tuple[Callable[[], QPainterPath], _Glyph]] = {
    Shape.CIRCLE_TICK: (_circle, _tick),
    Shape.CLIPBOARD: (_clipboard, _low_tick),
    Shape.HOUSE: (_house, _two_persons),
    Shape.TRIANGLE: (_triangle, _bang),
    Shape.HEXAGON_HAND: (_hexagon, _hand),
    Shape.HEXAGON_PERSON: (_hexagon, _unknown_person),
    Shape.DIAMOND_ARROW: (_diamond, _arrow),
    Shape.OCTAGON: (_octagon, _cross),
    Shape.DASHED_SQUARE: (_square, _question_alone),
    Shape.DOUBLE_CHEVRON: (_chevrons, _nothing),
}
