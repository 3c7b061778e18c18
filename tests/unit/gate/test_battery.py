# SPDX-License-Identifier: LicenseRef-Gatehouse
"""电量: the tablet's own battery, never a mouse's, and nothing where there is none."""

from pathlib import Path

import pytest

from kiosk.adapters.battery import battery_percent


def supply(folder: Path, name: str, **files: str) -> None:
    (folder / name).mkdir()
    for file, text in files.items():
        (folder / name / file).write_text(text + "\n")


def test_the_emptiest_battery_of_the_machine_is_told(tmp_path: Path) -> None:
    supply(tmp_path, "AC", type="Mains", online="1")
    supply(tmp_path, "BAT0", type="Battery", capacity="81")
    supply(tmp_path, "BAT1", type="Battery", capacity="14", scope="System")
    supply(tmp_path, "hid-mouse", type="Battery", capacity="3", scope="Device")
    assert battery_percent(tmp_path) == 14


@pytest.mark.parametrize("capacity", ["", "full", "-1", "101"])
def test_a_level_that_makes_no_sense_is_not_shown(tmp_path: Path, capacity: str) -> None:
    supply(tmp_path, "BAT0", type="Battery", capacity=capacity)
    assert battery_percent(tmp_path) is None


def test_a_machine_without_a_battery_shows_none(tmp_path: Path) -> None:
    assert battery_percent(tmp_path) is None
    assert battery_percent(tmp_path / "nowhere") is None
