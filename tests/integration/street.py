# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A founded office that serves over TLS, and tablets enrolled at it: what the integration tests share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import assets
from kiosk.adapters.clock import SystemClock
from kiosk.adapters.device_folder import read_device
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_start import OpenedStore, open_store
from kiosk.app.ports import GateIdentity
from kiosk.domain.codes import ClockState
from kiosk.domain.events import DeviceNote, Draft, Inspection
from kiosk.domain.identity import CommitteeId, CompoundId, EventId, GateId
from kiosk.domain.register import Compound, Gate
from sync.client.enrol import EnrolFault, read_code
from sync.client.http import HttpTransport
from sync.client.line import Line, Link
from sync.office.api.limits import Turnstile
from sync.office.api.line import Line as OfficeSide
from sync.office.compose import Office, open_office
from sync.office.enrol_code import write_code
from sync.office.home import OfficeHome, OfficeSettings
from sync.office.init import (
    Birth,
    FirstLeader,
    FirstUser,
    Founded,
    Founding,
    StreetPlan,
    found_office,
)
from sync.office.serve import Listen, OfficeServer, office_app
from sync.office.store.register import Committee
from sync.office.web import Site, pages_router
from ui.cli.enrolling import Tablet as Device
from ui.cli.enrolling import enrol

J1, C1 = CommitteeId("J01"), CompoundId("C01")
STREET = StreetPlan(
    (Committee(J1, "甘泉一村"),),
    (Compound(C1, "合阳新村", 1, J1),),
    (Gate(GateId("G01"), C1, "1号门"), Gate(GateId("G02"), C1, "2号门")),
)


def founding(
    *, password: str = "correct horse battery", demo: bool = True, street: StreetPlan = STREET, db: str = ""
) -> Founding:
    return Founding(
        OfficeSettings("甘泉路街道", "https://127.0.0.1:1", ("127.0.0.1",), "127.0.0.1", 0, db, demo),
        street,
        FirstUser("admin", "管理员", password),
        FirstLeader("王门长", "246810"),
        assets.policies(),
    )


@dataclass(slots=True)
class Running:
    """A founded office that serves."""

    home: OfficeHome
    office: Office
    server: OfficeServer
    founded: Founded
    steps: list[Birth]

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server.port}"


@contextmanager
def serving(
    folder: Path, street: StreetPlan = STREET, db: str = "", clock: SystemClock | None = None
) -> Iterator[Running]:
    """Found an office in the folder and serve it on a free port; `db`: its database, else a file in the folder."""
    clock = clock or SystemClock()
    ids = FreshIds(clock)
    steps: list[Birth] = []
    founded = found_office(folder, founding(street=street, db=db), clock, ids, steps.append)
    home = OfficeHome(folder)
    office = open_office(folder, clock, ids)
    side = OfficeSide(office.line, clock.wall_ms, home.ca_file.read_bytes(), Turnstile(None))
    app = office_app(
        side,
        lambda: {"database": office.line.health().ready},
        [pages_router(office, site=Site("https://127.0.0.1:1", home.ca_sha256()), backups=home.folder / "backup")],
    )
    server = OfficeServer(app, Listen("127.0.0.1", 0, home.certificate_file, home.key_file))
    server.start()
    try:
        yield Running(home, office, server, founded, steps)
    finally:
        server.stop()
        office.close()


@dataclass(slots=True)
class Tablet:
    """A gate's folder, open, with its line."""

    store: GateFolderStore
    line: Line
    identity: GateIdentity
    transport: HttpTransport

    def record(self, count: int, *, remark: str | None = None) -> None:
        """Battery notes; or, with a remark, inspections with it as their personal part."""
        clock = SystemClock()
        ids = FreshIds(clock)
        drafts = [
            Draft(
                EventId(ids.new_id()), clock.wall_ms(), clock.mono_ms(), 1, ClockState.OK, self.identity.gate,
                DeviceNote("BATTERY", str(number)) if remark is None else Inspection("CABINET", fixed=True),
                personal=None if remark is None else {"remark": remark},
            )
            for number in range(count)
        ]  # fmt: skip
        self.store.commit(drafts, lambda _event: ())

    def close(self) -> None:
        self.transport.close()
        self.store.close()


def enrolled(running: Running, folder: Path, gate: str = "G01") -> Tablet:
    """A tablet enrolled by a fresh code, as `gate-kiosk enrol` does it."""
    clock = SystemClock()
    ids = FreshIds(clock)
    paper = write_code(running.office, running.home, running.url, GateId(gate), by="test")
    assert paper is not None
    code = read_code(paper.json_file.read_bytes())
    assert not isinstance(code, EnrolFault)
    keys = GateKeys(DemoKeyStore(folder / "keys"))
    assert enrol(Device(folder, keys, clock, ids), code, lambda _stage: None) is None
    device = read_device(folder)
    assert device is not None
    opened = open_store(folder, device.identity(), keys, clock, ids)
    assert isinstance(opened, OpenedStore)
    sign = keys.signer()
    assert callable(sign)
    transport = HttpTransport(folder / "ca.pem", clock)
    roots = tuple(bytes.fromhex(root) for root in device.root_keys)
    link = Link(opened.store, transport, clock, ids, device.identity(), roots, sign)
    return Tablet(opened.store, Line(link), device.identity(), transport)


def held(running: Running, tablet: Tablet) -> list[int]:
    with running.office.database.reading() as tx:
        return [kept.seq for kept in running.office.events.log(tx, tablet.identity.device, 1, 0, limit=10_000)]
