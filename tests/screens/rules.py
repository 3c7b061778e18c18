# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What holds of every screen, whatever stands on it (interface.md 3 and 15): what breaks it comes back as words."""

import itertools
from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRectF
from PySide6.QtWidgets import QWidget

from tests.robots.stand import Stand
from tests.screens.drawn import Picture, Text, texts_of
from ui.colour import contrast
from ui.glyphs import has_glyph
from ui.metrics import GAP, KEY, KEYPAD_KEY, LINE, SMALL, WORD_LATIN, WORD_LONG
from ui.skin import Key
from ui.tokens import ThemeName
from ui.viewmodels.forms import FormState
from ui.viewmodels.states import CodeState, KeypadState, ResultState
from ui.views.window import GateWindow

PRIVATE = (
    "发热", "偏高", "隔离", "红码", "黄码", "绿码", "返沪", "疑似", "高烧", "确诊", "接触",
    "张*", "2号楼", "3号楼", "7号楼", "9号楼",
    "fever", "isolat", "quarantin", "suspect", "red code", "yellow code", "infect",
)  # fmt: skip
"""What the queue may neither read nor hear (interface.md 2, principle 7)."""
_CUT = ("…", "...")


def findings(stand: Stand) -> list[str]:
    """What is wrong with the gate's window and with the public one."""
    per_mm = stand.skin.metrics.per_mm
    window, public = stand.window, stand.public
    texts, picture = texts_of(window), Picture(window)
    least = 7.0 if stand.skin.theme.name is ThemeName.SUNLIGHT else 4.5
    found = [
        *keys_of_size(stand),
        *sizes(texts, per_mm),
        *whole(texts, window, keys_of(window)),
        *apart(texts),
        *readable(texts, picture, least),
        *the_word(stand, texts),
        *unnamed(window),
        *large_and_private(stand, texts),
    ]
    told = texts_of(public)
    found += [f"public: {each}" for each in (*apart(told), *readable(told, Picture(public), least), *private(told))]
    found += [f"public: {text.text!r} is cut" for text in told if text.text.endswith(_CUT)]
    return found


def keys_of(window: QWidget) -> list[Key]:
    """The keys that can be seen."""
    return [key for key in window.findChildren(Key) if key.isVisible()]


def place(window: QWidget, child: QWidget) -> QRectF:
    """Where a child stands in its window."""
    return QRectF(QPoint(child.mapTo(window, QPoint(0, 0))), child.size())


def keys_of_size(stand: Stand) -> Iterator[str]:
    """Keys of 20 mm, those of the keypad 24; 2 mm between any two; none leaves the window."""
    window, per_mm = stand.window, stand.skin.metrics.per_mm
    keys = keys_of(window)
    for key in keys:
        least = KEYPAD_KEY if key.parentWidget() is window.keypad else KEY
        side = min(key.width(), key.height())
        if side < least * per_mm - 1:
            yield f"{key.objectName()} is {side / per_mm:.1f} mm"
        if not QRectF(window.rect()).contains(place(window, key)):
            yield f"{key.objectName()} leaves the window"
    for one, other in itertools.combinations(keys, 2):
        a, b = place(window, one), place(window, other)
        gap = max(b.left() - a.right(), a.left() - b.right(), b.top() - a.bottom(), a.top() - b.bottom())
        if gap < GAP * per_mm - 1:
            yield f"{one.objectName()} and {other.objectName()} are {gap / per_mm:.1f} mm apart"


def sizes(texts: list[Text], per_mm: float) -> Iterator[str]:
    """Nothing is under 4 mm (whole pixels: half of one is given)."""
    for text in texts:
        if text.em < SMALL * per_mm - 0.51:
            yield f"{text.text!r} is {text.em / per_mm:.2f} mm"


def whole(texts: list[Text], window: QWidget, keys: list[Key]) -> Iterator[str]:
    """No text is cut, has a letter that the font lacks, leaves the window or the key that it stands on."""
    inside = QRectF(window.rect())
    for text in texts:
        if text.text.endswith(_CUT):
            yield f"{text.text!r} is cut"
        if not all(map(has_glyph, text.text)):
            yield f"{text.text!r} has a letter without a shape"
        if not inside.contains(text.box):
            yield f"{text.text!r} leaves the window"
        for key in keys:
            box = place(window, key)
            touched = box.intersected(text.box)
            if not touched.isEmpty() and not box.adjusted(-1, -1, 1, 1).contains(text.box):
                yield f"{text.text!r} runs over the edge of {key.objectName()}"


def apart(texts: list[Text]) -> Iterator[str]:
    """No two texts run into each other."""
    for one, other in itertools.combinations(texts, 2):
        both = one.box.intersected(other.box)
        if both.width() > 1 and both.height() > 1:
            yield f"{one.text!r} and {other.text!r} overlap"


def readable(texts: list[Text], picture: Picture, least: float) -> Iterator[str]:
    """Each text stands out from every ground that it is seen on."""
    for text in texts:
        for ground in picture.grounds(text.box, text.ink):
            if contrast(ground, text.ink) < least:
                yield f"{text.text!r}: {text.ink} on {ground} is {contrast(ground, text.ink):.1f}"


def the_word(stand: Stand, texts: list[Text]) -> Iterator[str]:
    """The verdict's word is 29 mm high, 22 in English."""
    if not isinstance(stand.stage.state, ResultState | CodeState) or not stand.window.result.isVisible():
        return
    word = max((text for text in texts if len(text.text) > 1), key=lambda text: text.em)
    size, least = word.em / stand.skin.metrics.per_mm, WORD_LATIN if word.text.isascii() else WORD_LONG
    if size < least - 0.2:
        yield f"the word {word.text!r} is {size:.1f} mm"


def unnamed(window: GateWindow) -> Iterator[str]:
    """Every screen, and whatever can take the focus, has a name for those who listen."""
    for panel in window.screens:
        if panel.isVisible() and not panel.accessibleName():
            yield f"{panel.objectName()} has no accessible name"
    for key in keys_of(window):
        if not key.accessibleName():
            yield f"{key.objectName()} has no accessible name"


def large_and_private(stand: Stand, texts: list[Text]) -> Iterator[str]:
    """What is as large as a public line tells nothing private; the keypad's reading is read back large by design."""
    if isinstance(stand.stage.state, ResultState | CodeState):
        least = LINE * stand.skin.metrics.per_mm - 1
        yield from private([text for text in texts if text.em >= least])
        yield from (f"said: {word}" for word in _in(stand.window.result.band.accessibleDescription()))
    elif isinstance(stand.stage.state, KeypadState):
        yield from (f"said: {word}" for word in _in(stand.window.keypad.band.accessibleDescription()))
    elif isinstance(stand.stage.state, FormState):
        least = LINE * stand.skin.metrics.per_mm - 1
        yield from private([text for text in texts if text.em >= least and not text.text.replace("●", "").isdigit()])
    yield from (f"announced: {word}" for said in stand.window.announcements for word in _in(said))


def private(texts: list[Text]) -> Iterator[str]:
    """Private words among them."""
    for text in texts:
        yield from (f"{text.text!r} tells {word!r}" for word in _in(text.text))


def _in(text: str) -> list[str]:
    return [word for word in PRIVATE if word in text.lower()]
