# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What leaves as a file: no cell is a formula, nothing is reordered, a blank stays blank; the district's file."""

import csv
import io

import openpyxl
import pypdfium2
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sync.office.print.fill_xlsx import FillFault, fill, sheet_names
from sync.office.print.sheet import Cell, Format, Sheet, inert, write

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x", "\t=1", "\r=1", "\n=1", "  =1", "\u200b=1",
    "\ufeff=1", "\u202e=1", "\x00=1", " \u200d\u200b +1", "\u200b \u200b=1", "\x1b=1",
]  # fmt: skip


def sheet(*rows: tuple[Cell, ...]) -> Sheet:
    return Sheet("list", "名单", "甘泉一村", ("姓名", "数"), rows, "仅用于疫情防控", "制表 2020-02-20", "签名")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert inert(text).startswith("'")


@given(st.text(max_size=40))
def test_no_text_becomes_a_formula_in_a_spreadsheet(text: str) -> None:
    row = list(csv.reader(io.StringIO(write(sheet((text, 1)), Format.CSV).decode("utf-8-sig"), newline="")))[3]
    assert not row[0].lstrip().lstrip("\u200b\u200c\u200d\u2060\ufeff\u00ad").lstrip().startswith(tuple("=+-@＝＋－＠"))
    assert not set(row[0]) & set("\x00\t\r\n\u202e\u2066")


def test_csv_has_a_mark_quotes_every_field_and_ends_lines_as_windows_does() -> None:
    data = write(sheet(("张三", -3), ('a"b', None)), Format.CSV)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").split("\r\n")[2:] == ['"姓名","数"', '"张三","-3"', '"a""b",""', ""]


@pytest.mark.parametrize("text", [*HOSTILE, "https://x.example", "007", "13800001111", "<script>"])
def test_xlsx_holds_texts_as_texts(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write(sheet((text, 7), ("b", None)), Format.XLSX)))
    page = book.active
    assert page["A5"].data_type in ("s", "n")
    assert page["A5"].hyperlink is None
    assert page["A5"].value is None or isinstance(page["A5"].value, str)
    assert (page["B5"].value, page["B6"].value) == (7, None)


def test_pdf_holds_every_row_the_purpose_and_the_page_number() -> None:
    rows = [(f"<b>#{n} *x* [张{n}]", n) for n in range(120)]
    with pypdfium2.PdfDocument(write(sheet(*rows), Format.PDF)) as pdf:
        pages = len(pdf)
        text = "".join("".join(pdf[n].get_textpage().get_text_range() for n in range(pages)).split())
    assert all(f"#{n}*x*[张{n}]" in text for n in range(120))
    assert "仅用于疫情防控" in text
    assert pages > 1
    assert f"1/{pages}" in text


def template() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("日报")
        style = book.add_format({"bg_color": "#FFFF00", "num_format": "0"})
        page.write_string("A1", "区防控日报")
        page.write_number("C5", 0, style)
        page.write_blank("D5", None, style)
        page.write_formula("E5", "=C5+D5", None, 0)
        page.set_row(8, 30)
        book.add_worksheet("附表").write_string("B2", "x")
    return out.getvalue()


def test_cells_of_the_districts_file_are_filled_and_its_formulas_and_styles_stay() -> None:
    filled = fill(
        template(),
        {
            ("", "C5"): 34912,
            ("日报", "D5"): 7,
            ("", "F5"): "不完整",
            ("", "B9"): 3,
            ("", "A20"): 4,
            ("附表", "A2"): "<&>",
        },
    )
    assert isinstance(filled, bytes)
    book = openpyxl.load_workbook(io.BytesIO(filled))
    page = book["日报"]
    assert [page[ref].value for ref in ("C5", "D5", "F5", "B9", "A20")] == [34912, 7, "不完整", 3, 4]
    assert page["E5"].value == "=C5+D5"
    assert page["C5"].fill.fgColor.rgb == page["D5"].fill.fgColor.rgb == "FFFFFF00"
    assert book["附表"]["A2"].value == "<&>"
    assert book.calculation.fullCalcOnLoad


@pytest.mark.parametrize(
    ("cells", "code"),
    [({("", "E5"): 1}, "formula"), ({("没有", "A1"): 1}, "no_sheet"), ({("", "5C"): 1}, "no_cell")],
)
def test_what_cannot_be_filled_is_said(cells: dict[tuple[str, str], int | str], code: str) -> None:
    told = fill(template(), cells)
    assert isinstance(told, FillFault)
    assert told.code == code


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", b"\xd0\xcf\x11\xe0" * 99])
def test_what_is_no_xlsx_is_refused(content: bytes) -> None:
    assert isinstance(sheet_names(content), FillFault)


def test_sheet_names_are_read() -> None:
    assert sheet_names(template()) == ("日报", "附表")
