# SPDX-License-Identifier: LicenseRef-Gatehouse
"""本机 in the real program: begun anew with its own exit code; an enrolment given back leads to the first screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.settings_file import FolderSettings
from kiosk.app.settings import Settings
from tests.robots.real_gate import gate_folder
from tests.robots.test_inputs import Program
from ui.cli.supervise import AGAIN
from ui.viewmodels.leader_tools import Device


@pytest.fixture
def folder(tmp_path: Path, qapp: QApplication) -> Iterator[Path]:
    yield gate_folder(tmp_path, SystemClock().wall_ms(), 1).folder
    for burst in qapp.children():
        if type(burst).__name__ == "KeyBursts":
            qapp.removeEventFilter(burst)
            burst.deleteLater()


def test_restart_ends_with_the_code_that_begins_anew(qapp: QApplication, folder: Path) -> None:
    program = Program(qapp, folder)
    assert program.runner.kiosk is not None
    program.runner.kiosk._outside.machine.restart()
    assert program.runner.close() == AGAIN
    assert (folder / "device.json").is_file()


def test_what_is_not_sent_keeps_the_enrolment_and_without_it_the_first_screen_comes(
    qapp: QApplication, folder: Path
) -> None:
    program = Program(qapp, folder)
    kiosk = program.runner.kiosk
    assert kiosk is not None
    kiosk.gate.app.leader.tailgate(1)
    assert kiosk._outside.machine.re_enrol() > 0
    assert not program.runner._stopping
    program.runner._given_back = kiosk.gate  # as if the office had all
    program.runner.close()
    assert not (folder / "device.json").exists()
    assert not list(folder.glob("gate-*.db"))
    again = Program(qapp, folder)
    assert again.runner.kiosk is None
    assert again.runner.made.window.shown.objectName() == "screen.enroll"
    again.runner.close()


def test_a_thermometer_that_was_kept_is_used_at_the_next_start(qapp: QApplication, folder: Path) -> None:
    FolderSettings(folder).save(Settings(thermometer="simulated", ear=True))
    program = Program(qapp, folder)
    kiosk = program.runner.kiosk
    assert kiosk is not None
    program.until(lambda: kiosk.devices.in_use(Device.THERMOMETER) == "simulated")
    assert "耳" in [key.text() for key in kiosk.front.window.keypad.sites]
    program.runner.close()
