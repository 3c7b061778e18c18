# SPDX-License-Identifier: LicenseRef-Gatehouse
"""值守证 on paper: A4 with 2 x 4 badges of 90 x 60 mm, set with typst, every symbol read back (interface.md 12.2).

A badge shows its number or the surname, where the volunteer comes from, the place and until when: no full name, no
phone. The symbol is that of any pass: >= 27 mm, four modules of quiet zone, whole dots of the printer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sync.office.print.card import CardSheetError
from sync.office.print.readback import Spot, read_back
from sync.office.print.symbol import MM, printed_symbol
from sync.office.print.typeset import TypesetError, typeset

_TEMPLATE = Path(__file__).with_name("badges.typ")
_POINTS = 72 / MM
DPI = 600
# Millimetres, as in badges.typ: the upper left corner of the first badge, a badge, and the symbol on it.
_LEFT, _TOP, _WIDTH, _HEIGHT = 15.0, 28.5, 90.0, 60.0
_SYMBOL_X, _SYMBOL_Y = 3.0, 17.0
_PER_PAGE = 8


@dataclass(frozen=True, slots=True)
class BadgeToPrint:
    """一张值守证: `text` of its symbol; `who` a number (07号) or a surname; texts in the reader's language."""

    text: str
    serial: str
    who: str
    source: str
    place: str
    valid_to: date
    phone: str


@dataclass(frozen=True, slots=True)
class BadgeWords:
    """证上文字, in the reader's language."""

    title: str
    until: str
    found: str


def badge_sheet(badges: Sequence[BadgeToPrint], words: BadgeWords, dpi: int = DPI) -> bytes:
    """The PDF. Raises `CardSheetError` if there is none, or one is not read back from its page as what it is."""
    if not badges:
        raise CardSheetError("no badge to print")
    spots, data = [], []
    for n, badge in enumerate(badges):
        symbol = printed_symbol(badge.text, dpi)
        page, place = divmod(n, _PER_PAGE)
        left, top = _LEFT + place % 2 * _WIDTH, _TOP + place // 2 * _HEIGHT
        # The whole symbol on the printer's grid, not only its modules.
        x, y = (round(at / MM * dpi) * 72 / dpi for at in (left + _SYMBOL_X, top + _SYMBOL_Y))
        spots.append(Spot(page, x, y, symbol.side_mm * _POINTS, badge.text, badge.serial))
        data.append(
            {
                "svg": symbol.svg, "side": symbol.side_mm * _POINTS, "qx": x - left * _POINTS, "qy": y - top * _POINTS,
                "who": badge.who, "source": badge.source, "place": badge.place, "serial": badge.serial,
                "valid_to": f"{badge.valid_to.year}-{badge.valid_to.month:02d}-{badge.valid_to.day:02d}",
                "phone": badge.phone,
            }
        )  # fmt: skip
    given = {"title": words.title, "until": words.until, "found": words.found, "badges": data}
    try:
        pdf = typeset(_TEMPLATE.read_bytes(), given)
    except TypesetError as broken:
        raise CardSheetError(str(broken)) from broken
    read_back(pdf, spots)
    return pdf
