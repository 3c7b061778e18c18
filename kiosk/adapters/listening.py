# SPDX-License-Identifier: LicenseRef-Gatehouse
"""聆听: the daemon thread of a device that is read: opened anew every second where it is pulled out, back within 3 s.

What a device says is its own affair (`hear`); that it is there or not, and the end of the thread, are the same for all
(interface.md sections 5.16, 7 and 8).
"""

import contextlib
import threading
from collections.abc import Callable

from kiosk.app.temperature_source import SourceState

RETRY_S = 1.0


class Listening:
    """`hear(listening)` reads until the device breaks (OSError) or falls silent; `on_state` is told at each change."""

    def __init__(self, name: str, hear: Callable[["Listening"], None], on_state: Callable[[SourceState], None]) -> None:
        """`name` is the thread's; both are called in it."""
        self._hear = hear
        self._on_state = on_state
        self._state: SourceState | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start to listen."""
        self._thread.start()

    def close(self) -> None:
        """Nothing is heard after it; the device is given back."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(1.0)

    @property
    def goes_on(self) -> bool:
        """Whether `hear` is to read on."""
        return not self._stop.is_set()

    def connected(self) -> None:
        """The device is open."""
        self._tell(SourceState.CONNECTED)

    def _run(self) -> None:
        while self.goes_on:
            with contextlib.suppress(OSError):  # whatever goes wrong with it (pyserial's too), it is not there now
                self._hear(self)
            self._tell(SourceState.UNPLUGGED)
            self._stop.wait(RETRY_S)

    def _tell(self, state: SourceState) -> None:
        if state is not self._state and self.goes_on:
            self._state = state
            self._on_state(state)
