# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Tablets become gates: a code that works once, within 15 minutes, for one gate (sync-and-store.md 4, trust.md 7)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, select, update

from kiosk.domain.identity import DeviceId, GateId
from kiosk.domain.log.chain import first_hash
from kiosk.domain.register import Compound, Gate
from kiosk.domain.trust.bundle import KeyBundle, read_bundle
from kiosk.domain.trust.statements import EnrolProof
from kiosk.domain.trust.weak import strong_key
from sync.office.ports import OfficeIds
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.service.lists import DEVICE_LIST, KEY_BUNDLE, SignedLists
from sync.office.service.replaced import ReplacedLogs
from sync.office.store.devices import Device, Devices, DeviceState
from sync.office.store.tables import enrol_token
from sync.office.store.upsert import put
from sync.wire import base64url
from sync.wire.limits import ANSWER
from sync.wire.messages import EnrolAnswer, EnrolRequest
from sync.wire.strict import decode, encode

TOKEN_MS = 15 * 60_000
_TOKEN_SIZE = 16


class EnrolFault(StrEnum):
    """登记不成: each with its HTTP status."""

    UNKNOWN = "token_unknown"
    USED = "token_used"
    OTHER_KEY = "token_other_key"
    WRONG_GATE = "wrong_gate"
    BAD_PROOF = "bad_proof"
    NO_KEYS = "no_key_bundle"

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _STATUS[self]


_STATUS = {
    EnrolFault.UNKNOWN: 401,
    EnrolFault.USED: 410,
    EnrolFault.OTHER_KEY: 409,
    EnrolFault.WRONG_GATE: 409,
    EnrolFault.BAD_PROOF: 400,
    EnrolFault.NO_KEYS: 503,
}


@dataclass(frozen=True, slots=True)
class OfficeFace:
    """办公室身份: what every gate pins: server id, root public keys, X25519 public key for carried files."""

    server: str
    roots: Callable[[], tuple[bytes, ...]]
    seal_public: bytes


class Enrolment:
    """登记: codes, claims, withdrawal."""

    def __init__(
        self,
        face: OfficeFace,
        devices: Devices,
        book: RegisterBook,
        lists: SignedLists,
        ids: OfficeIds,
        audit: Audit,
        replaced: ReplacedLogs,
    ) -> None:
        """Take the stores and what a gate is told of the office."""
        self._face = face
        self._devices = devices
        self._book = book
        self._lists = lists
        self._ids = ids
        self._audit = audit
        self._replaced = replaced

    def new_token(self, tx: Connection, gate: GateId, now_ms: int, *, by: str) -> str | None:
        """A fresh token for a gate (32 hex), ending former ones; None without such a gate. Its hash alone is kept."""
        if self._book.register.get(tx, Gate, gate) is None:
            return None
        c = enrol_token.c
        tx.execute(update(enrol_token).where(c.gate_id == gate, c.state == "NEW").values(state="ENDED"))
        token = self._ids.random(_TOKEN_SIZE).hex()
        row = {
            "token_hash": _hash(token), "gate_id": gate, "made_at_ms": now_ms, "expires_at_ms": now_ms + TOKEN_MS,
            "by": by, "state": "NEW", "pubkey": None, "device_id": None, "answer": None,
        }  # fmt: skip
        put(tx, enrol_token, [row])
        self._audit.note(tx, Entry(by, "device.enrol", gate), now_ms)
        return token

    def in_bundle(self, tx: Connection) -> frozenset[GateId]:
        """Gates that the key bundle in force names: the tablet of any other would refuse this office's answer."""
        found = self._lists.get(tx, KEY_BUNDLE)
        bundle = None if found is None else read_bundle(found[1], self._face.roots())
        sites = bundle.sites.values() if isinstance(bundle, KeyBundle) else ()
        return frozenset(gate for site in sites for gate in site.gates)

    def claim(self, tx: Connection, request: EnrolRequest, now_ms: int) -> EnrolAnswer | EnrolFault:
        """Turn a token into a device. The same token and key again give the same answer; another key is an alarm."""
        public = base64url.octets(request.pubkey) or b""
        key = strong_key(public)
        proof = EnrolProof(request.token, request.pubkey, request.nonce)
        if key is None or not proof.holds(request.proof, key):
            return EnrolFault.BAD_PROOF
        c = enrol_token.c
        query = select(enrol_token).where(c.token_hash == _hash(request.token))
        row = tx.execute(query).first()
        if row is None:
            return EnrolFault.UNKNOWN
        if request.gate is not None and request.gate != row.gate_id:
            return EnrolFault.WRONG_GATE
        if row.state != "USED":
            fresh = (c.token_hash == _hash(request.token), c.state == "NEW", c.expires_at_ms >= now_ms)
            claimed = tx.execute(update(enrol_token).where(*fresh).values(state="USED", pubkey=public))
            # another claim may have come in between; which one it was is told apart from a code past its time
            row = row if claimed.rowcount == 1 else tx.execute(query).first()
            if row is None or (claimed.rowcount != 1 and row.state != "USED"):
                return EnrolFault.USED
        if row.state == "USED":
            return self._again(tx, row.pubkey, row.answer, public, request, row.gate_id, now_ms)
        answer = self._enrolled(tx, request, public, GateId(row.gate_id), now_ms)
        if isinstance(answer, EnrolFault):
            return answer
        kept = {"device_id": answer.device, "answer": encode(answer).decode()}
        tx.execute(update(enrol_token).where(c.token_hash == _hash(request.token)).values(kept))
        return answer

    def revoke(self, tx: Connection, device_id: str, now_ms: int, *, by: str, why: str) -> bool:
        """Withdraw a device: refused at its very next request; False if there is none, or it is withdrawn already."""
        device = self._devices.get(tx, device_id)
        if device is None or device.state == DeviceState.REVOKED:
            return False
        self._devices.change(tx, device_id, {"state": DeviceState.REVOKED.value})
        self._lists.publish_devices(tx, now_ms)
        self._audit.note(tx, Entry(by, "device.revoke", device.gate_id, why=why), now_ms)
        return True

    def _enrolled(
        self, tx: Connection, request: EnrolRequest, public: bytes, gate_id: GateId, now_ms: int
    ) -> EnrolAnswer | EnrolFault:
        gate = self._book.register.get(tx, Gate, gate_id)
        compound = None if gate is None else self._book.register.get(tx, Compound, gate.compound)
        bundle = self._lists.get(tx, KEY_BUNDLE)
        if gate is None or compound is None or bundle is None:
            return EnrolFault.NO_KEYS
        for old in self._devices.of_gate(tx, gate_id):
            if old.state == DeviceState.ACTIVE:
                self._devices.change(tx, old.id, {"state": DeviceState.REPLACED.value})
                self._replaced.replaced(tx, old, now_ms)
        device_id = DeviceId(self._ids.new_id())
        device = Device(
            device_id, gate_id, compound.id, compound.site, self._free_kid(tx), public, DeviceState.ACTIVE.value, 1, 0,
            first_hash(device_id, 1), app=request.app, os=request.os, schema=request.schema, enrolled_at_ms=now_ms,
        )  # fmt: skip
        self._devices.add(tx, device)
        devices = self._lists.publish_devices(tx, now_ms)
        return EnrolAnswer(
            server=self._face.server,
            echo=request.nonce,
            device=device_id,
            gate=gate_id,
            compound=compound.id,
            site=compound.site,
            kid=device.kid,
            epoch=1,
            seal_key=base64url.text(self._face.seal_public),
            root_keys=tuple(base64url.text(root) for root in self._face.roots()),
            key_bundle=base64url.text(bundle[1]),
            device_list=base64url.text(devices),
            server_time_ms=now_ms,
        )

    def _again(
        self,
        tx: Connection,
        used_by: bytes | None,
        answer: str | None,
        public: bytes,
        request: EnrolRequest,
        gate: str,
        now_ms: int,
    ) -> EnrolAnswer | EnrolFault:
        if used_by != public or answer is None:
            self._audit.note(tx, Entry("", "device.enrol", gate, refused=True, why="second key for one token"), now_ms)
            return EnrolFault.OTHER_KEY
        same = decode(EnrolAnswer, answer.encode(), ANSWER)
        if not isinstance(same, EnrolAnswer):
            return EnrolFault.USED
        lists = self._lists.get(tx, DEVICE_LIST)
        current = same.device_list if lists is None else base64url.text(lists[1])
        return msgspec.structs.replace(same, echo=request.nonce, server_time_ms=now_ms, device_list=current)

    def _free_kid(self, tx: Connection) -> str:
        taken = {device.kid for device in self._devices.all(tx)}
        while (kid := self._ids.random(2).hex()) in taken:
            pass
        return kid


def _hash(token: str) -> bytes:
    return sha256(bytes.fromhex(token)).digest()
