# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A volunteer without a touch screen: Tab to a key and Enter, F1 to F6, digits; every flow that is tapped is typed."""

from typing import Self

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from tests.robots.volunteer import Volunteer
from ui.views.bottom_row import NAMES

_F_KEYS = (Qt.Key.Key_F1, Qt.Key.Key_F2, Qt.Key.Key_F3, Qt.Key.Key_F4, Qt.Key.Key_F5, Qt.Key.Key_F6)
_MOST = 120
"""A page has fewer keys than that: whoever has tabbed so often has been round it."""


class Typist(Volunteer):
    """The same hand, by keyboard alone; `taps` stays 0."""

    def tap(self, name: str) -> Self:
        """Press a key: a function key for the bottom row, else Tab until it has the focus, then Enter."""
        bottom = name.removeprefix("btn.")
        if bottom in NAMES and self.stand.window.bottom.isVisible():
            return self.press(_F_KEYS[NAMES.index(bottom)])
        for _ in range(_MOST):
            focused: object = self.stand.window.focusWidget()
            if isinstance(focused, QWidget) and focused.objectName() == name:
                return self.press(Qt.Key.Key_Return)
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab never reached {name}; there are {sorted(self.shown_keys())}")

    def digits(self, text: str) -> Self:
        """Type digits."""
        return self.press(*(Qt.Key(Qt.Key.Key_0 + int(digit)) for digit in text))

    def measure(self, celsius: str) -> Self:
        """Type a reading: 3 6 5 is 36.5."""
        return self.digits(celsius.replace(".", ""))
