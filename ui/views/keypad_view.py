# SPDX-License-Identifier: LicenseRef-Gatehouse
"""体温键盘 `screen.verdict`: keys of 24 mm, each with a whole reading (interface.md 5.3).

Three blocks of columns, 2 + 4 + 2: the low whole numbers over the sites; the thirteen usual readings; the high ones in
the WAIT colour over 未测. A rare key is never beside a frequent one: 5 mm lie between the blocks.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.views import Line, PassageView
from kiosk.domain.codes import Reason, Site
from ui.metrics import (
    BAND_KEYPAD,
    BLOCK_GAP,
    BUTTON,
    GAP,
    KEY,
    KEYPAD_KEY,
    KEYPAD_ROW,
    MARGIN,
    READ_BACK,
)
from ui.painting import draw_text, fill_box
from ui.skin import Key, Panel, Role, Skin
from ui.viewmodels.keypad import FIRST_HIGH_OF_37, FORTIES, HIGH_WHOLES, KEYS, LOW_WHOLES, SITES, Asking, Entry, text_of
from ui.viewmodels.states import KeypadState
from ui.views.band import KeypadBand

if TYPE_CHECKING:
    from ui.viewmodels.gate import GateModel

_COLUMNS, _BLOCKS, _INNER_GAPS = 8, 2, 5
_LOW, _USUAL, _HIGH = 0, 2, 6
_NUMERAL = 10.0
_SAID_ALREADY = frozenset({"staff.name", "staff.R05"})
"""What the band's first line says with other words."""


def _rested(view: PassageView) -> bool:
    return view.reason is Reason.RECHECK_FEVER and view.wait_left_s == 0


class KeypadView(Panel):
    """The whole area under the status bar."""

    def __init__(self, skin: Skin, model: "GateModel", parent: QWidget | None = None) -> None:
        super().__init__(skin, "screen.keypad", parent)
        self._model = model
        self.state: KeypadState | None = None
        self.band = KeypadBand(skin, "band.keypad", self)
        words = skin.words
        self.waiting = Key(skin, "btn.waiting", self._waiting, self.band)
        self.cancel = Key(skin, "btn.cancel", lambda: words.get("key.cancel"), self.band)
        self.returning = Key(skin, "btn.returning", lambda: words.get("key.returning"), self.band)
        self.lows = [self._whole(whole) for whole in LOW_WHOLES]
        self.highs = [self._whole(whole) for whole in HIGH_WHOLES]
        for key in self.highs:
            key.role = Role.AMBER
        self._sites: tuple[Site, ...] = SITES
        self.sites = [self._site(number) for number in range(len(SITES))]
        self.readings = [self._reading(number) for number in range(KEYS)]
        self.no_mask = Key(skin, "btn.no_mask", lambda: words.get("key.no_mask"), self)
        self.untaken = Key(skin, "btn.untaken", lambda: words.get("key.not_taken"), self)
        self.whys = [
            Key(skin, "btn.refused", lambda: words.get("key.refused"), self),
            Key(skin, "btn.broken", lambda: words.get("key.broken"), self),
            Key(skin, "btn.untaken_back", lambda: words.get("key.back"), self),
        ]
        self._connect()

    @property
    def _head(self) -> tuple[Key, Key, Key]:
        """The keys of the band, from the right."""
        return self.cancel, self.waiting, self.returning

    def _connect(self) -> None:
        model = self._model
        self.waiting.clicked.connect(model.home)
        self.cancel.clicked.connect(model.home)
        self.returning.clicked.connect(model.comes_back)
        self.no_mask.clicked.connect(lambda: model.masked(on=False))
        self.untaken.clicked.connect(lambda: self._turn(lambda entry: entry.untaken()))
        self.whys[0].clicked.connect(model.not_willing)
        self.whys[1].clicked.connect(model.home)
        self.whys[2].clicked.connect(lambda: self._turn(lambda entry: entry.again()))

    def _whole(self, whole: int) -> Key:
        text = f"{whole}+" if whole == FORTIES[0] else str(whole)
        key = Key(self.skin, f"btn.whole.{whole}", lambda: text, self, em=_NUMERAL)
        key.clicked.connect(lambda: self._turn(lambda entry: entry.chose(whole)))
        return key

    def _site(self, number: int) -> Key:
        words = self.skin.words

        def text() -> str:
            return words.get(f"site_key.{self._sites[number].value}")

        key = Key(self.skin, f"btn.site.{self._sites[number].value}", text, self)
        key.setCheckable(True)
        key.clicked.connect(lambda: self._turn(lambda entry: entry.at(self._sites[number])))
        return key

    def use_ear(self, *, ear: bool) -> None:
        """耳 in place of 颈, as a leader set it (interface.md 5.3)."""
        self._sites = tuple(Site.EAR if site is Site.NECK and ear else site for site in SITES)
        for key, site in zip(self.sites, self._sites, strict=True):
            key.setObjectName(f"btn.site.{site.value}")
            key.tell()

    def _reading(self, number: int) -> Key:
        key = Key(self.skin, f"btn.reading.{number}", lambda: self._text(number), self, em=_NUMERAL)
        key.clicked.connect(lambda: self._tapped(number))
        return key

    def _text(self, number: int) -> str:
        value = self._value(number)
        if value is None:
            return ""
        return str(value) if value in FORTIES else text_of(value)

    def _value(self, number: int) -> int | None:
        if self.state is None:
            return None
        entry = self.state.entry
        keys = FORTIES if entry.asking is Asking.FORTY else entry.readings()
        return keys[number] if number < len(keys) else None

    def _tapped(self, number: int) -> None:
        value = self._value(number)
        if value is None:
            return
        if value in FORTIES:
            self._turn(lambda entry: entry.chose(value))
        else:
            self._model.reading(value)

    def _turn(self, turned: Callable[[Entry], Entry]) -> None:
        if self.state is not None:
            self._model.entry(turned(self.state.entry))

    def _waiting(self) -> str:
        waiting = self.state.waiting if self.state is not None else 0
        return self.skin.words.get("tray.waits", n=waiting)

    def show_state(self, state: KeypadState) -> None:
        """Another person, or another turn of the keys."""
        self.state = state
        view, words = state.view, self.skin.words
        said = words.line(self._said(state))
        self.waiting.setVisible(state.waiting > 0)
        self.returning.setVisible(view.returning is not None and not state.correcting)
        shown = [key for key in self._head if key.isVisibleTo(self.band)]
        keys = (KEY + GAP) * len(shown) + GAP
        # whoever has rested is asked to be measured, no longer to wait
        look = replace(view.look, word=Line("keypad.recheck")) if _rested(view) else view.look
        self.band.show_person(look, f"{view.name_line}  {state.place}".strip(), said, keys)
        locked = bool(state.locked_s) and state.entry.site is not Site.AXILLA
        untaken = state.entry.asking is Asking.UNTAKEN
        for number, key in enumerate(self.readings):
            value = self._value(number)
            key.setVisible(value is not None and not untaken)
            key.setEnabled(not locked)
            key.role = Role.AMBER if value is not None and value >= FIRST_HIGH_OF_37 else Role.NORMAL
            key.setObjectName(f"btn.reading.{value}" if value is not None else f"btn.unused.{number}")
            key.tell()
        for key, whole in zip((*self.lows, *self.highs), (*LOW_WHOLES, *HIGH_WHOLES), strict=True):
            key.setEnabled(not locked)
            key.setCheckable(True)
            key.setChecked(state.entry.whole == whole or (state.entry.asking is Asking.FORTY and whole == FORTIES[0]))
        for key, site in zip(self.sites, self._sites, strict=True):
            key.setChecked(state.entry.site is site)
        for key in self.whys:
            key.setVisible(untaken)
        self.no_mask.setVisible(not untaken and not state.correcting)
        self.untaken.setEnabled(not state.correcting and state.locked_s is None)
        self.waiting.tell()
        self.lay()
        self.update()

    def _said(self, state: KeypadState) -> Line | None:
        if state.refused is not None:
            return Line(f"refused_input.{state.refused.value}")
        if state.locked_s:
            minutes, seconds = divmod(state.locked_s, 60)
            return Line("keypad.rest_left", {"left": f"{minutes}:{seconds:02d}"})
        if _rested(state.view) and state.view.temperature_dc is not None:
            return Line("keypad.rested", {"temp": text_of(state.view.temperature_dc)})
        told = [line for line in state.view.staff if line.key not in _SAID_ALREADY]
        return told[0] if told else None

    def column(self, number: int) -> tuple[float, float]:
        """Left edge and width in mm of one of the eight columns."""
        free = self.wide - 2 * MARGIN - _BLOCKS * BLOCK_GAP - _INNER_GAPS * GAP
        width = free / _COLUMNS
        inner = [0, 1, 1, 2, 3, 4, 4, 5][number]
        blocks = 0 if number < _USUAL else 1 if number < _HIGH else 2
        return MARGIN + number * width + inner * GAP + blocks * BLOCK_GAP, width

    def cell(self, column: int, row: int, span: int = 1) -> tuple[float, float, float, float]:
        """A cell of the grid in mm: x, y, width, height."""
        left, _ = self.column(column)
        last, width = self.column(column + span - 1)
        high = (self.high - BAND_KEYPAD) / 4
        apart = KEYPAD_ROW - KEYPAD_KEY
        return left, BAND_KEYPAD + row * high + apart / 2, last + width - left, high - apart

    def lay(self) -> None:
        """The grid."""
        self.place(self.band, 0, 0, self.wide, BAND_KEYPAD)
        top = (BAND_KEYPAD - KEY) / 2
        shown = [key for key in self._head if key.isVisibleTo(self.band)]
        for number, key in enumerate(shown, 1):
            self.band.place(key, self.wide - MARGIN - number * (KEY + GAP) + GAP, top, KEY, KEY)
        for number in range(4):
            self.place(self.lows[number], *self.cell(_LOW + number % 2, number // 2))
            self.place(self.sites[number], *self.cell(_LOW + number % 2, 2 + number // 2))
            self.place(self.highs[number], *self.cell(_HIGH + number % 2, 1 + number // 2))
        for number, key in enumerate(self.readings):
            self.place(key, *self.cell(_USUAL + number % 4, number // 4))
        for number, key in enumerate(self.whys):
            self.place(key, *self.cell(_USUAL, number, 4))
        self.place(self.no_mask, *self.cell(_USUAL + 3, 3))
        self.place(self.untaken, *self.cell(_HIGH, 3, 2))

    def tell(self) -> None:
        """The name of the whole."""
        self.setAccessibleName(self.skin.words.get("accessible.keypad"))
        if self.state is not None:
            self.show_state(self.state)

    def read_back(self) -> str:
        """The number so far: "37.__", or the last reading of this person, or nothing."""
        state = self.state
        if state is None:
            return ""
        if state.entry.whole is not None:
            return self.skin.words.get("keypad.whole", whole=state.entry.whole)
        tenths = state.view.temperature_dc
        return text_of(tenths) if tenths is not None else ""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The amber block round the high numbers, and the read-back of 14 mm, or the site that is measured."""
        painter = QPainter(self)
        theme, words, metrics = self.skin.theme, self.skin.words, self.skin.metrics
        middle = Qt.AlignmentFlag.AlignHCenter
        head = self.box(*self.cell(_HIGH, 0, 2))
        fill_box(painter, head, theme.window.ground, 1.8 * metrics.per_mm, theme.wait.ground, 0.8 * metrics.per_mm)
        font = metrics.font(BUTTON, bold=True)
        draw_text(
            painter,
            head.adjusted(8, 4, -8, -4),
            words.get("keypad.high"),
            font,
            theme.window.ink,
            align=middle,
            lines=2,
        )
        if self.state is not None and self.state.entry.asking is not Asking.UNTAKEN:
            back = self.box(*self.cell(_USUAL + 1, 3, 2))
            fill_box(painter, back, theme.panel.ground, 1.8 * metrics.per_mm)
            said = self.read_back()
            site = words.get(f"site.{self.state.entry.site.value}")
            if said:
                draw_text(painter, back, said, metrics.font(READ_BACK, bold=True), theme.panel.ink, align=middle)
            else:
                draw_text(painter, back, site, metrics.font(BUTTON), theme.muted.ink, align=middle)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits type tenths: 3 6 5 is 36.5; Escape goes back."""
        if self.state is not None and event.text().isdigit() and event.text().isascii():
            entry, text = self.state.entry.digit(event.text())
            self._model.entry(entry)
            if text is not None:
                self._model.typed(text)
        else:
            super().keyPressEvent(event)
