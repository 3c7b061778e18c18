# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A hand scanner that is bound by its device: typing (`keys:DEVICE`) or on a serial port (scanning.md 8).

A scanner that is not bound types into the window like a keyboard: `ui.key_bursts` parts it from a person.
"""

from collections.abc import Callable
from typing import Protocol

import serial

from kiosk.adapters.key_device import KeyDevice
from kiosk.adapters.listening import Listening
from kiosk.adapters.wedge import LONGEST, Wedge, WedgeOut, line_out
from kiosk.app.temperature_source import SourceState

BAUD = 9_600
_WAIT_S = 0.1
_ENDS = b"\r\n\t"


class Scanner(Protocol):
    """A bound scanner."""

    def start(self) -> None:
        """Start its thread."""
        ...

    def close(self) -> None:
        """No text comes after it."""
        ...


def scanner(
    setting: str,
    clock: Callable[[], float],
    on_out: Callable[[WedgeOut], None],
    on_state: Callable[[SourceState], None] = lambda _state: None,
) -> Scanner | None:
    """The scanner of a setting: an event device, a serial port; None where it is not bound ("none")."""
    if setting in ("", "none"):
        return None
    kind, colon, rest = setting.partition(":")
    if kind == "keys" and colon:
        return TypingScanner(rest, clock, on_out, on_state)
    return SerialScanner(setting, on_out, on_state)


class TypingScanner:
    """A scanner that types, however slowly: `on_out` gets each text (or that one was too long), in its thread."""

    def __init__(
        self,
        path: str,
        clock: Callable[[], float],
        on_out: Callable[[WedgeOut], None],
        on_state: Callable[[SourceState], None] = lambda _state: None,
    ) -> None:
        """`clock` gives monotonic seconds."""
        self._wedge = Wedge()
        self._clock = clock
        self._on_out = on_out
        self._device = KeyDevice(path, self._key, self._quiet, on_state)

    def start(self) -> None:
        """Start its thread."""
        self._device.start()

    def close(self) -> None:
        """No text comes after it."""
        self._device.close()

    def _key(self, letter: str) -> None:
        for out in self._wedge.key(letter, self._clock(), bound=True):
            self._on_out(out)

    def _quiet(self) -> None:
        for out in self._wedge.tick(self._clock()):
            self._on_out(out)


class SerialScanner:
    """A scanner on a serial port, a line each."""

    def __init__(
        self,
        port: str,
        on_out: Callable[[WedgeOut], None],
        on_state: Callable[[SourceState], None] = lambda _state: None,
    ) -> None:
        self._port = port
        self._on_out = on_out
        self._listening = Listening("scanner", self._hear, on_state)

    def start(self) -> None:
        """Start its thread."""
        self._listening.start()

    def close(self) -> None:
        """No text comes after it."""
        self._listening.close()

    def _hear(self, listening: Listening) -> None:
        held = b""
        with serial.Serial(self._port, BAUD, timeout=_WAIT_S) as line:
            listening.connected()
            while listening.goes_on:
                byte = line.read(1)
                held += byte
                # a text without an end counts after a silence; a line without end is one that is too long, once
                if held and (not byte or byte in _ENDS):
                    out = line_out(held.decode("utf-8", "replace"))
                    held = b""
                    if out is not None:
                        self._on_out(out)
                held = held[: 4 * LONGEST]
