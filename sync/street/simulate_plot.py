# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A simulation as a picture: requests a second, and the events that wait, over virtual time; one SVG, no library."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime

from kiosk.domain.instants import SHANGHAI
from sync.street.simulate_figures import WINDOW_MS, Outcome
from sync.street.simulate_plan import Outage

_WIDTH, _LEFT, _RIGHT, _PLOT_HEIGHT, _GAP, _TOP = 960, 70, 20, 170, 60, 64
_BARS = 240
_SHADE, _BAR, _LINE, _GOAL, _INK = "#e8e2d4", "#2f6f9f", "#b3541e", "#7a1f1f", "#222222"
_FONT = "font-family='Noto Sans CJK SC, sans-serif'"
_TICKS = 5


def plot(outcome: Outcome) -> str:
    """The SVG text: above the requests that arrived with the limit of 2 x steady, below the events that wait."""
    inner = _WIDTH - _LEFT - _RIGHT
    times = [*outcome.requests, *(sample.at_ms for sample in outcome.samples)]
    first, last = min(times, default=0), max(times, default=1)
    scale = inner / max(1, last - first)

    def x(at_ms: int) -> float:
        return _LEFT + (min(max(at_ms, first), last) - first) * scale

    height = _TOP + 2 * _PLOT_HEIGHT + 2 * _GAP
    lower = _TOP + _PLOT_HEIGHT + _GAP
    width_ms = max(WINDOW_MS, (last - first) // _BARS)
    rates = _rates(outcome.requests, first, last, width_ms)
    steady = max((wave.steady for wave in outcome.waves if wave.name != "waiting"), default=0.0)
    most = max([*(rate for _, rate in rates), 2 * steady, 1.0])
    pending = [(sample.at_ms, float(sample.pending)) for sample in outcome.samples]
    deepest = max([*(value for _, value in pending), 1.0])
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' {_FONT} font-size='13'>",
        f"<rect width='{_WIDTH}' height='{height}' fill='#ffffff'/>",
        f"<text x='{_LEFT}' y='24' font-size='17' fill='{_INK}'>{_title(outcome)}</text>",
        *_shades(outcome.outages, x, lower + _PLOT_HEIGHT),
        *_axis(_TOP, most, "每秒请求 requests/s"),
        *_axis(lower, deepest, "未上传 events waiting"),
    ]
    for at_ms, rate in rates:
        tall = rate / most * _PLOT_HEIGHT
        parts.append(
            f"<rect x='{x(at_ms):.1f}' y='{_TOP + _PLOT_HEIGHT - tall:.1f}' width='{max(1.0, width_ms * scale):.1f}' "
            f"height='{tall:.1f}' fill='{_BAR}'/>"
        )
    if steady:
        y = _TOP + _PLOT_HEIGHT - 2 * steady / most * _PLOT_HEIGHT
        parts.append(
            f"<line x1='{_LEFT}' x2='{_WIDTH - _RIGHT}' y1='{y:.1f}' y2='{y:.1f}' stroke='{_GOAL}' "
            f"stroke-dasharray='6 4'/><text x='{_LEFT + 4}' y='{y - 5:.1f}' "
            f"fill='{_GOAL}'>2 x 平时 steady</text>"
        )
    points = " ".join(
        f"{x(at):.1f},{lower + _PLOT_HEIGHT - value / deepest * _PLOT_HEIGHT:.1f}" for at, value in pending
    )
    parts.append(f"<polyline points='{points}' fill='none' stroke='{_LINE}' stroke-width='2'/>")
    parts += _hours(first, last, x, lower + _PLOT_HEIGHT)
    return "\n".join([*parts, "</svg>", ""])


def _title(outcome: Outcome) -> str:
    found = outcome.difference
    return (
        f"{outcome.gates} 个门岗 gates · {found.sent:,} 条 events · 丢失 lost {found.lost} · 重复 duplicated "
        f"{found.duplicated} · 乱序 reordered {found.reordered}"
    )


def _rates(requests: Sequence[int], first: int, last: int, width_ms: int) -> list[tuple[int, float]]:
    out = []
    for begins in range(first, last + 1, width_ms):
        count = bisect_left(requests, begins + width_ms) - bisect_left(requests, begins)
        out.append((begins, count * 1_000 / width_ms))
    return out


def _shades(outages: Sequence[Outage], x: Callable[[int], float], bottom: int) -> list[str]:
    out = []
    for outage in outages:
        left, right = x(outage.from_ms), x(outage.to_ms)
        if right - left < 1:
            continue
        what = "街道办断开 office away" if outage.gates is None else f"{len(outage.gates)} 门断网 uplinks down"
        out.append(
            f"<rect x='{left:.1f}' y='{_TOP}' width='{right - left:.1f}' height='{bottom - _TOP}' fill='{_SHADE}'/>"
            f"<text x='{left + 4:.1f}' y='{_TOP - 8}' fill='{_INK}'>{what}</text>"
        )
    return out


def _axis(top: int, most: float, name: str) -> list[str]:
    bottom = top + _PLOT_HEIGHT
    out = [
        f"<line x1='{_LEFT}' x2='{_LEFT}' y1='{top}' y2='{bottom}' stroke='{_INK}'/>",
        f"<line x1='{_LEFT}' x2='{_WIDTH - _RIGHT}' y1='{bottom}' y2='{bottom}' stroke='{_INK}'/>",
        (
            f"<text x='18' y='{top + _PLOT_HEIGHT // 2}' transform='rotate(-90 18 {top + _PLOT_HEIGHT // 2})' "
            f"text-anchor='middle' fill='{_INK}'>{name}</text>"
        ),
    ]
    for part in (0.0, 0.5, 1.0):
        y = bottom - part * _PLOT_HEIGHT
        value = most * part
        shown = f"{value:,.0f}" if most >= _TICKS else f"{value:.1f}"
        out.append(f"<text x='{_LEFT - 6}' y='{y + 4:.1f}' text-anchor='end' fill='{_INK}'>{shown}</text>")
    return out


def _hours(first: int, last: int, x: Callable[[int], float], bottom: int) -> list[str]:
    out = []
    for part in range(_TICKS + 1):
        at_ms = first + (last - first) * part // _TICKS
        clock = datetime.fromtimestamp(at_ms / 1_000, SHANGHAI).strftime("%H:%M")
        out.append(f"<text x='{x(at_ms):.1f}' y='{bottom + 20}' text-anchor='middle' fill='{_INK}'>{clock}</text>")
    return out
