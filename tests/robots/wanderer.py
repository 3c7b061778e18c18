# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A robot that presses anything: it looks for exceptions, dead ends, and verdicts without a stored event (14.1)."""

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.app.scanning import Ambiguous, NotOurs, Source, Unreadable
from kiosk.app.temperature_source import Method, SensedReading
from kiosk.domain.codes import Category, ReadingSource, Site
from tests.robots.house_stand import PINS, HouseStand
from tests.robots.volunteer import Volunteer
from tests.unit.desk.gatehouse import PINGLI
from ui.gate_door import AppDoor
from ui.skin import Key
from ui.viewmodels.forms import FormState
from ui.viewmodels.states import KeypadState, ResultState, ScanState

HOME_TAPS = 2
_LOOK_EVERY = 10
_OUT = ("btn.form.end", "btn.home", "btn.cancel", "btn.back", "btn.next", "btn.more")
"""Ways home, the shortest first."""
_KEYS = (Qt.Key.Key_3, Qt.Key.Key_6, Qt.Key.Key_5, Qt.Key.Key_Escape, Qt.Key.Key_F1, Qt.Key.Key_F3, Qt.Key.Key_Tab,
         Qt.Key.Key_Return, Qt.Key.Key_Backspace)  # fmt: skip


class LostError(AssertionError):
    """What the wanderer must never meet."""


class Wanderer:
    """`step` does one thing; `check` holds what must always hold."""

    def __init__(self, stand: HouseStand, seed: int) -> None:
        self.stand = stand
        self.hand = Volunteer(stand)
        self.random = random.Random(seed)
        self.did: Counter[str] = Counter()
        self.trail: list[str] = []
        self.homes = 0
        self._cards = self._make_cards()

    def _make_cards(self) -> list[bytes]:
        house = self.stand.house
        people = [house.resident(name, room) for name, room in (
            ("张伟", "1-1-101"), ("李娜", "2-1-101"), ("王芳", "2-2-101"), ("陈静", "3-1-502"), ("刘洋", "3-1-502"),
        )]  # fmt: skip
        cards = [house.card(person) for person in people]
        cards.append(house.card(None, dwelling="3-1-502"))
        cards.append(house.card(people[0], category=Category.VISITOR))
        cards.append(house.card(people[1], compound=PINGLI))
        cards.append(house.card(people[2], listed=False))
        return [*cards, self.stand.staff_card("王阿姨"), b"EP1:NONSENSE", b"https://example.org"]

    def run(self, steps: int) -> None:
        """So many steps, looking every few of them."""
        for number in range(steps):
            self.step()
            self.check()
            if number % _LOOK_EVERY == 0:
                self.go_home()

    # -- doing ---------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One thing, most often a key that is seen."""
        ways: list[tuple[int, Callable[[], str]]] = [
            (60, self._tap), (14, self._scan), (8, self._sense), (8, self._wait), (6, self._type), (3, self._symbol),
            (3, self._pin),
        ]  # fmt: skip
        act = self.random.choices([way for _, way in ways], [weight for weight, _ in ways])[0]
        what = act()
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.did[act.__name__] += 1
        self.trail = [*self.trail[-30:], what]

    def _keys(self) -> list[Key]:
        window = self.stand.window
        found = [key for key in window.findChildren(Key) if key.isVisible() and key.isEnabled()]
        return [key for key in found if window.childAt(key.mapTo(window, key.rect().center())) is key]

    def _tap(self) -> str:
        keys = self._keys()
        if not keys:
            return "no key"
        name = self.random.choice(keys).objectName()
        self.hand.tap(name)
        return name

    def _scan(self) -> str:
        card = self.random.choice(self._cards)
        self.stand.model.code_seen(card, self.stand.mono_s())
        return f"scan {self._cards.index(card)}"

    def _sense(self) -> str:
        tenths = self.random.choice((365, 366, 371, 373, 378, 342, 365, 366))
        reading = SensedReading(
            tenths, Site.FOREHEAD, Method.NON_CONTACT, "T1", 180, self.stand.clock.mono_ms(), ReadingSource.SERIAL, ""
        )
        self.stand.model.sensed(reading)
        return f"sense {tenths}"

    def _wait(self) -> str:
        seconds = self.random.choice((0.2, 1, 2, 2, 6, 31, 62, 310))
        self.stand.pass_time(seconds)
        return f"wait {seconds}"

    def _type(self) -> str:
        key = self.random.choice(_KEYS)
        focused: object = self.stand.window.focusWidget()
        QTest.keyClick(focused if isinstance(focused, QWidget) else self.stand.window, key)
        return f"type {key.name}"

    def _symbol(self) -> str:
        at = self.stand.mono_s()
        sighting = self.random.choice((NotOurs(at, Source.CAMERA), Ambiguous(at), Unreadable(at)))
        self.stand.model.sighted(sighting)
        return type(sighting).__name__

    def _pin(self) -> str:
        """A PIN where one is asked: nobody finds one by chance."""
        state = self.stand.stage.state
        if not isinstance(state, FormState) or state.form.screen != "screen.pin":
            return "no pin"
        for digit in self.random.choice(list(PINS.values())):
            state.flow.digit(digit)
        state.flow.confirm()
        return "pin"

    # -- what must hold ------------------------------------------------------------------------------------------

    def check(self) -> None:
        """No verdict stands without its stored event, and nothing lies over the keys."""
        state = self.stand.stage.state
        if isinstance(state, KeypadState | ResultState) and not state.view.unrecorded:
            door = self.stand.door
            assert isinstance(door, AppDoor)
            record = door.app.present._load(state.view.passage)  # folded from the stored events, not from memory
            shown = state.view.verdict, state.view.reason
            if record is None:
                raise LostError(f"{shown} stands and is not stored; {self.trail}")
            if (record.verdict, record.reason) != shown and not (record.final or state.view.duplicate):
                raise LostError(f"{shown} stands, {record.verdict} {record.reason} is stored; {self.trail}")

    def go_home(self) -> None:
        """The lane's screen is two taps away at most."""
        for taps in range(HOME_TAPS + 1):
            if self._home():
                self.homes += 1
                return
            if taps == HOME_TAPS:
                break
            seen = {key.objectName() for key in self._keys()}
            way = next((name for name in _OUT if name in seen), None)
            if way is None:
                raise LostError(
                    f"no way home from {self.stand.window.shown.objectName()}: {sorted(seen)}; {self.trail}"
                )
            self.hand.tap(way)
            self.trail = [*self.trail[-30:], f"home by {way}"]
        shown = self.stand.window.shown.objectName()
        raise LostError(f"not home after {HOME_TAPS} taps but at {shown}; {self.trail}")

    def _home(self) -> bool:
        return isinstance(self.stand.stage.state, ScanState)


@contextmanager
def no_exception() -> Iterator[list[str]]:
    """Exceptions in Qt's slots do not reach the caller: they are collected here."""
    met: list[str] = []
    before = sys.excepthook

    def hook(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        met.append(f"{kind.__name__}: {value}")
        before(kind, value, trace)

    sys.excepthook = hook
    try:
        yield met
    finally:
        sys.excepthook = before
