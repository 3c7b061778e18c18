# SPDX-License-Identifier: LicenseRef-Gatehouse
"""值班记录表: the redacted sheet that a leader may take away (trust.md section 10).

Redaction is by column: a leader's sheet holds masked surname and building, no phone, no room, no document. What a cell
may hold is one function for all forms: a spreadsheet must never take a text for a formula.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.domain.sheet_text import BIDI, guarded

COLUMNS: Final = ("time", "way", "who", "category", "verdict", "reason", "temps", "marks")
"""栏目: of a row, in order; the catalogue names them under `sheet.*`."""
LONGEST_DAYS: Final = 92
_NUMBER = re.compile(r"[0-9][0-9 -]{5,}[0-9Xx]")


@dataclass(frozen=True, slots=True)
class ShiftSheet:
    """一张表: title, scope and purpose line, the figures above, column titles, rows, notes of leaders, one language."""

    title: str
    scope: str
    purpose: str
    figures: tuple[tuple[str, int], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def clean(text: str) -> str:
    """清理: control and bidi characters go; a tab or line break inside a text becomes a blank."""
    kept = (" " if letter in "\t\r\n" else letter for letter in text if letter not in BIDI)
    return "".join(letter for letter in kept if unicodedata.category(letter) != "Cc")


def without_numbers(text: str) -> str:
    """去号码: a free text that leaves the gate names no phone and no document."""
    return _NUMBER.sub("***", text)


def inert(text: str) -> str:
    """防公式: a text that a spreadsheet could take for a formula gets a leading apostrophe."""
    return guarded(text, clean(text))


def csv_text(sheet: ShiftSheet) -> str:
    """CSV: every field quoted, CRLF; the file is UTF-8 with a byte order mark."""
    head: list[Sequence[str]] = [(sheet.title,), (sheet.scope,), (sheet.purpose,)]
    head += [(name, str(value)) for name, value in sheet.figures]
    lines = [*head, sheet.columns, *sheet.rows, *((note,) for note in sheet.notes)]
    return "".join(",".join(_quoted(cell) for cell in line) + "\r\n" for line in lines)


def _quoted(cell: str) -> str:
    escaped = inert(cell).replace('"', '""')
    return f'"{escaped}"'
