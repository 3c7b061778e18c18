# SPDX-License-Identifier: LicenseRef-Gatehouse
"""看守: runs the gate's screen as a child and starts it again when it died or its screen is frozen (interface.md 9).

The child tells by sd_notify: READY=1, and WATCHDOG=1 from a timer of its **UI thread**, so that a program whose camera
still runs but whose screen stands still counts as frozen. Where systemd itself watches, it is left to systemd. Only the
leader's PIN ends the child with 0, and only that ends the watch. No Qt here: whoever watches must not freeze too.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

START_S, SILENT_S, AGAIN_S, END_S = 60.0, 6.0, 1.0, 5.0
"""Until the first READY, between two WATCHDOGs, from a death to the next start, for an orderly end."""
_LOOK_S = 0.2
_ENDS = frozenset({0, 2, 3})
"""Exit codes that another start would not mend: left by PIN, wrong use, a newer program's folder."""
_RUNNING = 4
AGAIN = 5
"""Exit code of a program that wants to begin anew: no final one, so whoever watches starts it again."""
_DATAGRAM = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """期限, in seconds."""

    start: float = START_S
    silent: float = SILENT_S
    again: float = AGAIN_S
    end: float = END_S


class Watch:
    """One child's signs of life; pure, times in monotonic seconds."""

    def __init__(self, now: float, limits: Limits) -> None:
        self._limits = limits
        self._until = now + limits.start
        self.ready = False

    def told(self, message: bytes, now: float) -> None:
        """A datagram of the child, lines of NAME=value."""
        for line in message.split(b"\n"):
            if line == b"READY=1":
                self.ready = True
                self._until = now + self._limits.silent
            elif line == b"WATCHDOG=1" and self.ready:
                self._until = now + self._limits.silent
            elif line == b"STOPPING=1":
                self._until = now + self._limits.start

    def frozen(self, now: float) -> bool:
        """Whether the last sign is too old."""
        return now > self._until


def watched_by_somebody(environment: Mapping[str, str]) -> bool:
    """Whether somebody watches this process already: systemd (Type=notify, WatchdogSec), or `supervise`."""
    return bool(environment.get("NOTIFY_SOCKET") and environment.get("WATCHDOG_USEC"))


def same_again() -> list[str]:
    """This program's own command line, for the child."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *sys.argv[1:]]
    return [sys.executable, "-P", "-m", "ui.cli.main", *sys.argv[1:]]


def supervise(
    command: Sequence[str],
    limits: Limits | None = None,
    *,
    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True),
) -> int:
    """Run `command` until it ends by itself with a code that is final, or until SIGTERM; the exit code."""
    limits = limits if limits is not None else Limits()
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with (
        tempfile.TemporaryDirectory(prefix="gatehouse-") as place,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line,
    ):
        address = str(Path(place) / "notify")
        line.bind(address)
        line.settimeout(_LOOK_S)
        starts = 0
        while True:
            code, why = _life(command, address, line, limits, stopping)
            starts += 1
            if stopping or code in _ENDS or (code == _RUNNING and starts == 1):
                return max(code, 0)
            say(f"gate-kiosk: {why},重新启动 · started again")
            time.sleep(limits.again)


def _life(
    command: Sequence[str], address: str, line: socket.socket, limits: Limits, stopping: Sequence[int]
) -> tuple[int, str]:
    """One child from start to end; its exit code, and why it ended."""
    environment = {**os.environ, "NOTIFY_SOCKET": address, "WATCHDOG_USEC": str(round(limits.silent * 1e6))}
    # S603: our own command line
    with subprocess.Popen(command, env=environment) as child:  # noqa: S603
        watch = Watch(time.perf_counter(), limits)
        while child.poll() is None:
            if stopping:
                child.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return child.wait(limits.end), "ended"
                child.kill()
                return 0, "killed"
            with contextlib.suppress(TimeoutError):
                watch.told(line.recv(_DATAGRAM), time.perf_counter())
            if watch.frozen(time.perf_counter()):
                child.kill()
                return child.wait(), "画面停住 the screen was frozen"
        return child.returncode, f"程序中断 the program ended ({child.returncode})"
