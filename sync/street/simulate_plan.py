# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a simulation plays: how many gates, which hours, and when the way to the office is shut (pure, by seed).

A day has the shape of `sync.street.morning`; of it the hours about eight are played. In each day the office is away
once for all gates, and later, if the day is long enough for the first wave to be over, the uplink of a third of them:
what follows each is a reconnect wave.
"""

from dataclasses import dataclass
from random import Random

from kiosk.domain.instants import start_of
from sync.street.morning import BEGINS_S, ENDS_S
from sync.street.people import AS_OF

MIDNIGHT_MS = start_of(AS_OF)
DAY_S = 86_400
CROSSINGS = 840
"""Crossings at the mean gate in the three hours: 2 per resident and day, 30 % of them in the morning (domain.md 20)."""
_OFFICE_FROM, _OFFICE_FOR = 0.35, 0.20
_UPLINK_FROM, _UPLINK_FOR = 0.75, 0.08
_UPLINK_SHARE = 3
_HOUR_S = 3_600
_WAVE_MS = 90_000


@dataclass(frozen=True, slots=True)
class Outage:
    """中断: no request of these gates arrives from `from_ms` to `to_ms`; `gates` None: the office is away for all."""

    from_ms: int
    to_ms: int
    gates: frozenset[int] | None = None

    def shuts(self, gate: int, at_ms: int) -> bool:
        """Whether this gate's request at that time gets nowhere."""
        return self.from_ms <= at_ms < self.to_ms and (self.gates is None or gate in self.gates)


@dataclass(frozen=True, slots=True)
class Plan:
    """模拟计划: `hours` of each of `days` at `gates` gates; `waiting` events lie at each gate when the first begins.

    `round_trip_ms` of the mean gate; `lost` is the share of requests, and as many answers, that vanish; `residents` and
    `crossings` (in three hours) are those of the mean gate; `processes` answer side by side, as if each had a core.
    """

    gates: int
    seed: int = 1
    hours: float = 1.0
    days: int = 1
    waiting: int = 0
    round_trip_ms: int = 40
    lost: float = 0.0
    residents: int = 30
    crossings: int = CROSSINGS
    processes: int = 1

    @property
    def begins_s(self) -> int:
        """When the played hours begin, in seconds from midnight: they lie about eight o'clock."""
        earliest = 8 * _HOUR_S - round(self.hours * _HOUR_S) // 2
        return max(BEGINS_S, min(earliest, ENDS_S - round(self.hours * _HOUR_S)))

    @property
    def length_ms(self) -> int:
        """How long the played part of a day is."""
        return min(round(self.hours * _HOUR_S), ENDS_S - BEGINS_S) * 1_000

    def day(self, number: int) -> tuple[int, int]:
        """Begin and end of a day's played part."""
        begins = MIDNIGHT_MS + (number * DAY_S + self.begins_s) * 1_000
        return begins, begins + self.length_ms

    def outages(self) -> tuple[Outage, ...]:
        """All outages, in order."""
        return tuple(outage for number in range(self.days) for outage in self.outages_of(number))

    def outages_of(self, number: int) -> tuple[Outage, ...]:
        """A day's outages: the office's, and that of a third of the uplinks."""
        begins, _ = self.day(number)
        office = self._outage(begins, _OFFICE_FROM, _OFFICE_FOR, None)
        dice = Random(f"outage/{self.seed}/{number}")
        third = frozenset(dice.sample(range(self.gates), max(1, self.gates // _UPLINK_SHARE)))
        uplink = self._outage(begins, _UPLINK_FROM, _UPLINK_FOR, third)
        return (office, uplink) if uplink.from_ms >= office.to_ms + _WAVE_MS else (office,)

    def _outage(self, begins: int, at: float, lasts: float, gates: frozenset[int] | None) -> Outage:
        start = begins + round(at * self.length_ms)
        return Outage(start, start + round(lasts * self.length_ms), gates)
