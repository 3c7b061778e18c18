# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A whole gate's window over a scripted gate, with a clock that a test moves by hand."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QEvent

from kiosk.domain.codes import Direction
from tests.robots.scripted_duty import ScriptedDuty
from tests.robots.scripted_gate import ScriptedGate
from ui.announcer import Silent
from ui.duty_ports import DutyDoor
from ui.metrics import Metrics
from ui.paint_clock import PaintClock
from ui.ports import GateDoor
from ui.skin import Skin
from ui.tokens import INDOOR, THEMES, Theme, ThemeName
from ui.viewmodels.duty import Duty
from ui.viewmodels.duty_practice import NoPractice, PracticeGate
from ui.viewmodels.duty_sign_on import Surroundings
from ui.viewmodels.gate import GateModel
from ui.viewmodels.leader import LeaderFlow
from ui.viewmodels.lookup import CategoryFlow, LookupFlow
from ui.viewmodels.stage import Stage
from ui.viewmodels.states import ScanState
from ui.views.public_window import PublicWindow
from ui.views.window import Flows, GateWindow
from ui.words import Words

SIZES = {"1280x800": (1280, 800), "1920x1200": (1920, 1200)}


@dataclass
class HandClock:
    """Monotonic time that moves when it is told to."""

    ms: int = 1_000_000

    def mono_ms(self) -> int:
        return self.ms


class Moving(Protocol):
    """A clock of one's own."""

    def mono_ms(self) -> int:
        """Monotonic milliseconds."""
        ...


class Stand:
    """Window, model and gate of one test."""

    def __init__(
        self,
        gate: GateDoor | None = None,
        duty: DutyDoor | None = None,
        clock: Moving | None = None,
        *,
        language: str = "zh_CN",
        theme: Theme = INDOOR,
        size: tuple[int, int] = (1280, 800),
    ) -> None:
        self.door = gate if gate is not None else ScriptedGate()
        self.clock = clock if clock is not None else HandClock()
        self.sound = Silent()
        self.words = Words(language)
        per_mm = size[0] / 217
        self.skin = Skin(Metrics(per_mm), self.words, theme)
        self.paint_clock = PaintClock(self.mono_s)
        self.window = GateWindow(self.skin, per_mm, self.paint_clock)
        self.window.resize(*size)
        self.stage = Stage(ScanState(), self.clock.mono_ms)
        self.model = GateModel(self.door, self.stage, self.sound, self.clock.mono_ms, home=Direction.IN)
        lookup = LookupFlow(self.door, self.stage, self.model)
        category = CategoryFlow(self.door, self.stage, self.model)
        leader = LeaderFlow(self.door, self.stage, self.model)
        around = Surroundings(lambda: 64, lambda: None)
        duties = duty if duty is not None else ScriptedDuty()
        self.duty = Duty(duties, self.stage, self.model, around, leader.begin, self.practice(), self.clock.mono_ms)
        lookup.first_return = self.duty.first_return.begin
        category.visit = self.duty.visitor.begin
        self.window.attach(Flows(self.model, lookup, category, leader, self.duty, self.door.sync_now, self.next_theme))
        self.public = PublicWindow(self.skin)
        self.public.resize(size[0] // 2, size[1] // 2)
        self.stage.changed.connect(self.public.show_state)
        self.model.status.connect(self.public.show_status)
        self.model.refresh()

    @property
    def gate(self) -> ScriptedGate:
        """The scripted gate, where it is one."""
        assert isinstance(self.door, ScriptedGate)
        return self.door

    def practice(self) -> PracticeGate:
        """What puts a practice behind the screens."""
        return NoPractice()

    def mono_s(self) -> float:
        """Monotonic seconds."""
        return self.clock.mono_ms() / 1000

    def gone(self) -> int:
        """How many passages have gone through."""
        return sum(view.recorded for view in self.gate.open.values())

    def next_theme(self) -> None:
        names = list(ThemeName)
        self.skin.use_theme(THEMES[names[(names.index(self.skin.theme.name) + 1) % len(names)]])

    def close(self) -> None:
        """Let go of the windows."""
        for window in (self.window, self.public):
            window.close()
            window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, a beat at a time."""
        assert isinstance(self.clock, HandClock)
        for _ in range(round(seconds * 10)):
            self.clock.ms += 100
            self.gate.now_ms += 100
            self.model.beat()
            if self.clock.ms % 1000 == 0:
                self.model.second()
