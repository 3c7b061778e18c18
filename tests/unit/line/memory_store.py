# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's outbox and lists in memory: `SyncStore` and `PulledLists` as the line sees them, without a disk."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from kiosk.app.ports import LiveChange, Outgoing, RowChange, SyncState
from kiosk.domain.log.chain import first_hash, next_hash
from kiosk.domain.register import Row


class MemoryStore:
    """One epoch's events with their chain, rows by scope, lists by name."""

    def __init__(self, device: str, epoch: int = 1) -> None:
        self.device, self.epoch = device, epoch
        self.log: list[Outgoing] = []
        self.acked = (0, "")
        self.server: tuple[str | None, str | None] = (None, None)
        self.cursors: dict[str, str] = {}
        self.backoff: tuple[int, int, str | None] = (0, 0, None)
        self.times: tuple[int | None, int | None] = (None, None)
        self.held: dict[str, tuple[int, bytes]] = {}
        self.register: dict[str, dict[tuple[str, str], tuple[int, Row | None]]] = {}
        self.made_at: int | None = None
        self.attempts: list[tuple[str, int, int, int, str | None]] = []
        self.receipts: list[Mapping[str, object]] = []
        self.may_go_back = False
        self.opened: list[tuple[int, str]] = []
        self.passed: list[tuple[int, int]] = []
        self.present: tuple[LiveChange, ...] = ()

    def append(self, body: dict[str, object], at_ms: int, personal: Mapping[str, object] | None = None) -> None:
        """Record an event of this body."""
        seq = len(self.log) + 1
        canon = json.dumps(
            {"at": at_ms, "body": body, "id": f"{seq:032x}", "seq": seq}, sort_keys=True, separators=(",", ":")
        )
        prev = bytes.fromhex(self.log[-1].hash) if self.log else first_hash(self.device, self.epoch)
        hash_ = next_hash(prev, canon.encode()).hex()
        salt = None if personal is None else sha256(canon.encode()).hexdigest()
        self.log.append(Outgoing(self.epoch, seq, canon, hash_, prev.hex(), at_ms, personal, salt))

    # -------------------------------------------------------------------------------------------------- SyncStore

    def sync_state(self) -> SyncState:
        head = self.log[-1] if self.log else None
        waiting = self.log[self.acked[0] :]
        failures, not_before, error = self.backoff
        return SyncState(
            self.epoch, head.seq if head else 0, head.hash if head else "", *self.acked, *self.server,
            dict(self.cursors), failures, not_before, self.times[1], self.times[0], error, len(waiting),
            waiting[0].at_ms if waiting else None,
        )  # fmt: skip

    def outgoing(self, after_seq: int, limit: int, max_bytes: int) -> tuple[Outgoing, ...]:
        out: list[Outgoing] = []
        for event in self.log[after_seq : after_seq + limit]:
            max_bytes -= len(event.canon)
            if out and max_bytes < 0:
                break
            out.append(event)
        return tuple(out)

    def urgent(self, limit: int) -> tuple[Outgoing, ...]:
        behind = self.log[self.acked[0] + 200 :]
        return tuple(event for event in behind if '"priority":"P1"' in event.canon)[:limit]

    def acknowledge(self, epoch: int, seq: int, hash_hex: str, receipt: Mapping[str, object]) -> bool:
        known = epoch == self.epoch and seq <= len(self.log) and (seq == 0 or self.log[seq - 1].hash == hash_hex)
        if known and (seq >= self.acked[0] or self.may_go_back):
            self.acked = (seq, hash_hex)
            self.may_go_back = False
            self.receipts.append(receipt)
        return known

    def put_present(self, changes: Sequence[LiveChange]) -> None:
        self.present = tuple(changes)

    def pass_over(self, epoch: int, seq: int) -> None:
        self.passed.append((epoch, seq))

    def open_epoch(self, at_least: int, why: str) -> int:
        if at_least > self.epoch:
            self.opened.append((at_least, why))
            self.epoch, self.log, self.acked = at_least, [], (0, "")
            self.append({"why": why}, 0)
        return self.epoch

    def apply_page(self, changes: Sequence[RowChange], cursors: Mapping[str, str], made_at_ms: int | None) -> None:
        for change in changes:
            scope = self.register.setdefault(change.scope, {})
            name = (change.entity, change.key)
            if name not in scope or scope[name][0] < change.rev:
                scope[name] = (change.rev, change.row)
        self.cursors.update(cursors)
        self.made_at = max(self.made_at or 0, made_at_ms) if made_at_ms is not None else self.made_at

    def replace_scope(self, scope: str, rows: Iterator[RowChange], cursor: str, made_at_ms: int) -> None:
        self.register[scope] = {(row.entity, row.key): (row.rev, row.row) for row in rows}
        self.cursors[scope] = cursor
        self.made_at = max(self.made_at or 0, made_at_ms)

    def put_list(self, name: str, version: int, data: bytes) -> None:
        self.held[name] = (version, data)

    def note_attempt(self, kind: str, status: int, sent: int, acked: int, ms: int, error: str | None) -> None:
        self.attempts.append((kind, status, sent, acked, error))

    def set_backoff(self, failures: int, not_before_ms: int, last_error: str | None) -> None:
        self.backoff = (failures, not_before_ms, last_error)

    def set_server(self, server: str, server_epoch: str, offset_ms: int | None, last_ok_ms: int | None) -> None:
        if self.server not in {(None, None), (server, server_epoch)}:
            self.cursors.clear()
            self.may_go_back = True
        self.server = (server, server_epoch)
        self.times = (offset_ms if offset_ms is not None else self.times[0], last_ok_ms or self.times[1])

    # ------------------------------------------------------------------------------------------------ PulledLists

    def key_bundle(self) -> bytes | None:
        return self._list("key_bundle")

    def device_list(self) -> bytes | None:
        return self._list("device_list")

    def revocations(self) -> bytes | None:
        return self._list("revocations")

    def list_made_at_ms(self) -> int | None:
        return self.made_at

    def _list(self, name: str) -> bytes | None:
        found = self.held.get(name)
        return None if found is None else found[1]

    # ---------------------------------------------------------------------------------------------------- for tests

    def rows(self) -> list[Row]:
        """All rows in force."""
        return [row for scope in self.register.values() for _, row in scope.values() if row is not None]
