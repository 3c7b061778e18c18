# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A keyboard of its own: a scanner or thermometer that types, read by Linux' event device in a daemon thread.

Whoever is bound by its device (`/dev/input/by-id/...-event-kbd`) is taken from all other programs, so that no keyboard
layout, Caps Lock or input method touches what it types and none of it lands on the screen (interface.md 7 and 8,
scanning.md 8). Pulled out, it is opened anew every second: back within 3 s.
"""

import contextlib
import fcntl
import os
import select
import struct
import threading
from collections.abc import Callable

from kiosk.app.temperature_source import SourceState

RETRY_S = 1.0
_WAIT_S = 0.05
_EVENT = struct.Struct("llHHi")
"""`struct input_event`: seconds, microseconds, type, code, value."""
_KEY, _RELEASED, _PRESSED = 1, 0, 1
_GRAB = 0x40044590
"""EVIOCGRAB: from now on this program alone reads the device."""
_SHIFTS = frozenset({42, 54})
_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
_PLAIN: dict[int, str] = {15: "\t", 28: "\r", 96: "\r", 57: " ", 55: "*", 74: "-", 78: "+", 98: "/", 83: "."}
_PLAIN |= dict(zip((71, 72, 73, 75, 76, 77, 79, 80, 81, 82), "7894561230", strict=True))
_SHIFTED = dict(_PLAIN)
for _first, _lower, _upper in _ROWS:
    _PLAIN |= {_first + n: letter for n, letter in enumerate(_lower)}
    _SHIFTED |= {_first + n: letter for n, letter in enumerate(_upper)}


class KeyTexts:
    """Event records to characters, by the United States layout that such devices are shipped with; pure."""

    def __init__(self) -> None:
        self._held = b""
        self._shift = False

    def feed(self, data: bytes) -> str:
        """Take the next bytes; the characters that they complete."""
        self._held += data
        said = ""
        while len(self._held) >= _EVENT.size:
            _s, _us, kind, code, value = _EVENT.unpack_from(self._held)
            self._held = self._held[_EVENT.size :]
            if kind != _KEY:
                continue
            if code in _SHIFTS:
                self._shift = value != _RELEASED
            elif value == _PRESSED:
                said += (_SHIFTED if self._shift else _PLAIN).get(code, "")
        return said


class KeyDevice:
    """`on_key` gets each character, `on_quiet` is called while none comes, `on_state` at each change; in its thread."""

    def __init__(
        self,
        path: str,
        on_key: Callable[[str], None],
        on_quiet: Callable[[], None],
        on_state: Callable[[SourceState], None],
    ) -> None:
        self._path = path
        self._on_key = on_key
        self._on_quiet = on_quiet
        self._on_state = on_state
        self._state: SourceState | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keys", daemon=True)

    def start(self) -> None:
        """Start to listen."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and give the device back."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(OSError):  # whatever goes wrong with it, it is not there now
                self._hear()
            self._tell(SourceState.UNPLUGGED)
            self._stop.wait(RETRY_S)

    def _tell(self, state: SourceState) -> None:
        if state is not self._state and not self._stop.is_set():
            self._state = state
            self._on_state(state)

    def _hear(self) -> None:
        device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            with contextlib.suppress(OSError):  # a pipe that plays the device cannot be grabbed
                fcntl.ioctl(device, _GRAB, 1)
            texts = KeyTexts()
            self._tell(SourceState.CONNECTED)
            while not self._stop.is_set():
                if not select.select([device], [], [], _WAIT_S)[0]:
                    self._on_quiet()
                    continue
                data = os.read(device, _EVENT.size * 64)
                if not data:
                    return
                for letter in texts.feed(data):
                    self._on_key(letter)
        finally:
            os.close(device)
