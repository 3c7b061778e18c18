# SPDX-License-Identifier: LicenseRef-Gatehouse
"""对外屏 `screen.public`: shape, public word and colour for the queue, and nothing else (interface.md section 1).

For the neutral reasons the shape is the triangle and the colour WAIT's, whatever the volunteer's own screen shows.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from kiosk.app.screen import SHAPES
from kiosk.app.views import CodeView, Look, LookClass, PassageView
from ui.class_colours import class_colours
from ui.metrics import LINE
from ui.painting import draw_text
from ui.shapes import draw_shape
from ui.skin import Panel, Skin
from ui.tokens import Pair
from ui.viewmodels.states import CodeState, KeypadState, ResultState, ScreenState
from ui.views.band import announced, word_em

_MIDDLE = Qt.AlignmentFlag.AlignHCenter


class PublicWindow(Panel):
    """A window of its own, on the second display where there is one."""

    def __init__(self, skin: Skin) -> None:
        super().__init__(skin, "screen.public")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.look: Look | None = None
        self.demo = False

    def show_state(self, state: ScreenState) -> None:
        """Follow the gate's screen; a recheck's keypad or a look-up shows nobody anything."""
        view: PassageView | CodeView | None = None
        if isinstance(state, KeypadState | ResultState | CodeState):
            view = state.view
        look = view.look if view is not None else None
        if look != self.look:
            self.look = look
            self.tell()
            self.update()

    def tell(self) -> None:
        """The public words."""
        words = self.skin.words
        self.setAccessibleName(words.get("accessible.public"))
        self.setAccessibleDescription(
            words.get("screen.scan") if self.look is None else announced(self.skin, self.look)
        )

    def text(self) -> str:
        """All that can be read here."""
        return self.accessibleDescription()

    def colours(self) -> Pair:
        """WAIT's colour where the shape is the neutral triangle."""
        theme, look = self.skin.theme, self.look
        if look is None:
            return theme.panel
        neutral = look.public_shape is not look.shape
        return class_colours(theme, LookClass.WAIT if neutral else look.cls)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Shape over word over line, as large as the window allows."""
        painter = QPainter(self)
        colours, words, metrics = self.colours(), self.skin.words, self.skin.metrics
        painter.fillRect(self.rect(), QColor(colours.ground))
        if self.look is None:
            box = self.box(4, self.high * 0.3, self.wide - 8, self.high * 0.25)
            draw_text(painter, box, words.get("screen.scan"), metrics.font(26, bold=True), colours.ink, align=_MIDDLE)
            lower = self.box(4, self.high * 0.58, self.wide - 8, self.high * 0.14)
            draw_text(painter, lower, words.get("screen.scan_other"), metrics.font(12), colours.ink, align=_MIDDLE)
            return
        look = self.look
        plain = look.public_shape is SHAPES[LookClass.CANNOT]
        draw_shape(
            painter,
            self.box(4, 5, self.wide - 8, self.high * 0.45),
            look.public_shape,
            colours if plain else Pair(colours.ink, colours.ground),
        )
        word = words.line(look.word)
        box = self.box(4, 5 + self.high * 0.46, self.wide - 8, self.high * 0.33)
        size = word_em(word) * (1.0 if word.isascii() else 1.15)
        draw_text(
            painter,
            box,
            word,
            metrics.font(size, bold=True),
            colours.ink,
            align=_MIDDLE,
            lines=2 if word.isascii() else 1,
        )
        if look.line is not None:
            lower = self.box(4, self.high * 0.83, self.wide - 8, self.high * 0.15)
            draw_text(
                painter, lower, words.line(look.line), metrics.font(LINE * 1.2, bold=True), colours.ink, align=_MIDDLE
            )
