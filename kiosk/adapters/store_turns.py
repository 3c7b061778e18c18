# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Whose turn it is at the writer: a desk commit goes ahead of every other queued transaction (sync-and-store.md 2)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """One transaction at a time; `desk()` waits for the one running, `other()` also for every desk that waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = False
        self._desks = 0

    @contextmanager
    def desk(self) -> Iterator[None]:
        """A turn for the desk: next in line."""
        with self._changed:
            self._desks += 1
            try:
                self._changed.wait_for(lambda: not self._taken)
            finally:
                self._desks -= 1
            self._taken = True
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def other(self) -> Iterator[None]:
        """A turn for a pulled page, a purge, a checkpoint: after all desks; hold it for 20 ms at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken and not self._desks)
            self._taken = True
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._changed:
            self._taken = False
            self._changed.notify_all()
