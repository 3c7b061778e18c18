# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The way to the office in virtual time: the distance, the queue before the office, what gets lost on the way.

The office answers for real, and what that took is how long it is busy in virtual time; a request that finds all its
processes busy waits its turn. Nobody waits in real time. What it took is by default its processor time, which others on
the machine do not change; by the wall, the disk and a database server beside it count too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heapreplace
from random import Random

from kiosk.adapters.clock import SettableClock
from sync.client.transport import Answer, Request, TransportFault
from sync.street.gate_rig import GateRig
from sync.street.simulate_plan import Outage, Plan

ANSWER_WAIT_MS = 15_000
"""How long a gate waits for a byte (sync-and-store.md 4, "Wire")."""

Answering = Callable[[Request], Answer]
Stopwatch = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Watches:
    """秒表: real seconds by the wall, and those that are charged to the office in virtual time."""

    wall: Stopwatch
    charged: Stopwatch


@dataclass(slots=True)
class Traffic:
    """往来: what arrived at the office and when (virtual ms), how long each took there and back, what never arrived."""

    arrived: list[int] = field(default_factory=list)
    took_ms: list[int] = field(default_factory=list)
    in_vain: int = 0
    lost: int = 0
    busy_ms: float = 0.0
    wall_ms: float = 0.0
    queue_ms: int = 0
    """The longest that a request stood before the office."""


class OfficeQueue:
    """办公室前的队: answers in the order of arrival, `processes` at a time."""

    def __init__(self, answer: Answering, clock: SettableClock, plan: Plan, watches: Watches, traffic: Traffic) -> None:
        """Take the office, its clock, what says how long an answer took, and what to count in."""
        self.traffic = traffic
        self._answer = answer
        self._clock = clock
        self._free_at: list[float] = [0.0] * plan.processes
        self._watches = watches
        heapify(self._free_at)

    def ask(self, request: Request, at_ms: int) -> tuple[Answer, int]:
        """The answer to a request that arrives at `at_ms`, and when it leaves the office."""
        starts = max(float(at_ms), self._free_at[0])
        self.traffic.arrived.append(at_ms)
        self.traffic.queue_ms = max(self.traffic.queue_ms, round(starts) - at_ms)
        self._clock.go_to(max(self._clock.wall_ms(), round(starts)))
        begun, begun_wall = self._watches.charged(), self._watches.wall()
        answer = self._answer(request)
        spent_ms = (self._watches.charged() - begun) * 1_000
        self.traffic.wall_ms += (self._watches.wall() - begun_wall) * 1_000
        self.traffic.busy_ms += spent_ms
        heapreplace(self._free_at, starts + spent_ms)
        return answer, round(starts + spent_ms)


@dataclass(slots=True)
class VirtualLine:
    """一门的线路: the transport of one gate; moves that gate's clock by what each request takes."""

    queue: OfficeQueue
    plan: Plan
    number: int
    outages: tuple[Outage, ...]
    dice: Random
    rig: GateRig
    true_ms: Callable[[], int]
    """The virtual time, of which the gate's own clock may differ."""

    def send(self, request: Request) -> Answer | TransportFault:
        """One request: shut out, lost, or answered."""
        traffic, now = self.queue.traffic, self.true_ms()
        if any(outage.shuts(self.number, now) for outage in self.outages):
            traffic.in_vain += 1
            return TransportFault.UNREACHABLE
        way = max(1, round(self.plan.round_trip_ms * (0.5 + self.dice.random()) / 2))
        fate = self.dice.random()
        if fate < self.plan.lost:
            traffic.lost += 1
            self.rig.clock.advance(ANSWER_WAIT_MS)
            return TransportFault.TIMEOUT
        answer, left_ms = self.queue.ask(request, now + way)
        took = left_ms + way - now
        if fate > 1 - self.plan.lost or took > ANSWER_WAIT_MS:
            traffic.lost += 1
            self.rig.clock.advance(ANSWER_WAIT_MS)
            return TransportFault.TIMEOUT
        traffic.took_ms.append(took)
        self.rig.clock.advance(took)
        return answer

    def close(self) -> None:
        """Nothing to let go of."""
