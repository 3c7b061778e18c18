# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a simulation has measured, and what it comes to (times in virtual ms; sync-and-store.md 13)."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.street.simulate_compare import Difference
from sync.street.simulate_plan import Outage

PEAK_FACTOR = 2.0
RECOVERED_MS = 60_000
SEEN_MS = 15_000
WINDOW_MS = 2_000
"""Requests are counted over so long: in single seconds chance alone doubles the rate of 71 gates, and over five all of
them at once would not be seen."""
_AFTER_MS = 60_000
_SETTLED_MS = 20_000


def percentile(values: Sequence[int], share: float) -> int:
    """The nearest-rank percentile; 0 of nothing."""
    if not values:
        return 0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(slots=True)
class Wave:
    """一波重连: the gates that an outage had cut off, what each then has to deliver, and when the last has.

    `calm_ms`: between which times requests are counted as steady: those of the day before its first outage.
    """

    name: str
    outage: Outage
    calm_ms: tuple[int, int]
    gates: int = 0
    goals: dict[int, int] = field(default_factory=dict)
    waiting: int = 0
    last_ms: int = 0

    def begin(self, heads: dict[int, int], waiting: int) -> None:
        """The way is open again: so much waits, up to these seqs."""
        self.goals, self.gates, self.waiting, self.last_ms = heads, len(heads), waiting, self.outage.to_ms

    def note(self, gate: int, acked_seq: int, at_ms: int) -> None:
        """A gate was told how far the office has it."""
        goal = self.goals.get(gate)
        if goal is not None and acked_seq >= goal:
            del self.goals[gate]
            self.last_ms = at_ms

    @property
    def recovered_ms(self) -> int | None:
        """From the way open to the last gate's last event; None if some still wait."""
        return None if self.goals else self.last_ms - self.outage.to_ms


@dataclass(frozen=True, slots=True)
class WaveFigure:
    """一波的数字: requests a second before the outage, and the most after it, over 2 s and over 1 s."""

    name: str
    gates: int
    waiting: int
    steady: float
    peak: float
    peak_1s: float
    recovered_ms: int | None

    @property
    def ratio(self) -> float:
        """The peak over the steady rate."""
        return self.peak / self.steady if self.steady else 0.0

    @property
    def good(self) -> bool:
        """Whether it stays within the goals."""
        return self.ratio <= PEAK_FACTOR and self.recovered_ms is not None and self.recovered_ms <= RECOVERED_MS


def wave_figure(wave: Wave, arrived: Sequence[int]) -> WaveFigure:
    """Judge a wave by the requests that arrived (sorted ms); steady is the rate before the outage."""
    outage = wave.outage
    begins, ends = wave.calm_ms
    settled = min(begins + _SETTLED_MS, (begins + ends) // 2)
    before = bisect_left(arrived, ends) - bisect_left(arrived, settled)
    steady = before * 1_000 / max(1, ends - settled)
    after = arrived[bisect_left(arrived, outage.to_ms) : bisect_left(arrived, outage.to_ms + _AFTER_MS)]
    return WaveFigure(
        wave.name, wave.gates, wave.waiting, steady, most_within(after, WINDOW_MS) * 1_000 / WINDOW_MS,
        float(most_within(after, 1_000)), wave.recovered_ms,
    )  # fmt: skip


def most_within(times: Sequence[int], window_ms: int) -> int:
    """The most of these times that lie within any window of this length."""
    most = first = 0
    for number, at in enumerate(times):
        while times[first] <= at - window_ms:
            first += 1
        most = max(most, number - first + 1)
    return most


@dataclass(frozen=True, slots=True)
class Sample:
    """一刻: how many events wait at all gates."""

    at_ms: int
    pending: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """模拟结果: times in virtual ms, but `real_s`; `office_busy_s` as charged, `office_wall_s` by the wall."""

    gates: int
    difference: Difference
    pending: int
    drained_ms: int
    waves: tuple[WaveFigure, ...]
    outages: tuple[Outage, ...]
    requests: tuple[int, ...]
    answers_ms: tuple[int, ...]
    delays_ms: tuple[int, ...]
    revoked_ms: tuple[int, ...]
    sighted_ms: tuple[int, ...]
    samples: tuple[Sample, ...]
    in_vain: int
    lost_requests: int
    queue_ms: int
    office_busy_s: float
    office_wall_s: float
    online_s: float
    real_s: float
    interrupted: bool = False

    @property
    def delivered(self) -> bool:
        """Whether the office holds every event once, in order, and no gate still waits."""
        return self.difference.none and self.pending == 0

    @property
    def last_line(self) -> str:
        """What scripts read."""
        found = self.difference
        return (
            f"simulate: gates={self.gates} sent={found.sent} at_office={found.at_office} lost={found.lost} "
            f"duplicated={found.duplicated} reordered={found.reordered + found.changed} "
            f"drained_s={math.ceil(self.drained_ms / 1_000)}"
        )
