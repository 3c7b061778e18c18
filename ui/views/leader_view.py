# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The leader's desk on the screen: one view draws every page of it (interface.md 5.13)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.app.views import Shape
from ui.metrics import BUTTON, CARD, GAP, KEY, LINE, MARGIN, READ_BACK, SMALL, STAFF
from ui.painting import draw_text, fill_box, rows_of
from ui.skin import Key, Panel, Role, Skin
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile, PadKind, say
from ui.views.leader_chart import paint_day, table_rows, verdict_rows
from ui.views.leader_paint import WRITING, paint_ruler, paint_writing

HEAD = 23.0
_FACT, _FACT_LARGE = 6.8, 8.8
_TALLEST = 26.0
_PAD = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "delete", "0", "confirm")
_PAD_WIDE = 34.0
_MOST_FACT_ROWS = 30
_HEAD_KEYS = ("back", "lock", "following", "previous")


class LeaderKey(Key):
    """A key of a page: text, a second line, a shape; it takes another tile's place without being made anew."""

    def __init__(self, skin: Skin, prefix: str, tile: LeaderTile, parent: QWidget) -> None:
        held = [tile]
        words = skin.words
        super().__init__(
            skin, f"{prefix}.{tile.name}", lambda: say(words, held[0].text), parent,
            hint=lambda: say(words, held[0].hint),
        )  # fmt: skip
        self._prefix = prefix
        self._held = held
        self.show_tile(tile)

    @property
    def tile(self) -> LeaderTile:
        """What it stands for."""
        return self._held[0]

    def show_tile(self, tile: LeaderTile) -> None:
        """Another tile."""
        self._held[0] = tile
        self.setObjectName(f"{self._prefix}.{tile.name}")
        self.role, self.shape = Role(tile.role), tile.shape
        self.setEnabled(tile.enabled)
        self.tell()


class LeaderView(Panel):
    """One page at a time."""

    def __init__(self, skin: Skin, parent: QWidget | None = None) -> None:
        super().__init__(skin, "screen.leader", parent)
        words = skin.words
        self.page: LeaderPage | None = None
        self.chose: Callable[[str], None] = lambda _name: None
        self.digit: Callable[[str], None] = lambda _digit: None
        self.wrote: Callable[[str], None] = lambda _text: None
        self.confirm: Callable[[], None] = lambda: None
        self.leave: Callable[[], None] = lambda: None
        self.lock: Callable[[], None] = lambda: None
        self.turn: Callable[[int], None] = lambda _by: None
        acts: dict[str, Callable[[], None]] = {
            "previous": lambda: self.turn(-1),
            "following": lambda: self.turn(1),
            "lock": lambda: self.lock(),  # noqa: PLW0108 - set later
            "back": lambda: self.leave(),  # noqa: PLW0108
        }
        self.head = {name: Key(skin, f"btn.{name}", _asks(skin, f"key.{name}"), self) for name in acts}
        for name, act in acts.items():
            self.head[name].clicked.connect(act)
        self.pad = [self._pad_key(name) for name in _PAD]
        self.tiles: list[LeaderKey] = []
        self.keys: list[LeaderKey] = []
        self._made: dict[str, list[LeaderKey]] = {"btn.tile": [], "btn.key": []}
        self._words = words
        self._breath = QTimer(self)
        self._breath.setSingleShot(True)
        self._breath.timeout.connect(lambda: self.setUpdatesEnabled(True))

    def _pad_key(self, name: str) -> Key:
        if name.isdigit():
            key = Key(self.skin, f"btn.digit.{name}", lambda: name, self, em=LINE)
            key.clicked.connect(lambda: self.digit(name))
            return key
        role = Role.MAIN if name == "confirm" else Role.NORMAL
        key = Key(self.skin, f"btn.{name}", _asks(self.skin, f"key.{name}"), self, role=role)
        key.clicked.connect(lambda: self.confirm() if name == "confirm" else self.digit(""))
        return key

    # -- showing -------------------------------------------------------------------------------------------------

    def show_page(self, page: LeaderPage) -> None:
        """Another page; keys that say the same stay, so that the focus does."""
        before = self.page
        self.page = page
        if before is not None and replace(before, sub=page.sub, notice=page.notice, busy=page.busy) == page:
            self._head_only()
            return
        self.setObjectName(page.name)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=page.writing is not None)
        if before is None or before.tiles != page.tiles:
            self.tiles = self._shown(page.tiles, "btn.tile")
        if before is None or before.keys != page.keys:
            self.keys = self._shown(page.keys, "btn.key")
        for key in self.pad:
            key.setVisible(page.pad is not None)
        self.head["previous"].setVisible(page.back)
        self.head["following"].setVisible(page.forth)
        self.head["lock"].setVisible(not page.locked)
        if before is None or (before.name, before.title) != (page.name, page.title):
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # a page begins with nothing chosen
        self._order()
        self.tell()
        self.lay()
        self._paint_next()

    def _paint_next(self) -> None:
        """Making a page and painting it are two pieces of work: the lane has its turn between them."""
        self.setUpdatesEnabled(False)
        self._breath.start(0)

    def _head_only(self) -> None:
        """Only the line under the title is another: nothing else is painted anew."""
        self.tell_page()
        self.update(self.box(0, 0, self.wide, HEAD).toRect())

    def _shown(self, tiles: Sequence[LeaderTile], prefix: str) -> list[LeaderKey]:
        """The keys of a page: those of the page before take other tiles, since making one costs more."""
        made = self._made[prefix]
        for key, tile in zip(made, tiles, strict=False):
            key.show_tile(tile)
            key.show()
        for tile in tiles[len(made) :]:
            key = LeaderKey(self.skin, prefix, tile, self)
            key.clicked.connect(_choice(self, key))
            key.show()
            made.append(key)
        for key in made[len(tiles) :]:
            key.hide()
            key.setObjectName(f"{prefix}.unused")
        return made[: len(tiles)]

    def _order(self) -> None:
        """Tab goes as one reads: what the page offers, the keys below, then the head."""
        row: list[Key] = [*self.tiles, *(self.pad if self.page is not None and self.page.pad else ()), *self.keys]
        row += [self.head[name] for name in ("previous", "following", "back", "lock")]
        for one, following in pairwise([self, *row]):
            QWidget.setTabOrder(one, following)

    def shapes(self) -> tuple[Shape, ...]:
        """Shapes on the keys now."""
        return tuple(key.shape for key in self.tiles if key.shape is not None)

    def texts(self) -> tuple[str, ...]:
        """All that stands on the page beside its keys."""
        page, words = self.page, self._words
        if page is None:
            return ()
        found = [say(words, text) for text in (page.title, page.sub, page.notice)]
        found += [say(words, fact.text) for fact in page.facts]
        if page.pad is not None:
            found.append(page.pad.typed)
        found.append(page.writing or "")
        if page.drawn is not None:
            day = page.drawn.day
            found += [" ".join(row) for row in table_rows(self.skin, day)]
            found += [f"{words.get(f'verdict.{verdict.value}')} {count}" for verdict, count in verdict_rows(day)]
        return tuple(text for text in found if text)

    def tell_page(self) -> None:
        """Its name, and in words what the page tells."""
        if self.page is not None:
            self.setAccessibleName(say(self._words, self.page.title))
            self.setAccessibleDescription(". ".join(self.texts()[1:]))

    def tell(self) -> None:
        """The page, and each key."""
        self.tell_page()
        for key in (*self.tiles, *self.keys):
            key.tell()

    # -- layout --------------------------------------------------------------------------------------------------

    def lay(self) -> None:
        """Head, sentences, tiles, pad; keys at the bottom."""
        right = self.wide - MARGIN
        for number, name in enumerate(_HEAD_KEYS):
            self.place(self.head[name], right - (number + 1) * KEY - number * GAP, 1, KEY, KEY)
        if self.page is None:
            return
        bottom = self._bottom()
        count = max(1, len(self.keys))
        wide = min(50.0, (self._room() - (count - 1) * GAP) / count)
        for number, key in enumerate(self.keys):
            self.place(key, MARGIN + number * (wide + GAP), self.high - KEY - 1, wide, KEY)
        self._lay_tiles(bottom)
        left = self.wide - 3 * _PAD_WIDE - 2 * GAP - MARGIN
        tall = min(KEY + 3, (self.high - 1 - HEAD - 3 * GAP) / 4)
        for number, digit in enumerate(self.pad):
            column, row = number % 3, number // 3
            self.place(digit, left + column * (_PAD_WIDE + GAP), HEAD + row * (tall + GAP), _PAD_WIDE, tall)

    def _bottom(self) -> float:
        return self.high - (KEY + GAP + 1 if self.page is not None and self.page.keys else 1)

    def _facts_high(self) -> float:
        rows = self._fact_rows()
        return len(rows) * self._step() + (GAP if rows else 0)

    def _em(self) -> float:
        """Sentences alone on a page stand in the keys' size as long as they fit; else in the staff panel's."""
        page = self.page
        alone = page is not None and page.pad is None and page.drawn is None and not page.tiles
        if not alone or page is None:
            return STAFF
        rows = len(self._broken(BUTTON))
        return BUTTON if rows * _FACT_LARGE <= self._bottom() - HEAD else STAFF

    def _step(self) -> float:
        return _FACT_LARGE if self._em() == BUTTON else _FACT

    def _lay_tiles(self, bottom: float) -> None:
        page = self.page
        if page is None or not self.tiles:
            return
        top = HEAD + self._facts_high() + (WRITING + GAP if page.writing is not None else 0)
        room = self._room()
        columns = max(1, int((room + GAP) // (max(KEY, page.tile_mm) + GAP)))
        wide = (room - (columns - 1) * GAP) / columns
        needed = -(-len(self.tiles) // columns)
        tall = max(KEY, min(_TALLEST, (bottom - top + GAP) / needed - GAP))
        for number, key in enumerate(self.tiles):
            column, row = number % columns, number // columns
            self.place(key, MARGIN + column * (wide + GAP), top + row * (tall + GAP), wide, tall)

    def _room(self) -> float:
        """Width for sentences and tiles: what a pad leaves."""
        pad = 3 * (_PAD_WIDE + GAP) + GAP if self.page is not None and self.page.pad is not None else 0
        return self.wide - 2 * MARGIN - pad

    def rows_that_fit(self, tile_mm: float) -> int:
        """How many tiles of a width stand on a page with keys below: what a list asks for at once."""
        columns = max(1, int((self.wide - 2 * MARGIN + GAP) // (max(KEY, tile_mm) + GAP)))
        return columns * max(1, int((self.high - KEY - GAP - 1 - HEAD + GAP) // (KEY + GAP)))

    # -- painting ------------------------------------------------------------------------------------------------

    def _fact_rows(self) -> list[tuple[str, Fact]]:
        return self._broken(self._em())

    def _broken(self, em: float) -> list[tuple[str, Fact]]:
        page = self.page
        if page is None:
            return []
        texts = tuple(say(self._words, fact.text) for fact in page.facts)
        width = (self._room() - 2) * self.skin.metrics.per_mm
        rows = rows_of(texts, self.skin.metrics.font(em, bold=True), width, _MOST_FACT_ROWS)
        return [(text, page.facts[number]) for text, number in rows]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Title, notice, sentences, what is typed, the picture."""
        page = self.page
        if page is None:
            return
        painter = QPainter(self)
        self._paint_head(painter, page)
        theme, metrics = self.skin.theme, self.skin.metrics
        em, step = self._em(), self._step()
        for number, (text, fact) in enumerate(self._fact_rows()):
            row = self.box(MARGIN, HEAD + number * step, self._room(), step)
            colours = theme.window
            if fact.grave:
                fill_box(painter, row, theme.wait.ground, 0)
                colours = theme.wait
            inner = row.adjusted(self.skin.px(1), 0, 0, 0)
            font = metrics.font(em, bold=fact.strong)
            draw_text(painter, inner, text, font, colours.ink, least_px=self.skin.px(SMALL))
        if page.pad is not None:
            top = HEAD + self._facts_high()
            box = self.box(MARGIN, top, self._room(), READ_BACK * 1.4)
            fill_box(painter, box, theme.panel.ground, self.skin.px(1.8))
            shown = page.pad.typed
            if page.pad.kind is PadKind.TEMPERATURE and shown:
                shown = f"{shown} ℃"
            draw_text(
                painter, box, shown, metrics.font(READ_BACK), theme.panel.ink, align=Qt.AlignmentFlag.AlignHCenter
            )
        if page.writing is not None:
            box = self.box(MARGIN, HEAD + self._facts_high(), self.wide - 2 * MARGIN, WRITING)
            paint_writing(painter, self.skin, box, page.writing)
        if page.ruler:
            paint_ruler(painter, self.skin, self.box(MARGIN, HEAD + READ_BACK * 1.4 + 3 * GAP, CARD, KEY))
        if page.drawn is not None:
            top = HEAD + self._facts_high()
            box = self.box(MARGIN, top, self.wide - 2 * MARGIN, self._bottom() - top - 1)
            paint_day(painter, box, self.skin, page.drawn.day, page.drawn.chart)

    def _paint_head(self, painter: QPainter, page: LeaderPage) -> None:
        theme, metrics = self.skin.theme, self.skin.metrics
        shown = sum(key.isVisibleTo(self) for key in self.head.values())
        room = self.wide - 2 * MARGIN - 4 * (KEY + GAP) if shown > 2 else self.wide - 2 * MARGIN - 2 * (KEY + GAP)  # noqa: PLR2004
        title = self.box(MARGIN + 1, 1, room, 12)
        font = metrics.font(LINE, bold=True)
        draw_text(painter, title, say(self._words, page.title), font, theme.window.ink, least_px=self.skin.px(STAFF))
        below = self.box(MARGIN + 1, 13, room, 8.5)
        if page.notice is not None:
            fill_box(painter, below.adjusted(-self.skin.px(1), 0, 0, 0), theme.wait.ground, self.skin.px(1.2))
            text, colours, bold = say(self._words, page.notice), theme.wait, True
        else:
            text, colours, bold = say(self._words, page.sub), theme.window, False
        font = metrics.font(BUTTON if not bold else STAFF, bold=bold)
        draw_text(painter, below, text, font, colours.ink, least_px=self.skin.px(SMALL))

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """What an input method of the system made of keys: 中文."""
        if self.page is not None and self.page.writing is not None and event.commitString():
            self.wrote(event.commitString())
        event.accept()

    # -- keyboard ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits, Enter and Backspace work the pad; page keys turn the page."""
        page = self.page
        typed = event.text()
        if page is not None and page.writing is not None and (typed.isprintable() and typed):
            self.wrote(typed)
        elif page is not None and page.writing is not None and event.key() == Qt.Key.Key_Backspace:
            self.wrote("")
        elif page is not None and page.pad is not None and typed.isascii() and typed.isdigit():
            self.digit(typed)
        elif page is not None and page.pad is not None and event.key() == Qt.Key.Key_Backspace:
            self.digit("")
        elif page is not None and page.pad is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirm()
        elif page is not None and page.forth and event.key() == Qt.Key.Key_PageDown:
            self.turn(1)
        elif page is not None and page.back and event.key() == Qt.Key.Key_PageUp:
            self.turn(-1)
        else:
            super().keyPressEvent(event)


def _asks(skin: Skin, key: str) -> Callable[[], str]:
    return lambda: skin.words.get(key)


def _choice(view: LeaderView, key: LeaderKey) -> Callable[[], None]:
    return lambda: view.chose(key.tile.name)
