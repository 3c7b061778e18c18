# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Ports: what the gate needs from outside, as Protocols; each has a real adapter, a fake, and one contract suite.

Threads: the desk (GUI thread) and the sync thread both reach the store through its one writer; a commit of the desk
goes ahead of queued pages. Readers of history use connections of their own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.domain.events import Draft, Event
from kiosk.domain.identity import EventId, GateId, PassageId
from kiosk.domain.register import Row


class Clock(Protocol):
    """时钟: wall time is UTC; the monotonic one never goes back within a boot."""

    @property
    def boot(self) -> int:
        """Number of this start of the machine, as the store counts boots."""
        ...

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC, as the machine believes."""
        ...

    def mono_ms(self) -> int:
        """Milliseconds since an arbitrary start, monotonic."""
        ...


class Ids(Protocol):
    """编号: fresh ids and random bytes."""

    def new_id(self) -> str:
        """A UUIDv7 as 32 hex digits; later ones sort later (locality only, never meaning)."""
        ...

    def random(self, count: int) -> bytes:
        """Random bytes for nonces, salts and card ids."""
        ...


class CommitFault(StrEnum):
    """未记录的原因: why a commit did not succeed."""

    DISK_FULL = "DISK_FULL"
    READ_ONLY = "READ_ONLY"
    KEY_STORE = "KEY_STORE"
    BROKEN = "BROKEN"


class CommitFailed(Exception):
    """Nothing of the commit was kept (未记录): the screen says so and asks for the paper sheet."""

    def __init__(self, fault: CommitFault) -> None:
        """Remember which fault it was."""
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class LiveChange:
    """投影变化: a folded document of the gate's present state; `doc` None deletes it. `doc` is canonical JSON text."""

    kind: str
    key: str
    doc: str | None


class GateStore(Protocol):
    """门岗存储: the append-only log, the folded present, and the lists pulled from the office."""

    def commit(self, drafts: Sequence[Draft], fold: Callable[[Event], Iterable[LiveChange]]) -> tuple[Event, ...]:
        """Append the drafts and their folded changes in one durable transaction, and return them placed.

        `fold` is called inside the transaction, in order, with each placed event. Raises `CommitFailed`: then nothing
        was written and the log's head is as before.
        """
        ...

    def live(self) -> Iterator[LiveChange]:
        """All folded documents, as at the last commit."""
        ...

    def head(self) -> tuple[int, str]:
        """The newest seq (0: none) and its hash in hex."""
        ...

    def newest_at_ms(self) -> int | None:
        """Wall time of the newest stored event."""
        ...

    def events_of_passage(self, passage: PassageId) -> tuple[Event, ...]:
        """All events of one passage, in order."""
        ...

    def events(self, after_seq: int = 0, limit: int | None = None) -> Iterator[Event]:
        """Events in order of seq."""
        ...

    def personal(self, event_id: EventId) -> Mapping[str, object] | None:
        """The opened personal part of an event; None where there is none, it was purged or cannot be opened."""
        ...

    def rows(self) -> Iterator[Row]:
        """All register rows as last pulled (persons, passes, policies ...), opened."""
        ...

    def rows_changed_since(self, mark: int) -> tuple[int, tuple[tuple[str, str, Row | None], ...]]:
        """Rows put (or deleted: None) by pulls after `mark`, as (entity, key, row), and the new mark."""
        ...


class PulledLists(Protocol):
    """已下载的名单: the signed lists in force at this gate, as bytes, and what is known about their age."""

    def key_bundle(self) -> bytes | None:
        """The key bundle in force (COSE)."""
        ...

    def device_list(self) -> bytes | None:
        """The device list in force (COSE)."""
        ...

    def revocations(self) -> bytes | None:
        """The revocation snapshot as stored (canonical payload), checked against its hash at start."""
        ...

    def list_made_at_ms(self) -> int | None:
        """`made_at` of the gate list: office time of the newest page of the roster scope that was applied in full."""
        ...


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """同步状态: what people see of the line to the office (sync-and-store.md section 8)."""

    pending: int
    oldest_pending_at_ms: int | None = None
    online: bool = False
    last_ok_ms: int | None = None
    next_try_ms: int | None = None
    offset_ms: int | None = None
    last_error: str | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class GateIdentity:
    """本机: what enrolment told this tablet. `key_id` is the 2-byte kid in hex; `demo` marks every screen 演示."""

    device: str
    gate: GateId
    compound: str
    site: int
    key_id: str
    server: str
    url: str
    demo: bool = False
    practice: bool = False


class PinVerdict(StrEnum):
    """PIN 结果: what the PIN check said."""

    RIGHT = "RIGHT"
    WRONG = "WRONG"
    WAIT = "WAIT"
    LOCKED = "LOCKED"
    UNKEPT = "UNKEPT"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """待发事件: one event as the wire takes it: canonical text, hash, and the opened personal part with its salt."""

    epoch: int
    seq: int
    canon: str
    hash: str
    prev: str
    at_ms: int
    personal: Mapping[str, object] | None = None
    salt: str | None = None


@dataclass(frozen=True, slots=True)
class SyncState:
    """同步进度: what the store keeps of the talk with the office, over restarts."""

    epoch: int
    head_seq: int
    head_hash: str
    acked_seq: int
    acked_hash: str
    server: str | None
    server_epoch: str | None
    cursors: Mapping[str, str]
    failures: int
    not_before_ms: int
    last_ok_ms: int | None
    offset_ms: int | None
    last_error: str | None
    pending: int
    oldest_pending_at_ms: int | None


@dataclass(frozen=True, slots=True)
class RowChange:
    """名单变化: one pulled change; `row` None is a deletion (the tombstone keeps `rev`)."""

    scope: str
    entity: str
    key: str
    rev: int
    row: Row | None


class SyncStore(Protocol):
    """同步存储: the outbox and the pulled lists, as the sync thread uses them; each call is its own transaction."""

    def sync_state(self) -> SyncState:
        """Progress, cursors and back-off as stored; `pending` counts over all epochs."""
        ...

    def outgoing(self, after_seq: int, limit: int, max_bytes: int) -> tuple[Outgoing, ...]:
        """Unacknowledged events in order, without a gap (of the oldest epoch that has any)."""
        ...

    def urgent(self, limit: int) -> tuple[Outgoing, ...]:
        """P1 cases (their `case` and `case.step` events) and `remote.approval` from behind the first batch."""
        ...

    def acknowledge(self, epoch: int, seq: int, hash_hex: str, receipt: Mapping[str, object]) -> bool:
        """Store `acked_seq` and the office's receipt in one transaction; never goes back within a server epoch.

        False, with nothing stored, if the log has no such event or another hash there: the office knows another log.
        """
        ...

    def put_present(self, changes: Sequence[LiveChange]) -> None:
        """Put the present of a gate whose tablet this one replaces; not once this log has a second event."""
        ...

    def pass_over(self, epoch: int, seq: int) -> None:
        """Events of a closed epoch up to `seq` were taken, as told or into quarantine, by an office that knows another
        log there: they are not sent again.
        """
        ...

    def open_epoch(self, at_least: int, why: str) -> int:
        """Close the log and open a new epoch (OFFICE_ORDER, RESTORED) if the open one is older; the number it got."""
        ...

    def apply_page(
        self,
        changes: Sequence[RowChange],
        cursors: Mapping[str, str],
        made_at_ms: int | None,
    ) -> None:
        """Apply a page of rows and its cursors in one transaction; a row with a `rev` not newer is left alone."""
        ...

    def replace_scope(self, scope: str, rows: Iterator[RowChange], cursor: str, made_at_ms: int) -> None:
        """Load a snapshot into staging and switch the scope to it in one transaction."""
        ...

    def put_list(self, name: str, version: int, data: bytes) -> None:
        """Keep a signed list (`key_bundle`, `device_list`, `revocations`) that was accepted by the trust rules."""
        ...

    def note_attempt(self, kind: str, status: int, sent: int, acked: int, ms: int, error: str | None) -> None:
        """Keep what an attempt came to (ring of 500)."""
        ...

    def set_backoff(self, failures: int, not_before_ms: int, last_error: str | None) -> None:
        """Store the back-off, so that a restart does not storm."""
        ...

    def set_server(self, server: str, server_epoch: str, offset_ms: int | None, last_ok_ms: int | None) -> None:
        """Store who answered; a new server epoch drops all cursors, lets `acked_seq` go back and offers earlier epochs
        again.
        """
        ...
