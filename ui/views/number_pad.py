# SPDX-License-Identifier: LicenseRef-Gatehouse
"""数字键盘: twelve keys of 34 mm and the box that shows what was typed; keyboard digits work it too."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter

from ui.metrics import GAP, KEY, LINE, MARGIN, READ_BACK, SMALL
from ui.painting import draw_text, fill_box
from ui.skin import Key, Panel, Role

_NAMES = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "delete", "0", "confirm")
_WIDE = 34.0


class Typed(Protocol):
    """What the pad's keys work: a digit, "" to delete one, 确定."""

    def __call__(self, digit: str) -> None:
        """A digit."""
        ...


class NumberPad:
    """The pad of one page."""

    def __init__(self, page: Panel, digit: Typed, confirm: Callable[[], None]) -> None:
        self._page = page
        self._digit = digit
        self._confirm = confirm
        self.keys = [self._key(name) for name in _NAMES]

    def _key(self, name: str) -> Key:
        skin, page = self._page.skin, self._page
        if name.isdigit():
            key = Key(skin, f"btn.digit.{name}", lambda: name, page, em=LINE)
            key.clicked.connect(lambda: self._digit(name))
        elif name == "delete":
            key = Key(skin, "btn.delete", lambda: skin.words.get("key.delete"), page)
            key.clicked.connect(lambda: self._digit(""))
        else:
            key = Key(skin, "btn.confirm", lambda: skin.words.get("key.confirm"), page, role=Role.MAIN)
            key.clicked.connect(self._confirm)
        return key

    def show(self, *, on: bool) -> None:
        """The page wants digits, or not."""
        for key in self.keys:
            key.setVisible(on)

    def lay(self, top: float) -> None:
        """In the middle of the page, from `top` mm down."""
        page = self._page
        left = (page.wide - 3 * _WIDE - 2 * GAP) / 2
        for number, key in enumerate(self.keys):
            column, row = number % 3, number // 3
            page.place(key, left + column * (_WIDE + GAP), top + row * (KEY + GAP), _WIDE, KEY)

    def paint(self, painter: QPainter, top: float, typed: str) -> None:
        """What was typed, left of the keys."""
        page, skin = self._page, self._page.skin
        box = page.box(MARGIN, top + 4, (page.wide - 3 * _WIDE - 4 * GAP) / 2 - MARGIN, READ_BACK * 1.4)
        fill_box(painter, box, skin.theme.panel.ground, skin.px(1.8))
        middle = Qt.AlignmentFlag.AlignHCenter
        draw_text(painter, box, typed, skin.metrics.font(READ_BACK), skin.theme.panel.ink, align=middle,
                  least_px=skin.px(SMALL))  # fmt: skip

    def pressed(self, event: QKeyEvent) -> bool:
        """Digits, Enter and Backspace; True where the key was the pad's."""
        if event.text().isdigit() and event.text().isascii():
            self._digit(event.text())
        elif event.key() == Qt.Key.Key_Backspace:
            self._digit("")
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._confirm()
        else:
            return False
        return True
