# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Carried files at the office: logs that come on a stick, replies that go back (sync-and-store.md section 7).

An import is the ingest of `/v1/sync`: stick, network or both, in any order, twice, with gaps, give each event once.
An event comes whole or not at all: one whose personal part a redacted file leaves out, or that does not open here, is a
gap that the network or a sealed file fills. Acknowledged without it, the gate would be free to destroy the only copy.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection

from kiosk.domain.identity import CompoundId, GateId
from kiosk.domain.trust.carrying import open_sealed
from kiosk.domain.trust.weak import strong_key
from sync.office.compose import Office
from sync.office.service.cursors import Cursor
from sync.office.service.ingest import Batch
from sync.office.service.judging import Incoming
from sync.office.service.reading import read_event
from sync.office.service.receipts import receipt_text
from sync.office.store.devices import Device, Held
from sync.wire import base64url, scopes
from sync.wire.carried import (
    FORMAT,
    REPLY_KIND,
    CarriedEvent,
    CheckedLog,
    ReplyHead,
    check_log,
    sealed_aad,
    write_reply,
)
from sync.wire.faults import WireFault
from sync.wire.limits import CLIENT_EVENTS, PAGE_ROWS
from sync.wire.messages import SIGNED_LIST, Change, Personal, ReceiptText
from sync.wire.strict import decode

_PIECE = 64 << 10
_QUARANTINED = "QUARANTINED"


class ImportFault(StrEnum):
    """读入失败: nothing of the file was taken."""

    UNREADABLE = "unreadable"
    SIGNATURE = "signature"
    OTHER_OFFICE = "other_office"


@dataclass(frozen=True, slots=True)
class Imported:
    """读入结果: counts of a file, and its device. `withheld`: came without personal parts, are still to come whole."""

    device: Device
    epoch: int
    new: int
    known: int
    quarantined: int
    withheld: int = 0


def pieces_of(file: Path) -> Iterator[bytes]:
    """A file's bytes, piece by piece. Raises `OSError`."""
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def import_log(office: Office, seal: X25519PrivateKey, file: Path) -> Imported | ImportFault:
    """Take a `.ghlog` in. It is read to its end and its signature checked before anything is taken."""
    if file.suffix == ".part":
        return ImportFault.UNREADABLE
    try:
        checked = check_log(lambda: pieces_of(file))
    except OSError:
        return ImportFault.UNREADABLE
    if isinstance(checked, WireFault):
        return ImportFault.UNREADABLE
    with office.database.reading() as tx:
        device = office.devices.get(tx, checked.head.device)
    if device is None:
        return ImportFault.OTHER_OFFICE
    key = strong_key(device.pubkey)
    if key is None or not checked.seal.holds(checked.sig, key):
        return ImportFault.SIGNATURE
    return _taken(office, seal, checked, device)


def write_carried_reply(office: Office, device: Device, target: Path, *, receipts: bool = True) -> int:
    """Write a `.ghreply` for one device: its receipts (unless left out), and every scope whole; how many rows.

    A stick taken out half-way leaves a `.part`.
    """
    with office.database.reading() as tx:
        given = _receipts(tx, office, device) if receipts else ()
        cursors: dict[str, str] = {}
        changes = tuple(_changes(tx, office, device, cursors))
    head = ReplyHead(
        format=FORMAT,
        kind=REPLY_KIND,
        server=office.identity.server,
        device=device.id,
        made_at_ms=office.clock.wall_ms(),
        cursors=cursors,
        receipts=given,
    )
    part = target.with_name(target.name + ".part")
    with part.open("wb") as out:
        for piece in write_reply(head, changes, office.seal.key.sign, office.seal.kid):
            out.write(piece)
    part.replace(target)
    return len(changes)


def _taken(office: Office, seal: X25519PrivateKey, checked: CheckedLog, device: Device) -> Imported:
    new = quarantined = withheld = total = 0
    prev = bytes.fromhex(checked.head.base)
    events = iter(checked.events())
    while chunk := [event for event in islice(events, CLIENT_EVENTS) if not isinstance(event, WireFault)]:
        incoming = tuple(_incoming(seal, checked, chunk, prev))
        prev = bytes.fromhex(chunk[-1].h)
        now_ms = office.clock.wall_ms()
        with office.database.writing() as tx:
            runs = _whole_runs(tx, office, device, checked.head.epoch, incoming)
            for run in runs:
                held_by = office.devices.get(tx, device.id, lock=True) or device
                batch = Batch(checked.head.epoch, run, (), device.offset_ms or 0)
                took = office.ingest.take(tx, held_by, batch, now_ms)
                _acknowledge(tx, office, held_by, took.held, now_ms)
                new += took.stored
                quarantined += sum(note.code.startswith(_QUARANTINED) for note in took.notes)
        withheld += len(incoming) - sum(map(len, runs))
        total += len(incoming)
    known = max(0, total - new - quarantined - withheld)
    return Imported(device, checked.head.epoch, new, known, quarantined, withheld)


@dataclass(frozen=True, slots=True)
class _Carried:
    """An event of a file; `kept_back`: the gate has a personal part of it, which did not come."""

    incoming: Incoming
    kept_back: bool


def _incoming(
    seal: X25519PrivateKey, checked: CheckedLog, chunk: Iterable[CarriedEvent], prev: bytes
) -> Iterator[_Carried]:
    for event in chunk:
        here = bytes.fromhex(event.h)
        personal = _personal(seal, checked, event)
        kept_back = personal is None and (checked.head.redacted or event.s is not None)
        yield _Carried(Incoming(event.c, here, prev, personal), kept_back)
        prev = here


def _whole_runs(
    tx: Connection, office: Office, device: Device, epoch: int, chunk: Sequence[_Carried]
) -> list[tuple[Incoming, ...]]:
    """The events that may be taken, in runs without a gap: whole, or held here already."""

    def missing(carried: _Carried) -> bool:
        read = read_event(carried.incoming.text.encode()) if carried.kept_back else None
        if read is None or read.pc is None:
            return False
        return read.seq not in office.events.placed(tx, device.id, epoch, read.seq, read.seq)

    runs = groupby(chunk, missing)
    return [tuple(carried.incoming for carried in run) for gap, run in runs if not gap]


def _personal(seal: X25519PrivateKey, checked: CheckedLog, event: CarriedEvent) -> Personal | None:
    blob = None if event.s is None else base64url.octets(event.s)
    if blob is None:
        return None
    plain = open_sealed(seal, blob, sealed_aad(checked.head.device, checked.head.epoch, event.h))
    opened = None if plain is None else decode(Personal, plain)
    return opened if isinstance(opened, Personal) else None


def _acknowledge(tx: Connection, office: Office, device: Device, held: Held, now_ms: int) -> None:
    if held.seq == 0:
        return
    last = office.devices.last_receipt(tx, device.id, held.epoch, office.identity.server)
    if last is None or last[0].seq != held.seq or last[0].hash != held.hash.hex():
        office.devices.keep_receipt(tx, *office.seal.receipt(device.id, held.epoch, held.seq, held.hash.hex(), now_ms))
    if held.epoch == device.epoch:
        office.devices.change(tx, device.id, {"acked_seq": held.seq, "acked_hash": held.hash})
    office.replaced.heard(tx, device, held.epoch, held.seq, now_ms)


def _receipts(tx: Connection, office: Office, device: Device) -> tuple[ReceiptText, ...]:
    found = (
        office.devices.last_receipt(tx, device.id, epoch, office.identity.server)
        for epoch in range(1, device.epoch + 1)
    )
    return tuple(receipt_text(*one) for one in found if one is not None)


def _changes(tx: Connection, office: Office, device: Device, cursors: dict[str, str]) -> Iterator[Change]:
    """Every scope of the device's gate as it stands, signed lists first; the cursors to go on from are noted."""
    for scope in sorted(scopes.gate_scopes(GateId(device.gate_id), CompoundId(device.compound_id)), key=_lists_first):
        rev = office.changes.rev(tx, scope)
        cursors[scope] = str(Cursor(office.pull.epoch, rev))
        if scope == scopes.revocations():
            whole = office.revocations.whole(tx)
            if whole is not None:
                row = office.pull.list_row("revocations", *whole)
                yield Change(scope=scope, op="put", entity=SIGNED_LIST, key="revocations", rev=rev, row=row)
            continue
        after = 0
        while logged := office.changes.since(tx, scope, after, PAGE_ROWS):
            after = logged[-1].rev
            yield from office.pull.rows(tx, scope, logged)


def _lists_first(scope: str) -> tuple[bool, str]:
    return not scope.startswith(scopes.ScopeKind.CONFIG), scope
