# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Several writers on one database: no cursor passes a change that is still to be committed (sync-and-store.md 6).

The control takes its numbers from a bare serial, as cursors must not: it loses a change, or the test proves nothing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import Connection, insert, text

from sync.office.store.changes import Changed, ChangeLog
from sync.office.store.engine import Database
from sync.office.store.tables import change_log

Write = Callable[[Connection, str], None]


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    with database.writing() as tx:
        tx.execute(text("CREATE SEQUENCE IF NOT EXISTS bare_serial"))
    yield database
    database.close()


def by_counter(tx: Connection, name: str) -> None:
    ChangeLog().put(tx, "s", [Changed("e", name, doc="{}")], 0)


def by_serial(tx: Connection, name: str) -> None:
    number = tx.execute(text("SELECT nextval('bare_serial')")).scalar_one()
    row = {"scope": "s", "entity": "e", "key": name, "rev": number, "op": "put", "doc": "{}", "at_ms": 0}
    tx.execute(insert(change_log).values(**row))


class Reader:
    """A gate that pulls from its cursor."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.cursor = 0
        self.seen: list[str] = []

    def pull(self) -> None:
        with self.database.reading() as tx:
            for logged in ChangeLog().since(tx, "s", self.cursor, 1000):
                self.cursor = logged.rev
                self.seen.append(logged.changed.key)


def overtaken(database: Database, write: Write) -> list[str]:
    """One writer holds its number while another commits; the gate pulls in between, and again at the end."""
    reader = Reader(database)
    numbered, may_commit = Event(), Event()

    def slow() -> None:
        with database.writing() as tx:
            write(tx, "slow")
            numbered.set()
            assert may_commit.wait(20)

    def quick() -> None:
        with database.writing() as tx:
            write(tx, "quick")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow)
        assert numbered.wait(20)
        second: Future[None] = pool.submit(quick)
        waits_for_the_first(database, second)
        reader.pull()
        may_commit.set()
        first.result(20)
        second.result(20)
    reader.pull()
    return reader.seen


def waits_for_the_first(database: Database, second: "Future[None]") -> None:
    """Until the second writer is through, or the database says that it waits for a lock."""
    with database.engine.connect() as watcher:
        while not second.done():
            waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if watcher.execute(waiting).scalar_one():
                return
            watcher.rollback()


def test_a_gate_hears_the_change_of_the_slower_writer_too(database: Database) -> None:
    assert overtaken(database, by_counter) == ["slow", "quick"]


def test_the_control_with_a_bare_serial_loses_it(database: Database) -> None:
    assert overtaken(database, by_serial) == ["quick"]


def test_a_gate_that_pulls_while_four_write_hears_everything_once_and_in_order(database: Database) -> None:
    def work(name: int) -> None:
        for number in range(15):
            with database.writing() as tx:
                by_counter(tx, f"{name}/{number:02d}")

    reader = Reader(database)
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(work, name) for name in range(4)]
        while not all(writer.done() for writer in writers):
            reader.pull()
        for writer in writers:
            writer.result()
    reader.pull()
    assert sorted(reader.seen) == [f"{name}/{number:02d}" for name in range(4) for number in range(15)]
    for name in range(4):
        assert [key for key in reader.seen if key.startswith(f"{name}/")] == [f"{name}/{n:02d}" for n in range(15)]


def test_writers_of_other_scopes_do_not_wait(database: Database) -> None:
    log = ChangeLog()
    with database.writing() as held:
        log.put(held, "a", [Changed("e", "1", doc="{}")], 0)
        with database.writing() as other:
            assert log.put(other, "b", [Changed("e", "1", doc="{}")], 0) == 1
