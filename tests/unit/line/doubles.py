# SPDX-License-Identifier: LicenseRef-Gatehouse
"""An office in memory behind the line's port, and a gate's outbox in memory: the line is tested between the two."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.adapters.clock import SettableClock
from kiosk.adapters.ids import FreshIds, seeded_ids
from kiosk.app.ports import Clock, GateIdentity
from kiosk.domain.codec import to_json
from kiosk.domain.identity import CompoundId, DeviceId, GateId
from kiosk.domain.register import Row, row_key
from kiosk.domain.trust.bundle import CompoundSite, KeyKind, OfficeKey, key_bundle, sign_bundle
from kiosk.domain.trust.devices import GateDevice, device_list, sign_devices
from kiosk.domain.trust.revocations import RevocationList, sign_snapshot
from kiosk.domain.trust.statements import EnrolProof, Head, Order, Receipt, SnapshotSeal
from sync.client.line import Line, Link
from sync.client.transport import Answer, DirectTransport, Request, Transport
from sync.office.api.line import Line as OfficeLine
from sync.office.api.messages import LineRequest
from sync.office.api.service import EnrolRefused, KnownDevice, PackedSnapshot
from sync.wire import base64url
from sync.wire.messages import (
    Change,
    EnrolAnswer,
    EnrolRequest,
    EventsPage,
    GateEvent,
    Health,
    OrderText,
    ReceiptText,
    SnapshotEnd,
    SnapshotHead,
    SnapshotRow,
    SyncAnswer,
    SyncRequest,
    order_body,
)
from sync.wire.packing import deflate
from sync.wire.strict import encode
from tests.unit.line.memory_store import MemoryStore

NOW_MS = 1_582_200_000_000
NOW_S = NOW_MS // 1000
DAY_S = 86_400
URL = "https://office.example:8443"
SERVER = "5e" * 16
GATE, COMPOUND, SITE, KID = GateId("G01"), CompoundId("C01"), 1, "0a01"


def key(number: int) -> Ed25519PrivateKey:
    """A test key by number."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


ROOTS = (key(1), key(2))
LIST, POLICY, RECEIPT, ISSUER = key(3), key(4), key(5), key(6)
LIST_KID, POLICY_KID, RECEIPT_KID, ISSUER_KID = b"\xf0", b"\xf1", b"\xf2", b"\x07"


def public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def bundle_bytes(*, version: int = NOW_S, root: Ed25519PrivateKey = ROOTS[0], issuer_kid: bytes = ISSUER_KID) -> bytes:
    """A signed key bundle of one compound with one gate."""
    window = (NOW_S - DAY_S, NOW_S + 30 * DAY_S)
    keys = [
        OfficeKey(issuer_kid, public(ISSUER), KeyKind.ISSUER, *window, (SITE,)),
        OfficeKey(LIST_KID, public(LIST), KeyKind.LIST, *window),
        OfficeKey(POLICY_KID, public(POLICY), KeyKind.POLICY, *window),
        OfficeKey(RECEIPT_KID, public(RECEIPT), KeyKind.RECEIPT, *window),
    ]
    sites = [CompoundSite(SITE, COMPOUND, (GATE, GateId("G02")), "合阳新村")]
    bundle = key_bundle(version, NOW_S, NOW_S + 30 * DAY_S, NOW_S + 90 * DAY_S, keys, sites)
    return sign_bundle(bundle, public(root), root.sign)


def devices_bytes(device: str, pubkey: bytes, *, version: int = NOW_S) -> bytes:
    """A signed device list with one tablet."""
    devices = [GateDevice(bytes.fromhex(KID), pubkey, DeviceId(device), SITE, GATE)]
    return sign_devices(device_list(version, NOW_S, NOW_S + DAY_S, devices), LIST_KID, LIST.sign)


def revocations_bytes(entries: bytes = b"", *, version: int = NOW_S) -> bytes:
    """A signed revocation snapshot."""
    return sign_snapshot(RevocationList(version, NOW_S, NOW_S + DAY_S, entries), LIST_KID, LIST.sign)


@dataclass(slots=True)
class Token:
    """An enrolment token as the office keeps it."""

    gate: GateId
    until_ms: int
    answer: EnrolAnswer | None = None
    pubkey: str = ""


@dataclass(slots=True)
class Stored:
    """One device's log at the office."""

    epoch: int = 1
    events: list[tuple[int, str, str]] = field(default_factory=list)
    pcs: list[str] = field(default_factory=list)

    @property
    def acked(self) -> tuple[int, str]:
        return (self.events[-1][0], self.events[-1][2]) if self.events else (0, "")


class MemoryOffice:
    """办公室替身: `LineService` in memory; what it does is what sync-and-store.md sections 4 to 6 ask, and no more."""

    def __init__(
        self, now_ms: Callable[[], int], *, kid: bytes = RECEIPT_KID, receipt: Ed25519PrivateKey = RECEIPT
    ) -> None:
        self.now_ms = now_ms
        self.server = SERVER
        self.epoch = 1
        self.ready = True
        self.can_store = True
        self.next_poll_s = 10
        self.devices: dict[str, KnownDevice] = {}
        self.tokens: dict[str, Token] = {}
        self.nonces: set[tuple[str, str]] = set()
        self.logs: dict[str, Stored] = {}
        self.urgent: list[str] = []
        self.requests: list[SyncRequest] = []
        self.rows: dict[str, list[Change]] = {}
        self.order_once: dict[str, Any] | None = None
        self.bundle = bundle_bytes()
        self.expected_seq: int | None = None
        self.bad_receipt = False
        self._lock = Lock()
        self._kid, self._receipt = RECEIPT_KID, RECEIPT

    # --------------------------------------------------------------------------------------------- what tests do

    def token(self, text: str, *, gate: GateId = GATE, until_ms: int | None = None) -> str:
        self.tokens[text] = Token(gate, self.now_ms() + 900_000 if until_ms is None else until_ms)
        return text

    def put(self, scope: str, row: Row) -> None:
        entity = type(row).ENTITY
        self.raw(scope, entity, row_key(row), to_json(row))

    def raw(self, scope: str, entity: str, name: str, row: dict[str, Any] | None, op: str = "put") -> None:
        changes = self.rows.setdefault(scope, [])
        rev = len(changes) + 1
        changes.append(Change(scope=scope, op=op, entity=entity, key=name, rev=rev, row=row))

    def order(self, device: str, **body: Any) -> OrderText:
        text = order_body(**body)
        statement = Order(self.server, device, text, self.now_ms(), self._kid.hex())
        return OrderText(at_ms=self.now_ms(), kid=self._kid.hex(), sig=statement.signed(self._receipt.sign), **body)

    def seqs(self, device: str) -> list[int]:
        return [seq for seq, _, _ in self.logs[device].events]

    # ----------------------------------------------------------------------------------------------- LineService

    def health(self) -> Health:
        return Health(
            server=self.server, epoch=self.epoch, proto_min=1, proto_max=1, server_time_ms=self.now_ms(),
            ready=self.ready,
        )  # fmt: skip

    def known_device(self, device: str) -> KnownDevice | None:
        return self.devices.get(device)

    def take_nonce(self, device: str, nonce: str) -> bool:
        fresh = (device, nonce) not in self.nonces
        self.nonces.add((device, nonce))
        return fresh

    def enrol(self, request: EnrolRequest) -> EnrolAnswer | EnrolRefused:
        with self._lock:
            return self._claim(request)

    def _claim(self, request: EnrolRequest) -> EnrolAnswer | EnrolRefused:
        token = self.tokens.get(request.token)
        if token is None:
            return EnrolRefused(401, "unknown")
        pubkey = base64url.octets(request.pubkey) or b""
        proof = EnrolProof(request.token, request.pubkey, request.nonce)
        if not proof.holds(request.proof, Ed25519PublicKey.from_public_bytes(pubkey)):
            return EnrolRefused(400, "proof")
        if request.gate != token.gate:
            return EnrolRefused(409, "wrong_gate")
        if token.answer is not None:
            if token.pubkey != request.pubkey:
                return EnrolRefused(409, "other_key")
            return replace_struct(token.answer, echo=request.nonce)
        if token.until_ms <= self.now_ms():
            return EnrolRefused(410, "late")
        device = hashlib.sha256(pubkey).hexdigest()[:32]
        self.devices[device] = KnownDevice(device, pubkey, GATE, COMPOUND)
        self.logs[device] = Stored()
        token.pubkey = request.pubkey
        token.answer = EnrolAnswer(
            server=self.server, echo=request.nonce, device=device, gate=GATE, compound=COMPOUND, site=SITE, kid=KID,
            epoch=1, seal_key=base64url.text(bytes(range(32))),
            root_keys=tuple(base64url.text(public(root)) for root in ROOTS),
            key_bundle=base64url.text(self.bundle),
            device_list=base64url.text(devices_bytes(device, pubkey)),
            server_time_ms=self.now_ms(),
        )  # fmt: skip
        return token.answer

    def sync(self, device: KnownDevice, request: SyncRequest) -> SyncAnswer:
        self.requests.append(request)
        log = self.logs[device.id]
        head = Head(device.id, request.epoch, request.head_seq, request.head_hash)
        assert head.holds(request.head_sig, Ed25519PublicKey.from_public_bytes(device.public))
        if request.epoch > log.epoch:
            log.epoch, log.events = request.epoch, []
        if self.can_store:
            for event in request.events:
                seq = json.loads(event.c)["seq"]
                if seq == log.acked[0] + 1:
                    log.events.append((seq, event.c, event.h))
            self.urgent += [event.c for event in request.urgent]
        seq, hash_ = log.acked
        receipt = Receipt(self.server, device.id, log.epoch, seq, hash_, self.now_ms(), self._kid.hex())
        signed = receipt.signed(key(9).sign if self.bad_receipt else self._receipt.sign)
        changes, cursors, more = self._page(request.pull)
        order, self.order_once = self.order_once, None
        return SyncAnswer(
            server=self.server, echo=request.nonce, acked_epoch=log.epoch, acked_seq=seq, acked_hash=hash_,
            receipt=msgspec.convert({**receipt.values(), "sig": signed}, ReceiptText) if seq else None,
            push="ok" if self.can_store else "failed",
            expected_seq=self.expected_seq,
            order=None if order is None else self.order(device.id, **order),
            server_time_ms=self.now_ms(), next_poll_s=self.next_poll_s,
            changes=changes, cursors=cursors, more=more,
        )  # fmt: skip

    def _page(self, pull: dict[str, str]) -> tuple[tuple[Change, ...], dict[str, str], bool]:
        out: list[Change] = []
        cursors: dict[str, str] = {}
        more = False
        for scope, cursor in pull.items():
            rows = self.rows.get(scope, [])
            start = int(cursor.partition(".")[2]) if cursor else 0
            page = rows[start : start + 500]
            out += page
            more = more or start + 500 < len(rows)
            cursors[scope] = f"{self.epoch}.{start + len(page)}"
        return tuple(out), cursors, more

    def withdrawal(self, device: KnownDevice) -> OrderText:
        return self.order(device.id, revoked=True)

    def snapshot(self, compound: str, scope: str) -> PackedSnapshot | None:
        if scope not in {"roster:C01", "revocations", "config:G01"}:
            return None
        rows = self.rows.get(scope, [])
        cursor = f"{self.epoch}.{len(rows)}"
        lines: list[object] = [SnapshotHead(scope=scope, compound=compound, made_at_ms=self.now_ms())]
        lines += [SnapshotRow(e=row.entity, r=row.rev, d=row.row or {}) for row in rows]
        lines.append(SnapshotEnd(count=len(rows), cursor=cursor))
        packed = deflate(b"\n".join(encode(line) for line in lines))
        digest = hashlib.sha256(packed).hexdigest()
        seal = SnapshotSeal(self.server, compound, scope, cursor, digest, self.now_ms(), self._kid.hex())
        signature = {**seal.values(), "sig": seal.signed(self._receipt.sign)}
        return PackedSnapshot(packed, f'"{digest[:16]}"', json.dumps(signature))

    def gate_events(self, gate: str, after: str, limit: int) -> EventsPage | None:
        start = int(after or 0)
        events = [
            GateEvent(device=device, epoch=log.epoch, seq=seq, c=canon, h=hash_)
            for device, log in self.logs.items()
            for seq, canon, hash_ in log.events
        ]
        page = events[start : start + limit]
        return EventsPage(events=tuple(page), cursor=str(start + len(page)), more=start + limit < len(events))


def replace_struct(answer: EnrolAnswer, **changes: Any) -> EnrolAnswer:
    """The answer with some fields changed."""
    return msgspec.structs.replace(answer, **changes)


class Orders:
    """Remembers what the office ordered."""

    def __init__(self) -> None:
        self.withdrawn = 0
        self.settled = 0
        self.nothing_left = False

    @property
    def stopped(self) -> bool:
        return self.withdrawn > 0

    def withdraw(self) -> None:
        self.withdrawn += 1

    def settle(self) -> bool:
        self.settled += 1
        return self.nothing_left


@dataclass(slots=True)
class GateSide:
    """门岗一侧: a gate's outbox with a line to an office."""

    clock: Any  # a clock that tests set, or the real one
    key: Ed25519PrivateKey
    identity: GateIdentity
    store: MemoryStore
    link: Link
    line: Line
    orders: Orders
    online: list[bool]

    def record(self, count: int = 1, *, p1: bool = False) -> None:
        """Record events as the desk does."""
        for number in range(count):
            self.store.append({"value": f"BATTERY {number}", "what": "BATTERY"}, self.clock.wall_ms())
        if p1:
            self.store.append({"case": "c1", "kind": "FEVER", "priority": "P1"}, self.clock.wall_ms())

    @property
    def pending(self) -> int:
        return self.store.sync_state().pending


def office_handle(office: MemoryOffice, **settings: Any) -> Callable[[Request], Answer]:
    """The office's `handle` as the direct transport takes it."""
    line = OfficeLine(office, office.now_ms, b"", **settings)

    def handle(request: Request) -> Answer:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = line.handle(LineRequest(request.method, request.url, headers, request.body))
        return Answer(answer.status, answer.headers, answer.body)

    return handle


def known_gate(
    office: MemoryOffice, clock: Clock, transport: Transport, *, seed: str | None = "gate", url: str = URL
) -> GateSide:
    """A gate that this office knows, with its lists, and a line over this transport; `seed` None: another each time."""
    ids = FreshIds(clock) if seed is None else seeded_ids(clock, seed)
    private = Ed25519PrivateKey.from_private_bytes(ids.random(32))
    device = hashlib.sha256(public(private)).hexdigest()[:32]
    office.devices[device] = KnownDevice(device, public(private), GATE, COMPOUND)
    office.logs.setdefault(device, Stored())
    identity = GateIdentity(device, GATE, COMPOUND, SITE, KID, SERVER, url)
    store = MemoryStore(device)
    store.put_list("key_bundle", NOW_S, office.bundle)
    store.put_list("device_list", NOW_S, devices_bytes(device, public(private)))
    store.append({"why": "NEW"}, clock.wall_ms())
    orders, online = Orders(), [True]
    link = Link(store, transport, clock, ids, identity, tuple(public(root) for root in ROOTS), private.sign, orders)
    return GateSide(clock, private, identity, store, link, Line(link), orders, online)


def direct_gate(
    office: MemoryOffice, clock: SettableClock, handle: Callable[[Request], Answer] | None = None
) -> GateSide:
    """A gate with a direct line to this office."""
    online = [True]
    side = known_gate(office, clock, DirectTransport(handle or office_handle(office), lambda: online[0]))
    side.online = online
    return side
