# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A kiosk on a bare X server: it fills the screen, and comes back when its UI thread freezes or it is killed.

    python -P -m tests.faults.frozen [--shots DIR] [--wayland]

The real program under `gate-kiosk run --kiosk`, in an Xvfb without a window manager (`--wayland`: in weston's kiosk
shell, which draws into that Xvfb, for its headless screen cannot be photographed). Its UI thread is put to sleep while
its other threads run on; later it gets a SIGKILL. Both times it must scan again within twelve seconds (interface.md 9
and 15), over the whole screen. When whoever watches is killed, the program ends too, so that the next start finds the
folder free.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIZE = (1280, 800)
BACK_S = 12.0
_DISPLAY = ":91"
_WAIT_S = 30.0


def main(arguments: list[str]) -> int:
    """The exit code: 0 if each promise held."""
    parser = argparse.ArgumentParser(prog="tests.faults.frozen")
    parser.add_argument("--seed", default="0", help="taken and not used: there is nothing random")
    parser.add_argument("--shots", type=Path, help="keep the screenshots here")
    parser.add_argument("--wayland", action="store_true", help="weston's kiosk shell in place of X11")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.child is not None:
        return _child(chosen.child)
    wanted = ("Xvfb", "weston") if chosen.wayland else ("Xvfb",)
    missing = [name for name in wanted if shutil.which(name) is None]
    if missing:
        print(f"frozen: {', '.join(missing)} not installed, nothing was tried")
        return 0
    with tempfile.TemporaryDirectory() as place, _screen(Path(place), wayland=chosen.wayland) as environment:
        return _played(Path(place), environment, chosen.shots, wayland=chosen.wayland)


def _child(place: Path) -> int:
    """The real program; its UI thread sleeps once, two seconds after it scans."""
    from PySide6.QtCore import QTimer

    from ui.cli import run_window
    from ui.tokens import ThemeName

    mark = place / "frozen"

    def freeze() -> None:
        mark.write_text(str(time.clock_gettime(time.CLOCK_BOOTTIME)), encoding="ascii")
        time.sleep(600)

    class Freezing(run_window.Runner):
        def show(self) -> None:
            super().show()
            if not mark.exists():
                QTimer.singleShot(3_000, freeze)

    run_window.Runner = Freezing  # type: ignore[misc]  # the one seam: the program's own, asleep for once
    options = run_window.Options(
        folder=Path((place / "folder").read_text(encoding="utf-8")), camera="0", thermometer="none", simulated=False,
        theme=ThemeName.INDOOR, language="zh_CN", size=None, public=False, screenshots=None, exit_after_video=False,
        kiosk=True,
    )  # fmt: skip
    return run_window.run(options)


def _played(place: Path, environment: dict[str, str], shots: Path | None, *, wayland: bool) -> int:
    from kiosk.adapters.clock import SystemClock
    from tests.robots.real_gate import gate_folder

    made = place / "gate"
    made.mkdir()
    (place / "folder").write_text(str(gate_folder(made, SystemClock().wall_ms(), 3).folder), encoding="utf-8")
    program = (
        "import sys; from ui.cli.supervise import supervise; "
        f"sys.exit(supervise([sys.executable, '-P', '-m', 'tests.faults.frozen', '--child', {str(place)!r}]))"
    )
    log = place / "log"
    environment = environment | {"GATEHOUSE_TIMES": "1", "PYTHONUNBUFFERED": "1", "OPENCV_LOG_LEVEL": "OFF"}
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, "-P", "-c", program], cwd=ROOT, env=environment, stdout=out, stderr=out
        ) as watch,
    ):
        try:
            return _judged(place, log, watch, environment, shots, wayland=wayland)
        finally:
            watch.kill()
            print("".join(f"  | {line}\n" for line in log.read_text().splitlines()), end="")


def _judged(
    place: Path, log: Path, watch: subprocess.Popen[bytes], environment: dict[str, str], shots: Path | None,
    *, wayland: bool,
) -> int:  # fmt: skip
    bad = 0

    def row(what: str, *, held: bool) -> None:
        nonlocal bad
        bad += not held
        print(f"frozen  {what:<60}  {'PASS' if held else 'MISS'}", flush=True)

    _until(lambda: log.read_text().count("time scanning") >= 1, "the first start")
    first = _children(watch.pid)[0]
    time.sleep(1)
    row("the whole screen is the gate's", held=_filled(place, environment, shots, "first", wayland=wayland))
    _until((place / "frozen").exists, "the freeze")
    frozen = float((place / "frozen").read_text())
    _until(lambda: log.read_text().count("time scanning") >= 2, "the start after the freeze")
    took = time.clock_gettime(time.CLOCK_BOOTTIME) - frozen
    row(f"frozen UI thread: scanning again after {took:.1f} s, goal 12", held=took <= BACK_S)
    second = _children(watch.pid)[0]
    row("it is another process", held=first != second)
    time.sleep(1)
    row("the whole screen is the gate's again", held=_filled(place, environment, shots, "again", wayland=wayland))
    begun = time.perf_counter()
    os.kill(second, signal.SIGKILL)
    _until(lambda: log.read_text().count("time scanning") >= 3, "the start after the kill")
    took = time.perf_counter() - begun
    row(f"SIGKILL: scanning again after {took:.1f} s, goal 12", held=took <= BACK_S)
    third = _children(watch.pid)[0]
    watch.kill()
    _until(lambda: not Path(f"/proc/{third}").exists(), "the end of the program after its watch")
    row("whoever watches is killed: the program ends too", held=True)
    return int(bad > 0)


def _until(done: Callable[[], bool], what: str) -> None:
    begun = time.perf_counter()
    while not done():
        if time.perf_counter() - begun > _WAIT_S:
            raise SystemExit(f"frozen: waited {_WAIT_S:.0f} s for {what}")
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _filled(place: Path, environment: dict[str, str], shots: Path | None, name: str, *, wayland: bool) -> bool:
    """Whether status bar, ground and bottom row of the gate reach the four corners of the real screen."""
    from PySide6.QtGui import QImage

    from ui.tokens import INDOOR

    file = place / f"{name}.png"
    code = (
        "import sys; from PySide6.QtGui import QGuiApplication; app = QGuiApplication(['shot', '-platform', 'xcb']); "
        "app.primaryScreen().grabWindow(0).save(sys.argv[1])"
    )
    bare = {key: value for key, value in environment.items() if not key.startswith(("QT_", "WAYLAND"))}
    command = [sys.executable, "-P", "-c", code, str(file)]
    subprocess.run(command, cwd=place, env=bare | {"DISPLAY": _DISPLAY}, check=True, timeout=30)
    image = QImage(str(file))
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, shots / f"kiosk.{'wayland' if wayland else 'x11'}.{name}.png")
    wide, high = image.width(), image.height()
    corners = [image.pixelColor(x, y).name() for x in (1, wide - 2) for y in (1, high - 2)]
    wanted = [INDOOR.panel.ground.lower(), INDOOR.window.ground.lower()] * 2
    if corners != wanted:
        print(f"frozen: corners {corners}, wanted {wanted}")
    return (wide, high) == SIZE and corners == wanted


@contextlib.contextmanager
def _screen(place: Path, *, wayland: bool) -> Iterator[dict[str, str]]:
    """A bare screen, and the environment of a program on it."""
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("QT_", "WAYLAND", "DISPLAY"))}
    wide, high = SIZE
    server = ["Xvfb", _DISPLAY, "-screen", "0", f"{wide}x{high}x24", "-nolisten", "tcp"]
    socket = Path(f"/tmp/.X11-unix/X{_DISPLAY[1:]}")
    environment = bare | {"DISPLAY": _DISPLAY}
    with _served(server, bare, socket):
        if not wayland:
            yield environment
            return
        run = place / "run"
        run.mkdir(mode=0o700)
        shell = ["weston", "--backend=x11-backend.so", "--shell=kiosk-shell.so", "--socket=gate", "--no-config",
                 "--no-input", f"--width={wide}", f"--height={high}", "--use-pixman"]  # fmt: skip
        with _served(shell, environment | {"XDG_RUNTIME_DIR": str(run)}, run / "gate"):
            yield bare | {"XDG_RUNTIME_DIR": str(run), "WAYLAND_DISPLAY": "gate", "QT_QPA_PLATFORM": "wayland"}


@contextlib.contextmanager
def _served(command: list[str], environment: dict[str, str], socket: Path) -> Iterator[None]:
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _until(socket.exists, command[0])
            yield
        finally:
            server.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
