# SPDX-License-Identifier: LicenseRef-Gatehouse
"""判定带: shape, word, line and colour of a verdict, in its large form (result) and its low one (keypad).

The large area names nobody (interface.md 2, principle 7). The paint clock is told at the end of `paintEvent`: that is
the moment which "frame in memory to painted verdict" measures.
"""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.views import Line, Look, LookClass
from ui.class_colours import class_colours
from ui.metrics import (
    BAND_KEYPAD,
    BAND_RESULT,
    LINE,
    SHAPE_KEYPAD,
    SHAPE_RESULT,
    STAFF,
    WORD,
    WORD_LATIN,
    WORD_LONG,
)
from ui.painting import Fitted, draw_text, fit, hatch
from ui.shapes import draw_shape
from ui.skin import Panel, Skin
from ui.tokens import Pair

SIDE, APART = 3.0, 5.0
_LONG = 5
_UP, _DOWN = 2.6, 2.2
_TIGHT = 1.1
"""Line spacing of a word in two rows: two of 22 mm and the line of 9.5 fill the band."""


def word_em(word: str) -> float:
    """The em of a verdict word in mm: 34, 29 for five characters, 22 for English; longer ones by their length."""
    if word.isascii():
        return WORD_LATIN
    return WORD if len(word) < _LONG else WORD_LONG


class Band(Panel):
    """A band of one class's colour."""

    def __init__(self, skin: Skin, name: str, parent: QWidget | None = None) -> None:
        super().__init__(skin, name, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.look: Look | None = None
        self._tell_painted: Callable[[], None] = lambda: None

    def when_painted(self, told: Callable[[], None]) -> None:
        """Called at the end of each paint."""
        self._tell_painted = told

    def show_look(self, look: Look) -> None:
        """Another verdict."""
        self.look = look
        self.tell()
        self.update()

    def tell(self) -> None:
        """The public words, and nothing else."""
        if self.look is not None:
            words = self.skin.words
            self.setAccessibleName(words.get("accessible.verdict"))
            self.setAccessibleDescription(announced(self.skin, self.look))

    def colours(self) -> Pair:
        """Ground and ink of the class."""
        return class_colours(self.skin.theme, self.look.cls) if self.look is not None else self.skin.theme.panel

    def ground(self, painter: QPainter) -> None:
        """The colour; hatched where we could not check."""
        colours = self.colours()
        painter.fillRect(self.rect(), QColor(colours.ground))
        if self.look is not None and self.look.cls is LookClass.CANNOT:
            px = self.skin.metrics.per_mm
            faint = QColor(colours.ink)
            faint.setAlpha(38)
            hatch(painter, QRectF(self.rect()), faint.name(QColor.NameFormat.HexArgb), 9 * px, 1.2 * px)


class ResultBand(Band):
    """Shape 56 beside word 34 and line 9.5."""

    def word_box(self) -> QRectF:
        """Where the word stands, in px."""
        left = SIDE + SHAPE_RESULT + APART
        up, down = (0.1, 0.1) if "\n" in self.word() else (_UP, _DOWN)
        return self.box(left, up, self.wide - left - SIDE, self.high - up - down - self._line_high())

    def word(self) -> str:
        """The word; an English one that is too long for one row at its size stands in two."""
        if self.look is None:
            return ""
        text = self.skin.words.line(self.look.word)
        room = self.box(0, 0, self.wide - 2 * SIDE - SHAPE_RESULT - APART, 1).width()
        wide = QFontMetricsF(self.skin.metrics.font(word_em(text), bold=True)).horizontalAdvance(text)
        if wide <= room or " " not in text:
            return text
        at = min((n for n, letter in enumerate(text) if letter == " "), key=lambda n: abs(2 * n - len(text)))
        return f"{text[:at]}\n{text[at + 1 :]}"

    def line_box(self) -> QRectF:
        """Where the line stands, in px."""
        left = SIDE + SHAPE_RESULT + APART
        high = self._line_high()
        down = 0.1 if "\n" in self.word() else _DOWN
        return self.box(left, self.high - down - high, self.wide - left - SIDE, high)

    def _line_high(self) -> float:
        return LINE * 1.3 if self.look is not None and self.look.line is not None else 0.0

    def fitted_word(self) -> Fitted:
        """How the word is laid out."""
        text = self.word()
        box = self.word_box()
        font = self.skin.metrics.font(word_em(text), bold=True)
        return fit(text, font, box.width(), box.height(), lines=1 + text.count("\n"), spacing=_TIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Shape, word, line; for STEP the line stands on a strip of the WAIT colour that names the step."""
        painter = QPainter(self)
        self.ground(painter)
        look = self.look
        if look is not None:
            theme, colours = self.skin.theme, self.colours()
            top = (BAND_RESULT - SHAPE_RESULT) / 2
            draw_shape(painter, self.box(SIDE, top, SHAPE_RESULT, SHAPE_RESULT), look.shape, _on(colours, look.cls))
            word = self.word()
            font = self.skin.metrics.font(word_em(word), bold=True)
            rows = 1 + word.count("\n")
            draw_text(painter, self.word_box(), word, font, colours.ink, lines=rows, spacing=_TIGHT)
            if look.line is not None:
                box = self.line_box()
                ink = colours.ink
                if look.cls is LookClass.STEP:
                    painter.fillRect(box.adjusted(-2 * self.skin.metrics.per_mm, 0, 0, 0), QColor(theme.wait.ground))
                    ink = theme.wait.ink
                draw_text(painter, box, self.skin.words.line(look.line), self.skin.metrics.font(LINE, bold=True), ink)
        painter.end()
        self._tell_painted()


class KeypadBand(Band):
    """Shape 20 beside the name line 9.5 and a staff line 5; the keys of the band lie over its right end."""

    def __init__(self, skin: Skin, name: str, parent: QWidget | None = None) -> None:
        super().__init__(skin, name, parent)
        self.name_line = ""
        self.staff_line = ""
        self.right_mm = 0.0

    def show_person(self, look: Look, name_line: str, staff_line: str, right_mm: float) -> None:
        """Who is measured, and what the staff must know; `right_mm` is taken up by keys."""
        self.name_line, self.staff_line, self.right_mm = name_line, staff_line, right_mm
        self.show_look(look)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Shape, the demand with the masked name, the staff line below."""
        painter = QPainter(self)
        self.ground(painter)
        look = self.look
        if look is not None:
            colours = self.colours()
            top = (BAND_KEYPAD - SHAPE_KEYPAD) / 2
            draw_shape(painter, self.box(SIDE, top, SHAPE_KEYPAD, SHAPE_KEYPAD), look.shape, _on(colours, look.cls))
            left = SIDE + SHAPE_KEYPAD + 4
            width = self.wide - left - self.right_mm - SIDE
            least = self.skin.px(STAFF)
            first = f"{self.skin.words.line(look.word)}  {self.name_line}".strip()
            top = 1.6 if self.staff_line else (BAND_KEYPAD - LINE * 1.3) / 2
            upper = self.box(left, top, width, LINE * 1.3)
            draw_text(painter, upper, first, self.skin.metrics.font(LINE, bold=True), colours.ink, least_px=least)
            lower = self.box(left, 1.6 + LINE * 1.3, width, STAFF * 1.3)
            draw_text(painter, lower, self.staff_line, self.skin.metrics.font(STAFF), colours.ink)
        painter.end()
        self._tell_painted()


def _on(colours: Pair, cls: LookClass) -> Pair:
    """A shape on its own colour is drawn the other way round; the dashed square keeps its light ground."""
    return colours if cls is LookClass.CANNOT else Pair(colours.ink, colours.ground)


def announced(skin: Skin, look: Look) -> str:
    """What is said of a verdict: public text only."""
    words = skin.words
    line: Line | None = look.line
    if line is None:
        return words.line(look.word)
    return words.get("announce.verdict", word=words.line(look.word), line=words.line(line))
