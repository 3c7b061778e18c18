# SPDX-License-Identifier: LicenseRef-Gatehouse
"""等候托盘: up to six chips, ready first, then least time left; a number and a count-down, no name (5.4)."""

from collections.abc import Callable

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.screen import SHAPES
from kiosk.app.views import ChipKind, TrayChip
from kiosk.domain.identity import PassageId
from ui.class_colours import class_colours
from ui.metrics import BUTTON, GAP, KEY, MARGIN, STAFF
from ui.painting import draw_text, fill_box
from ui.shapes import draw_shape
from ui.skin import RADIUS, Key, Panel, Skin

CHIPS = 6
_MORE = 15.0
_MARK = 10.5


class Chip(Key):
    """One unsettled passage."""

    def __init__(self, skin: Skin, number: int, open_it: Callable[[PassageId], None], parent: QWidget) -> None:
        self.chip: TrayChip | None = None
        super().__init__(skin, f"btn.chip.{number}", self._first, parent, hint=self._second)
        self._open_it = open_it
        self.clicked.connect(self._open)

    def _open(self) -> None:
        if self.chip is not None:
            self._open_it(self.chip.passage)

    def show_chip(self, chip: TrayChip | None) -> None:
        """Another passage, or none."""
        if chip != self.chip:
            self.chip = chip
            self.tell()
        self.setVisible(chip is not None)

    def _first(self) -> str:
        if self.chip is None:
            return ""
        words = self.skin.words
        return (
            words.get("tray.token", n=self.chip.token) if self.chip.token else words.get(f"tray.{self.chip.kind.value}")
        )

    def _second(self) -> str:
        chip, words = self.chip, self.skin.words
        if chip is None:
            return ""
        if chip.left_s == 0:
            return words.get("tray.ready")
        if chip.left_s is not None:
            return f"{chip.left_s // 60}:{chip.left_s % 60:02d}"
        return words.get(f"tray.{chip.kind.value}") if chip.token else ""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Shape, number, count-down; amber when it is ready."""
        if self.chip is None:
            return
        painter = QPainter(self)
        theme, px = self.skin.theme, self.skin.metrics.per_mm
        ready = self.chip.left_s == 0
        colours = theme.pressed if self.isDown() else theme.wait if ready else theme.key
        fill_box(painter, self.rect().toRectF(), colours.ground, RADIUS * px, None if ready else theme.edge, 0.3 * px)
        box = self.rect().toRectF()
        mark = box.adjusted(1.5 * px, 0, 0, 0)
        mark.setWidth(_MARK * px)
        shape = class_colours(theme, self.chip.look)
        if ready or self.chip.kind is ChipKind.RECHECK:
            shape = theme.wait if not ready else type(theme.wait)(theme.wait.ink, theme.wait.ground)
        draw_shape(painter, mark, SHAPES[self.chip.look], shape)
        text = box.adjusted((_MARK + 3) * px, px, -px, -px)
        upper, lower = text.adjusted(0, 0, 0, 0), text.adjusted(0, 0, 0, 0)
        upper.setBottom(text.top() + text.height() * 0.55)
        lower.setTop(upper.bottom())
        least = self.skin.px(4)
        draw_text(painter, upper, self._first(), self.skin.metrics.font(BUTTON, bold=True), colours.ink, least_px=least)
        draw_text(painter, lower, self._second(), self.skin.metrics.font(STAFF), colours.ink, least_px=least)
        if self.hasFocus():
            painter.setPen(QColor(theme.ring))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))


class Tray(Panel):
    """The row of chips."""

    def __init__(
        self,
        skin: Skin,
        open_it: Callable[[PassageId], None],
        take_up: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(skin, "tray", parent)
        self.chips = [Chip(skin, number, open_it, self) for number in range(CHIPS)]
        self.aside = Key(skin, "btn.aside", lambda: skin.words.get("tray.aside"), self)
        self.aside.clicked.connect(take_up)
        self.aside.hide()
        self._all: tuple[TrayChip, ...] = ()
        self._places = CHIPS

    def show_chips(self, chips: tuple[TrayChip, ...], on_screen: PassageId | None, *, aside: bool = False) -> None:
        """Who waits, but for the passage on the screen; `aside`: a half-made entry takes the last place."""
        self._all = tuple(chip for chip in chips if chip.passage != on_screen)
        self.aside.setVisible(aside)
        self._places = CHIPS - 1 if aside else CHIPS
        for number, (chip, widget) in enumerate(zip((*self._all, *[None] * CHIPS), self.chips, strict=False)):
            widget.show_chip(chip if number < self._places else None)
        self.renew()

    def lay(self) -> None:
        """Six of one width, and +N."""
        width = (self.wide - 2 * MARGIN - _MORE - CHIPS * GAP) / CHIPS
        for number, chip in enumerate(self.chips):
            self.place(chip, MARGIN + number * (width + GAP), (self.high - KEY) / 2, width, KEY)
        self.place(self.aside, MARGIN + (CHIPS - 1) * (width + GAP), (self.high - KEY) / 2, width, KEY)

    def tell(self) -> None:
        """How many wait."""
        words = self.skin.words
        self.setAccessibleName(f"{words.get('accessible.tray')}: {words.get('tray.waits', n=len(self._all))}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """+N, or that nobody waits."""
        painter = QPainter(self)
        theme, metrics, words = self.skin.theme, self.skin.metrics, self.skin.words
        if len(self._all) > self._places:
            box = self.box(self.wide - _MORE - MARGIN, 0, _MORE, self.high)
            more = words.get("tray.more", n=len(self._all) - self._places)
            draw_text(painter, box, more, metrics.font(BUTTON, bold=True), theme.window.ink)
        elif not self._all:
            box = self.box(MARGIN + 1, 0, self.wide / 2, self.high)
            draw_text(painter, box, words.get("tray.empty"), metrics.font(STAFF), theme.idle.ink)
