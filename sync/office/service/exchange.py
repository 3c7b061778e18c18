# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`POST /v1/sync` behind the signature check: take in, acknowledge, hand down (sync-and-store.md 4-6)."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from kiosk.domain.codec import to_json
from kiosk.domain.identity import CompoundId, GateId
from kiosk.domain.register import GateHeard
from kiosk.domain.trust.statements import Head
from kiosk.domain.trust.weak import strong_key
from sync.office.ports import OfficeClock
from sync.office.service.book import RegisterBook
from sync.office.service.cursors import parse_cursor
from sync.office.service.ingest import Batch, Ingest, Ingested
from sync.office.service.judging import Incoming
from sync.office.service.pacing import Pacing
from sync.office.service.pull import Pull, Pulled
from sync.office.service.receipts import OfficeSeal, receipt_text
from sync.office.service.replaced import ReplacedLogs
from sync.office.service.revocations import Revocations
from sync.office.service.work import as_text
from sync.office.store.changes import Changed, ChangeLog
from sync.office.store.devices import Device, Devices, DeviceState, Held
from sync.office.store.engine import Database
from sync.wire import scopes
from sync.wire.messages import OrderText, ReceiptText, SyncAnswer, SyncRequest

_HEARD_STEP_MS = 5_000


class ExchangeFault(StrEnum):
    """不予交换: each with its HTTP status."""

    UNKNOWN_DEVICE = "unknown_device"
    REVOKED = "device_revoked"
    NOT_YOURS = "not_found"

    @property
    def status(self) -> int:
        """The HTTP status."""
        return {"unknown_device": 401, "device_revoked": 403, "not_found": 404}[self.value]


@dataclass(frozen=True, slots=True)
class _Pushed:
    """What the push part came to."""

    ingested: Ingested | None
    receipt: ReceiptText | None
    device: Device
    sisters: bool = False


@dataclass(frozen=True, slots=True)
class ExchangeParts:
    """What an exchange works with."""

    database: Database
    devices: Devices
    ingest: Ingest
    pull: Pull
    changes: ChangeLog
    book: RegisterBook
    revocations: Revocations
    replaced: ReplacedLogs


class Exchange:
    """交换: push and pull of one request; a push that cannot be stored does not stop the pull."""

    def __init__(
        self, parts: ExchangeParts, seal: OfficeSeal, clock: OfficeClock, pacing: Pacing | None = None
    ) -> None:
        """Take the stores and services, the seal, the clock, and what sets the pace of the gates."""
        self._database = parts.database
        self._devices = parts.devices
        self._ingest = parts.ingest
        self._pull = parts.pull
        self._changes = parts.changes
        self._book = parts.book
        self._revocations = parts.revocations
        self._replaced = parts.replaced
        self._seal = seal
        self._clock = clock
        self.pacing = pacing or Pacing()

    def sync(self, request: SyncRequest) -> SyncAnswer | ExchangeFault:
        """Answer a request whose signature was found to be the device's."""
        now_ms = self._clock.wall_ms()
        try:
            pushed = self._push(request, now_ms)
        except DBAPIError:
            # Full disk, lost connection: nothing of it is kept, and the gate is told so; what it pulls still counts.
            pushed = self._not_pushed(request)
        if isinstance(pushed, ExchangeFault):
            return pushed
        device = pushed.device
        pulled, held = self._handed_down(device, request, pushed)
        if pulled is None:
            return ExchangeFault.NOT_YOURS
        withdrawn = device.state == DeviceState.REVOKED
        order = self.withdrawal(device, now_ms) if withdrawn else self._order(pushed, pulled, request, now_ms)
        return self._answer(request, pushed, pulled, held, order, now_ms)

    def _handed_down(self, device: Device, request: SyncRequest, pushed: _Pushed) -> tuple[Pulled | None, Held]:
        """The page that was asked for, and how far the log is held; a push that asks for nothing needs no look."""
        if pushed.ingested is not None and not request.pull:
            return Pulled(), pushed.ingested.held
        with self._database.reading() as tx:
            pulled = self._pull.page(tx, device, request.pull)
            held = self._devices.held(tx, device.id, request.epoch) or Held(request.epoch, 0, b"")
        return pulled, held if pushed.ingested is None else pushed.ingested.held

    def withdrawal(self, device: Device, now_ms: int) -> OrderText:
        """The signed order that goes with every refusal of a withdrawn device."""
        return self._seal.order(device.id, now_ms, revoked=True)

    def _push(self, request: SyncRequest, now_ms: int) -> _Pushed | ExchangeFault:
        with self._database.writing() as tx:
            device = _admitted(self._devices.get(tx, request.device, lock=True), request)
            if isinstance(device, ExchangeFault):
                return device
            if self._revocations.due(tx, now_ms):
                self._revocations.refresh(tx, now_ms)
            ingested = self._ingest.take(tx, device, batch_of(request, now_ms), now_ms)
            receipt = self._receipt(tx, device, ingested.held, now_ms)
            noted = self._note(tx, device, request, ingested, now_ms)
            sisters = self._book.has_sisters(tx, device.compound_id)
            if sisters:
                self._heard(tx, device, request, ingested.held, now_ms)
            # A new epoch changed the device's row elsewhere too; else it is what was just written.
            known = request.epoch == device.epoch
            after = replace(device, **noted) if known else self._devices.get(tx, device.id) or device
            self._replaced.heard(tx, after, request.epoch, ingested.held.seq, now_ms)
        return _Pushed(ingested, receipt, after, sisters)

    def _not_pushed(self, request: SyncRequest) -> _Pushed | ExchangeFault:
        with self._database.reading() as tx:
            device = _admitted(self._devices.get(tx, request.device), request)
        return device if isinstance(device, ExchangeFault) else _Pushed(None, None, device)

    def _pace(self, request: SyncRequest, pushed: _Pushed, now_ms: int) -> int:
        sent = [*(event.c for event in request.events), *(event.c for event in request.urgent)]
        return self.pacing.next_poll_s(request.device, now_ms, sisters=pushed.sisters, events=sent)

    def _receipt(self, tx: Connection, device: Device, held: Held, now_ms: int) -> ReceiptText | None:
        if held.seq == 0:
            return None
        last = self._devices.last_receipt(tx, device.id, held.epoch, self._seal.server)
        if last is not None and last[0].seq == held.seq and last[0].hash == held.hash.hex():
            return receipt_text(*last)
        given, sig = self._seal.receipt(device.id, held.epoch, held.seq, held.hash.hex(), now_ms)
        self._devices.keep_receipt(tx, given, sig)
        return receipt_text(given, sig)

    def _note(
        self, tx: Connection, device: Device, request: SyncRequest, ingested: Ingested, now_ms: int
    ) -> dict[str, Any]:
        """Write down what the request says of the device; the columns that were set."""
        current = max(device.epoch, request.epoch if ingested.held.seq else 0)
        values: dict[str, Any] = {
            "last_seen_ms": now_ms, "offset_ms": now_ms - request.sent_at_ms, "app": request.app,
            "schema": request.schema, "list_age_s": request.list_age_s,
            "oldest_unacked_at_ms": request.oldest_unacked_at_ms, "battery_pct": request.battery_pct,
            "free_mb": request.free_mb,
        }  # fmt: skip
        told = parse_cursor(request.pull.get(scopes.config(GateId(device.gate_id)), ""))
        if told is not None:
            values["config_rev"] = told.rev
        listed = parse_cursor(request.pull.get(scopes.revocations(), ""))
        if listed is not None:
            values["list_version"] = listed.rev
        if request.epoch == current:
            values |= {"acked_seq": ingested.held.seq, "acked_hash": ingested.held.hash}
            values |= {"head_seq": request.head_seq, "head_hash": request.head_hash}
        fork = _head_fault(device, request, ingested.held) if request.epoch == current else None
        ordered = ingested.new_epoch or (current + 1 if fork is not None else None)
        if ordered is not None and ordered > (device.ordered_epoch or 0):
            values |= {"ordered_epoch": ordered, "ordered_why": ingested.why or fork}
        self._devices.change(tx, device.id, values)
        return values

    def _heard(self, tx: Connection, device: Device, request: SyncRequest, held: Held, now_ms: int) -> None:
        """Tell sister gates until when this one was heard: to now if it has nothing left to say."""
        until = now_ms if request.head_seq <= held.seq else (request.oldest_unacked_at_ms or 0)
        scope = scopes.sightings(CompoundId(device.compound_id))
        before = self._changes.one(tx, scope, GateHeard.ENTITY, device.gate_id)
        row = GateHeard(GateId(device.gate_id), until)
        if before is not None and before.changed.doc is not None:
            known = _heard_until(before.changed.doc)
            if until < known + _HEARD_STEP_MS:
                return
        doc = as_text(to_json(row))
        self._changes.put(tx, scope, [Changed(GateHeard.ENTITY, row.gate, doc=doc, origin=row.gate)], now_ms)

    def _order(self, pushed: _Pushed, pulled: Pulled, request: SyncRequest, now_ms: int) -> OrderText | None:
        device = pushed.device
        if device.ordered_epoch is not None and request.epoch < device.ordered_epoch:
            return self._seal.order(device.id, now_ms, new_epoch=device.ordered_epoch, why=device.ordered_why)
        if pulled.resnapshot:
            return self._seal.order(device.id, now_ms, resnapshot=pulled.resnapshot)
        return None

    def _answer(
        self,
        request: SyncRequest,
        pushed: _Pushed,
        pulled: Pulled,
        held: Held,
        order: OrderText | None,
        now_ms: int,
    ) -> SyncAnswer:
        ingested = pushed.ingested
        return SyncAnswer(
            server=self._seal.server,
            echo=request.nonce,
            acked_epoch=request.epoch,
            acked_seq=held.seq,
            acked_hash=held.hash.hex(),
            server_time_ms=now_ms,
            push="failed" if ingested is None else "ok",
            receipt=pushed.receipt,
            expected_seq=None if ingested is None else ingested.expected_seq,
            notes=() if ingested is None else ingested.notes,
            order=order,
            next_poll_s=self._pace(request, pushed, now_ms),
            changes=pulled.changes,
            cursors=pulled.cursors,
            more=pulled.more,
        )


def _admitted(device: Device | None, request: SyncRequest) -> Device | ExchangeFault:
    """The device, if it may do what it asks: a withdrawn one may still bring its events, and take nothing."""
    if device is None:
        return ExchangeFault.UNKNOWN_DEVICE
    brings_only = (request.events or request.urgent) and not request.pull
    return device if device.state != DeviceState.REVOKED or brings_only else ExchangeFault.REVOKED


def batch_of(request: SyncRequest, now_ms: int) -> Batch:
    """The events of a request, each with the hash before it."""
    events: list[Incoming] = []
    prev = _hash(request.base)
    for event in request.events:
        here = bytes.fromhex(event.h)
        events.append(Incoming(event.c, here, prev, event.p))
        prev = here
    urgent = tuple(Incoming(u.c, bytes.fromhex(u.h), bytes.fromhex(u.prev), u.p) for u in request.urgent)
    return Batch(request.epoch, tuple(events), urgent, now_ms - request.sent_at_ms)


def _hash(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _heard_until(doc: str) -> int:
    return int(json.loads(doc)["heard_until_ms"])


def _head_fault(device: Device, request: SyncRequest, held: Held) -> str | None:
    """A log that ends before what we hold, or ends otherwise, is an old file put back or a rewritten one."""
    if not request.head_hash or held.seq == 0 or request.head_seq > held.seq:
        return None
    key = strong_key(device.pubkey)
    head = Head(request.device, request.epoch, request.head_seq, request.head_hash)
    if key is None or not head.holds(request.head_sig, key):
        return None
    if request.head_seq < held.seq:
        return "RESTORED"
    return None if request.head_hash == held.hash.hex() else "FORK"
