# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every command of docs/operations: it exists with these options, and what is marked `sh run` runs as it is written.

Blocks marked so are given to a shell page by page, in one temporary place: names of places are exchanged, `systemctl`
starts and stops the server itself, and office and tablet are a demonstration's, because no key store is at hand.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import assets
from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.app.desk import Arriving, Outsider
from kiosk.compose import OpenGate, open_gate
from kiosk.domain.codes import Category
from kiosk.launch import Program, loaded
from sync.cli.main import PROGRAM as OFFICE
from tests.postgres import Cluster
from ui.cli.main import PROGRAM as KIOSK

PAGES = Path(__file__).resolve().parents[2] / "docs" / "operations"
PROGRAMS: dict[str, Program] = {"gate-office": OFFICE, "gate-kiosk": KIOSK}
AFTERWARDS = ("stick", "backup", "tablet", "postgres", "night")
_BLOCK = re.compile(r"^```(\S*) ?([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:gate-office|gate-kiosk) [^`]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its marks, and its lines."""

    page: str
    marks: frozenset[str]
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for kind, marks, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind in {"sh", ""}:
            yield Block(page.stem, frozenset(marks.split()), text)


def commands() -> list[tuple[str, tuple[str, ...]]]:
    """(page, words) of every command of ours, in blocks and in running text."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        lines = [line for block in blocks(page) for line in block.text.splitlines()] + _INLINE.findall(text)
        for line in lines:
            words = shlex.split(line.removeprefix("sudo -u gatehouse-office ").removeprefix("exec "), comments=True)
            if words and Path(words[0]).name in PROGRAMS:
                found.append((page.stem, (Path(words[0]).name, *words[1:])))
    return found


def options_of(command: Any) -> set[str]:  # a command or group of typer's
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def fault(words: tuple[str, ...]) -> str | None:
    """What is wrong with a command: no such command, no such option."""
    program, rest = PROGRAMS[words[0]], list(words[1:])
    if not rest or rest[0].startswith("-"):
        return None
    name = rest.pop(0)
    if name not in program.commands:
        return f"no command {name}"
    command: Any = loaded(program.name, name, program.commands[name])
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        inner = command.commands.get(rest.pop(0))
        if inner is None:
            return f"no command {' '.join(words[1:])}"
        command = inner
    unknown = {word.partition("=")[0] for word in rest if word.startswith("-")} - options_of(command) - {"--help"}
    return f"no option {', '.join(sorted(unknown))}" if unknown else None


def test_every_command_on_the_pages_exists_with_its_options() -> None:
    found = dict.fromkeys(commands())
    assert len(found) > 30
    wrong = {f"{page}: {' '.join(words)}": fault(words) for page, words in found}
    assert {command: told for command, told in wrong.items() if told} == {}


def test_a_command_that_is_not_there_is_seen() -> None:
    assert fault(("gate-office", "backup", "--nowhere")) == "no option --nowhere"
    assert fault(("gate-office", "bakcup")) == "no command bakcup"
    assert fault(("gate-office", "keys", "forge")) == "no command keys forge"


def test_every_page_is_named_by_the_first() -> None:
    named = set(re.findall(r"\((\w+)\.md\)", (PAGES / "README.md").read_text(encoding="utf-8")))
    assert named == {page.stem for page in PAGES.glob("*.md")} - {"README"}


# -- as written ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Place:
    """A machine of one's own: folders, a port, the shims on the path."""

    root: Path
    port: int
    database: str
    environment: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> None:
        shims = self.root / "bin"
        shims.mkdir()
        (self.root / "usb").mkdir()
        real = Path(sys.executable).parent
        for name, body in (
            (
                "gate-office",
                f'case "$1" in init) shift; set -- init --demo --port {self.port} --bind 127.0.0.1 "$@";; esac\n',
            ),
            ("gate-kiosk", 'case "$1" in enrol) set -- "$@" --demo;; esac\n'),
        ):
            (shims / name).write_text(f'#!/bin/sh\n{body}exec {real / name} "$@"\n')
        (shims / "systemctl").write_text(_SYSTEMCTL.format(root=self.root, port=self.port, office=real / "gate-office"))
        for shim in shims.iterdir():
            shim.chmod(0o755)
        self.environment = {
            **os.environ, "PATH": f"{shims}:{os.environ['PATH']}", "GATEHOUSE_OFFICE": str(self.root / "office"),
            "GATEHOUSE_DATA": str(self.root / "gate"), "HOME": str(self.root),
        }  # fmt: skip

    def written(self, text: str) -> str:
        """The block with the names of this place."""
        for theirs, ours in (
            ("office.example:8443", f"127.0.0.1:{self.port}"),
            ("office.example", "127.0.0.1"),
            ("/media/usb", str(self.root / "usb")),
            ("/var/lib/gatehouse-office", str(self.root / "office")),
            ("/var/lib/gatehouse", str(self.root / "gate")),
            ("postgresql+psycopg://gatehouse@localhost/gatehouse", self.database),
        ):
            text = text.replace(theirs, ours)
        return text

    def follow(self, page: str) -> None:
        """Run a page's blocks, one after the other."""
        ran = [block for block in blocks(PAGES / f"{page}.md") if "run" in block.marks]
        assert ran, page
        for block in ran:
            self.run(block)

    def systemctl(self, verb: str) -> None:
        """Start the server, or stop it, if it does not stand so already."""
        running = (self.root / "serve.pid").exists()
        if running is not (verb == "start"):
            self.run(Block("systemctl", frozenset(), f"systemctl {verb} gate-office"))

    def run(self, block: Block) -> None:
        done = subprocess.run(
            ["sh", "-euc", self.written(block.text)], cwd=self.root, env=self.environment, capture_output=True,
            text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{block.page}: {block.text}\n{done.stdout}\n{done.stderr}"


_SYSTEMCTL = """#!/bin/sh
# the server itself, started and stopped
case "$1" in
start)
    {office} serve > {root}/serve.log 2>&1 &
    echo $! > {root}/serve.pid
    for _ in $(seq 300); do
        grep -q ready {root}/serve.log && exit 0
        sleep 0.1
    done
    exit 1 ;;
stop)
    pid=$(cat {root}/serve.pid)
    rm {root}/serve.pid
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done ;;
esac
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: Cluster) -> Iterator[Place]:
    """A machine on which install.md was followed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Place(tmp_path_factory.mktemp("machine"), port, postgres.fresh())
    made.prepare()
    try:
        made.follow("install")
        yield made
    finally:
        made.systemctl("stop")


def somebody_comes(folder: Path) -> None:
    """Five people at the gate while it is cut off."""
    clock = SystemClock()
    policies = Path(assets.__file__).parent / "policies"
    texts = tuple(path.read_text(encoding="utf-8") for path in sorted(policies.glob("*.toml")))
    gate = open_gate(folder, GateKeys(DemoKeyStore(folder / "keys")), clock, FreshIds(clock), texts)
    assert isinstance(gate, OpenGate)
    for number in range(5):
        gate.app.desk.arrive(Outsider(Category.COURIER, consent=True, name=f"来访{number}"), Arriving())
    gate.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the pages use curl")
@pytest.mark.parametrize("page", AFTERWARDS)
def test_the_pages_run_as_they_are_written(page: str, place: Place) -> None:
    place.systemctl("start")
    shutil.rmtree(place.root / "usb")
    (place.root / "usb").mkdir()
    if page == "stick":
        somebody_comes(place.root / "gate")
    place.follow(page)
