# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A page of tiles or a number pad: look-up, categories, menus, the leader's choices (interface.md 5.6, 5.7)."""

from collections.abc import Callable

from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.views import Line
from ui.metrics import BUTTON, GAP, KEY, LINE, MARGIN, STAFF
from ui.painting import draw_text, fill_box
from ui.skin import Key, Panel, Role, Skin
from ui.viewmodels.tiles import Page, Tile
from ui.views.number_pad import NumberPad

HEAD = 24.0
_TALLEST = 32.0


class TilesView(Panel):
    """One page at a time; more tiles than fit are paged by keys, never scrolled."""

    def __init__(self, skin: Skin, name: str, parent: QWidget | None = None) -> None:
        super().__init__(skin, name, parent)
        words = skin.words
        self.page: Page | None = None
        self.sheet = 0
        self.tiles: list[Key] = []
        self.chose: Callable[[str], None] = lambda _name: None
        self.digit: Callable[[str], None] = lambda _digit: None
        self.confirm: Callable[[], None] = lambda: None
        self.leave: Callable[[], None] = lambda: None
        self.go_home: Callable[[], None] = lambda: None
        self.back = Key(skin, "btn.back", lambda: words.get("key.back"), self)
        self.home = Key(skin, "btn.home", lambda: words.get("key.cancel"), self)
        self.previous = Key(skin, "btn.previous", lambda: words.get("key.previous"), self)
        self.following = Key(skin, "btn.following", lambda: words.get("key.following"), self)
        self.pad = NumberPad(self, self._digit, self._confirm)
        self.back.clicked.connect(self._leave)
        self.home.clicked.connect(self._go_home)
        self.previous.clicked.connect(lambda: self._turn(-1))
        self.following.clicked.connect(lambda: self._turn(1))

    def show_page(self, page: Page) -> None:
        """Another page."""
        self.setObjectName(page.screen)
        if self.page is None or page.title != self.page.title:
            self.sheet = 0
        same = self.page is not None and page.tiles == self.page.tiles
        self.page = page
        if not same:
            self._make()
        self.pad.show(on=page.pad)
        self.home.setVisible(page.deep)
        self.tell()
        self.lay()
        self.update()

    def _leave(self) -> None:
        self.leave()

    def _go_home(self) -> None:
        self.go_home()

    def _digit(self, digit: str) -> None:
        self.digit(digit)

    def _confirm(self) -> None:
        self.confirm()

    def _turn(self, by: int) -> None:
        self.sheet += by
        self._make()
        self.lay()
        self.update()

    def _grid(self) -> tuple[int, int]:
        """Columns and rows that fit."""
        tile = max(KEY, self.page.tile_mm if self.page is not None else KEY)
        columns = int((self.wide - 2 * MARGIN + GAP) // (tile + GAP))
        return max(1, columns), max(1, int((self.high - HEAD) // (KEY + GAP)))

    def _make(self) -> None:
        for key in self.tiles:
            key.hide()
            key.deleteLater()
        columns, rows = self._grid()
        page = self.page
        every = page.tiles if page is not None else ()
        most = columns * rows
        self.tiles = [self._tile(tile) for tile in every[self.sheet * most : (self.sheet + 1) * most]]
        for key in self.tiles:
            key.show()
        self.previous.setVisible(self.sheet > 0)
        self.following.setVisible((self.sheet + 1) * most < len(every))

    def _tile(self, tile: Tile) -> Key:
        def say() -> str:
            return self.skin.words.line(tile.text) if isinstance(tile.text, Line) else tile.text

        key = Key(self.skin, f"btn.tile.{tile.name}", say, self, role=Role(tile.role))
        key.setCheckable(tile.chosen)
        key.setChecked(tile.chosen)
        key.clicked.connect(lambda: self.chose(tile.name))
        return key

    def lay(self) -> None:
        """Head with the back key, then the grid."""
        self.place(self.back, self.wide - MARGIN - KEY, GAP, KEY, KEY)
        self.place(self.home, self.wide - MARGIN - 2 * KEY - GAP, GAP, KEY, KEY)
        deep = KEY + GAP if self.page is not None and self.page.deep else 0
        self.place(self.following, self.wide - MARGIN - 2 * KEY - 2 * GAP - deep, GAP, KEY + GAP, KEY)
        self.place(self.previous, self.wide - MARGIN - 3 * KEY - 4 * GAP - deep, GAP, KEY + GAP, KEY)
        columns, _ = self._grid()
        width = (self.wide - 2 * MARGIN - (columns - 1) * GAP) / columns
        needed = -(-max(1, len(self.tiles)) // columns)
        tall = max(KEY, min(_TALLEST, (self.high - HEAD - GAP) / needed - GAP))
        for number, key in enumerate(self.tiles):
            column, row = number % columns, number // columns
            self.place(key, MARGIN + column * (width + GAP), HEAD + row * (tall + GAP), width, tall)
        self.pad.lay(HEAD)

    def tell(self) -> None:
        """Title and keys."""
        if self.page is not None:
            self.setAccessibleName(self.skin.words.line(self.page.title))
        for key in self.tiles:
            key.tell()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Title, what was chosen so far, a notice, the digits."""
        page = self.page
        if page is None:
            return
        painter = QPainter(self)
        theme, words, metrics = self.skin.theme, self.skin.words, self.skin.metrics
        room = self.wide - 3 * MARGIN - (4 if page.deep else 3) * (KEY + GAP) - 8
        title = self.box(MARGIN + 1, 2, room, 12)
        draw_text(
            painter,
            title,
            words.line(page.title),
            metrics.font(LINE, bold=True),
            theme.window.ink,
            least_px=self.skin.px(STAFF),
        )
        below = self.box(MARGIN + 1, 14, room, 8.5)
        so_far = words.line(page.so_far) if isinstance(page.so_far, Line) else page.so_far or ""
        if page.notice is not None:
            fill_box(painter, below.adjusted(-self.skin.px(1), 0, 0, 0), theme.wait.ground, self.skin.px(1.2))
            draw_text(
                painter,
                below,
                words.line(page.notice),
                metrics.font(STAFF, bold=True),
                theme.wait.ink,
                least_px=self.skin.px(4),
            )
        else:
            draw_text(painter, below, so_far, metrics.font(BUTTON), theme.window.ink, least_px=self.skin.px(4))
        if page.pad:
            self.pad.paint(painter, HEAD, page.typed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits, Enter and Backspace work the pad."""
        if self.page is None or not self.page.pad or not self.pad.pressed(event):
            super().keyPressEvent(event)
