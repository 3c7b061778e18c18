# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Gates and an office with real stores in one process, a network between them, and a hand that kills either side.

Everything random comes from one `Random`, so that a seed plays the same again. A killed gate's folder is copied at the
very statement where it was struck and opened anew from the copy, as after kill -9; a killed office loses what it had
not committed and starts again from its file. Nothing here is product code; what is asked (line, store, ingest) is.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy import event as sql_event

from kiosk.adapters import store_sync
from kiosk.adapters.clock import SettableClock
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys, MemoryKeyStore
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_start import OpenedStore, open_store
from kiosk.adapters.withdrawal import Stage, Withdrawal, finish, stage_of
from kiosk.app.ports import GateIdentity, SyncStatus
from kiosk.domain.codes import CaseKind, ClockState, Priority
from kiosk.domain.events import Body, CaseOpened, DeviceNote, Draft, Registration
from kiosk.domain.identity import CaseId, EventId, GateId, PersonId
from sync.client.enrol import Enrolled, Enrolment, keep
from sync.client.line import Line, Link
from sync.client.transport import Answer, Request, TransportFault
from sync.office.api.limits import Turnstile
from sync.office.api.line import Line as OfficeSide
from sync.office.api.messages import LineRequest
from sync.office.compose import Office
from sync.office.store.meta import next_server_epoch
from sync.office.store.tables import event as event_table
from sync.wire.messages import EnrolCode
from tests.faults.history import AtOffice, History, Told
from tests.unit.office.offices import START_MS, Clock, Ids, found_office
from ui.cli.enrolling import OwnKey

URL = "https://office.example:8443"
ROOMY = 10 * 1024**3
_QUIET = 8


class Killed(BaseException):
    """A side was struck down: nothing after this runs on it."""


@dataclass(slots=True)
class Fuse:
    """引信: strikes at the n-th step from now; `struck` runs at that very moment."""

    left: int | None = None
    struck: Callable[[], None] = lambda: None
    dead: bool = False

    def light(self, steps: int) -> None:
        """Strike so many steps from now."""
        self.left = steps

    def step(self) -> None:
        """One step; raises `Killed` at the last one."""
        if self.dead or self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            self.left, self.dead = None, True
            self.struck()
            raise Killed


class OfficeBox:
    """办公室: a real office in a folder; `handle` is its line, and starts it again if it was struck."""

    def __init__(self, folder: Path, chance: Random) -> None:
        self.folder = folder
        self.clock = Clock(START_MS)
        self.ids = Ids(chance.randbytes(8).hex())
        self.fuse = Fuse()
        self.kills = 0
        self._answering = False
        self.opened: Callable[[Office], Office] = lambda office: office
        self.office: Office
        self._side: OfficeSide
        self.open()

    def open(self) -> None:
        """Start the office."""
        self.fuse.left, self.fuse.dead = None, False
        self.office = self.opened(found_office(self.folder, self.clock, ids=self.ids))
        self._side = OfficeSide(self.office.line, self.clock.wall_ms, b"", Turnstile(None))
        engine = self.office.database.engine
        sql_event.listen(engine, "before_cursor_execute", self._statement)
        sql_event.listen(engine, "commit", self._commit)

    def close(self) -> None:
        """Stop it in order."""
        self.office.close()

    def kill(self) -> None:
        """Strike it between two requests."""
        self.kills += 1
        self.close()
        self.open()

    def handle(self, request: Request) -> Answer | None:
        """The answer, or None if it was struck meanwhile; it runs again then."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self._answering = True
        try:
            told = self._side.handle(LineRequest(request.method, request.url, headers, request.body))
        except Killed:
            self._answering = False
            self.kill()
            return None
        self._answering = False
        return Answer(told.status, told.headers, told.body)

    def copy(self, to: Path) -> None:
        """`gate-office backup` in its simplest form: a consistent copy of the file."""
        to.unlink(missing_ok=True)
        with self.office.database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql(f"VACUUM INTO '{to}'")
            connection.exec_driver_sql("BEGIN")

    def put_back(self, copy: Path, *, new_epoch: bool = True) -> None:
        """An older copy takes the place of the database, under a new server epoch, as `gate-office restore` does it."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.folder.joinpath(f"office.db{suffix}").unlink(missing_ok=True)
        shutil.copyfile(copy, self.folder / "office.db")
        self.open()
        if not new_epoch:
            return
        self.clock.advance(1_000)  # no two restores are of one second
        with self.office.database.writing() as tx:
            next_server_epoch(tx, at_least=self.clock.wall_ms() // 1000)
        self.close()
        self.open()

    def rows(self) -> list[AtOffice]:
        """Every event that it holds, also set aside, in order."""
        return rows_of(self.office)

    def _statement(self, _connection: Connection, *_rest: Any) -> None:
        if self._answering:
            self.fuse.step()

    def _commit(self, _connection: Connection) -> None:
        if self._answering:
            self.fuse.step()


def rows_of(office: Office) -> list[AtOffice]:
    """Every event that an office holds, also set aside, in order."""
    e = event_table.c
    with office.database.reading() as tx:
        held = tx.execute(select(e.device_id, e.epoch, e.seq, e.event_id).order_by(e.device_id, e.epoch, e.seq))
        out = [AtOffice(row.device_id, row.epoch, row.seq, row.event_id.hex()) for row in held]
        aside = office.events.aside(tx, waiting=False)
        out += [AtOffice(row.device_id, row.epoch, row.seq, _id_in(row.raw), aside=True) for row in aside]
    return out


def _id_in(raw: str) -> str:
    import json

    try:
        return str(json.loads(json.loads(raw)["c"])["id"])
    except (ValueError, KeyError, TypeError):
        return ""


class _Writer:
    """The store's writer, each statement a step before and after of the fuse."""

    def __init__(self, real: sqlite3.Connection, fuse: Fuse) -> None:
        self._real = real
        self._fuse = fuse

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        self._fuse.step()
        cursor = self._real.execute(statement, *values)
        self._fuse.step()
        return cursor

    def executemany(self, statement: str, *values: Any) -> sqlite3.Cursor:
        self._fuse.step()
        return self._real.executemany(statement, *values)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


@dataclass(slots=True)
class Network:
    """网络: what happens to each request of a gate; `plan` gives a fate by name, `late` are requests held back."""

    chance: Random
    plan: Callable[[Random], str] = lambda _: "ok"
    late: list[Request] = field(default_factory=list)
    count: dict[str, int] = field(default_factory=dict)
    forged: Answer | None = None


LOST_30 = (("lost_request", 0.3), ("lost_answer", 0.3))


def weighed(*fates: tuple[str, float]) -> Callable[[Random], str]:
    """A plan by probabilities, each fate on its own: a request lost never meets the danger of its answer."""

    def plan(chance: Random) -> str:
        for name, share in fates:
            if chance.random() < share:
                return name
        return "ok"

    return plan


class GateBox:
    """门岗: a real store and a real line in a folder; `alive` says whether it runs."""

    def __init__(self, folder: Path, office: OfficeBox, gate: str, chance: Random, history: History) -> None:
        self.folder = folder
        self.office = office
        self.chance = chance
        self.history = history
        self.clock = SettableClock(office.clock.wall_ms())
        self.ids = FreshIds(self.clock, chance.randbytes)
        self.keys = GateKeys(MemoryKeyStore())
        self.fuse = Fuse(struck=self._image)
        self.net = Network(chance)
        self.kills = self.forced = self._images = 0
        self.gone = False
        self.wrapped: Callable[[GateFolderStore], GateFolderStore] = lambda store: store
        self.recorded = 0
        self.store: GateFolderStore
        self.line: Line
        self.identity, self.roots, self.seal_key = self._enrol(gate)
        self._open()

    # ---------------------------------------------------------------------------------------------- birth and death

    def _enrol(self, gate: str) -> tuple[GateIdentity, tuple[bytes, ...], bytes]:
        office = self.office.office
        with office.database.writing() as tx:
            token = office.enrolment.new_token(tx, GateId(gate), office.clock.wall_ms(), by="test")
        assert token is not None
        claim = Enrolment(
            OwnKey(self.keys, self.ids), self.ids, self.clock.wall_ms, lambda _pem: self, "test", lambda _u, _c: b""
        )
        enrolled = claim.claim(EnrolCode(v=1, url=URL, token=token, ca="0" * 64, gate=gate))
        assert isinstance(enrolled, Enrolled), enrolled
        opened = self._opened(enrolled.identity)
        keep(enrolled, opened.store)
        opened.store.close()
        return enrolled.identity, enrolled.roots, enrolled.seal_key

    def _opened(self, identity: GateIdentity) -> OpenedStore:
        opened = open_store(self.folder, identity, self.keys, self.clock, self.ids, room=lambda _folder: ROOMY)
        assert isinstance(opened, OpenedStore), opened
        return opened

    def _open(self) -> None:
        self.fuse.left, self.fuse.dead = None, False
        stage = finish(self.folder, self.keys)
        if stage is not None and stage.over:
            self.gone = True
            return
        self.opened = self._opened(self.identity)
        self.store = self.wrapped(self.opened.store)
        self._arm()
        self.line = self._line()

    def _line(self) -> Line:
        sign = self.keys.signer()
        assert callable(sign)
        orders = Withdrawal(self.opened.folder, self.keys)
        return Line(Link(self.store, self, self.clock, self.ids, self.identity, self.roots, sign, orders))

    def _arm(self) -> None:
        """Put the fuse before the writer of the epoch in force."""
        file = self.opened.folder.file
        if not isinstance(file.writer, _Writer):
            file.writer = _Writer(file.writer, self.fuse)  # type: ignore[assignment]

    def _image(self) -> None:
        """The folder as it is at this statement: what a killed process leaves behind."""
        self._images += 1
        shutil.copytree(self.folder, self._next(), ignore=shutil.ignore_patterns("*-shm", "reserve.bin"))

    def _next(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}-{self._images}")

    def _rise(self) -> None:
        """After a kill: the copy takes the folder's place, and the program starts on it."""
        image = self._next()
        self.opened.store.close()
        shutil.rmtree(self.folder)
        image.rename(self.folder)
        self.kills += 1
        self._open()

    def kill(self) -> None:
        """Strike it between two turns."""
        self._image()
        self._rise()

    def restart(self) -> None:
        """Stop it in order and start it again."""
        self.opened.store.close()
        self._open()

    def copy(self, to: Path) -> None:
        """Keep the epoch's file as it is now (what a person may put back later)."""
        to.unlink(missing_ok=True)
        source = sqlite3.connect(self.opened.folder.file.path)
        try:
            source.execute("VACUUM INTO ?", (str(to),))
        finally:
            source.close()

    def put_back(self, copy: Path) -> None:
        """An older file takes the place of its epoch's; what it does not have is gone, which the gate must see."""
        epoch = int(copy.stem.rpartition("-")[2])
        self.opened.store.close()
        file = self.folder / f"gate-{epoch}.db"
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(copy, file)
        self._open()

    # ------------------------------------------------------------------------------------------------------ the desk

    def record(self, count: int, *, p1: bool = False) -> bool:
        """Record so many events; False if it was killed meanwhile."""
        drafts = [self._draft() for _ in range(count)]
        if p1:
            drafts.append(self._case())
        self.history.invoke(draft.id for draft in drafts)
        try:
            for part in range(0, len(drafts), 50):
                done = self.store.commit(drafts[part : part + 50], lambda _event: ())
                epoch = self.opened.store.epoch()
                self.history.ok(Told(self.identity.device, epoch, one.seq, one.id) for one in done)
        except Killed:
            self._rise()
            return False
        self._arm()
        return True

    def poison(self) -> bool:
        """Record an event that the office cannot take as told (another gate's name): it must not stop the others."""
        good = self._draft()
        bad = replace(good, gate=GateId("G99"))
        self.history.invoke([bad.id])
        try:
            (done,) = self.store.commit([bad], lambda _event: ())
        except Killed:
            self._rise()
            return False
        self.history.ok([Told(self.identity.device, self.opened.store.epoch(), done.seq, done.id)])
        return True

    def knows_the_office(self) -> bool:
        """Whether it has been answered since it heard of the office's present server epoch."""
        with self.opened.folder.reading() as connection:
            waits = store_sync.get(connection, "rewind") == 1
        return not waits and self.store.sync_state().server_epoch == str(self.office.office.identity.epoch)

    def diary(self) -> str:
        """How it stands and its last attempts, for a failing test's message."""
        with self.opened.folder.reading() as connection:
            tries = connection.execute(
                "SELECT kind, status, sent, acked, error FROM sync_attempt ORDER BY id DESC LIMIT 8"
            ).fetchall()
            closed = [(c.epoch, c.file, c.head_seq, c.acked_seq) for c in store_sync.closed_epochs(connection)]
        with self.office.office.database.reading() as tx:
            held = [(h.epoch, h.seq) for h in self.office.office.devices.epochs(tx, self.identity.device)]
        state = self.store.sync_state()
        sends = f"{state.epoch}: {state.acked_seq}/{state.head_seq}"
        return f"{self.status()} closed {closed} sends {sends} held {held} {tries}"

    def ids_here(self) -> set[str]:
        """Ids of every event in the files of this gate, of all epochs."""
        found: set[str] = set()
        for file in self.folder.glob("gate-*.db*"):
            if file.suffix in {".db", ".bad"}:
                reading = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
                try:
                    found |= {row[0].hex() for row in reading.execute("SELECT event_id FROM event")}
                finally:
                    reading.close()
        return found

    def _draft(self) -> Draft:
        self.recorded += 1
        if self.recorded % 20 == 0:
            person = PersonId(self.chance.randbytes(16).hex())
            return self._of(
                Registration(person, "VISITOR", region="浙江温州"), {"name": "张三", "phone": "13800001111"}
            )
        return self._of(DeviceNote("BATTERY", str(self.recorded)))

    def _case(self) -> Draft:
        case = CaseId(self.chance.randbytes(16).hex())
        return self._of(CaseOpened(case, CaseKind.FEVER, Priority.P1))

    def _of(self, body: Body, personal: dict[str, Any] | None = None) -> Draft:
        return Draft(
            EventId(self.ids.new_id()), self.clock.wall_ms(), self.clock.mono_ms(), self.clock.boot, ClockState.OK,
            self.identity.gate, body, personal=personal,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------------ the line

    def turn(self) -> bool:
        """One turn of the line, a back-off not waited out; False if the gate was killed in it."""
        self.office.clock.advance(1_000)
        self.clock.advance(1_000)
        if self.gone:
            return True
        try:
            self.line.turn(asked=True)
        except Killed:
            self._rise()
            return False
        self.gone = stage_of(self.folder) is Stage.DONE
        if self.gone:
            return True
        self._arm()
        return True

    def settle(self, turns: int = 80) -> bool:
        """Let it sync in peace; whether nothing is left to send."""
        self.fuse.left = None
        self.line.nudge()
        quiet = 0
        for _ in range(turns):
            self.clock.advance(60_000)
            self.office.clock.advance(60_000)
            self.turn()
            # an answer may say that there is more to do than was known before it
            if self.gone:
                return True
            quiet = quiet + 1 if not self.pending and self.line.status().last_error is None else 0
            if quiet == _QUIET:
                return True
        return False

    @property
    def pending(self) -> int:
        """未上传."""
        return self.store.sync_state().pending

    def status(self) -> SyncStatus:
        """What the screen shows of the line."""
        return self.line.status()

    def send(self, request: Request) -> Answer | TransportFault:
        """The network: `Transport` of this gate."""
        self.fuse.step()
        net = self.net
        fate = net.plan(net.chance)
        net.count[fate] = net.count.get(fate, 0) + 1
        for held in net.late:
            self.office.handle(held)
        net.late.clear()
        if fate == "lost_request":
            return TransportFault.RESET
        if fate == "late":
            net.late.append(request)
            return TransportFault.TIMEOUT
        if fate == "forged":
            return net.forged or Answer(200, {"content-type": "text/html"}, b"<html>")
        if fate == "doubled":
            self.office.handle(request)
        answer = self.office.handle(request)
        if answer is None:
            return TransportFault.RESET
        self.fuse.step()
        return TransportFault.TIMEOUT if fate == "lost_answer" else answer

    def close(self) -> None:
        """`Transport.close`, and the end of the gate's life is `end`."""

    def end(self) -> None:
        """Close the store; a withdrawn gate has closed it itself."""
        if not self.gone:
            self.opened.store.close()


@dataclass(slots=True)
class Town:
    """小镇: an office and its gates under one seed, with their history."""

    office: OfficeBox
    gates: list[GateBox]
    history: History

    @classmethod
    def found(cls, folder: Path, gates: Iterable[str], chance: Random) -> "Town":
        """Found an office in the folder and enrol these gates."""
        office, history = OfficeBox(folder / "office", chance), History()
        return cls(office, [GateBox(folder / gate, office, gate, chance, history) for gate in gates], history)

    def own(self) -> set[str]:
        """Events that the gates' programs wrote by themselves."""
        query = select(event_table.c.event_id).where(event_table.c.type.in_(("log.opened", "purge")))
        with self.office.office.database.reading() as tx:
            return {row.event_id.hex() for row in tx.execute(query)}

    def faults(self) -> list[str]:
        """What is wrong with what the office holds now."""
        return self.history.faults(self.office.rows(), self.own())

    def end(self) -> None:
        """Close everything."""
        for gate in self.gates:
            gate.end()
        self.office.close()


def gates_of(town: Town) -> Iterator[GateBox]:
    """The gates, for loops that read well."""
    yield from town.gates
