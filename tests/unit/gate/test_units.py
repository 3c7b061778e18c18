# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The tablet's unit is the one that the design asks for, and names options that the program has (interface.md 9)."""

import configparser
import shlex
from pathlib import Path

import pytest

PLACE = Path(__file__).resolve().parents[3] / "docs" / "operations"


def _unit(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # systemd's names have capitals
    unit.read(PLACE / name, encoding="utf-8")
    return unit


def test_systemd_watches_the_ui_thread_and_starts_it_again_for_good() -> None:
    unit = _unit("gate-kiosk.service")
    wanted = {
        "User": "gatehouse", "TTYPath": "/dev/tty1", "Type": "notify", "Restart": "always", "RestartSec": "1",
        "WatchdogSec": "10", "RestartPreventExitStatus": "0", "NotifyAccess": "all",
    }  # fmt: skip
    assert {name: unit["Service"].get(name) for name in wanted} == wanted
    assert unit["Unit"]["Conflicts"] == "getty@tty1.service"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


@pytest.mark.parametrize("name", ["gate-kiosk.service", "gate-kiosk.desktop", "kiosk.md"])
def test_the_command_that_is_started_has_its_options(name: str) -> None:
    from kiosk.launch import loaded
    from ui.cli.main import PROGRAM

    command = loaded("gate-kiosk", "run", PROGRAM.commands["run"])
    known = {option for each in command.params for option in each.opts}
    text = (PLACE / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "gate-kiosk run --" in line and not line.startswith("#!")]
    assert lines
    for line in lines:
        words = shlex.split(line.partition("gate-kiosk run")[2].partition("`")[0].partition(" -- ")[0])
        assert {word for word in words if word.startswith("--")} <= known, line
