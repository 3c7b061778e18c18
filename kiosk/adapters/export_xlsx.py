# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The shift sheet as xlsx: texts are written as texts, never as what they look like (trust.md section 10)."""

from pathlib import Path

import xlsxwriter

from kiosk.app.shift_sheet import ShiftSheet, clean

_WIDTHS = (12, 6, 18, 14, 18, 22, 18, 40)


def write_xlsx(sheet: ShiftSheet, file: Path) -> None:
    """Write the sheet; raises `OSError`."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        with xlsxwriter.Workbook(str(file), options) as book:
            page = book.add_worksheet()
            bold = book.add_format({"bold": True})
            for number, width in enumerate(_WIDTHS):
                page.set_column(number, number, width)
            row = 0
            for said in (sheet.title, sheet.scope, sheet.purpose):
                page.write_string(row, 0, clean(said), bold)
                row += 1
            for name, value in sheet.figures:
                page.write_string(row, 0, clean(name))
                page.write_number(row, 1, value)
                row += 1
            for column, name in enumerate(sheet.columns):
                page.write_string(row, column, clean(name), bold)
            for line in sheet.rows:
                row += 1
                for column, cell in enumerate(line):
                    page.write_string(row, column, clean(cell))
            for note in sheet.notes:
                row += 1
                page.write_string(row, 0, clean(note))
            page.set_landscape()
            page.set_paper(9)
            page.fit_to_pages(1, 0)
    except xlsxwriter.exceptions.FileCreateError as failed:
        raise OSError(*failed.args) from None
