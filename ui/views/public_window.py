# SPDX-License-Identifier: LicenseRef-Gatehouse
"""对外屏 `screen.public`: shape, public word and colour for the queue, and nothing else (interface.md section 1).

For the neutral reasons the shape is the triangle and the colour WAIT's, whatever the volunteer's own screen shows. Who
holds a code that is not read is told what to do (scanning.md 9). The layout fills whatever window or display it gets.
"""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from kiosk.app.scanning_hints import Hint
from kiosk.app.screen import SHAPES
from kiosk.app.views import CodeView, Look, LookClass, PassageView, StatusView
from ui.class_colours import class_colours
from ui.metrics import HEIGHT, WIDTH, Metrics, fitting
from ui.painting import draw_text, fill_box
from ui.shapes import draw_shape
from ui.skin import Panel, Skin
from ui.tokens import Pair
from ui.viewmodels.forms import FormState
from ui.viewmodels.states import CodeState, KeypadState, ResultState, ScanState, ScreenState
from ui.views.band import announced

_MIDDLE = Qt.AlignmentFlag.AlignHCenter
_SIDE = 4.0
_PROMPT, _OTHER, _HINT, _WORD, _LINE, _CHIP = 32.0, 14.0, 32.0, 39.0, 13.0, 8.0


class PublicWindow(Panel):
    """A window of its own, on the second display where there is one."""

    def __init__(self, skin: Skin) -> None:
        super().__init__(skin, "screen.public")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.look: Look | None = None
        self.hint: Hint | None = None
        self._status: StatusView | None = None

    def show_status(self, status: StatusView) -> None:
        """演示, 练习: what stands here is not the gate's own business."""
        before, self._status = self.mark(), status
        if before != self.mark():
            self.update()

    def mark(self) -> str:
        """The word in the corner."""
        status = self._status
        if status is None or not (status.practice or status.demo):
            return ""
        return self.skin.words.get("status.practice" if status.practice else "status.demo")

    def show_state(self, state: ScreenState) -> None:
        """Follow the gate's screen; a recheck's keypad or a look-up shows nobody anything."""
        view: PassageView | CodeView | None = None
        if isinstance(state, KeypadState | ResultState | CodeState):
            view = state.view
        look = view.look if view is not None else None
        if isinstance(state, FormState):
            look = state.form.look
        hint = state.hint if isinstance(state, ScanState) else None
        if (look, hint) != (self.look, self.hint):
            self.look, self.hint = look, hint
            self.tell()
            self.update()

    def tell(self) -> None:
        """The public words."""
        words = self.skin.words
        self.setAccessibleName(words.get("accessible.public"))
        self.setAccessibleDescription(self._prompt() if self.look is None else announced(self.skin, self.look))

    def _prompt(self) -> str:
        return self.skin.words.get("screen.scan" if self.hint is None else self.hint.value)

    def text(self) -> str:
        """All that can be read here."""
        return self.accessibleDescription()

    def colours(self) -> Pair:
        """WAIT's colour where the shape is the neutral triangle, and for a hint."""
        theme, look = self.skin.theme, self.look
        if look is None:
            return theme.panel if self.hint is None else theme.wait
        neutral = look.public_shape is not look.shape
        return class_colours(theme, LookClass.WAIT if neutral else look.cls)

    def _metrics(self) -> Metrics:
        """This window taken for the reference screen: the queue stands apart, so everything is as large as it can."""
        return fitting(self.width(), self.height(), float("inf"))

    def _row(self, top: float, high: float) -> QRectF:
        """A row of the reference screen, in px of this window, in the middle of what it has more."""
        per_mm = self._metrics().per_mm
        left, above = (self.width() - WIDTH * per_mm) / 2, (self.height() - HEIGHT * per_mm) / 2
        return QRectF(left + _SIDE * per_mm, above + top * per_mm, (WIDTH - 2 * _SIDE) * per_mm, high * per_mm)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Shape over word over line; before a card is seen, what to do."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.colours().ground))
        if self.look is None:
            self._paint_prompt(painter)
        else:
            self._paint_look(painter, self.look)
        if self.mark():
            self._paint_mark(painter)
        painter.end()

    def _paint_mark(self, painter: QPainter) -> None:
        theme, px = self.skin.theme, self._metrics().per_mm
        chip = QRectF(2 * px, 2 * px, 40 * px, 13 * px)
        fill_box(painter, chip, theme.panel.ground, 1.8 * px)
        self._say(painter, chip, self.mark(), _CHIP, theme.panel.ink)

    def _paint_prompt(self, painter: QPainter) -> None:
        ink, words = self.colours().ink, self.skin.words
        if self.hint is not None:
            self._say(painter, self._row(20, 96), self._prompt(), _HINT, ink, lines=2)
            return
        self._say(painter, self._row(40, 34), self._prompt(), _PROMPT, ink)
        self._say(painter, self._row(80, 20), words.get("screen.scan_other"), _OTHER, ink, bold=False)

    def _paint_look(self, painter: QPainter, look: Look) -> None:
        colours, words = self.colours(), self.skin.words
        plain = look.public_shape is SHAPES[LookClass.CANNOT]
        shape = colours if plain else Pair(colours.ink, colours.ground)
        draw_shape(painter, self._row(4, 58), look.public_shape, shape)
        word = words.line(look.word)
        self._say(painter, self._row(64, 44), word, _WORD, colours.ink)
        if look.line is not None:
            self._say(painter, self._row(112, 20), words.line(look.line), _LINE, colours.ink)

    def _say(
        self, painter: QPainter, box: QRectF, text: str, mm: float, ink: str, *, lines: int = 1, bold: bool = True
    ) -> None:
        draw_text(painter, box, text, self._metrics().font(mm, bold=bold), ink, align=_MIDDLE, lines=lines)
