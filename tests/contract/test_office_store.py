# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the office's store promises on every engine: SQLite and PostgreSQL alike."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text

from sync.office.store.changes import Changed, ChangeLog
from sync.office.store.engine import Database, sqlite_url
from sync.office.store.meta import next_server_epoch, server_identity
from sync.office.store.migrating import NewerDatabase, bring_up, newest
from sync.office.store.tables import event, metadata, rev_counter
from sync.office.store.upsert import add_new, put
from sync.office.store.vault import OfficeSealedError, open_vault


@pytest.fixture
def database(db_url: str) -> Iterator[Database]:
    database = Database(db_url)
    yield database
    database.close()


def event_row(seq: int, event_id: bytes | None = None) -> dict[str, object]:
    return {
        "device_id": "d", "epoch": 1, "seq": seq, "day": 1, "event_id": event_id or bytes([seq]) * 16, "at_ms": seq,
        "corrected_at_ms": seq, "received_at_ms": seq, "type": "t", "v": 1, "gate_id": "G", "compound_id": "C",
        "person_id": None, "pass_id": None, "passage_id": None, "verdict": None, "temp_dc": None, "canon": b"{}",
        "hash": bytes(32), "linked": 1, "parsed": 1,
    }  # fmt: skip


def test_the_steps_make_exactly_the_tables_of_this_program(database: Database) -> None:
    with database.reading() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []


def test_bringing_up_twice_changes_nothing(database: Database) -> None:
    assert bring_up(database) is False


def test_a_newer_database_is_named_and_left_alone(database: Database) -> None:
    with database.writing() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match=f"9999, this program knows {newest()}"):
        bring_up(database)


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def fails() -> None:
        with database.writing() as tx:
            add_new(tx, event, [event_row(1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with database.reading() as tx:
        assert tx.execute(select(event.c.seq)).all() == []


def test_a_known_event_is_left_as_it_is(database: Database) -> None:
    with database.writing() as tx:
        add_new(tx, event, [event_row(1), event_row(2)])
        same_id = event_row(3, bytes([2]) * 16)
        add_new(tx, event, [{**event_row(1), "canon": b"other"}, same_id, event_row(4)])
    with database.reading() as tx:
        rows = tx.execute(select(event.c.seq, event.c.canon).order_by(event.c.seq)).all()
    assert [tuple(row) for row in rows] == [(1, b"{}"), (2, b"{}"), (4, b"{}")]


def test_putting_overwrites_rows_of_the_same_key(database: Database) -> None:
    with database.writing() as tx:
        put(tx, rev_counter, [{"scope": "a", "rev": 1}])
        put(tx, rev_counter, [{"scope": "a", "rev": 2}, {"scope": "b", "rev": 5}])
    with database.reading() as tx:
        assert {row.scope: row.rev for row in tx.execute(select(rev_counter))} == {"a": 2, "b": 5}


def test_one_change_goes_to_every_scope_at_its_own_next_revision(database: Database) -> None:
    changes = ChangeLog()
    everybody = [f"config:G{number:03}" for number in range(450)]
    with database.writing() as tx:
        changes.put(tx, everybody[7], [Changed("gate", "x"), Changed("gate", "y")], 1)
        changes.put_each(tx, everybody, Changed("signed_list", "device_list"), 2)
        changes.put_each(tx, everybody[:10], Changed("signed_list", "device_list"), 3)
    with database.reading() as tx:
        assert [changes.rev(tx, scope) for scope in (everybody[0], everybody[7], everybody[449])] == [2, 4, 1]
        (logged,) = changes.since(tx, everybody[0], 0, 10)
    assert (logged.rev, logged.changed) == (2, Changed("signed_list", "device_list"))


def test_a_reader_sees_one_moment(database: Database) -> None:
    log = ChangeLog()
    with database.writing() as tx:
        log.put(tx, "s", [Changed("e", "1", doc="{}")], 0)
    with database.reading() as reader:
        assert log.rev(reader, "s") == 1
        with database.writing() as tx:
            log.put(tx, "s", [Changed("e", "2", doc="{}")], 0)
        assert (log.rev(reader, "s"), len(log.since(reader, "s", 0, 9))) == (1, 1)
    with database.reading() as reader:
        assert log.rev(reader, "s") == 2


def test_four_writers_give_gapless_revisions(database: Database) -> None:
    log = ChangeLog()

    def write(name: int) -> None:
        for number in range(20):
            with database.writing() as tx:
                log.put(tx, "s", [Changed("e", f"{name}/{number}/{k}", doc="{}") for k in range(2)], 0)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with database.reading() as tx:
        assert [entry.rev for entry in log.since(tx, "s", 0, 1000)] == list(range(1, 161))


def test_the_servers_id_is_made_once_and_its_epoch_only_rises(database: Database) -> None:
    with database.writing() as tx:
        first = server_identity(tx, "a" * 32)
        assert server_identity(tx, "b" * 32) == first
        assert (first.epoch, next_server_epoch(tx), server_identity(tx, "c" * 32).epoch) == (1, 2, 2)


def test_sealed_rows_open_again_at_their_own_place_with_the_right_key_alone(database: Database) -> None:
    with database.writing() as tx:
        vault = open_vault(tx, b"k" * 32, os.urandom)
        blob = vault.seal_json("person", "1", {"name": "张三"})
    with database.writing() as tx:
        again = open_vault(tx, b"k" * 32, os.urandom)
        assert again.open_json("person", "1", blob) == {"name": "张三"}
        assert [again.open_json("person", "2", blob), again.open_json("dwelling", "1", blob)] == [None, None]
        assert again.open("person", "1", None) is None
        with pytest.raises(OfficeSealedError):
            open_vault(tx, b"x" * 32, os.urandom)


def test_sqlite_keeps_what_was_committed(sqlite_brought_up: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(sqlite_brought_up, tmp_path / "office.db"))
    database = Database(sqlite_url(file))
    with database.writing() as tx:
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
        tx.execute(insert(rev_counter).values(scope="kept", rev=1))
    database.close()
    again = Database(sqlite_url(file))
    with again.reading() as tx:
        assert tx.execute(select(rev_counter.c.rev)).scalars().all() == [1]
    again.close()
