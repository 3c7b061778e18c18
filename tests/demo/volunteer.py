# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The operator's stand-in: holds the thermometer to whoever stands there, and touches the few keys that are wanted.

It knows what a volunteer knows: who is coming (the clip's truth, by the time since the clip began) and what stands on
the screen. It touches the real keys where they lie; it never calls the desk.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from kiosk.domain.codes import Button, Direction, Tick
from kiosk.domain.identity import PassageId
from sync.street.thermometer_pty import PtyThermometer
from tests.clips import FPS, Shown
from tests.demo.cast import Part
from ui.compose import Kiosk
from ui.skin import Key
from ui.viewmodels.states import KeypadState, ResultState

LOOK_MS = 100
READS_MS = 500
"""How long somebody looks at a verdict before touching a key."""
TURN_BEFORE_S = 0.6
EARLY_S = 1.0
_KEYS: Mapping[Tick | Button, tuple[str, ...]] = {
    Tick.IDENTITY: ("btn.checked", "btn.tick.IDENTITY"),
    Button.ADMIT: ("btn.ADMIT",),
}


class Volunteer(QObject):
    """One volunteer at one kiosk, for the length of a clip."""

    def __init__(
        self,
        kiosk: Kiosk,
        thermometer: PtyThermometer,
        cast: Sequence[Part],
        truth: Sequence[Shown],
        mono_s: Callable[[], float],
    ) -> None:
        """`truth` is the clip's, a tag naming the part; `mono_s` a monotonic clock in seconds."""
        super().__init__()
        self._kiosk = kiosk
        self._thermometer = thermometer
        self._mono_s = mono_s
        parts = {part.key: part for part in cast}
        self._queue = [(shown.start / FPS, parts[shown.tag]) for shown in truth]
        self._touch: QPointingDevice = QTest.createTouchDevice()
        self._measured: defaultdict[str, int] = defaultdict(int)
        self._pressed: defaultdict[str, int] = defaultdict(int)
        self._whose: dict[PassageId, Part] = {}
        self._since: float | None = None
        self._stands_ms = 0
        self.taps = 0
        kiosk.front.bridge.frame.connect(self._frame)
        kiosk.stage.changed.connect(self._changed)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def stop(self) -> None:
        """The clip is over."""
        self._timer.stop()

    def about_to_show(self, within_s: float) -> str | None:
        """The key of the part whose card will be wholly in view within so many seconds."""
        if self._since is None:
            return None
        now = self._mono_s() - self._since
        return next((part.key for start, part in self._queue if 0 < start - now <= within_s), None)

    def _frame(self, _picture: object) -> None:
        if self._since is None:
            self._since = self._mono_s()

    def _changed(self, state: object) -> None:
        del state
        self._stands_ms = 0

    def _look(self) -> None:
        """Ten times a second: see who stands there and what the screen wants."""
        self._stands_ms += LOOK_MS
        if self._since is None:
            return
        now = self._mono_s() - self._since
        come = [part for start, part in self._queue if start <= now]
        following = next((part for start, part in self._queue if start > now >= start - TURN_BEFORE_S), None)
        if following is not None and following.direction is not self._kiosk.model.direction:
            self._tap("btn.direction")
            return
        if not come:
            return
        part, state = come[-1], self._kiosk.stage.state
        if isinstance(state, KeypadState):
            if state.view.passage not in self._whose:
                self._whose[state.view.passage] = self._just_read(part, now)
            whose = self._whose[state.view.passage]
            if part.same_as == whose.key:
                whose = self._whose[state.view.passage] = part
            self._measure(whose)
        elif isinstance(state, ResultState) and self._stands_ms >= READS_MS:
            self._press(self._whose.get(state.view.passage, part))

    def _just_read(self, part: Part, now: float) -> Part:
        """Whose card opened a keypad: a quick gate reads the next one before it is wholly in view."""
        taken = {whose.key for whose in self._whose.values()}
        if part.key not in taken and part.readings:
            return part
        return next((coming for start, coming in self._queue if now < start <= now + EARLY_S), part)

    def _measure(self, part: Part) -> None:
        done = self._measured[part.key]
        if part.direction is Direction.IN and done < len(part.readings) and self._thermometer.idle:
            self._measured[part.key] += 1
            self._thermometer.show(part.readings[done].tenths)

    def _press(self, part: Part) -> None:
        done = self._pressed[part.key]
        if done >= len(part.presses):
            return
        if self._tap(*_KEYS[part.presses[done]]):
            self._pressed[part.key] += 1
            self._stands_ms = 0

    def _tap(self, *names: str) -> bool:
        """Touch the key of one of these names where it lies; False if there is none, or something covers it."""
        window = self._kiosk.front.window
        for key in window.findChildren(Key):
            if key.objectName() in names and key.isVisible() and key.isEnabled():
                at = key.mapTo(window, key.rect().center())
                if window.childAt(at) is key:
                    self._touched(window, key, at)
                    return True
        return False

    def _touched(self, window: QWidget, key: Key, at: QPoint) -> None:
        self.taps += 1
        if not key.screen().geometry().contains(window.mapToGlobal(at)):
            # A screen smaller than the window, as Qt's offscreen one: Qt drops touches beyond it, a click arrives.
            QTest.mouseClick(key, Qt.MouseButton.LeftButton)
            return
        QTest.touchEvent(window, self._touch).press(0, at, window).commit()
        QTest.touchEvent(window, self._touch).release(0, at, window).commit()
