# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Hints to the holder and the fill light, from the scan loop to the screen (scanning.md section 9, interface.md 4)."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

import assets
from kiosk.adapters.camera import CameraSource, Frame
from kiosk.adapters.scan_loop import ScanListener, ScanLoop
from kiosk.app.scanning import Unreadable
from kiosk.app.scanning_hints import Hint
from kiosk.app.texts import Catalogue
from kiosk.app.views import Line, Tone
from tests.clips_cards import Picture, card
from tests.robots.stand import Stand
from tests.screens.drawn import texts_of
from ui.bridge import Bridge
from ui.glyphs import legible
from ui.tokens import FILL_LIGHT, THEMES, Theme
from ui.viewmodels.states import CodeState, ScanState
from ui.views.preview import LIGHT_BAND, PreviewFrame

EVERY_THEME = pytest.mark.parametrize("theme", THEMES.values(), ids=[name.value for name in THEMES])
GREY = PreviewFrame(b"\x50\x50\x50\xff" * (16 * 9), 16, 9)


@pytest.fixture
def stand(qapp: QApplication) -> Iterator[Stand]:
    made = Stand()
    made.window.show()
    yield made
    made.close()


@pytest.fixture
def bridge(stand: Stand) -> Bridge:
    """The bridge as the kiosk connects it."""
    made = Bridge()
    made.hint.connect(stand.model.hinted)
    made.fill_light.connect(stand.window.scan.preview.show_light)
    return made


def shown(stand: Stand) -> Hint | None:
    """The hint on the screen, None where there is none or another screen stands."""
    state = stand.stage.state
    return state.hint if isinstance(state, ScanState) else None


def picture(stand: Stand) -> QImage:
    QApplication.processEvents()
    return stand.window.scan.grab().toImage()


def share_of(image: QImage, box: QRectF, colour: str) -> float:
    """How much of a box, on a grid of three pixels, has exactly this colour."""
    area = box.toRect()
    points = [(x, y) for x in range(area.left(), area.right(), 3) for y in range(area.top(), area.bottom(), 3)]
    return sum(image.pixelColor(x, y).name().upper() == colour for x, y in points) / len(points)


# -- hints ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", assets.LANGUAGES)
def test_every_hint_has_its_text(language: str) -> None:
    catalogue = Catalogue(language, *assets.texts(language))
    assert [hint for hint in Hint if not catalogue.has(hint.value)] == []


def test_a_hint_appears_is_replaced_and_goes(stand: Stand, bridge: Bridge) -> None:
    seen = []
    for hint in (Hint.CLOSER, Hint.GLARE, None):
        bridge.on_hint(hint)
        seen.append((shown(stand), stand.window.scan.accessibleDescription()))
    assert seen == [(Hint.CLOSER, "请靠近一点"), (Hint.GLARE, "反光,请把证件倾斜一下"), (None, "")]


@EVERY_THEME
def test_a_hint_is_drawn_in_the_colours_of_wait(stand: Stand, bridge: Bridge, theme: Theme) -> None:
    stand.skin.use_theme(theme)
    strip, wait = stand.window.scan.strip(), theme.wait.ground
    shares = []
    for hint in (None, Hint.CLOSER, None):
        bridge.on_hint(hint)
        shares.append(share_of(picture(stand), strip, wait))
    assert shares[0] == shares[2] == 0
    assert shares[1] > 0.5


@pytest.mark.parametrize("language", assets.LANGUAGES)
@pytest.mark.parametrize("hint", Hint)
def test_a_hint_stands_whole_and_larger_than_the_staffs_words(qapp: QApplication, language: str, hint: Hint) -> None:
    stand = Stand(language=language)
    stand.window.show()
    stand.model.hinted(hint)
    fitted = stand.window.scan.fitted_hint()
    assert fitted is not None
    assert not fitted.cut
    assert fitted.font.pixelSize() / stand.skin.metrics.per_mm >= (9 if language == "zh_CN" else 5.4), fitted.lines
    stand.close()


def test_an_order_stands_before_a_hint_and_a_hint_before_a_notice(stand: Stand, bridge: Bridge) -> None:
    scan, wait = stand.window.scan, stand.skin.theme.wait.ground
    stand.stage.put(ScanState(notice=Line("screen.later")))
    notice = picture(stand).copy(scan.strip().toRect())
    bridge.on_hint(Hint.CLOSER)
    hinted = picture(stand).copy(scan.strip().toRect())
    assert hinted != notice
    stand.gate.age_s = None
    stand.model.refresh()
    assert scan.order() is not None
    assert share_of(picture(stand), scan.strip(), wait) == 0
    assert share_of(picture(stand), scan.strip(), stand.skin.theme.cannot.ground) > 0.5


def test_a_verdict_is_not_disturbed_and_what_still_holds_is_shown_after_it(stand: Stand, bridge: Bridge) -> None:
    stand.model.code_seen(b"EP1:CARD")
    before = stand.stage.state
    asked = list(stand.sound.asked)
    bridge.on_hint(Hint.AGAIN)
    assert stand.stage.state is before
    assert stand.sound.asked == asked
    stand.model.home()
    assert shown(stand) is Hint.AGAIN
    assert stand.sound.asked == asked


def test_a_hint_outlives_the_beat_and_the_second(stand: Stand, bridge: Bridge) -> None:
    bridge.on_hint(Hint.CENTRE)
    stand.pass_time(3)
    assert shown(stand) is Hint.CENTRE


def test_not_read_sounds_once(stand: Stand, bridge: Bridge) -> None:
    for hint in (Hint.GLARE, Hint.AGAIN, Hint.AGAIN, Hint.OTHER_WAY):
        bridge.on_hint(hint)
    stand.model.home()
    assert stand.sound.asked == [(None, ("glare",)), (Tone.T6, ("unread",)), (None, ("other_way",))]


def test_an_unread_code_and_its_hint_make_one_sound(stand: Stand, bridge: Bridge) -> None:
    stand.model.sighted(Unreadable(2.0))
    bridge.on_hint(Hint.AGAIN)
    assert isinstance(stand.stage.state, CodeState)
    assert [tone for tone, _ in stand.sound.asked] == [Tone.T6]
    bridge.on_hint(Hint.OTHER_WAY)
    stand.pass_time(5)
    assert shown(stand) is Hint.OTHER_WAY
    assert len(stand.sound.asked) == 1


def test_a_code_too_small_is_told_to_come_closer_until_it_leaves(stand: Stand, bridge: Bridge) -> None:
    def nothing() -> CameraSource:
        raise AssertionError

    listener = ScanListener(
        bridge.on_frame, bridge.on_sighting, bridge.on_camera_state, bridge.on_hint, bridge.on_fill_light
    )
    loop = ScanLoop(nothing, stand.mono_s, listener, with_zbar=False)
    wall = np.full((480, 640, 3), 150, np.uint8)
    far = _far_away(wall, 90)
    told: list[Hint | None] = []
    for n in range(60):
        loop.look(Frame(far if n < 25 else wall, n / 15, n))
        if not told or told[-1] is not shown(stand):
            told.append(shown(stand))
    assert told == [None, Hint.CLOSER, None]


def _far_away(wall: Picture, side: int) -> Picture:
    """A card before the wall whose symbol is `side` pixels wide; a thumb covers too much of it to be read."""
    held = card("EP1:FAR", 1)
    scale = side / float(np.ptp(held.quad[:, 0]))
    small = cv2.resize(held.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x, y = (held.quad.mean(axis=0) * scale).astype(int)
    small[y - side // 6 : y + side // 6, x - side // 6 : x + side // 6] = 90
    frame = wall.copy()
    frame[100 : 100 + small.shape[0], 140 : 140 + small.shape[1]] = small
    return frame


# -- fill light ----------------------------------------------------------------------------------------------------


@EVERY_THEME
def test_the_fill_light_is_a_white_band_around_the_picture_and_goes(stand: Stand, bridge: Bridge, theme: Theme) -> None:
    stand.skin.use_theme(theme)
    preview = stand.window.scan.preview
    preview.show_frame(GREY)
    band = LIGHT_BAND * stand.skin.metrics.per_mm
    at = QRectF(preview.geometry())
    sides = (
        QRectF(at.left(), at.top(), at.width(), band),
        QRectF(at.left(), at.bottom() - band + 1, at.width(), band),
        QRectF(at.left(), at.top(), band, at.height()),
        QRectF(at.right() - band + 1, at.top(), band, at.height()),
    )
    middle = at.adjusted(band + 2, band + 2, -band - 2, -band - 2)
    lit = []
    for on in (False, True, False):
        bridge.on_fill_light(on)
        image = picture(stand)
        lit.append([share_of(image, side, FILL_LIGHT) > 0.97 for side in sides])
        assert share_of(image, middle, "#505050") > 0.9, "the picture stays in the middle"
    assert lit == [[False] * 4, [True] * 4, [False] * 4]


def test_the_fill_light_stays_where_it_is_too_dark_and_goes_with_the_camera(stand: Stand, bridge: Bridge) -> None:
    preview = stand.window.scan.preview
    preview.show_frame(GREY)
    bridge.on_fill_light(True)
    lit = []
    for fault in ("state.COVERED", "state.GONE", None):
        preview.show_fault(fault)
        preview.show_frame(GREY)
        lit.append(preview.grab().toImage().pixelColor(4, 4).name().upper() == FILL_LIGHT)
    assert lit == [True, False, True]


@pytest.mark.parametrize("hint", Hint)
def test_the_public_window_tells_the_holder_what_to_do_and_stops_when_it_is_done(stand: Stand, hint: Hint) -> None:
    stand.model.hinted(hint)
    assert stand.public.text() == stand.words.get(hint.value)
    assert "".join(text.text for text in texts_of(stand.public)) == legible(stand.public.text())
    assert stand.public.colours() == stand.skin.theme.wait
    stand.model.hinted(None)
    assert stand.public.text() == "请出示出入证"
