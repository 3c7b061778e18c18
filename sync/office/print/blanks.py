# SPDX-License-Identifier: LicenseRef-Gatehouse
"""空白表单: the paper gate sheet of one gate and day, and the 签收表, with nobody's name on them (interface.md 12)."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sync.office.print.typeset import typeset

_GATE_SHEET = Path(__file__).with_name("gate_sheet.typ")
_SIGN_SHEET = Path(__file__).with_name("sign_sheet.typ")
_ROWS = {"gate": 19, "sign": 25}
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class GateSheet:
    """纸质登记表: lines are numbered through all pages: a line is told by sheet and number (domain.md 18)."""

    compound: str
    gate: str
    day: dt.date | None = None
    pages: int = 2


@dataclass(frozen=True, slots=True)
class SignSheet:
    """签收表: who took what, and signs for it; `what` as it is headed, empty: a line to write on."""

    compound: str
    building: str = ""
    what: str = ""
    pages: int = 1


def gate_sheet(sheet: GateSheet) -> bytes:
    """The PDF, A4 across. Raises `TypesetError`."""
    day = "" if sheet.day is None else f"{sheet.day.year}年{sheet.day.month}月{sheet.day.day}日"
    data = {
        "compound": sheet.compound, "gate": sheet.gate, "day": day,
        "first": [n * _ROWS["gate"] + 1 for n in range(sheet.pages)], "rows": _ROWS["gate"],
    }  # fmt: skip
    return typeset(_GATE_SHEET.read_bytes(), data)


def sign_sheet(sheet: SignSheet) -> bytes:
    """The PDF, A4 upright. Raises `TypesetError`."""
    data = {
        "compound": sheet.compound, "building": sheet.building, "what": sheet.what,
        "first": [n * _ROWS["sign"] + 1 for n in range(sheet.pages)], "rows": _ROWS["sign"],
    }  # fmt: skip
    return typeset(_SIGN_SHEET.read_bytes(), data)
