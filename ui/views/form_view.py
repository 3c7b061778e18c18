# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A form: labelled groups of keys in rows, sentences, a public band or a title, a number pad (interface.md 5.5-5.12).

Keys are at least 20 mm; what does not fit stands on a further sheet that two keys turn to, never below a scroll bar.
"""

from collections.abc import Iterator

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.class_colours import class_colours
from ui.metrics import BAND_RESULT, BLOCK_GAP, BUTTON, GAP, KEY, LINE, MARGIN, SHAPE_KEYPAD, SMALL, STAFF
from ui.painting import draw_text, fill_box
from ui.shapes import draw_shape
from ui.skin import Key, Panel, Skin
from ui.tokens import Pair
from ui.viewmodels.forms import Form, FormFlow, FormKey, FormState, Group, Text
from ui.views.band import ResultBand, announced
from ui.views.form_key import FormKeyWidget, say
from ui.views.form_layout import LABEL, SENTENCE, TALLEST, Block, Row, rows_of, sheets_of
from ui.views.number_pad import NumberPad

HEAD = 24.0
_APART = 0.7
"""A label keeps clear of its keys."""


class FormView(Panel):
    """One form at a time."""

    def __init__(self, skin: Skin, parent: QWidget | None = None) -> None:
        super().__init__(skin, "screen.form", parent)
        words = skin.words
        self.form: Form | None = None
        self._flow: FormFlow | None = None
        self.sheet = 0
        self.keys: list[FormKeyWidget] = []
        self.head: list[FormKeyWidget] = []
        self._head_end = 0.0
        self._placed: list[tuple[Group, QRectF]] = []
        self.band = ResultBand(skin, "band.form", self)
        self.back = Key(skin, "btn.back", lambda: words.get("key.back"), self)
        self.home = Key(skin, "btn.home", lambda: words.get("key.cancel"), self)
        self.previous = Key(skin, "btn.previous", lambda: words.get("key.previous"), self)
        self.following = Key(skin, "btn.following", lambda: words.get("key.following"), self)
        self.pad = NumberPad(self, self._digit, self._confirm)
        self.back.clicked.connect(self._leave)
        self.home.clicked.connect(self._go_home)
        self.previous.clicked.connect(lambda: self._turn(-1))
        self.following.clicked.connect(lambda: self._turn(1))

    def say(self, text: Text | None) -> str:
        """A text in the present language."""
        return say(self.skin.words, text)

    # -- another form --------------------------------------------------------------------------------------------

    def show_state(self, state: FormState) -> None:
        """Another form, or the same one after a touch."""
        form = state.form
        self.setObjectName(form.screen)
        other = self.form is None or (form.screen, form.title) != (self.form.screen, self.form.title)
        self.form, self._flow = form, state.flow
        self.band.setVisible(form.large)
        if form.large and form.look is not None:
            self.band.show_look(form.look)
        if other:
            self.sheet = 0
        self.pad.show(on=form.pad)
        self.home.setVisible(form.deep)
        self._renew()
        self.tell()
        if other and self.isVisible():
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # the key that led here may be gone

    def _renew(self) -> None:
        if self.form is None:
            return
        shown = [(key, self.say(block.group.label)) for row in self._rows() for block in row.blocks
                 for key in block.keys]  # fmt: skip
        self.keys = self._widgets(self.keys, shown)
        self.head = self._widgets(self.head, [(key, "") for key in self.form.head])
        self.lay()
        self.update()

    def _widgets(self, old: list[FormKeyWidget], shown: list[tuple[FormKey, str]]) -> list[FormKeyWidget]:
        """The same widgets as long as the keys' names are the same; the focus stays with a name."""
        names = [f"btn.form.{key.name}" for key, _ in shown]
        same = [widget.objectName() for widget in old] == names
        focused = None if same else next((widget.objectName() for widget in old if widget.hasFocus()), None)
        if not same:
            for widget in old:
                widget.hide()
                widget.deleteLater()
            old = [self._widget(name) for name in names]
        for (key, label), widget in zip(shown, old, strict=True):
            widget.show_key(key, label)
            widget.show()
            if widget.objectName() == focused:
                widget.setFocus(Qt.FocusReason.OtherFocusReason)
        return old

    def _widget(self, name: str) -> FormKeyWidget:
        widget = FormKeyWidget(self.skin, name, self)
        widget.clicked.connect(lambda: self._chose(widget))
        return widget

    # -- touches -------------------------------------------------------------------------------------------------

    def _chose(self, widget: FormKeyWidget) -> None:
        if widget.key is not None and self._flow is not None:
            widget.setChecked(widget.key.chosen)  # Qt has turned it; the flow says what it is now
            self._flow.chose(widget.key.name)

    def _digit(self, digit: str) -> None:
        if self._flow is not None:
            self._flow.digit(digit)

    def _confirm(self) -> None:
        if self._flow is not None:
            self._flow.confirm()

    def _leave(self) -> None:
        if self._flow is not None:
            self._flow.back()

    def _go_home(self) -> None:
        if self._flow is not None:
            self._flow.left()

    def _turn(self, by: int) -> None:
        self.sheet += by
        self._renew()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits, Enter and Backspace work the pad."""
        if self.form is None or not self.form.pad or not self.pad.pressed(event):
            super().keyPressEvent(event)

    # -- layout --------------------------------------------------------------------------------------------------

    def _top(self) -> float:
        return BAND_RESULT if self.form is not None and self.form.large else HEAD

    def _body(self) -> float:
        return self.high - self._top() - GAP

    def _room(self) -> float:
        return self.wide - 2 * MARGIN

    def _sheets(self) -> list[list[Row]]:
        return sheets_of(rows_of(self.form, self._room()), self._body()) if self.form is not None else [[]]

    def _rows(self) -> list[Row]:
        sheets = self._sheets()
        self.sheet = min(max(self.sheet, 0), len(sheets) - 1)
        return sheets[self.sheet]

    def lay(self) -> None:
        """Head with its keys at the right end, then the rows."""
        self._lay_head(len(self._sheets()))
        self._placed = []
        rows = self._rows()
        spare = self._body() - sum(row.high for row in rows)
        keyed = sum(1 for row in rows if row.keys)
        taller = max(0.0, min(TALLEST - KEY, spare / keyed)) if keyed else 0.0
        widgets = iter(self.keys)
        top = self._top()
        for row in rows:
            high = row.high + (taller if row.keys else 0.0)
            self._lay_row(row, top, high, widgets)
            top += high
        self.pad.lay(HEAD)

    def _lay_head(self, sheets: int) -> None:
        large = self.form is not None and self.form.large
        right = self.wide - MARGIN - KEY
        self.place(self.band, 0, 0, self.wide, BAND_RESULT)
        self.place(self.back, right, self.high - KEY - GAP if large else GAP, KEY, KEY)
        beside: list[tuple[Key, float]] = [(self.home, KEY)] if self.form is not None and self.form.deep else []
        self.previous.setVisible(self.sheet > 0)
        self.following.setVisible(self.sheet < sheets - 1)
        beside += [(self.following, KEY), (self.previous, KEY)] if sheets > 1 else []
        beside += [(each, each.key.mm if each.key is not None else KEY) for each in reversed(self.head)]
        for key, mm in beside:
            right -= mm + GAP
            self.place(key, right, GAP, mm, KEY)
        self._head_end = right

    def _lay_row(self, row: Row, top: float, high: float, widgets: Iterator[FormKeyWidget]) -> None:
        left, grow = MARGIN, row.grown(self._room())
        keys_top, tall = top + row.lead, high - row.lead
        for block in row.blocks:
            begin = left
            if block.group.text_mm:
                left += block.group.text_mm + GAP
            for key in block.keys:
                self.place(next(widgets), left, keys_top, key.mm + grow, tall)
                left += key.mm + grow + GAP
            end = max(left - GAP, begin + block.wide)
            self._note(block, begin, end, keys_top, tall)
            left = end + BLOCK_GAP

    def _note(self, block: Block, begin: float, end: float, top: float, tall: float) -> None:
        """Where the group's own text stands."""
        group = block.group
        if group.lines and not block.keys:
            self._placed.append((group, self.box(begin + 1, top, self._room() - 2, tall)))
        elif block.first == 0 and group.text_mm:
            self._placed.append((group, self.box(begin, top, group.text_mm, tall)))
        elif block.first == 0 and group.label is not None:
            self._placed.append((group, self.box(begin, top - LABEL, end - begin, LABEL - _APART)))

    # -- drawing -------------------------------------------------------------------------------------------------

    def tell(self) -> None:
        """Its name; the public words where a verdict stands at its head."""
        form = self.form
        if form is None:
            return
        self.setAccessibleName(self.say(form.title))
        self.setAccessibleDescription(announced(self.skin, form.look) if form.look is not None else "")
        for key in (*self.keys, *self.head):
            key.tell()

    def texts(self) -> tuple[str, ...]:
        """All that is painted beside the keys."""
        form = self.form
        if form is None:
            return ()
        parts = [self.say(form.title), self.say(form.so_far), self.say(form.notice)]
        if form.look is not None:
            parts += [self.say(form.look.word), self.say(form.look.line)]
        for group, _ in self._placed:
            parts += [self.say(group.label), group.big, *(self.say(line) for line in group.lines)]
        return (*[part for part in parts if part], form.typed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Head, labels, sentences, the digits."""
        form = self.form
        if form is None:
            return
        painter = QPainter(self)
        if form.look is None:
            self._draw_title(painter, form)
        elif not form.large:
            self._draw_band(painter, form)
        for group, box in self._placed:
            self._draw_group(painter, group, box)
        if form.pad:
            self.pad.paint(painter, HEAD, form.typed)
        painter.end()

    def _draw_group(self, painter: QPainter, group: Group, box: QRectF) -> None:
        theme, metrics, least = self.skin.theme, self.skin.metrics, self.skin.px(SMALL)
        if group.lines:
            step = self.skin.px(SENTENCE)
            for number, line in enumerate(group.lines):
                row = QRectF(box.left(), box.top() + number * step, box.width(), step)
                draw_text(painter, row, self.say(line), metrics.font(STAFF), theme.window.ink, least_px=least)
        elif not group.text_mm:
            draw_text(painter, box, self.say(group.label), metrics.font(SMALL), theme.muted.ink, least_px=least)
        elif not group.big:
            label = self.say(group.label)
            draw_text(painter, box, label, metrics.font(BUTTON), theme.window.ink, lines=2, least_px=least)
        else:
            upper, lower = QRectF(box), QRectF(box)
            upper.setBottom(box.top() + box.height() * 0.45)
            lower.setTop(upper.bottom())
            draw_text(painter, upper, self.say(group.label), metrics.font(BUTTON), theme.window.ink, least_px=least)
            draw_text(painter, lower, group.big, metrics.font(LINE, bold=True), theme.window.ink, least_px=least)

    def _draw_title(self, painter: QPainter, form: Form) -> None:
        ink, room = self.skin.theme.window.ink, self._head_end - MARGIN - 3
        title, font = self.box(MARGIN + 1, 2, room, 12), self.skin.metrics.font(LINE, bold=True)
        draw_text(painter, title, self.say(form.title), font, ink, least_px=self.skin.px(STAFF))
        self._draw_under(painter, form, self.box(MARGIN + 1, 14, room, 8.5), ink)

    def _draw_under(self, painter: QPainter, form: Form, below: QRectF, ink: str) -> None:
        theme, metrics, least = self.skin.theme, self.skin.metrics, self.skin.px(SMALL)
        if form.notice is not None:
            fill_box(painter, below.adjusted(-self.skin.px(1), 0, 0, 0), theme.wait.ground, self.skin.px(1.2))
            font = metrics.font(STAFF, bold=True)
            draw_text(painter, below, self.say(form.notice), font, theme.wait.ink, least_px=least)
            return
        size = STAFF if form.look is not None else BUTTON
        draw_text(painter, below, self.say(form.so_far), metrics.font(size), ink, least_px=least)

    def _draw_band(self, painter: QPainter, form: Form) -> None:
        look = form.look
        if look is None:
            return
        colours = class_colours(self.skin.theme, look.cls)
        painter.fillRect(self.box(0, 0, self.wide, HEAD - 1), QColor(colours.ground))
        shape = self.box(MARGIN, 1.5, SHAPE_KEYPAD, SHAPE_KEYPAD)
        draw_shape(painter, shape, look.shape, Pair(colours.ink, colours.ground))
        left = MARGIN + SHAPE_KEYPAD + 3
        room = self._head_end - left - GAP
        said, font = f"{self.say(look.word)}  {self.say(look.line)}".strip(), self.skin.metrics.font(LINE, bold=True)
        upper, least = self.box(left, 1.0, room, 13), self.skin.px(STAFF)
        draw_text(painter, upper, said, font, colours.ink, lines=2, least_px=least, spacing=1.1)
        self._draw_under(painter, form, self.box(left, 14.2, room, 8), colours.ink)
