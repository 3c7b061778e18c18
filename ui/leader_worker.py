# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Work beside the screen: a reading of the log, an export, a print; the answer comes back on the GUI thread."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failed:
    """没有做成: the kind of error, for the log's eyes; the screen says in its own words what to do."""

    why: str


class Background(Protocol):
    """Runs work somewhere and answers on the GUI thread."""

    def __call__(self, work: Callable[[], T], answer: Callable[[T | Failed], None]) -> None:
        """`work` in any thread; `answer` here, later or at once."""
        ...


class LeaderWorker(QObject):
    """`Background` with a daemon thread for each piece of work."""

    _done = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._done.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def __call__(self, work: Callable[[], T], answer: Callable[[T | Failed], None]) -> None:
        """Begin at once."""
        threading.Thread(target=self._work, args=(work, answer), name="leader", daemon=True).start()

    def tell(self, act: Callable[[], None]) -> None:
        """From any thread: do this on the GUI thread."""
        self._done.emit(act)

    def _work(self, work: Callable[[], T], answer: Callable[[T | Failed], None]) -> None:
        self._done.emit(partial(answer, done(work)))

    def _run(self, act: Callable[[], None]) -> None:
        act()


def done(work: Callable[[], T]) -> T | Failed:
    """Do it; whatever goes wrong is an answer: the lane never falls with a leader's list."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001
        _log.warning("leader's work: %s", type(error).__name__)
        return Failed(type(error).__name__)
