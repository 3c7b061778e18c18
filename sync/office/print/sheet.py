# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A list as it leaves the office: one value, written as CSV, xlsx or PDF; no cell is a formula (trust.md 10).

Redaction comes before: a `Sheet` holds what its reader may have. Whatever an outside program could take for a formula,
and whatever could reorder the text on the screen, is made harmless here, by the writer, for every export alike.
"""

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path

import xlsxwriter

from kiosk.domain.sheet_text import BIDI, guarded
from sync.office.print.typeset import typeset

Cell = str | int | float | dt.date | dt.datetime | None
"""单元格: phones and ids are text; a number is one to count with; None is blank, never zero."""

_WIDTHS = (8, 48)
_TEMPLATE = Path(__file__).with_name("sheet.typ")


class Format(StrEnum):
    """导出格式."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


MEDIA = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PDF: "application/pdf",
}
"""媒体类型."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """导出表: `name` stem of the file name; all texts in the reader's language; `columns` as they are headed."""

    name: str
    title: str
    scope: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    purpose: str
    made_at: str
    signature: str
    keys: tuple[str, ...] = ()
    """Names of the columns for the export log; the headings where there are none."""


def plain_text(text: str) -> str:
    """A text without NUL, other control and bidirectional marks: what is left says what it shows."""
    return "".join(ch for ch in text if unicodedata.category(ch) not in ("Cc", "Cs") and ch not in BIDI)


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula: a leading apostrophe where it could."""
    return guarded(text, plain_text(text))


def write(sheet: Sheet, form: Format) -> bytes:
    """The bytes of the file. Raises `TypesetError` for a PDF that cannot be set."""
    match form:
        case Format.CSV:
            return _csv(sheet)
        case Format.XLSX:
            return _xlsx(sheet)
        case Format.PDF:
            return _pdf(sheet)


def shown(cell: Cell) -> str:
    """A cell as text."""
    match cell:
        case None:
            return ""
        case dt.datetime():
            return f"{cell:%Y-%m-%d %H:%M:%S}"
        case dt.date():
            return cell.isoformat()
        case str():
            return cell
        case _:
            return str(cell)


def _csv(sheet: Sheet) -> bytes:
    def line(cells: Sequence[Cell]) -> str:
        return ",".join(f'"{_quoted(cell)}"' for cell in cells)

    head = [line([sheet.title, sheet.scope, sheet.made_at]), line([sheet.purpose]), line(sheet.columns)]
    return "\ufeff".encode() + "".join(f"{row}\r\n" for row in [*head, *map(line, sheet.rows)]).encode()


def _quoted(cell: Cell) -> str:
    # A negative number is a number; only text can be a formula.
    text = inert(cell) if isinstance(cell, str) else shown(cell)
    return text.replace('"', '""')


def _xlsx(sheet: Sheet) -> bytes:
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        # The file says when the list was made, not when the writer ran.
        book.set_properties({"title": sheet.title, "comments": sheet.purpose, "created": dt.datetime(2020, 1, 1)})  # noqa: DTZ001
        page = book.add_worksheet(plain_text(sheet.name)[:31] or "1")
        bold = book.add_format({"bold": True, "bottom": 1})
        stamp = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_string(0, 0, f"{sheet.title}  {sheet.scope}  {sheet.made_at}")
        page.write_string(1, 0, sheet.purpose)
        for column, title in enumerate(sheet.columns):
            page.write_string(3, column, plain_text(title), bold)
        for number, row in enumerate(sheet.rows, 4):
            for column, cell in enumerate(row):
                match cell:
                    case None:
                        pass
                    case str():
                        page.write_string(number, column, plain_text(cell))
                    case dt.datetime():
                        page.write_datetime(number, column, cell.replace(tzinfo=None), stamp)
                    case dt.date():
                        page.write_datetime(number, column, cell, day)
                    case _:
                        page.write_number(number, column, cell)
        for column, width in enumerate(_widths(sheet)):
            page.set_column(column, column, width)
        page.freeze_panes(4, 0)
        page.repeat_rows(3)
        page.fit_to_pages(1, 0)
        page.set_landscape()
        page.set_paper(9)
        page.set_footer(f"&L{sheet.signature}&R&P/&N")
    return out.getvalue()


def _widths(sheet: Sheet) -> list[int]:
    """Widths in characters; a 中文 character is as wide as two."""
    out = []
    for column, title in enumerate(sheet.columns):
        cells = (shown(row[column]) for row in sheet.rows[:200])
        longest = max(map(_columns_of, (title, *cells)))
        out.append(min(max(longest + 2, _WIDTHS[0]), _WIDTHS[1]))
    return out


def _columns_of(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def _pdf(sheet: Sheet) -> bytes:
    numeric = [any(isinstance(row[n], int | float) for row in sheet.rows) for n in range(len(sheet.columns))]
    data = {
        "title": plain_text(sheet.title), "scope": plain_text(sheet.scope), "made_at": sheet.made_at,
        "purpose": sheet.purpose, "signature": sheet.signature, "columns": [plain_text(c) for c in sheet.columns],
        "widths": _widths(sheet), "numeric": numeric,
        "rows": [[plain_text(shown(cell)) for cell in row] for row in sheet.rows],
    }  # fmt: skip
    return typeset(_TEMPLATE.read_bytes(), data)
