# SPDX-License-Identifier: LicenseRef-Gatehouse
"""底部按键: six keys of 20 mm, F1 to F6 (interface.md 5.2)."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QWidget

from kiosk.app.views import Shape
from kiosk.domain.codes import Direction
from ui.metrics import GAP, KEY, MARGIN
from ui.skin import Key, Panel, Role, Skin

NAMES: Final = ("forgotten", "visitors", "vehicle", "direction", "emergency", "more")


class BottomRow(Panel):
    """The keys by name; the window connects them."""

    def __init__(self, skin: Skin, parent: QWidget | None = None) -> None:
        super().__init__(skin, "bottom", parent)
        self._way = Direction.IN
        self.keys: Mapping[str, Key] = {name: self._key(name) for name in NAMES}
        self.keys["emergency"].shape = Shape.DOUBLE_CHEVRON

    def _key(self, name: str) -> Key:
        return Key(self.skin, f"btn.{name}", lambda: self.skin.words.get(f"key.{name}"), self)

    def show_way(self, way: Direction) -> None:
        """进<->出 stands out while the gate faces the other way."""
        self._way = way
        key = self.keys["direction"]
        key.says(lambda: self.skin.words.get("key.direction"), Role.AMBER if way is Direction.OUT else Role.NORMAL)

    def lay(self) -> None:
        """Six of one width."""
        width = (self.wide - 2 * MARGIN - (len(NAMES) - 1) * GAP) / len(NAMES)
        for number, key in enumerate(self.keys.values()):
            self.place(key, MARGIN + number * (width + GAP), (self.high - KEY) / 2, width, KEY)
