# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Texts of the pages by key, in 中文 and English; codes are named by the screens' own catalogue."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import assets

LANGUAGES = assets.LANGUAGES


class PageTexts:
    """页面文字: `texts("office.today.title")`; an unknown key is an error, found by the tests."""

    def __init__(self, language: str, table: Mapping[str, str]) -> None:
        """Take the flat table of one language."""
        self.language = language
        self._table = table

    @property
    def html_lang(self) -> str:
        """The language for `<html lang>`."""
        return self.language.replace("_", "-")

    @property
    def other(self) -> str:
        """The language that the switch leads to."""
        return next(each for each in LANGUAGES if each != self.language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text with its placeholders filled."""
        text = self._table[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._table

    def keys(self) -> frozenset[str]:
        """All keys of the office's own catalogue."""
        return frozenset(key for key in self._table if key.startswith("office."))


@cache
def page_texts(language: str) -> PageTexts:
    """The texts of a language."""
    table: dict[str, str] = {}
    for part in (*assets.texts(language), *assets.office_texts(language)):
        _flatten("", part, table)
    return PageTexts(language, table)


def _flatten(prefix: str, part: Mapping[str, Any], out: dict[str, str]) -> None:
    for key, value in part.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            _flatten(f"{name}.", value, out)
        else:
            out[name] = str(value)
