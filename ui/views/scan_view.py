# SPDX-License-Identifier: LicenseRef-Gatehouse
"""请出示出入证 `screen.scan`: the camera's picture, the prompt, the last three results with their keys (5.2)."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.views import Line, LookClass, Shape, StatusView
from kiosk.domain.codes import Reason
from kiosk.domain.identity import PassageId
from ui.class_colours import class_colours
from ui.metrics import BAND_SCAN, BUTTON, GAP, KEY, LINE, MARGIN, ROW, STAFF
from ui.painting import Fitted, draw_text, fill_box, fit
from ui.shapes import draw_shape
from ui.skin import Key, Panel, Role, Skin
from ui.viewmodels.keypad import text_of
from ui.viewmodels.results import ROWS
from ui.viewmodels.states import Result, ScanState
from ui.views.preview import Preview

PREVIEW_WIDE, PROMPT = 112.0, 17.0
_MARK, _LEAST_RIGHT = 13.0, 94.0
HINT, HINT_LEAST = 12.0, 5.0


@dataclass(frozen=True, slots=True)
class ResultKeys:
    """What the two keys of a row do."""

    correct: Callable[[PassageId], None]
    undo: Callable[[PassageId], None]


class ResultRow(Panel):
    """One passage: shape, word and reading, time; 更正, and 撤销 while it is offered. No name."""

    def __init__(self, skin: Skin, number: int, keys: ResultKeys, parent: QWidget | None = None) -> None:
        super().__init__(skin, f"result.{number}", parent)
        self.result: Result | None = None
        words = skin.words
        self.correct = Key(skin, f"btn.correct.{number}", lambda: words.get("key.correct"), self)
        self.undo = Key(skin, f"btn.undo.{number}", self._undo_text, self, hint=self._undo_left)
        self.correct.clicked.connect(lambda: self._with(keys.correct))
        self.undo.clicked.connect(lambda: self._with(keys.undo))
        self.correct.hide()
        self.undo.hide()

    def _with(self, act: Callable[[PassageId], None]) -> None:
        if self.result is not None:
            act(self.result.view.passage)

    def _undo_text(self) -> str:
        asked = self.result is not None and self.result.undo_asked
        return self.skin.words.get("key.confirm" if asked else "key.undo")

    def _undo_left(self) -> str:
        left = self.result.undo_left_s if self.result is not None else None
        return "" if left is None else f"{left} s"

    def show_result(self, result: Result | None) -> None:
        """Another passage, or none."""
        if result == self.result:
            return
        self.result = result
        self.correct.setVisible(result is not None and result.correctable)
        self.undo.setVisible(result is not None and result.undo_left_s is not None)
        asked = result is not None and result.undo_asked
        self.undo.says(self._undo_text, Role.AMBER if asked else Role.NORMAL)
        self.renew()

    def lay(self) -> None:
        """The keys stand at the right end."""
        self.place(self.undo, self.wide - KEY, 0, KEY, KEY)
        self.place(self.correct, self.wide - 2 * KEY - GAP, 0, KEY, KEY)

    def tell(self) -> None:
        """What the row says."""
        self.setAccessibleName(" ".join(self.texts()))

    def texts(self) -> tuple[str, ...]:
        """Word and reading, and the time."""
        if self.result is None:
            return ("", "")
        words, view = self.skin.words, self.result.view
        word = words.line(view.look.word)
        if view.reason in (Reason.RECHECK_FEVER, Reason.RECHECK_LOW):
            word = words.get(f"reason.{view.reason.value}")
        shown = view.temperature_dc is not None and view.look.cls is LookClass.GO
        reading = f" {text_of(view.temperature_dc)}" if shown and view.temperature_dc is not None else ""
        already = f"  {words.get('line.already')}" if view.duplicate else ""
        return (f"{word}{reading}", f"{self.result.at}{already}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Shape and two lines."""
        if self.result is None:
            return
        painter = QPainter(self)
        px, theme = self.skin.metrics.per_mm, self.skin.theme
        fill_box(painter, QRectF(self.rect()), theme.panel.ground, 1.8 * px)
        draw_shape(
            painter,
            self.box(2, (KEY - _MARK) / 2, _MARK, _MARK),
            self.result.view.look.shape,
            class_colours(theme, self.result.view.look.cls),
        )
        keys = 2 * KEY + 2 * GAP if not self.undo.isHidden() else KEY + GAP if not self.correct.isHidden() else GAP
        if self.undo.isHidden() and not self.correct.isHidden():
            keys = 2 * KEY + 2 * GAP  # 更正 keeps its place when 撤销 has run out
        width = self.wide - _MARK - 5 - keys
        first, second = self.texts()
        least = self.skin.px(STAFF)
        draw_text(
            painter,
            self.box(_MARK + 5, 1.5, width, 10),
            first,
            self.skin.metrics.font(BUTTON, bold=True),
            theme.panel.ink,
            least_px=least,
        )
        draw_text(
            painter,
            self.box(_MARK + 5, 11, width, 7.5),
            second,
            self.skin.metrics.font(STAFF),
            theme.muted.ink,
            least_px=self.skin.px(4),
        )


class ScanView(Panel):
    """The idle screen's band of 83 mm."""

    def __init__(self, skin: Skin, keys: ResultKeys, parent: QWidget | None = None) -> None:
        super().__init__(skin, "screen.scan", parent)
        self.preview = Preview(skin, self)
        self.rows = [ResultRow(skin, number, keys, self) for number in range(ROWS)]
        self.state = ScanState()
        self.status: StatusView | None = None

    def show_state(self, state: ScanState) -> None:
        """Results, notice and hint."""
        self.state = state
        self.tell()
        for row, result in zip(self.rows, (*state.results, *[None] * ROWS), strict=False):
            row.show_result(result)
        self.update()

    def show_status(self, status: StatusView) -> None:
        """今日, and what keeps the gate from working."""
        if status != self.status:
            self.status = status
            self.update()

    def _left_wide(self) -> float:
        """A wider screen gives the picture its extra room, as far as its height allows."""
        most = min(self.wide - _LEAST_RIGHT - 3 * MARGIN, (self.high - 22) * 16 / 9)
        return max(PREVIEW_WIDE, most)

    def lay(self) -> None:
        """Picture left, prompt and results right."""
        wide = self._left_wide()
        self.place(self.preview, MARGIN, MARGIN, wide, wide * 9 / 16)
        left = 2 * MARGIN + wide + 1
        for number, row in enumerate(self.rows):
            self.place(row, left, PROMPT + number * ROW, self.wide - left - MARGIN, KEY)

    def tell(self) -> None:
        """The prompt, and what the holder is told."""
        words, hint = self.skin.words, self.state.hint
        self.setAccessibleName(words.get("screen.scan"))
        self.setAccessibleDescription("" if hint is None else words.get(hint.value))

    def order(self) -> tuple[Line, Line] | None:
        """What the staff must do before the gate works as it should: words and remedy."""
        status = self.status
        if status is None:
            return None
        if status.revoked:
            return Line("order.revoked"), Line("order.revoked_todo")
        if status.clock_bad:
            return Line("order.clock"), Line("order.clock_todo")
        if status.list_age_s is None:
            return Line("order.no_list"), Line("order.no_list_todo")
        if status.list_mark.value == "RED":
            return Line("order.list"), Line("order.list_todo")
        return None

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Prompt, today's figures, and the strip of an order, a hint or a notice under the picture."""
        painter = QPainter(self)
        theme, words, metrics = self.skin.theme, self.skin.words, self.skin.metrics
        wide = self._left_wide()
        left = 2 * MARGIN + wide + 1
        room = self.wide - left - MARGIN
        draw_text(
            painter,
            self.box(left, 0.6, room, 10.6),
            words.get("screen.scan"),
            metrics.font(LINE, bold=True),
            theme.window.ink,
        )
        draw_text(
            painter,
            self.box(left, 11.5, room, 5.4),
            words.get("screen.scan_other"),
            metrics.font(4.4),
            theme.window.ink,
        )
        self._under(painter, self.strip())
        if all(row.result is None for row in self.rows):
            box = self.box(left, PROMPT, room, KEY)
            draw_text(painter, box, words.get("screen.results_empty"), metrics.font(STAFF), theme.muted.ink, lines=2)
        painter.end()

    def strip(self) -> QRectF:
        """Where the strip under the picture stands, in pixels."""
        wide = self._left_wide()
        picture = wide * 9 / 16
        return self.box(MARGIN, MARGIN + picture + GAP, wide, BAND_SCAN - MARGIN - picture - GAP - 1)

    def fitted_hint(self) -> Fitted | None:
        """How the hint is laid into the strip: one line as large as it can be, else two."""
        hint = self.state.hint
        if hint is None:
            return None
        px = self.skin.metrics.per_mm
        box = self.strip()
        font = self.skin.metrics.font(HINT, bold=True)
        text, least = self.skin.words.get(hint.value), self.skin.px(HINT_LEAST)
        return fit(text, font, box.width() - 6 * px, box.height(), lines=2, least_px=least)

    def _under(self, painter: QPainter, box: QRectF) -> None:
        theme, words, metrics = self.skin.theme, self.skin.words, self.skin.metrics
        px = metrics.per_mm
        order = self.order()
        if order is not None:
            fill_box(painter, box, theme.cannot.ground, 1.8 * px)
            side = box.height() - 3 * px
            draw_shape(
                painter,
                QRectF(box.left() + 1.5 * px, box.top() + 1.5 * px, side, side),
                Shape.DASHED_SQUARE,
                theme.cannot,
            )
            text = box.adjusted(side + 4 * px, px, -2 * px, -px)
            upper, lower = QRectF(text), QRectF(text)
            upper.setBottom(text.top() + text.height() * 0.56)
            lower.setTop(upper.bottom())
            draw_text(
                painter,
                upper,
                words.line(order[0]),
                metrics.font(BUTTON, bold=True),
                theme.cannot.ink,
                least_px=self.skin.px(4),
            )
            draw_text(
                painter, lower, words.line(order[1]), metrics.font(STAFF), theme.cannot.ink, least_px=self.skin.px(4)
            )
            return
        hint = self.fitted_hint()
        if hint is not None:
            fill_box(painter, box, theme.wait.ground, 1.8 * px)
            inner, said = box.adjusted(3 * px, 0, -3 * px, 0), "\n".join(hint.lines)
            middle = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, inner, said, hint.font, theme.wait.ink, align=middle, lines=len(hint.lines))
            return
        if self.state.notice is not None:
            fill_box(painter, box, theme.wait.ground, 1.8 * px)
            font = metrics.font(BUTTON, bold=True)
            inner = box.adjusted(3 * px, 0, -3 * px, 0)
            draw_text(painter, inner, words.line(self.state.notice), font, theme.wait.ink, lines=2)
            return
        if self.status is not None:
            said = words.get("status.today", entered=self.status.entered_today, left=self.status.left_today)
            draw_text(painter, box, said, metrics.font(BUTTON), theme.window.ink, align=Qt.AlignmentFlag.AlignHCenter)
