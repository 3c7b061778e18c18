# SPDX-License-Identifier: LicenseRef-Gatehouse
"""时刻与日历: times are stored in UTC milliseconds, shown and counted in Asia/Shanghai.

China keeps one zone without summer time since 1991, so a fixed offset is the whole calendar.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

SHANGHAI = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
"""上海时间."""

DAY_MS = 86_400_000
_OFFSET_MS = 8 * 3_600_000
_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Instant:
    """时刻: wall time (ms since 1970 UTC), monotonic time (ms) and the boot it belongs to."""

    at_ms: int
    mono_ms: int
    boot: int


def elapsed_ms(since: Instant, now: Instant) -> int:
    """经过的毫秒: monotonic within a boot, by the wall clock over a restart; never negative (domain.md 6)."""
    if since.boot == now.boot:
        return max(0, now.mono_ms - since.mono_ms)
    return max(0, now.at_ms - since.at_ms)


def day_of(at_ms: int) -> dt.date:
    """上海日期: the Shanghai calendar day of a time in ms."""
    return dt.date.fromordinal(day_number(at_ms))


def day_number(at_ms: int) -> int:
    """上海日期的序数: of a time in ms, as `datetime.date.toordinal` counts."""
    return _EPOCH + (at_ms + _OFFSET_MS) // DAY_MS


def start_of(day: dt.date) -> int:
    """当日零点: first millisecond of a Shanghai day."""
    return (day.toordinal() - _EPOCH) * DAY_MS - _OFFSET_MS


def minute_of_day(at_ms: int) -> int:
    """当日分钟: minutes since Shanghai midnight, 0..1439."""
    return (at_ms + _OFFSET_MS) % DAY_MS // 60_000


def shanghai(at_ms: int) -> dt.datetime:
    """上海时间: the aware date-time of a time in ms."""
    return dt.datetime.fromtimestamp(at_ms / 1000, SHANGHAI)


def ms_of(moment: dt.datetime) -> int:
    """毫秒: of an aware date-time."""
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Hours:
    """开放时间: minute spans of a day, half-open; a span over midnight is split."""

    spans: tuple[tuple[int, int], ...]

    def hold(self, at_ms: int) -> bool:
        """Whether the time lies in one of the spans."""
        minute = minute_of_day(at_ms)
        return any(start <= minute < end for start, end in self.spans)


@lru_cache(maxsize=256)
def parse_hours(text: str) -> Hours:
    """Read "06:00-22:00" or several spans by comma; raises `ValueError`. A street has few; they are asked for often."""
    spans: list[tuple[int, int]] = []
    for part in text.replace("–", "-").split(","):
        first, _, last = part.strip().partition("-")
        start, end = _minute(first), _minute(last)
        if start < end:
            spans.append((start, end))
        elif start > end:
            spans += [(start, 1440), (0, end)]
        else:
            msg = f"empty span {part.strip()!r}"
            raise ValueError(msg)
    return Hours(tuple(spans))


def _minute(text: str) -> int:
    hour, _, minute = text.strip().partition(":")
    value = int(hour) * 60 + int(minute)
    if not 0 <= value <= 1440 or len(minute) != 2:  # noqa: PLR2004 (the day has 1440 minutes)
        msg = f"not a time of day: {text.strip()!r}"
        raise ValueError(msg)
    return value
