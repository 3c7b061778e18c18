# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's audit log: who did what, when, to what, and why; chained as the gates' logs (trust.md 8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from kiosk.domain.log.canonical import NotCanonical, canonical_bytes, read_canonical
from kiosk.domain.log.chain import next_hash
from sync.office.store.engine import one_at_a_time
from sync.office.store.tables import audit, office_meta
from sync.office.store.upsert import put

_FIRST = sha256(b"GH-AUD0").digest()
_BASE, _PRUNED = "audit.base", "audit.prune"


@dataclass(frozen=True, slots=True)
class Entry:
    """审计记录: account ids and codes only; `what` an action of trust.md 3."""

    who: str
    what: str
    target: str = ""
    why: str = ""
    refused: bool = False
    where: str = ""


class Audit:
    """审计: append and verify; no entry is ever changed."""

    def note(self, tx: Connection, entry: Entry, now_ms: int) -> None:
        """Append an entry in the transaction of what it is about."""
        one_at_a_time(tx, "audit")
        last = tx.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
        seq, before = (1, _FIRST) if last is None else (last.seq + 1, last.hash)
        value: dict[str, Any] = {"seq": seq, "at": now_ms, "who": entry.who, "what": entry.what}
        value |= {"target": entry.target} if entry.target else {}
        value |= {"why": entry.why} if entry.why else {}
        value |= {"where": entry.where} if entry.where else {}
        value |= {"refused": True} if entry.refused else {}
        canon = canonical_bytes(value)
        tx.execute(insert(audit).values(seq=seq, at_ms=now_ms, canon=canon, hash=next_hash(before, canon)))

    def entries(self, tx: Connection, after: int = 0, limit: int = 50) -> Iterator[dict[str, Any]]:
        """Entries in order."""
        rows = tx.execute(select(audit.c.canon).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit))
        for row in rows:
            yield read_canonical(row.canon)

    def newest(self, tx: Connection, before: int | None = None, limit: int = 50) -> Iterator[dict[str, Any]]:
        """Entries from the newest back, or from before a number."""
        c = audit.c
        query = select(c.seq, c.at_ms, c.canon).order_by(c.seq.desc()).limit(limit)
        for row in tx.execute(query if before is None else query.where(c.seq < before)):
            # An entry that was changed must not hide the others: it stands there with its number alone.
            yield {"who": "", "what": _UNREADABLE, **_read(row.canon), "seq": row.seq, "at": row.at_ms}

    def count(self, tx: Connection) -> int:
        """How many entries there are."""
        return int(tx.execute(select(func.coalesce(func.max(audit.c.seq), 0))).scalar_one())

    def first_bad(self, tx: Connection) -> int | None:
        """Number of the first entry that does not fit the chain, or None.

        A log that begins later must say so itself: an entry in the chain names the entry that it begins after.
        """
        base = _base(tx)
        expected, before = base[0] + 1, base[1]
        vouched = base[0] == 0 or any(_vouches(canon, base) for canon in _kept_after(tx, base[0]))
        if not vouched:
            return expected
        for row in tx.execute(select(audit).order_by(audit.c.seq)):
            # SQLite keeps what it is given: a changed entry may not even be bytes any more.
            whole = isinstance(row.canon, bytes) and next_hash(before, row.canon) == row.hash
            if row.seq != expected or not whole:
                return expected
            before, expected = row.hash, expected + 1
        return None

    def prune(self, tx: Connection, before_ms: int, now_ms: int) -> int:
        """Drop the first entries, up to the first that is not older; how many. The last one always stays."""
        one_at_a_time(tx, "audit")
        c = audit.c
        young = tx.execute(select(func.min(c.seq)).where(c.at_ms >= before_ms)).scalar() or self.count(tx)
        last = tx.execute(select(c.seq, c.hash).where(c.seq < young).order_by(c.seq.desc()).limit(1)).first()
        if last is None:
            return 0
        self.note(tx, Entry("office", _PRUNED, target=_named((last.seq, last.hash))), now_ms)
        put(tx, office_meta, [{"k": _BASE, "v": last.seq.to_bytes(8) + last.hash}])
        return tx.execute(delete(audit).where(c.seq <= last.seq)).rowcount


def _base(tx: Connection) -> tuple[int, bytes]:
    """Number and hash of the entry that the log begins after; 0 for the first beginning."""
    kept = tx.execute(select(office_meta.c.v).where(office_meta.c.k == _BASE)).scalar()
    return (0, _FIRST) if kept is None else (int.from_bytes(kept[:8]), kept[8:])


def _named(base: tuple[int, bytes]) -> str:
    return f"{base[0]}:{base[1].hex()}"


def _vouches(canon: object, base: tuple[int, bytes]) -> bool:
    said = _read(canon)
    return said.get("what") == _PRUNED and said.get("target") == _named(base)


def _kept_after(tx: Connection, seq: int) -> Iterator[object]:
    """The entries that say where the log begins, the newest first."""
    rows = tx.execute(select(audit.c.canon).where(audit.c.seq > seq).order_by(audit.c.seq.desc()))
    return (row.canon for row in rows)


_UNREADABLE = "unreadable"


def _read(canon: object) -> dict[str, Any]:
    try:
        return read_canonical(canon) if isinstance(canon, bytes) else {}
    except NotCanonical:
        return {}
