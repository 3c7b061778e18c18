# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a gate has not heard yet, in pages of at most 500 rows and 256 KiB over all its scopes (sync-and-store.md 6)."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from kiosk.domain.codec import to_json
from kiosk.domain.identity import CompoundId, GateId
from kiosk.domain.register import ENTITIES
from sync.office.service.cursors import Cursor, parse_cursor
from sync.office.service.lists import SignedLists
from sync.office.service.revocations import NAME, Revocations
from sync.office.store.changes import DELETE, PUT, ChangeLog, Logged
from sync.office.store.devices import Device
from sync.office.store.register import Register
from sync.wire import base64url, scopes
from sync.wire.limits import PAGE_BYTES, PAGE_ROWS
from sync.wire.messages import SIGNED_LIST, Change
from sync.wire.scopes import ScopeKind, parse_scope
from sync.wire.strict import encode

# What takes a right away comes first; whatever the page has no room for comes with the next.
_ORDER = (ScopeKind.REVOCATIONS, ScopeKind.WORK, ScopeKind.CONFIG, ScopeKind.SIGHTINGS, ScopeKind.ROSTER)


@dataclass(frozen=True, slots=True)
class Pulled:
    """下发: a page; `resnapshot`: scopes that are to be loaded whole."""

    changes: tuple[Change, ...] = ()
    cursors: dict[str, str] = field(default_factory=dict)
    more: bool = False
    resnapshot: tuple[str, ...] = ()


@dataclass(slots=True)
class _Page:
    changes: list[Change] = field(default_factory=list)
    size: int = 0

    def room(self) -> int:
        return PAGE_ROWS - len(self.changes)

    def take(self, change: Change) -> bool:
        size = len(encode(change)) + 1
        if self.changes and (self.size + size > PAGE_BYTES or not self.room()):
            return False
        self.changes.append(change)
        self.size += size
        return True


class Pull:
    """下发: the same for the line, a carried reply and a replay."""

    def __init__(
        self, changes: ChangeLog, register: Register, revocations: Revocations, lists: SignedLists, epoch: int
    ) -> None:
        """Take the stores and the server's epoch."""
        self._changes = changes
        self._register = register
        self._revocations = revocations
        self._lists = lists
        self.epoch = epoch

    def page(self, tx: Connection, device: Device, asked: Mapping[str, str]) -> Pulled | None:
        """The next page of the scopes asked for (scope -> cursor); None if one of them is not this gate's."""
        mine = set(scopes.gate_scopes(GateId(device.gate_id), CompoundId(device.compound_id)))
        if not mine.issuperset(asked):
            return None
        page, cursors, whole, more = _Page(), {}, [], False
        for scope in sorted(asked, key=_turn):
            cursor = parse_cursor(asked[scope])
            if self._whole_needed(tx, scope, asked[scope], cursor):
                whole.append(scope)
                continue
            start = 0 if cursor is None else cursor.rev
            if scope == scopes.revocations():
                reached, left = self._revoked(tx, page, start)
            else:
                reached, left = self._scope(tx, page, scope, start, device.gate_id)
            cursors[scope] = str(Cursor(self.epoch, reached))
            more = more or left
        return Pulled(tuple(page.changes), cursors, more, tuple(whole))

    def rows(self, tx: Connection, scope: str, logged: Sequence[Logged]) -> list[Change]:
        """The changes as they stand now: a row that is gone meanwhile is a deletion."""
        wanted: dict[str, list[str]] = defaultdict(list)
        for entry in logged:
            if entry.changed.op == PUT and entry.changed.doc is None and entry.changed.entity in ENTITIES:
                wanted[entry.changed.entity].append(entry.changed.key)
        found = {entity: self._register.many(tx, entity, keys) for entity, keys in wanted.items()}
        return [self._change(tx, scope, entry, found) for entry in logged]

    def list_row(self, name: str, version: int, data: bytes, form: str = "whole") -> dict[str, object]:
        """A signed list as a row."""
        return {"name": name, "version": version, "data": base64url.text(data), "form": form}

    def _whole_needed(self, tx: Connection, scope: str, text: str, cursor: Cursor | None) -> bool:
        """Another server epoch, or so much from the start that a snapshot is cheaper than pages."""
        if text and (cursor is None or cursor.epoch != self.epoch or cursor.rev > self._changes.rev(tx, scope)):
            return True
        if scope == scopes.revocations():
            whole = self._revocations.whole(tx)
            return not text and whole is not None and len(whole[1]) * 4 // 3 > PAGE_BYTES // 2
        return not text and self._changes.count_since(tx, scope, 0) > PAGE_ROWS

    def _scope(self, tx: Connection, page: _Page, scope: str, start: int, gate: str) -> tuple[int, bool]:
        """Add a scope's changes; how far it went, and whether something is left."""
        if not page.room():
            return start, self._changes.rev(tx, scope) > start
        logged = self._changes.since(tx, scope, start, page.room())
        reached = start
        for entry, change in zip(logged, self.rows(tx, scope, logged), strict=True):
            if entry.changed.origin != gate and not page.take(change):
                return reached, True
            reached = entry.rev
        return reached, self._changes.rev(tx, scope) > reached

    def _revoked(self, tx: Connection, page: _Page, start: int) -> tuple[int, bool]:
        scope = scopes.revocations()
        now = self._changes.rev(tx, scope)
        if now == start:
            return start, False
        whole = self._revocations.whole(tx)
        deltas = self._revocations.deltas(tx, start) if start else []
        linked = len(deltas) == now - start and sum(len(data) for _, _, _, data in deltas) < len(
            whole[1] if whole else b""
        )
        if not linked and whole is not None:
            row = self.list_row(NAME, *whole)
            taken = page.take(Change(scope=scope, op=PUT, entity=SIGNED_LIST, key=NAME, rev=now, row=row))
            return (now, False) if taken else (start, True)
        reached = start
        for rev, _, version, data in deltas:
            row = self.list_row(NAME, version, data, "delta")
            if not page.take(Change(scope=scope, op=PUT, entity=SIGNED_LIST, key=NAME, rev=rev, row=row)):
                return reached, True
            reached = rev
        return reached, False

    def _change(self, tx: Connection, scope: str, entry: Logged, found: Mapping[str, Mapping[str, object]]) -> Change:
        changed = entry.changed
        row = None
        if changed.op == PUT:
            if changed.doc is not None:
                row = dict(json.loads(changed.doc))
            elif changed.entity == SIGNED_LIST:
                held = self._lists.get(tx, changed.key)
                row = None if held is None else self.list_row(changed.key, *held)
            else:
                stored = found[changed.entity].get(changed.key)
                row = None if stored is None else to_json(stored)
        op = DELETE if row is None else PUT
        return Change(scope=scope, op=op, entity=changed.entity, key=changed.key, rev=entry.rev, row=row)


def _turn(scope: str) -> tuple[int, str]:
    parsed = parse_scope(scope)
    return (_ORDER.index(parsed.kind) if parsed is not None else len(_ORDER)), scope
