# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's day as a picture: bars with numbers, exceptions hatched, temperatures by tenth, or all as a table (5.13)."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from kiosk.app.review import DayPicture, HourCount
from kiosk.domain.codes import Verdict
from ui.metrics import BUTTON, SMALL, STAFF
from ui.painting import draw_text, hatch
from ui.skin import Skin
from ui.viewmodels.leader_page import Chart

_MIDDLE = Qt.AlignmentFlag.AlignHCenter
_RIGHT = Qt.AlignmentFlag.AlignRight
_COLDEST, _HOTTEST = 340, 385
"""体温图 from 34.0 to 38.5: what lies outside stands at the ends."""
_LEGEND = 7.5


def paint_day(painter: QPainter, box: QRectF, skin: Skin, day: DayPicture, chart: Chart) -> None:
    """Paint the day into the box."""
    brush = _Brush(painter, skin)
    match chart:
        case Chart.PEOPLE:
            _people(brush, box, day)
        case Chart.VERDICTS:
            _verdicts(brush, box, day)
        case Chart.TEMPS:
            _temps(brush, box, day)
        case Chart.TABLE:
            _table(brush, box, day)


class _Brush:
    """Painter, theme and sizes."""

    def __init__(self, painter: QPainter, skin: Skin) -> None:
        self.painter = painter
        self.skin = skin
        self.theme = skin.theme
        self.px = skin.metrics.per_mm

    def text(
        self, box: QRectF, text: str, em: float = SMALL, align: Qt.AlignmentFlag = _MIDDLE, *, bold: bool = False
    ) -> None:
        font = self.skin.metrics.font(em, bold=bold)
        draw_text(self.painter, box, text, font, self.theme.window.ink, align=align, least_px=self.skin.px(SMALL))

    def bar(self, box: QRectF, ground: str, *, hatched: bool = False) -> None:
        """A bar with an edge, so that it stands on every ground; hatched for exceptions."""
        self.painter.fillRect(box, QColor(ground))
        if hatched:
            hatch(self.painter, box, self.theme.wait.ink, 2.2 * self.px, 0.5 * self.px)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.setPen(QPen(QColor(self.theme.window.ink), max(1.0, 0.25 * self.px)))
        self.painter.drawRect(box)

    def legend(self, box: QRectF, entries: Sequence[tuple[str, str, bool]]) -> None:
        """Squares with their words, from the left."""
        side = 4.5 * self.px
        wide = box.width() / len(entries)
        for number, (ground, word, hatched) in enumerate(entries):
            left = box.left() + number * wide
            self.bar(QRectF(left, box.center().y() - side / 2, side, side), ground, hatched=hatched)
            words = QRectF(left + 1.5 * side, box.top(), wide - 1.6 * side, box.height())
            self.text(words, word, STAFF, Qt.AlignmentFlag.AlignLeft)


def _said(brush: _Brush, key: str, n: int) -> str:
    return brush.skin.words.get(key, n=n)


def shown_hours(day: DayPicture) -> range:
    """The hours that have something, at least twelve of them, so that bars and their numbers have room."""
    used = [number for number, hour in enumerate(day.hours) if hour != HourCount()]
    first, last = (min(used), max(used)) if used else (7, 18)
    while last - first < 11:  # noqa: PLR2004 - twelve hours
        first, last = max(0, first - 1), min(23, last + 1)
    return range(first, last + 1)


def _people(brush: _Brush, box: QRectF, day: DayPicture) -> None:
    theme = brush.theme
    series = (
        (theme.go.ground, "leader_day.in", day.entered, False),
        (theme.cannot.ground, "leader_day.out", day.left, False),
        (theme.wait.ground, "leader_day.odd", day.exceptions, True),
    )
    legend, plot, axis = _parts(brush, box)
    brush.legend(legend, [(ground, _said(brush, key, n), hatched) for ground, key, n, hatched in series])
    hours = shown_hours(day)
    most = max((max(h.entered, h.left, h.exceptions) for h in day.hours), default=0) or 1
    wide = plot.width() / len(hours)
    for place, number in enumerate(hours):
        hour = day.hours[number]
        left = plot.left() + place * wide
        for at, (value, (ground, _, _, hatched)) in enumerate(
            zip((hour.entered, hour.left, hour.exceptions), series, strict=True)
        ):
            if value:
                high = max(1.0, value / most * (plot.height() - 6 * brush.px))
                bar = QRectF(left + (0.03 + 0.32 * at) * wide, plot.bottom() - high, 0.28 * wide, high)
                brush.bar(bar, ground, hatched=hatched)
                above = QRectF(bar.left() - 0.02 * wide, bar.top() - 5.4 * brush.px, 0.32 * wide, 5.4 * brush.px)
                brush.text(above, str(value))
        brush.text(QRectF(left, axis.top(), wide, axis.height()), f"{number}")
    _base(brush, plot)


def _parts(brush: _Brush, box: QRectF) -> tuple[QRectF, QRectF, QRectF]:
    """Legend above, plot, axis below."""
    legend = QRectF(box.left(), box.top(), box.width(), _LEGEND * brush.px)
    axis = QRectF(box.left(), box.bottom() - 6 * brush.px, box.width(), 6 * brush.px)
    plot = QRectF(box.left(), legend.bottom(), box.width(), axis.top() - legend.bottom())
    return legend, plot, axis


def _base(brush: _Brush, plot: QRectF) -> None:
    brush.painter.setPen(QPen(QColor(brush.theme.window.ink), max(1.0, 0.4 * brush.px)))
    brush.painter.drawLine(plot.bottomLeft(), plot.bottomRight())


def verdict_rows(day: DayPicture) -> list[tuple[Verdict, int]]:
    """Verdicts that occurred, in the order of their class."""
    return [(verdict, day.verdicts[verdict]) for verdict in Verdict if day.verdicts.get(verdict)]


def _verdicts(brush: _Brush, box: QRectF, day: DayPicture) -> None:
    rows = verdict_rows(day)
    if not rows:
        brush.text(box, brush.skin.words.get("leader_day.nothing"), BUTTON)
        return
    theme = brush.theme
    high = min(box.height() / len(rows), 13 * brush.px)
    most = max(count for _, count in rows)
    name, figure = 0.3 * box.width(), 18 * brush.px
    for number, (verdict, count) in enumerate(rows):
        top = box.top() + number * high
        word = brush.skin.words.get(f"verdict.{verdict.value}")
        brush.text(QRectF(box.left(), top, name - 2 * brush.px, high), word, STAFF, _RIGHT)
        ground = {
            Verdict.HOLD: theme.stop.ground,
            Verdict.REFUSE: theme.stop.ground,
            Verdict.REFUSE_EXIT: theme.stop.ground,
            Verdict.LEADER: theme.wait.ground,
            Verdict.WAIT: theme.wait.ground,
            Verdict.REDIRECT: theme.wait.ground,
        }.get(verdict, theme.go.ground)
        long = max(1.0, count / most * (box.width() - name - figure))
        bar = QRectF(box.left() + name, top + 0.16 * high, long, 0.68 * high)
        brush.bar(bar, ground, hatched=ground == theme.wait.ground)
        brush.text(
            QRectF(bar.right() + brush.px, top, figure, high), str(count), BUTTON, Qt.AlignmentFlag.AlignLeft, bold=True
        )


def _temps(brush: _Brush, box: QRectF, day: DayPicture) -> None:
    """Readings by tenth; the threshold as a line; what lies beyond the ends stands at them."""
    theme = brush.theme
    legend, plot, axis = _parts(brush, box)
    steps: dict[int, int] = {}
    for tenths, count in day.temps.items():
        at = min(max(tenths, _COLDEST), _HOTTEST)
        steps[at] = steps.get(at, 0) + count
    high = sum(count for tenths, count in day.temps.items() if tenths >= day.fever_tenths)
    low = sum(count for tenths, count in day.temps.items() if tenths < day.low_tenths)
    total = sum(day.temps.values())
    entries = [
        (theme.go.ground, _said(brush, "leader_day.temps_normal", total - high - low), False),
        (theme.stop.ground, _said(brush, "leader_day.temps_high", high), False),
        (theme.wait.ground, _said(brush, "leader_day.temps_low", low), True),
    ]
    brush.legend(legend, entries)
    count_steps = _HOTTEST - _COLDEST + 1
    wide = plot.width() / count_steps
    most = max(steps.values(), default=1)
    for tenths, count in steps.items():
        left = plot.left() + (tenths - _COLDEST) * wide
        tall = max(2.0, count / most * (plot.height() - 7 * brush.px))
        fever, cold = tenths >= day.fever_tenths, tenths < day.low_tenths
        ground = theme.stop.ground if fever else theme.wait.ground if cold else theme.go.ground
        brush.bar(QRectF(left, plot.bottom() - tall, max(2.0, 0.86 * wide), tall), ground, hatched=cold)
    line = plot.left() + (day.fever_tenths - _COLDEST) * wide - 0.1 * wide
    brush.painter.setPen(QPen(QColor(theme.window.ink), max(1.0, 0.5 * brush.px), Qt.PenStyle.DashLine))
    brush.painter.drawLine(int(line), int(plot.top()), int(line), int(plot.bottom()))
    said = brush.skin.words.get("leader_day.threshold", temp=f"{day.fever_tenths // 10}.{day.fever_tenths % 10}")
    brush.text(
        QRectF(line + brush.px, plot.top(), plot.right() - line, 6 * brush.px), said, STAFF, Qt.AlignmentFlag.AlignLeft
    )
    for whole in range(_COLDEST, _HOTTEST + 1, 5):
        left = plot.left() + (whole - _COLDEST) * wide
        mark = QRectF(left - 7 * brush.px, axis.top(), 14 * brush.px + wide, axis.height())
        brush.text(mark, f"{whole // 10}.{whole % 10}")
    _base(brush, plot)


def table_rows(skin: Skin, day: DayPicture) -> list[tuple[str, ...]]:
    """The same as figures: hour, in, out, exceptions; hours without anybody are left out."""
    words = skin.words
    head = tuple(words.get(f"leader_day.column_{name}") for name in ("hour", "in", "out", "odd"))
    rows = [
        (f"{number}-{number + 1}", str(hour.entered), str(hour.left), str(hour.exceptions))
        for number, hour in enumerate(day.hours)
        if hour != HourCount()
    ]
    total = (words.get("leader_day.column_sum"), str(day.entered), str(day.left), str(day.exceptions))
    return [head, *rows, total]


def _table(brush: _Brush, box: QRectF, day: DayPicture) -> None:
    """In two blocks side by side, so that 24 hours stand on one page."""
    head, *rows, total = table_rows(brush.skin, day)
    half = max(1, -(-(len(rows) + 1) // 2))
    blocks = [[head, *rows[:half]], [head, *rows[half:], total]]
    wide = box.width() / 2
    step = min(box.height() / (half + 1), 8.5 * brush.px)
    for side, block in enumerate(blocks):
        for number, row in enumerate(block):
            top = box.top() + number * step
            strong = number == 0 or row is total
            for column, cell in enumerate(row):
                at = QRectF(box.left() + side * wide + column * wide / 4.2, top, wide / 4.4, step)
                brush.text(at, cell, STAFF, _RIGHT, bold=strong)
