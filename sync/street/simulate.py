# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Gates by number: N gates with their people, outages and waves, through the real client against a real office.

One process and one thread; time is virtual, so that no pause is waited out, and what the office really takes for an
answer is charged to it. The gates' logs and the office's table are compared at the end by plain reading.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random

from kiosk.adapters.clock import SettableClock
from kiosk.adapters.ids import seeded_ids
from kiosk.domain.identity import PassId
from sync.client.line import Line
from sync.office.service.pacing import REQUESTS_PER_S, Pacing
from sync.street.founding import StreetOffice, found_office
from sync.street.gate_rig import GateRig
from sync.street.morning import Arrival
from sync.street.simulate_compare import Difference, compare, gate_log, office_log
from sync.street.simulate_figures import Outcome, Sample, Wave, wave_figure
from sync.street.simulate_gate import SimGate, Turned
from sync.street.simulate_net import Answering, OfficeQueue, Traffic, VirtualLine, Watches
from sync.street.simulate_people import District, district
from sync.street.simulate_plan import MIDNIGHT_MS, Outage, Plan
from sync.street.simulate_setup import Progress, enrol_all, register
from sync.wire import scopes

_SETUP_MS = 1_800_000
_FIRST_MS = 9_000
_PATIENCE_MS = 300_000
_PROBE_MS = 20_000
_PROBE_CLEAR_MS = 40_000
_SAMPLE_MS = 5_000


@dataclass(slots=True)
class _Probe:
    """A card revoked at the office: at which revision, when, and who of the gates has not heard of it."""

    rev: int
    at_ms: int
    deaf: set[int]


@dataclass(slots=True)
class _Measured:
    delays: list[int] = field(default_factory=list)
    revoked: list[int] = field(default_factory=list)
    sighted: list[int] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Doubles:
    """替换件: what a test puts in place of a part, to see that the simulation tells."""

    answering: Callable[[StreetOffice], Answering] = lambda street: street.answer
    line: Callable[[GateRig], Line] = GateRig.new_line
    before_counting: Callable[[StreetOffice], None] = lambda _street: None


class Simulation:
    """模拟: `run` plays the plan in a folder; `stop` asks it to end early."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        watches: Watches,
        progress: Progress = lambda _what, _done, _of: None,
        db_url: str | None = None,
        doubles: Doubles | None = None,
        *,
        gates_folder: Path | None = None,
    ) -> None:
        """`watches`: real seconds; `db_url`: an empty database, else SQLite in the folder.

        `gates_folder`: where the gates' files go, of which no time is measured; else beside the office.
        """
        self._plan = plan
        self._folder = folder
        self._gates_folder = gates_folder or folder
        self._watches = watches
        self._progress = progress
        self._doubles = doubles or Doubles()
        self._db_url = db_url
        self._clock = SettableClock(plan.day(0)[0] - _SETUP_MS)
        self._dice = Random(f"simulate/{plan.seed}")
        self._district: District = district(plan)
        self._street: StreetOffice
        self._traffic = Traffic()
        self._queue: OfficeQueue
        self._gates: list[SimGate] = []
        self._offsets: dict[str, int] = {}
        self._agenda: list[tuple[int, int, Callable[[int], None]]] = []
        self._numbers = count()
        self._waves: list[Wave] = []
        self._probes: list[_Probe] = []
        self._unrevoked: list[PassId] = []
        self._measured = _Measured()
        self._open_until_ms = 0
        self._interrupted = False

    def run(self) -> Outcome:
        """Set up, play, compare. Ctrl-C ends the playing: what was measured so far is told, nothing is compared."""
        begun = self._watches.wall()
        try:
            self._set_up()
            for number in range(self._plan.days):
                self._day(number)
        except KeyboardInterrupt:
            self._interrupted = True
        try:
            return self._outcome(begun)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of all files."""
        for gate in self._gates:
            gate.rig.store.close()
        if hasattr(self, "_street"):
            self._street.office.close()

    # -- setting up ----------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        plan, people = self._plan, self._district
        ids = seeded_ids(self._clock, f"simulate/{plan.seed}")
        self._street = found_office(self._folder, self._clock, ids, people.compounds, people.gates, self._db_url)
        self._street.office.exchange.pacing = Pacing(REQUESTS_PER_S * plan.processes)
        self._queue = OfficeQueue(
            self._doubles.answering(self._street), self._clock, plan, self._watches, self._traffic
        )
        register(self._street, people, self._clock.wall_ms(), self._progress)
        self._unrevoked = [card.pass_id for card in people.cards.values()]
        self._dice.shuffle(self._unrevoked)
        rigs = enrol_all(self._street, people, self._gates_folder, self._clock.wall_ms(), self._progress)
        self._gates = [self._connected(rig, number) for number, rig in enumerate(rigs)]

    def _connected(self, rig: GateRig, number: int) -> SimGate:
        """The gate on its own way to the office, with a clock that is a little off."""
        offset = self._dice.randrange(-1_500, 1_500)
        gate = SimGate(number, rig, self._district, offset)
        rig.network = lambda rig: VirtualLine(
            self._queue, self._plan, number, self._plan.outages(), Random(f"way/{self._plan.seed}/{number}"), rig,
            gate.now_ms,
        )  # fmt: skip
        rig.clock.go_to(self._clock.wall_ms() + offset)
        rig.line = self._doubles.line(rig)
        gate.settle()
        self._offsets[gate.id] = offset
        return gate

    # -- a day ---------------------------------------------------------------------------------------------------

    def _day(self, number: int) -> None:
        begins, ends = self._plan.day(number)
        self._clock.go_to(max(begins, self._clock.wall_ms()))
        self._open_until_ms = ends
        for gate in self._gates:
            if number:
                gate.rig.crash()  # switched off over night
                gate.rig.line = self._doubles.line(gate.rig)
                gate.settle()
            arrivals = iter(self._district.arrivals(gate.id, number))
            self._next_visit(gate, arrivals, number)
            if number == 0 and self._plan.waiting:
                self._progress("waiting", gate.number, len(self._gates))
                self._let_wait(gate, begins)
            self._at(begins + self._dice.randrange(_FIRST_MS), partial(self._turn, gate))
        if number == 0 and self._plan.waiting:
            self._wave_of_waiting(begins)
        first = self._plan.outages_of(number)[0].from_ms
        for outage in self._plan.outages_of(number):
            wave = Wave("office" if outage.gates is None else "uplink", outage, (begins, first))
            self._waves.append(wave)
            self._at(outage.to_ms, partial(self._way_open, wave))
        self._at(begins + _PROBE_MS, self._probe)
        self._at(begins, self._sample)
        self._play(begins, ends)

    def _play(self, begins: int, ends: int) -> None:
        """Until everybody is through and every gate has delivered, or patience ends."""
        span = ends - begins
        while self._agenda:
            at_ms, _, act = heappop(self._agenda)
            if at_ms > ends + _PATIENCE_MS:
                break
            self._progress("play", min(at_ms - begins, span), span)
            act(at_ms)
        self._agenda.clear()

    def _at(self, at_ms: int, act: Callable[[int], None]) -> None:
        heappush(self._agenda, (at_ms, next(self._numbers), act))

    def _next_visit(self, gate: SimGate, arrivals: Iterator[Arrival], day: int) -> None:
        arrival = next(arrivals, None)
        if arrival is not None:
            at = MIDNIGHT_MS + (day * 86_400 + arrival.at_s) * 1_000 + self._dice.randrange(1_000)
            self._at(at, partial(self._visit, gate, arrival, arrivals, day))

    def _visit(self, gate: SimGate, arrival: Arrival, arrivals: Iterator[Arrival], day: int, at_ms: int) -> None:
        gate.visit(arrival, max(at_ms, gate.busy_until_ms))
        self._next_visit(gate, arrivals, day)

    def _turn(self, gate: SimGate, at_ms: int) -> None:
        told = gate.turn(at_ms)
        self._measured.delays += told.delays_ms
        self._hear(gate, told)
        for wave in self._waves:
            wave.note(gate.number, told.acked_seq, told.ended_ms)
        if told.ended_ms < self._open_until_ms or gate.pending:
            self._at(max(told.next_ms, at_ms + 1), partial(self._turn, gate))

    # -- what is measured ----------------------------------------------------------------------------------------

    def _hear(self, gate: SimGate, told: Turned) -> None:
        for probe in self._probes:
            if gate.number in probe.deaf and told.revocations_rev >= probe.rev:
                probe.deaf.discard(gate.number)
                self._measured.revoked.append(told.ended_ms - probe.at_ms)
        for sighting in told.sightings:
            happened = sighting.at_ms - self._offsets.get(sighting.gate, 0)
            if self._clear(happened):
                self._measured.sighted.append(told.ended_ms - happened)

    def _clear(self, at_ms: int) -> bool:
        """Whether no outage is near: all gates are online."""
        return all(
            at_ms + _PROBE_CLEAR_MS < o.from_ms or at_ms > o.to_ms + _PROBE_CLEAR_MS * 2 for o in self._plan.outages()
        )

    def _probe(self, at_ms: int) -> None:
        """Revoke a card, and see when each gate has heard of it."""
        if self._clear(at_ms) and at_ms + _PROBE_CLEAR_MS < self._open_until_ms and self._unrevoked:
            office = self._street.office
            self._clock.go_to(max(at_ms, self._clock.wall_ms()))
            with office.database.writing() as tx:
                office.issue.revoke(tx, self._unrevoked.pop(), self._clock.wall_ms(), by="simulate", why="simulate")
            with office.database.reading() as tx:
                rev = office.changes.rev(tx, scopes.revocations())
            self._probes = [probe for probe in self._probes if probe.deaf][-8:]
            self._probes.append(_Probe(rev, at_ms, {gate.number for gate in self._gates}))
        if at_ms < self._open_until_ms:
            self._at(at_ms + _PROBE_MS, self._probe)

    def _sample(self, at_ms: int) -> None:
        self._measured.samples.append(Sample(at_ms, sum(gate.pending for gate in self._gates)))
        if at_ms < self._open_until_ms:
            self._at(at_ms + _SAMPLE_MS, self._sample)

    def _way_open(self, wave: Wave, _at_ms: int) -> None:
        back = [g for g in self._gates if wave.outage.gates is None or g.number in wave.outage.gates]
        wave.begin({gate.number: gate.head_seq for gate in back}, sum(gate.pending for gate in back))

    def _let_wait(self, gate: SimGate, at_ms: int) -> None:
        """A few real visits, and events in their likeness behind them."""
        for arrival in self._district.arrivals(gate.id, 0)[:10]:
            gate.visit(arrival, at_ms - 60_000)
        gate.write_waiting(max(0, self._plan.waiting - gate.pending), at_ms)

    def _wave_of_waiting(self, begins: int) -> None:
        wave = Wave("waiting", Outage(begins - 1, begins), (begins - 2, begins - 1))
        self._waves.append(wave)
        self._way_open(wave, begins)

    def _difference(self) -> Difference:
        """Every gate's log against the office's table; nothing if the playing was ended early."""
        found = Difference()
        if self._interrupted:
            return found
        self._doubles.before_counting(self._street)
        for gate in self._gates:
            self._progress("compare", gate.number, len(self._gates))
            there = office_log(self._street.office.database, gate.rig.app.identity.device)
            found += compare(gate_log(gate.rig.folder), there)
        return found

    def _outcome(self, begun: float) -> Outcome:
        plan, measured, traffic = self._plan, self._measured, self._traffic
        outages = plan.outages()
        arrived = sorted(traffic.arrived)
        waves = tuple(wave_figure(wave, arrived) for wave in self._waves)
        drained = [_PATIENCE_MS if wave.recovered_ms is None else wave.recovered_ms for wave in waves]
        shut = sum(outage.to_ms - outage.from_ms for outage in outages if outage.gates is None)
        return Outcome(
            gates=plan.gates, difference=self._difference(), pending=sum(gate.pending for gate in self._gates),
            drained_ms=max(drained, default=0), waves=waves, outages=outages, requests=tuple(arrived),
            answers_ms=tuple(traffic.took_ms), delays_ms=tuple(measured.delays), revoked_ms=tuple(measured.revoked),
            sighted_ms=tuple(measured.sighted), samples=tuple(measured.samples), in_vain=traffic.in_vain,
            lost_requests=traffic.lost, queue_ms=traffic.queue_ms, office_busy_s=traffic.busy_ms / 1_000,
            office_wall_s=traffic.wall_ms / 1_000,
            online_s=(plan.length_ms * plan.days - shut) / 1_000, real_s=self._watches.wall() - begun,
            interrupted=self._interrupted,
        )  # fmt: skip
