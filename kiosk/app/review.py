# SPDX-License-Identifier: LicenseRef-Gatehouse
"""查看记录: what a gate leader looks back at: a day by hour, passages page by page, closed cases (interface.md 5.13).

Values and a port. The reading takes place beside the screen: a million events may lie in the file, and no page may cost
the lane a frame. Nothing here names a person; the screen puts masked names to the few rows that it shows.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.domain.codes import Verdict
from kiosk.domain.events import Event, HomeTemp
from kiosk.domain.identity import PassageId, PersonId, ShiftId
from kiosk.domain.instants import DAY_MS, start_of
from kiosk.domain.passage import PassageRecord

HOURS = 24
EXCEPTIONAL = (
    Verdict.ADMIT_ESCORT,
    Verdict.HOLD,
    Verdict.LEADER,
    Verdict.REFUSE,
    Verdict.REFUSE_EXIT,
    Verdict.EMERGENCY,
)
"""例外判定: a passage on which one of these ever stood is looked at by the leader."""


class Sieve(StrEnum):
    """筛选: which passages of a period are listed."""

    ALL = "ALL"
    EXCEPTIONS = "EXCEPTIONS"
    OVERRIDES = "OVERRIDES"
    FEVER = "FEVER"
    CHANGED = "CHANGED"


@dataclass(frozen=True, slots=True)
class Period:
    """时段: a shift, or the time from `from_ms` to `to_ms` (exclusive); neither: the whole log."""

    from_ms: int | None = None
    to_ms: int | None = None
    shift: ShiftId | None = None


def day_period(day: dt.date) -> Period:
    """一日: the Shanghai day."""
    start = start_of(day)
    return Period(start, start + DAY_MS)


@dataclass(frozen=True, slots=True)
class PassageQuery:
    """查询: passages that began in the period, newest first; `before_seq`: older than that place in the log."""

    period: Period
    sieve: Sieve = Sieve.ALL
    person: PersonId | None = None
    pass_id: str | None = None
    before_seq: int | None = None
    limit: int = 8


@dataclass(frozen=True, slots=True)
class PassagePage:
    """一页: folded records with the place of their first step; `more`: older ones follow."""

    rows: tuple[tuple[int, PassageRecord], ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class HourCount:
    """一小时: people in and out, passages on which something exceptional stood."""

    entered: int = 0
    left: int = 0
    exceptions: int = 0


@dataclass(frozen=True, slots=True)
class DayPicture:
    """一日之图: 24 hours, how many passages ended with each verdict, how many readings of each tenth of a degree."""

    day: dt.date
    hours: tuple[HourCount, ...]
    verdicts: Mapping[Verdict, int]
    temps: Mapping[int, int]
    fever_tenths: int = 373
    low_tenths: int = 350

    @property
    def entered(self) -> int:
        """People in."""
        return sum(hour.entered for hour in self.hours)

    @property
    def left(self) -> int:
        """People out."""
        return sum(hour.left for hour in self.hours)

    @property
    def exceptions(self) -> int:
        """Passages with an exception."""
        return sum(hour.exceptions for hour in self.hours)


class ReviewLog(Protocol):
    """记录阅读: all calls from a thread of their own; each sees what was committed when it began."""

    def day(self, day: dt.date) -> DayPicture:
        """The picture of a day, without thresholds."""
        ...

    def passages(self, query: PassageQuery) -> PassagePage:
        """One page."""
        ...

    def count(self, query: PassageQuery) -> int:
        """How many passages the query finds in all, from its newest on."""
        ...

    def steps(self, passage: PassageId) -> tuple[Event, ...]:
        """Every event of a passage, in order."""
        ...

    def home_temps(self, since_ms: int) -> tuple[HomeTemp, ...]:
        """Home temperatures entered at this gate since then."""
        ...

    def case_steps(self, since_ms: int, limit: int) -> tuple[Event, ...]:
        """`case` and `case.step` events since then, newest first."""
        ...

    def notes(self, period: Period, limit: int) -> tuple[Event, ...]:
        """What leaders noted in that time, newest first; the texts are opened one by one."""
        ...

    def permits(self, since_ms: int, limit: int) -> tuple[Event, ...]:
        """Grants, releases, temporary passes, applications and notices since then, newest first."""
        ...
