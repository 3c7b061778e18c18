# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every screen in both languages: targets of 20 mm, gaps of 2, sums of 136, no text cut or under 4 mm, all named."""

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication

import assets
from tests.robots.stand import SIZES, Stand
from tests.screens.scenes import SCENES
from ui.metrics import GAP, KEY, KEYPAD_KEY, SMALL
from ui.painting import fit
from ui.skin import Key
from ui.views.band import word_em
from ui.views.preview import PreviewFrame

# the picture of a camera is not what is measured here, and takes a while to draw
NO_CAMERA = sorted(set(SCENES) - {"enroll"})


@pytest.fixture(scope="module", autouse=True)
def _no_picture() -> Iterator[None]:
    from tests.screens import scenes

    patch = pytest.MonkeyPatch()
    empty = PreviewFrame(bytes(4 * 16 * 9), 16, 9)
    patch.setattr(scenes, "picture", lambda *, dark=False: empty)
    yield
    patch.undo()


@pytest.fixture(
    scope="module",
    params=[(name, lang) for name in NO_CAMERA for lang in assets.LANGUAGES],
    ids=lambda p: f"{p[0]}-{p[1]}",
)
def stand(request: pytest.FixtureRequest, qapp: QApplication, _no_picture: None) -> Iterator[Stand]:
    scene, language = request.param
    made = Stand(language=language)
    made.window.show()
    QApplication.processEvents()
    SCENES[scene](made)
    QApplication.processEvents()
    yield made
    made.close()


def keys_of(stand: Stand) -> list[Key]:
    return [key for key in stand.window.findChildren(Key) if key.isVisible()]


def place(stand: Stand, key: Key) -> QRect:
    return QRect(key.mapTo(stand.window, QPoint(0, 0)), key.size())


def test_a_screen_keeps_its_sizes(stand: Stand) -> None:
    px = stand.skin.metrics.per_mm
    keys = keys_of(stand)
    keypad = stand.window.keypad
    for key in keys:
        least = KEYPAD_KEY if key.parentWidget() is keypad else KEY
        size = min(key.width(), key.height()) / px
        assert size >= least - 0.15, f"{key.objectName()} is {size:.1f} mm"
        assert stand.window.rect().contains(place(stand, key)), f"{key.objectName()} leaves the window"
    for one, other in itertools.combinations(keys, 2):
        a, b = place(stand, one), place(stand, other)
        apart = max(b.left() - a.right(), a.left() - b.right(), b.top() - a.bottom(), a.top() - b.bottom()) - 1
        assert apart / px >= GAP - 0.3, f"{one.objectName()} and {other.objectName()} are {apart / px:.1f} mm apart"


def test_no_text_of_a_key_is_cut_and_every_key_is_named(stand: Stand) -> None:
    for key in keys_of(stand):
        fitted = key.fitted()
        assert not fitted.cut, f"{key.text()!r} is cut"
        assert fitted.font.pixelSize() >= stand.skin.px(SMALL) - 1
        assert key.accessibleName(), key.objectName()
    for panel in stand.window.screens:
        if panel.isVisible():
            assert panel.accessibleName(), panel.objectName()


def test_the_large_word_keeps_its_size(stand: Stand) -> None:
    band = stand.window.result.band
    if not band.isVisible() or band.look is None:
        return
    word = band.word()
    fitted = band.fitted_word()
    assert not fitted.cut
    size = fitted.font.pixelSize() / stand.skin.metrics.per_mm
    assert size >= (22 if word.isascii() else 29) - 0.2, f"{word}: {size:.1f} mm"
    assert len(fitted.lines) <= (2 if word.isascii() else 1)
    box, font = band.line_box(), stand.skin.metrics.font(9.5, bold=True)
    if band.look.line is not None:
        line = stand.words.line(band.look.line)
        assert not fit(line, font, box.width(), box.height(), least_px=stand.skin.px(8.5)).cut, line


def test_words_longer_than_five_characters_are_not_used() -> None:
    words = [key for key in Stand().words.catalogue.names() if key.startswith("word.") and key != "word.SCAN"]
    assert [key for key in words if len(Stand().words.get(key)) > 5] == []
    assert word_em("放行") == 34
    assert word_em("登记后放行") == 29


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_rows_add_up_to_the_whole_screen(qapp: QApplication, size: tuple[int, int]) -> None:
    stand = Stand(size=size)
    stand.window.show()
    stand.model.code_seen(b"x")
    QApplication.processEvents()
    keypad, px = stand.window.keypad, size[0] / 217
    rows = sorted({key.y() for key in keypad.readings if key.isVisible()})
    assert stand.window.status.height() / px == pytest.approx(9, abs=0.2)
    assert keypad.band.height() / px == pytest.approx(23, abs=0.2)
    assert len(rows) == 4
    assert (rows[1] - rows[0]) / px == pytest.approx(26, abs=0.4)
    widths = [key.width() / px for key in (*keypad.lows, *keypad.readings, *keypad.highs)]
    assert min(widths) >= 24.0
    stand.model.typed("36.5")
    QApplication.processEvents()
    result = stand.window.result
    assert result.band.height() / px == pytest.approx(61, abs=0.4)
    assert (result.height() + stand.window.tray.height() + stand.window.bottom.height()) / px == pytest.approx(
        127, abs=0.5
    )
    stand.close()


def test_a_smaller_window_is_drawn_to_scale(qapp: QApplication) -> None:
    stand = Stand()
    stand.window.resize(1024, 600)
    stand.window.show()
    QApplication.processEvents()
    assert stand.skin.metrics.per_mm == pytest.approx(600 / 136)
    bottom = stand.window.bottom
    assert bottom.geometry().bottom() <= stand.window.height()
    stand.close()


def test_themes_change_without_a_new_window(qapp: QApplication) -> None:
    stand = Stand()
    stand.window.show()
    QApplication.processEvents()
    before = stand.window.grab().toImage().pixelColor(5, 300)
    stand.next_theme()
    QApplication.processEvents()
    assert stand.window.grab().toImage().pixelColor(5, 300) != before
    stand.close()
