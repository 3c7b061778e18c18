# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A form: labelled groups of keys in rows, sentences, a public band or a title, a number pad (interface.md 5.5-5.12).

Keys are at least 20 mm; what does not fit stands on a further sheet that two keys turn to, never below a scroll bar.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.views import Line
from ui.class_colours import class_colours
from ui.metrics import BAND_RESULT, BLOCK_GAP, BUTTON, GAP, KEY, LINE, MARGIN, READ_BACK, SHAPE_KEYPAD, SMALL, STAFF
from ui.painting import Fitted, draw_text, fill_box, fit
from ui.shapes import draw_shape
from ui.skin import Key, Panel, Role, Skin
from ui.tokens import Pair
from ui.viewmodels.forms import Form, FormFlow, FormKey, FormState, Group, Text
from ui.views.band import ResultBand, announced

HEAD = 24.0
_LABEL, _APART, _SENTENCE, _TALLEST = 5.2, 0.7, 6.6, 27.0
_PAD_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "delete", "0", "confirm")
_PAD_WIDE = 34.0
_WIDEST = 64.0


@dataclass(slots=True)
class _Block:
    """A group, or a row of one, with its width in mm."""

    group: Group
    first: int
    keys: tuple[FormKey, ...]
    wide: float


@dataclass(slots=True)
class _Row:
    """`lead` is over its keys: a label's height, or the gap."""

    blocks: list[_Block]
    high: float
    lead: float = GAP


class _FormKeyWidget(Key):
    """A key that also says which group it belongs to."""

    def __init__(self, view: "FormView", name: str, parent: QWidget) -> None:
        self.view = view
        self.key: FormKey | None = None
        self.label = ""
        super().__init__(view.skin, name, self._said, parent, hint=self._hinted)

    def _said(self) -> str:
        return self.view.say(self.key.text) if self.key is not None else ""

    def _hinted(self) -> str:
        return self.view.say(self.key.hint) if self.key is not None and self.key.hint is not None else ""

    def show_key(self, key: FormKey, label: str) -> None:
        """What it is now."""
        self.key, self.label = key, label
        self.role = Role(key.role)
        self.shape = key.shape
        self.setEnabled(key.enabled)
        self.setCheckable(key.chosen)
        self.setChecked(key.chosen)
        self.tell()

    def tell(self) -> None:
        """Text, and the name with the group's label."""
        super().tell()
        if self.label:
            self.setAccessibleName(f"{self.label}: {self.accessibleName()}")


class FormView(Panel):
    """One form at a time."""

    def __init__(self, skin: Skin, parent: QWidget | None = None) -> None:
        super().__init__(skin, "screen.form", parent)
        words = skin.words
        self.form: Form | None = None
        self._flow: FormFlow | None = None
        self.sheet = 0
        self.keys: list[_FormKeyWidget] = []
        self.head: list[_FormKeyWidget] = []
        self._placed: list[tuple[Group, QRectF, QRectF]] = []
        self.band = ResultBand(skin, "band.form", self)
        self.back = Key(skin, "btn.back", lambda: words.get("key.back"), self)
        self.home = Key(skin, "btn.home", lambda: words.get("key.cancel"), self)
        self.previous = Key(skin, "btn.previous", lambda: words.get("key.previous"), self)
        self.following = Key(skin, "btn.following", lambda: words.get("key.following"), self)
        self.pad = [self._pad_key(name) for name in _PAD_KEYS]
        self.back.clicked.connect(self._leave)
        self.home.clicked.connect(self._go_home)
        self.previous.clicked.connect(lambda: self._turn(-1))
        self.following.clicked.connect(lambda: self._turn(1))

    def _pad_key(self, name: str) -> Key:
        words = self.skin.words
        if name.isdigit():
            key = Key(self.skin, f"btn.digit.{name}", lambda: name, self, em=LINE)
            key.clicked.connect(lambda: self._digit(name))
        elif name == "delete":
            key = Key(self.skin, "btn.delete", lambda: words.get("key.delete"), self)
            key.clicked.connect(lambda: self._digit(""))
        else:
            key = Key(self.skin, "btn.confirm", lambda: words.get("key.confirm"), self, role=Role.MAIN)
            key.clicked.connect(self._confirm)
        return key

    def say(self, text: Text | None) -> str:
        """A text in the present language."""
        if text is None:
            return ""
        return self.skin.words.line(text) if isinstance(text, Line) else text

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
        for key in self.pad:
            key.setVisible(form.pad)
        self.home.setVisible(form.deep)
        self._make()
        self.tell()
        self.lay()
        self.update()
        if other and self.isVisible():
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # the key that led here may be gone

    def _make(self) -> None:
        form = self.form
        if form is None:
            return
        shown = [(key, self.say(block.group.label)) for row in self._rows_here() for block in row.blocks
                 for key in block.keys]  # fmt: skip
        self.keys = self._widgets(self.keys, shown)
        self.head = self._widgets(self.head, [(key, "") for key in form.head])

    def _widgets(self, old: list[_FormKeyWidget], shown: list[tuple[FormKey, str]]) -> list[_FormKeyWidget]:
        names = [f"btn.form.{key.name}" for key, _ in shown]
        if [widget.objectName() for widget in old] != names:
            focused = next((widget.objectName() for widget in old if widget.hasFocus()), None)
            for widget in old:
                widget.hide()
                widget.deleteLater()
            old = [self._widget(name) for name in names]
            again = next((widget for widget in old if widget.objectName() == focused), None)
            for (key, label), widget in zip(shown, old, strict=True):
                widget.show_key(key, label)
                widget.show()
            if again is not None:
                again.setFocus(Qt.FocusReason.OtherFocusReason)
            return old
        for (key, label), widget in zip(shown, old, strict=True):
            widget.show_key(key, label)
        return old

    def _widget(self, name: str) -> _FormKeyWidget:
        widget = _FormKeyWidget(self, name, self)
        widget.clicked.connect(lambda: self._chose(widget))
        return widget

    # -- touches -------------------------------------------------------------------------------------------------

    def _chose(self, widget: _FormKeyWidget) -> None:
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
        self._make()
        self.lay()
        self.update()

    # -- layout --------------------------------------------------------------------------------------------------

    def _room(self) -> float:
        return self.wide - 2 * MARGIN

    def _rows(self) -> list[_Row]:
        """Groups laid into rows from left to right."""
        form = self.form
        rows: list[_Row] = []
        left = 0.0
        for group in form.groups if form is not None else ():
            if group.lines:
                rows.append(_Row([_Block(group, 0, (), self._room())], len(group.lines) * _SENTENCE + GAP))
                left = 0.0
            for block in self._blocks(group):
                labelled = block.group.label is not None and not block.group.text_mm
                lead = _LABEL if labelled else GAP
                begins = group.alone and block.first == 0
                if rows and left and not begins and left + BLOCK_GAP + block.wide <= self._room() + 0.01:
                    rows[-1].blocks.append(block)
                    rows[-1].lead = max(rows[-1].lead, lead)
                    rows[-1].high = KEY + rows[-1].lead
                    left += BLOCK_GAP + block.wide
                else:
                    rows.append(_Row([block], KEY + lead, lead))
                    left = block.wide
        return rows

    def _blocks(self, group: Group) -> list[_Block]:
        blocks: list[_Block] = []
        text = group.text_mm + GAP if group.text_mm else 0.0
        run: list[FormKey] = []
        wide = text
        for number, key in enumerate(group.keys):
            if run and wide + key.mm + GAP > self._room() + GAP:
                blocks.append(_Block(group, number - len(run), tuple(run), wide - GAP))
                run, wide = [], text
            run.append(key)
            wide += key.mm + GAP
        if run or group.text_mm:
            blocks.append(_Block(group, len(group.keys) - len(run), tuple(run), wide - GAP))
        return blocks

    def _top(self) -> float:
        return BAND_RESULT if self.form is not None and self.form.large else HEAD

    def _body(self) -> float:
        return self.high - self._top() - GAP

    def _sheets(self) -> list[list[_Row]]:
        sheets: list[list[_Row]] = [[]]
        used = 0.0
        for row in self._rows():
            if sheets[-1] and used + row.high > self._body() + 0.01:
                sheets.append([])
                used = 0.0
            sheets[-1].append(row)
            used += row.high
        return sheets

    def _rows_here(self) -> list[_Row]:
        sheets = self._sheets()
        self.sheet = min(max(self.sheet, 0), len(sheets) - 1)
        return sheets[self.sheet]

    def lay(self) -> None:
        """Head with its keys at the right end, then the rows."""
        form = self.form
        right = self.wide - MARGIN - KEY
        large = form is not None and form.large
        self.place(self.back, right, self.high - KEY - GAP if large else GAP, KEY, KEY)
        self.place(self.band, 0, 0, self.wide, BAND_RESULT)
        if form is not None and form.deep:
            right -= KEY + GAP
            self.place(self.home, right, GAP, KEY, KEY)
        sheets = self._sheets() if form is not None else [[]]
        self.previous.setVisible(self.sheet > 0)
        self.following.setVisible(self.sheet < len(sheets) - 1)
        for turner in (self.following, self.previous):
            if len(sheets) > 1:
                right -= KEY + GAP
                self.place(turner, right, GAP, KEY, KEY)
        for widget in reversed(self.head):
            mm = widget.key.mm if widget.key is not None else KEY
            right -= mm + GAP
            self.place(widget, right, GAP, mm, KEY)
        self._head_end = right
        self._lay_rows()
        left = (self.wide - 3 * _PAD_WIDE - 2 * GAP) / 2
        for number, key in enumerate(self.pad):
            column, row = number % 3, number // 3
            self.place(key, left + column * (_PAD_WIDE + GAP), HEAD + row * (KEY + GAP), _PAD_WIDE, KEY)

    def _lay_rows(self) -> None:
        self._placed = []
        widgets = iter(self.keys)
        rows = self._rows_here() if self.form is not None else []
        spare = self._body() - sum(row.high for row in rows)
        keyed = sum(1 for row in rows if any(block.keys for block in row.blocks))
        taller = min(_TALLEST - KEY, spare / keyed) if keyed and spare > 0 else 0.0
        top = self._top()
        for row in rows:
            count = sum(len(block.keys) for block in row.blocks)
            used = sum(block.wide for block in row.blocks) + BLOCK_GAP * (len(row.blocks) - 1)
            grow = max(0.0, self._room() - used) / count if count else 0.0
            widest = max((key.mm for block in row.blocks for key in block.keys), default=0.0)
            grow = min(grow, max(0.0, _WIDEST - widest))
            high = row.high + (taller if count else 0.0)
            left = MARGIN
            for block in row.blocks:
                left = self._lay_block(block, left, top, high - row.lead, row.lead, grow, widgets) + BLOCK_GAP
            top += high

    def _lay_block(
        self,
        block: _Block,
        left: float,
        top: float,
        tall: float,
        lead: float,
        grow: float,
        widgets: object,
    ) -> float:
        group = block.group
        begin = left
        label = group.label is not None and not group.text_mm and not group.lines
        head = QRectF()
        if group.lines and not block.keys:
            self._placed.append((group, QRectF(), self.box(begin + 1, top + lead, self._room() - 2, tall)))
            return begin + block.wide
        if group.text_mm:
            head = self.box(left, top + lead, group.text_mm, tall)
            left += group.text_mm + GAP
        for key in block.keys:
            widget = next(widgets)  # type: ignore[call-overload]
            self.place(widget, left, top + lead, key.mm + grow, tall)
            left += key.mm + grow + GAP
        end = max(left - GAP, begin + block.wide)
        if label:
            head = self.box(begin, top + lead - _LABEL, end - begin, _LABEL - _APART)
        if block.first == 0 and (label or group.text_mm):
            self._placed.append((group, head, QRectF()))
        return end

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
        for group, _, _ in self._placed:
            parts += [self.say(group.label), group.big, *(self.say(line) for line in group.lines)]
        return (*[part for part in parts if part], form.typed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Head, labels, sentences, the digits."""
        form = self.form
        if form is None:
            return
        painter = QPainter(self)
        if form.look is not None and not form.large:
            self._draw_band(painter, form)
        elif not form.large:
            self._draw_title(painter, form)
        theme, metrics = self.skin.theme, self.skin.metrics
        for group, head, lines in self._placed:
            if group.lines and lines.isValid():
                self._draw_lines(painter, group, lines)
            elif group.text_mm:
                self._draw_beside(painter, group, head)
            else:
                font = metrics.font(SMALL)
                draw_text(painter, head, self.say(group.label), font, theme.muted.ink, least_px=self.skin.px(SMALL))
        if form.pad:
            box = self.box(MARGIN, HEAD + 4, (self.wide - 3 * _PAD_WIDE - 4 * GAP) / 2 - MARGIN, READ_BACK * 1.4)
            fill_box(painter, box, theme.panel.ground, self.skin.px(1.8))
            middle = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, box, form.typed, metrics.font(READ_BACK), theme.panel.ink, align=middle,
                      least_px=self.skin.px(SMALL))  # fmt: skip
        painter.end()

    def fitted(self) -> tuple[Fitted, ...]:
        """How labels and sentences are laid out now; the screens' test reads it."""
        out: list[Fitted] = []
        metrics, least = self.skin.metrics, self.skin.px(SMALL)
        for group, head, lines in self._placed:
            if group.lines and lines.isValid():
                font = metrics.font(STAFF)
                out += [fit(self.say(line), font, lines.width(), self.skin.px(_SENTENCE), least_px=least)
                        for line in group.lines]  # fmt: skip
            elif group.text_mm:
                half = head.height() * (0.45 if group.big else 1.0)
                font = metrics.font(BUTTON)
                out.append(fit(self.say(group.label), font, head.width(), half, lines=2, least_px=least))
            else:
                out.append(fit(self.say(group.label), metrics.font(SMALL), head.width(), head.height(),
                               least_px=least))  # fmt: skip
        return tuple(out)

    def _draw_lines(self, painter: QPainter, group: Group, box: QRectF) -> None:
        step = self.skin.px(_SENTENCE)
        for number, line in enumerate(group.lines):
            row = QRectF(box.left(), box.top() + number * step, box.width(), step)
            draw_text(painter, row, self.say(line), self.skin.metrics.font(STAFF), self.skin.theme.window.ink,
                      least_px=self.skin.px(SMALL))  # fmt: skip

    def _draw_beside(self, painter: QPainter, group: Group, box: QRectF) -> None:
        theme, metrics, least = self.skin.theme, self.skin.metrics, self.skin.px(SMALL)
        if not group.big:
            draw_text(painter, box, self.say(group.label), metrics.font(BUTTON), theme.window.ink, lines=2,
                      least_px=least)  # fmt: skip
            return
        upper, lower = QRectF(box), QRectF(box)
        upper.setBottom(box.top() + box.height() * 0.45)
        lower.setTop(upper.bottom())
        draw_text(painter, upper, self.say(group.label), metrics.font(BUTTON), theme.window.ink, least_px=least)
        draw_text(painter, lower, group.big, metrics.font(LINE, bold=True), theme.window.ink, least_px=least)

    def _draw_title(self, painter: QPainter, form: Form) -> None:
        theme, metrics = self.skin.theme, self.skin.metrics
        room = self._head_end - MARGIN - 3
        title = self.box(MARGIN + 1, 2, room, 12)
        draw_text(painter, title, self.say(form.title), metrics.font(LINE, bold=True), theme.window.ink,
                  least_px=self.skin.px(STAFF))  # fmt: skip
        below = self.box(MARGIN + 1, 14, room, 8.5)
        self._draw_under(painter, form, below, theme.window)

    def _draw_under(self, painter: QPainter, form: Form, below: QRectF, colours: Pair) -> None:
        theme, metrics, least = self.skin.theme, self.skin.metrics, self.skin.px(SMALL)
        if form.notice is not None:
            fill_box(painter, below.adjusted(-self.skin.px(1), 0, 0, 0), theme.wait.ground, self.skin.px(1.2))
            draw_text(painter, below, self.say(form.notice), metrics.font(STAFF, bold=True), theme.wait.ink,
                      least_px=least)  # fmt: skip
            return
        size = STAFF if form.look is not None else BUTTON
        draw_text(painter, below, self.say(form.so_far), metrics.font(size), colours.ink, least_px=least)

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
        said = f"{self.say(look.word)}  {self.say(look.line)}".strip()
        draw_text(painter, self.box(left, 1.0, room, 13), said, self.skin.metrics.font(LINE, bold=True), colours.ink,
                  lines=2, least_px=self.skin.px(STAFF), spacing=1.1)  # fmt: skip
        self._draw_under(painter, form, self.box(left, 14.2, room, 8), colours)

    # -- keyboard ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits, Enter and Backspace work the pad."""
        form = self.form
        if form is not None and form.pad and event.text().isdigit() and event.text().isascii():
            self._digit(event.text())
        elif form is not None and form.pad and event.key() == Qt.Key.Key_Backspace:
            self._digit("")
        elif form is not None and form.pad and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._confirm()
        else:
            super().keyPressEvent(event)
