# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The real program's own wiring: what a scanner types, what a thermometer says, reaches the gate and is kept."""

import os
import pty
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.wedge import TEST_TEXT
from kiosk.app.views import Line
from kiosk.domain.codes import ReadingSource
from kiosk.domain.events import ReadingTaken
from tests.robots.real_gate import Cards, gate_folder
from tests.unit.seeing.test_scanner import Played, typed
from ui.cli.run_window import Options, Runner
from ui.tokens import ThemeName
from ui.viewmodels.states import CodeState, KeypadState, ResultState, ScanState

DEADLINE_S = 20.0


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Cards:
    return gate_folder(tmp_path_factory.mktemp("inputs"), SystemClock().wall_ms(), 6)


class Program:
    """`gate-kiosk run`, in this process."""

    def __init__(
        self, application: QApplication, folder: Path, *, thermometer: str = "none", scanner: str = "none"
    ) -> None:
        self._application = application
        options = Options(
            folder=folder, camera=str(folder / "no-camera"), simulated=False, theme=ThemeName.INDOOR,
            language="zh_CN", size=(1280, 800), public=False, screenshots=None, exit_after_video=False,
            thermometer=thermometer, scanner=scanner,
        )  # fmt: skip
        self.runner = Runner(options, application)
        self.runner.show()
        self.until(lambda: self.runner.inputs is not None and self.runner.inputs.listening)

    def until(self, done: Callable[[], bool]) -> None:
        begun = time.perf_counter()
        while not done():
            assert time.perf_counter() - begun < DEADLINE_S, self.state
            self._application.processEvents()

    @property
    def state(self) -> object:
        assert self.runner.kiosk is not None
        return self.runner.kiosk.stage.state

    def type(self, text: str) -> None:
        """Keys as fast as a scanner's."""
        for n, letter in enumerate(text):
            key = Qt.Key.Key_Return if letter == "\r" else Qt.Key(0)
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, letter)
                event.setTimestamp(1_000 + 2 * n)
                QApplication.sendEvent(self.runner.shell, event)

    def kept(self) -> list[str]:
        """Sources of the readings of the passage on screen."""
        assert isinstance(self.state, ResultState | KeypadState)
        assert self.runner.kiosk is not None
        events = self.runner.kiosk.gate.store.events_of_passage(self.state.view.passage)
        return [event.body.source.value for event in events if isinstance(event.body, ReadingTaken)]


@pytest.fixture
def program(qapp: QApplication, cards: Cards) -> Iterator[Callable[..., Program]]:
    running: list[Program] = []

    def start(**devices: str) -> Program:
        running.append(Program(qapp, cards.folder, **devices))
        return running[-1]

    yield start
    for each in running:
        each.runner.close()
        for burst in qapp.children():
            if type(burst).__name__ == "KeyBursts":
                qapp.removeEventFilter(burst)
                burst.deleteLater()


def test_a_scanner_that_types_opens_a_passage_and_a_typed_reading_ends_it(
    program: Callable[..., Program], cards: Cards
) -> None:
    gate = program()
    gate.type(cards.texts["card0"].decode() + "\r")
    gate.until(lambda: isinstance(gate.state, KeypadState))
    assert gate.runner.kiosk is not None
    gate.runner.kiosk.model.typed("36.5")
    gate.until(lambda: isinstance(gate.state, ResultState))
    assert gate.kept() == [ReadingSource.TYPED.value]


def test_a_lost_shift_is_not_ours_and_too_long_a_text_is_told(program: Callable[..., Program], cards: Cards) -> None:
    gate = program()
    gate.type(cards.texts["card0"].decode().lower().replace("ep1:", "ep1;") + "\r")
    gate.until(lambda: isinstance(gate.state, CodeState))
    assert gate.runner.kiosk is not None
    gate.runner.kiosk.model.home()
    gate.type("😀" * 600 + "\r")
    gate.until(lambda: isinstance(gate.state, ScanState) and gate.state.notice is not None)
    assert isinstance(gate.state, ScanState)
    assert gate.state.notice is not None
    assert gate.state.notice.key == "scanner.too_long"
    gate.type(TEST_TEXT.translate(str.maketrans("YZ", "ZY")) + "\r")
    gate.until(lambda: isinstance(gate.state, ScanState) and gate.state.notice == Line("scanner.QWERTZ"))
    gate.type(TEST_TEXT + "\r")
    gate.until(lambda: isinstance(gate.state, ScanState) and gate.state.notice == Line("scanner.RIGHT"))


@pytest.mark.parametrize("first", ["card", "reading"])
def test_a_bound_scanner_and_a_typing_thermometer_join_in_either_order(
    program: Callable[..., Program], cards: Cards, tmp_path: Path, first: str
) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "t").mkdir()
    scanner, thermometer = Played(tmp_path / "s"), Played(tmp_path / "t")
    gate = program(scanner=f"keys:{scanner.path}", thermometer=f"keys:{thermometer.path}")
    card = typed(cards.texts[f"card{1 if first == 'card' else 2}"].decode() + "\r")
    says: list[Callable[[], None]] = [lambda: scanner.say(card), lambda: thermometer.say(typed("36.6\r"))]
    for n, say in enumerate(says if first == "card" else says[::-1]):
        say()
        if n == 0 and first == "card":
            gate.until(lambda: isinstance(gate.state, KeypadState))
        elif n == 0:
            gate.until(lambda: isinstance(gate.state, ScanState) and gate.state.notice is not None)
    gate.until(lambda: isinstance(gate.state, ResultState))
    assert gate.kept() == [ReadingSource.KEYBOARD.value]
    for device in (scanner, thermometer):
        device.unplug()
    assert gate.runner.kiosk is not None
    bar = gate.runner.made.window.status
    gate.until(lambda: bar.devices.thermometer is not None)
    bar.grab()
    assert "测温仪断开" in bar.shown


def test_the_cjmcu_module_and_a_serial_scanner_reach_the_gate(program: Callable[..., Program], cards: Cards) -> None:
    host, device = pty.openpty()
    module, port = pty.openpty()
    gate = program(scanner=os.ttyname(device), thermometer=f"cjmcu:{os.ttyname(port)}")
    shown = [time.perf_counter()]

    def seen() -> bool:
        """The card is held before the scanner again each second: at first its port may not be open yet."""
        if time.perf_counter() > shown[-1]:
            os.write(host, cards.texts["card3"] + b"\r\n")
            shown.append(time.perf_counter() + 1)
        return isinstance(gate.state, KeypadState)

    gate.until(seen)
    for hundredths in (*[1_900] * 3, *[3_660] * 12):
        body = bytes.fromhex("66660104") + hundredths.to_bytes(2) + (2_000).to_bytes(2)
        os.write(module, body + bytes([sum(body) & 0xFF]))
    gate.until(lambda: isinstance(gate.state, ResultState))
    assert gate.kept() == [ReadingSource.SERIAL.value]
    for each in (host, device, module, port):
        os.close(each)
