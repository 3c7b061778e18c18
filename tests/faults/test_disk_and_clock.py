# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A disk that is really full, a clock that is set: nothing that was told is lost, and every event keeps its time."""

import logging
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_source import FileSource
from kiosk.app.ports import CommitFailed, CommitFault
from kiosk.domain.log.verify import verify_log
from sync.office.store.tables import event
from tests.faults.town import GateBox, Town
from tests.unit.store.boxes import DEVICE, Box, fold

DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 14 MB: 8 of them are the gate's reserve."""
    place, mount = tmp_path / "disk", shutil.which("mount")
    place.mkdir()
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=14m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if not made or made.returncode:
        pytest.skip("no right to mount a small disk; the page limit stands in for it (test_store_faults)")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def quiet() -> Iterator[None]:
    """A full disk is spoken of with each commit that it refuses."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def until_full(box: Box) -> tuple[int, CommitFault]:
    """Record until the disk refuses: the last seq that was told, and what was said then."""
    told = box.store.head()[0]
    while True:
        try:
            told = box.store.commit(box.entry(), fold)[-1].seq
        except CommitFailed as failed:
            return told, failed.fault


@pytest.mark.usefixtures("quiet")
def test_a_disk_that_fills_up_frees_the_reserve_then_says_so_and_loses_nothing(small_disk: Path) -> None:
    box = Box(small_disk / "gate")
    box.open()
    assert (box.folder / "reserve.bin").exists()
    filler = small_disk / "filler"
    filler.write_bytes(bytes(3 * 1024 * 1024))
    told, fault = until_full(box)
    assert fault is CommitFault.DISK_FULL
    assert not (box.folder / "reserve.bin").exists(), "the reserve went first"
    assert box.store.head()[0] == told
    with pytest.raises(CommitFailed):
        box.store.commit(box.entry(), fold)
    filler.unlink()
    assert box.store.commit(box.entry(), fold)[0].seq == told + 1
    box.again()
    with closing(reader(box.file())) as connection:
        report = verify_log(FileSource(connection), DEVICE.device, 1)
    assert report.whole
    assert box.store.head()[0] == told + 2
    box.close()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[tuple[Town, GateBox]]:
    town = Town.found(tmp_path, ["G01"], Random(7))
    assert town.gates[0].settle()
    yield town, town.gates[0]
    town.end()


def times_at_office(town: Town) -> list[tuple[int, int]]:
    """(as written, corrected) of every event, in the order of the log."""
    query = select(event.c.at_ms, event.c.corrected_at_ms).order_by(event.c.seq)
    with town.office.office.database.reading() as tx:
        return [(row.at_ms, row.corrected_at_ms) for row in tx.execute(query)]


@pytest.mark.parametrize("by_ms", [-10 * YEAR_MS, -301_000, 3_000, DAY_MS, 10 * YEAR_MS])
def test_a_clock_that_is_set_changes_no_event_and_stops_no_upload(by_ms: int, gate: tuple[Town, GateBox]) -> None:
    town, one = gate
    written = []
    for jump_ms in (0, by_ms, 0, -2 * by_ms):
        one.clock.set_wall(one.clock.wall_ms() + jump_ms)
        written.append((one.clock.wall_ms(), town.office.clock.wall_ms()))
        one.record(1)
        assert one.settle(), one.diary()
    found = times_at_office(town)[1:]
    assert [at for at, _ in found] == [at for at, _ in written], "as the gate's own clock said it"
    off = [corrected - office for (_, corrected), (_, office) in zip(found, written, strict=True)]
    assert max(abs(ms) for ms in off) <= 2_000
    assert town.faults() == []


def test_a_machine_that_starts_with_a_dead_clock_battery_still_delivers(gate: tuple[Town, GateBox]) -> None:
    town, one = gate
    one.record(3)
    one.clock.reboot()
    one.clock.set_wall(0)
    one.restart()
    one.record(3)
    assert one.settle(), one.diary()
    assert town.faults() == []
    assert one.status().offset_ms == town.office.clock.wall_ms() - one.clock.wall_ms()
