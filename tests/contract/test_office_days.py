# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Events by day: made ahead, dropped whole, on both engines alike to those who read (sync-and-store.md 9)."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select, text

from sync.office.store import days
from sync.office.store.engine import Database
from sync.office.store.tables import event
from tests.contract.test_office_store import event_row

DAY = 737_480


@pytest.fixture
def database(db_url: str) -> Iterator[Database]:
    database = Database(db_url)
    without_partitions(database)
    yield database
    without_partitions(database)
    database.close()


def without_partitions(database: Database) -> None:
    with database.writing() as tx:
        for table in ("event", "event_private"):
            days.drop(tx, table, days.partitions(tx, table))


def rows(day: int, first: int, count: int) -> list[dict[str, object]]:
    numbers = range(first, first + count)
    return [{**event_row(1), "seq": seq, "day": day, "event_id": seq.to_bytes(16)} for seq in numbers]


def test_a_day_of_retention_is_dropped_whole_and_the_others_stay(database: Database) -> None:
    with database.writing() as tx:
        days.make_ahead(tx, DAY, ahead=2)
        tx.execute(insert(event), rows(DAY, 1, 50) + rows(DAY + 1, 51, 50))
    with database.writing() as tx:
        assert days.days_before(tx, "event", DAY + 1) == [DAY]
        assert days.drop(tx, "event", [DAY]) == 50
    with database.reading() as tx:
        assert (days.oldest(tx, "event"), days.count(tx, "event", DAY + 1)) == (DAY + 1, 50)
        assert days.days_before(tx, "event", DAY + 1) == []


def test_making_ahead_twice_makes_nothing(database: Database) -> None:
    with database.writing() as tx:
        made = days.make_ahead(tx, DAY)
        assert made == (0 if database.is_sqlite else 16)
        assert days.make_ahead(tx, DAY) == 0
        assert days.partitions(tx, "event") == ([] if database.is_sqlite else list(range(DAY, DAY + 8)))


def test_a_far_days_rows_move_into_its_own_when_it_is_made(database: Database) -> None:
    with database.writing() as tx:
        tx.execute(insert(event), rows(DAY + 3, 1, 5))
    with database.writing() as tx:
        days.make_ahead(tx, DAY, ahead=3)
        if not database.is_sqlite:
            own = tx.execute(text(f"SELECT count(*) FROM event_day.event_{DAY + 3}")).scalar_one()  # noqa: S608
            assert own == 5
            assert tx.execute(text("SELECT count(*) FROM event_day.event_far")).scalar_one() == 0
        assert tx.execute(select(event.c.seq).order_by(event.c.seq)).scalars().all() == [1, 2, 3, 4, 5]


def test_a_full_day_goes_in_milliseconds_on_postgresql(postgres_url: str) -> None:
    database = Database(postgres_url)
    without_partitions(database)
    with database.writing() as tx:
        days.make_ahead(tx, DAY, ahead=0)
        tx.execute(
            text(
                "INSERT INTO event SELECT 'd', 1, n, :day, decode(lpad(to_hex(n), 32, '0'), 'hex'), n, n, n, 't', 1,"
                " 'G', 'C', NULL, NULL, NULL, NULL, NULL, '{}', decode(repeat('00', 32), 'hex'), 1, 1"
                " FROM generate_series(1, 20000) n"
            ),
            {"day": DAY},
        )
    with database.writing() as tx:
        by_row = time.perf_counter()
        tx.execute(text("DELETE FROM event WHERE day = :day"), {"day": DAY})
        by_row = time.perf_counter() - by_row
        tx.rollback()
    whole = time.perf_counter()
    with database.writing() as tx:
        tx.exec_driver_sql(f"DROP TABLE {days.SCHEMA}.event_{DAY}")
    whole = time.perf_counter() - whole
    without_partitions(database)
    database.close()
    # What it costs does not grow with the rows; deleting them one by one does.
    assert whole < by_row
