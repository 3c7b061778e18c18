# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The store's upkeep as a thread beside an open gate: checkpoints, verified copies, purge, the whole chain."""

import threading
from collections.abc import Callable

from kiosk.adapters.store_upkeep import Upkeep
from kiosk.app.withdrawn import Standing
from kiosk.compose import OpenGate, standing_of


class UpkeepThread:
    """维护线程: one daemon; the end of a shift is handed to it, so that no copy is made on the GUI thread."""

    def __init__(self, gate: OpenGate, found: Callable[[str], None] = lambda _finding: None) -> None:
        """`found` hears of findings in the log, from this thread."""
        self._gate = gate
        self._upkeep = Upkeep(gate.opened.folder, lambda: gate.app.time.trusted_ms, found)
        self._stop = threading.Event()
        self._shift_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
        gate.app.shifts.after_close = self._shift_over.set

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, wait_s: float = 5.0) -> bool:
        """End, before the store is closed; False if a copy is still being made."""
        self._stop.set()
        self._thread.join(wait_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.wait(0.5):
            if standing_of(self._gate.orders.stage) is Standing.GONE:
                return  # a withdrawn gate has nothing left to look after
            if self._shift_over.is_set():
                self._shift_over.clear()
                self._gate.store.signed_head(keep=True)
                self._upkeep.shift_end()
            self._upkeep.step()
