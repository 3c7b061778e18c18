# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Both programs answer calmly, in two languages, with exit codes that mean something."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer

from kiosk import launch
from kiosk.launch import Command, Program, run

verbs = typer.Typer()


@verbs.command()
def issue(serial: str) -> int:
    """A verb of a command that has several."""
    print(f"issued {serial}")
    return 0


@verbs.command()
def revoke(serial: str) -> int:
    """Another verb."""
    return 1 if serial == "unknown" else 0


def count(files: list[Path], *, loud: Annotated[bool, typer.Option("--loud")] = False) -> int:
    """A plain command: its number of files is its exit code."""
    return len(files) + (10 if loud else 0)


def leave() -> None:
    """A command that leaves by typer's own way."""
    raise typer.Exit(5)


def silent() -> None:
    """A command that returns nothing."""


def break_down() -> None:
    """A command with a fault, whose exception names a person."""
    raise LookupError("张伟 13800001234")


def interrupted() -> None:
    """A command that the person at the keyboard stops."""
    raise KeyboardInterrupt


def program() -> Program:
    here = __name__
    rows = ("count", "leave", "silent", "break_down", "interrupted", "verbs")
    commands = {name.replace("_", "-"): Command(f"{here}:{name}", "中文", "English") for name in rows}
    return Program("gate-test", "试验", "A trial", commands)


def test_help_lists_every_command_in_two_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(program(), ["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in program().commands)
    assert "试验" in shown
    assert "A trial" in shown


def test_a_command_of_a_later_release_is_not_offered_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    later = Program("gate-test", "试验", "A trial", {**program().commands, "later": Command("kiosk.later:x", "", "")})
    run(later, ["--help"])
    assert "later" not in capsys.readouterr().out.partition("Exit codes")[0]
    assert run(later, ["later"]) == 2
    assert "not in this release" in capsys.readouterr().err


def test_no_command_is_wrong_use_and_shows_the_help_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(program(), []) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Commands" in shown.err


@pytest.mark.parametrize("words", [["unknown"], ["unknown\x1b[31m"], ["count"], ["count", "--no-such", "x"], ["verbs"]])
def test_wrong_use_is_2_and_says_where_help_is(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(program(), words) == 2
    shown = capsys.readouterr()
    assert "--help" in shown.err + shown.out
    assert "\x1b" not in shown.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["count", "a", "b"], 2),
        (["count", "a", "--loud"], 11),
        (["leave"], 5),
        (["silent"], 0),
        (["interrupted"], 130),
        (["verbs", "issue", "A"], 0),
        (["verbs", "revoke", "unknown"], 1),
        (["verbs", "nothing", "A"], 2),
        (["count", "--help"], 0),
    ],
)
def test_a_command_s_number_is_the_exit_code(words: list[str], code: int) -> None:
    assert run(program(), words) == code


def test_a_fault_is_70_names_its_place_and_keeps_personal_data_to_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEHOUSE_DEBUG", raising=False)
    assert run(program(), ["break-down"]) == 70
    shown = capsys.readouterr().err
    assert "LookupError tests/unit/house/test_launch.py:" in shown
    assert "程序出错" in shown
    assert "张伟" not in shown
    assert "138" not in shown


def test_a_developer_sees_the_traceback(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_DEBUG", "1")
    assert run(program(), ["break-down"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_the_four_packages_come_from_one_place() -> None:
    assert launch.scattered_packages() == {}


def test_a_folder_that_shadows_ours_stops_the_program(tmp_path: Path) -> None:
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "__init__.py").touch()
    # without -P, a program started in that folder would import its `ui` instead of ours
    start = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from sync.cli.main import PROGRAM, run; "
    start += "sys.exit(run(PROGRAM, ['serve']))"
    done = subprocess.run([sys.executable, "-P", "-c", start], capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert str(tmp_path) in done.stderr


def test_the_end_of_a_pipe_is_no_fault() -> None:
    start = "import sys; from kiosk.launch import Command, Program, run; "
    start += "sys.exit(run(Program('t', '', '', {'x': Command('tests.unit.house.chatter:command', '', '')}), ['x']))"
    done = subprocess.run(
        ["/bin/sh", "-c", f'{sys.executable} -P -c "{start}" | head -n 1; :'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "line 0\n"
    assert done.stderr == ""


def test_help_into_a_closed_pipe_is_no_fault() -> None:
    start = f"sleep 0.3; {sys.executable} -P -m ui.cli.main --help; echo $? >&2"
    done = subprocess.run(
        ["/bin/bash", "-c", f"( {start} ) | true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "0\n"


@pytest.mark.parametrize("name", ["gate-kiosk", "gate-office"])
def test_help_loads_nothing_heavy(name: str) -> None:
    module = "ui.cli.main" if name == "gate-kiosk" else "sync.cli.main"
    heavy = ["PySide6", "cv2", "numpy", "typer", "fastapi", "sqlalchemy", "cryptography"]
    start = f"import sys; import {module} as m; m.run(m.PROGRAM, ['--help']); "
    start += f"sys.exit(any(name in sys.modules for name in {heavy!r}))"
    assert subprocess.run([sys.executable, "-P", "-c", start], capture_output=True, check=False).returncode == 0


def test_a_thread_inside_a_library_does_not_abort_an_orderly_end() -> None:
    """The interpreter would unwind it by force, through C++, on its way out."""
    program = (
        "import threading; import zxingcpp, numpy; from kiosk.launch import end; begun = threading.Event()\n"
        "def read() -> None:\n"
        "    noise = numpy.random.default_rng(1).integers(0, 255, (720, 1280), numpy.uint8)\n"
        "    while True:\n"
        "        zxingcpp.read_barcodes(noise); begun.set()\n"
        "threading.Thread(target=read, daemon=True).start(); begun.wait(); print('kept', end=''); end(5)"
    )
    told = [
        subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
        for _ in range(3)
    ]
    assert [(each.returncode, each.stdout, each.stderr) for each in told] == [(5, "kept", "")] * 3
