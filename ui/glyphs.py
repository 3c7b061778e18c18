# SPDX-License-Identifier: LicenseRef-Gatehouse
"""字形: which letters the font of the screens has; one that it lacks is shown as 〓, the printers' own sign for it.

A rare name, or one from a private-use area of an old register, must not become an empty box, nor another font's
letter of another size (interface.md section 3: a miss is shown, no tofu).
"""

from functools import cache
from unicodedata import category

from PySide6.QtGui import QFont, QRawFont

from ui.tokens import FAMILY

STAND_IN = "〓"
_SHAPELESS = frozenset({"Cc", "Cf", "Mn", "Me"})
"""Controls, joiners and variation marks have no shape of their own: left out where the font does not know them."""


@cache
def _font() -> QRawFont:
    return QRawFont.fromFont(QFont(FAMILY))


@cache
def has_glyph(letter: str) -> bool:
    """Whether the text font has this letter."""
    return letter == "\n" or _font().supportsCharacter(ord(letter))


@cache
def _shown(letter: str) -> str:
    if has_glyph(letter) or not has_glyph(STAND_IN):  # without the font nothing is known: the status bar says so
        return letter
    return "" if category(letter) in _SHAPELESS else STAND_IN


def legible(text: str) -> str:
    """The text with 〓 for each letter that would have no shape."""
    return text if text.isascii() else "".join(map(_shown, text))
