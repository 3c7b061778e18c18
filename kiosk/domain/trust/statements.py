# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Signed statements (签名声明): receipts, orders, log heads and the other things signed as canonical JSON.

Signed bytes = ASCII prefix | 0x00 | canonical JSON of the named fields, `sig` left out (trust.md section 5). The prefix
keeps one kind from standing for another; all begin with "GH-", no COSE structure and no HTTP signature base does.
Text forms of ids, hashes, keys are those of the message that carries them; the signature is base64url without padding.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.log.canonical import canonical_bytes
from kiosk.domain.trust.envelope import SIGNATURE_SIZE, Sign

STATEMENT_LIMIT = 65_536
_SIGNATURE_TEXT_SIZE = 86
Json: TypeAlias = "int | str | bool | list[Json] | Mapping[str, Json]"


def canonical_json(value: Mapping[str, Json]) -> bytes:
    """Canonical JSON (规范 JSON) of an object, the same form as an event's bytes (sync-and-store.md section 2).

    Raises `ValueError` for floats, nulls, integers beyond 2^53, other types, lone surrogates, or more than 64 KiB.
    """
    return canonical_bytes(dict(value), STATEMENT_LIMIT)


def signed_bytes(prefix: str, values: Mapping[str, Json]) -> bytes:
    """The bytes under a statement's signature (待签字节)."""
    return prefix.encode("ascii") + b"\x00" + canonical_json(values)


@dataclass(frozen=True, slots=True)
class Statement:
    """签名声明: base of the kinds below; a field's name in JSON is its name here without a trailing underscore."""

    PREFIX: ClassVar[str]

    def values(self) -> dict[str, Json]:
        """The named fields (字段), as they are signed."""
        return {item.name.rstrip("_"): getattr(self, item.name) for item in fields(self)}

    def to_sign(self) -> bytes:
        """The bytes to sign (待签字节)."""
        return signed_bytes(self.PREFIX, self.values())

    def signed(self, sign: Sign) -> str:
        """The signature (签名) as base64url text of 86 characters."""
        return urlsafe_b64encode(sign(self.to_sign())).rstrip(b"=").decode()

    def holds(self, signature: str, key: Ed25519PublicKey) -> bool:
        """Whether the signature is this key's over these fields (验签); False too for a text that is no signature."""
        raw = signature_bytes(signature)
        if raw is None:
            return False
        try:
            key.verify(raw, self.to_sign())
        except InvalidSignature:
            return False
        return True


def signature_bytes(text: str) -> bytes | None:
    """The 64 bytes of a signature's text (签名字节), or None if it is not exactly one canonical base64url text."""
    if len(text) != _SIGNATURE_TEXT_SIZE or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "==")
    except binascii.Error:
        return None
    # The decoder skips foreign characters and ignores spare bits; one signature has one text.
    return raw if len(raw) == SIGNATURE_SIZE and urlsafe_b64encode(raw).rstrip(b"=").decode() == text else None


@dataclass(frozen=True, slots=True)
class EnrolProof(Statement):
    """登记证明: the tablet holds the key it asks to enrol (signed by the device)."""

    PREFIX: ClassVar[str] = "GH-ENR1"
    token: str
    pubkey: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Head(Statement):
    """日志链头: last sequence number and hash of a gate's log (signed by the device)."""

    PREFIX: ClassVar[str] = "GH-HEAD1"
    device: str
    epoch: int
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class LogSeal(Statement):
    """日志封签: what a carried log file holds (signed by the device)."""

    PREFIX: ClassVar[str] = "GH-LOG1"
    device: str
    epoch: int
    from_: int
    to: int
    count: int
    sha256: str
    hash: str


@dataclass(frozen=True, slots=True)
class Receipt(Statement):
    """回执: the office holds a gate's log up to this row (signed by the RECEIPT key)."""

    PREFIX: ClassVar[str] = "GH-RCPT1"
    server: str
    device: str
    epoch: int
    seq: int
    hash: str
    at_ms: int
    kid: str


@dataclass(frozen=True, slots=True)
class Order(Statement):
    """设备指令: a new epoch, a new snapshot, or withdrawal, for one device (signed by the RECEIPT key)."""

    PREFIX: ClassVar[str] = "GH-ORD1"
    server: str
    device: str
    order: Mapping[str, Json]
    at_ms: int
    kid: str


@dataclass(frozen=True, slots=True)
class SnapshotSeal(Statement):
    """快照封签: hash and cursor of a compound's snapshot (signed by the RECEIPT key)."""

    PREFIX: ClassVar[str] = "GH-SNAP1"
    server: str
    compound: str
    scope: str
    cursor: str
    sha256: str
    at_ms: int
    kid: str


@dataclass(frozen=True, slots=True)
class ReplySeal(Statement):
    """回件封签: hash of a carried reply for one device (signed by the RECEIPT key)."""

    PREFIX: ClassVar[str] = "GH-RPLY1"
    server: str
    device: str
    sha256: str
    at_ms: int
    kid: str
