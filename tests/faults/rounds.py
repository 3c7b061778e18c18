# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Sync rounds by number over a network that loses 30 % of requests and 30 % of answers, both sides killed meanwhile.

    python -P -m tests.faults.rounds [--seed N] [--rounds 10000]

Real stores, real line, real signatures, an office on SQLite; gates and office in one process, so that a seed plays the
same again (`tests.faults.kill` does it with processes over TLS). Every 500 rounds a new town begins. At its end all
must be at the office once and in order, both chains whole, and at no time did a screen say "all sent" of what was not
there.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sync.client.transport import Answer
from sync.office.service.verifying import LogVerifier
from tests.faults.town import LOST_30, GateBox, Town, weighed

GATES = ("G01", "G02")
PART = 500
_KILL = 0.06
_SHM = Path("/dev/shm")


@dataclass(slots=True)
class Tally:
    """结果: rounds done, events told, kills on each side, what became of requests, and the faults found."""

    rounds: int = 0
    told: int = 0
    gate_kills: int = 0
    office_kills: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """For people."""
        fates = " ".join(f"{name}={count}" for name, count in sorted(self.fates.items()))
        return (
            f"rounds={self.rounds} told={self.told} gate_kills={self.gate_kills} office_kills={self.office_kills} "
            f"{fates} faults={len(self.faults)}"
        )


def fast_folder() -> Path | None:
    """A folder in memory where there is one: kills, unlike power cuts, do not ask for a disk."""
    return _SHM if _SHM.is_dir() else None


def rounds(
    count: int,
    seed: int,
    *,
    plan: Iterable[tuple[str, float]] = LOST_30,
    prepare: Callable[[Town], None] = lambda _: None,
    forged: Answer | None = None,
    progress: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """So many rounds; `plan`: fates with their shares, `prepare` plants a bug, `forged`: a stranger's answer."""
    tally = Tally()
    part = 0
    while tally.rounds < count:
        chance = Random(seed * 1_000 + part)
        with tempfile.TemporaryDirectory(prefix="rounds-", dir=fast_folder()) as name:
            town = Town.found(Path(name), GATES, chance)
            prepare(town)
            for gate in town.gates:
                gate.net.plan, gate.net.forged = weighed(*plan), forged
            wanted = min(PART, count - tally.rounds)
            _part(town, wanted, chance, tally)
            tally.faults += [f"seed {seed} part {part}: {line}" for line in _at_rest(town)]
            _counted(town, tally)
            town.end()
        part += 1
        progress(tally)
    return tally


def _part(town: Town, wanted: int, chance: Random, tally: Tally) -> None:
    """Rounds until so many requests have met the network."""
    asked = 0
    while asked < wanted:
        gate = chance.choice(town.gates)
        if chance.random() < _KILL:
            gate.fuse.light(chance.randrange(1, 60))
        if chance.random() < _KILL:
            town.office.fuse.light(chance.randrange(1, 80))
        size = 300 if chance.random() < 0.004 else chance.randrange(5)
        if not gate.record(size, p1=chance.random() < 0.02):
            continue
        before = sum(gate.net.count.values())
        gate.turn()
        asked += sum(gate.net.count.values()) - before
        tally.faults += _honest(town, gate)
    tally.rounds += asked


def _honest(town: Town, gate: GateBox) -> list[str]:
    """Never "all sent" while the office lacks something that this gate was told."""
    if gate.status().pending:
        return []
    device = gate.identity.device
    told = town.history.told.get(device, [])
    with town.office.office.database.reading() as tx:
        held = {epoch.epoch: epoch.seq for epoch in town.office.office.devices.epochs(tx, device)}
    return [f"shown as sent: {one.epoch}/{one.seq}" for one in told[-1:] if held.get(one.epoch, 0) < one.seq]


def _at_rest(town: Town) -> list[str]:
    """What is wrong once the network is good again."""
    town.office.fuse.left = None
    found = []
    for gate in town.gates:
        gate.net.plan = lambda _: "ok"
        if not gate.settle():
            found.append(f"does not settle: {gate.status()}")
    found += town.faults()
    office = town.office.office
    with office.database.reading() as tx:
        for gate in town.gates:
            reports = LogVerifier(office.devices, office.events).verify(tx, gate.identity.device)
            found += [report.line() for report in reports if not report.whole]
    return found


def _counted(town: Town, tally: Tally) -> None:
    """Add what a town went through."""
    tally.told += town.history.count
    tally.office_kills += town.office.kills
    for gate in town.gates:
        tally.gate_kills += gate.kills
        for name, count in gate.net.count.items():
            tally.fates[name] = tally.fates.get(name, 0) + count


def main(arguments: list[str]) -> int:
    """`make faults`: 10,000 rounds; exit 0 if nothing was lost, doubled or reordered."""
    parser = argparse.ArgumentParser(prog="rounds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10_000)
    chosen = parser.parse_args(arguments)

    def say(tally: Tally) -> None:
        print(tally.line(), flush=True)

    tally = rounds(chosen.rounds, chosen.seed, progress=say)
    for line in tally.faults[:20]:
        print(line)
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
