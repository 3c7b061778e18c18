# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A row of `make bench`: what was measured, against which goal, and whether it was met (sync-and-store.md 12)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the benchmark.

    `p50` and `p99` are seconds, `rate` is per second, `ratio` is product over baseline measured in the same run; a
    figure that a row does not have is None. `goal` is the goal in words with its unit; `met` is whether it was
    reached. `extra` holds further figures by name, as they shall stand on the line (`reads`: "92/61/100").
    """

    name: str
    goal: str
    met: bool
    p50: float | None = None
    p99: float | None = None
    rate: float | None = None
    ratio: float | None = None
    extra: Mapping[str, str | float] = field(default_factory=dict)

    def line(self) -> str:
        """The row as one line that ends in PASS or MISS."""
        times = [f"{name}={_duration(value)}" for name, value in (("p50", self.p50), ("p99", self.p99)) if value]
        rate = [] if self.rate is None else [f"rate={self.rate:,.0f}/s"]
        ratio = [] if self.ratio is None else [f"ratio={self.ratio:.2f}"]
        extra = [f"{name}={_figure(value)}" for name, value in self.extra.items()]
        figures = " ".join([*times, *rate, *ratio, *extra])
        return f"{self.name}  {figures}  goal: {self.goal}  {'PASS' if self.met else 'MISS'}"

    def record(self) -> dict[str, object]:
        """The row for bench.json."""
        return {
            "name": self.name,
            "p50_s": self.p50,
            "p99_s": self.p99,
            "rate_per_s": self.rate,
            "ratio": self.ratio,
            "goal": self.goal,
            "met": self.met,
            **dict(self.extra),
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the least value that at least `share` (0 < share <= 1) of `values` do not exceed."""
    if not values:
        raise ValueError("no values: nothing was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f}s"
    return f"{seconds * 1e3:.2f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f}us"


def _figure(value: str | float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
