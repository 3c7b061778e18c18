# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The doctor: each row says what is wrong and what to do; it changes nothing, and it never faints."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer import Exit

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.device_folder import DeviceFile, write_device, write_receipt
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.store_start import OpenedStore, open_store
from ui.cli import doctor_checks as checks
from ui.cli.doctor import command
from ui.cli.doctor_checks import CHECKS, Place, Row, State, examined
from ui.cli.doctor_devices import DEVICE_CHECKS, keyboards, played, sound

DEVICE = DeviceFile("ab" * 16, "G01", "C01", 1, "0a01", "5e" * 16, "https://127.0.0.1:1", demo=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gate") / "gate"
    folder.mkdir(mode=0o700)
    clock = SystemClock()
    ids = FreshIds(clock)
    keys = GateKeys(DemoKeyStore(folder / "keys"))
    assert keys.make(ids.random) is None
    write_device(folder, DEVICE)
    opened = open_store(folder, DEVICE.identity(), keys, clock, ids)
    assert isinstance(opened, OpenedStore)
    opened.store.close()
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Place:
    shutil.copytree(made, tmp_path / "gate")
    (tmp_path / "gate").chmod(0o700)
    return Place(tmp_path / "gate", uid=os.geteuid())


def test_a_sound_gate_is_good(place: Place) -> None:
    rows = [check(place) for check in (checks.enrolment, checks.disk, checks.key_store, checks.clock, checks.store)]
    assert [row.state for row in rows] == [State.GOOD] * 5


def test_a_place_without_a_gate_is_no_fault(tmp_path: Path) -> None:
    nowhere = Place(tmp_path / "gate", demo=True)
    states = [check(nowhere).state for check in (checks.enrolment, checks.key_store, checks.clock, checks.store)]
    assert states == [State.NOTE, State.GOOD, State.GOOD, State.GOOD]
    assert checks.office(nowhere).state is State.GOOD


def test_a_changed_log_is_a_fault_with_its_place(place: Place) -> None:
    with closing(sqlite3.connect(place.folder / "gate-1.db")) as connection:
        connection.execute("DROP TRIGGER event_kept")
        connection.execute("UPDATE event SET at_ms = at_ms + 1")
        connection.commit()
    assert "COLUMN_MISMATCH" in checks.store(place).en


def test_an_old_copy_put_back_is_a_fault(place: Place) -> None:
    write_receipt(place.folder, {"epoch": 1, "seq": 99, "hash": "00" * 32})
    assert checks.store(place) == Row(
        State.FAULT, "记录有问题: head 1, receipt 99", "the log has a fault: head 1, receipt 99",
        "照常打开门岗,它会另开一份记录;通知街道", "start the gate, it opens a new epoch; tell the street",
    )  # fmt: skip


def test_lost_keys_a_withdrawal_and_an_open_folder_are_faults(place: Place) -> None:
    DemoKeyStore(place.folder / "keys").delete("kek")
    (place.folder / "withdrawn.json").write_text('{"stage": "CLEARED"}')
    place.folder.chmod(0o755)
    assert checks.key_store(place).state is State.FAULT
    assert checks.enrolment(place).zh == "本机已停用"
    assert checks.account(Place(place.folder, uid=4711)).state is State.FAULT
    assert checks.account(Place(place.folder, uid=0)).state is State.NOTE


def test_a_clock_before_the_newest_record_is_a_fault(place: Place) -> None:
    with closing(sqlite3.connect(place.folder / "gate-1.db")) as connection:
        connection.execute("DROP TRIGGER event_kept")
        connection.execute("UPDATE event SET at_ms = at_ms + 3600000")
        connection.commit()
    assert checks.clock(place).state is State.FAULT


def test_an_office_out_of_reach_is_a_note(place: Place) -> None:
    (place.folder / "ca.pem").write_text("")
    assert examined(checks.office, place).state in {State.NOTE, State.FAULT}


def test_no_camera_is_a_fault_and_a_picture_is_good(place: Place, tmp_path: Path) -> None:
    assert checks.camera(Place(place.folder, str(tmp_path / "none.avi"))).state is State.FAULT


def test_a_check_that_breaks_is_a_row_and_not_an_exception(place: Place) -> None:
    def faints(_place: Place) -> Row:
        raise ZeroDivisionError

    row = examined(faints, place)
    assert (row.state, "ZeroDivisionError" in row.en) == (State.FAULT, True)


def test_a_file_that_is_no_database_is_told_and_left_as_it_is(place: Place) -> None:
    file = place.folder / "gate-1.db"
    file.write_bytes(b"not a database" * 400)
    before = {path.name: path.read_bytes() for path in place.folder.iterdir() if path.is_file()}
    assert [examined(check, place).state for _, en, check in CHECKS if en in {"store", "clock"}] == [State.FAULT] * 2
    assert {path.name: path.read_bytes() for path in place.folder.iterdir() if path.is_file()} == before


def test_the_command_tells_every_row_and_exits_by_the_worst(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exit) as ended:
        command(place.folder, str(place.folder / "none.avi"), as_json=True)
    assert ended.value.exit_code == 1
    told = json.loads(capsys.readouterr().out)
    assert [row["check"] for row in told] == [en for _, en, _ in (*CHECKS, *DEVICE_CHECKS)]
    assert all(row["zh"] and row["en"] and (row["state"] == "GOOD" or row["todo_zh"]) for row in told)


def test_a_tone_is_played_for_whoever_asks_the_doctor(place: Place) -> None:
    assert played(["true"], "T1.wav").state is State.GOOD
    assert played(["false"], "T1.wav").en == "not played (1)"
    assert played(["/no/such/player"], "T1.wav").state is State.FAULT
    assert played(None, "T1.wav") == Row(
        State.NOTE, "没有声音设备", "no sound device",
        "检查音量、喇叭和接线;没有声音也能放行", "check volume, speaker and cable; the gate works without",
    )  # fmt: skip
    assert sound(place).state in (State.GOOD, State.NOTE), "every phrase has its file"


def test_scanners_that_type_are_named(place: Place, tmp_path: Path) -> None:
    (tmp_path / "usb-Honeywell_HID-event-kbd").touch()
    (tmp_path / "usb-Mouse-event-mouse").touch()
    assert keyboards(place, tmp_path).en == "usb-Honeywell_HID-event-kbd"
    assert keyboards(place, tmp_path / "none").en == "nothing that types"
