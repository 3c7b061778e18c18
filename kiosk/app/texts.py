# SPDX-License-Identifier: LicenseRef-Gatehouse
"""文字: the catalogue of one language over plain dictionaries (design: interface.md section 8).

A key is dotted ("staff.R25"); a text holds placeholders in braces ("{temp}"). Where a number decides the form, the keys
end in `.one` and `.other` and the number is the placeholder `n`. An unknown key or a missing value is our fault and
raises; a screen never shows a key.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kiosk.app.views import Line

_PLACE = re.compile(r"\{([a-z_]+)\}")


class Catalogue:
    """The texts of one language."""

    __slots__ = ("_texts", "language")

    def __init__(self, language: str, *tables: Mapping[str, Any]) -> None:
        """`tables` are nested mappings as TOML gives them; a later one adds to an earlier one, never replaces a key."""
        self.language = language
        self._texts: dict[str, str] = {}
        for table in tables:
            for key, text in _flat(table, ""):
                if key in self._texts:
                    raise ValueError(f"text {key} twice in {language}")
                self._texts[key] = text

    def names(self) -> frozenset[str]:
        """All keys, `.one` and `.other` as they stand."""
        return frozenset(self._texts)

    def has(self, key: str) -> bool:
        """Whether there is a text, or a pair of plural forms, under this key."""
        return key in self._texts or f"{key}.other" in self._texts

    def placeholders(self, key: str) -> frozenset[str]:
        """The names in braces of one text."""
        return frozenset(_PLACE.findall(self._texts[key]))

    def get(self, key: str, /, **values: object) -> str:
        """The text with its placeholders filled; `KeyError` for an unknown key or a missing value."""
        text = self._texts.get(key)
        if text is None:
            text = self._texts[f"{key}.one" if values.get("n") == 1 else f"{key}.other"]
        return _PLACE.sub(lambda found: str(values[found[1]]), text)

    def line(self, line: Line) -> str:
        """A line of a view in this language; a value that is a code of the table of its own name is named by it."""
        return self.get(line.key, **{name: self._named(name, value) for name, value in line.args.items()})

    def _named(self, name: str, value: str | int) -> str | int:
        return self._texts.get(f"{name}.{value}", value)


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, Mapping):
            yield from _flat(value, f"{key}.")
        else:
            raise TypeError(f"text {key} is no text")
