# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Text that fits, hatching, round boxes: what the views draw by hand."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from ui.glyphs import legible
from ui.metrics import SPACING

_STEP, _BODY = 0.94, 1.12
_RATHER_SMALLER = 0.85


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text laid into a box: its font and lines; `cut` where even the least size was too large."""

    font: QFont
    lines: tuple[str, ...]
    cut: bool


_KNOWN: dict[tuple[object, ...], tuple[int, tuple[str, ...], bool]] = {}
_MOST_KNOWN = 4096


def fit(
    text: str,
    font: QFont,
    width: float,
    height: float,
    *,
    lines: int = 1,
    least_px: int = 1,
    spacing: float = SPACING,
) -> Fitted:
    """The largest size, from the font's own down to `least_px`, at which the text stands in the box.

    A text that fits one row at nine tenths of its size is not broken into two. What was laid out once is known: a
    screen is painted many times with the same texts.
    """
    text = legible(text)
    key = (text, font.family(), font.pixelSize(), font.weight(), width, height, lines, least_px, spacing)
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        laid = _fit(text, font, width, height, lines=lines, least_px=least_px, spacing=spacing)
        known = _KNOWN[key] = (laid.font.pixelSize(), laid.lines, laid.cut)
    found = QFont(font)
    found.setPixelSize(known[0])
    return Fitted(found, known[1], cut=known[2])


def _fit(text: str, font: QFont, width: float, height: float, *, lines: int, least_px: int, spacing: float) -> Fitted:
    size = font.pixelSize()
    if lines > 1 and "\n" not in text:
        alone = fit(text, font, width, height, least_px=max(least_px, int(size * _RATHER_SMALLER)))
        if not alone.cut:
            return alone
    elif "\n" not in text:
        size = max(least_px, min(size, _one_row(text, font, width, height)))
    while True:
        trial = QFont(font)
        trial.setPixelSize(max(size, least_px))
        metrics = QFontMetricsF(trial)
        rows = _broken(text, metrics, width, lines)
        if rows is not None and len(rows) * line_height(trial, len(rows), spacing) <= height + 0.5:
            return Fitted(trial, rows, cut=False)
        if size <= least_px:
            cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
            return Fitted(trial, (cut,), cut=True)
        size = min(size - 1, int(size * _STEP))


def _one_row(text: str, font: QFont, width: float, height: float) -> int:
    """About the size at which a text stands in one row: a long one is not tried at each size down to it."""
    advance = QFontMetricsF(font).horizontalAdvance(text)
    wide = int(font.pixelSize() * width / advance) if advance > width else font.pixelSize()
    return min(wide, int((height + 0.5) / _BODY))


def line_height(font: QFont, lines: int = 2, spacing: float = SPACING) -> float:
    """Pixels from one line to the next; a single line needs only its own body."""
    return font.pixelSize() * (spacing if lines > 1 else _BODY)


def _broken(text: str, metrics: QFontMetricsF, width: float, most: int) -> tuple[str, ...] | None:
    """Rows of the text at this size, None where they are more than `most`. 中文 breaks anywhere, English at spaces."""
    given = text.split("\n")
    if len(given) > most:
        return None
    rows: list[str] = []
    for part in given:
        rest = part
        if most == 1 and metrics.horizontalAdvance(rest) > width:
            return None
        while metrics.horizontalAdvance(rest) > width:
            at = _break(rest, metrics, width)
            if at == 0:
                return None
            rows.append(rest[:at].rstrip())
            rest = rest[at:].lstrip()
            if len(rows) >= most:
                return None
        rows.append(rest)
    if len(rows) > most:
        return None
    return _even(text, rows) if len(given) == 1 else tuple(rows)


def rows_of(lines: tuple[str, ...], font: QFont, width: float, most: int) -> tuple[tuple[str, int], ...]:
    """Lines broken into at most `most` rows, each with its line's number; what does not fit ends in an ellipsis."""
    metrics = QFontMetricsF(font)
    rows: list[tuple[str, int]] = []
    for number, line in enumerate(lines):
        # each later line keeps one row, as long as there is one for it
        room = most - len(rows) - min(len(lines) - 1 - number, 1)
        rest = line
        while rest and room > 0:
            room -= 1
            if metrics.horizontalAdvance(rest) <= width:
                rows.append((rest, number))
                break
            at = _break(rest, metrics, width)
            if room == 0 or at == 0:
                rows.append((metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width), number))
                break
            rows.append((rest[:at].rstrip(), number))
            rest = rest[at:].lstrip()
    return tuple(rows[:most])


def _even(text: str, rows: list[str]) -> tuple[str, ...]:
    """Rows of one length for 中文 without blanks: 未戴 / 口罩, not 未戴口 / 罩."""
    if len(rows) == 1 or any(letter.isascii() for letter in text):
        return tuple(rows)
    size = -(-len(text) // len(rows))
    return tuple(text[at : at + size] for at in range(0, len(text), size))


def _break(text: str, metrics: QFontMetricsF, width: float) -> int:
    fits = 0
    for at in range(1, len(text)):
        if metrics.horizontalAdvance(text[:at].rstrip()) > width:
            break
        if _may_break(text, at):
            fits = at
    return fits


def _may_break(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if after in ",。、:;!?)》℃,.:;!?)%":
        return False
    return before == " " or after == " " or not (before.isascii() and after.isascii()) or before in ",/"


def draw_text(  # noqa: PLR0913 - where, what, in which font and colour; the rest by name
    painter: QPainter,
    rect: QRectF,
    text: str,
    font: QFont,
    ink: str,
    *,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    lines: int = 1,
    least_px: int = 1,
    spacing: float = SPACING,
) -> Fitted:
    """Draw a text into a box, vertically in its middle; what was laid out comes back."""
    fitted = fit(text, font, rect.width(), rect.height(), lines=lines, least_px=least_px, spacing=spacing)
    painter.setFont(fitted.font)
    painter.setPen(QColor(ink))
    step = line_height(fitted.font, len(fitted.lines), spacing)
    top = rect.center().y() - step * len(fitted.lines) / 2
    for number, line in enumerate(fitted.lines):
        row = QRectF(rect.left(), top + number * step, rect.width(), step)
        painter.drawText(row, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, line)
    return fitted


def fill_box(
    painter: QPainter, rect: QRectF, ground: str, radius: float, edge: str | None = None, thick: float = 0
) -> None:
    """A filled box with round corners, with an edge inside it if asked."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inside = rect.adjusted(thick / 2, thick / 2, -thick / 2, -thick / 2) if edge else rect
    painter.setPen(QPen(QColor(edge), thick) if edge else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(inside, radius, radius)


def hatch(painter: QPainter, rect: QRectF, ink: str, spacing: float, thick: float) -> None:
    """Slanted lines over a box: 无法核验, and the frame of the practice mode."""
    painter.save()
    painter.setClipRect(rect)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(ink), thick))
    at = rect.left() - rect.height()
    while at < rect.right():
        painter.drawLine(QPointF(at, rect.bottom()), QPointF(at + rect.height(), rect.top()))
        at += spacing
    painter.restore()
