# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The street's revocation list: entry, new version and signed delta in the transaction that revokes (pass-format.md 6).

Gates judge the list's age by its `issued`, so a version with nothing new is signed every hour (`REFRESH_MS`).
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select

from kiosk.domain.identity import PassId
from kiosk.domain.trust.deltas import delta_between, sign_delta
from kiosk.domain.trust.revocations import Block, RevocationKind, RevocationList, pack_entries, sign_snapshot
from kiosk.domain.trust.versions import next_version
from sync.office.keys import SigningKey
from sync.office.store.changes import Changed, ChangeLog
from sync.office.store.engine import one_at_a_time
from sync.office.store.prepared import Prepared, given
from sync.office.store.tables import revocation, revocation_block, signed_delta, signed_list
from sync.office.store.upsert import add_new, put
from sync.wire import scopes
from sync.wire.messages import SIGNED_LIST

NAME = "revocations"
REFRESH_MS = 3_600_000
_NEXT_UPDATE_S = 86_400
_DELTAS_KEPT = 500
_in_force = Prepared(select(signed_list.c.version, signed_list.c.issued_ms).where(signed_list.c.name == given("name")))


class Revocations:
    """注销名单: in force as `current`; every change is a new version, never a lower one."""

    def __init__(self, changes: ChangeLog, key: SigningKey) -> None:
        """Take the change log and the LIST key."""
        self._changes = changes
        self._key = key
        self._last: RevocationList | None = None

    def current(self, tx: Connection) -> RevocationList | None:
        """The list in force, or None before the first one."""
        row = _in_force.first(tx, name=NAME)
        if row is None:
            return None
        version, issued_ms = row
        if self._last is None or self._last.version != version:
            issued = issued_ms // 1000
            self._last = RevocationList(version, issued, issued + _NEXT_UPDATE_S, self._entries(tx), self._blocks(tx))
        return self._last

    def add(
        self, tx: Connection, passes: Iterable[tuple[PassId, RevocationKind]], now_ms: int, *, by: str, why: str
    ) -> int:
        """Enter cards; the new version. The gates hear of it at their next poll."""
        rows = [
            {"pass_id": pass_id, "kind": int(kind), "at_ms": now_ms, "by": by, "why": why} for pass_id, kind in passes
        ]
        before = self._latest(tx)
        put(tx, revocation, rows)
        return self._issue(tx, before, now_ms)

    def take_back(self, tx: Connection, passes: Sequence[PassId], now_ms: int) -> int:
        """Cancel entries: works in a higher version only (`del` of the delta)."""
        before = self._latest(tx)
        tx.execute(delete(revocation).where(revocation.c.pass_id.in_(list(passes))))
        return self._issue(tx, before, now_ms)

    def block(self, tx: Connection, block: Block, now_ms: int) -> int:
        """Block a key's passes of a time range: after a leak; cards from before it live on."""
        before = self._latest(tx)
        add_new(tx, revocation_block, [{"kid": block.kid.hex(), "start_s": block.start, "end_s": block.end}])
        return self._issue(tx, before, now_ms)

    def refresh(self, tx: Connection, now_ms: int) -> bool:
        """Sign a new version if the one in force is an hour old, or if there is none; whether it did."""
        if not self.due(tx, now_ms):
            return False
        before = self._latest(tx)
        # Another process may have signed it while this one waited.
        due = self.due(tx, now_ms)
        if due:
            self._issue(tx, before, now_ms)
        return due

    def due(self, tx: Connection, now_ms: int) -> bool:
        """Whether a version is to be signed again for its age."""
        current = self.current(tx)
        return current is None or now_ms - current.issued * 1000 >= REFRESH_MS

    def whole(self, tx: Connection) -> tuple[int, bytes] | None:
        """Version and signed snapshot in force."""
        row = tx.execute(select(signed_list.c.version, signed_list.c.data).where(signed_list.c.name == NAME)).first()
        return None if row is None else (row.version, row.data)

    def deltas(self, tx: Connection, after_rev: int) -> list[tuple[int, int, int, bytes]]:
        """(rev, from version, to version, signed delta) after a revision, in order."""
        c = signed_delta.c
        query = select(c.rev, c.from_version, c.to_version, c.data).where(c.rev > after_rev).order_by(c.rev)
        return [(row.rev, row.from_version, row.to_version, row.data) for row in tx.execute(query)]

    def _latest(self, tx: Connection) -> RevocationList | None:
        """The list in force, which nobody else changes until this transaction ends."""
        one_at_a_time(tx, NAME)
        return self.current(tx)

    def _issue(self, tx: Connection, before: RevocationList | None, now_ms: int) -> int:
        now_s = now_ms // 1000
        version = next_version(now_s, None if before is None else before.version)
        new = RevocationList(version, now_s, now_s + _NEXT_UPDATE_S, self._entries(tx), self._blocks(tx))
        data = sign_snapshot(new, self._key.kid, self._key.sign)
        put(tx, signed_list, [{"name": NAME, "version": version, "issued_ms": now_s * 1000, "data": data}])
        rev = self._changes.put(tx, scopes.revocations(), [Changed(SIGNED_LIST, NAME)], now_ms)
        if before is not None:
            delta = sign_delta(delta_between(before, new), self._key.kid, self._key.sign)
            row = {"rev": rev, "from_version": before.version, "to_version": version, "data": delta}
            put(tx, signed_delta, [row])
            tx.execute(delete(signed_delta).where(signed_delta.c.rev <= rev - _DELTAS_KEPT))
        # Believed only once committed: `current` compares with the stored version and builds it anew if they differ.
        self._last = None
        return version

    def _entries(self, tx: Connection) -> bytes:
        rows = tx.execute(select(revocation.c.pass_id, revocation.c.kind))
        return pack_entries((bytes.fromhex(row.pass_id), RevocationKind(row.kind)) for row in rows)

    def _blocks(self, tx: Connection) -> tuple[Block, ...]:
        c = revocation_block.c
        rows = tx.execute(select(c.kid, c.start_s, c.end_s).order_by(c.kid, c.start_s))
        return tuple(Block(bytes.fromhex(row.kid), row.start_s, row.end_s) for row in rows)
