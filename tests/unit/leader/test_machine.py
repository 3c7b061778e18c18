# SPDX-License-Identifier: LicenseRef-Gatehouse
"""本机: switching off says plainly why it may not; an enrolment given back leaves nothing that opens."""

from pathlib import Path

import pytest

from kiosk.adapters.input_devices import typing_devices
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.machine import power_off
from kiosk.adapters.re_enrolment import give_back, lay_aside


def program(folder: Path, text: str) -> str:
    file = folder / "systemctl"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('test "$*" = "--no-ask-password poweroff"', None),
        ('echo "Access denied" >&2; exit 1', "Access denied"),
        ("exit 4", "4"),
    ],
)
def test_the_tablet_goes_off_or_says_why_not(tmp_path: Path, text: str, said: str | None) -> None:
    assert power_off(program(tmp_path, text)) == said


def test_no_such_program_is_no_crash(tmp_path: Path) -> None:
    assert power_off(str(tmp_path / "none")) == "FileNotFoundError"


def test_an_enrolment_given_back_leaves_no_keys_and_lays_its_files_aside(tmp_path: Path) -> None:
    keys = GateKeys(DemoKeyStore(tmp_path / "keys"))
    assert keys.make(bytes) is None
    for name in ("device.json", "gate-1.db", "gate-1.db-wal", "ca.pem", "settings.json"):
        (tmp_path / name).write_text("{}")
    give_back(tmp_path, keys, "20200220")
    assert not isinstance(keys.kek(), bytes)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["keys", "replaced", "settings.json"]
    assert (tmp_path / "replaced" / "20200220" / "gate-1.db").is_file()


def test_what_a_power_cut_left_is_laid_aside_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "replaced" / "20200220").mkdir(parents=True)
    (tmp_path / "gate-1.db").write_text("")
    lay_aside(tmp_path, "rest")
    assert (tmp_path / "replaced" / "rest" / "gate-1.db").is_file()


def test_a_gate_that_is_enrolled_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "replaced").mkdir()
    for name in ("device.json", "gate-1.db"):
        (tmp_path / name).write_text("{}")
    lay_aside(tmp_path, "rest")
    assert (tmp_path / "gate-1.db").is_file()


def test_devices_that_type_are_bound_by_the_name_that_stays(tmp_path: Path) -> None:
    (tmp_path / "usb-Newland_HR22-event-kbd").touch()
    (tmp_path / "usb-Logitech_Mouse-event-mouse").touch()
    (found,) = typing_devices(tmp_path)
    assert (found.path, found.name) == (str(tmp_path / "usb-Newland_HR22-event-kbd"), "Newland_HR22")
