# SPDX-License-Identifier: LicenseRef-Gatehouse
"""扫码枪打字: keys that arrive at the window are a scanner's burst or a person's; each goes its way (scanning.md 8).

A filter over the whole application. Keys that write are held for at most 30 ms; a burst goes to whoever takes codes, a
person's keys are given back to the widget with the focus as they were. Keys that write nothing (F1, Escape, arrows)
and repeats of a held key pass at once. The operating system's own time stamps are used where it gives them: a commit
that keeps this thread busy must not tear a burst apart.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

OutT = TypeVar("OutT")
_OutT_co = TypeVar("_OutT_co", covariant=True)
LOOK_MS = 35
_END_KEYS = {Qt.Key.Key_Return: "\r", Qt.Key.Key_Enter: "\r", Qt.Key.Key_Tab: "\t"}
_KEYS_OF = {"\r": Qt.Key.Key_Return, "\n": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab, " ": Qt.Key.Key_Space}


class Bursts(Protocol[_OutT_co]):
    """The rule that parts a scanner from a person; times in monotonic seconds."""

    @property
    def pending(self) -> bool:
        """Whether keys are held back."""
        ...

    def key(self, text: str, now: float) -> tuple[_OutT_co, ...]:
        """One character."""
        ...

    def tick(self, now: float) -> tuple[_OutT_co, ...]:
        """Time passes."""
        ...


class KeyBursts(QObject, Generic[OutT]):
    """Installs itself on the application; lives in the GUI thread."""

    def __init__(
        self,
        application: QApplication,
        rule: Bursts[OutT],
        typed: Callable[[OutT], str | None],
        deliver: Callable[[OutT], None],
        mono_s: Callable[[], float],
    ) -> None:
        """`typed` gives a person's keys, None where it was a scanner's text, which `deliver` takes."""
        super().__init__(application)
        self._rule = rule
        self._typed = typed
        self._deliver = deliver
        self._mono_s = mono_s
        self._giving = False
        self._held: set[int] = set()
        self._behind = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        self._asked_twice = False
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True where the key is held, so that no widget sees it now."""
        if self._giving or not isinstance(event, QKeyEvent):
            return bool(super().eventFilter(watched, event))
        if event.type() is QEvent.Type.KeyRelease:
            if event.key() in self._held and not event.isAutoRepeat():
                self._held.discard(event.key())
                return True
            return False
        if event.type() is not QEvent.Type.KeyPress or event.isAutoRepeat():
            return False
        text = _END_KEYS.get(Qt.Key(event.key()), event.text())
        plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if not text or plain or (len(text) == 1 and not text.isprintable() and text not in "\r\n\t"):
            return False
        self._held.add(event.key())
        self._take(text, event.timestamp())
        return True

    def _take(self, text: str, stamp_ms: int) -> None:
        now = self._mono_s()
        if stamp_ms:
            # the stamp's own scale, so many seconds behind ours; kept for the ticks, which have no stamp
            self._behind = now - stamp_ms / 1000
            now = stamp_ms / 1000
        else:
            self._behind = 0.0
        for letter in text:
            self._sort(self._rule.key(letter, now))
        self._asked_twice = False
        if self._rule.pending:
            self._timer.start(LOOK_MS)

    def _look(self) -> None:
        """Once more through the event loop first: keys that came while this thread was busy go before time does."""
        if not self._asked_twice:
            self._asked_twice = True
            self._timer.start(0)
            return
        self._asked_twice = False
        self._sort(self._rule.tick(self._mono_s() - self._behind))
        if self._rule.pending:
            self._timer.start(LOOK_MS)

    def _sort(self, outs: tuple[OutT, ...]) -> None:
        for out in outs:
            keys = self._typed(out)
            if keys is None:
                self._deliver(out)
            else:
                self._give_back(keys)

    def _give_back(self, keys: str) -> None:
        widget = QApplication.focusWidget() or QApplication.activeWindow()
        if widget is None:
            return
        self._giving = True
        try:
            for letter in keys:
                key = _KEYS_OF.get(letter, Qt.Key(ord(letter.upper()) if ord(letter) < 0x80 else 0))  # noqa: PLR2004
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    QApplication.sendEvent(widget, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, letter))
        finally:
            self._giving = False
