# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a street of gates does after an outage: the line's own steps and the office's own pace, without the rest.

71 and 1,000 gates, each with its state as the line keeps it; the office is away for eight minutes. Chance by seed.
"""

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from random import Random

import pytest

from sync.client.answers import Seen, meaning
from sync.client.step import Exchange, LineState, Told, Wait, after, next_step
from sync.client.transport import TransportFault
from sync.office.service.pacing import REQUESTS_PER_S, Pacing
from sync.street.simulate_figures import PEAK_FACTOR, RECOVERED_MS, Wave, WaveFigure, percentile, wave_figure
from sync.street.simulate_plan import Outage

DELIVERED = meaning(Seen(201, json=True, server_ours=True, echo_ours=True))
UNREACHABLE = meaning(Seen(fault=TransportFault.UNREACHABLE))
BUSY_HOUR_PER_S = 0.19
"""Events a second at the mean gate in the busy hour (sync-and-store.md 10)."""
BATCH = 200
OUTAGE = Outage(120_000, 600_000)
ENDS_MS = 680_000
SISTERS_OF_71 = 22


@dataclass(slots=True)
class Morning:
    """Gates and an office, by the steps of the line alone."""

    gates: int
    seed: int
    processes: int
    storm: bool = False
    """A control: every gate tries again after one second, whatever happened."""
    arrived: list[int] = field(default_factory=list)
    polls: list[int] = field(default_factory=list)

    def played(self) -> WaveFigure:
        dice = Random(self.seed)
        pacing = Pacing(REQUESTS_PER_S * self.processes)
        states = [LineState() for _ in range(self.gates)]
        acked_ms = [0.0] * self.gates
        wave = Wave("office", OUTAGE, (0, OUTAGE.from_ms))
        begun = False
        todo = [(dice.randrange(10_000), gate) for gate in range(self.gates)]
        heapify(todo)
        while todo:
            now, gate = heappop(todo)
            if now > ENDS_MS:
                break
            if now >= OUTAGE.to_ms and not begun:
                wave.begin(dict.fromkeys(range(self.gates), OUTAGE.to_ms), 0)
                begun = True
            waiting = int((now - acked_ms[gate]) / 1_000 * BUSY_HOUR_PER_S)
            step = next_step(states[gate], now, pending=waiting > 0)
            if isinstance(step, Wait):
                heappush(todo, (now + step.ms, gate))
                continue
            assert isinstance(step, Exchange)
            events = min(step.events, waiting)
            if OUTAGE.shuts(gate, now):
                states[gate] = after(states[gate], UNREACHABLE, Told(events=events), now, dice.random())
                if self.storm:
                    states[gate] = LineState(not_before_ms=now + 1_000)
            else:
                self.arrived.append(now)
                acked_ms[gate] = min(now, acked_ms[gate] + events * 1_000 / BUSY_HOUR_PER_S + 5_000)
                poll = pacing.next_poll_s(str(gate), now, sisters=gate < self.gates * SISTERS_OF_71 // 71)
                self.polls.append(poll)
                told = Told(events=events, next_poll_s=poll, pending=waiting > events)
                states[gate] = after(states[gate], DELIVERED, told, now, dice.random())
                if waiting <= events:
                    wave.note(gate, OUTAGE.to_ms, now)
            heappush(todo, (max(now + 1, states[gate].not_before_ms), gate))
        return wave_figure(wave, self.arrived)


@pytest.mark.parametrize(
    ("gates", "processes", "seed"), [(71, 1, 1), (71, 1, 2), (71, 1, 3), (1_000, 1, 1), (1_000, 3, 2)]
)
def test_after_an_outage_the_peak_is_at_most_twice_the_steady_rate_and_all_are_back_in_a_minute(
    gates: int, processes: int, seed: int
) -> None:
    morning = Morning(gates, seed, processes)
    figure = morning.played()
    assert figure.steady > 0
    assert figure.ratio <= PEAK_FACTOR
    assert figure.recovered_ms is not None
    assert figure.recovered_ms <= RECOVERED_MS
    # nobody asks more often than the process can answer
    assert figure.steady <= REQUESTS_PER_S * processes * 1.25
    if gates == 71:
        assert percentile(morning.polls, 1.0) <= 10


def test_the_measure_sees_a_storm() -> None:
    """The control: gates that try again every second come back all at once."""
    assert Morning(71, 1, 1, storm=True).played().ratio > PEAK_FACTOR
