# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A real gate at a real office in this process, and the search of every byte that it leaves behind."""

import base64
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import assets
from kiosk.adapters.withdrawal import Withdrawal
from kiosk.app.desk import Arriving, Outsider
from kiosk.compose import shipped_policies
from kiosk.domain.codes import Category, CodeColour, Direction, Site
from kiosk.domain.identity import GateId
from sync.street.building import Street
from sync.street.gate_rig import GateRig
from sync.street.given import build_street
from sync.street.scenario import read_scenario

RESIDENT, PHONE, GUEST, GUEST_PHONE = "欧阳晓雯", "13812345678", "司徒敏仪", "13987654321"
_SCENARIO = f"""
id = "T01"
title = "a gate"
[given]
policy = "2020-02-14"
[[given.compound]]
id = "C01"
name = "合阳小区"
[[given.gate]]
id = "G01"
compound = "C01"
[[given.person]]
id = "p0"
name = "{RESIDENT}"
category = "LOCAL"
compound = "C01"
building = "3"
unit = "1"
room = "502"
phone = "{PHONE}"
[[given.pass]]
id = "card"
person = "p0"
[[step]]
do = "look"
expect = {{}}
"""


@contextmanager
def founded(place: Path) -> Iterator[Street]:
    """An office with one gate, for all tests of a module."""
    file = place / "gate.toml"
    file.write_text(_SCENARIO, encoding="utf-8")
    street = build_street(read_scenario(file), place / "street")
    try:
        yield street
    finally:
        street.office.close()


@contextmanager
def fresh_gate(street: Street, place: Path) -> Iterator[GateRig]:
    """A new tablet at the gate, in its own folder, with all its lists."""
    for old in street.gates.values():
        old.store.close()
    street.clock.advance(60_000)  # event ids hold the time: another tablet's must be others
    street.folder = place
    street.enrol(GateId("G01"), shipped_policies(Path(assets.__file__).parent / "policies"))
    street.sync(None)
    rig = street.gates["G01"]
    try:
        yield rig
    finally:
        rig.store.close()


def come_home(rig: GateRig, street: Street) -> None:
    """The resident passes, measured."""
    shown = rig.hold_up(street.pass_text("card"), Arriving())
    rig.app.desk.reading(shown.view.passage, "36.5", Site.FOREHEAD)  # type: ignore[union-attr]
    street.advance(90_000)
    rig.hold_up(street.pass_text("card"), Arriving(Direction.OUT))
    street.advance(90_000)


def visit(rig: GateRig, number: int = 0) -> None:
    """A guest, whose name and phone are personal parts of the event."""
    guest = Outsider(Category.VISITOR, consent=True, name=f"{GUEST}{number}", phone=GUEST_PHONE)
    rig.app.desk.arrive(guest, Arriving(code=CodeColour.GREEN))


def withdraw_at_office(street: Street, rig: GateRig) -> None:
    with street.office.database.writing() as tx:
        assert street.office.enrolment.revoke(tx, rig.app.identity.device, street.now_ms, by="test", why="lost")


def at_office(street: Street, rig: GateRig) -> list[tuple[int, int]]:
    """(epoch, seq) of what the office holds of this gate."""
    device = rig.app.identity.device
    with street.office.database.reading() as tx:
        epochs = [head.epoch for head in street.office.devices.epochs(tx, device)]
        return [(epoch, kept.seq) for epoch in epochs for kept in street.office.events.log(tx, device, epoch)]


def use_orders(rig: GateRig, orders: Withdrawal) -> None:
    """Put other orders behind the gate's line."""
    rig.gate = replace(rig.gate, orders=orders)
    rig.line = rig.new_line()


def sealed_parts(folder: Path) -> tuple[set[bytes], set[bytes]]:
    """Sealed blobs as they stand in the open epoch's file: of the register, of the log (by ascending seq)."""
    newest = max(folder.glob("gate-*.db"), key=lambda path: int(path.stem.partition("-")[2]))
    with closing(sqlite3.connect(f"file:{newest}?mode=ro", uri=True)) as connection:
        register = {bytes(row[0]) for row in connection.execute("SELECT sealed FROM register WHERE sealed NOT NULL")}
        log = {bytes(row[0]) for row in connection.execute("SELECT sealed FROM event_private")}
    return register, log


def holds(folder: Path, wanted: Iterable[bytes]) -> list[str]:
    """The files of a folder in which one of the byte strings stands."""
    every = tuple(wanted)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in files if any(part in path.read_bytes() for part in every)]


def forms(text: str) -> list[bytes]:
    """A personal value in the encodings that a careless writer would use."""
    plain = text.encode()
    return [plain, text.encode("gbk"), text.encode("utf-16-le"), plain.hex().encode(), base64.b64encode(plain)]
