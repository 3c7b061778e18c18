# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the line asks of the office's use cases, as a port: everything below HTTP (sync-and-store.md 4 to 6)."""

from dataclasses import dataclass
from typing import Protocol

from sync.wire.messages import EnrolAnswer, EnrolRequest, EventsPage, Health, OrderText, SyncAnswer, SyncRequest


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """已知设备: what a request's keyid stands for; `public` 32 bytes."""

    id: str
    public: bytes
    gate: str
    compound: str
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class EnrolRefused:
    """被拒: a use case's refusal: HTTP status, and the code that the gate's screen turns into words."""

    status: int
    error: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """已停用: the device was withdrawn, also while its request was under way; the signed order goes with it (403)."""

    order: OrderText


@dataclass(frozen=True, slots=True)
class PackedSnapshot:
    """快照文件: gzip bytes, their ETag, and `SnapshotSignature` as JSON text."""

    packed: bytes
    etag: str
    signature: str


class LineService(Protocol):
    """办公室用例: each call is its own transaction."""

    def health(self) -> Health:
        """Server id, epoch, versions, office time, and whether it can commit."""
        ...

    def known_device(self, device: str) -> KnownDevice | None:
        """The device of a keyid; None if no such device was ever enrolled."""
        ...

    def take_nonce(self, device: str, nonce: str) -> bool:
        """Note a nonce; False if this device used it within 10 minutes."""
        ...

    def enrol(self, request: EnrolRequest) -> EnrolAnswer | EnrolRefused:
        """Claim a token atomically; the same token and key again: the same answer."""
        ...

    def sync(self, device: KnownDevice, request: SyncRequest) -> SyncAnswer | Withdrawn:
        """Take events in, give changes out; the answer is made after the commit."""
        ...

    def withdrawal(self, device: KnownDevice) -> OrderText:
        """The signed order of a revoked device."""
        ...

    def snapshot(self, compound: str, scope: str) -> PackedSnapshot | None:
        """A scope's snapshot as last built, or None if there is no such scope."""
        ...

    def gate_events(self, gate: str, after: str, limit: int) -> EventsPage | None:
        """Events of a gate after a cursor; None for a cursor that is none."""
        ...
