# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Revisions and the change log: what each scope's gates have still to hear (sync-and-store.md 6).

`rev` comes from the scope's counter in the transaction that changes the row: gapless, in the order of commits. A row
stands once, at its newest revision; a deletion stays as a tombstone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select

from sync.office.store.tables import change_log, rev_counter
from sync.office.store.upsert import count_each, count_up, put

PUT = "put"
DELETE = "del"


@dataclass(frozen=True, slots=True)
class Changed:
    """变化: `doc` JSON text of rows that have no table of their own; `origin` the gate that must not hear its own."""

    entity: str
    key: str
    op: str = PUT
    doc: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """已记变化: a change at its revision."""

    rev: int
    changed: Changed


class ChangeLog:
    """变化记录: put at the writer's side, read from a cursor on the gate's."""

    def put(self, tx: Connection, scope: str, changes: Sequence[Changed], at_ms: int) -> int:
        """Log the changes at the scope's next revisions; the last one."""
        if not changes:
            return self.rev(tx, scope)
        last = count_up(tx, rev_counter, "scope", scope, "rev", len(changes))
        first = last - len(changes) + 1
        # The same row twice in one call must stand at its last place: the statement goes by key.
        rows = {
            (change.entity, change.key): {
                "scope": scope, "entity": change.entity, "key": change.key, "rev": first + number, "op": change.op,
                "origin": change.origin, "doc": change.doc, "at_ms": at_ms,
            }
            for number, change in enumerate(changes)
        }  # fmt: skip
        put(tx, change_log, list(rows.values()))
        return last

    def put_each(self, tx: Connection, scopes: Sequence[str], change: Changed, at_ms: int) -> None:
        """Log one change in each of these scopes: what every gate shall hear."""
        revs = count_each(tx, rev_counter, "scope", scopes, "rev")
        rows = [
            {
                "scope": scope, "entity": change.entity, "key": change.key, "rev": rev, "op": change.op,
                "origin": change.origin, "doc": change.doc, "at_ms": at_ms,
            }
            for scope, rev in revs.items()
        ]  # fmt: skip
        put(tx, change_log, rows)

    def rev(self, tx: Connection, scope: str) -> int:
        """The scope's newest revision; 0 if nothing was ever said."""
        return int(tx.execute(select(rev_counter.c.rev).where(rev_counter.c.scope == scope)).scalar() or 0)

    def since(self, tx: Connection, scope: str, rev: int, limit: int) -> list[Logged]:
        """Changes after a revision, oldest first."""
        c = change_log.c
        query = (
            select(c.rev, c.entity, c.key, c.op, c.doc, c.origin)
            .where(c.scope == scope, c.rev > rev)
            .order_by(c.rev)
            .limit(limit)
        )
        return [_logged(row) for row in tx.execute(query)]

    def count_since(self, tx: Connection, scope: str, rev: int) -> int:
        """How many changes wait behind a revision."""
        c = change_log.c
        return int(tx.execute(select(func.count()).where(c.scope == scope, c.rev > rev)).scalar_one())

    def one(self, tx: Connection, scope: str, entity: str, key: str) -> Logged | None:
        """The newest change of one row."""
        c = change_log.c
        query = select(c.rev, c.entity, c.key, c.op, c.doc, c.origin)
        row = tx.execute(query.where(c.scope == scope, c.entity == entity, c.key == key)).first()
        return None if row is None else _logged(row)

    def places(self, tx: Connection, entity: str) -> dict[str, dict[str, int]]:
        """Key -> scope -> revision at which a row was last told there."""
        c = change_log.c
        out: dict[str, dict[str, int]] = {}
        for key, scope, rev in tx.execute(select(c.key, c.scope, c.rev).where(c.entity == entity, c.op == PUT)):
            out.setdefault(key, {})[scope] = rev
        return out

    def forget(self, tx: Connection, scopes: Iterable[str], entity: str, before_ms: int) -> None:
        """Drop old rows that gates no longer need (sightings); revisions go on."""
        c = change_log.c
        tx.execute(delete(change_log).where(c.scope.in_(list(scopes)), c.entity == entity, c.at_ms < before_ms))


def _logged(row: Any) -> Logged:  # noqa: ANN401 - a row of the six columns asked for
    return Logged(row.rev, Changed(row.entity, row.key, row.op, row.doc, row.origin))
