# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One gate of a street in one process: its folder, a clock set by hand, the open program, its line to the office."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.adapters.clock import SettableClock
from kiosk.adapters.device_folder import DeviceFile, write_device
from kiosk.adapters.ids import SeededBytes, seeded_ids
from kiosk.adapters.keystore import GateKeys, MemoryKeyStore
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_source import FileSource
from kiosk.app.desk import Arriving
from kiosk.app.facts import GateListView
from kiosk.app.gate import GateApp
from kiosk.app.views import Shown
from kiosk.compose import OpenGate, open_gate
from kiosk.domain.codes import PassState
from kiosk.domain.identity import GateId, PassId
from kiosk.domain.log.verify import verify_log
from kiosk.domain.trust import RevocationKind
from sync.client.enrol import Enrolled, Enrolment, keep
from sync.client.line import Line, Link
from sync.client.transport import Transport
from sync.street.founding import CA, StreetOffice
from sync.wire.messages import EnrolCode

_URL = "https://office.test"


@dataclass(slots=True)
class GateRig:
    """One gate: its folder, its clock, the open application and the line to the office."""

    id: str
    folder: Path
    clock: SettableClock
    keys: GateKeys
    policies: tuple[str, ...]
    network: Callable[["GateRig"], Transport]
    online: bool = True
    reached: bool = False
    fault: str | None = None
    gate: OpenGate = field(init=False)
    line: Line = field(init=False)

    def open(self) -> None:
        """Start the gate program."""
        ids = seeded_ids(self.clock, f"{self.id}/{self.clock.boot}")
        opened = open_gate(self.folder, self.keys, self.clock, ids, self.policies)
        if not isinstance(opened, OpenGate):
            raise TypeError(opened)
        self.gate = opened
        self.line = self.new_line()

    def new_line(self) -> Line:
        """A line of this gate that takes up where the store says."""
        signer = self.keys.signer()
        if not callable(signer):
            raise TypeError(signer)
        roots = tuple(bytes.fromhex(root) for root in self.gate.device.root_keys)
        return Line(
            Link(
                self.gate.store, self.network(self), self.clock, self.gate.ids, self.gate.app.identity, roots, signer,
                self.gate.orders,
            )
        )  # fmt: skip

    @property
    def app(self) -> GateApp:
        """The use cases."""
        return self.gate.app

    @property
    def store(self) -> GateFolderStore:
        """The store."""
        return self.gate.store

    def crash(self) -> None:
        """The program is killed and started again; the machine goes on."""
        self.store.close()
        self.clock.reboot()
        self.open()

    def set_clock(self, at_ms: int) -> None:
        """The machine's own clock is set, wrongly perhaps; time itself goes on."""
        self.clock.set_wall(at_ms)

    def hold_up(self, payload: bytes, arriving: Arriving) -> Shown:
        """A code before the camera."""
        return self.app.desk.on_code(payload, arriving)

    def advance(self, ms: int) -> None:
        """Time passes at the gate."""
        self.clock.advance(ms)
        self.app.each_second()

    def exchange(self, fault: str | None) -> None:
        """Send and fetch until nothing is left; a fault strikes one request and ends it."""
        if not self.online:
            return
        self.fault = fault
        self.app.shifts.close_days()
        for _ in range(4):
            done = self.line.run_until_idle()
            self.reached = self.line.status().online and done
            self.app.refresh()
            self._hear_time()
            if not done or self.gate.pending() == 0:
                break
        self.fault = None

    def _hear_time(self) -> None:
        if not self.reached:
            return
        offset = self.store.sync_state().offset_ms
        if offset is not None:
            self.app.time.office_said(offset)

    def chain_ok(self) -> bool:
        """Every epoch of the gate's log verifies from its first row."""
        files = sorted(self.folder.glob("gate-*.db"))
        return bool(files) and all(self._verifies(path) for path in files)

    def _verifies(self, path: Path) -> bool:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            report = verify_log(FileSource(connection), self.app.identity.device, int(path.stem.split("-")[1]))
        return report.whole

    def files_hold(self, text: str) -> bool:
        """Whether any file of the gate holds a text in clear."""
        wanted = text.encode()
        return any(wanted in path.read_bytes() for path in self.folder.rglob("*") if path.is_file())

    def party_size(self, party: str) -> int:
        """How many passages share a party."""
        found = {e.body.passage for e in self.store.events() if getattr(e.body, "party", None) == party}  # type: ignore[attr-defined]
        return len(found)

    def pass_state(self, pass_id: PassId) -> PassState | None:
        """A card's state as this gate knows it."""
        facts = self.app.facts
        revoked = facts.lists.revocations if facts.lists is not None else None
        kind = revoked.problem_of(bytes.fromhex(pass_id)) if revoked is not None else None
        if kind is not None:
            return PassState.LOST if kind is RevocationKind.LOST else PassState.REVOKED
        row = GateListView(facts).row(pass_id)
        return None if row is None else row.state_at(self.app.now().at_ms // 1000)


def enrolled_gate(
    street: StreetOffice,
    gate: GateId,
    folder: Path,
    policies: tuple[str, ...],
    network: Callable[[GateRig], Transport],
    now_ms: int,
) -> GateRig:
    """A tablet at a gate, enrolled by a fresh code of the office and open. `folder` is made; raises `TypeError`."""
    rig = GateRig(gate, folder, SettableClock(now_ms), GateKeys(MemoryKeyStore()), policies, network)
    rig.folder.mkdir(parents=True, exist_ok=True)
    with street.office.database.writing() as tx:
        token = street.office.enrolment.new_token(tx, gate, now_ms, by="replay")
    code = EnrolCode(v=1, url=_URL, token=token or "", ca="0" * 64, gate=gate)
    ids = seeded_ids(rig.clock, f"enrol/{gate}")
    claim = Enrolment(
        _OwnKey(rig.keys, gate), ids, rig.clock.wall_ms, lambda _: network(rig), "replay", fetch=lambda _url, _ca: CA
    ).claim(code)
    if not isinstance(claim, Enrolled):
        raise TypeError(claim)
    identity = claim.identity
    write_device(
        rig.folder,
        DeviceFile(
            device=identity.device, gate=identity.gate, compound=identity.compound, site=identity.site,
            key_id=identity.key_id, server=identity.server, url=identity.url, seal_key=claim.seal_key.hex(),
            root_keys=tuple(root.hex() for root in claim.roots),
        ),
    )  # fmt: skip
    rig.open()
    keep(claim, rig.store)
    rig.app.refresh()
    return rig


@dataclass(frozen=True, slots=True)
class _OwnKey:
    """The tablet's key, made where it stays."""

    keys: GateKeys
    seed: str

    def make(self) -> bytes | None:
        """Make the keys; the public half."""
        self.keys.make(SeededBytes(self.seed))
        public = self.keys.public_key()
        return public if isinstance(public, bytes) else None

    def signer(self) -> Callable[[bytes], bytes] | None:
        """The signing function."""
        signer = self.keys.signer()
        return signer if callable(signer) else None
