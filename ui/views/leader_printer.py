# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The system's printer; loaded when something is printed."""

from collections.abc import Sequence

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QPageSize
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from ui.viewmodels.leader_tools import Modules
from ui.views.leader_print import PAPER_MM, paint_slip


def printer_name() -> str | None:
    """The printer that the system prefers; None where there is none."""
    found = QPrinterInfo.defaultPrinter()
    return None if found.isNull() else found.printerName()


def print_slip(name: str, heading: str, lines: Sequence[str], serial: str, modules: Modules | None) -> None:
    """Send a slip to a printer of the system; raises `OSError` where it does not take it."""
    printer = QPrinter(QPrinterInfo.printerInfo(name), QPrinter.PrinterMode.HighResolution)
    printer.setPageSize(QPageSize(QSizeF(*PAPER_MM), QPageSize.Unit.Millimeter))
    printer.setFullPage(True)
    paint_slip(printer, heading, lines, serial, modules)
    if printer.printerState() is QPrinter.PrinterState.Error:
        raise OSError(5, "the printer refuses", name)
