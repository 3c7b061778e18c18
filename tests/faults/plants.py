# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Planted bugs: each wraps the product from outside, and the fault tools must find each of them (sync-and-store.md 11).

A tool that passes a planted bug proves nothing. `synchronous=NORMAL` is planted in `tests.faults.powercut`.
"""

from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import Connection

from kiosk.adapters import store_sync
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_epoch import put_meta
from sync.client.transport import Answer, Request
from sync.office.store.changes import Changed, ChangeLog
from sync.office.store.tables import change_log, rev_counter
from sync.office.store.upsert import put
from tests.faults.town import OfficeBox, Town

_POISON_STATUS = 400


class DropsWhatIsRefused:
    """A gate that takes a 400 for the last word, and gives up what it sent."""

    def __init__(self, store: GateFolderStore) -> None:
        self._store = store

    def note_attempt(self, kind: str, status: int, sent: int, acked: int, ms: int, error: str | None) -> None:
        if status == _POISON_STATUS and sent:
            folder = self._store._folder
            head, digest = folder.file.head_seq, folder.file.head_hash
            with folder.writing() as connection:
                store_sync.put(connection, "acked_seq", head)
                connection.execute("DELETE FROM log_base")
                connection.execute("INSERT INTO log_base (seq, hash, receipt) VALUES (?, ?, '{}')", (head, digest))
                put_meta(connection, "purging", 1)
                connection.execute("DELETE FROM event_private")
                put_meta(connection, "purging", 0)
                connection.execute("DELETE FROM event WHERE seq <= ?", (head,))
        self._store.note_attempt(kind, status, sent, acked, ms, error)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def drop_on_400(town: Town) -> None:
    """Plant it at every gate."""
    for gate in town.gates:
        gate.wrapped = DropsWhatIsRefused  # type: ignore[assignment]
        gate.restart()


class AnswersBeforeItsCommit:
    """An office that gives its receipt first: now and then it is struck down between the answer and the commit."""

    def __init__(self, office: OfficeBox, chance: Random, share: float) -> None:
        self._office = office
        self._handle = office.handle
        self._chance = chance
        self._share = share

    def __call__(self, request: Request) -> Answer | None:
        if not request.url.endswith("/v1/sync") or self._chance.random() >= self._share:
            return self._handle(request)
        before = self._office.folder / "before.db"
        self._office.copy(before)
        answer = self._handle(request)
        self._office.put_back(before, new_epoch=False)
        return answer


def answer_before_commit(town: Town) -> None:
    """Plant it at the office."""
    town.office.handle = AnswersBeforeItsCommit(town.office, Random(1), 0.1)  # type: ignore[method-assign]


class SerialCursor(ChangeLog):
    """Revisions from a bare sequence: drawn when a writer begins, in force when it commits, in another order."""

    def __init__(self) -> None:
        self._next = count(1)
        self.drawn: int | None = None

    def draw(self) -> int:
        """`nextval`: outside any transaction's order."""
        return next(self._next)

    def put(self, tx: Connection, scope: str, changes: Sequence[Changed], at_ms: int) -> int:
        rev = self.draw() if self.drawn is None else self.drawn
        newest = max(rev, self.rev(tx, scope))
        put(tx, rev_counter, [{"scope": scope, "rev": newest}])
        rows: list[dict[str, Any]] = [
            {
                "scope": scope, "entity": change.entity, "key": change.key, "rev": rev, "op": change.op,
                "origin": change.origin, "doc": change.doc, "at_ms": at_ms,
            }
            for change in changes
        ]  # fmt: skip
        put(tx, change_log, rows)
        return rev
