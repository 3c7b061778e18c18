# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The sync thread: turns of the line for ever, woken by the clock, a button or a P1 case (sync-and-store.md section 8).

A plain daemon thread. The desk never waits for it: it talks to the store like everybody else. A fault of ours in a turn
is logged without personal data and tried again at the cap; it never ends the thread.
"""

import logging
import threading
from collections.abc import Callable

from kiosk.app.ports import SyncStatus
from sync.client.line import Line
from sync.client.pace import CAP_MS

_log = logging.getLogger(__name__)
_LONGEST_S = 15.0
"""A wake-up at least this often: the wall clock may have been set meanwhile."""


class SyncThread:
    """同步线程: `start`, then `sync_now` and `wake` from any thread; `stop` ends it and waits for the turn in hand."""

    def __init__(self, line: Callable[[], Line], status: Callable[[SyncStatus], None]) -> None:
        """`line` is made in the thread that uses it; `status` is called there after each turn."""
        self._make = line
        self._status = status
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._asked = threading.Event()
        self._nudged = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gate-sync", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def sync_now(self) -> None:
        """现在同步, or a network came up: forget the back-off and try at once."""
        self._nudged.set()
        self.wake()

    def wake(self) -> None:
        """A P1 case was recorded: do not wait out the poll or the back-off."""
        self._asked.set()
        self._wake.set()

    def stop(self, timeout_s: float = 35.0) -> None:
        """End after the turn in hand; its request may take 30 s."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        line = self._make()
        while not self._stop.is_set():
            wait_ms = self._turn(line)
            if wait_ms > 0:
                self._wake.wait(min(wait_ms / 1000, _LONGEST_S))
            self._wake.clear()

    def _turn(self, line: Line) -> int:
        if self._nudged.is_set():
            self._nudged.clear()
            line.nudge()
        asked = self._asked.is_set()
        self._asked.clear()
        try:
            wait_ms = line.turn(asked=asked)
            self._status(line.status())
        except Exception as fault:  # noqa: BLE001 - the line must outlive our own faults
            _log.error("sync turn failed: %s", type(fault).__name__)
            return CAP_MS
        return wait_ms
