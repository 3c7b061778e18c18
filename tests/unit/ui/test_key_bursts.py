# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Keys at the window: a scanner's burst becomes a code, a person's keys reach the widget (scanning.md 8)."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from kiosk.adapters.wedge import Scanned, TooLong, Typed, Wedge, WedgeOut
from ui.key_bursts import LOOK_MS, KeyBursts

TEXT = "EP1:6BF$+8/*.-% 09AZ"


class Desk:
    """A widget with the focus, the filter, and a clock that is moved by hand."""

    def __init__(self, application: QApplication) -> None:
        self.window = QWidget()
        self.field = QLineEdit(self.window)
        self.window.show()
        self.window.activateWindow()
        self.field.setFocus()
        QTest.qWaitForWindowActive(self.window)
        self.now = 100.0
        self.outs: list[WedgeOut] = []
        self.entered = 0
        self.field.returnPressed.connect(self._enter)

        def typed(out: WedgeOut) -> str | None:
            return out.keys if isinstance(out, Typed) else None

        self.bursts = KeyBursts(application, Wedge(), typed, self.outs.append, lambda: self.now)

    def _enter(self) -> None:
        self.entered += 1

    def keys(self, text: str, gap_s: float = 0.005) -> None:
        for letter in text:
            if letter == "\r":
                QTest.keyClick(self.field, Qt.Key.Key_Return)
            else:
                QTest.keyClicks(self.field, letter)
            self.now += gap_s

    def rest(self, seconds: float) -> None:
        """Time passes, and the filter looks."""
        self.now += seconds
        for _ in range(2):
            self.bursts._look()


@pytest.fixture
def desk(qapp: QApplication) -> Iterator[Desk]:
    made = Desk(qapp)
    yield made
    qapp.removeEventFilter(made.bursts)
    made.bursts.deleteLater()
    made.window.close()
    made.window.deleteLater()


def test_a_burst_is_a_code_and_nothing_of_it_reaches_the_widget(desk: Desk) -> None:
    desk.keys(TEXT + "\r")
    assert desk.outs == [Scanned(TEXT.encode())]
    assert (desk.field.text(), desk.entered) == ("", 0)


def test_a_lost_enter_is_a_silence(desk: Desk) -> None:
    desk.keys(TEXT)
    desk.rest(0.1)
    assert desk.outs == []
    desk.rest(0.1)
    assert desk.outs == [Scanned(TEXT.encode())]


def test_a_lost_shift_is_given_on_as_it_came(desk: Desk) -> None:
    desk.keys("ep1;6bf\r" + "")
    desk.keys("ep1;6bf4=8/8.-5 09az\r")
    assert desk.outs == [Scanned(b"ep1;6bf4=8/8.-5 09az")]
    assert desk.field.text() == "ep1;6bf", "too short for a code: typed"


def test_a_persons_keys_arrive_as_they_were(desk: Desk) -> None:
    for letter in "365":
        desk.keys(letter, gap_s=0)
        desk.rest(0.12)
    assert desk.field.text() == "365"
    desk.keys("\r")
    assert (desk.entered, desk.outs) == (1, [])


def test_keys_that_write_nothing_and_shortcuts_pass_at_once(desk: Desk) -> None:
    desk.keys("3", gap_s=0)
    desk.rest(0.12)
    for key, modifier in (
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier),
    ):
        QTest.keyClick(desk.field, key, modifier)
    QTest.keyClick(desk.field, Qt.Key.Key_Backspace)
    assert desk.field.text() == "", "everything was marked and deleted"
    assert not desk.bursts._rule.pending


def test_six_hundred_characters_and_emoji_are_dropped_and_the_next_card_counts(desk: Desk) -> None:
    desk.keys("A" * 600 + "\r", gap_s=0.001)
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(desk.field, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, "😀出入证😀出入证😀"))
    desk.keys("\r")
    assert desk.outs == [TooLong(), Scanned("😀出入证😀出入证😀".encode())]
    desk.keys(TEXT + "\r")
    assert desk.outs[-1] == Scanned(TEXT.encode())
    assert desk.field.text() == ""


def test_a_busy_screen_does_not_tear_a_burst_apart(desk: Desk) -> None:
    """The system's stamps say that the keys came fast, however late this thread takes them."""
    stamp = 50_000
    for letter in TEXT:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
            event.setTimestamp(stamp)
            QApplication.sendEvent(desk.field, event)
        stamp += 5
        desk.now += 0.2
    desk.rest(0.2)
    assert desk.outs == [Scanned(TEXT.encode())]


def test_time_is_asked_only_after_the_keys_that_wait(desk: Desk) -> None:
    desk.keys("EP1", gap_s=0.001)
    desk.now += 5
    desk.bursts._look()
    assert desk.field.text() == "", "the first look only lets the keys come that were on their way"
    assert desk.bursts._timer.interval() == 0
    desk.bursts._look()
    assert desk.field.text() == "EP1"
    assert LOOK_MS > 30
