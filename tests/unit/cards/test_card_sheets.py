# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Sheets of cards: sizes, order, what stands on a card and what never may, and that nothing unreadable is offered."""

import re
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from kiosk.domain.codes import PassColour, PassKind
from sync.office.print import readback
from sync.office.print import typeset as typeset_module
from sync.office.print.card import KINDS, LOOKS, CardSheetError, CardToPrint
from sync.office.print.cards import card_sheets
from sync.office.print.symbol import printed_symbol

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
# The worked example of pass-format.md 1.
EXAMPLE = (
    "EP1:MWGSLK/-4.988CK+B5FN09.B AA1T0F-BUI8J-0X507H0QS00+0/E7V50T30/50HB0QI0*JK2YOZM027B.*2JE99:4/IULCGF6AV05:X8Q"
    "*R*5L+Q5F0W-/7O-LX782BN*7JG9KSFKVZR1GE:$515Q T2C.V%AL2VSZ9C:$6*6IYHUGLJ"
)
MM = 72 / 25.4


def card(number: int = 1, **other: object) -> CardToPrint:
    rng = Random(number)
    fields: dict[str, object] = {
        "text": "EP1:" + "".join(rng.choices(ALPHANUMERIC, k=177)),
        "serial": f"{rng.randrange(1000):03d} {rng.randrange(1000):03d} {rng.randrange(1000):03d}-{rng.randrange(10)}",
        "compound": "甘泉一村",
        "colour": PassColour.GREEN,
        "kind": PassKind.RESIDENT,
        "valid_to": date(2020, 3, 15),
        "room_tail": "02",
        "card_no": 1,
        "committee_phone": "021-00550110",
        "strip": f"1号楼 1单元 {number // 4 + 1}{number % 4 + 1:02d}室",
        "building": "1",
    }
    return CardToPrint(**(fields | other))  # type: ignore[arg-type]


def pages_of(pdf: Path) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def sizes_mm(pdf: Path) -> list[tuple[float, float]]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [(round(w / MM, 1), round(h / MM, 1)) for w, h in (page.get_size() for page in document)]


def raster(pdf: Path, page: int, dpi: int) -> np.ndarray:
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[page].render(scale=dpi / 72, grayscale=True).to_numpy()
    return np.ascontiguousarray(picture.reshape(*picture.shape[:2], -1)[:, :, 0])


def test_a_sheet_is_a4_with_ten_cards_and_every_symbol_reads(tmp_path: Path) -> None:
    made = [card(n) for n in range(13)]
    card_sheets(made, tmp_path / "cards.pdf")
    assert sizes_mm(tmp_path / "cards.pdf") == [(210.0, 297.0)] * 3
    found = [zxingcpp.read_barcodes(raster(tmp_path / "cards.pdf", page, 200)) for page in range(2)]
    assert [len(each) for each in found] == [10, 3]
    assert {code.text for page in found for code in page} == {each.text for each in made}


def test_a_card_says_what_it_must(tmp_path: Path) -> None:
    one = card(1, text=EXAMPLE, serial="790 382 856-6", room_tail="47", card_no=2, mark="演示")
    card_sheets([one], tmp_path / "one.pdf", single=True)
    (text,) = pages_of(tmp_path / "one.pdf")
    for words in (
        "甘泉一村", "绿证·居民", "GREEN", "RESIDENT", "2020年3月15日", "790 382 856-6", "47", "第2张", "备注", "演示",
        "只限本小区使用，不得转借", "Do not lend", "021-00550110",
    ):  # fmt: skip
        assert words in text


def test_the_room_stands_on_the_strip_and_the_list_but_not_on_the_card(tmp_path: Path) -> None:
    one = card(1, strip="7号楼 2单元 1302室", room_tail="02")
    card_sheets([one], tmp_path / "one.pdf", single=True)
    assert "1302" not in pages_of(tmp_path / "one.pdf")[0]
    card_sheets([one], tmp_path / "sheet.pdf")
    with pypdfium2.PdfDocument(tmp_path / "sheet.pdf") as document:
        page = document[0].get_textpage()
        # On the sheet the room is left of the card's edge, at 5.4 + 14 mm, and nowhere else.
        assert "1302" in page.get_text_bounded(right=19.4 * MM)
        assert "1302" not in page.get_text_bounded(left=19.4 * MM)
        assert "1302" in document[1].get_textpage().get_text_bounded()


def test_a_card_has_no_field_for_who_holds_it() -> None:
    names = set(CardToPrint.__dataclass_fields__)
    assert names == {
        "text", "serial", "compound", "colour", "kind", "valid_to", "room_tail", "card_no", "committee_phone", "strip",
        "building", "campaign", "mark",
    }  # fmt: skip


def test_single_cards_are_pages_of_card_size_in_the_order_given(tmp_path: Path) -> None:
    made = [card(n, serial=f"000 000 00{n}-0") for n in (3, 1, 2)]
    card_sheets(made, tmp_path / "single.pdf", single=True)
    assert sizes_mm(tmp_path / "single.pdf") == [(85.6, 54.0)] * 3
    assert [re.findall(r"000 000 00(\d)", page) for page in pages_of(tmp_path / "single.pdf")] == [["3"], ["1"], ["2"]]


def test_sheets_go_in_building_order_with_a_list_after_each_building(tmp_path: Path) -> None:
    made = [
        card(n, building=building, strip=f"{building}号楼 1单元 {room}室", serial=f"000 000 0{building:0>2}-{n}")
        for n, (building, room) in enumerate([("10", "101"), ("2", "1001"), ("2", "201"), ("10", "102")])
    ]
    card_sheets(made, tmp_path / "cards.pdf")
    sheet_2, list_2, sheet_10, list_10 = pages_of(tmp_path / "cards.pdf")
    assert "签收表" in list_2
    assert "签收表" in list_10
    assert list_2.index("201室") < list_2.index("1001室")
    assert "000 000 002-1" in sheet_2
    assert "000 000 010-0" in sheet_10


def test_a_long_list_runs_over_pages_and_the_next_building_is_still_found(tmp_path: Path) -> None:
    made = [card(n) for n in range(27)] + [card(100, building="2", strip="2号楼 1单元 101室")]
    told: list[tuple[int, int]] = []
    card_sheets(made, tmp_path / "cards.pdf", progress=lambda done, of: told.append((done, of)))
    pages = pages_of(tmp_path / "cards.pdf")
    assert ["签收表" in page for page in pages] == [False, False, False, True, True, False, True]
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize(("dpi", "dots", "width"), [(203, 5, 33.2), (300, 7, 31.4), (600, 13, 29.2)])
def test_a_module_is_a_whole_number_of_printer_dots(dpi: int, dots: int, width: float) -> None:
    symbol = printed_symbol(EXAMPLE, dpi)
    assert (symbol.modules, symbol.dots) == (53, dots)
    assert round(symbol.width_mm, 1) == width
    assert symbol.width_mm >= 27
    assert symbol.side_mm == pytest.approx(symbol.width_mm * 61 / 53)


@pytest.mark.parametrize("length", range(20, 190, 13))
def test_every_symbol_is_at_least_27_mm(length: int) -> None:
    symbol = printed_symbol(EXAMPLE.ljust(189, "A")[:length], 600)
    assert 27 <= symbol.width_mm < 30
    assert symbol.modules <= 53


def test_printed_at_600_dpi_the_symbol_is_pure_black_on_the_printers_dots(tmp_path: Path) -> None:
    card_sheets([card(1, text=EXAMPLE)] * 10, tmp_path / "cards.pdf")
    picture = raster(tmp_path / "cards.pdf", 0, 600)
    for left, top in ((5.4 + 14, 13.5), (5.4 + 14 + 99.6, 13.5 + 4 * 54)):
        x, y = (round((at + inset) / 25.4 * 600) for at, inset in ((left, 1.4), (top, 11.4)))
        side = 61 * 13
        spot = picture[y : y + side, x : x + side].astype(int)
        # In the middle of every module pure black or white, and the quiet zone empty.
        middles = spot.reshape(61, 13, 61, 13)[:, 3:10, :, 3:10]
        assert set(np.unique(middles)) == {0, 255}
        assert (middles.min(axis=(1, 3)) == middles.max(axis=(1, 3))).all()
        quiet = spot.copy()
        # The page as a whole may lie a part of a dot beside the raster; nothing else comes near.
        quiet[4 * 13 - 1 : -4 * 13 + 1, 4 * 13 - 1 : -4 * 13 + 1] = 255
        assert quiet.min() == 255


def test_colour_is_never_alone() -> None:
    assert set(LOOKS) == set(PassColour)
    assert set(KINDS) == set(PassKind)
    assert len({look.shape for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.word for look in LOOKS.values()}) == len(LOOKS)


def test_every_colour_kind_and_phase_can_be_printed(tmp_path: Path) -> None:
    kinds = list(PassKind)
    made = [card(n, colour=colour, kind=kinds[n], campaign=n + 1) for n, colour in enumerate(PassColour)]
    card_sheets(made, tmp_path / "cards.pdf", single=True)
    for page, one in zip(pages_of(tmp_path / "cards.pdf"), made, strict=True):
        assert f"{LOOKS[one.colour].word}证·{KINDS[one.kind][0]}" in page


def test_a_card_of_no_household_has_no_card_number(tmp_path: Path) -> None:
    card_sheets([card(1, card_no=None)], tmp_path / "one.pdf", single=True)
    assert "第" not in pages_of(tmp_path / "one.pdf")[0]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"text": "HTTP://EXAMPLE"}, "not a pass"),
        ({"room_tail": "502"}, "last two digits"),
        ({"committee_phone": ""}, "must be there"),
        ({"text": "EP1:" + "A" * 200}, "version 10"),
        ({"text": "EP1:lower"}, "alphanumeric"),
    ],
)
def test_a_card_that_cannot_be_is_refused_and_leaves_no_file(
    tmp_path: Path, other: dict[str, object], why: str
) -> None:
    with pytest.raises(CardSheetError, match=why):
        card_sheets([card(1), card(2, **other)], tmp_path / "cards.pdf")
    assert list(tmp_path.iterdir()) == []


def test_no_cards_are_no_sheet(tmp_path: Path) -> None:
    with pytest.raises(CardSheetError, match="no card"):
        card_sheets([], tmp_path / "cards.pdf")


def test_a_missing_font_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset_module, "FONT", "No Such Font")
    with pytest.raises(CardSheetError, match="No Such Font"):
        card_sheets([card()], tmp_path / "cards.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_character_that_the_font_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CardSheetError, match="the font does not have"):
        card_sheets([card(compound="甘泉\U0001f600村")], tmp_path / "cards.pdf")


def test_the_font_is_embedded(tmp_path: Path) -> None:
    card_sheets([card()], tmp_path / "cards.pdf")
    data = (tmp_path / "cards.pdf").read_bytes()
    assert b"NotoSansCJK" in data
    assert data.count(b"/FontFile") == len(set(re.findall(rb"/FontName ?/([\w+-]+)", data))) > 0


def test_a_symbol_that_cannot_be_read_back_stops_the_sheet(tmp_path: Path) -> None:
    card_sheets([card(1), card(2)], tmp_path / "cards.pdf", single=True)
    pdf = (tmp_path / "cards.pdf").read_bytes()
    right = [readback.Spot(n, 1.4 * MM, 11.4 * MM, 33.6 * MM, card(n + 1).text, f"no {n}") for n in range(2)]
    readback.read_back(pdf, right)
    swapped = [right[0], readback.Spot(1, 1.4 * MM, 11.4 * MM, 33.6 * MM, card(1).text, "no 1")]
    with pytest.raises(CardSheetError, match="no 1 on page 2"):
        readback.read_back(pdf, swapped)
    beside = [readback.Spot(0, 40 * MM, 11.4 * MM, 33.6 * MM, card(1).text, "no 0")]
    with pytest.raises(CardSheetError, match="no 0 on page 1"):
        readback.read_back(pdf, beside)
    with pytest.raises(CardSheetError, match="page 3 is missing"):
        readback.read_back(pdf, [readback.Spot(2, 0, 0, 10, "", "no 2")])


def test_a_broken_sheet_leaves_the_one_from_before(tmp_path: Path) -> None:
    out = tmp_path / "cards.pdf"
    card_sheets([card(1)], out)
    before = out.read_bytes()
    with pytest.raises(CardSheetError):
        card_sheets([card(1, room_tail="123")], out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["cards.pdf"]
