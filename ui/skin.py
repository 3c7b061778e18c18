# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What every view shares: theme, sizes, words; and the two kinds of widget made of them, a panel and a key."""

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from kiosk.app.views import Shape
from ui.metrics import BUTTON, SMALL, Metrics
from ui.painting import Fitted, draw_text, fill_box, fit
from ui.shapes import draw_shape
from ui.tokens import INDOOR, Pair, Theme
from ui.words import Words

RADIUS, RING = 1.8, 1.0
_PAD = 1.0


class Skin(QObject):
    """Theme, metrics and words of one window; `changed` tells that any of them is another."""

    changed = Signal()

    def __init__(self, metrics: Metrics, words: Words, theme: Theme = INDOOR) -> None:
        super().__init__()
        self.metrics = metrics
        self.words = words
        self.theme = theme
        words.switched.connect(self._switched)

    def px(self, mm: float) -> int:
        """Pixels of a length in mm."""
        return self.metrics.px(mm)

    def use_theme(self, theme: Theme) -> None:
        """Another theme."""
        self.theme = theme
        self.changed.emit()

    def use_metrics(self, metrics: Metrics) -> None:
        """Another size of the window."""
        if metrics != self.metrics:
            self.metrics = metrics
            self.changed.emit()

    def _switched(self, _language: str) -> None:
        self.changed.emit()


class Panel(QWidget):
    """A part of the screen. Subclasses lay out their children in `lay` and say their texts in `tell`."""

    def __init__(self, skin: Skin, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.skin = skin
        self.setObjectName(name)
        skin.changed.connect(self.renew)

    def renew(self) -> None:
        """Sizes, colours or language are new."""
        self.lay()
        self.tell()
        self.update()

    def lay(self) -> None:
        """Put the children in their places."""

    def tell(self) -> None:
        """Say what stands on the children in the present language."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self.lay()

    def place(self, child: QWidget, x: float, y: float, width: float, height: float) -> None:
        """Put a child at mm of this panel."""
        box = self.box(x, y, width, height)
        child.setGeometry(box.toRect())

    def box(self, x: float, y: float, width: float, height: float) -> QRectF:
        """A box in px of a box in mm; edges are rounded, so that neighbours meet."""
        left, top = round(x * self.skin.metrics.per_mm), round(y * self.skin.metrics.per_mm)
        right, bottom = round((x + width) * self.skin.metrics.per_mm), round((y + height) * self.skin.metrics.per_mm)
        return QRectF(left, top, right - left, bottom - top)

    @property
    def wide(self) -> float:
        """Width in mm."""
        return self.width() / self.skin.metrics.per_mm

    @property
    def high(self) -> float:
        """Height in mm."""
        return self.height() / self.skin.metrics.per_mm


class Role(StrEnum):
    """What a key is for, which is how it looks."""

    NORMAL = "NORMAL"
    MAIN = "MAIN"
    AMBER = "AMBER"
    STOP = "STOP"
    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"


_SHAPES: dict[tuple[Shape, int, str, str], QImage] = {}
"""A page of keys has few shapes: each is drawn once a size and colour."""


def _shape_picture(shape: Shape, side: int, colours: Pair) -> QImage:
    """A shape of `side` pixels of the screen, body in the ink of a key."""
    known = (shape, side, colours.ink, colours.ground)
    if known not in _SHAPES:
        picture = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        draw_shape(painter, QRectF(0, 0, side, side), shape, Pair(colours.ink, colours.ground))
        painter.end()
        _SHAPES[known] = picture
    return _SHAPES[known]


class Key(QAbstractButton):
    """A key: acts on release inside it, at least 20 mm, text 6.5 mm in one or two lines.

    `say` gives its text at any time, so that a change of language needs no list of keys.
    """

    def __init__(
        self,
        skin: Skin,
        name: str,
        say: Callable[[], str],
        parent: QWidget | None = None,
        *,
        role: Role = Role.NORMAL,
        em: float = BUTTON,
        shape: Shape | None = None,
        hint: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self.skin = skin
        self.role = role
        self.em = em
        self.shape = shape
        self._say = say
        self._hint = hint
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        skin.changed.connect(self.tell)
        self.tell()

    def says(self, say: Callable[[], str], role: Role | None = None) -> None:
        """Another text, and another role if given."""
        self._say = say
        if role is not None:
            self.role = role
        self.tell()

    def tell(self) -> None:
        """Ask for the text anew."""
        self.setText(self._say())
        hint = self._hint() if self._hint is not None else ""
        self.setAccessibleName(f"{self.text()} {hint}".replace("\n", " ").strip())
        self.update()

    def sizeHint(self) -> QSize:
        """The box that the text needs at its full size, for the test of clipped texts."""
        side = self.skin.px(20)
        return QSize(side, side)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the key that has the focus, as the space bar does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def colours(self) -> Pair:
        """Ground and ink now."""
        theme = self.skin.theme
        if not self.isEnabled():
            return theme.idle
        if self.isDown() or self.isChecked():
            return theme.pressed
        return {
            Role.NORMAL: theme.key,
            Role.MAIN: theme.go,
            Role.AMBER: theme.wait,
            Role.STOP: theme.stop,
            Role.GREEN: theme.code_green,
            Role.YELLOW: theme.code_yellow,
            Role.RED: theme.code_red,
        }[self.role]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, edge, shape, text, focus ring."""
        painter = QPainter(self)
        px = self.skin.metrics.per_mm
        box = QRectF(self.rect())
        colours = self.colours()
        edge = self.skin.theme.edge if self.role is Role.NORMAL or not self.isEnabled() else None
        fill_box(painter, box, colours.ground, RADIUS * px, edge, max(1.0, 0.3 * px))
        inner = self._text_box(box)
        side = self._shape_side(box)
        if self.shape is not None and side:
            mark = QRectF(box.left() + _PAD * px, box.center().y() - side / 2, side, side)
            drawn = _shape_picture(self.shape, round(side * self.devicePixelRatioF()), colours)
            painter.drawImage(mark, drawn, QRectF(drawn.rect()))
        self._draw(painter, inner, colours)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.skin.theme.ring), RING * px))
            half = RING * px / 2
            painter.drawRoundedRect(box.adjusted(half, half, -half, -half), RADIUS * px, RADIUS * px)

    def _shape_side(self, box: QRectF) -> float:
        """The shape's size in px; it gives way to a text that would have to shrink for it."""
        if self.shape is None:
            return 0.0
        px = self.skin.metrics.per_mm
        side = min(box.height() - 2 * _PAD * px, 0.3 * box.width(), 9 * px)
        wanted = QFontMetricsF(self.skin.metrics.font(self.em)).horizontalAdvance(self.text())
        return side if wanted <= box.width() - side - 3 * _PAD * px else 0.0

    def _text_box(self, box: QRectF) -> QRectF:
        px = self.skin.metrics.per_mm
        left = _PAD * px
        side = self._shape_side(box)
        left += side + _PAD * px if side else 0
        return box.adjusted(left, _PAD * px, -_PAD * px, -_PAD * px)

    def _draw(self, painter: QPainter, box: QRectF, colours: Pair) -> None:
        hint = self._hint() if self._hint is not None else ""
        font = self.skin.metrics.font(self.em, bold=self.role is not Role.NORMAL)
        if hint:
            upper, lower = QRectF(box), QRectF(box)
            upper.setBottom(box.top() + box.height() * 0.58)
            lower.setTop(upper.bottom())
            draw_text(painter, upper, self.text(), font, colours.ink, align=_MIDDLE, lines=2, least_px=self.least_px(),
                      spacing=_CLOSE)  # fmt: skip
            small = self.skin.metrics.font(max(SMALL, 5.0))
            draw_text(painter, lower, hint, small, colours.ink, align=_MIDDLE, least_px=self.least_px())
            return
        draw_text(painter, box, self.text(), font, colours.ink, align=_MIDDLE, lines=2, least_px=self.least_px())

    def fitted(self) -> Fitted:
        """How the text is laid out now; the screens' test reads it."""
        font = self.skin.metrics.font(self.em, bold=self.role is not Role.NORMAL)
        box = self._text_box(QRectF(self.rect()))
        return fit(self.text(), font, box.width(), box.height(), lines=2, least_px=self.least_px())

    def least_px(self) -> int:
        """No text is under 4 mm."""
        return self.skin.px(SMALL)


_MIDDLE = Qt.AlignmentFlag.AlignHCenter
_CLOSE = 1.1
"""Line spacing of a key's text that stands over its value."""
