# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The demonstration from beginning to end: prepare, serve, enrol, film, show, count."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sync.office.home import OfficeHome
from tests.clips import Shown, render_clip
from tests.demo.gate_window import read_truth, write_truth
from tests.demo.morning_before import PASSWORD, USER, DemoFailed, Prepared, gate_kiosk, gate_office, prepared
from tests.demo.production import GATE, ROOT, Production
from tests.demo.script import script
from tests.demo.tally import Tally, tally

PROCESSES = 2
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
_STOP_S = 15.0
_WORDS = {
    "street": "街道 street",
    "residents": "居民名册 residents",
    "passes": "签发 passes",
    "cards": "打印 cards",
    "clip": "录像 clip",
}


def perform(production: Production, console: Console | None = None) -> int:
    """Everything; the exit code."""
    out = console or Console()
    production.folder.mkdir(parents=True, exist_ok=True)
    with Steps(out) as steps:
        ready = prepared(production, steps.tell)
        clip = _filmed(production, ready, steps)
    for stale in (production.office, production.gate, production.screens):
        shutil.rmtree(stale, ignore_errors=True)
    shutil.copytree(ready.office, production.office)
    url = _address(production.office)
    with _serving(production) as log:
        out.print(f"街道办 office   {url}   {log}")
        _enrol(production)
        out.print(f"门岗 gate       {GATE} {production.gate}")
        truth = read_truth(clip.with_suffix(".json"))
        found: Tally | None = None
        for line in _window(production, clip):
            if line == "over":
                found = _told(production, truth, url, out)
        if found is None:
            found = _told(production, truth, url, out)
    return 0 if found.good else 1


def _told(production: Production, truth: list[Shown], url: str, out: Console) -> Tally:
    found = tally(production.cast, truth, production.gate, production.office, production.screens)
    table = Table(title="门岗 the gate", show_header=False)
    table.add_row("出示 persons and codes held up", str(len(truth)))
    for kind, count in found.kinds:
        table.add_row(f"  {kind}", str(count))
    figure = f"{found.median_ms:.0f} ms, {found.p95_ms:.0f} ms"
    table.add_row("画面到结果 frame to verdict: median, p95", figure)
    out.print(table)
    for difference in found.differences:
        out.print(f"不符 differs: {difference}", markup=False)
    out.print(f"截屏 screens  {production.screens}")
    out.print(f"今日进出 passages  {url}/   {USER} / {PASSWORD}")
    if not _display():
        # the server ends with this program, so that nothing is left running behind it
        again = f".venv/bin/gate-office serve --dir {production.office}"
        out.print(f"  再看 to see them: {again}", markup=False, soft_wrap=True)
    print(found.last_line(), flush=True)
    return found


class Steps:
    """Progress bars of the long steps."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._console = console
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._tasks: dict[str, int] = {}

    def tell(self, what: str, done: int, total: int) -> None:
        """So much of a step is done; where no terminal draws bars, its end is a line."""
        if not self._console.is_terminal:
            if done == total:
                self._console.print(f"{_WORDS[what]} {total}")
            return
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(_WORDS[what], total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        """Begin."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def _filmed(production: Production, ready: Prepared, steps: Steps) -> Path:
    """The clip of the printed cards, filmed now where there is none; its truth stands beside it."""
    clip = production.clip(ready.pdf)
    if clip.exists() and clip.with_suffix(".json").exists():
        return clip
    shows = script(ready.pdf, ready.issued, production.cast, production.seed % 10_000)
    for old in production.folder.glob("clip-*"):
        old.unlink()
    part = clip.with_suffix(".part.avi")
    steps.tell("clip", 0, len(shows))
    truth = render_clip(
        shows, part, production.size, seed=production.seed % 10_000, processes=PROCESSES,
        progress=lambda done: steps.tell("clip", done, len(shows)),
    )  # fmt: skip
    write_truth(clip.with_suffix(".json"), truth)
    part.replace(clip)
    return clip


def _address(folder: Path) -> str:
    """A free port for this run's office, written into its settings: enrolment codes name it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
    home = OfficeHome(folder)
    url = f"https://127.0.0.1:{port}"
    home.write_settings(replace(home.settings(), url=url, port=port))
    return url


@contextmanager
def _serving(production: Production) -> Iterator[Path]:
    """`gate-office serve` until the block ends; yields the file of its log."""
    log = production.folder / "serve.log"
    command = [sys.executable, "-P", "-m", "sync.cli.main", "serve", "--dir", str(production.office)]
    with log.open("w", encoding="utf-8") as file, _started(command, stdout=subprocess.PIPE, stderr=file) as server:
        line = server.stdout.readline() if server.stdout is not None else ""
        if not line.startswith("ready "):
            raise DemoFailed(f"gate-office serve: {line}{log.read_text(encoding='utf-8')}")
        yield log


@contextmanager
def _started(command: list[str], **given: Any) -> Iterator["subprocess.Popen[str]"]:
    """A program of ours until the block ends."""
    with subprocess.Popen(command, cwd=ROOT, text=True, **given) as program:
        try:
            yield program
        finally:
            program.terminate()
            try:
                program.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                program.kill()


def _enrol(production: Production) -> None:
    """A fresh enrolment QR of the office, read by the gate's own decoder, claimed by the gate."""
    gate_office("enrol", "--dir", str(production.office), "--gate", GATE, "--quiet")
    picture = production.office / "enrol" / f"{GATE}.png"
    payload = gate_kiosk("decode", str(picture)).partition("\t")[2].strip()
    gate_kiosk("enrol", payload, "--data", str(production.gate), "--demo")


def _window(production: Production, clip: Path) -> Iterator[str]:
    """The gate's window in a process of its own; yields what it says. With a display it stays open."""
    command = [sys.executable, "-P", "-m", "tests.demo.gate_window", "--gate", str(production.gate)]
    command += ["--clip", str(clip), "--screens", str(production.screens), "--parts"]
    command += [",".join(part.key for part in production.cast)]
    with _screen() as (environment, stay):
        if stay:
            command.append("--stay")
        log = production.folder / "gate.log"
        given = {"env": environment, "stdout": subprocess.PIPE}
        with log.open("w", encoding="utf-8") as file, _started(command, stderr=file, **given) as window:
            if window.stdout is not None:
                yield from (line.strip() for line in window.stdout)
            code = window.wait()
        if code:
            raise DemoFailed(f"gate-kiosk run: exit {code}\n{log.read_text(encoding='utf-8')}")


def _display() -> bool:
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


@contextmanager
def _screen() -> Iterator[tuple[dict[str, str], bool]]:
    """The environment of the window, and whether somebody sees it: the display, else Xvfb, else offscreen."""
    environment = dict(os.environ)
    if _display():
        environment.pop("QT_QPA_PLATFORM", None)
        yield environment, True
        return
    xvfb = shutil.which("Xvfb")
    if xvfb is None or os.environ.get("QT_QPA_PLATFORM"):
        environment |= {**OFFSCREEN, **os.environ}
        yield environment, False
        return
    read, write = os.pipe()
    command = [xvfb, "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with _started(command, pass_fds=(write,), stderr=subprocess.DEVNULL):
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        environment |= {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"} if number else OFFSCREEN
        yield environment, False
