# SPDX-License-Identifier: LicenseRef-Gatehouse
"""同步情况, 首次启动, and the state in which the gate opens or cannot (interface.md 5.1, 5.15, 5.16)."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.views import Shape
from kiosk.domain.instants import shanghai
from ui.metrics import BUTTON, GAP, KEY, LINE, MARGIN, STAFF
from ui.painting import draw_text, fill_box, hatch
from ui.shapes import draw_shape
from ui.skin import Key, Panel, Role, Skin
from ui.viewmodels.states import EnrolState, OrderState, SyncState
from ui.views.preview import Preview

_MIDDLE = Qt.AlignmentFlag.AlignHCenter


class SyncScreen(Panel):
    """同步情况 `screen.sync`: what is not sent, since when, how old the list is, what is wrong, in plain words."""

    def __init__(self, skin: Skin, parent: QWidget | None = None) -> None:
        super().__init__(skin, "screen.sync", parent)
        words = skin.words
        self.state: SyncState | None = None
        self.leave: Callable[[], None] = lambda: None
        self.sync_now: Callable[[], None] = lambda: None
        self.back = Key(skin, "btn.back", lambda: words.get("key.back"), self)
        self.now = Key(skin, "btn.sync_now", lambda: words.get("key.sync_now"), self, role=Role.MAIN)
        self.back.clicked.connect(self._leave)
        self.now.clicked.connect(self._sync_now)

    def _leave(self) -> None:
        self.leave()

    def _sync_now(self) -> None:
        self.sync_now()

    def show_state(self, state: SyncState) -> None:
        """The newest figures."""
        self.state = state
        self.update()

    def lay(self) -> None:
        """Two keys."""
        self.place(self.back, self.wide - MARGIN - KEY, GAP, KEY, KEY)
        self.place(self.now, MARGIN, self.high - KEY - GAP, 60, KEY)

    def tell(self) -> None:
        """Its name."""
        self.setAccessibleName(self.skin.words.get("screen.sync"))

    def rows(self) -> tuple[str, ...]:
        """The sentences."""
        if self.state is None:
            return ()
        view, words = self.state.view, self.skin.words
        rows = [
            words.get("sync_state.all_sent") if view.pending == 0 else words.get("sync_state.pending", n=view.pending)
        ]
        if view.oldest_pending_at_ms is not None and view.pending:
            rows.append(words.get("sync_state.oldest", time=_time(view.oldest_pending_at_ms)))
        last = view.last_ok_ms
        rows.append(
            words.get("sync_state.never") if last is None else words.get("sync_state.last_ok", time=_time(last))
        )
        if view.list_made_at_ms is not None:
            rows.append(words.get("sync_state.list", time=_time(view.list_made_at_ms)))
        if view.offset_ms is not None:
            rows.append(words.get("sync_state.offset", n=f"{view.offset_ms / 1000:+.1f}"))
        rows.append(words.get("sync_state.server", name=view.server))
        rows.append(words.get(self._error(view.last_error, revoked=view.revoked)))
        return tuple(rows)

    def _error(self, error: str | None, *, revoked: bool) -> str:
        if revoked:
            return "sync_state.revoked"
        if error is None:
            return "sync_state.no_error"
        key = f"sync_state.{error.lower()}"
        return key if self.skin.words.catalogue.has(key) else "sync_state.other"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Title and sentences."""
        painter = QPainter(self)
        theme, words, metrics = self.skin.theme, self.skin.words, self.skin.metrics
        title = self.box(MARGIN + 1, 4, self.wide - KEY - 10, 14)
        draw_text(painter, title, words.get("screen.sync"), metrics.font(LINE, bold=True), theme.window.ink)
        rows = self.rows()
        step = min(11.0, (self.high - 24 - KEY - 3 * GAP) / max(1, len(rows)))
        for number, row in enumerate(rows):
            box = self.box(MARGIN + 1, 22 + number * step, self.wide - 2 * MARGIN, step)
            bold = number in (0, len(rows) - 1)
            draw_text(painter, box, row, metrics.font(BUTTON, bold=bold), theme.window.ink, least_px=self.skin.px(4))


def _time(at_ms: int) -> str:
    return shanghai(at_ms).strftime("%m-%d %H:%M")


class EnrolScreen(Panel):
    """首次启动 `screen.enroll`: no typing: language, the code of the street office, self-test."""

    def __init__(self, skin: Skin, parent: QWidget | None = None) -> None:
        super().__init__(skin, "screen.enroll", parent)
        words = skin.words
        self.state = EnrolState()
        self.preview = Preview(skin, self)
        self.language = Key(skin, "btn.language", lambda: words.get("key.language"), self)
        self.from_file = Key(skin, "btn.from_file", lambda: words.get("key.from_file"), self)
        self.demo = Key(skin, "btn.demo", lambda: words.get("key.demo"), self)
        self.tell()

    def show_state(self, state: EnrolState) -> None:
        """How far it has come."""
        self.state = state
        self.update()

    def lay(self) -> None:
        """Picture left, keys right."""
        wide = min(116.0, self.wide - 96)
        self.place(self.preview, MARGIN, 26, wide, wide * 9 / 16)
        left, width = wide + 2 * MARGIN + 2, self.wide - wide - 3 * MARGIN - 2
        for number, key in enumerate((self.language, self.from_file, self.demo)):
            self.place(key, left, self.high - 3 * (KEY + GAP) + number * (KEY + GAP), width, KEY)

    def tell(self) -> None:
        """Its name."""
        self.setAccessibleName(self.skin.words.get("screen.enroll"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Steps, prompt, self-test, message."""
        painter = QPainter(self)
        theme, words, metrics = self.skin.theme, self.skin.words, self.skin.metrics
        steps = [words.get(f"enrol.step_{name}") for name in ("language", "scan", "check")]
        wide = (self.wide - 2 * MARGIN) / len(steps)
        for number, step in enumerate(steps):
            box = self.box(MARGIN + number * wide, 2, wide - GAP, 11)
            fill_box(painter, box, theme.go.ground if number == 1 else theme.panel.ground, self.skin.px(1.8))
            ink = theme.go.ink if number == 1 else theme.panel.ink
            draw_text(painter, box, step, metrics.font(STAFF, bold=number == 1), ink, align=_MIDDLE)
        prompt = self.box(MARGIN + 1, 14, self.wide - 2 * MARGIN, 11)
        draw_text(painter, prompt, words.get("enrol.scan"), metrics.font(8.0, bold=True), theme.window.ink)
        picture = min(116.0, self.wide - 96)
        left = picture + 2 * MARGIN + 2
        for number, (name, well) in enumerate(
            (("network", self.state.network), ("clock", self.state.clock), ("camera", self.state.camera))
        ):
            said = words.get("enrol.unknown" if well is None else "enrol.ok" if well else "enrol.not_ok")
            box = self.box(left, 26 + number * 9, self.wide - left - MARGIN, 9)
            draw_text(painter, box, f"{words.get(f'enrol.{name}')}  {said}", metrics.font(STAFF), theme.window.ink)
        self._message(painter, picture)

    def _message(self, painter: QPainter, picture: float) -> None:
        theme, words, metrics = self.skin.theme, self.skin.words, self.skin.metrics
        top = 26 + picture * 9 / 16 + GAP
        box = self.box(MARGIN, top, picture, self.high - top - GAP)
        if self.state.message is not None:
            colours = theme.stop if self.state.bad else theme.wait
            fill_box(painter, box, colours.ground, self.skin.px(1.8))
            inner = box.adjusted(self.skin.px(3), 0, -self.skin.px(3), 0)
            draw_text(
                painter, inner, words.line(self.state.message), metrics.font(BUTTON, bold=True), colours.ink, lines=2
            )
        if self.state.progress is not None:
            done = QRectF(
                box.left(), box.bottom() - self.skin.px(3), box.width() * self.state.progress / 100, self.skin.px(3)
            )
            painter.fillRect(done, theme.go.ground)


class OrderScreen(Panel):
    """The gate opens, or cannot: what it is, and what to do; hatched like everything that we could not check."""

    def __init__(self, skin: Skin, parent: QWidget | None = None) -> None:
        super().__init__(skin, "screen.order", parent)
        words = skin.words
        self.state: OrderState | None = None
        self.retry = Key(skin, "btn.retry", lambda: words.get("order.retry"), self, role=Role.MAIN)
        self.retry.hide()

    def show_state(self, state: OrderState) -> None:
        """Another state."""
        self.state = state
        self.retry.setVisible(state.retry)
        self.tell()
        self.update()

    def lay(self) -> None:
        """One key."""
        self.place(self.retry, (self.wide - 60) / 2, self.high - KEY - 8, 60, KEY)

    def tell(self) -> None:
        """What it says."""
        if self.state is not None:
            self.setAccessibleName(self.skin.words.line(self.state.what))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Shape and words; a start in progress is no fault and looks like none."""
        painter = QPainter(self)
        theme, words, metrics = self.skin.theme, self.skin.words, self.skin.metrics
        state = self.state
        if state is None:
            return
        ink = theme.window.ink
        if state.todo is not None:
            painter.fillRect(self.rect(), theme.cannot.ground)
            hatch(
                painter,
                QRectF(self.rect()),
                theme.window.ink if theme.cannot.ground < theme.window.ink else theme.idle.ground,
                self.skin.px(9),
                self.skin.px(0.3),
            )
            draw_shape(painter, self.box(0, 10, self.wide, 44), Shape.DASHED_SQUARE, theme.cannot)
            ink = theme.cannot.ink
        what = self.box(6, 58, self.wide - 12, 16)
        draw_text(
            painter,
            what,
            words.line(state.what),
            metrics.font(LINE, bold=True),
            ink,
            align=_MIDDLE,
            least_px=self.skin.px(STAFF),
        )
        if state.todo is not None:
            todo = self.box(6, 76, self.wide - 12, 10)
            draw_text(
                painter,
                todo,
                words.line(state.todo),
                metrics.font(BUTTON),
                ink,
                align=_MIDDLE,
                least_px=self.skin.px(4),
            )
