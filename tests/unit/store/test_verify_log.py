# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk verify-log` and `export-log`: what was done to a real file is named, and nothing is written to it."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.adapters.device_folder import read_device, write_device
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_verify import Unreadable, verify_file
from kiosk.domain.log.findings import LogFault, LogReport
from kiosk.domain.trust.carrying import open_sealed
from kiosk.domain.trust.statements import Receipt
from sync.wire.carried import CarriedEvent, CheckedLog, check_log, sealed_aad
from tests.unit.line import doubles
from tests.unit.store.boxes import DEVICE, Box, fold
from ui.cli import export_log, verify_log


@pytest.fixture
def log(box: Box) -> Box:
    """A closed log: 1 opened, 2 to 9 entries, 10 a registration; acknowledged to 7, head kept."""
    box.open()
    box.record(4)
    box.store.commit(box.registration(), fold)
    box.acknowledge(7)
    box.store.signed_head(keep=True)
    box.close()
    return box


def _verify(box: Box) -> LogReport:
    kek = box.keys.kek()
    assert isinstance(kek, bytes)
    receipt = json.loads((box.folder / "receipt.json").read_text())
    found = verify_file(box.file(), (receipt,), read_device(box.folder), kek)
    assert isinstance(found, LogReport), found
    return found


def _tamper(box: Box, *statements: str) -> None:
    """What somebody with the file and SQLite can do: triggers and checks are no obstacle."""
    connection = sqlite3.connect(box.file(), isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def test_a_whole_log_is_told_in_one_line(log: Box, capsys: pytest.CaptureFixture[str]) -> None:
    digest = hashlib.sha256(log.file().read_bytes()).hexdigest()
    verify_log.command(log.file())
    assert capsys.readouterr().out == f"OK 10 events, head {_verify(log).head_hash[:8]}, receipt at 7\n"
    assert hashlib.sha256(log.file().read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("statements", "seq", "fault"),
    [
        (["UPDATE event SET temp_dc = 399 WHERE seq = 4"], 4, LogFault.COLUMN_MISMATCH),
        (["UPDATE event SET person_id = NULL WHERE seq = 5"], 5, LogFault.COLUMN_MISMATCH),
        (["UPDATE event SET person_id = lower(hex(person_id)) WHERE seq = 5"], 5, LogFault.COLUMN_MISMATCH),
        (["UPDATE event SET hash = zeroblob(32) WHERE seq = 6"], 6, LogFault.EDITED),
        (
            [
                "UPDATE event SET canon = CAST(replace(CAST(canon AS TEXT), '365', '364') AS BLOB) WHERE seq = 4",
                "UPDATE event SET temp_dc = 364 WHERE seq = 4",
            ],
            4,
            LogFault.EDITED,
        ),
        (["DELETE FROM event WHERE seq = 3"], 3, LogFault.DELETED),
        (
            ["DELETE FROM event WHERE seq = 3", "UPDATE event SET seq = -seq WHERE seq > 3",
             "UPDATE event SET seq = -seq - 1 WHERE seq < 0"],
            3,
            LogFault.DELETED,
        ),
        (
            ["UPDATE event SET seq = 99 WHERE seq = 4", "UPDATE event SET seq = 4 WHERE seq = 6",
             "UPDATE event SET seq = 6 WHERE seq = 99"],
            4,
            LogFault.SWAPPED,
        ),
        (
            ["UPDATE event SET seq = -seq WHERE seq > 4", "UPDATE event SET seq = -seq + 1 WHERE seq < 0",
             """INSERT INTO event SELECT 5, randomblob(16), at_ms, mono_ms, boot, clock, type, v, shift_id, person_id,
                pass_id, passage_id, verdict, temp_dc, canon, randomblob(32) FROM event WHERE seq = 4"""],
            5,
            LogFault.INSERTED,
        ),
        (["DELETE FROM event WHERE seq > 6"], 7, LogFault.TRUNCATED),
        (["DELETE FROM event_private"], 10, LogFault.PERSONAL_MISSING),
        (["UPDATE event_private SET sealed = randomblob(length(sealed))"], 10, LogFault.PERSONAL_MISMATCH),
        (["INSERT INTO event_private SELECT 8, day, sealed FROM event_private"], 8, LogFault.PERSONAL_MISMATCH),
        (["UPDATE signed_head SET hash = zeroblob(32)"], 10, LogFault.FORKED),
    ],
)  # fmt: skip
def test_what_was_done_to_a_file_is_named_with_its_place(
    log: Box, statements: list[str], seq: int, fault: LogFault
) -> None:
    assert _verify(log).whole
    _tamper(log, *statements)
    first = _verify(log).findings[0]
    assert (first.epoch, first.seq, first.fault) == (1, seq, fault)


def test_findings_end_in_one(log: Box, capsys: pytest.CaptureFixture[str]) -> None:
    _tamper(log, "UPDATE event SET temp_dc = 399 WHERE seq = 4")
    with pytest.raises(typer.Exit) as left:
        verify_log.command(log.file())
    assert left.value.exit_code == 1
    assert capsys.readouterr().out == "1/4 COLUMN_MISMATCH expected copies of the canonical bytes\n"


def test_a_receipt_may_be_given_by_hand(log: Box, tmp_path: Path) -> None:
    receipt = json.loads((log.folder / "receipt.json").read_text())
    other = tmp_path / "paper.json"
    other.write_text(json.dumps({**receipt, "seq": 400}))
    for file, code in ((other, 1), (tmp_path / "none.json", 2)):
        with pytest.raises(typer.Exit) as left:
            verify_log.command(log.file(), receipt=file)
        assert left.value.exit_code == code


@pytest.mark.parametrize("content", [None, b"", b"not a database at all", b"SQLite format 3\0" + bytes(8000)])
def test_what_is_no_log_ends_in_two(tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gate-1.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(typer.Exit) as left:
        verify_log.command(file)
    assert left.value.exit_code == 2
    assert "unreadable" in capsys.readouterr().err
    assert isinstance(verify_file(file), Unreadable)


def test_it_runs_as_a_program_without_qt(log: Box) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", "-m", "ui.cli.main", "verify-log", str(log.file())],
        capture_output=True, text=True, check=False, env={**os.environ, "GATEHOUSE_DEBUG": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.startswith("OK 10 events")
    assert "PySide6" not in done.stderr


# ------------------------------------------------------------------------------------------------------------ export


@pytest.fixture
def stick(log: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, X25519PrivateKey]:
    """A stick, and the office's key; the gate's keys lie in its demo folder."""
    office = X25519PrivateKey.generate()
    device = read_device(log.folder)
    assert device is not None
    write_device(log.folder, replace(device, demo=True, seal_key=office.public_key().public_bytes_raw().hex()))
    place = DemoKeyStore(log.folder / "keys")
    for name in ("kek", "device-key"):
        secret = log.place.load(name)
        assert isinstance(secret, bytes)
        place.save(name, secret)
    to = tmp_path / "stick"
    to.mkdir()
    return to, office


def _carried(file: Path) -> tuple[CheckedLog, list[CarriedEvent]]:
    checked = check_log(lambda: (file.read_bytes(),))
    assert isinstance(checked, CheckedLog), checked
    events = list(checked.events())
    assert all(isinstance(event, CarriedEvent) for event in events)
    return checked, [event for event in events if isinstance(event, CarriedEvent)]


def test_a_carried_log_holds_the_events_and_names_for_the_office_alone(
    log: Box, stick: tuple[Path, X25519PrivateKey]
) -> None:
    to, office = stick
    export_log.command(to, data=log.folder)
    (file,) = to.iterdir()
    assert file.name == "gate-G01-1-1-10.ghlog"
    checked, events = _carried(file)
    assert [json.loads(event.c)["seq"] for event in events] == list(range(1, 11))
    assert [event.s is not None for event in events] == [False] * 9 + [True]
    assert "张三" not in str(events)
    from sync.wire import base64url

    blob = base64url.octets(events[-1].s or "")
    assert blob is not None
    plain = open_sealed(office, blob, sealed_aad(checked.head.device, 1, events[-1].h))
    assert plain is not None
    assert "张三" in plain.decode()


def test_only_the_unsent_part_and_without_names(log: Box, stick: tuple[Path, X25519PrivateKey]) -> None:
    to, _ = stick
    export_log.command(to, unsent=True, redacted=True, data=log.folder)
    (file,) = to.iterdir()
    assert file.name == "gate-G01-1-8-10.ghlog"
    checked, events = _carried(file)
    assert all(event.s is None for event in events)
    with reader(log.file()) as connection:
        assert (
            checked.head.base == connection.execute("SELECT hex(hash) FROM event WHERE seq = 7").fetchone()[0].lower()
        )
    connection.close()


def test_a_shift_of_its_own_and_an_unknown_one(
    log: Box, stick: tuple[Path, X25519PrivateKey], capsys: pytest.CaptureFixture[str]
) -> None:
    to, _ = stick
    export_log.command(to, shift="5f" * 16, data=log.folder)
    assert [file.name for file in to.iterdir()] == ["gate-G01-1-2-10.ghlog"]
    export_log.command(to, shift="00" * 16, data=log.folder)
    assert "nothing to export" in capsys.readouterr().out


def test_wrong_uses_of_export_are_refused(log: Box, stick: tuple[Path, X25519PrivateKey], tmp_path: Path) -> None:
    to, _ = stick
    with pytest.raises(typer.BadParameter):
        export_log.command(to, unsent=True, everything=True, data=log.folder)
    for where, folder, code in ((tmp_path / "none", log.folder, 2), (to, tmp_path / "nobody", 4)):
        with pytest.raises(typer.Exit) as left:
            export_log.command(where, data=folder)
        assert left.value.exit_code == code
    (log.folder / "keys" / "kek.key").unlink()
    with pytest.raises(typer.Exit) as left:
        export_log.command(to, data=log.folder)
    assert left.value.exit_code == 4


# --------------------------------------------------------------------------------------- signatures by the lists' keys


@pytest.fixture
def signed(box: Box) -> tuple[Box, dict[str, Any]]:
    """A log whose file holds the signed lists; a receipt by the RECEIPT key at 3, a kept head of the device at 5."""
    box.clock.go_to(doubles.NOW_S * 1000)
    store = box.open()
    box.record(2)
    store.signed_head(keep=True)
    store.put_list("key_bundle", 1, doubles.bundle_bytes())
    public = box.keys.public_key()
    assert isinstance(public, bytes)
    store.put_list("device_list", 1, doubles.devices_bytes(DEVICE.device, public))
    out = store.outgoing(2, 1, 1)[0]
    at_ms, kid = box.clock.wall_ms(), doubles.RECEIPT_KID.hex()
    statement = Receipt(DEVICE.server, DEVICE.device, 1, 3, out.hash, at_ms, kid)
    receipt: dict[str, Any] = {**statement.values(), "sig": statement.signed(doubles.RECEIPT.sign)}
    box.close()
    device = read_device(box.folder)
    assert device is not None
    write_device(box.folder, replace(device, root_keys=tuple(doubles.public(root).hex() for root in doubles.ROOTS)))
    return box, receipt


def _signed_report(box: Box, *receipts: dict[str, Any]) -> LogReport:
    found = verify_file(box.file(), receipts, read_device(box.folder))
    assert isinstance(found, LogReport), found
    return found


def test_signatures_are_checked_by_the_keys_of_the_lists(signed: tuple[Box, dict[str, Any]]) -> None:
    box, receipt = signed
    report = _signed_report(box, receipt)
    assert report.whole
    assert report.receipt_seq == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"server": "cc" * 16},
        {"at_ms": 5},
        {"kid": "f0"},
        {"kid": "zz"},
        {"sig": "x"},
        {"sig": None},
        {"device": "cc" * 16},
    ],
)
def test_a_receipt_that_the_office_did_not_sign_is_named(
    signed: tuple[Box, dict[str, Any]], changes: dict[str, Any]
) -> None:
    box, receipt = signed
    first = _signed_report(box, {**receipt, **changes}).findings[0]
    assert (first.seq, first.fault) == (3, LogFault.BAD_SIGNATURE)
    del receipt["sig"]
    assert not _signed_report(box, receipt).whole


def test_a_head_that_the_device_did_not_sign_is_named(signed: tuple[Box, dict[str, Any]]) -> None:
    box, _ = signed
    _tamper(box, "UPDATE signed_head SET sig = 'x'")
    first = _signed_report(box).findings[0]
    assert (first.seq, first.fault) == (5, LogFault.BAD_SIGNATURE)


def test_lists_of_another_root_are_not_believed(signed: tuple[Box, dict[str, Any]]) -> None:
    box, receipt = signed
    device = read_device(box.folder)
    assert device is not None
    write_device(box.folder, replace(device, root_keys=("00" * 32,)))
    # Nothing is known of the signature then, and the hash alone speaks.
    assert _signed_report(box, {**receipt, "sig": "x"}).receipt_seq == 3


def test_a_database_that_is_no_log_is_unreadable(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE meta (k TEXT PRIMARY KEY, v)")
    connection.close()
    assert verify_file(tmp_path / "other.db") == Unreadable("not a gate's log")
