# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The colours can be read: contrast of every pair, distance of the verdict colours in four kinds of sight."""

import itertools
import re
from pathlib import Path

import pytest

from ui.colour import Sight, contrast, distance
from ui.tokens import SUNLIGHT, THEMES, Pair, Theme

ROOT = Path(__file__).resolve().parents[3]
EVERY = pytest.mark.parametrize("theme", THEMES.values(), ids=[name.value for name in THEMES])


def test_contrast_and_distance_agree_with_known_figures() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#005FB8", "#FFFFFF") == pytest.approx(6.3, abs=0.05)
    assert distance("#000000", "#FFFFFF") == pytest.approx(1, abs=0.001)
    green, red = "#007A3D", "#C8102E"
    assert distance(green, red, Sight.DEUTAN) < 0.12, "why green is no verdict colour"


@EVERY
def test_every_text_can_be_read_on_its_ground(theme: Theme) -> None:
    least = 7.0 if theme is SUNLIGHT else 4.5
    assert {
        name: round(contrast(*_both(pair)), 2) for name, pair in theme.pairs().items() if contrast(*_both(pair)) < least
    } == {}


def _both(pair: Pair) -> tuple[str, str]:
    return pair.ground, pair.ink


@EVERY
def test_keys_and_focus_stand_out_from_what_is_behind(theme: Theme) -> None:
    for ground in (theme.window.ground, theme.panel.ground):
        assert contrast(theme.edge, ground) >= 3
        assert contrast(theme.ring, ground) >= 3


@EVERY
@pytest.mark.parametrize("sight", Sight)
def test_go_is_far_from_every_other_class_and_wait_from_stop(theme: Theme, sight: Sight) -> None:
    go, wait, stop, cannot = (pair.ground for pair in (theme.go, theme.wait, theme.stop, theme.cannot))
    pairs = [(go, wait), (go, stop), (go, cannot), (wait, stop)]
    assert [pair for pair in pairs if distance(*pair, sight) < 0.20] == []


def test_a_colour_stands_in_the_tokens_alone() -> None:
    files = [file for file in (ROOT / "ui").rglob("*.py") if file.name not in ("tokens.py", "colour.py")]
    found = {file.name for file in files if re.search(r"#[0-9A-Fa-f]{6}\b|QColor\(\d", file.read_text())}
    assert found == set()


def test_themes_hold_the_same_names() -> None:
    assert all(one.pairs().keys() == other.pairs().keys() for one, other in itertools.pairwise(THEMES.values()))
