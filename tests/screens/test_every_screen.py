# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every screen keeps the rules of all screens: a share here, all of it behind `make screens`; and the rules bite."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel

import assets
from kiosk.domain.codes import Verdict
from sync.street import names
from tests.robots.stand import Stand
from tests.screens import scenes
from tests.screens.check import looked_at, slice_of
from tests.screens.drawn import texts_of
from tests.screens.rules import findings
from ui.colour import Sight, distance
from ui.glyphs import STAND_IN, has_glyph, legible
from ui.skin import Key
from ui.tokens import SUNLIGHT, THEMES

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("case", slice_of(), ids=str)
def test_a_screen_keeps_the_rules(qapp: QApplication, case: object) -> None:
    assert looked_at(case) == []  # type: ignore[arg-type]  # pytest hands a parameter over as an object


def test_screens_at_150_percent_keep_them_too() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "QT_SCALE_FACTOR"}
    command = [sys.executable, "-P", "-m", "tests.screens.check", "--scale", "1.5", "--share", "61"]
    told = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "at 150%, 0 with findings" in told.stdout


@pytest.fixture
def stand(qapp: QApplication) -> Iterator[Stand]:
    made = Stand(theme=SUNLIGHT)
    made.window.show()
    yield made
    made.close()


def _label(stand: Stand, text: str, px: int, *, y: int = 300, style: str = "") -> QLabel:
    label = QLabel(text, stand.window.scan)
    label.setStyleSheet(f"font-size: {px}px; {style}")
    label.move(700, y)
    label.show()
    label.adjustSize()
    QApplication.processEvents()
    return label


def test_a_text_that_cannot_be_read_is_found(stand: Stand) -> None:
    _label(stand, "灰色的字", 40, style="color: #8a8a8a")
    assert ["#8a8a8a on #ffffff" in each for each in findings(stand)] == [True]


def test_a_small_text_is_found(stand: Stand) -> None:
    _label(stand, "小字", 20)
    assert findings(stand) == ["'小字' is 3.40 mm"]


def test_a_cut_text_is_found(stand: Stand) -> None:
    _label(stand, "这一行没有写…", 40)
    assert findings(stand) == ["'这一行没有写…' is cut"]


def test_texts_that_run_into_each_other_are_found(stand: Stand) -> None:
    _label(stand, "一行字", 40)
    _label(stand, "又一行", 40, y=315)
    assert findings(stand) == ["'一行字' and '又一行' overlap"]


def test_a_text_over_the_edge_of_a_key_or_the_window_is_found(stand: Stand) -> None:
    box = stand.window.bottom.keys["more"].geometry()
    label = QLabel("压着键的边", stand.window.bottom)
    label.setStyleSheet("font-size: 26px")
    label.move(box.left() - 60, box.top() + 4)
    label.show()
    found = findings(stand)
    assert [each for each in found if "runs over the edge of btn.more" in each]
    label.move(box.left() + 150, box.top() + 4)
    assert [each for each in findings(stand) if each.endswith("leaves the window")]


def test_small_close_and_unnamed_keys_are_found(stand: Stand) -> None:
    one, other = (Key(stand.skin, name, lambda: "键", stand.window.scan) for name in ("btn.one", "btn.two"))
    one.setGeometry(700, 200, 130, 100)
    other.setGeometry(834, 200, 130, 130)
    for key in (one, other):
        key.show()
    other.setAccessibleName("")
    assert findings(stand) == [
        "btn.one is 17.0 mm",
        "btn.one and btn.two are 0.7 mm apart",
        "btn.two has no accessible name",
    ]


def test_a_small_word_and_a_private_one_are_found(stand: Stand) -> None:
    scenes.SCENES["go"](stand)
    QApplication.processEvents()
    assert findings(stand) == []
    label = QLabel("发热", stand.window.result)
    label.setStyleSheet("font-size: 60px; color: white; background: black")
    label.move(800, 40)
    label.show()
    assert "'发热' tells '发热'" in findings(stand)


def test_a_letter_without_a_shape_is_shown_by_its_sign(stand: Stand) -> None:
    name = "\ue863* 3号楼"
    assert legible(name) == f"{STAND_IN}* 3号楼"
    _label(stand, name, 40)
    assert findings(stand) == [f"{name!r} has a letter without a shape"]
    assert legible("张\ufe0f伟😀") == f"张伟{STAND_IN}"
    assert legible("GO 36.5\n") == "GO 36.5\n"


def test_every_letter_of_names_and_texts_has_a_shape(qapp: QApplication) -> None:
    letters = {letter for letter in Path(names.__file__).read_text(encoding="utf-8") if letter.isprintable()}
    for language in assets.LANGUAGES:
        for table in assets.texts(language):
            letters |= set(str(table))
    assert sorted(letter for letter in letters if not has_glyph(letter)) == []


def test_classes_are_apart_as_they_are_painted(qapp: QApplication) -> None:
    """Not the tokens but the pixels: what a go and a stop look like to each kind of sight."""
    grounds: dict[Verdict, str] = {}
    for theme in THEMES.values():
        made = Stand(theme=theme)
        made.window.show()
        for name, verdict in (("go", Verdict.ADMIT), ("refuse", Verdict.REFUSE)):
            scenes.SCENES[name](made)
            QApplication.processEvents()
            band = made.window.result.band
            grounds[verdict] = band.grab().toImage().pixelColor(band.width() - 3, 3).name()
        made.close()
        for sight in Sight:
            assert distance(grounds[Verdict.ADMIT], grounds[Verdict.REFUSE], sight) >= 0.20, (theme.name, sight)


def test_texts_are_found_whole_with_place_size_and_ink(stand: Stand) -> None:
    label = _label(stand, "整句话 36.5", 40, style="color: #123456")
    found = [text for text in texts_of(stand.window) if text.text == "整句话 36.5"]
    assert [(text.em, text.ink) for text in found] == [(40, "#123456")]
    assert label.geometry().translated(stand.window.scan.pos()).toRectF().contains(found[0].box)
