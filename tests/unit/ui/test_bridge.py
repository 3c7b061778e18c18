# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One frame on its way and no more; values cross threads; Qt loses no reference to None."""

import sys
import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kiosk.app.scanning import NotOurs, Source
from ui.bgra import preview_frame
from ui.bridge import Bridge
from ui.paint_clock import PaintClock, Painted
from ui.views.preview import PreviewFrame


@dataclass(frozen=True)
class Frame:
    picture: npt.NDArray[np.uint8]
    captured_at: float


def frame(at: float, high: int = 720, wide: int = 1280) -> Frame:
    return Frame(np.full((high, wide, 3), 7, np.uint8), at)


def test_one_frame_is_on_its_way_the_rest_are_dropped(qapp: QApplication) -> None:
    bridge = Bridge()
    got: list[object] = []
    bridge.frame.connect(got.append)
    for n in range(10):
        bridge.on_frame(frame(10 + n), None)
    assert (len(got), bridge.dropped) == (1, 9)
    bridge.frame_painted()
    bridge.on_frame(frame(30), ((0, 0), (10, 0), (10, 10), (0, 10)))
    assert len(got) == 2
    bridge.frame_painted()
    bridge.on_frame(frame(30.02), None)
    assert len(got) == 2, "at most fifteen a second"


def test_a_picture_becomes_four_bytes_a_pixel_thinned_with_its_corners() -> None:
    made = preview_frame(
        np.arange(1280 * 720 * 3, dtype=np.uint32).astype(np.uint8).reshape(720, 1280, 3), [(100.0, 50.0)]
    )
    assert (made.width, made.height, len(made.data)) == (640, 360, 640 * 360 * 4)
    assert bytes(made.data[:4]) == bytes((0, 1, 2, 255))
    assert made.quad == ((50.0, 25.0),)
    grey = preview_frame(np.zeros((480, 640), np.uint8), None)
    assert (grey.width, grey.height) == (640, 480)


def test_a_sighting_of_another_thread_arrives_in_the_gui_thread(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[tuple[object, threading.Thread]] = []
    bridge.sighting.connect(lambda sighting: seen.append((sighting, threading.current_thread())))
    sighting = NotOurs(1.0, Source.CAMERA)
    threading.Thread(target=bridge.on_sighting, args=(sighting,)).start()
    qtbot.waitUntil(lambda: len(seen) == 1)
    assert seen[0] == (sighting, threading.main_thread())


def test_a_camera_that_is_gone_frees_the_preview(qapp: QApplication) -> None:
    bridge = Bridge()
    got: list[object] = []
    bridge.frame.connect(got.append)
    bridge.on_frame(frame(1), None)
    bridge.on_camera_state("GONE")
    bridge.on_frame(frame(2), None)
    assert len(got) == 2


def test_void_calls_of_qt_keep_the_reference_count_of_none(qtbot: QtBot) -> None:
    # PySide6 6.12.0 on Python 3.11 loses one reference per void call and dies within seconds
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.update()
    before = sys.getrefcount(None)
    for _ in range(1000):
        widget.update()
    assert abs(sys.getrefcount(None) - before) < 100


def test_the_paint_clock_measures_once_per_frame() -> None:
    now = [10.0]
    heard: list[Painted] = []
    clock = PaintClock(lambda: now[0])
    clock.listen(heard.append)
    clock.expect(9.95, "ADMIT PASS_OK")
    clock.painted()
    clock.painted()
    assert [round(figure.seconds, 3) for figure in heard] == [0.05]
    clock.expect(None, "")
    clock.painted()
    assert len(clock.figures) == 1


def test_a_frame_keeps_its_bytes_until_it_is_painted() -> None:
    made = preview_frame(np.zeros((720, 1280, 3), np.uint8), None)
    assert isinstance(made, PreviewFrame)
    assert made.data[3] == 255


@pytest.mark.parametrize("state", ["GONE", "HUNG", "FROZEN", "COVERED", "SLOW", "BROKEN", "RESTART"])
def test_every_camera_state_has_its_words(state: str) -> None:
    import assets
    from kiosk.app.texts import Catalogue

    assert Catalogue("zh_CN", *assets.texts("zh_CN")).has(f"state.{state}")
