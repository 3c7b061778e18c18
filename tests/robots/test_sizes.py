# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Rows and words add up to the screen; what holds of every screen alike is in tests/screens."""

import pytest
from PySide6.QtWidgets import QApplication

from tests.robots.stand import SIZES, Stand
from ui.views.band import word_em


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
