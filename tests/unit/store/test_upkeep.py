# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Beside the desk: checkpoints, verified copies, purge with proof, pruning, the whole chain (trust.md 9)."""

import logging
import threading
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.adapters.device_folder import free_reserve, has_reserve
from kiosk.adapters.store_backup import make_backup
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_purge import Purged, prune_log, purge_personal
from kiosk.adapters.store_rescue import backups_in
from kiosk.adapters.store_source import FileSource
from kiosk.adapters.store_turns import Turns
from kiosk.adapters.store_upkeep import Upkeep, breathe
from kiosk.adapters.store_verify import verify_file
from kiosk.domain.events import Purge
from kiosk.domain.instants import DAY_MS
from kiosk.domain.log.findings import LogReport
from kiosk.domain.log.verify import Base, verify_log
from tests.logfail import ExpectedLog
from tests.unit.store.boxes import DEVICE, ROSTER, Box, fold, roster


@pytest.fixture
def at_work(box: Box) -> Box:
    box.open()
    return box


def _upkeep(box: Box, now_ms: int | None = None, heard: list[str] | None = None) -> Upkeep:
    assert box.opened is not None
    found = heard if heard is not None else []
    return Upkeep(box.opened.folder, lambda: now_ms, found.append, pause=lambda: None)


def _folder(box: Box):  # type: ignore[no-untyped-def] # noqa: ANN202 - the open folder
    assert box.opened is not None
    return box.opened.folder


def _wal(box: Box) -> int:
    wal = box.file().with_name("gate-1.db-wal")
    return wal.stat().st_size if wal.exists() else 0


def _whole(box: Box) -> LogReport:
    kek = box.keys.kek()
    assert isinstance(kek, bytes)
    report = verify_file(box.file(box.store.epoch()), (), None, kek)
    assert isinstance(report, LogReport)
    return report


def _every_byte(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


# -------------------------------------------------------------------------------------------------------- checkpoint


def test_a_checkpoint_waits_until_the_gate_is_idle_for_two_seconds(at_work: Box) -> None:
    upkeep = _upkeep(at_work)
    at_work.record(3)
    with closing(reader(at_work.file())) as connection:
        before = at_work.file().stat().st_size
        at_work.clock.advance(1_999)
        upkeep._checkpoint()
        assert at_work.file().stat().st_size == before
        at_work.clock.advance(1)
        upkeep._checkpoint()
        assert at_work.file().read_bytes().count(b'"type":"passage"') == 3
        assert connection.execute("SELECT count(*) FROM event").fetchone()[0] == 7


def test_a_long_wal_is_checkpointed_at_once(at_work: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.adapters.store_upkeep.WAL_BYTES", 1000)
    at_work.record(1)
    _upkeep(at_work)._checkpoint()
    assert b'"type":"passage"' in at_work.file().read_bytes()


def test_the_end_of_a_shift_cuts_the_wal_and_makes_a_copy(at_work: Box) -> None:
    at_work.record(3)
    made = _upkeep(at_work).shift_end()
    assert made.file is not None
    assert made.file.name == "gate-1-7.db"
    assert _wal(at_work) == 0


# ------------------------------------------------------------------------------------------------------------ copies


def test_three_verified_copies_are_kept(at_work: Box) -> None:
    for _ in range(5):
        at_work.record(1)
        assert make_backup(at_work.folder, _folder(at_work).file).file is not None
    assert [file.name for file in backups_in(at_work.folder)] == ["gate-1-11.db", "gate-1-9.db", "gate-1-7.db"]
    assert backups_in(at_work.folder)[0].stat().st_mode & 0o777 == 0o600


def test_a_copy_that_does_not_verify_replaces_nothing(at_work: Box) -> None:
    at_work.record(2)
    good = make_backup(at_work.folder, _folder(at_work).file, keep=1).file
    at_work.record(1)
    writer = _folder(at_work).file.writer
    writer.execute("DROP TRIGGER event_kept")
    writer.execute("UPDATE event SET temp_dc = 390 WHERE seq = 2")
    made = make_backup(at_work.folder, _folder(at_work).file, keep=1)
    assert made.file is None
    assert "1/2 COLUMN_MISMATCH" in made.fault
    assert list(backups_in(at_work.folder)) == [good]
    assert not (at_work.folder / "backup" / "copy.part").exists()


def test_a_copy_is_made_every_six_hours_if_there_is_room(at_work: Box, expected_log: ExpectedLog) -> None:
    upkeep = _upkeep(at_work)
    upkeep.step()
    assert backups_in(at_work.folder) == ()
    at_work.clock.advance(6 * 3_600_000)
    upkeep.step()
    assert len(backups_in(at_work.folder)) == 1
    at_work.record(1)
    at_work.free = 199 * 1024 * 1024
    assert upkeep.backup().fault == "no room"
    at_work.free = 10**10
    (at_work.folder / "backup" / "copy.part").mkdir()
    expected_log(logging.WARNING, "kiosk.adapters.store_upkeep", "backup:")
    assert upkeep.backup().file is None


# ------------------------------------------------------------------------------------------------------------- purge


@pytest.fixture
def old_and_new(at_work: Box) -> tuple[Box, int]:
    """Twenty planted persons of day 0, all acknowledged, one of today; now is 15 days later."""
    for number in range(20):
        at_work.store.commit(at_work.registration(f"钱多多{number:02}", f"1370000{number:04}"), fold)
    at_work.record(3)
    at_work.acknowledge()
    make_backup(at_work.folder, _folder(at_work).file)
    at_work.clock.advance(15 * DAY_MS)
    at_work.store.commit(at_work.registration("孙今天", "13900000000"), fold)
    return at_work, at_work.clock.wall_ms()


def _sealed_parts(box: Box) -> list[bytes]:
    with closing(reader(box.file())) as connection:
        return [row[0] for row in connection.execute("SELECT sealed FROM event_private ORDER BY seq")]


def test_old_personal_parts_are_in_no_byte_after_the_purge_and_the_chain_holds(old_and_new: tuple[Box, int]) -> None:
    box, now = old_and_new
    parts = _sealed_parts(box)
    assert len(parts) == 21
    assert all(part in _every_byte(box.folder) for part in parts)
    assert purge_personal(_folder(box), now) == Purged(20, done=True)
    left = _every_byte(box.folder)
    # The nonce and the ciphertext's begin: even a piece of a destroyed part would be found.
    assert [part for part in parts if part[2:34] in left] == parts[20:]
    assert _whole(box).whole
    last = list(box.store.events())[-1].body
    assert isinstance(last, Purge)
    assert (last.rows, last.by) == (20, "gate")
    assert len(backups_in(box.folder)) == 1
    assert purge_personal(_folder(box), now) == Purged(0, done=True)


def test_what_the_office_has_not_acknowledged_is_never_purged(at_work: Box) -> None:
    at_work.store.commit(at_work.registration(), fold)
    at_work.store.commit(at_work.registration(), fold)
    at_work.acknowledge(2)
    at_work.clock.advance(30 * DAY_MS)
    assert purge_personal(_folder(at_work), at_work.clock.wall_ms()).rows == 1
    assert len(_sealed_parts(at_work)) == 1
    assert _whole(at_work).whole


def test_a_hold_keeps_a_part(old_and_new: tuple[Box, int]) -> None:
    box, now = old_and_new
    assert purge_personal(_folder(box), now, held=frozenset({3, 4})).rows == 18
    assert len(_sealed_parts(box)) == 3


def test_without_trusted_time_nothing_is_purged(old_and_new: tuple[Box, int]) -> None:
    box, _ = old_and_new
    assert purge_personal(_folder(box), None) == Purged(0, done=False)
    assert prune_log(_folder(box), None) == 0
    assert len(_sealed_parts(box)) == 21


def test_many_parts_go_in_pieces_with_a_record_each(at_work: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.adapters.store_purge.PIECE", 3)
    for _ in range(7):
        at_work.store.commit(at_work.registration(), fold)
    at_work.acknowledge()
    at_work.clock.advance(20 * DAY_MS)
    assert purge_personal(_folder(at_work), at_work.clock.wall_ms()).rows == 7
    bodies = [event.body for event in at_work.store.events()]
    assert [body.rows for body in bodies if isinstance(body, Purge)] == [3, 3, 1]
    assert _whole(at_work).whole


def test_a_purge_that_a_reader_stops_is_not_done_and_is_taken_up_again(old_and_new: tuple[Box, int]) -> None:
    box, now = old_and_new
    folder = _folder(box)
    folder.file.writer.execute("PRAGMA busy_timeout = 50")
    with closing(reader(box.file())) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM event").fetchone()
        assert purge_personal(folder, now) == Purged(20, done=False)
        connection.execute("COMMIT")
    assert purge_personal(folder, now) == Purged(0, done=True)
    assert len(backups_in(box.folder)) == 1


def test_the_purge_comes_at_start_and_daily_from_half_past_three(old_and_new: tuple[Box, int]) -> None:
    box, now = old_and_new
    times = [now]
    assert box.opened is not None
    upkeep = Upkeep(box.opened.folder, lambda: times[0], pause=lambda: None)
    upkeep.step()
    assert len(_sealed_parts(box)) == 1
    box.acknowledge()
    times[0] = now + 15 * DAY_MS
    upkeep.step()
    assert len(_sealed_parts(box)) == 0


def test_a_closed_epoch_goes_with_its_file_once_the_office_has_all_of_it(
    old_and_new: tuple[Box, int], expected_log: ExpectedLog
) -> None:
    box, now = old_and_new
    expected_log(logging.WARNING, "kiosk.adapters.store_folder", "opened: OFFICE_ORDER")
    box.store.open_epoch(2)
    later = now + 15 * DAY_MS
    purge_personal(_folder(box), later)
    assert box.file(1).exists()
    box.acknowledge()
    assert purge_personal(_folder(box), later) == Purged(0, done=True)
    assert not box.file(1).exists()
    assert box.store.commit(box.entry(), fold)


# ------------------------------------------------------------------------------------------------------------- prune


def test_the_log_is_pruned_up_to_a_receipt_and_goes_on_from_there(at_work: Box) -> None:
    at_work.record(10)
    receipt = at_work.acknowledge(15)
    at_work.clock.advance(61 * DAY_MS)
    at_work.record(2)
    assert prune_log(_folder(at_work), at_work.clock.wall_ms()) == 15
    assert next(at_work.store.events()).seq == 16
    report = _whole(at_work)
    assert (report.whole, report.first_seq, report.receipt_seq) == (True, 16, 15)
    with closing(reader(at_work.file())) as connection:
        seq, hash_ = connection.execute("SELECT seq, hash FROM log_base").fetchone()
        assert (seq, hash_.hex()) == (receipt["seq"], receipt["hash"])
        assert verify_log(FileSource(connection), DEVICE.device, 1, (), Base(seq, hash_)).whole
    head = at_work.store.head()
    assert at_work.again().head() == head
    assert at_work.store.outgoing(15, 1, 1)[0].prev == receipt["hash"]
    assert prune_log(_folder(at_work), at_work.clock.wall_ms()) == 0


def test_events_whose_personal_part_is_still_there_are_not_pruned(at_work: Box) -> None:
    at_work.store.commit(at_work.registration(), fold)
    at_work.acknowledge()
    at_work.clock.advance(61 * DAY_MS)
    assert prune_log(_folder(at_work), at_work.clock.wall_ms()) == 0


def test_a_wholly_pruned_log_keeps_its_head(at_work: Box) -> None:
    at_work.record(2)
    at_work.acknowledge()
    head = at_work.store.head()
    at_work.clock.advance(61 * DAY_MS)
    assert prune_log(_folder(at_work), at_work.clock.wall_ms()) == 5
    assert at_work.again().head() == head
    assert at_work.store.commit(at_work.entry(), fold)[0].seq == head[0] + 1


# ------------------------------------------------------------------------------------------------- the rest of upkeep


def test_the_whole_chain_is_checked_at_start_and_daily(at_work: Box, expected_log: ExpectedLog) -> None:
    at_work.record(2)
    heard: list[str] = []
    upkeep = _upkeep(at_work, heard=heard)
    upkeep.step()
    assert heard == []
    writer = _folder(at_work).file.writer
    writer.execute("DROP TRIGGER event_kept")
    writer.execute("UPDATE event SET temp_dc = 390 WHERE seq = 2")
    upkeep.step()
    assert heard == []
    expected_log(logging.ERROR, "kiosk.adapters.store_upkeep", "1/2 COLUMN_MISMATCH")
    at_work.clock.advance(DAY_MS)
    upkeep._daily()
    assert heard == ["1/2 COLUMN_MISMATCH expected copies of the canonical bytes"]


def test_the_reserve_is_made_again_when_there_is_room(at_work: Box) -> None:
    assert free_reserve(at_work.folder)
    at_work.free = 1024**3
    upkeep = _upkeep(at_work)
    upkeep.step()
    assert not has_reserve(at_work.folder)
    at_work.free = 1024**3 + 1
    upkeep.step()
    assert has_reserve(at_work.folder)


def test_an_old_list_is_dropped_piece_by_piece(at_work: Box) -> None:
    at_work.store.replace_scope(ROSTER, roster(150), "1.1", 1)
    at_work.store.replace_scope(ROSTER, roster(5), "1.2", 2)
    upkeep = _upkeep(at_work)
    counts = []
    for _ in range(4):
        upkeep.step()
        with closing(reader(at_work.file())) as connection:
            counts.append(connection.execute("SELECT count(*) FROM register").fetchone()[0])
    # 10 rows and 290 tombstones in force; the 300 of the old list go by 200.
    assert counts == [400, 300, 300, 300]
    assert {row.row for row in roster(5)} == set(at_work.store.rows())


def test_an_error_in_upkeep_is_logged_and_goes_no_further(at_work: Box, expected_log: ExpectedLog) -> None:
    upkeep = _upkeep(at_work)
    expected_log(logging.WARNING, "kiosk.adapters.store_upkeep", "upkeep: SQLITE_READONLY")
    _folder(at_work).file.writer.execute("PRAGMA query_only = ON")
    at_work.store.head()
    with closing(reader(at_work.file())):
        upkeep._folder.file.writer.execute("SELECT 1")
        upkeep.step()
        # Nothing to drop is nothing written: make something to be written.
        _folder(at_work).file.writer.execute("PRAGMA query_only = OFF")
        at_work.store.replace_scope(ROSTER, roster(5), "1.2", 2)
        at_work.store.replace_scope(ROSTER, roster(5), "1.3", 2)
        _folder(at_work).file.writer.execute("PRAGMA query_only = ON")
        upkeep.step()
        _folder(at_work).file.writer.execute("PRAGMA query_only = OFF")


def test_the_upkeep_thread_ends_when_told(at_work: Box) -> None:
    stop = threading.Event()
    stop.set()
    _upkeep(at_work).run(stop)
    breathe()


# ------------------------------------------------------------------------------------------------------------- turns


def test_a_desk_goes_ahead_of_all_others_that_wait() -> None:
    turns = Turns()
    order: list[str] = []
    ready = [threading.Event() for _ in range(3)]

    def other(index: int) -> None:
        ready[index].set()
        with turns.other():
            order.append("other")

    def desk() -> None:
        ready[2].set()
        with turns.desk():
            order.append("desk")

    with turns.other():
        threads = [threading.Thread(target=other, args=(index,)) for index in range(2)]
        for thread, event in zip(threads, ready, strict=False):
            thread.start()
            event.wait(5)
        late = threading.Thread(target=desk)
        late.start()
        ready[2].wait(5)
        # The desk stands in line, though it came last, before the turn is given up.
        while turns._desks == 0:
            pass
    for thread in (*threads, late):
        thread.join(5)
    assert order == ["desk", "other", "other"]


def test_a_turn_is_given_up_after_an_error() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="x"), turns.desk():
        raise ValueError("x")
    with turns.other():
        pass
