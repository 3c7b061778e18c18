# SPDX-License-Identifier: LicenseRef-Gatehouse
"""设置: what a leader sets at this gate, kept on this tablet (interface.md 5.14); it decides about nobody."""

from dataclasses import dataclass
from typing import Protocol

from kiosk.domain.codes import Direction


@dataclass(frozen=True, slots=True)
class Settings:
    """设置: None stands for what the program was started with. `camera` is a number, a device or a file.

    `thermometer` and `scanner` are settings as on the command line: a port, `keys:`, `ble:`, "none". `ear`: 耳 stands
    on the keypad in place of 颈. `screen_width_mm`: of the glass, where the screen tells its size wrongly.
    """

    theme: str | None = None
    language: str | None = None
    sound: bool = True
    camera: str | None = None
    thermometer: str | None = None
    scanner: str | None = None
    direction: Direction = Direction.IN
    ear: bool = False
    screen_width_mm: float | None = None


class SettingsShelf(Protocol):
    """设置的存放."""

    def load(self) -> Settings:
        """As kept; a value that cannot be read is as if never set."""
        ...

    def save(self, settings: Settings) -> bool:
        """Durable when it returns True; False where it cannot be written."""
        ...
