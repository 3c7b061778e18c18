# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The messages of the wire as structs (sync-and-store.md 4). Times `_ms`; ids, hashes lower-case hex; keys base64url.

Fields at their default are not sent. A struct says what a field must be; what it means stands in the design.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from kiosk.domain.passes.serials import serial_of
from kiosk.domain.register import PassRow

Hex16 = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
B16 = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{22}$")]
B32 = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}$")]
B64 = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{86}$")]
Short = Annotated[str, Meta(max_length=64)]
Code = Annotated[str, Meta(max_length=64)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Seq = Annotated[int, Meta(ge=1, le=2**53)]


class Message(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """报文: base of all messages; unknown keys are ignored."""


class EnrolRequest(Message, frozen=True):
    """登记请求: `gate` as the code on the QR says; `proof` is `EnrolProof` over token, pubkey and nonce."""

    proto: int
    token: Hex16
    pubkey: B32
    nonce: B16
    proof: B64
    app: Short
    os: Short
    schema: int
    gate: Short | None = None


class EnrolAnswer(Message, frozen=True):
    """登记应答 (201): `kid` 2 bytes hex; keys and lists base64url."""

    server: Hex16
    echo: B16
    device: Hex16
    gate: Short
    compound: Short
    site: int
    kid: str
    epoch: int
    seal_key: B32
    root_keys: tuple[str, ...]
    key_bundle: str
    device_list: str
    server_time_ms: int


class Personal(Message, frozen=True):
    """个人信息部分: canonical JSON text and its salt (32 bytes hex)."""

    salt: Hash
    c: str


class WireEvent(Message, frozen=True):
    """事件: canonical text, hash, and the personal part if there is one and it was not purged."""

    c: str
    h: Hash
    p: Personal | None = None


class UrgentEvent(Message, frozen=True):
    """急件: an event from behind the backlog, with the hash before it."""

    c: str
    h: Hash
    prev: Hash
    p: Personal | None = None


class SyncRequest(Message, frozen=True):
    """同步请求: `base` is the hash before the first event; `pull` scope -> cursor ("" from the start)."""

    proto: int
    schema: int
    app: Short
    device: Hex16
    epoch: Count
    nonce: B16
    sent_at_ms: int
    mono_ms: int = 0
    boot: str = ""
    head_seq: Count = 0
    head_hash: str = ""
    head_sig: str = ""
    oldest_unacked_at_ms: int | None = None
    list_age_s: int | None = None
    battery_pct: int | None = None
    free_mb: int | None = None
    base: str = ""
    events: tuple[WireEvent, ...] = ()
    urgent: tuple[UrgentEvent, ...] = ()
    pull: dict[str, str] = field(default_factory=dict)


class ReceiptText(Message, frozen=True):
    """回执: `kiosk.domain.trust.statements.Receipt` with its signature."""

    server: str
    device: str
    epoch: int
    seq: int
    hash: str
    at_ms: int
    kid: str
    sig: str


class Note(Message, frozen=True):
    """附注: what became of an event that was acknowledged but not taken as told."""

    seq: int
    id: str
    code: Code


class OrderText(Message, frozen=True):
    """设备指令: exactly one of `new_epoch` (with `why`), `resnapshot` (scopes), `revoked`; `sig` over the others."""

    at_ms: int
    kid: str
    sig: str
    new_epoch: int | None = None
    why: str | None = None
    resnapshot: tuple[str, ...] = ()
    revoked: bool = False

    def body(self) -> dict[str, Any]:
        """What is signed as the order."""
        return order_body(new_epoch=self.new_epoch, why=self.why, resnapshot=self.resnapshot, revoked=self.revoked)


def order_body(
    *, new_epoch: int | None = None, why: str | None = None, resnapshot: tuple[str, ...] = (), revoked: bool = False
) -> dict[str, Any]:
    """The `order` mapping of the signed statement, on both sides made by this function."""
    out: dict[str, Any] = {}
    if new_epoch is not None:
        out["new_epoch"] = new_epoch
    if why is not None:
        out["why"] = why
    if resnapshot:
        out["resnapshot"] = list(resnapshot)
    if revoked:
        out["revoked"] = True
    return out


class Change(Message, frozen=True):
    """变化: one row put or deleted; `key` is `kiosk.domain.register.row_key`, `row` the row's JSON (put)."""

    scope: str
    op: str
    entity: str
    key: str
    rev: int
    row: dict[str, Any] | None = None


class SyncAnswer(Message, frozen=True):
    """同步应答 (201): `push` "ok" or "failed"; `cursors` only of scopes that moved or were asked."""

    server: Hex16
    echo: str
    acked_epoch: int
    acked_seq: int
    acked_hash: str
    server_time_ms: int
    push: str = "ok"
    receipt: ReceiptText | None = None
    expected_seq: int | None = None
    notes: tuple[Note, ...] = ()
    order: OrderText | None = None
    next_poll_s: int = 10
    changes: tuple[Change, ...] = ()
    cursors: dict[str, str] = field(default_factory=dict)
    more: bool = False


class SignedList(Message, frozen=True):
    """签名名单: the row of entity `signed_list`. `name` revocations, key_bundle or device_list; `data` COSE, base64url.

    `form`: "whole" or "delta" (revocations only). The row's key is the name.
    """

    name: str
    version: int
    data: str
    form: str = "whole"


SIGNED_LIST = "signed_list"
"""Entity name of `SignedList` rows."""


class GateEvent(Message, frozen=True):
    """已存事件: an event of a gate as the office holds it, for a tablet that replaces another."""

    device: str
    epoch: int
    seq: int
    c: str
    h: Hash
    p: Personal | None = None


class EventsPage(Message, frozen=True):
    """事件页: `cursor` goes into the next `after`."""

    events: tuple[GateEvent, ...]
    cursor: str
    more: bool = False


class Health(Message, frozen=True):
    """健康: never an acknowledgement."""

    server: str
    epoch: int
    proto_min: int
    proto_max: int
    server_time_ms: int
    ready: bool


class ErrorText(Message, frozen=True):
    """错误: `error` code, path, limit; never the input. `order` with 403 of a revoked device, and a 409 `epoch`."""

    error: str
    field: str = ""
    limit: int | None = None
    order: OrderText | None = None
    proto_min: int | None = None
    proto_max: int | None = None


class EnrolCode(Message, frozen=True):
    """登记码: what the enrolment QR holds; `ca` is SHA-256 of the CA certificate (hex)."""

    v: int
    url: str
    token: Hex16
    ca: Hash
    gate: Short


class SnapshotHead(Message, frozen=True, tag="head", tag_field="t"):
    """快照首行."""

    scope: str
    compound: str
    made_at_ms: int


class SnapshotRow(Message, frozen=True, tag="row", tag_field="t"):
    """快照行: short names, one line per row; the key is `row_key` of the row."""

    e: str
    r: int
    d: dict[str, Any]


class SnapshotEnd(Message, frozen=True, tag="end", tag_field="t"):
    """快照末行: how many rows, and the cursor to go on from."""

    count: int
    cursor: str


SnapshotLine = SnapshotHead | SnapshotRow | SnapshotEnd
SNAPSHOT_SIGNATURE_HEADER = "gatehouse-snapshot"
"""Header of a snapshot's answer: JSON of `SnapshotSignature`."""


class SnapshotSignature(Message, frozen=True):
    """快照签名: fields of `SnapshotSeal` (server, compound and scope are known) with `sig`; sha256 of the gzip."""

    cursor: str
    sha256: Hash
    at_ms: int
    kid: str
    sig: str


_snapshot_line: msgspec.json.Decoder[SnapshotLine] = msgspec.json.Decoder(SnapshotLine)


def read_snapshot_line(line: bytes) -> SnapshotLine | None:
    """One line of a snapshot, or None if it is none."""
    try:
        read = _snapshot_line.decode(line)
        if isinstance(read, SnapshotRow) and read.e == PassRow.ENTITY:
            # A serial follows from the card's id; the snapshot does not carry what can be computed.
            read.d.setdefault("serial", serial_of(bytes.fromhex(read.d["id"])))
    except (msgspec.DecodeError, KeyError, ValueError, TypeError):
        return None
    return read
