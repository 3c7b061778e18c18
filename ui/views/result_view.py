# SPDX-License-Identifier: LicenseRef-Gatehouse
"""结果 `screen.verdict`: the band of 61 mm over the staff panel with its keys (interface.md 5.3).

The staff panel stands on the volunteer's side: the reading at 14 mm, three lines of 5 mm, and the keys that the verdict
offers. The exact reason is here and nowhere else.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.ports import CommitFault
from kiosk.app.views import CodeView, LookClass, PassageView
from kiosk.domain.codes import Button, CodeColour, Reason, Tick, Verdict
from ui.metrics import BAND_RESULT, GAP, KEY, KEYPAD_KEY, MARGIN, READ_BACK, STAFF
from ui.painting import draw_text, rows_of
from ui.skin import Key, Panel, Role, Skin
from ui.viewmodels.keypad import text_of
from ui.viewmodels.states import CodeState, ResultState
from ui.views.band import ResultBand

if TYPE_CHECKING:
    from ui.viewmodels.gate import GateModel

_ROLES = {Button.ADMIT: Role.MAIN, Button.ESCORTED: Role.MAIN, Button.TRANSFER: Role.MAIN}
_COLOURS = {
    CodeColour.GREEN: ("key.code_green", Role.GREEN),
    CodeColour.YELLOW: ("key.code_yellow", Role.YELLOW),
    CodeColour.RED: ("key.code_red", Role.RED),
}
_ASK_LEADER = frozenset({LookClass.LEADER, LookClass.UNKNOWN, LookClass.CANNOT, LookClass.STOP, LookClass.ELSEWHERE})
_LINES = 3
_MANY = 4


class ResultView(Panel):
    """Band, staff panel, keys; the tray and the bottom row lie below it."""

    forgotten = Signal()
    leader = Signal()

    def __init__(self, skin: Skin, model: "GateModel", parent: QWidget | None = None) -> None:
        super().__init__(skin, "screen.verdict", parent)
        self._model = model
        self.view: PassageView | CodeView | None = None
        self.band = ResultBand(skin, "band.result", self)
        self.keys: list[Key] = []
        self._lines: tuple[str, ...] = ()
        self._state: ResultState | CodeState | None = None

    def show_state(self, state: ResultState | CodeState) -> None:
        """Another verdict, or a code that opened no passage."""
        self._state = state
        self.view = state.view
        self.band.show_look(state.view.look)
        self._tell_lines()
        self._make_keys()
        self.lay()
        self.update()

    def _tell_lines(self) -> None:
        state, words = self._state, self.skin.words
        if state is None:
            return
        lines = [words.line(line) for line in state.view.staff]
        if isinstance(state, ResultState):
            view = state.view
            if state.refused is not None:
                lines.insert(0, words.get(f"refused_input.{state.refused.value}"))
            if state.fault is CommitFault.DISK_FULL:
                lines.insert(0, words.get("order.disk"))
            if view.wait_left_s:
                minutes, seconds = divmod(view.wait_left_s, 60)
                left = words.get("staff.wait_left", left=f"{minutes}:{seconds:02d}")
                token = f"{words.get('staff.token', n=view.token)}  " if view.token is not None else ""
                lines.append(f"{token}{left}")
            if view.told:
                who = ", ".join(words.get(f"told.{told.value}") for told in view.told)
                lines.append(words.get("staff.told", who=who))
            lines += [words.get(f"attr.{attr.value}") for attr in sorted(view.attrs) if attr.value in _SHOWN_ATTRS]
        self._lines = tuple(dict.fromkeys(line for line in lines if line))
        self.setAccessibleName(words.get("accessible.staff"))
        self.setAccessibleDescription("; ".join(self._lines))

    def staff_texts(self) -> tuple[str, ...]:
        """The staff panel's lines."""
        return self._lines

    def tell(self) -> None:
        """In the present language."""
        self._tell_lines()
        for key in self.keys:
            key.tell()

    def _make_keys(self) -> None:
        for key in self.keys:
            key.hide()
            key.deleteLater()
        self.keys = []
        state = self._state
        if isinstance(state, ResultState):
            self._verdict_keys(state.view)
        elif isinstance(state, CodeState) and state.view.colour_keys:
            self._colour_keys()
            self._add("btn.forgotten_here", "key.forgotten", self.forgotten.emit)
        for key in self.keys:
            key.show()

    def _verdict_keys(self, view: PassageView) -> None:
        missing = tuple(tick for tick in view.ticks_wanted if tick not in view.ticked)
        if missing and view.verdict is Verdict.ADMIT_REGISTER:
            self._add("btn.checked", "key.checked", lambda: self._model.ticked(missing), Role.MAIN)
        elif missing:
            for tick in missing:
                self._tick(tick)
        for button in view.buttons:
            self._button(button, view)
        if view.reason is Reason.NO_MASK:
            self._add("btn.mask_on", "key.mask_on", lambda: self._model.masked(on=True), Role.MAIN)
        if view.colour_keys:
            self._colour_keys()
        if view.look.cls in _ASK_LEADER and not view.unrecorded:
            self._add("btn.ask_leader", "key.ask_leader", self.leader.emit, Role.AMBER)
        if view.returning is not None and not view.unrecorded:
            self._add("btn.returning", "key.returning", self._model.comes_back)
        if view.unrecorded:
            self._add("btn.next", "key.next", self._model.home)

    def _tick(self, tick: Tick) -> None:
        self._add(f"btn.tick.{tick.value}", f"tick.{tick.value}", lambda: self._model.ticked((tick,)))

    def _button(self, button: Button, view: PassageView) -> None:
        key = (
            "key.register"
            if button is Button.ADMIT and view.verdict is Verdict.ADMIT_REGISTER
            else f"button.{button.value}"
        )
        role = _ROLES.get(button, Role.NORMAL)
        self._add(f"btn.{button.value}", key, lambda: self._model.pressed(button), role)

    def _colour_keys(self) -> None:
        for colour, (text, role) in _COLOURS.items():
            self._colour(colour, text, role)

    def _colour(self, colour: CodeColour, text: str, role: Role) -> None:
        self._add(f"btn.code.{colour.value}", text, lambda: self._model.coloured(colour), role)

    def _add(self, name: str, text: str, act: Callable[[], None], role: Role = Role.NORMAL) -> None:
        words = self.skin.words
        key = Key(self.skin, name, lambda: words.get(text), self, role=role)
        key.clicked.connect(act)
        self.keys.append(key)

    def lay(self) -> None:
        """Band, then the panel with its keys at the right."""
        self.place(self.band, 0, 0, self.wide, self._band_high())
        top = self._band_high() + (self.high - self._band_high() - KEY) / 2
        width = self._key_wide()
        left = self.wide - MARGIN - len(self.keys) * (width + GAP) + GAP
        for number, key in enumerate(self.keys):
            self.place(key, left + number * (width + GAP), top, width, KEY)

    def _key_wide(self) -> float:
        """Many keys are narrower, so that the staff can still read why."""
        return KEYPAD_KEY if len(self.keys) < _MANY else KEY

    def _band_high(self) -> float:
        return self.high - (83.0 - BAND_RESULT)

    def temperature(self) -> str:
        """The last reading, read back at 14 mm."""
        view = self.view
        if isinstance(view, PassageView) and view.temperature_dc is not None:
            return text_of(view.temperature_dc)
        return ""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The staff panel."""
        painter = QPainter(self)
        theme, metrics = self.skin.theme, self.skin.metrics
        top = self._band_high()
        painter.fillRect(self.box(0, top, self.wide, self.high - top), theme.panel.ground)
        left, right = MARGIN + 1, len(self.keys) * (self._key_wide() + GAP) + 2 * MARGIN
        reading = self.temperature()
        if reading:
            draw_text(
                painter,
                self.box(left, top, 34, self.high - top),
                reading,
                metrics.font(READ_BACK, bold=True),
                theme.panel.ink,
            )
            left += 36
        step = STAFF * 1.3
        first = top + (self.high - top - _LINES * step) / 2
        width = self.wide - left - right
        bold = metrics.font(STAFF, bold=True)
        for number, (row, line) in enumerate(rows_of(self._lines, bold, self.box(0, 0, width, 1).width(), _LINES)):
            box = self.box(left, first + number * step, width, step)
            font = bold if line == 0 else metrics.font(STAFF)
            draw_text(painter, box, row, font, theme.panel.ink)
        painter.end()


_SHOWN_ATTRS = frozenset({"mask_exempt", "needs_help"})
