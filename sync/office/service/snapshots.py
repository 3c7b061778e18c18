# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A scope as a whole: built once for each revision, kept packed, the same bytes for everyone (sync-and-store.md 6)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from kiosk.domain.passes.serials import serial_of
from sync.office.service.cursors import Cursor
from sync.office.service.pull import Pull
from sync.office.store.changes import PUT, ChangeLog
from sync.office.store.tables import snapshot
from sync.office.store.upsert import put
from sync.office.store.vault import Vault
from sync.wire.lines import packed_lines
from sync.wire.messages import SnapshotEnd, SnapshotHead, SnapshotRow
from sync.wire.strict import encode

_BEST = 9
_PART = 500
# Households stand together: what repeats lies close, and the packer finds it.
_ENTITY_ORDER = ("dwelling", "person", "pass", "isolation", "permit", "operator")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """快照: gzip lines; `etag` names exactly these bytes, `cursor` is where pulling goes on."""

    scope: str
    etag: str
    data: bytes
    cursor: str
    made_at_ms: int


class Snapshots:
    """快照库."""

    def __init__(self, changes: ChangeLog, pull: Pull, vault: Vault) -> None:
        """Take the change log, the reader of rows, and what seals a list of names at rest."""
        self._changes = changes
        self._pull = pull
        self._vault = vault

    def cached(self, tx: Connection, scope: str) -> Snapshot | None:
        """The snapshot of the scope's newest revision, if it was built."""
        rev = self._changes.rev(tx, scope)
        c = snapshot.c
        row = tx.execute(select(c.rev, c.etag, c.bytes, c.made_at_ms).where(c.scope == scope)).first()
        data = None if row is None or row.rev != rev else self._vault.open("snapshot", scope, row.bytes)
        if row is None or data is None:
            return None
        return Snapshot(scope, row.etag, data, str(Cursor(self._pull.epoch, rev)), row.made_at_ms)

    def build(self, tx: Connection, scope: str, compound: str, now_ms: int) -> Snapshot:
        """Build and keep the snapshot of the scope as it is in this transaction."""
        rev = self._changes.rev(tx, scope)
        cursor = str(Cursor(self._pull.epoch, rev))
        data = b"".join(packed_lines(self._lines(tx, scope, compound, rev, now_ms), _BEST, random_ids=True))
        etag = sha256(data).hexdigest()
        sealed = self._vault.seal("snapshot", scope, data)
        put(tx, snapshot, [{"scope": scope, "rev": rev, "etag": etag, "bytes": sealed, "made_at_ms": now_ms}])
        return Snapshot(scope, etag, data, cursor, now_ms)

    def _lines(self, tx: Connection, scope: str, compound: str, rev: int, now_ms: int) -> Iterator[bytes]:
        yield encode(SnapshotHead(scope=scope, compound=compound, made_at_ms=now_ms))
        rows = list(self._rows(tx, scope, rev))
        rows.sort(key=_household(rows))
        for row in rows:
            yield encode(row)
        yield encode(SnapshotEnd(count=len(rows), cursor=str(Cursor(self._pull.epoch, rev))))

    def _rows(self, tx: Connection, scope: str, rev: int) -> Iterator[SnapshotRow]:
        """Every row, at the snapshot's own revision: what changes later has a higher one."""
        after = 0
        while logged := self._changes.since(tx, scope, after, _PART):
            after = logged[-1].rev
            for change in self._pull.rows(tx, scope, [entry for entry in logged if entry.changed.op == PUT]):
                if change.op == PUT and change.row is not None:
                    yield SnapshotRow(e=change.entity, r=rev, d=_packable(change.entity, change.row))


def _packable(entity: str, row: dict[str, Any]) -> dict[str, Any]:
    """The same row, its keys in an order that packs well: what varies stands together at the end, and a pass names
    holder and flat as its holder's own row does; a serial that follows from the card's id is left out.
    """
    last = _LAST.get(entity, ())
    kept = {key: value for key, value in row.items() if key not in last}
    kept |= {key: row[key] for key in last if key in row}
    if entity == "pass" and kept.get("serial") == serial_of(bytes.fromhex(row["id"])):
        del kept["serial"]
    return kept


_LAST = {
    "person": ("registered_at_ms", "sex", "birth_year", "initials", "name", "phone", "id", "dwelling"),
    "pass": ("person", "dwelling", "serial", "id"),
}


def _household(rows: list[SnapshotRow]) -> Callable[[SnapshotRow], tuple[str, str, int]]:
    home = {str(row.d["id"]): str(row.d.get("dwelling", "")) for row in rows if row.e == "person"}

    def key(row: SnapshotRow) -> tuple[str, str, int]:
        order = _ENTITY_ORDER.index(row.e) if row.e in _ENTITY_ORDER else len(_ENTITY_ORDER)
        if row.e == "dwelling":
            return str(row.d["id"]), "", order
        person = str(row.d["id"]) if row.e == "person" else str(row.d.get("person", ""))
        return home.get(person, ""), person, order

    return key
