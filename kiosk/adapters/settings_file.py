# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's settings as `settings.json` in its folder; what cannot be read is as if never set."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from kiosk.adapters.device_folder import read_json, write_json
from kiosk.app.settings import Settings
from kiosk.domain.codes import Direction

_FILE = "settings.json"
_KINDS: dict[str, tuple[type, ...]] = {
    "theme": (str,),
    "language": (str,),
    "sound": (bool,),
    "camera": (str,),
    "thermometer": (str,),
    "scanner": (str,),
    "ear": (bool,),
    "screen_width_mm": (int, float),
}


class FolderSettings:
    """`kiosk.app.settings.SettingsShelf` as a file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE

    def load(self) -> Settings:
        """As kept, each value for itself."""
        found = read_json(self._file) if self._file.exists() else None
        kept: dict[str, Any] = {
            name: value
            for name, value in (found or {}).items()
            if name in _KINDS and isinstance(value, _KINDS[name]) and (bool in _KINDS[name]) == isinstance(value, bool)
        }
        way = (found or {}).get("direction")
        if isinstance(way, str) and way in Direction.__members__:
            kept["direction"] = Direction(way)
        return Settings(**kept)

    def save(self, settings: Settings) -> bool:
        """Written so that a power cut leaves the old or the new file."""
        values = {each.name: getattr(settings, each.name) for each in fields(settings)}
        try:
            write_json(self._file, {**values, "direction": settings.direction.value})
        except OSError:
            return False
        return True
