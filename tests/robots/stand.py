# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A whole gate's window over a scripted gate, with a clock that a test moves by hand."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent

from kiosk.domain.codes import Direction
from tests.robots.scripted_gate import ScriptedGate
from ui.announcer import Silent
from ui.metrics import Metrics
from ui.paint_clock import PaintClock
from ui.skin import Skin
from ui.tokens import INDOOR, THEMES, Theme, ThemeName
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

    def mono_s(self) -> float:
        return self.ms / 1000


class Stand:
    """Window, model and gate of one test."""

    def __init__(
        self,
        gate: ScriptedGate | None = None,
        *,
        language: str = "zh_CN",
        theme: Theme = INDOOR,
        size: tuple[int, int] = (1280, 800),
    ) -> None:
        self.gate = gate if gate is not None else ScriptedGate()
        self.clock = HandClock()
        self.sound = Silent()
        self.words = Words(language)
        per_mm = size[0] / 217
        self.skin = Skin(Metrics(per_mm), self.words, theme)
        self.paint_clock = PaintClock(self.clock.mono_s)
        self.window = GateWindow(self.skin, per_mm, self.paint_clock)
        self.window.resize(*size)
        self.stage = Stage(ScanState(), self.clock.mono_ms)
        self.model = GateModel(self.gate, self.stage, self.sound, self.clock.mono_ms, home=Direction.IN)
        lookup = LookupFlow(self.gate, self.stage, self.model)
        category = CategoryFlow(self.gate, self.stage, self.model)
        leader = LeaderFlow(self.gate, self.stage, self.model)
        self.window.attach(Flows(self.model, lookup, category, leader, self.gate.sync_now, self.next_theme))
        self.public = PublicWindow(self.skin)
        self.public.resize(size[0] // 2, size[1] // 2)
        self.stage.changed.connect(self.public.show_state)
        self.model.refresh()

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
        for _ in range(round(seconds * 10)):
            self.clock.ms += 100
            self.gate.now_ms += 100
            self.model.beat()
            if self.clock.ms % 1000 == 0:
                self.model.second()
