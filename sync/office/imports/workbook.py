# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A file of xls, xlsx, ods or CSV as sheets of texts; whatever is no such file is refused before it is parsed.

Limits (interface.md 12.1): 10 MiB, unpacked 200 MiB, 200,000 rows. Macros are never run and formulas never evaluated:
a formula's cell is an error, because what it shows may not be what it holds.
"""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
    XmlError,
    ZipError,
)

BYTES_LIMIT = 10 << 20
UNPACKED_LIMIT = 200 << 20
ROWS_LIMIT = 200_000
CELLS_LIMIT = 8_000_000
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_RELATIONS = "xl/_rels/workbook.xml.rels"
_CHUNK = 1 << 20
_FORMULA = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<(?:\w+:)?f[\s/>]')
_ODS_FORMULA = re.compile(rb"table:formula=")
_EXACT = 10**15
"""A spreadsheet's numbers hold 15 digits: a longer number has lost its last ones."""

Cell = tuple[int, int]
"""Row and column, both from 0."""


class FileFault(StrEnum):
    """文件问题: why a file is refused whole."""

    TOO_LARGE = "too_large"
    BOMB = "bomb"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    NOT_A_SHEET = "not_a_sheet"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Sheet:
    """工作表: `rows` of texts as the spreadsheet numbers them from 0; `filled`, `formulas`: cells to speak of."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    filled: frozenset[Cell] = frozenset()
    formulas: frozenset[Cell] = frozenset()


@dataclass(frozen=True, slots=True)
class Book:
    """工作簿: the sheets that are seen; `hidden` names those that were left out, `encoding` a CSV's."""

    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...] = ()
    encoding: str = ""
    macros: bool = False
    formulas: bool = False
    """A formula somewhere, in a format that does not tell where (ods)."""


def read_book(data: bytes) -> Book | FileFault:
    """The file's sheets, or why it is none."""
    if len(data) > BYTES_LIMIT:
        return FileFault.TOO_LARGE
    if not data.strip():
        return FileFault.EMPTY
    if data.startswith(_OLE2):
        return FileFault.ENCRYPTED if _ENCRYPTED in data else _calamine(data)
    if data.startswith(_ZIP):
        return _zipped(data)
    if data.startswith(b"%PDF") or b"\0" in data[:4096]:
        return FileFault.NOT_A_SHEET
    return _csv(data)


def _csv(data: bytes) -> Book | FileFault:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        lines = text.partition("\n")[0]
        mark = max(",;\t", key=lines.count)  # WPS writes tabs and semicolons under the same name
        try:
            rows = tuple(tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark))
        except csv.Error:
            return FileFault.DAMAGED
        if len(rows) > ROWS_LIMIT:
            return FileFault.TOO_LARGE
        bom = "UTF-8 (BOM)" if data.startswith(b"\xef\xbb\xbf") else "UTF-8"
        return Book((Sheet("", rows),), encoding=bom if encoding == "utf-8-sig" else "GB18030")
    return FileFault.NOT_A_SHEET


def _zipped(data: bytes) -> Book | FileFault:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            if not _bounded(packed):
                return FileFault.BOMB
            if "content.xml" in names:
                formulas = _ODS_FORMULA.search(packed.read("content.xml")) is not None
                return _calamine(data, formulas=formulas)
            if "xl/workbook.xml" not in names:
                return FileFault.NOT_A_SHEET
            return _calamine(data, cells=_formula_cells(packed, names), macros="xl/vbaProject.bin" in names)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, KeyError):
        return FileFault.DAMAGED
    except RuntimeError:  # zipfile's word for a member under a password
        return FileFault.ENCRYPTED


def _bounded(packed: zipfile.ZipFile) -> bool:
    """Unpack once and throw away: what the directory says of the sizes is the sender's word."""
    left = UNPACKED_LIMIT
    for name in packed.namelist():
        with packed.open(name) as member:
            while chunk := member.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    return False
    return True


def _formula_cells(packed: zipfile.ZipFile, names: Sequence[str]) -> dict[str, frozenset[Cell]]:
    """Sheet name -> the cells that hold a formula."""
    targets = dict(_relations(packed.read(_RELATIONS))) if _RELATIONS in names else {}
    out: dict[str, frozenset[Cell]] = {}
    for name, relation in _sheet_names(packed.read("xl/workbook.xml")):
        target = targets.get(relation, "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path in names:
            found = _FORMULA.finditer(packed.read(path))
            out[name] = frozenset((int(one[2]) - 1, _column(one[1].decode())) for one in found)
    return out


def _relations(xml: bytes) -> Iterable[tuple[str, str]]:
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", xml):
        yield _attribute(tag, b"Id"), _attribute(tag, b"Target")


def _sheet_names(xml: bytes) -> Iterable[tuple[str, str]]:
    for tag in re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", xml):
        yield _attribute(tag, b"name"), _attribute(tag, rb"\w+:id")


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\s" + name + rb'="([^"]*)"', tag)
    text = found[1].decode("utf-8", "replace") if found else ""
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return text


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _calamine(
    data: bytes,
    *,
    cells: dict[str, frozenset[Cell]] | None = None,
    formulas: bool = False,
    macros: bool = False,
) -> Book | FileFault:
    try:
        with CalamineWorkbook.from_object(io.BytesIO(data)) as book:
            seen: list[Sheet] = []
            hidden: list[str] = []
            rows = 0
            for about in book.sheets_metadata:
                if about.visible is not SheetVisibleEnum.Visible:
                    hidden.append(about.name)
                    continue
                if about.typ is not SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_name(about.name)
                rows += sheet.total_height
                if rows > ROWS_LIMIT or sheet.total_height * max(1, sheet.total_width) > CELLS_LIMIT:
                    return FileFault.TOO_LARGE
                seen.append(_sheet(sheet, (cells or {}).get(about.name, frozenset())))
    except PasswordError:
        return FileFault.ENCRYPTED
    except (CalamineError, XmlError, ZipError, WorksheetNotFound, OSError, ValueError):
        return FileFault.DAMAGED
    if not any(any(map(any, sheet.rows)) for sheet in seen):
        return FileFault.EMPTY
    return Book(tuple(seen), tuple(hidden), macros=macros, formulas=formulas)


def _sheet(sheet: CalamineSheet, formulas: frozenset[Cell]) -> Sheet:
    rows = [[_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    filled: set[Cell] = set()
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        for row in range(top, min(bottom, len(rows) - 1) + 1):
            for column in range(left, min(right, len(rows[row]) - 1) + 1):
                if (row, column) != (top, left) and not rows[row][column]:
                    rows[row][column] = value
                    filled.add((row, column))
    return Sheet(sheet.name, tuple(map(tuple, rows)), frozenset(filled), formulas)


def _text(value: float | str | dt.time | dt.date | dt.timedelta) -> str:
    """A cell's value as a person reads it; a number past 15 digits shows that it was rounded."""
    match value:
        case str():
            return value
        case bool():
            return "1" if value else "0"
        case int() | float():
            if abs(value) >= _EXACT:
                return f"{value:E}"
            return str(int(value)) if value == int(value) else repr(value)
        case dt.datetime():
            return value.date().isoformat()
        case _:
            return str(value)
