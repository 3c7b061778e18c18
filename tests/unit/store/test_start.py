# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Starting on a gate's folder: the checks in their order, and what each finding leads to (sync-and-store.md 2)."""

import logging
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.adapters import store_start
from kiosk.adapters.clock import SystemClock
from kiosk.adapters.device_folder import read_device, read_receipt, write_device
from kiosk.adapters.migrations import NewerFile, migrate
from kiosk.adapters.store_backup import make_backup
from kiosk.adapters.store_connection import PragmaRefused, reader, writer
from kiosk.adapters.store_schema import STEPS
from kiosk.adapters.store_start import Check, OpenedStore, StartFault
from kiosk.app.ports import CommitFailed, CommitFault
from kiosk.domain.events import LogOpened
from tests.logfail import ExpectedLog
from tests.unit.store.boxes import ROSTER, Box, fold, roster


def _opened(box: Box) -> OpenedStore:
    found = box.try_open()
    assert isinstance(found, OpenedStore), found
    return found


def _birth(box: Box) -> LogOpened:
    body = next(box.store.events()).body
    assert isinstance(body, LogOpened)
    return body


def _said(opened: OpenedStore) -> dict[Check, bool]:
    return {result.check: result.good for result in opened.checks}


def test_a_good_start_passes_all_checks_in_their_order(box: Box) -> None:
    box.open()
    box.record(3)
    box.close()
    opened = _opened(box)
    assert [result.check for result in opened.checks] == list(Check)
    assert opened.failed == ()
    assert opened.new_epoch is None


def test_a_second_program_does_not_get_the_folder(box: Box) -> None:
    box.open()
    second = Box(box.folder, box.clock, box.place)
    assert second.try_open() == StartFault(Check.LOCK, "another program has this folder")
    box.close()
    assert isinstance(second.try_open(), OpenedStore)
    second.close()


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    found = Box(tmp_path / "file" / "gate").try_open()
    assert isinstance(found, StartFault)
    assert found.check is Check.FOLDER


def test_little_room_is_said_and_stops_nothing(box: Box) -> None:
    box.free = 300 * 1024 * 1024
    opened = _opened(box)
    assert [result.check for result in opened.failed] == [Check.FOLDER, Check.RESERVE]
    assert opened.failed[0].note == "300 MB free"


def test_the_reserve_is_written_not_sparse(box: Box) -> None:
    box.open()
    reserve = (box.folder / "reserve.bin").stat()
    assert reserve.st_size == 8 * 1024 * 1024
    assert reserve.st_blocks * 512 >= reserve.st_size


def test_the_settings_of_the_writer_are_read_back(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.open()
    connection = box.store._folder.file.writer
    wanted = {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1, "secure_delete": 1,
        "trusted_schema": 0, "cell_size_check": 1, "busy_timeout": 5000, "wal_autocheckpoint": 0,
        "journal_size_limit": 4194304, "application_id": 0x47484B31,
    }  # fmt: skip
    assert {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
    monkeypatch.setattr("kiosk.adapters.store_connection._PRAGMAS", (("synchronous", "FULL", 7),))
    with pytest.raises(PragmaRefused):
        writer(box.file())


def test_readers_cannot_write(box: Box) -> None:
    box.open()
    connection = reader(box.file())
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM meta")
    connection.close()


def test_a_newer_file_is_not_written_and_both_versions_are_named(box: Box) -> None:
    box.open()
    box.close()
    connection = sqlite3.connect(box.file())
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    before = box.file().read_bytes()
    assert box.try_open() == StartFault(Check.SCHEMA, f"file 9, program {len(STEPS)}")
    assert box.file().read_bytes() == before


def test_a_file_with_newer_events_is_left_alone(box: Box) -> None:
    box.open()
    box.store._folder.file.writer.execute("UPDATE meta SET v = 9 WHERE k = 'schema'")
    box.close()
    assert box.try_open() == StartFault(Check.SCHEMA, "events 9, program 1")


def test_a_migration_and_its_number_are_one_transaction_and_a_copy_comes_first(box: Box) -> None:
    box.open()
    box.record(2)
    box.close()
    good = (*STEPS, ("CREATE TABLE extra (a INTEGER) STRICT", "INSERT INTO extra VALUES (1)"))
    bad = (*STEPS, ("CREATE TABLE extra (a INTEGER) STRICT", "INSERT INTO nowhere VALUES (1)"))
    connection = writer(box.file())
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, box.file(), bad)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
    assert migrate(connection, box.file(), good) == 1
    assert migrate(connection, box.file(), good) == 0
    assert migrate(connection, box.file(), STEPS) == NewerFile(len(STEPS) + 1, len(STEPS))
    connection.close()
    copy = reader(box.file().with_name(f"gate-1.db.before-{len(STEPS) + 1}"))
    assert copy.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
    assert copy.execute("SELECT count(*) FROM event").fetchone()[0] == 5
    copy.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE event SET verdict = 'ADMIT' WHERE seq = 2", "append only"),
        ("DELETE FROM event WHERE seq = 5", "not yet acknowledged"),
        ("DELETE FROM event WHERE seq = 2", "not yet acknowledged and pruned"),
        ("INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 2", "seq is not head"),
        ("UPDATE event_private SET day = '2020-01-01'", "never changed"),
        ("DELETE FROM event_private", "only a purge"),
        ("UPDATE sync_state SET v = 1 WHERE k = 'acked_seq'", "goes back only"),
        ("DELETE FROM sync_state WHERE k = 'acked_seq'", "never deleted"),
    ],
)
def test_the_log_refuses_what_is_not_an_append(box: Box, statement: str, said: str) -> None:
    box.open()
    box.record(2)
    box.store.commit(box.registration(), fold)
    box.acknowledge(3)
    before = list(box.store.events())
    with pytest.raises(sqlite3.IntegrityError, match=said):
        box.store._folder.file.writer.execute(statement)
    assert list(box.store.events()) == before


def test_a_row_out_of_turn_is_refused(box: Box) -> None:
    box.open()
    with pytest.raises(sqlite3.IntegrityError, match="seq is not head"):
        box.store._folder.file.writer.execute(
            """INSERT INTO event SELECT 7, zeroblob(16), at_ms, mono_ms, boot, clock, type, v, shift_id, person_id,
               pass_id, passage_id, verdict, temp_dc, canon, hash FROM event"""
        )


# ------------------------------------------------------------------------------------------------------- new epochs


@pytest.fixture
def worked(box: Box) -> Box:
    """A gate that has worked: 2 entries acknowledged, 3 not, a roster, a verified copy from before the last entries."""
    box.open()
    box.store.replace_scope(ROSTER, roster(5), "1.10", 1000)
    box.record(4)
    box.acknowledge(5)
    assert make_backup(box.folder, box.store._folder.file).file is not None
    box.record(1)
    box.close()
    return box


def _flip(file: Path, find: bytes, put: bytes) -> None:
    data = file.read_bytes()
    assert data.count(find) >= 1
    file.write_bytes(data.replace(find, put, 1))


def test_a_failed_page_is_found_and_a_new_epoch_goes_on(worked: Box) -> None:
    data = bytearray(worked.file().read_bytes())
    connection = sqlite3.connect(worked.file())
    page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event_passage'").fetchone()[0]
    connection.close()
    data[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    worked.file().write_bytes(bytes(data))
    opened = _opened(worked)
    assert opened.new_epoch == "CORRUPT"
    assert _said(opened)[Check.FILE] is False
    # Only an index failed: nothing of the log is lost, and all that was not acknowledged is still sent.
    assert _birth(worked).lost_from is None
    assert (_birth(worked).parent_epoch, _birth(worked).parent_seq) == (1, 11)
    assert worked.file().with_name("gate-1.db.bad").exists()
    state = worked.store.sync_state()
    assert (state.epoch, state.acked_seq, state.head_seq, state.pending) == (1, 5, 11, 7)
    assert [out.seq for out in worked.store.outgoing(5, 200, 10**6)] == [6, 7, 8, 9, 10, 11]
    assert {row.row for row in roster(5)} == set(worked.store.rows())
    assert worked.again().head()[0] == 1


def test_a_broken_chain_uploads_the_verified_part_and_names_what_is_missing(worked: Box) -> None:
    _flip(worked.file(), b'"pass":"0000000000000004"', b'"pass":"0000000000000009"')
    opened = _opened(worked)
    assert opened.new_epoch == "CORRUPT"
    assert _said(opened)[Check.CHAIN] is False
    birth = _birth(worked)
    assert (birth.parent_seq, birth.lost_from, birth.lost_to) == (8, 9, 11)
    assert [out.seq for out in worked.store.outgoing(5, 200, 10**6)] == [6, 7, 8]
    assert len(list(worked.store.live())) == 4


def test_a_file_that_is_no_database_is_replaced_from_the_copy(worked: Box) -> None:
    worked.file().write_bytes(b"\0" * 65536)
    opened = _opened(worked)
    assert opened.new_epoch == "CORRUPT"
    assert _birth(worked) == LogOpened("CORRUPT")
    assert {row.row for row in roster(5)} == set(worked.store.rows())
    assert worked.store.sync_state().cursors == {ROSTER: "1.10"}
    assert len(list(worked.store.live())) == 4


def test_without_a_copy_the_lists_serve_until_they_are_pulled_anew(worked: Box) -> None:
    shutil.rmtree(worked.folder / "backup")
    _flip(worked.file(), b'"pass":"0000000000000004"', b'"pass":"0000000000000009"')
    assert _opened(worked).new_epoch == "CORRUPT"
    assert {row.row for row in roster(5)} == set(worked.store.rows())
    assert worked.store.sync_state().cursors == {}


def test_without_file_and_copy_the_gate_still_opens(worked: Box) -> None:
    shutil.rmtree(worked.folder / "backup")
    worked.file().unlink()
    opened = _opened(worked)
    assert opened.new_epoch == "RESTORED"
    assert worked.store.epoch() == 2
    assert list(worked.store.rows()) == []
    assert worked.store.commit(worked.entry(), fold)


def test_an_old_copy_put_back_is_seen_by_the_receipt(worked: Box) -> None:
    old = worked.file().read_bytes()
    worked.open()
    worked.record(3)
    worked.acknowledge()
    worked.close()
    worked.file().write_bytes(old)
    opened = _opened(worked)
    assert opened.new_epoch == "RESTORED"
    assert _said(opened)[Check.RECEIPT] is False
    assert (_birth(worked).parent_epoch, _birth(worked).parent_seq) == (1, 11)
    assert {row.row for row in roster(5)} == set(worked.store.rows())


def test_another_history_at_the_receipt_is_seen(worked: Box) -> None:
    receipt = dict(read_receipt(worked.folder) or {})
    (worked.folder / "receipt.json").write_text(str({**receipt, "hash": "0" * 64}).replace("'", '"'))
    assert _opened(worked).new_epoch == "RESTORED"


def test_a_cut_off_wal_is_seen_by_the_receipt(box: Box) -> None:
    box.open()
    box.record(2)
    box.store._folder.file.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    box.record(3)
    box.acknowledge()
    # The writer dies: the WAL is still there when it is cut.
    copy = box.folder.parent / "copy"
    shutil.copytree(box.folder, copy)
    (copy / "gate-1.db-wal").write_bytes((copy / "gate-1.db-wal").read_bytes()[:40])
    dead = Box(copy, box.clock, box.place)
    assert _opened(dead).new_epoch == "RESTORED"
    dead.close()


def test_a_file_of_another_device_is_not_used(worked: Box) -> None:
    connection = writer(worked.file())
    connection.execute("UPDATE meta SET v = ? WHERE k = 'device'", ("cc" * 16,))
    connection.close()
    assert _opened(worked).new_epoch == "CORRUPT"


def test_a_damaged_data_key_opens_a_new_epoch_and_the_roster_is_pulled_anew(worked: Box) -> None:
    connection = writer(worked.file())
    connection.execute("UPDATE data_key SET wrapped = zeroblob(60)")
    connection.close()
    opened = _opened(worked)
    assert opened.new_epoch == "CORRUPT"
    assert list(worked.store.rows()) == []
    assert worked.store.sync_state().cursors == {}
    assert worked.store.commit(worked.registration(), fold)
    assert worked.store.sync_state().pending == 8


def test_a_start_cut_off_while_setting_aside_is_taken_up(worked: Box) -> None:
    worked.file().rename(worked.file().with_name("gate-1.db.bad"))
    worked.file().with_name("gate-1.db-wal").write_bytes(b"")
    opened = _opened(worked)
    assert opened.new_epoch == "CORRUPT"
    assert worked.store.epoch() == 2
    assert worked.file().with_name("gate-1.db.bad-wal").exists()
    assert _birth(worked).parent_seq == 11


def test_a_birth_cut_off_leaves_nothing_in_the_way(worked: Box) -> None:
    worked.file(2).with_name("gate-2.db.new").write_bytes(b"half")
    assert _opened(worked).new_epoch is None
    worked.close()
    worked.file().unlink()
    assert _opened(worked).new_epoch == "RESTORED"


def test_an_epoch_number_is_never_used_twice(worked: Box) -> None:
    device = read_device(worked.folder)
    assert device is not None
    assert device.epoch == 1
    worked.open()
    worked.close()
    device = read_device(worked.folder)
    assert device is not None
    write_device(worked.folder, replace(device, epoch=6))
    opened = _opened(worked)
    assert (opened.new_epoch, worked.store.epoch()) == ("RESTORED", 7)


# ----------------------------------------------------------------------------------------------------- clock and keys


@pytest.mark.parametrize(
    ("move_ms", "good"),
    [(-119_000, True), (-121_000, False), (23 * 3_600_000, True), (25 * 3_600_000, False)],
)
def test_the_clock_rule_is_said_at_start(box: Box, move_ms: int, good: bool) -> None:
    box.open()
    box.record(1)
    newest = box.store.newest_at_ms()
    assert newest is not None
    box.close()
    box.clock.set_wall(newest + move_ms)
    assert _said(_opened(box))[Check.CLOCK] is good


def test_a_locked_key_store_is_said_and_a_key_made_later(box: Box) -> None:
    box.place.locked = True
    opened = _opened(box)
    assert [(result.check, result.note) for result in opened.failed] == [(Check.KEYS, "LOCKED")]
    box.close()
    box.place.locked = False
    assert _opened(box).failed == ()
    assert box.store.commit(box.registration(), fold)
    box.again()
    assert box.store.personal(list(box.store.events())[-1].id) is not None


def test_boots_are_counted_by_the_store(box: Box) -> None:
    def start(os_boot_id: str) -> int:
        clock = SystemClock()
        clock._os_boot_id = os_boot_id
        box.clock = clock  # type: ignore[assignment]
        box.again()
        return clock.boot

    assert [start("one"), start("one"), start("two"), start("one")] == [1, 1, 2, 3]


def test_a_read_only_folder_says_so(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.open()
    box.close()

    def refuse(*_args: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(store_start, "open_epoch", refuse)
    found = box.try_open()
    assert isinstance(found, StartFault)
    assert found.check is Check.FOLDER


def test_a_file_that_fails_in_use_is_replaced_by_the_next_commit(box: Box, expected_log: ExpectedLog) -> None:
    box.open()
    box.record(2)
    box.store._folder.file.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = box.file().stat().st_size
    box.close()
    box.open()
    with box.file().open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * (size - 4096))
    box.store._folder.file.writer.execute("PRAGMA shrink_memory")
    expected_log(logging.ERROR, "kiosk.adapters.store", "not recorded: BROKEN")
    expected_log(logging.ERROR, "kiosk.adapters.store_folder", "file failed")
    expected_log(logging.WARNING, "kiosk.adapters.store_folder", "epoch 2 opened: CORRUPT")
    with pytest.raises(CommitFailed) as failed:
        box.store.commit(box.entry(), fold)
    assert failed.value.fault is CommitFault.BROKEN
    assert box.store.commit(box.entry(), fold)[0].seq == 2
    assert box.store.epoch() == 2
