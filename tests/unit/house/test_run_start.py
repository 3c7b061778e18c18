# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk run` starts without typer, by the same options; what is not plain is left to typer."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from ui.cli.run import command
from ui.cli.run_start import plain, read, size_of, start, wrong

ROOT = Path(__file__).resolve().parents[3]


def test_both_ways_have_the_same_options_and_defaults() -> None:
    ours = {name: each.default for name, each in inspect.signature(start).parameters.items()}
    typers = {name: each.default for name, each in inspect.signature(command).parameters.items()}
    assert ours == typers


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("", {}),
        ("--folder /x --camera=1 --kiosk", {"folder": Path("/x"), "camera": "1", "kiosk": True}),
        ("--data /x --exit-after-video", {"folder": Path("/x"), "exit_after_video": True}),
        ("--thermometer cjmcu:/dev/ttyUSB0", {"thermometer": "cjmcu:/dev/ttyUSB0"}),
        ("--help", None),
        ("--kiosk=yes", None),
        ("--camera", None),
        ("--camera --kiosk", None),
        ("--exit_after_video", None),
        ("--no-such 1", None),
        ("somewhere", None),
    ],
)
def test_plain_words_are_read_and_others_are_not(words: str, chosen: dict[str, object] | None) -> None:
    assert read(words.split()) == chosen


def test_what_is_read_is_what_typer_reads() -> None:
    from kiosk.launch import loaded
    from ui.cli.main import PROGRAM

    words = "--data /x --camera 1 --scanner keys:/d --theme night --lang en --window 640x480 --public --screenshots /s"
    row = PROGRAM.commands["run"]
    known = start.__kwdefaults__ or {}
    context = loaded("gate-kiosk", "run", row).make_context("run", words.split())
    given = {name: value for name, value in context.params.items() if value != known[name]}
    assert read(words.split()) == {
        name: Path(value) if name in ("folder", "screenshots") else value for name, value in given.items()
    }


def test_a_wrong_value_is_left_to_typer_who_says_what_it_could_be() -> None:
    assert wrong("dark", "zh_CN", None) == ("--theme", "indoor, sunlight, night")
    assert wrong("night", "fr", None) == ("--lang", "zh_CN, en")
    assert wrong("night", "en", "640") == ("--window", "1280x800")
    assert wrong("night", "en", "640x480") is None
    assert size_of("0x5") is None
    assert plain(["--theme", "dark"]) is None


def test_nothing_of_typer_is_loaded_on_the_plain_way() -> None:
    program = (
        "import sys; from kiosk.launch import run; from ui.cli.main import PROGRAM; import ui.cli.run_start as s; "
        "known = s.start.__kwdefaults__; s.start = lambda **given: 7; s.start.__kwdefaults__ = known; "
        "code = run(PROGRAM, ['run', '--folder', '/x']); "
        "sys.exit(code if not {'typer', 'pydantic', 'importlib.metadata'} & set(sys.modules) else 1)"
    )
    assert subprocess.run([sys.executable, "-P", "-c", program], cwd=ROOT, check=False).returncode == 7
