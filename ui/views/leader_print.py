# SPDX-License-Identifier: LicenseRef-Gatehouse
"""On paper, through Qt: passes and slips with their symbol, and the shift sheet; black on white (interface.md 5.13).

Painted in mm onto a printer or a PDF, in any thread. A symbol is at least 27 mm wide with a quiet zone of 4 modules
(pass-format.md section 4); each row of dark modules is one rectangle, so that no hair line parts them.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from kiosk.app.shift_sheet import ShiftSheet, clean
from ui.tokens import FAMILY, PRINT_INK
from ui.viewmodels.leader_tools import Modules

QUIET, LEAST_MM = 4, 27.0
PAPER_MM = (80.0, 100.0)
_DPI = 600
_A4 = (297.0, 210.0)
_ROW_MM = 6.2
_WIDTHS = (16, 9, 34, 24, 30, 40, 32, 88)


class _Page:
    """A painter that is told mm."""

    def __init__(self, painter: QPainter, dpi: float) -> None:
        self.painter = painter
        self._scale = dpi / 25.4

    def box(self, x: float, y: float, wide: float, high: float) -> QRectF:
        return QRectF(x * self._scale, y * self._scale, wide * self._scale, high * self._scale)

    def text(
        self,
        box: QRectF,
        text: str,
        mm: float,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        *,
        bold: bool = False,
    ) -> None:
        font = QFont(FAMILY)
        font.setPixelSize(max(1, round(mm * self._scale)))
        font.setBold(bold)
        self.painter.setFont(font)
        self.painter.setPen(QColor(PRINT_INK))
        metrics = self.painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
        self.painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter, shown)

    def line(self, x: float, y: float, wide: float) -> None:
        self.painter.setPen(QPen(QColor(PRINT_INK), 0.2 * self._scale))
        at = self.box(x, y, wide, 0)
        self.painter.drawLine(at.topLeft(), at.topRight())

    def symbol(self, x: float, y: float, module_mm: float, modules: Modules) -> None:
        self.painter.setPen(Qt.PenStyle.NoPen)
        for number, row in enumerate(modules):
            start = 0
            while start < len(row):
                end = start
                while end < len(row) and row[end] == row[start]:
                    end += 1
                if row[start]:
                    dark = self.box(x + start * module_mm, y + number * module_mm, (end - start) * module_mm, module_mm)
                    self.painter.fillRect(dark, QColor(PRINT_INK))
                start = end


def symbol_mm(modules: Modules) -> float:
    """Side of a module: the symbol is 36 mm wide, or wider where a module would be under 0.9 mm."""
    return max(LEAST_MM + 9, 0.9 * len(modules)) / len(modules)


def slip_pdf(file: Path, heading: str, lines: Sequence[str], serial: str, modules: Modules | None) -> None:
    """Write a pass or a slip as a PDF; raises `OSError` where it cannot be written."""
    writer = _pdf(file, *PAPER_MM, landscape=False)
    paint_slip(writer, heading, lines, serial, modules)
    _must_be_there(file)


def paint_slip(
    device: QPagedPaintDevice, heading: str, lines: Sequence[str], serial: str, modules: Modules | None
) -> None:
    """Paint a slip onto a PDF or a printer."""
    painter = QPainter(device)
    page = _Page(painter, device.logicalDpiX())
    wide = PAPER_MM[0]
    page.text(page.box(2, 2, wide - 4, 9), heading, 6.5, Qt.AlignmentFlag.AlignHCenter, bold=True)
    top = 12.0
    if modules is not None:
        module = symbol_mm(modules)
        side = module * len(modules)
        top += QUIET * module
        page.symbol((wide - side) / 2, top, module, modules)
        top += side + QUIET * module
    page.text(page.box(2, top, wide - 4, 7), serial, 5.0, Qt.AlignmentFlag.AlignHCenter, bold=True)
    for number, line in enumerate(lines):
        page.text(page.box(2, top + 8 + 7 * number, wide - 4, 7), line, 4.6, Qt.AlignmentFlag.AlignHCenter)
    painter.end()


def sheet_pdf(file: Path, sheet: ShiftSheet, page_word: str, signed_word: str) -> None:
    """Write the shift sheet, A4 across: title, scope, purpose, figures, rows, page n/N, a line to sign."""
    writer = _pdf(file, *_A4, landscape=True)
    painter = QPainter(writer)
    page = _Page(painter, writer.logicalDpiX())
    first = 22
    most = 26
    lines: tuple[tuple[str, ...], ...] = (*sheet.rows, *((note,) for note in sheet.notes))
    sheets = [lines[:first]] + [lines[at : at + most] for at in range(first, len(lines), most)]
    for number, rows in enumerate(sheets):
        if number:
            writer.newPage()
        top = _sheet_head(page, sheet, first_page=number == 0)
        _sheet_row(page, top, sheet.columns, bold=True)
        page.line(12, top + _ROW_MM, sum(_WIDTHS))
        for at, row in enumerate(rows):
            below = top + (at + 1) * _ROW_MM
            if len(row) == 1:
                page.text(page.box(12, below, sum(_WIDTHS), _ROW_MM), clean(row[0]), 3.5)
            else:
                _sheet_row(page, below, row)
        foot = page.box(12, _A4[1] - 14, sum(_WIDTHS), 6)
        page.text(foot, f"{page_word} {number + 1}/{len(sheets)}", 3.6, Qt.AlignmentFlag.AlignRight)
        page.text(foot, f"{signed_word} ______________________", 3.6)
    painter.end()
    _must_be_there(file)


def _sheet_head(page: _Page, sheet: ShiftSheet, *, first_page: bool) -> float:
    page.text(page.box(12, 8, sum(_WIDTHS), 7), f"{sheet.title}  {sheet.scope}", 5.0, bold=True)
    page.text(page.box(12, 15, sum(_WIDTHS), 5), sheet.purpose, 3.4)
    if not first_page:
        return 22.0
    wide = sum(_WIDTHS) / max(1, len(sheet.figures))
    for number, (name, value) in enumerate(sheet.figures):
        box = page.box(12 + number * wide, 22, wide, 12)
        page.text(box.adjusted(0, 0, 0, -box.height() / 2), name, 3.4)
        page.text(box.adjusted(0, box.height() / 2, 0, 0), str(value), 4.6, bold=True)
    return 38.0


def _sheet_row(page: _Page, top: float, cells: Sequence[str], *, bold: bool = False) -> None:
    left = 12.0
    for cell, wide in zip(cells, _WIDTHS, strict=True):
        page.text(page.box(left, top, wide - 1.5, _ROW_MM), clean(cell), 3.5, bold=bold)
        left += wide


def _pdf(file: Path, wide: float, high: float, *, landscape: bool) -> QPdfWriter:
    writer = QPdfWriter(str(file))
    writer.setResolution(_DPI)
    writer.setCreator("Gatehouse")
    size = QSizeF(min(wide, high), max(wide, high)) if landscape else QSizeF(wide, high)
    orientation = QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
    layout = QPageLayout(QPageSize(size, QPageSize.Unit.Millimeter), orientation, QMarginsF(0, 0, 0, 0))
    layout.setMode(QPageLayout.Mode.FullPageMode)
    writer.setPageLayout(layout)
    return writer


def _must_be_there(file: Path) -> None:
    if not file.is_file() or file.stat().st_size == 0:
        raise OSError(5, "not written", str(file))
