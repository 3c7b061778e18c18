# SPDX-License-Identifier: LicenseRef-Gatehouse
"""扫码、测温、结果: what the lane's screens hold between two events; it asks the gate and shows what comes back.

Everything here runs on the GUI thread. A call to the gate returns after its commit, so a state is put on the stage,
and a sound played, only for what is recorded (interface.md section 2, principle 3). The lane is never blocked: the next
code counts in every state, and whoever stands unsettled is a chip of the tray, because the gate keeps the passage open.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from kiosk.app.scanning import Ambiguous, CodeSeen, NotOurs, Sighting, Unreadable
from kiosk.app.scanning_hints import Hint
from kiosk.app.screen import code_look
from kiosk.app.temperature_source import SensedReading
from kiosk.app.views import CodeView, FoundPerson, HouseholdView, Line, PassageView, Shown, StatusView, Tone, TrayChip
from kiosk.domain.codes import Button, CodeColour, Direction, ReadingSource, Reason, ScanResult, Site, Tick, Verdict
from kiosk.domain.identity import PassageId
from ui.announcer import MEASURE_PHRASE, Announcer, call, phrases_of
from ui.ports import GateDoor
from ui.viewmodels.forms import FormState
from ui.viewmodels.idle import DIRECTION_IDLE_MS, Idle, after
from ui.viewmodels.keypad import Entry, text_of
from ui.viewmodels.leader_page import LeaderDeskState
from ui.viewmodels.measuring import LaneThermometer
from ui.viewmodels.results import Results
from ui.viewmodels.stage import Stage
from ui.viewmodels.states import CodeState, KeypadState, ResultState, ScanState

ASIDE_MS = 600_000
_KEPT = 64
_SPOKEN = {hint: hint.value.partition(".")[2] for hint in Hint} | {Hint.AGAIN: "unread"}
"""The recording of each hint."""


class Reopen(Protocol):
    """Asks the gate again for the passage that somebody opened, with other facts of the person."""

    def __call__(self, *, mask: bool, code: CodeColour) -> Shown:
        """The passage, resumed."""
        ...


class Group(Protocol):
    """Several who belong together: a car's occupants, a household's members (interface.md 5.9)."""

    def took(self, view: PassageView) -> bool:
        """A verdict of one of them stands; True: the group shows what comes next, the next person or its own page."""
        ...

    def resume(self) -> bool:
        """A verdict has cleared by itself; True: the group's page stands again."""
        ...

    def place(self, passage: PassageId) -> str:
        """Who of how many: "2 / 3"."""
        ...


class GateModel(QObject):
    """The lane's screens. `tray`, `status`: what the bars show; the stage holds the screen."""

    tray = Signal(object)
    status = Signal(object)
    way = Signal(object)
    cold_changed = Signal(bool)

    def __init__(
        self,
        door: GateDoor,
        stage: Stage,
        announcer: Announcer,
        mono_ms: Callable[[], int],
        *,
        home: Direction = Direction.IN,
    ) -> None:
        """`home` is the gate's own direction, to which the screen falls back."""
        super().__init__()
        self.door = door
        self.stage = stage
        self._announcer = announcer
        self._mono_ms = mono_ms
        self._home = home
        self.direction = home
        self.code = CodeColour.NOT_SHOWN
        self.thermometer = LaneThermometer(door, stage, announcer, mono_ms, self.show, self.notice)
        self.results = Results()
        self.chips: tuple[TrayChip, ...] = ()
        self.bar: StatusView | None = None
        self.hint: Hint | None = None
        self.aside: FormState | None = None
        self._aside_ms = 0
        self.group: Group | None = None
        self.household: Callable[[HouseholdView], None] = lambda _view: None
        self.cased: Callable[[PassageView], bool] = lambda _view: False
        self.before: Callable[[PassageView], PassageView] = lambda view: view
        self.each_second: Callable[[], None] = lambda: None
        self.stood: Callable[[PassageView], None] = lambda _view: None
        self.resting: Callable[[], bool] = lambda: False
        self.first_return: Callable[[FoundPerson], None] = lambda _person: None
        self._reopen: dict[PassageId, Reopen] = {}
        self._called: set[PassageId] = set()
        self._scanned_ms = mono_ms()
        self._measure_said = True

    # -- what the camera saw -------------------------------------------------------------------------------------

    def sighted(self, sighting: Sighting) -> None:
        """A sighting of the scan loop."""
        match sighting:
            case CodeSeen():
                self.code_seen(sighting.payload, sighting.captured_at)
            case NotOurs():
                self._foreign(self.door.on_not_ours(), sighting.captured_at)
            case Ambiguous():
                self._foreign(self.door.on_ambiguous(), sighting.captured_at)
            case Unreadable():
                look = code_look(ScanResult.UNREADABLE)
                self._stand_code(CodeView(ScanResult.UNREADABLE, look, (Line("staff.unread"),)), sighting.captured_at)

    def code_seen(self, payload: bytes, captured_at: float | None = None) -> None:
        """A code that claims to be a pass; a form that asks for one takes it, else it opens a passage."""
        state = self.stage.state
        if isinstance(state, FormState):
            if state.flow.code(payload):
                return
            self._put_aside(state)
        if isinstance(state, LeaderDeskState) and state.desk.code(payload):
            return

        def ask(*, mask: bool, code: CodeColour) -> Shown:
            return self.door.on_code(payload, direction=self.direction, mask=mask, code=code)

        self._scanned_ms = self._mono_ms()
        self.group = None
        self.opened(ask, captured_at)

    def opened(self, ask: Reopen, captured_at: float | None = None, *, mask: bool = True) -> None:
        """Open a passage by `ask` with the code colour that was chosen for this person, and show it."""
        code, self.code = self.code, CodeColour.NOT_SHOWN
        shown = ask(mask=mask, code=code)
        if isinstance(shown.view, PassageView):
            self._reopen[shown.view.passage] = ask
            for stale in list(self._reopen)[:-_KEPT]:
                del self._reopen[stale]
        self.show(shown, captured_at)

    def _foreign(self, shown: Shown, captured_at: float) -> None:
        if isinstance(shown.view, CodeView):
            self._stand_code(shown.view, captured_at)

    def _stand_code(self, view: CodeView, captured_at: float | None) -> None:
        if isinstance(self.stage.state, KeypadState) and not view.colour_keys:
            return  # somebody is being measured: an unread card behind him is no reason to take the keypad away
        self._leave()
        self._announcer.play(view.look.tone, phrases_of(view.look))
        self.stage.put(CodeState(view), seen_at=captured_at)

    def hinted(self, hint: Hint | None) -> None:
        """The scan loop advises the holder, or no longer; heard once, and only where it is seen (scanning.md 9)."""
        if hint is self.hint:
            return
        self.hint = hint
        state = self.stage.state
        if not isinstance(state, ScanState):
            return  # a verdict, or the screen of an unread code with its own tone; shown when that has gone
        self.stage.refresh(replace(state, hint=hint))
        if hint is not None:
            self._announcer.play(Tone.T6 if hint is Hint.AGAIN else None, (_SPOKEN[hint],))

    # -- showing -------------------------------------------------------------------------------------------------

    def show(self, shown: Shown, captured_at: float | None = None) -> None:
        """What the gate answered; the commit is done, or `fault` says that it failed."""
        if shown.refused is not None:
            self._refused(shown)
            return
        if isinstance(shown.view, CodeView):
            self._stand_code(shown.view, captured_at)
        elif shown.view is not None:
            self._stand(shown.view, captured_at, shown)
        elif shown.household is not None:
            self.household(shown.household)
        self.refresh()

    def _refused(self, shown: Shown) -> None:
        state = self.stage.state
        if isinstance(state, KeypadState):
            self.stage.put(replace(state, refused=shown.refused, entry=state.entry.again()))
        elif isinstance(state, ResultState):
            self.stage.put(replace(state, refused=shown.refused))
        self._announcer.play(Tone.T6)

    def _stand(self, view: PassageView, captured_at: float | None, shown: Shown | None = None) -> None:
        self._leave()
        if not view.unrecorded:
            view = self.before(view)
        self.stood(view)
        look = view.look
        self._announcer.play(look.tone, phrases_of(look))
        self._measure_said = view.reason is not Reason.NEED_TEMP
        if view.needs_reading and not view.wait_left_s and not view.unrecorded:
            if self.group is not None and self.group.took(view):
                return
            self.stage.put(self._keypad(view), seen_at=captured_at)
            self.thermometer.wanted(view.passage)
            return
        self.results.note(view, self._clock(), self._mono_ms())
        if self.group is not None and not view.unrecorded and self.group.took(view):
            return
        if not view.unrecorded and self.cased(view):
            return
        fault = shown.fault if shown is not None else None
        self.stage.put(ResultState(view, fault=fault), seen_at=captured_at)

    def _keypad(self, view: PassageView, *, correcting: bool = False) -> KeypadState:
        low = view.reason is Reason.RECHECK_LOW
        site = Site.WRIST if low else view.site_hint or self.thermometer.site
        locked = view.wait_left_s or None
        waiting = sum(chip.passage != view.passage for chip in self.chips)
        place = self.group.place(view.passage) if self.group is not None else ""
        return KeypadState(view, Entry(site), waiting, locked, correcting, place=place)

    def _leave(self) -> None:
        state = self.stage.state
        if isinstance(state, KeypadState):
            self.thermometer.left(state.view.passage)

    # -- keys ----------------------------------------------------------------------------------------------------

    def reading(self, tenths: int) -> None:
        """A key with a whole reading."""
        self.typed(text_of(tenths))

    def typed(self, text: str) -> None:
        """A reading as text, from a key or the keyboard."""
        state = self.stage.state
        if not isinstance(state, KeypadState):
            return
        if state.correcting:
            self.show(self.door.correct(state.view.passage, text))
            return
        if state.locked_s and state.entry.site is not Site.AXILLA:
            return
        self.show(self.door.reading(state.view.passage, text, state.entry.site, ReadingSource.TYPED))

    def sensed(self, reading: SensedReading) -> None:
        """The thermometer gave a reading; a form that asks for one takes it."""
        state = self.stage.state
        self.thermometer.ambient(reading.ambient)
        if isinstance(state, FormState) and state.flow.sensed(reading):
            return
        self.thermometer.sensed(reading)

    def entry(self, entry: Entry) -> None:
        """The keypad was turned another way: a whole number, a site, 未测."""
        state = self.stage.state
        if isinstance(state, KeypadState):
            self.thermometer.chosen(entry.site)
            self.stage.put(replace(state, entry=entry, refused=None))

    def weather(self) -> None:
        """低温模式 on or off."""
        self.thermometer.turn_cold()
        self.cold_changed.emit(self.thermometer.cold)
        self.home()

    def not_willing(self) -> None:
        """不愿测量."""
        if (view := self.current()) is not None:
            self.show(self.door.refuse_reading(view.passage))

    def masked(self, *, on: bool) -> None:
        """未戴口罩, or 已戴口罩: asks the gate again with that fact."""
        view = self.current()
        if view is not None and not view.final:
            self.show(self.door.seen(view.passage, mask=on, code=CodeColour.NOT_SHOWN))

    def coloured(self, code: CodeColour) -> None:
        """绿码 黄码 红码: seen of the person before the screen; asked again where a passage stands, else kept."""
        self.code = code
        view = self.current()
        if view is not None and not view.final:
            self.code = CodeColour.NOT_SHOWN
            self.show(self.door.seen(view.passage, mask=True, code=code))
            return
        ask = self._reopen.get(view.passage) if view is not None else None
        if ask is not None:
            self.opened(ask)

    def ticked(self, items: tuple[Tick, ...]) -> None:
        """已核对: the boxes are ticked; where that opens the way, the one key also lets in (STEP adds one key)."""
        view = self.current()
        if view is None:
            return
        shown = self.door.tick(view.passage, items)
        after = shown.view
        one_key = view.verdict is Verdict.ADMIT_REGISTER
        if one_key and shown.refused is None and isinstance(after, PassageView) and Button.ADMIT in after.buttons:
            shown = self.door.press(view.passage, Button.ADMIT)
        self.show(shown)

    def pressed(self, button: Button) -> None:
        """A button of the verdict."""
        if (view := self.current()) is not None:
            self.show(self.door.press(view.passage, button))

    def comes_back(self) -> None:
        """返沪登记, from the staff panel: whose passage stands on the screen says that he comes back to Shanghai."""
        if (view := self.current()) is not None and view.returning is not None:
            self._leave()
            self.first_return(view.returning)

    def current(self) -> PassageView | None:
        """The passage on screen."""
        state = self.stage.state
        return state.view if isinstance(state, KeypadState | ResultState) else None

    def open_chip(self, passage: PassageId) -> None:
        """A chip of the tray was tapped: its keypad, locked while the rest lasts, or its verdict."""
        view = self.door.view(passage)
        self._leave()
        if view.needs_reading:
            self.stage.put(self._keypad(view))
            self.thermometer.wanted(passage)
        elif self.cased(view):
            pass
        else:
            self.stage.put(ResultState(view))
        self.refresh()

    def correct(self, passage: PassageId) -> None:
        """更正: the keypad again for a finished passage."""
        self.stage.put(self._keypad(self.door.view(passage), correcting=True))

    def undo(self, passage: PassageId) -> None:
        """撤销: the first tap asks, the second within the ten seconds does it."""
        if self.results.undo_asked(passage, self._mono_ms()):
            self.results.drop(passage)
            self.door.void(passage)
        self.home()

    def home(self) -> None:
        """Back to 请出示出入证; what is half made stays as the tray's chip."""
        self._leave()
        if self.resting():
            return
        self.stage.put(ScanState(self.results.rows(self._mono_ms()), self.thermometer.take_offer(), self.hint))
        self.refresh()

    def _put_aside(self, state: FormState) -> bool:
        """A half-made entry becomes a chip; the one before it, if there was any, is forgotten."""
        if not state.flow.keeps():
            return False
        self.aside, self._aside_ms = state, self._mono_ms()
        return True

    def take_up(self) -> None:
        """The half-made entry goes on."""
        state, self.aside = self.aside, None
        if state is not None:
            self.stage.put(state)

    def forget(self) -> None:
        """Another gate stands behind the screens: nothing of the one before is remembered."""
        self.results = Results()
        self.aside = None
        self.group = None
        self.code = CodeColour.NOT_SHOWN
        self.thermometer.forget()
        self._reopen.clear()
        self._called.clear()
        self._face(self._home)

    def turn(self) -> None:
        """进<->出."""
        self._face(Direction.OUT if self.direction is Direction.IN else Direction.IN)
        self.home()

    def answered(self, passage: PassageId) -> None:
        """A leader answered from afar: his verdict is shown where nobody else stands on the screen, else listed."""
        view = self.door.view(passage)
        if not view.final:
            return  # refused: the passage stays in the tray as it was
        if isinstance(self.stage.state, ScanState):
            self._stand(view, None)
        else:
            self.results.note(view, self._clock(), self._mono_ms())

    def live_at(self, home: Direction) -> None:
        """The gate's own direction is another one now."""
        self._home = home
        self._face(home)

    def _face(self, direction: Direction) -> None:
        if direction is not self.direction:
            self.direction = direction
            self._scanned_ms = self._mono_ms()
            self.way.emit(direction)

    # -- time ----------------------------------------------------------------------------------------------------

    def beat(self) -> None:
        """Ten times a second: what clears by itself."""
        now = self._mono_ms()
        self.thermometer.beat()
        state = self.stage.state
        match after(state, self.stage.idle_ms(), asked=self._measure_said):
            case Idle.HOME:
                self.home()
            case Idle.CLEARED:
                if self.group is None or not self.group.resume():
                    self.home()
            case Idle.ASK_AGAIN:
                self._measure_said = True
                self._announcer.play(None, (MEASURE_PHRASE,))
            case Idle.ASIDE if isinstance(state, FormState):
                if self._put_aside(state):
                    self.home()
                else:
                    state.flow.left()
            case _:
                pass
        if self.direction is not self._home and now - self._scanned_ms >= DIRECTION_IDLE_MS:
            self._face(self._home)
            self.refresh()

    def second(self) -> None:
        """Once a second: rests run out, count-downs, the bars."""
        self.door.advance()
        if self.aside is not None and self._mono_ms() - self._aside_ms >= ASIDE_MS:
            self.aside = None
        self.refresh()
        self.each_second()
        state = self.stage.state
        if isinstance(state, KeypadState) and state.view.wait_left_s is not None and not state.correcting:
            view = self.door.view(state.view.passage)
            self.stage.refresh(replace(state, view=view, locked_s=view.wait_left_s or None))
        elif isinstance(state, ResultState) and state.view.wait_left_s:
            self.stage.refresh(replace(state, view=self.door.view(state.view.passage)))
        elif isinstance(state, LeaderDeskState):
            state.desk.second()
        elif isinstance(state, ScanState):
            self.stage.refresh(replace(state, results=self.results.rows(self._mono_ms())))

    def refresh(self) -> None:
        """Ask the gate for the tray and the status bar."""
        self.bar = self.door.status(self.direction)
        self.status.emit(self.bar)
        self.chips = self.door.tray()
        self._call_ready()
        self.tray.emit(self.chips)

    def _call_ready(self) -> None:
        """At 0:00: attention, and 请4号过来复测, once."""
        for chip in self.chips:
            if chip.left_s == 0 and chip.passage not in self._called:
                self._called.add(chip.passage)
                self._announcer.play(Tone.T3, call(chip.token))
        self._called &= {chip.passage for chip in self.chips}

    def attention(self, line: Line) -> None:
        """T3, and the notice."""
        self._announcer.play(Tone.T3)
        self.notice(line)

    def notice(self, line: Line) -> None:
        """Said under the picture of the lane's screen."""
        state = self.stage.state
        if isinstance(state, ScanState):
            self.stage.put(replace(state, notice=line))

    def _clock(self) -> int:
        return self.bar.now_ms if self.bar is not None else 0
