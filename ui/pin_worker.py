# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A PIN is hashed beside the screen: the gate goes on scanning while it is (trust.md section 4)."""

import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal

from kiosk.app.pin import PinAnswer, PinCheck, PinTry
from kiosk.domain.identity import OperatorId

Answer = Callable[[PinAnswer], None]


class PinWorker(QObject):
    """Asks a `PinCheck` from the GUI thread and answers there."""

    _done = Signal(object)

    def __init__(self, check: PinCheck) -> None:
        super().__init__()
        self._check = check
        self._done.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def ask(self, pin: str, answer: Answer, whose: OperatorId | None = None) -> None:
        """Check a leader's PIN, or that of `whose`; `answer` is called on this thread, at once while one must wait."""
        begun = self._check.begin(pin, whose)
        if isinstance(begun, PinAnswer):
            answer(begun)
            return
        threading.Thread(target=self._hash, args=(begun, answer), name="pin", daemon=True).start()

    def _hash(self, begun: PinTry, answer: Answer) -> None:
        self._done.emit(partial(self._settle, begun, begun.run(), answer))

    def _settle(self, begun: PinTry, found: OperatorId | None, answer: Answer) -> None:
        answer(self._check.settle(begun, found))

    def locked(self) -> tuple[OperatorId, ...]:
        """Who is locked, `PAD` among them."""
        return self._check.locked()

    def unlock(self, whose: OperatorId) -> bool:
        """解锁."""
        return self._check.unlock(whose)

    def _run(self, rest: Callable[[], None]) -> None:
        rest()
