# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What an event survives, and what the desk is told when it does not (trust.md 15): the amounts of `make test`."""

import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.store import Room, room_of
from kiosk.app.ports import CommitFailed, CommitFault, LiveChange
from tests.faults import powercut
from tests.logfail import ExpectedLog
from tests.unit.store.boxes import Box, fold

MB = 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path / "gate")
    made.open()
    yield made
    made.close()


def test_200_power_cuts_lose_nothing_that_was_told() -> None:
    assert powercut.cuts(200, seed=20200214) == []


def test_the_control_without_full_sync_loses_events() -> None:
    lost = powercut.cuts(60, seed=20200214, synchronous="NORMAL")
    assert any("lost" in line for line in lost)


def test_20_kills_of_gate_and_office_lose_nothing_that_was_told() -> None:
    # from a process that runs no threads: this one may
    command = [sys.executable, "-P", "-m", "tests.faults.kill", "--seed", "20200214", "--kills", "20"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "kills 20/20 " in ran.stdout


def _fill(box: Box, spare: int) -> None:
    """Let the file grow by `spare` pages and no more."""
    connection = box.store._folder.file.writer
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + spare}")


def test_a_full_disk_frees_the_reserve_and_says_not_recorded(box: Box, expected_log: ExpectedLog) -> None:
    box.record(5)
    _fill(box, 0)
    expected_log(logging.WARNING, "kiosk.adapters.store", "disk full, reserve freed")
    expected_log(logging.ERROR, "kiosk.adapters.store", "not recorded: DISK_FULL")

    def last_good() -> tuple[tuple[int, str], set[LiveChange], CommitFault]:
        for number in range(200):
            head, live = box.store.head(), set(box.store.live())
            try:
                box.store.commit(box.entry(who=number), fold)
            except CommitFailed as failed:
                return head, live, failed.fault
        raise AssertionError("the file grew without end")

    before, live, fault = last_good()
    assert fault is CommitFault.DISK_FULL
    assert box.store.head() == before
    assert set(box.store.live()) == live
    assert not (box.folder / "reserve.bin").exists()
    _fill(box, 1000)
    assert box.store.commit(box.entry(), fold)[0].seq == before[0] + 1


def test_the_reserve_lets_one_more_commit_through(box: Box, expected_log: ExpectedLog) -> None:
    expected_log(logging.WARNING, "kiosk.adapters.store", "disk full, reserve freed")

    class Once:
        """A disk that has room again once the reserve is gone."""

        def __init__(self, real: sqlite3.Connection) -> None:
            self.real = real

        def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
            if statement == "COMMIT" and (box.folder / "reserve.bin").exists():
                self.real.execute("ROLLBACK")
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return self.real.execute(statement, *values)  # type: ignore[arg-type]

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

    file = box.store._folder.file
    file.writer = Once(file.writer)  # type: ignore[assignment]
    assert [event.seq for event in box.store.commit(box.entry(), fold)] == [2, 3]


def test_a_read_only_file_says_so_and_goes_on_when_it_may_be_written_again(box: Box, expected_log: ExpectedLog) -> None:
    expected_log(logging.ERROR, "kiosk.adapters.store", "not recorded: READ_ONLY")
    head = box.store.head()
    box.store._folder.file.writer.execute("PRAGMA query_only = ON")
    with pytest.raises(CommitFailed) as failed:
        box.store.commit(box.entry(), fold)
    assert failed.value.fault is CommitFault.READ_ONLY
    assert box.store.head() == head
    box.store._folder.file.writer.execute("PRAGMA query_only = OFF")
    assert box.store.commit(box.entry(), fold)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only files")
def test_a_folder_without_write_permission_stops_the_start(tmp_path: Path) -> None:
    box = Box(tmp_path / "gate")
    box.open()
    box.close()
    box.folder.chmod(0o500)
    for file in box.folder.iterdir():
        file.chmod(0o400)
    assert not hasattr(box.try_open(), "store")
    box.folder.chmod(0o700)


@pytest.mark.parametrize(
    ("free", "room"),
    [
        (500 * MB, Room.ENOUGH),
        (500 * MB - 1, Room.WARNING),
        (200 * MB, Room.WARNING),
        (200 * MB - 1, Room.AMBER),
        (50 * MB, Room.AMBER),
        (50 * MB - 1, Room.STOP),
    ],
)
def test_how_much_room_is_left(box: Box, free: int, room: Room) -> None:
    assert room_of(free) is room
    box.free = free
    assert box.store.room() is room


def test_below_50_mb_the_reserve_serves_once_and_then_paper(box: Box) -> None:
    box.free = 49 * MB
    assert box.store.commit(box.entry(), fold)
    with pytest.raises(CommitFailed) as failed:
        box.store.commit(box.entry(), fold)
    assert failed.value.fault is CommitFault.DISK_FULL
    box.free = 60 * MB
    assert box.store.commit(box.entry(), fold)
