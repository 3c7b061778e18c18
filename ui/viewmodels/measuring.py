# SPDX-License-Identifier: LicenseRef-Gatehouse
"""测温: which passage a sensed reading is for, where the thermometer is held, and 低温模式 (domain.md 6).

A reading joins the passage on screen, or waits eight seconds for one; one that nobody claims expires visibly.
"""

from collections.abc import Callable

from kiosk.app.temperature_join import Expired, Joined, JoinEvent, TemperatureJoin
from kiosk.app.temperature_source import SensedReading
from kiosk.app.views import Line, Shown, Tone
from kiosk.domain.codes import Site
from kiosk.domain.identity import PassageId
from ui.announcer import Announcer
from ui.ports import GateDoor
from ui.viewmodels.keypad import text_of
from ui.viewmodels.stage import Stage
from ui.viewmodels.states import KeypadState, ScanState

COLD_AGAIN_MS = 3_600_000


class LaneThermometer:
    """`site` is where the next person is measured; `cold`: 低温模式 is on."""

    def __init__(
        self,
        door: GateDoor,
        stage: Stage,
        announcer: Announcer,
        mono_ms: Callable[[], int],
        show: Callable[[Shown], None],
        notice: Callable[[Line], None],
    ) -> None:
        """`show` takes what the gate answered to a reading; `notice` is said on the lane's screen."""
        self._door = door
        self._stage = stage
        self._announcer = announcer
        self._mono_ms = mono_ms
        self._show = show
        self._notice = notice
        self._join = TemperatureJoin()
        self.site = Site.FOREHEAD
        self.cold = False
        self._offer: Line | None = None
        self._offered_ms: int | None = None

    # -- readings ------------------------------------------------------------------------------------------------

    def sensed(self, reading: SensedReading) -> None:
        """A reading: it joins the passage on screen, or waits."""
        self._joined(self._join.sensed(reading, self._mono_ms()))
        waiting = self._join.unclaimed
        if waiting is not None and isinstance(self._stage.state, ScanState):
            self._notice(Line("keypad.reading", {"temp": text_of(waiting.tenths)}))

    def wanted(self, passage: PassageId) -> None:
        """The keypad of a passage stands: a reading that waits is its."""
        self._joined(self._join.shown(passage, self._mono_ms()))

    def left(self, passage: PassageId) -> None:
        """The keypad has gone."""
        self._join.gone(passage)

    def beat(self) -> None:
        """What nobody claimed in eight seconds expires."""
        self._joined(self._join.tick(self._mono_ms()))

    def forget(self) -> None:
        """Another gate stands behind the screens."""
        self._join = TemperatureJoin()

    def _joined(self, events: tuple[JoinEvent, ...]) -> None:
        for event in events:
            match event:
                case Joined(passage, reading):
                    text, site = text_of(reading.tenths), self._site_of(reading)
                    self._show(self._door.reading(passage, text, site, reading.source, sensed=reading))
                case Expired(reading):
                    self._notice(Line("keypad.unclaimed", {"temp": text_of(reading.tenths)}))
                case _:
                    pass  # Unmeasured: the open passage is a chip of the tray already

    def _site_of(self, reading: SensedReading) -> Site:
        state = self._stage.state
        return state.entry.site if isinstance(state, KeypadState) and not reading.site.contact else reading.site

    # -- 低温模式 -------------------------------------------------------------------------------------------------

    def turn_cold(self) -> None:
        """低温模式 on or off: the chosen site stays, the wrist at first."""
        self.cold = not self.cold
        self.site = Site.WRIST if self.cold else Site.FOREHEAD
        self._offer = Line("cold.on") if self.cold else None

    def chosen(self, site: Site) -> None:
        """A site key: it stays in 低温模式, else it falls back after each person."""
        if self.cold:
            self.site = site

    def ambient(self, tenths: int | None) -> None:
        """It is cold out: the mode is offered, and proposed with a tone where the thermometers cannot be trusted."""
        low, at_once = self._door.cold_limits()
        if tenths is None or tenths >= low or self.cold:
            return
        now = self._mono_ms()
        if self._offered_ms is not None and now - self._offered_ms < COLD_AGAIN_MS:
            return
        self._offered_ms = now
        self._offer = Line("cold.propose" if tenths < at_once else "cold.offer", {"temp": text_of(abs(tenths))})
        if tenths < at_once:
            self._announcer.play(Tone.T3)

    def take_offer(self) -> Line | None:
        """What is to be said of the cold when the lane is free, once."""
        offer, self._offer = self._offer, None
        return offer
