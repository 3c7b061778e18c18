# SPDX-License-Identifier: LicenseRef-Gatehouse
"""kill -9 by number: a gate and an office, each a process of its own, are killed at random while they work together.

    python -P -m tests.faults.kill [--seed N] [--kills 1000]

The gate records and syncs over TLS; of its requests and answers 30 % each are lost. It says what it asks for and what
it was told; whoever is killed starts again on what was left. At the end the network is good and the history is checked:
all that was told is at the office, once and in order, both chains whole. Processes are forked from this one, which has
loaded everything and runs no thread, so that a start costs a tenth of a second.
"""

import argparse
import os
import selectors
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NoReturn

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.device_folder import read_device
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_source import FileSource
from kiosk.adapters.store_start import OpenedStore, open_store
from kiosk.domain.codes import ClockState
from kiosk.domain.events import DeviceNote, Draft
from kiosk.domain.identity import EventId
from kiosk.domain.log.verify import verify_log
from sync.client.http import HttpTransport
from sync.client.line import Line, Link
from sync.client.transport import Answer, Request, TransportFault
from sync.office.api.limits import Turnstile
from sync.office.api.line import Line as OfficeSide
from sync.office.compose import open_office
from sync.office.home import OfficeHome
from sync.office.serve import Listen, OfficeServer, office_app
from sync.office.service.verifying import LogVerifier
from tests.faults.history import History, Told
from tests.faults.town import rows_of
from tests.integration.street import enrolled, serving

PART = 250
_LOSS = 0.3
_GATE_SHARE = 0.6
_WAIT_S = 60.0


# --------------------------------------------------------------------------------------------------------- processes


@dataclass(slots=True)
class Child:
    """子进程: a forked process and the lines it says."""

    pid: int
    lines: int
    waiting: bytes = b""
    dead: bool = False

    def kill(self) -> list[str]:
        """Kill it, and take what it still said; a line cut short was not said."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        while data := os.read(self.lines, 1 << 16):
            self.waiting += data
        os.close(self.lines)
        self.dead = True
        return self._whole()

    def said(self, wait_s: float) -> list[str]:
        """Lines said by now, waiting at most so long for the first."""
        with closing(selectors.DefaultSelector()) as ready:
            ready.register(self.lines, selectors.EVENT_READ)
            if not ready.select(wait_s):
                return []
        data = os.read(self.lines, 1 << 16)
        if not data:
            self.dead = True
        self.waiting += data
        return self._whole()

    def _whole(self) -> list[str]:
        *whole, self.waiting = self.waiting.split(b"\n")
        return [line.decode() for line in whole]


def forked(work: Callable[[Callable[[str], None]], None]) -> Child:
    """Run `work(say)` in a process of its own."""
    out, into = os.pipe()
    pid = os.fork()
    if pid:
        os.close(into)
        return Child(pid, out)
    os.close(out)
    return _run(work, into)


def _run(work: Callable[[Callable[[str], None]], None], into: int) -> NoReturn:
    import logging

    logging.disable(logging.CRITICAL)
    try:
        work(lambda line: _say(into, line))
    except BaseException as fault:  # noqa: BLE001 - nothing of the parent's may run in here
        _say(into, f"fault {type(fault).__name__}: {fault}")
        os._exit(1)
    os._exit(0)


def _say(into: int, line: str) -> None:
    with suppress(BrokenPipeError):
        os.write(into, line.encode() + b"\n")


def birth(folder: Path) -> Callable[[Callable[[str], None]], None]:
    """Found an office, enrol a gate over TLS; says the port."""

    def work(say: Callable[[str], None]) -> None:
        with serving(folder / "office") as running:
            enrolled(running, folder / "gate").close()
            say(f"port {running.server.port}")

    return work


def office(folder: Path, port: int) -> Callable[[Callable[[str], None]], None]:
    """Serve for ever."""

    def work(say: Callable[[str], None]) -> None:
        clock = SystemClock()
        home = OfficeHome(folder / "office")
        opened = open_office(folder / "office", clock, FreshIds(clock))
        side = OfficeSide(opened.line, clock.wall_ms, home.ca_file.read_bytes(), Turnstile(None))
        app = office_app(side, lambda: {"database": True})
        OfficeServer(
            app, Listen("127.0.0.1", port, home.certificate_file, home.key_file), lambda _port: say("ready")
        ).run()

    return work


class Lossy:
    """A transport that loses requests, and answers, by chance."""

    def __init__(self, real: HttpTransport, chance: Random, loss: float) -> None:
        self._real, self._chance, self._loss = real, chance, loss

    def send(self, request: Request) -> Answer | TransportFault:
        """The answer, if neither way lost it."""
        if self._chance.random() < self._loss:
            return TransportFault.RESET
        answer = self._real.send(request)
        return TransportFault.TIMEOUT if self._chance.random() < self._loss else answer

    def close(self) -> None:
        """Close the real one."""
        self._real.close()


def gate(folder: Path, seed: int, *, drain: bool = False) -> Callable[[Callable[[str], None]], None]:
    """Record and sync for ever, or (drain) sync until nothing is left."""

    def work(say: Callable[[str], None]) -> None:
        clock, place, chance = SystemClock(), folder / "gate", Random(seed)
        ids, keys, device = FreshIds(clock), GateKeys(DemoKeyStore(place / "keys")), read_device(place)
        sign = keys.signer()
        assert device is not None
        assert callable(sign)
        opened = open_store(place, device.identity(), keys, clock, ids)
        assert isinstance(opened, OpenedStore), opened
        if opened.new_epoch is not None:
            say(f"fault new epoch {opened.new_epoch}")
        real = HttpTransport(place / "ca.pem", clock)
        roots = tuple(bytes.fromhex(root) for root in device.root_keys)
        link = Link(
            opened.store, Lossy(real, chance, 0.0 if drain else _LOSS), clock, ids, device.identity(), roots, sign
        )
        line = Line(link)
        while drain:
            line.nudge()
            if line.run_until_idle():
                say("drained")
                return
        while True:
            drafts = [
                Draft(
                    EventId(ids.new_id()), clock.wall_ms(), clock.mono_ms(), 1, ClockState.OK, device.identity().gate,
                    DeviceNote("BATTERY", "1"),
                )
                for _ in range(chance.randrange(1, 4))
            ]  # fmt: skip
            say("ask " + " ".join(draft.id for draft in drafts))
            told = opened.store.commit(drafts, lambda _event: ())
            say(f"told {opened.store.epoch()} " + " ".join(f"{one.seq}:{one.id}" for one in told))
            line.turn(asked=True)

    return work


# -------------------------------------------------------------------------------------------------------------- kills


@dataclass(slots=True)
class Street:
    """一处: an office and a gate as processes, and the history of what the gate said."""

    folder: Path
    port: int
    chance: Random
    history: History = field(default_factory=History)
    found: list[str] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=lambda: {"gate": 0, "office": 0})
    device: str = ""

    def start_office(self) -> Child:
        """An office that listens."""
        child = forked(office(self.folder, self.port))
        lines = child.said(_WAIT_S)
        if lines != ["ready"]:
            self.found.append(f"office does not start: {lines}")
        return child

    def start_gate(self) -> Child:
        """A gate at work."""
        return forked(gate(self.folder, self.chance.randrange(2**32)))

    def take(self, lines: list[str]) -> int:
        """Keep what the gate said; how often it was told something."""
        told = 0
        for line in lines:
            what, _, rest = line.partition(" ")
            if what == "ask":
                self.history.invoke(rest.split())
            elif what == "told":
                told += 1
                epoch, *events = rest.split()
                places = [event.partition(":") for event in events]
                self.history.ok(Told(self.device, int(epoch), int(seq), one) for seq, _, one in places)
            else:
                self.found.append(line)
        return told

    def live(self, count: int) -> None:
        """Kill one of the two so many times."""
        office_child, gate_child = self.start_office(), self.start_gate()
        for _ in range(count):
            wanted = 0 if self.chance.random() < 0.1 else self.chance.randrange(1, 6)
            heard = 0
            while heard < wanted and not gate_child.dead:
                lines = gate_child.said(_WAIT_S)
                if not lines and not gate_child.dead:
                    self.found.append("the gate says nothing")
                    break
                heard += self.take(lines)
            self.take(gate_child.said(self.chance.uniform(0.0, 0.03)))
            if self.chance.random() < _GATE_SHARE or gate_child.dead:
                self.take(gate_child.kill())
                gate_child = self.start_gate()
                self.kills["gate"] += 1
            else:
                office_child.kill()
                office_child = self.start_office()
                self.kills["office"] += 1
        self.take(gate_child.kill())
        drained = forked(gate(self.folder, 0, drain=True))
        lines = drained.said(_WAIT_S)
        if lines != ["drained"]:
            self.found.append(f"does not drain: {lines}")
        drained.kill()
        office_child.kill()

    def check(self) -> None:
        """Read the office at the end, and both chains."""
        clock = SystemClock()
        opened = open_office(self.folder / "office", clock, FreshIds(clock))
        try:
            with opened.database.reading() as tx:
                reports = LogVerifier(opened.devices, opened.events).verify(tx, self.device)
            rows = rows_of(opened)
        finally:
            opened.close()
        with closing(reader(self.folder / "gate" / "gate-1.db")) as connection:
            reports.append(verify_log(FileSource(connection), self.device, 1))
            own = connection.execute("SELECT event_id FROM event WHERE type = 'log.opened'").fetchall()
        self.found += [report.line() for report in reports if not report.whole]
        self.found += self.history.faults(rows, {row[0].hex() for row in own})


def kills(count: int, seed: int) -> Street:
    """A street whose gate and office are killed so many times; what was found stands in it."""
    with tempfile.TemporaryDirectory(prefix="kill-") as name:
        folder = Path(name)
        born = forked(birth(folder))
        said = born.said(_WAIT_S)
        os.waitpid(born.pid, 0)
        street = Street(folder, int(said[0].removeprefix("port ")), Random(seed))
        device = read_device(folder / "gate")
        assert device is not None
        street.device = device.device
        street.live(count)
        street.check()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    return street


def main(arguments: list[str]) -> int:
    """`make faults`: 1,000 kills; exit 0 if nothing was lost."""
    parser = argparse.ArgumentParser(prog="kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1000)
    chosen = parser.parse_args(arguments)
    done, told, found, sides = 0, 0, list[str](), {"gate": 0, "office": 0}
    while done < chosen.kills:
        part = min(PART, chosen.kills - done)
        street = kills(part, chosen.seed + done)
        found += [f"seed {chosen.seed + done}: {line}" for line in street.found]
        done, told = done + part, told + street.history.count
        sides = {side: count + street.kills[side] for side, count in sides.items()}
        print(f"kills {done}/{chosen.kills} gate={sides['gate']} office={sides['office']} told={told} "
              f"faults={len(found)}", flush=True)  # fmt: skip
    for line in found[:20]:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
