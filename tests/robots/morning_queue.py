# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A scripted queue with the mix of a real morning, worked by touch: how many persons a minute pass one lane (14.6).

Machine time is measured, from the card or the touch to the painted screen with its durable record. Human times are
stated: they are those of an elderly volunteer with gloves who has worked the screen for an hour.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QApplication

from kiosk.app.temperature_source import Method, SensedReading
from kiosk.domain.codes import ReadingSource, Site
from kiosk.domain.identity import PersonId
from tests.robots.house_stand import HouseStand
from tests.robots.volunteer import Volunteer

CARD_S = 1.0
"""One person steps up and holds the card still."""
THERMOMETER_S = 0.5
"""The forehead before the connected thermometer, while the card is put away."""
GUN_S = 1.2
"""The hand thermometer is held to the wrist and read off."""
TAP_S = 0.8
"""A key is found and pressed."""
ASK_S = 1.5
"""A question and its answer: which room, which card, whether the host agrees."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a queue came to: machine and human seconds, and persons a minute."""

    persons: int
    machine_s: float
    human_s: float
    slowest_ms: float
    kinds: Counter[str]
    taps: int

    @property
    def a_minute(self) -> float:
        """Persons a minute of one lane."""
        return self.persons * 60 / (self.machine_s + self.human_s)

    def __str__(self) -> str:
        """One line for the bench."""
        return (f"{self.persons} persons, {self.taps} taps: machine {self.machine_s:.1f} s (slowest step "
                f"{self.slowest_ms:.0f} ms), human {self.human_s:.1f} s: {self.a_minute:.1f} a minute")  # fmt: skip


MIX = {"resident": 172, "out": 8, "expired": 4, "forgotten": 3, "courier": 6, "visitor": 2, "high": 2, "low": 3}
"""Of 200 on a morning: 1 % high, 1.5 % low first readings (domain.md 20), couriers, forgotten and expired cards."""


class MorningQueue:
    """One lane, one volunteer."""

    def __init__(self, stand: HouseStand, *, connected: bool, seed: int, clock: Callable[[], float]) -> None:
        """`clock` measures machine time: wall time on a quiet machine, processor time where others work too."""
        self.stand = stand
        self.hand = Volunteer(stand)
        self.connected = connected
        self.random = random.Random(seed)
        self._clock = clock
        self._machine = self._human = self._slowest = 0.0
        self._rooms = 0

    def run(self, persons: int) -> Rate:
        """So many persons in the mix, in a random order."""
        total = sum(MIX.values())
        rare = {kind: max(1, round(count * persons / total)) for kind, count in MIX.items() if kind != "resident"}
        people = [kind for kind, count in rare.items() for _ in range(count)]
        people += ["resident"] * (persons - len(people))
        self.random.shuffle(people)
        for kind in people:
            getattr(self, f"_{kind}")()
            self.stand.house.clock.advance(1600)
            self.stand.model.beat()
        self._rechecks()
        return Rate(persons, self._machine, self._human, self._slowest * 1000, Counter(people), self.hand.taps)

    # -- the clock -----------------------------------------------------------------------------------------------

    def _timed(self, act: Callable[[], object], human_s: float) -> None:
        began = self._clock()
        act()
        self.stand.window.repaint()
        QApplication.processEvents()
        took = self._clock() - began
        self._machine += took
        self._slowest = max(self._slowest, took)
        self._human += human_s
        self.stand.house.clock.advance(round(human_s * 1000))

    def _tap(self, name: str) -> None:
        self._timed(lambda: self.hand.tap(name), TAP_S)

    def _measured(self, celsius: str) -> None:
        if not self.connected:
            self._human += GUN_S
            before = self.hand.taps
            began = self._clock()
            self.hand.measure(celsius)
            self._machine += self._clock() - began
            self._human += TAP_S * (self.hand.taps - before)
            return
        tenths = int(celsius.replace(".", ""))
        reading = SensedReading(tenths, Site.FOREHEAD, Method.NON_CONTACT, "T1", 180, self.stand.clock.mono_ms(),
                                ReadingSource.SERIAL, celsius)  # fmt: skip
        self._timed(lambda: self.stand.model.sensed(reading), THERMOMETER_S)

    def _usual(self) -> str:
        return f"36.{self.random.randint(0, 9)}"

    def _person(self, **facts: object) -> PersonId:
        self._rooms += 1
        name = self.random.choice(("张伟", "李娜", "王芳", "陈静", "刘洋"))
        return self.stand.house.resident(name, f"{1 + self._rooms // 60}-1-{self._rooms:03d}", **facts)

    # -- who comes -----------------------------------------------------------------------------------------------

    def _scan(self, card: bytes) -> None:
        self._timed(lambda: self.hand.scan(card), CARD_S)

    def _resident(self) -> None:
        self._scan(self.stand.house.card(self._person()))
        self._measured(self._usual())
        self.hand.sees("放行")

    def _out(self) -> None:
        """The lane's way out is turned by two taps; most gates have a lane of its own for it."""
        card = self.stand.house.card(self._person())
        self._tap("btn.direction")
        self._scan(card)
        self.hand.sees("请慢走")
        self._tap("btn.direction")

    def _expired(self) -> None:
        self._scan(self.stand.house.card(self._person(), expired_days=3))
        self._measured(self._usual())
        self._human += ASK_S
        self._tap("btn.checked")
        self.hand.sees("登记后放行")

    def _forgotten(self) -> None:
        person = self._person()
        row = self.stand.house.app.facts.roster.person(person)
        home = self.stand.house.app.facts.roster.dwelling(row.dwelling) if row is not None else None
        assert home is not None
        self._tap("btn.forgotten")
        self._human += ASK_S
        for name in (home.building, home.room, "person.0", "ID_SEEN"):
            while f"btn.tile.{name}" not in self.hand.shown_keys():
                self._tap("btn.following")
            self._tap(f"btn.tile.{name}")
        self._measured(self._usual())
        self._tap("btn.checked")
        self.hand.sees("登记后放行")

    def _courier(self) -> None:
        self._tap("btn.visitors")
        self._tap("btn.tile.company.SF")
        self._measured(self._usual())
        self.hand.sees("到取件点")

    def _visitor(self) -> None:
        self._tap("btn.visitors")
        self._tap("btn.tile.VISITOR")
        self._measured(self._usual())
        self.hand.sees("暂不能进入")

    def _high(self) -> None:
        self._scan(self.stand.house.card(self._person()))
        self._measured("37.6")
        self.hand.sees("请稍候")

    def _low(self) -> None:
        self._scan(self.stand.house.card(self._person()))
        self._measured("34.2")
        self._human += 5.0  # the wrist is bared
        self.stand.house.clock.advance(6000)
        self._measured("36.3")
        self.hand.sees("放行")

    def _rechecks(self) -> None:
        """Who rested is measured again when the queue is over."""
        self.stand.pass_time(310)
        self.stand.model.home()
        for _ in range(len(self.stand.model.chips)):
            if "btn.chip.0" not in self.hand.shown_keys():
                break
            self._tap("btn.chip.0")
            if self.stand.window.keypad.isVisible():
                self._measured(self._usual())
            self.stand.model.home()
