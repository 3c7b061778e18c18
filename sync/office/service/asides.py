# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Quarantine as a work list: judged again, accepted as fact, or left where it is (sync-and-store.md 5).

What was set aside keeps its place and its hash in the gate's chain for good. Its content, once it is taken for a fact,
becomes a new row in a log that the office keeps beside the gate's own: same device, epoch `ACCEPTED`. That log comes
after all epochs, so `rebuild` finds it again when the raw text was destroyed by age, and no chain is touched by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection, Row, func, select, update

from kiosk.domain.identity import GateId
from kiosk.domain.instants import day_number
from kiosk.domain.log.chain import first_hash, next_hash
from kiosk.domain.register import Gate
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.service.judging import NoteCode
from sync.office.service.projecting import Fact, Projections
from sync.office.service.reading import ReadEvent, commitment_holds, read_event
from sync.office.store.devices import Device, Devices
from sync.office.store.events import Events
from sync.office.store.tables import device as device_table
from sync.office.store.tables import event, quarantine
from sync.office.store.vault import Vault
from sync.wire.faults import WireFault
from sync.wire.messages import Personal, WireEvent
from sync.wire.strict import decode, encode

ACCEPTED = 2**31 - 1
"""认定记录: the epoch of the office's own log of what it accepted from one device."""


class AsideOutcome(StrEnum):
    """处理结果: sound when judged again; taken for a fact by a person; not taken (the raw text stays)."""

    TAKEN = "TAKEN"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class AsideFault(StrEnum):
    """不能认定: why a set-aside event did not become a fact."""

    GONE = "GONE"
    UNREADABLE = "UNREADABLE"
    KNOWN = "KNOWN"
    FOREIGN = "FOREIGN"
    CHAIN = "CHAIN"
    PERSONAL = "PERSONAL"


@dataclass(frozen=True, slots=True)
class Aside:
    """存疑件: one row of the work list; `seq` 0: no place was known. `outcome` None: it waits."""

    id: str
    device_id: str
    gate_id: str
    epoch: int
    seq: int
    code: NoteCode
    received_at_ms: int
    fills: bool
    outcome: AsideOutcome | None = None
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """存疑件内容: as it was sent; `personal`: a part with names came with it. `read` None: no event can be read."""

    text: str
    personal: bool
    read: ReadEvent | None
    fault: AsideFault | None
    wire: WireEvent | None = None


class Asides:
    """存疑处理."""

    def __init__(
        self, devices: Devices, events: Events, book: RegisterBook, projections: Projections, vault: Vault, audit: Audit
    ) -> None:
        """Take the stores, and what follows from an event."""
        self._devices = devices
        self._events = events
        self._book = book
        self._projections = projections
        self._vault = vault
        self._audit = audit

    def counts(self, tx: Connection, gates: Sequence[str]) -> dict[str, int]:
        """Gate -> how many wait; gates with none are left out."""
        query = select(device_table.c.gate_id, func.count()).select_from(_joined)
        query = query.where(quarantine.c.outcome.is_(None), device_table.c.gate_id.in_(gates))
        return {gate: int(n) for gate, n in tx.execute(query.group_by(device_table.c.gate_id))}

    def listed(self, tx: Connection, gates: Sequence[str], *, waiting: bool, after: int, limit: int) -> list[Aside]:
        """Newest first, from the `after`-th on."""
        q = quarantine.c
        query = select(*_LISTED).select_from(_joined).where(device_table.c.gate_id.in_(gates))
        if waiting:
            query = query.where(q.outcome.is_(None))
        query = query.order_by(q.received_at_ms.desc(), q.seq.desc(), q.id).offset(after).limit(limit)
        return [_aside(row) for row in tx.execute(query)]

    def one(self, tx: Connection, aside_id: str) -> Aside | None:
        """One of them."""
        row = tx.execute(select(*_LISTED).select_from(_joined).where(quarantine.c.id == aside_id)).first()
        return None if row is None else _aside(row)

    def opened(self, tx: Connection, aside: Aside) -> Opened:
        """What was sent, and what still speaks against it. The caller notes who looked."""
        blob = tx.execute(select(quarantine.c.raw).where(quarantine.c.id == aside.id)).scalar()
        plain = self._vault.open("quarantine", aside.id, blob)
        if not plain:
            return Opened("", personal=False, read=None, fault=AsideFault.GONE)
        wire = decode(WireEvent, plain)
        if isinstance(wire, WireFault):
            return Opened(plain.decode(errors="replace"), personal=True, read=None, fault=AsideFault.UNREADABLE)
        read = read_event(wire.c.encode())
        fault = AsideFault.UNREADABLE if read is None or read.event is None else self._fault(tx, aside, wire, read)
        return Opened(wire.c, wire.p is not None, read, fault, wire)

    def retry(self, tx: Connection, aside: Aside, now_ms: int, *, by: str) -> AsideFault | None:
        """重试: judge it again by the rules, with what is known now; None: it is sound and was taken."""
        opened = self.opened(tx, aside)
        fault = opened.fault or self._take(tx, aside, opened, now_ms)
        why = "" if fault is None else fault.value
        if fault is None and not self._decide(tx, aside, AsideOutcome.TAKEN, by, why):
            return AsideFault.GONE
        self._audit.note(tx, Entry(by, "record.correct", aside.id, why=f"retry {why}".strip()), now_ms)
        return fault

    def accept(self, tx: Connection, aside: Aside, now_ms: int, *, by: str, why: str) -> AsideFault | None:
        """接受: a person takes it for a fact though its chain or its place does not fit; never one that is known."""
        opened = self.opened(tx, aside)
        if opened.read is None or opened.read.event is None:
            return opened.fault or AsideFault.UNREADABLE
        fault = self._take(tx, aside, opened, now_ms)
        if fault is None and not self._decide(tx, aside, AsideOutcome.ACCEPTED, by, why):
            return AsideFault.GONE
        if fault is None:
            self._audit.note(tx, Entry(by, "record.correct", aside.id, why=why), now_ms)
        return fault

    def reject(self, tx: Connection, aside: Aside, now_ms: int, *, by: str, why: str) -> AsideFault | None:
        """驳回: no fact; nothing is deleted."""
        if not self._decide(tx, aside, AsideOutcome.REJECTED, by, why):
            return AsideFault.GONE
        self._audit.note(tx, Entry(by, "record.correct", aside.id, why=f"rejected: {why}"), now_ms)
        return None

    # -- inside ------------------------------------------------------------------------------------------------------

    def _decide(self, tx: Connection, aside: Aside, outcome: AsideOutcome, by: str, why: str) -> bool:
        open_ = (quarantine.c.id == aside.id, quarantine.c.outcome.is_(None))
        return tx.execute(update(quarantine).where(*open_).values(outcome=outcome, by=by, why=why)).rowcount == 1

    def _fault(self, tx: Connection, aside: Aside, wire: WireEvent, read: ReadEvent) -> AsideFault | None:
        if read.gate != aside.gate_id:
            return AsideFault.FOREIGN
        if self._events.ids_known(tx, [read.id], [day_number(read.at_ms)]):
            return AsideFault.KNOWN
        before = self._hash_before(tx, aside)
        if read.seq != aside.seq or before is None or next_hash(before, read.canon).hex() != wire.h:
            return AsideFault.CHAIN
        return None if commitment_holds(read, wire.p) else AsideFault.PERSONAL

    def _hash_before(self, tx: Connection, aside: Aside) -> bytes | None:
        if aside.seq <= 1:
            return first_hash(aside.device_id, aside.epoch) if aside.seq == 1 else None
        there = self._events.placed(tx, aside.device_id, aside.epoch, aside.seq - 1, aside.seq - 1)
        return there[aside.seq - 1].hash if there else None

    def _take(self, tx: Connection, aside: Aside, opened: Opened, now_ms: int) -> AsideFault | None:
        """A new row in the office's own log, and what follows from it."""
        device = self._devices.get(tx, aside.device_id, lock=True)
        read, wire = opened.read, opened.wire
        if device is None or read is None or read.event is None or wire is None:
            return AsideFault.UNREADABLE
        if self._events.ids_known(tx, [read.id], [day_number(read.at_ms)]):
            return AsideFault.KNOWN
        gate = self._book.register.get(tx, Gate, GateId(read.gate))
        if gate is None:
            return AsideFault.FOREIGN
        there = replace(device, gate_id=gate.id, compound_id=gate.compound)
        # A part with names that is not the one the event speaks of stays in quarantine.
        part = wire.p if commitment_holds(read, wire.p) else None
        self._keep(tx, there, read, part, now_ms)
        personal = None if part is None else part.c.encode()
        corrected = read.at_ms + (device.offset_ms or 0)
        self._projections.apply(tx, [Fact(read.event, there, aside.epoch, personal, corrected)], now_ms)
        return None

    def _keep(self, tx: Connection, device: Device, read: ReadEvent, part: Personal | None, now_ms: int) -> None:
        e = event.c
        mine = (e.device_id == device.id, e.epoch == ACCEPTED)
        last = tx.execute(select(e.seq, e.hash).where(*mine).order_by(e.seq.desc()).limit(1)).first()
        seq, before = (0, first_hash(device.id, ACCEPTED)) if last is None else (last.seq, last.hash)
        day = day_number(read.at_ms)
        row = (
            device.id, ACCEPTED, seq + 1, day, read.id, read.at_ms, read.at_ms + (device.offset_ms or 0), now_ms,
            read.type, read.v, device.gate_id, device.compound_id, read.person_id, read.pass_id, read.passage_id,
            read.verdict, read.temp_dc, read.canon, next_hash(before, read.canon), 1, 1,
        )  # fmt: skip
        self._events.append(tx, [row])
        if part is not None:
            self._events.seal(tx, [(device.id, ACCEPTED, seq + 1, day, read.id.hex(), encode(part))])


_joined = quarantine.join(device_table, device_table.c.id == quarantine.c.device_id)
_LISTED = (
    *(quarantine.c[name] for name in (
        "id", "device_id", "epoch", "seq", "code", "received_at_ms", "fills", "outcome", "by", "why",
    )),
    device_table.c.gate_id,
)  # fmt: skip


def _aside(row: Row[tuple[object, ...]]) -> Aside:
    outcome = None if row.outcome is None else AsideOutcome(row.outcome)
    return Aside(
        row.id, row.device_id, row.gate_id, row.epoch, row.seq, NoteCode(row.code), row.received_at_ms,
        bool(row.fills), outcome, row.by or "", row.why or "",
    )  # fmt: skip
