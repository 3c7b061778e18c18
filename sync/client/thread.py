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
    """同步线程: `start`, then `sync_now` and `wake` from any thread; `stop` ends it and waits for the turn in hand.

    What is asked while a turn runs is kept for the next one: the three wishes stand under one lock, and only the thread
    itself takes them back, all at once.
    """

    def __init__(self, line: Callable[[], Line], status: Callable[[SyncStatus], None]) -> None:
        """`line` is made in the thread that uses it; `status` is called there after each turn."""
        self._make = line
        self._status = status
        self._wishes = threading.Condition()
        self._asked = self._nudged = self._stopping = False
        self._line: Line | None = None
        self._thread = threading.Thread(target=self._run, name="gate-sync", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def sync_now(self) -> None:
        """现在同步, or a network came up: forget the back-off and try at once."""
        with self._wishes:
            self._asked = self._nudged = True
            self._wishes.notify()

    def wake(self) -> None:
        """A P1 case was recorded: do not wait out the poll or the back-off."""
        with self._wishes:
            self._asked = True
            self._wishes.notify()

    def stop(self, timeout_s: float = 35.0) -> None:
        """End after the turn in hand; its request may take 30 s."""
        with self._wishes:
            self._stopping = True
            self._wishes.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        wait_ms = 0
        while (wishes := self._next(wait_ms)) is not None:
            wait_ms = self._turn(*wishes)

    def _next(self, wait_ms: int) -> tuple[bool, bool] | None:
        """Wait out the pause, unless something is asked: whether it was, and whether by the button; None: the end."""
        with self._wishes:
            if wait_ms > 0:
                self._wishes.wait_for(lambda: self._asked or self._stopping, min(wait_ms / 1000, _LONGEST_S))
            asked, nudged = self._asked, self._nudged
            self._asked = self._nudged = False
            return None if self._stopping else (asked, nudged)

    def _turn(self, asked: bool, nudged: bool) -> int:  # noqa: FBT001 - both come from `_next`
        try:
            line = self._line = self._line or self._make()
            if nudged:
                line.nudge()
            wait_ms = line.turn(asked=asked)
            self._status(line.status())
        except Exception as fault:  # noqa: BLE001 - the line must outlive our own faults
            _log.error("sync turn failed: %s", type(fault).__name__)
            return CAP_MS
        return wait_ms
