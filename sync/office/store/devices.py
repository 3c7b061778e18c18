# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Devices, their epochs and receipts: how far each log is held (sync-and-store.md 5, 9)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from kiosk.domain.instants import day_of
from kiosk.domain.log.chain import first_hash
from kiosk.domain.trust.statements import Receipt
from sync.office.store.prepared import Change, Prepared, given
from sync.office.store.tables import device, device_epoch, nonce_seen, receipt
from sync.office.store.upsert import add_new, put, put_if


class DeviceState(StrEnum):
    """设备状态: a replaced or revoked tablet may still bring what it has."""

    ACTIVE = "ACTIVE"
    REPLACED = "REPLACED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class Device:
    """设备: a gate's tablet; `kid` 2 bytes hex; hashes raw. `ordered_epoch`: an epoch it is told to open."""

    id: str
    gate_id: str
    compound_id: str
    site: int
    kid: str
    pubkey: bytes
    state: str
    epoch: int
    acked_seq: int
    acked_hash: bytes
    head_seq: int = 0
    head_hash: str = ""
    last_seen_ms: int | None = None
    offset_ms: int | None = None
    app: str = ""
    os: str = ""
    schema: int = 0
    list_version: int = 0
    """名单修订号: how much of the revocation list it said it has, as a revision of that scope."""
    list_age_s: int | None = None
    oldest_unacked_at_ms: int | None = None
    battery_pct: int | None = None
    free_mb: int | None = None
    enrolled_at_ms: int = 0
    ordered_epoch: int | None = None
    ordered_why: str | None = None
    config_rev: int = 0
    """修订号: how much of its gate's configuration it said it has (sync-and-store.md 6)."""


@dataclass(frozen=True, slots=True)
class Held:
    """已收到: an epoch's highest contiguous event, its hash as sent; `top`: the highest place with anything."""

    epoch: int
    seq: int
    hash: bytes
    closed: bool = False
    top: int = 0


NONCE_KEPT_MS = 600_000
"""How long a nonce is remembered: longer than the window of `created` on both sides."""
_NONCE_OLD = f"nonce_seen.at_ms < excluded.at_ms - {NONCE_KEPT_MS}"
_COLUMNS = [device.c[f.name] for f in fields(Device)]
_e = device_epoch.c
_change = Change(device, "id")
_known = Prepared(select(*_COLUMNS).where(device.c.id == given("id")))
_locked = Prepared(select(*_COLUMNS).where(device.c.id == given("id")).with_for_update())
_held = Prepared(
    select(_e.epoch, _e.acked_seq, _e.acked_hash, _e.closed, _e.top_seq).where(
        _e.device_id == given("device"), _e.epoch == given("epoch")
    )
)
_hold = Prepared(
    update(device_epoch)
    .where(_e.device_id == given("device"), _e.epoch == given("of"))
    .values(acked_seq=given("seq"), acked_hash=given("hash"), top_seq=given("top"))
)
_last_receipt = Prepared(
    select(receipt.c.seq, receipt.c.hash, receipt.c.at_ms, receipt.c.kid, receipt.c.sig)
    .where(receipt.c.device_id == given("device"), receipt.c.epoch == given("epoch"))
    .order_by(receipt.c.seq.desc(), receipt.c.at_ms.desc())
    .limit(1)
)


class Devices:
    """设备库."""

    def add(self, tx: Connection, new: Device) -> None:
        """A newly enrolled tablet with its first epoch; raises `IntegrityError` if the id or kid is taken."""
        tx.execute(insert(device).values({f.name: getattr(new, f.name) for f in fields(Device)}))
        self.open_epoch(tx, new.id, new.epoch, new.enrolled_at_ms)

    def get(self, tx: Connection, device_id: str, *, lock: bool = False) -> Device | None:
        """One device; `lock` holds its row to the end of the transaction (PostgreSQL; SQLite has one writer anyway)."""
        row = (_locked if lock else _known).first(tx, id=device_id)
        return None if row is None else Device(*row)

    def all(self, tx: Connection) -> list[Device]:
        """All devices, by gate."""
        return [
            Device(*row) for row in tx.execute(select(*_COLUMNS).order_by(device.c.gate_id, device.c.enrolled_at_ms))
        ]

    def of_gate(self, tx: Connection, gate: str) -> list[Device]:
        """All devices that a gate ever had, oldest first."""
        query = select(*_COLUMNS).where(device.c.gate_id == gate).order_by(device.c.enrolled_at_ms)
        return [Device(*row) for row in tx.execute(query)]

    def change(self, tx: Connection, device_id: str, values: Mapping[str, Any]) -> None:
        """Set columns of one device."""
        _change(tx, device_id, values)

    def open_epoch(
        self,
        tx: Connection,
        device_id: str,
        epoch: int,
        at_ms: int,
        *,
        parent_epoch: int | None = None,
        parent_seq: int | None = None,
    ) -> Held:
        """Begin an epoch (known ones are left as they are); earlier ones close, and may still be filled."""
        held = Held(epoch, 0, first_hash(device_id, epoch))
        row = {
            "device_id": device_id, "epoch": epoch, "parent_epoch": parent_epoch, "parent_seq": parent_seq,
            "opened_at_ms": at_ms, "closed": 0, "acked_seq": 0, "acked_hash": held.hash, "top_seq": 0,
        }  # fmt: skip
        add_new(tx, device_epoch, [row])
        c = device_epoch.c
        tx.execute(update(device_epoch).where(c.device_id == device_id, c.epoch < epoch).values(closed=1))
        return held

    def held(self, tx: Connection, device_id: str, epoch: int) -> Held | None:
        """How far an epoch is held, or None if the office does not know it."""
        row = _held.first(tx, device=device_id, epoch=epoch)
        if row is None:
            return None
        known_epoch, seq, digest, closed, top = row
        return Held(known_epoch, seq, digest, bool(closed), top)

    def epochs(self, tx: Connection, device_id: str) -> list[Held]:
        """All epochs of a device, in order."""
        c = device_epoch.c
        query = select(c.epoch, c.acked_seq, c.acked_hash, c.closed)
        rows = tx.execute(query.where(c.device_id == device_id).order_by(c.epoch))
        return [Held(row.epoch, row.acked_seq, row.acked_hash, bool(row.closed)) for row in rows]

    def base(self, tx: Connection, device_id: str, epoch: int) -> tuple[int, bytes] | None:
        """Where an epoch's log begins (seq and hash of the last event before it), if its oldest days were dropped."""
        query = select(_e.base_seq, _e.base_hash).where(_e.device_id == device_id, _e.epoch == epoch)
        row = tx.execute(query).first()
        return None if row is None or not row.base_seq else (row.base_seq, row.base_hash)

    def set_base(self, tx: Connection, device_id: str, epoch: int, seq: int, digest: bytes) -> None:
        """The log begins after this event now; it never begins earlier again."""
        where = (_e.device_id == device_id, _e.epoch == epoch, _e.base_seq < seq)
        tx.execute(update(device_epoch).where(*where).values(base_seq=seq, base_hash=digest))

    def hold(self, tx: Connection, device_id: str, held: Held) -> None:
        """Note how far an epoch is held now."""
        _hold(tx, device=device_id, of=held.epoch, seq=held.seq, hash=held.hash, top=held.top)

    def keep_receipt(self, tx: Connection, given: Receipt, sig: str) -> None:
        """Keep a receipt that was given."""
        row = {
            "device_id": given.device, "epoch": given.epoch, "seq": given.seq, "day": day_of(given.at_ms).toordinal(),
            "hash": bytes.fromhex(given.hash), "at_ms": given.at_ms, "kid": given.kid, "sig": sig,
        }  # fmt: skip
        put(tx, receipt, [row])

    def last_receipt(self, tx: Connection, device_id: str, epoch: int, server: str) -> tuple[Receipt, str] | None:
        """The newest receipt of an epoch and its signature."""
        row = _last_receipt.first(tx, device=device_id, epoch=epoch)
        if row is None:
            return None
        seq, digest, at_ms, kid, sig = row
        return Receipt(server, device_id, epoch, seq, digest.hex(), at_ms, kid), sig

    def receipts(self, tx: Connection, device_id: str, epoch: int) -> list[tuple[int, bytes]]:
        """(seq, hash) of every receipt of an epoch, in order."""
        c = receipt.c
        query = select(c.seq, c.hash).where(c.device_id == device_id, c.epoch == epoch).order_by(c.seq)
        return [(row.seq, row.hash) for row in tx.execute(query)]

    def first_use(self, tx: Connection, device_id: str, nonce: str, at_ms: int) -> bool:
        """Whether this nonce was not seen from the device in the last ten minutes; it counts as seen now."""
        row = {"device_id": device_id, "nonce": nonce, "at_ms": at_ms}
        # The row itself decides, also between processes; one that is too old to count is taken over.
        return put_if(tx, nonce_seen, row, _NONCE_OLD)

    def forget_nonces(self, tx: Connection, at_ms: int) -> None:
        """Drop what is too old to matter; the upkeep's, not each request's."""
        tx.execute(nonce_seen.delete().where(nonce_seen.c.at_ms < at_ms - NONCE_KEPT_MS))
