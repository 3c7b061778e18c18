# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The simulation tells the truth: a whole street is delivered, and an office or a gate that cheats is found out.

Time stands still but for what the plan says: an answer costs 4 ms of the office, always, so that a seed is a run.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from sqlalchemy import text

from kiosk.app.ports import Outgoing
from sync.client.line import Line
from sync.client.transport import Answer, Request
from sync.street.founding import StreetOffice
from sync.street.gate_rig import GateRig
from sync.street.simulate import Doubles, Simulation
from sync.street.simulate_compare import Logged, compare
from sync.street.simulate_figures import (
    SEEN_MS,
    Outcome,
    most_within,
    percentile,
)
from sync.street.simulate_net import Watches
from sync.street.simulate_plan import Plan
from sync.street.simulate_plot import plot

SMALL = Plan(gates=4, seed=5, hours=0.08, lost=0.02, residents=12)


def stopwatch() -> Iterator[float]:
    """Each answer takes 4 ms: two readings."""
    return (number * 0.004 for number in count())


def played(plan: Plan, doubles: Doubles | None = None) -> Outcome:
    ticks = stopwatch()
    # what is tested is not a disk
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        return Simulation(plan, Path(folder), Watches(lambda: 0.0, lambda: next(ticks)), doubles=doubles).run()


def test_everything_that_the_gates_wrote_is_at_the_office_once_and_in_order() -> None:
    outcome = played(SMALL)
    assert outcome.delivered
    assert outcome.difference.sent == outcome.difference.at_office > 50
    assert outcome.in_vain > 0
    assert len(outcome.revoked_ms) >= SMALL.gates
    assert percentile(outcome.revoked_ms, 0.5) <= SEEN_MS
    assert all(wave.recovered_ms is not None for wave in outcome.waves)
    picture = plot(outcome)
    assert picture.startswith("<svg")
    assert picture.count("街道办断开") == 1
    assert "2 x 平时" in picture
    line = outcome.last_line
    assert line.startswith(f"simulate: gates=4 sent={outcome.difference.sent} at_office={outcome.difference.sent} ")
    assert " lost=0 duplicated=0 reordered=0 drained_s=" in line


def test_the_same_seed_is_the_same_run() -> None:
    first, again = (played(SMALL) for _ in ("a", "b"))
    assert (first.requests, first.delays_ms, first.last_line) == (again.requests, again.delays_ms, again.last_line)


# -- an office that acknowledges and then has it not ----------------------------------------------------------------


def forget_what_was_acknowledged(street: StreetOffice) -> None:
    """As if the office had answered before its commit, and the power had gone then."""
    with street.office.database.writing() as tx:
        tx.execute(
            text(
                "DELETE FROM event WHERE (device_id, seq) IN (SELECT device_id, max(seq) FROM event GROUP BY device_id)"
            )
        )


def test_an_office_that_acknowledges_before_its_commit_is_told() -> None:
    outcome = played(SMALL, Doubles(before_counting=forget_what_was_acknowledged))
    assert not outcome.delivered
    assert outcome.difference.lost == SMALL.gates
    assert f" lost={SMALL.gates} " in outcome.last_line


# -- a gate that gives up what was refused ---------------------------------------------------------------------------


@dataclass(slots=True)
class RefusesOnce:
    """An office that says 400 to the first three requests with events."""

    street: StreetOffice
    left: int = 3

    def __call__(self, request: Request) -> Answer:
        if self.left and request.url.endswith("/v1/sync") and len(request.body) > 900:
            self.left -= 1
            return Answer(400, {"content-type": "application/json"}, b'{"error":"bad_shape"}')
        return self.street.answer(request)


@dataclass(slots=True)
class GivesUp:
    """A gate's store that leaves out for ever what it has once handed out without being thanked for it."""

    real: object
    handed: int = 0
    dropped: set[int] = field(default_factory=set)

    def outgoing(self, after_seq: int, limit: int, max_bytes: int) -> tuple[Outgoing, ...]:
        found: Sequence[Outgoing] = self.real.outgoing(after_seq, limit, max_bytes)  # type: ignore[attr-defined]
        self.dropped |= {event.seq for event in found if event.seq == self.handed}
        self.handed = found[0].seq if found else 0
        return tuple(event for event in found if event.seq not in self.dropped)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


def gives_up(rig: GateRig) -> Line:
    line = rig.new_line()
    return Line(replace(line._link, store=GivesUp(rig.store)))  # type: ignore[arg-type]


def test_a_gate_that_drops_what_was_refused_is_told() -> None:
    doubles = Doubles(answering=RefusesOnce, line=gives_up)
    outcome = played(SMALL, doubles)
    assert not outcome.delivered
    assert outcome.difference.lost > 0
    assert outcome.pending > 0


# -- the comparison itself -------------------------------------------------------------------------------------------

LOG: list[Logged] = [(1, seq, bytes([seq]), bytes([seq, seq])) for seq in range(1, 6)]


def test_the_same_log_differs_in_nothing() -> None:
    assert compare(LOG, list(reversed(LOG))).none


def test_lost_doubled_swapped_and_changed_events_are_counted_apart() -> None:
    assert compare(LOG, LOG[:3]).lost == 2
    assert compare(LOG, [*LOG, (1, 9, *LOG[0][2:])]).duplicated == 1
    swapped = [(1, 2, *LOG[0][2:]), (1, 1, *LOG[1][2:]), *LOG[2:]]
    assert compare(LOG, swapped).reordered == 2
    assert compare(LOG, [*LOG[:4], (1, 5, LOG[4][2], b"other")]).changed == 1
    assert compare(LOG, [*LOG, (1, 6, b"strange", b"")]).changed == 1


# -- what is shown ---------------------------------------------------------------------------------------------------


def test_the_most_within_a_window() -> None:
    assert most_within([], 1_000) == 0
    assert most_within([0, 1, 999, 1_000, 5_000], 1_000) == 3
