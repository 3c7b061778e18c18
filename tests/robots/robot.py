# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A robot that works the gate as a volunteer does: it holds cards up, taps keys by touch, and reads the screen.

    robot.scan(CARD).measure("36.5").sees("放行")

It taps where it sees a key, by real touch events; it counts its taps.
"""

from typing import Self

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.app.views import Line
from kiosk.domain.codes import Direction
from tests.robots.stand import Stand
from ui.skin import Key, Panel
from ui.viewmodels.keypad import FIRST_HIGH_OF_37, USUAL
from ui.viewmodels.states import CodeState, KeypadState, ResultState
from ui.views.scan_view import ResultRow

_SCREEN: list[QPointingDevice] = []


def touch_screen() -> QPointingDevice:
    """One touch screen for all robots: Qt keeps each that is made."""
    if not _SCREEN:
        _SCREEN.append(QTest.createTouchDevice())
    return _SCREEN[0]


class Robot:
    """A volunteer at one stand."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.taps = 0
        self.times = 0

    # -- doing ---------------------------------------------------------------------------------------------------

    def scan(self, card: bytes, way: Direction | None = None) -> Self:
        """Hold a card before the camera."""
        if way is not None and way is not self.stand.model.direction:
            self.tap("btn.direction")
        self.stand.model.code_seen(card, self.stand.mono_s())
        QApplication.processEvents()
        return self

    def measure(self, celsius: str) -> Self:
        """Type a reading on the keypad, with the fewest taps."""
        tenths = int(celsius.replace(".", ""))
        if tenths not in USUAL:
            self._whole(tenths)
        return self.tap(f"btn.reading.{tenths}")

    def _whole(self, tenths: int) -> None:
        whole = tenths // 10
        if tenths >= 400:
            self.tap("btn.whole.40").tap(f"btn.reading.{whole}")
        else:
            assert whole < 36 or tenths >= FIRST_HIGH_OF_37
            self.tap(f"btn.whole.{whole}")

    def tap(self, name: str) -> Self:
        """Touch a key where it stands."""
        key = self.key(name)
        assert key.isEnabled(), f"{name} is locked"
        window = self.stand.window
        at = key.mapTo(window, key.rect().center())
        found = window.childAt(at)
        assert found is key, f"{name} is covered by {found.objectName() if found else None}"
        QTest.touchEvent(window, touch_screen()).press(0, at, window).commit()
        QTest.touchEvent(window, touch_screen()).release(0, at, window).commit()
        QApplication.processEvents()
        self.taps += 1
        return self

    def drag_off(self, name: str) -> Self:
        """Touch a key and lift the finger elsewhere."""
        key, window = self.key(name), self.stand.window
        at = key.mapTo(window, key.rect().center())
        QTest.touchEvent(window, touch_screen()).press(0, at, window).commit()
        QTest.touchEvent(window, touch_screen()).move(0, QPoint(5, 5), window).commit()
        QTest.touchEvent(window, touch_screen()).release(0, QPoint(5, 5), window).commit()
        QApplication.processEvents()
        return self

    def press(self, *keys: Qt.Key) -> Self:
        """Keys of a keyboard, to whatever has the focus."""
        for key in keys:
            focused: object = self.stand.window.focusWidget()
            QTest.keyClick(focused if isinstance(focused, QWidget) else self.stand.window, key)
            QApplication.processEvents()
        return self

    def wait(self, seconds: float) -> Self:
        """Let time pass."""
        self.stand.pass_time(seconds)
        QApplication.processEvents()
        return self

    # -- looking -------------------------------------------------------------------------------------------------

    def key(self, name: str) -> Key:
        """A key that can be seen."""
        found = [key for key in self.stand.window.findChildren(Key, name) if key.isVisible()]
        assert len(found) == 1, f"{len(found)} keys {name}; there are {sorted(self.shown_keys())}"
        return found[0]

    def shown_keys(self) -> set[str]:
        """Names of the keys that can be seen."""
        return {key.objectName() for key in self.stand.window.findChildren(Key) if key.isVisible()}

    def texts(self) -> str:
        """All that can be read on the screen."""
        window = self.stand.window
        parts = [key.accessibleName() for key in window.findChildren(Key) if key.isVisible()]
        state, words = self.stand.stage.state, self.stand.words
        if isinstance(state, ResultState | CodeState):
            parts += [words.line(state.view.look.word), words.line(state.view.look.line), *window.result.staff_texts()]
        if isinstance(state, KeypadState):
            band = window.keypad.band
            parts += [words.line(band.look.word) if band.look else "", band.name_line, band.staff_line]
            parts.append(window.keypad.read_back())
        if window.tiles.isVisible() and window.tiles.page is not None:
            page = window.tiles.page
            so_far = words.line(page.so_far) if isinstance(page.so_far, Line) else page.so_far or ""
            parts += [words.line(page.title), words.line(page.notice), so_far]
        if window.form.isVisible():
            parts += window.form.texts()
        for row in window.findChildren(ResultRow):
            if row.isVisible():
                parts += row.texts()
        window.status.grab()
        return " ".join((*parts, *window.status.shown))

    def sees(self, *texts: str) -> Self:
        """The screen says all of these."""
        shown = self.texts()
        assert [text for text in texts if text not in shown] == [], shown
        return self

    def sees_not(self, *texts: str) -> Self:
        """The screen says none of these."""
        shown = self.texts()
        assert [text for text in texts if text in shown] == [], shown
        return self

    def at(self, screen: str) -> Self:
        """The screen of that name stands."""
        shown = [panel.objectName() for panel in self.stand.window.screens if panel.isVisible()]
        assert shown == [screen], shown
        return self

    def recorded(self, count: int) -> Self:
        """So many passages have gone through."""
        gone = self.stand.gone()
        assert gone == count, gone
        return self

    def panels(self) -> list[Panel]:
        """Every part of the screen that can be seen."""
        return [panel for panel in self.stand.window.findChildren(Panel) if panel.isVisible()]
