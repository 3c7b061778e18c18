# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The other end of the wire: a GY-MCU90614 module played on a pseudo-terminal, for demonstrations and tests.

Sends about 14 frames a second as the module does: what the wall behind shows while nobody is there, and for each
person the approach, a hold with the module's small tremor, and the leaving. The kiosk opens `path` like any serial
device and cannot tell the difference.
"""

import contextlib
import os
import pty
import threading
import tty
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

PERIOD_S = 1 / 14
_WALL_ABOVE_AMBIENT = 40
# Hundredths of °C around the true value; they sum to nought over 8 frames, as the tremor of a good module does.
_TREMOR = (2, -3, 1, 0, -2, 3, -1, 0)
_HOLD = 16
_APPROACH = (0.15, 0.55, 0.93)
_LEAVE = (0.9, 0.4, 0.1)


def gy_frame(hundredths: int, ambient: int) -> bytes:
    """One frame: object and ambient temperature in hundredths of °C."""
    body = b"\x5a\x5a\x45\x04" + hundredths.to_bytes(2, signed=True) + ambient.to_bytes(2, signed=True)
    return body + bytes([sum(body) & 0xFF])


def person_frames(tenths: int, ambient: int) -> Iterator[bytes]:
    """The frames of one person measured: approach, hold, leave; both arguments in tenths of °C."""
    wall, skin = ambient * 10 + _WALL_ABOVE_AMBIENT, tenths * 10
    for share in _APPROACH:
        yield gy_frame(round(wall + (skin - wall) * share), ambient * 10)
    for n in range(_HOLD):
        yield gy_frame(skin + _TREMOR[n % len(_TREMOR)], ambient * 10)
    for share in _LEAVE:
        yield gy_frame(round(wall + (skin - wall) * share), ambient * 10)


class PtyThermometer:
    """A played module. `path` is a symbolic link that stays the same over `unplug` and `plug`; use with `with`."""

    def __init__(self, link: Path, *, ambient: int = 120) -> None:
        """Plug in; `link` must not exist yet, `ambient` is in tenths of °C."""
        self.path = link
        self._ambient = ambient
        self._waiting: deque[bytes] = deque()
        self._lock = threading.Lock()
        self._master: int | None = None
        self._slave: int | None = None
        self._hushed = False
        self._stop = threading.Event()
        self.plug()
        self._thread = threading.Thread(target=self._run, name="pty-thermometer", daemon=True)
        self._thread.start()

    def show(self, tenths: int, ambient: int | None = None) -> None:
        """Somebody is measured (0: the module says "no value"); returns at once, the frames follow in time."""
        if ambient is not None:
            self._ambient = ambient
        with self._lock:
            if tenths == 0:
                self._waiting.extend([gy_frame(0, self._ambient * 10)] * _HOLD)
            else:
                self._waiting.extend(person_frames(tenths, self._ambient))

    @property
    def idle(self) -> bool:
        """Whether all that was shown has been sent."""
        return not self._waiting

    def say(self, data: bytes) -> None:
        """Send raw bytes, whole frames or not, ahead of what waits."""
        with self._lock:
            self._write(data)

    def hush(self) -> None:
        """Stop sending while the line stays open: the module's own wire is loose. `plug` ends it."""
        with self._lock:
            self._hushed = True

    def unplug(self) -> None:
        """Pull the module out: the line breaks, and the device is gone."""
        with self._lock:
            self.path.unlink(missing_ok=True)
            for end in (self._slave, self._master):
                if end is not None:
                    os.close(end)
            self._master = self._slave = None

    def plug(self) -> None:
        """Put the module (back) in, under the same path."""
        with self._lock:
            # Our own hold on the slave keeps the line open while the kiosk has not opened it yet.
            self._hushed = False
            self._master, self._slave = pty.openpty()
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            self.path.symlink_to(os.ttyname(self._slave))

    def close(self) -> None:
        """Unplug for good."""
        self._stop.set()
        self._thread.join(1.0)
        self.unplug()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unplug for good."""
        self.close()

    def _run(self) -> None:
        while not self._stop.wait(PERIOD_S):
            with self._lock:
                if self._hushed:
                    continue
                wall = gy_frame(self._ambient * 10 + _WALL_ABOVE_AMBIENT, self._ambient * 10)
                self._write(self._waiting.popleft() if self._waiting else wall)

    def _write(self, data: bytes) -> None:
        # Nobody reads while the kiosk is not there: what does not fit is lost, as on a wire.
        if self._master is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, data)
