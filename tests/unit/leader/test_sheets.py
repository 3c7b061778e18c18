# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Cells that no spreadsheet takes for a formula, symbols that every card takes, places to write to (trust.md 10)."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.adapters.export_places import own_place, sticks
from kiosk.adapters.pass_symbol import pass_symbol
from kiosk.app.shift_sheet import ShiftSheet, clean, csv_text, inert
from ui.views.leader_print import symbol_mm

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@x",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u200b=1",
    "\ufeff@x",
    "\x1b=1",
    "\u202e\x00-1",
    "\u200b \u200b=1",
    "\u00ad=1",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_its_apostrophe(text: str) -> None:
    assert inert(text).startswith("'")


@pytest.mark.parametrize("text", ["张* 3号楼", "36.5 / 37.6", "a=b", "", "'quoted'"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


@given(st.text(max_size=40))
def test_no_cell_of_a_csv_begins_with_a_formula_or_holds_a_control_character(text: str) -> None:
    sheet = ShiftSheet("t", "s", "p", (), ("c",), ((text,),))
    (cell,) = list(csv.reader(io.StringIO(csv_text(sheet))))[-1]
    assert not cell.lstrip("\u200b\u200c\u200d\u2060\ufeff \u3000").startswith(("=", "+", "-", "@"))
    assert clean(cell) == cell


def test_a_symbol_is_at_least_27_mm_and_of_a_version_that_a_card_takes() -> None:
    modules = pass_symbol("EP1:" + "A" * 160)
    assert modules is not None
    assert symbol_mm(modules) * len(modules) >= 27
    assert len(modules) <= 17 + 4 * 9


@pytest.mark.parametrize("text", ["EP1:小", "EP1:" + "A" * 400])
def test_what_no_card_takes_has_no_symbol(text: str) -> None:
    assert pass_symbol(text) is None


def test_without_a_stick_the_gates_own_folder_takes_the_export(tmp_path: Path) -> None:
    assert sticks((str(tmp_path),)) == ()
    assert own_place(tmp_path) == tmp_path / "export"
