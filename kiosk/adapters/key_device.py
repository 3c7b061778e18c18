# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A keyboard of its own: a scanner or thermometer that types, read by Linux' event device in a daemon thread.

Whoever is bound by its device (`/dev/input/by-id/...-event-kbd`) is taken from all other programs, so that no keyboard
layout, Caps Lock or input method touches what it types and none of it lands on the screen (interface.md 7 and 8,
scanning.md 8).
"""

import contextlib
import fcntl
import os
import select
import struct
from collections.abc import Callable

from kiosk.adapters.listening import Listening
from kiosk.app.temperature_source import SourceState

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
        self._listening = Listening("keys", self._hear, on_state)

    def start(self) -> None:
        """Start to listen."""
        self._listening.start()

    def close(self) -> None:
        """Stop, and give the device back."""
        self._listening.close()

    def _hear(self, listening: Listening) -> None:
        device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            with contextlib.suppress(OSError):  # a pipe that plays the device cannot be grabbed
                fcntl.ioctl(device, _GRAB, 1)
            texts = KeyTexts()
            listening.connected()
            while listening.goes_on:
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
