# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Sheets of entry passes as PDF: set with typst, then every symbol read back from the page (interface.md 12.2).

A4 with 2 x 5 cards of 85.6 x 54 mm and a cut-off strip of 14 mm beside each, in building order, after each building
its 签收表; or single cards in the order given, one page of card size each. The file appears under its name only when
all symbols were read.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sync.office.print.card import KINDS, LOOKS, CardSheetError, CardToPrint
from sync.office.print.readback import Spot, read_back
from sync.office.print.symbol import MM, PrintedSymbol, printed_symbol
from sync.office.print.typeset import TypesetError, typeset

__all__ = ["CardSheetError", "CardToPrint", "card_places_mm", "card_sheets"]

DPI = 600
_TEMPLATE = Path(__file__).with_name("cards.typ")
_PER_SHEET = 10
_POINTS = 72 / MM
# Millimetres, as in cards.typ: where the first card stands on a sheet, and the symbol's quiet zone on a card.
_SHEET_LEFT, _SHEET_TOP, _CELL, _STRIP, _WIDTH, _HEIGHT = 5.4, 13.5, 99.6, 14.0, 85.6, 54.0
_SYMBOL_X, _SYMBOL_Y = 1.4, 11.4


@dataclass(frozen=True, slots=True)
class _Placed:
    """A card with its symbol, and the symbol's place on its page in points from the upper left."""

    card: CardToPrint
    symbol: PrintedSymbol
    page: int
    origin: tuple[float, float]
    x: float
    y: float


def card_sheets(
    cards: Iterable[CardToPrint],
    out: Path,
    *,
    single: bool = False,
    dpi: int = DPI,
    font_paths: Sequence[Path] = (),
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Print cards to `out` (PDF). `dpi` is the printer's; `font_paths` are folders searched beside the system's fonts.

    `progress` is told symbols read back so far, and all. Raises `CardSheetError`, and leaves `out` as it was, if there
    is no card, one cannot be printed, the font is missing, or a symbol is not read back as the pass that it is.
    """
    given = list(cards)
    if not given:
        raise CardSheetError("no card to print")
    for card in given:
        if fault := card.fault():
            raise CardSheetError(fault)
    placed, data = _singles(given, dpi) if single else _sheets(sorted(given, key=_building_order), dpi)
    pdf = _typeset(data, font_paths)
    spots = [Spot(p.page, p.x, p.y, p.symbol.side_mm * _POINTS, p.card.text, p.card.serial) for p in placed]
    read_back(pdf, spots, progress)
    part = out.with_name(f"{out.name}.part")
    part.write_bytes(pdf)
    part.replace(out)


def card_places_mm(page_width: float) -> list[tuple[float, float, float, float]]:
    """Where cards lie on a page of that width (a sheet, or a single card): left, top, width, height in millimetres."""
    if page_width < _CELL:
        return [(0.0, 0.0, _WIDTH, _HEIGHT)]
    return [(*_origin(place), _WIDTH, _HEIGHT) for place in range(_PER_SHEET)]


def _building_order(card: CardToPrint) -> tuple[str, list[tuple[int, str]], list[tuple[int, str]], int]:
    return card.compound, _natural(card.building), _natural(card.strip), card.card_no or 0


def _natural(text: str) -> list[tuple[int, str]]:
    """Key by which building 2 comes before 10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|\D+", text)]


def _singles(cards: Sequence[CardToPrint], dpi: int) -> tuple[list[_Placed], dict[str, object]]:
    placed = [_place(card, page, (0.0, 0.0), dpi) for page, card in enumerate(cards)]
    return placed, {"single": True, "cards": [_card_data(one) for one in placed]}


def _sheets(cards: Sequence[CardToPrint], dpi: int) -> tuple[list[_Placed], dict[str, object]]:
    page = 0
    placed: list[_Placed] = []
    buildings = []
    for (compound, building), group in groupby(cards, key=lambda card: (card.compound, card.building)):
        held = list(group)
        sheets = []
        for start in range(0, len(held), _PER_SHEET):
            sheet = [_place(card, page, _origin(n), dpi) for n, card in enumerate(held[start : start + _PER_SHEET])]
            placed += sheet
            sheets.append([_card_data(one) for one in sheet])
            page += 1
        lists = _hand_over(compound, building, held)
        buildings.append({"sheets": sheets, "hand_over": lists})
        page += len(lists)
    return placed, {"single": False, "buildings": buildings}


def _origin(place: int) -> tuple[float, float]:
    return _SHEET_LEFT + place % 2 * _CELL + _STRIP, _SHEET_TOP + place // 2 * _HEIGHT


def _place(card: CardToPrint, page: int, origin: tuple[float, float], dpi: int) -> _Placed:
    symbol = printed_symbol(card.text, dpi)
    # The whole symbol on the printer's grid, not only its modules: snapped to the next dot.
    x, y = (round((at + inset) / MM * dpi) * 72 / dpi for at, inset in zip(origin, (_SYMBOL_X, _SYMBOL_Y), strict=True))
    return _Placed(card, symbol, page, origin, x, y)


def _card_data(placed: _Placed) -> dict[str, object]:
    card, symbol = placed.card, placed.symbol
    look, kind = LOOKS[card.colour], KINDS[card.kind]
    return {
        "band": look.band,
        "ink": look.ink,
        "shape": look.shape,
        "colour_word": look.word,
        "colour_en": look.english,
        "kind": kind[0],
        "kind_en": kind[1],
        "compound": card.compound,
        "name_size": min(18.0, 124.0 / max(len(card.compound), 1)),
        "valid_to": f"{card.valid_to.year}年{card.valid_to.month}月{card.valid_to.day}日",
        "room_tail": card.room_tail,
        "card_no": "" if card.card_no is None else str(card.card_no),
        "serial": card.serial,
        "phone": card.committee_phone,
        "strip": card.strip,
        "building_title": _title(card.building),
        "campaign": card.campaign,
        "mark": card.mark,
        "svg": symbol.svg,
        "side": symbol.side_mm * _POINTS,
        "qx": placed.x - placed.origin[0] * _POINTS,
        "qy": placed.y - placed.origin[1] * _POINTS,
    }


# What a page of the list holds at its row height; cut into pages here, so that the place of every card is known.
_ROWS_PER_PAGE = 25


def _hand_over(compound: str, building: str, cards: Sequence[CardToPrint]) -> list[dict[str, object]]:
    last = max(card.valid_to for card in cards)
    starts = range(0, len(cards), _ROWS_PER_PAGE)
    return [
        {
            "compound": compound,
            "title": _title(building),
            "valid_to": f"{last.year}年{last.month}月{last.day}日",
            "count": len(cards),
            "page": f"第{number}页 共{len(starts)}页",
            "first": start + 1,
            "rows": [
                {"strip": card.strip, "serial": card.serial, "card_no": f"第{card.card_no}张" if card.card_no else ""}
                for card in cards[start : start + _ROWS_PER_PAGE]
            ],
        }
        for number, start in enumerate(starts, 1)
    ]


def _title(building: str) -> str:
    return f"{building}号楼" if building.isdigit() else building


def _typeset(data: dict[str, object], font_paths: Sequence[Path]) -> bytes:
    try:
        return typeset(_TEMPLATE.read_bytes(), data, font_paths)
    except TypesetError as broken:
        raise CardSheetError(str(broken)) from broken
