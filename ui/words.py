# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The language of the screen: one catalogue at a time, switched while running (interface.md section 8)."""

from PySide6.QtCore import QObject, Signal

import assets
from kiosk.app.texts import Catalogue
from kiosk.app.views import Line


class Words(QObject):
    """What every view asks for its texts; `switched` tells that all of them must be asked for again."""

    switched = Signal(str)

    def __init__(self, language: str = assets.LANGUAGES[0]) -> None:
        super().__init__()
        self._known: dict[str, Catalogue] = {}
        self._now = self._catalogue(language)

    @property
    def language(self) -> str:
        """The language now: "zh_CN" or "en"."""
        return self._now.language

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue now."""
        return self._now

    def get(self, key: str, /, **values: object) -> str:
        """A text by its key."""
        return self._now.get(key, **values)

    def line(self, line: Line | None) -> str:
        """A line of a view; nothing for none."""
        return "" if line is None else self._now.line(line)

    def use(self, language: str) -> None:
        """Switch; views ask anew."""
        if language != self._now.language:
            self._now = self._catalogue(language)
            self.switched.emit(language)

    def other(self) -> None:
        """Switch to the other language."""
        at = assets.LANGUAGES.index(self._now.language)
        self.use(assets.LANGUAGES[(at + 1) % len(assets.LANGUAGES)])

    def _catalogue(self, language: str) -> Catalogue:
        found = self._known.get(language)
        if found is None:
            found = self._known[language] = Catalogue(language, *assets.texts(language))
        return found
