# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A stateful model of two gates, an office and the network between them, played by Hypothesis (sync-and-store.md 11).

    python -P -m tests.faults.model [--seed N] [--examples 100]

Rules: scan, poisoned event, turn of the line under each trouble, kill of either side at any statement, restart, old
gate file or old office put back, epoch by order, clock set, roster edit, revocation, carried log and reply.
Invariants: what was told is on the gate or at the office; nothing twice; order kept; progress never back; "all sent"
only if the office has all. At rest: everything delivered, lists equal, chains whole.
"""

import argparse
import logging
import shutil
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kiosk.domain.identity import PassId, PersonId
from kiosk.domain.register import Person
from kiosk.domain.trust.revocations import RevocationKind
from kiosk.domain.trust.stored_revocations import read_stored
from sync.client.carried import CarriedFault, CarriedIn
from sync.office.carried import import_log, pieces_of, write_carried_reply
from sync.office.keys import KeyFolder
from sync.office.service.verifying import LogVerifier
from tests.faults.carrying import unsent_logs
from tests.faults.rounds import fast_folder
from tests.faults.strangers import STRANGERS
from tests.faults.town import GateBox, Town
from tests.unit.office.offices import resident

GATES = ("G01", "G02")
TROUBLES = ("lost_request", "lost_answer", "doubled", "late", *STRANGERS)
gate_numbers = st.integers(0, len(GATES) - 1)


class StreetModel(RuleBasedStateMachine):
    """小镇模型."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="model-", dir=fast_folder()))
        self.town: Town
        self.progress: dict[str, tuple[int, int]] = {}
        self.copies: list[tuple[int, Path]] = []
        self.office_copies: list[Path] = []
        self.logs: list[Path] = []
        self.replies: list[tuple[int, Path]] = []
        self.revoked = self.sticks = 0
        self.people = 0

    def teardown(self) -> None:
        if not hasattr(self, "town"):
            return
        try:
            self.at_rest()
        finally:
            self.town.end()
            shutil.rmtree(self.folder, ignore_errors=True)

    @initialize(number=st.integers(0, 2**32))
    def found(self, number: int) -> None:
        self.town = Town.found(self.folder, GATES, Random(number))
        for gate in self.town.gates:
            assert gate.settle()

    # ---------------------------------------------------------------------------------------------------- the desk

    @rule(n=gate_numbers, count=st.integers(1, 12), p1=st.booleans())
    def scan(self, n: int, count: int, p1: bool) -> None:
        self.gate(n).record(count, p1=p1)

    @rule(n=gate_numbers)
    def scan_a_long_backlog(self, n: int) -> None:
        self.gate(n).record(230, p1=True)

    @rule(n=gate_numbers)
    def scan_what_the_office_cannot_take_as_told(self, n: int) -> None:
        self.gate(n).poison()

    @rule(n=gate_numbers, steps=st.integers(1, 40))
    def kill_the_gate_while_it_records(self, n: int, steps: int) -> None:
        gate = self.gate(n)
        gate.fuse.light(steps)
        gate.record(3)
        gate.fuse.left = None

    # ---------------------------------------------------------------------------------------------------- the line

    @rule(n=gate_numbers, turns=st.integers(1, 4))
    def sync(self, n: int, turns: int) -> None:
        for _ in range(turns):
            self.gate(n).turn()

    @rule(n=gate_numbers, trouble=st.sampled_from(TROUBLES), turns=st.integers(1, 3))
    def sync_in_trouble(self, n: int, trouble: str, turns: int) -> None:
        net = self.gate(n).net
        net.forged = STRANGERS.get(trouble)
        fate = "forged" if trouble in STRANGERS else trouble
        net.plan = lambda _: fate
        for _ in range(turns):
            self.gate(n).turn()
        net.plan = lambda _: "ok"

    @rule(n=gate_numbers, gate_steps=st.integers(0, 60), office_steps=st.integers(0, 90))
    def kill_within_a_turn(self, n: int, gate_steps: int, office_steps: int) -> None:
        if gate_steps:
            self.gate(n).fuse.light(gate_steps)
        if office_steps:
            self.town.office.fuse.light(office_steps)
        self.gate(n).turn()
        self.gate(n).fuse.left = self.town.office.fuse.left = None

    @rule(n=gate_numbers)
    def restart_the_gate(self, n: int) -> None:
        self.gate(n).restart()

    @rule()
    def restart_the_office(self) -> None:
        self.town.office.kill()

    @rule(n=gate_numbers, by_ms=st.sampled_from([-3 * 365 * 86_400_000, -400_000, 400_000, 86_400_000]))
    def set_the_gates_clock(self, n: int, by_ms: int) -> None:
        self.gate(n).clock.set_wall(self.gate(n).clock.wall_ms() + by_ms)

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.town.office.clock.advance(minutes * 60_000)
        for gate in self.town.gates:
            gate.clock.advance(minutes * 60_000)

    # ----------------------------------------------------------------------------------------------- old files, epochs

    @rule(n=gate_numbers)
    def copy_the_gates_file(self, n: int) -> None:
        gate = self.gate(n)
        to = self.folder / f"copy{len(self.copies)}-{gate.store.epoch()}.db"
        gate.copy(to)
        self.copies.append((n, to))

    @precondition(lambda self: self.copies)
    @rule(data=st.data())
    def put_an_old_gate_file_back(self, data: st.DataObject) -> None:
        n, copy = data.draw(st.sampled_from(self.copies))
        gate = self.gate(n)
        if int(copy.stem.rpartition("-")[2]) != gate.store.epoch():
            return  # of a closed file, what was cut off stays counted: such a gate never comes to rest
        gate.put_back(copy)
        self.void_what_is_gone(gate)
        self.progress.pop(gate.identity.device, None)

    @rule()
    def copy_the_office(self) -> None:
        to = self.folder / f"office{len(self.office_copies)}.db"
        self.town.office.copy(to)
        self.office_copies.append(to)

    @precondition(lambda self: self.office_copies)
    @rule(data=st.data())
    def put_an_old_office_back(self, data: st.DataObject) -> None:
        self.town.office.put_back(data.draw(st.sampled_from(self.office_copies)))
        for gate in self.town.gates:
            self.void_what_is_gone(gate)
        self.progress.clear()

    @rule(n=gate_numbers)
    def order_a_new_epoch(self, n: int) -> None:
        office, device = self.town.office.office, self.gate(n).identity.device
        with office.database.writing() as tx:
            row = office.devices.get(tx, device)
            assert row is not None
            ordered = max(row.epoch, self.gate(n).store.epoch()) + 1
            office.devices.change(tx, device, {"ordered_epoch": ordered, "ordered_why": "OFFICE_ORDER"})

    # ------------------------------------------------------------------------------------------- what the office says

    @rule()
    def revoke_a_pass(self) -> None:
        self.revoked += 1
        office = self.town.office.office
        with office.database.writing() as tx:
            card = [(PassId(f"{self.revoked:016x}"), RevocationKind.LOST)]
            office.revocations.add(tx, card, office.clock.wall_ms(), by="model", why="lost")

    @rule(rename=st.booleans())
    def edit_the_roster(self, rename: bool) -> None:
        office = self.town.office.office
        self.people += not rename or not self.people
        rows = resident(self.people, name="李四" if rename else "张三")
        with office.database.writing() as tx:
            office.book.put(tx, list(rows), office.clock.wall_ms())

    @precondition(lambda self: self.people)
    @rule()
    def strike_somebody_off(self) -> None:
        office = self.town.office.office
        who = resident(self.people)[1]
        with office.database.writing() as tx:
            office.book.drop(tx, Person, who.id, office.clock.wall_ms())

    # -------------------------------------------------------------------------------------------------- carried files

    @rule(n=gate_numbers)
    def export_a_log(self, n: int) -> None:
        self.sticks += 1
        self.logs += unsent_logs(self.gate(n), self.folder / f"stick{self.sticks}")

    @precondition(lambda self: self.logs)
    @rule(data=st.data())
    def import_a_log(self, data: st.DataObject) -> None:
        office = self.town.office
        seal = KeyFolder(office.folder / "keys").service().seal
        import_log(office.office, seal, data.draw(st.sampled_from(self.logs)))

    @rule(n=gate_numbers)
    def write_a_reply(self, n: int) -> None:
        office = self.town.office.office
        with office.database.reading() as tx:
            device = office.devices.get(tx, self.gate(n).identity.device)
        assert device is not None
        file = self.folder / f"reply{len(self.replies)}.ghreply"
        write_carried_reply(office, device, file)
        self.replies.append((n, file))

    @precondition(lambda self: self.replies)
    @rule(data=st.data())
    def import_a_reply(self, data: st.DataObject) -> None:
        n, file = data.draw(st.sampled_from(self.replies))
        gate = self.gate(n)
        taken = CarriedIn(gate.store, gate.identity, gate.roots).reply(lambda: pieces_of(file))
        assert not isinstance(taken, CarriedFault) or taken is CarriedFault.REFUSED

    # ----------------------------------------------------------------------------------------------------- invariants

    @invariant()
    def all_sent_is_said_only_of_what_the_office_has(self) -> None:
        if not hasattr(self, "town"):
            return
        at_office: set[str] | None = None
        for gate in self.town.gates:
            if gate.status().pending == 0 and self.aware(gate):
                at_office = at_office or {row.id for row in self.town.office.rows()}
                told = self.town.history.told.get(gate.identity.device, [])
                void = self.town.history.void
                assert [t for t in told if t.id not in at_office and t.id not in void] == []

    @invariant()
    def progress_never_goes_back(self) -> None:
        if not hasattr(self, "town"):
            return
        for gate in self.town.gates:
            state = gate.store.sync_state()
            now = (gate.store.epoch(), state.acked_seq)
            before = self.progress.get(gate.identity.device, (0, 0))
            same = before[0] == now[0] and state.epoch == now[0]
            assert not same or now >= before or not self.aware(gate), (before, now)
            if state.epoch == now[0]:
                self.progress[gate.identity.device] = now

    @invariant()
    def what_was_told_is_somewhere(self) -> None:
        if not hasattr(self, "town"):
            return
        for gate in self.town.gates:
            told = self.town.history.told.get(gate.identity.device, [])[-40:]
            here = gate.ids_here()
            missing = [t for t in told if t.id not in here and t.id not in self.town.history.void]
            if missing:
                at_office = {row.id for row in self.town.office.rows()}
                assert [t for t in missing if t.id not in at_office] == []

    # --------------------------------------------------------------------------------------------------------- parts

    def gate(self, n: int) -> GateBox:
        return self.town.gates[n]

    def aware(self, gate: GateBox) -> bool:
        """An old office was put back: until a gate has heard of it and been answered, it cannot know what is lost."""
        return gate.knows_the_office()

    def void_what_is_gone(self, gate: GateBox) -> None:
        """Told events that neither the files nor the office have were destroyed with the file that was replaced."""
        here = gate.ids_here() | {row.id for row in self.town.office.rows()}
        told = self.town.history.told.get(gate.identity.device, [])
        self.town.history.void |= {one.id for one in told if one.id not in here}

    def at_rest(self) -> None:
        town, office = self.town, self.town.office
        # an old office forgot revocations that gates hold; its next list is newer than any of these
        self.time_passes(60)
        self.revoke_a_pass()
        for gate in town.gates:
            gate.net.plan = lambda _: "ok"
            assert gate.settle(), gate.diary()
        assert (faults := town.faults()) == [], faults[:8]
        for gate in town.gates:
            self.same_lists(gate)
            with office.office.database.reading() as tx:
                verifier = LogVerifier(office.office.devices, office.office.events)
                reports = verifier.verify(tx, gate.identity.device)
            forked = {row.epoch for row in office.rows() if row.aside and row.device == gate.identity.device}
            assert (bad := [r.line() for r in reports if not r.whole and r.epoch not in forked]) == [], bad

    def same_lists(self, gate: GateBox) -> None:
        office = self.town.office.office
        with office.database.reading() as tx:
            current = office.revocations.current(tx)
            people = {row.id: row for row in office.book.register.all(tx, Person)}
        data = gate.store.revocations()
        held = None if data is None else read_stored(data)
        if current is not None:
            assert held is not None
            assert (held.version, held.entries) == (current.version, current.entries)
        here: dict[PersonId, Any] = {row.id: row for row in gate.store.rows() if isinstance(row, Person)}
        assert here == people, (len(here), len(people))


def play(examples: int, number: int, *, steps: int = 30, shrink: bool = True) -> None:
    """Play so many towns; raises what a town found, with the steps that lead to it."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, phases=phases,
        verbosity=Verbosity.normal, suppress_health_check=list(HealthCheck), print_blob=False,
    )  # fmt: skip
    run_state_machine_as_test(seed(number)(StreetModel), settings=chosen)


def main(arguments: list[str]) -> int:
    """`make faults`: 100 towns of 30 steps; exit 0 if none found anything."""
    parser = argparse.ArgumentParser(prog="model")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=100)
    chosen = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # who is struck down says so
    done, part = 0, 20
    while done < chosen.examples:
        try:
            play(min(part, chosen.examples - done), chosen.seed + done, shrink=False)
        except Exception as found:  # noqa: BLE001 - what a town found is the result
            print(f"model: {type(found).__name__} in the towns of seed {chosen.seed + done}: {found}")
            print("\n".join(getattr(found, "__notes__", [])))
            return 1
        done += part
        print(f"model: {min(done, chosen.examples)}/{chosen.examples} towns, faults 0", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
