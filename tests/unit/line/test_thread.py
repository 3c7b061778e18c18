# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The sync thread: it runs by itself, wakes when asked, and outlives our own faults."""

import logging
import queue
import threading
from collections.abc import Callable

from kiosk.adapters.clock import SettableClock
from kiosk.app.ports import SyncStatus
from sync.client.thread import SyncThread
from tests.unit.line.doubles import NOW_MS, MemoryOffice, direct_gate

PATIENCE_S = 10


def until(said: "queue.Queue[SyncStatus]", wanted: Callable[[SyncStatus], bool]) -> SyncStatus:
    """The first status that is as wanted; `queue.Empty` after 10 s without any."""
    while not wanted(status := said.get(timeout=PATIENCE_S)):
        pass
    return status


def test_it_sends_by_itself_and_wakes_for_what_cannot_wait() -> None:
    clock = SettableClock(NOW_MS)
    office = MemoryOffice(lambda: NOW_MS)
    gate = direct_gate(office, clock)
    said: queue.Queue[SyncStatus] = queue.Queue()
    thread = SyncThread(lambda: gate.line, said.put)
    thread.start()
    assert until(said, lambda status: status.pending == 0 and status.last_ok_ms is not None).online
    gate.record(1, p1=True)
    thread.wake()
    until(said, lambda status: status.pending == 0)
    thread.stop()
    assert office.seqs(gate.identity.device) == [1, 2, 3]


def test_the_button_forgets_the_back_off() -> None:
    clock = SettableClock(NOW_MS)
    gate = direct_gate(MemoryOffice(lambda: NOW_MS), clock)
    gate.online[0] = False
    said: queue.Queue[SyncStatus] = queue.Queue()
    thread = SyncThread(lambda: gate.line, said.put)
    thread.start()
    until(said, lambda status: status.last_error == "no_office")
    gate.online[0] = True
    thread.sync_now()
    assert until(said, lambda status: status.pending == 0).last_error is None
    thread.stop()


def test_a_fault_of_ours_does_not_end_it(expected_log: Callable[[int, str, str], None]) -> None:
    expected_log(logging.ERROR, "sync.client.thread", "ZeroDivisionError")
    clock = SettableClock(NOW_MS)
    gate = direct_gate(MemoryOffice(lambda: NOW_MS), clock)
    said: queue.Queue[SyncStatus] = queue.Queue()
    faulty, failed = [1], threading.Event()

    def online() -> bool:
        if not faulty:
            return True
        failed.set()
        return faulty.pop() // 0 > 0

    object.__setattr__(gate.link.transport, "online", online)
    thread = SyncThread(lambda: gate.line, said.put)
    thread.start()
    assert failed.wait(PATIENCE_S)
    thread.sync_now()
    until(said, lambda status: status.pending == 0)
    thread.stop()


class SlowLine:
    """A line whose turn is in hand until the test lets it go; each turn asks for the longest wait."""

    def __init__(self) -> None:
        self.turns: queue.Queue[bool] = queue.Queue()
        self.go = threading.Semaphore(0)

    def turn(self, *, asked: bool = False) -> int:
        self.turns.put(asked)
        assert self.go.acquire(timeout=PATIENCE_S)
        return 900_000

    def nudge(self) -> None:
        """Nothing to forget."""

    def status(self) -> SyncStatus:
        return SyncStatus(pending=1)


def test_what_is_asked_while_a_turn_is_in_hand_is_done_right_after_it() -> None:
    line = SlowLine()
    thread = SyncThread(lambda: line, lambda _status: None)  # type: ignore[arg-type,return-value]
    thread.start()
    for ask in (thread.wake, thread.sync_now, thread.wake):
        line.turns.get(timeout=PATIENCE_S)
        ask()
        line.go.release()
    assert line.turns.get(timeout=PATIENCE_S)
    line.go.release()
    thread.stop()


def test_a_line_that_cannot_be_made_is_made_at_the_next_wake(expected_log: Callable[[int, str, str], None]) -> None:
    expected_log(logging.ERROR, "sync.client.thread", "OSError")
    gate = direct_gate(MemoryOffice(lambda: NOW_MS), SettableClock(NOW_MS))
    said: queue.Queue[SyncStatus] = queue.Queue()
    tries = threading.Semaphore(0)
    first = [1]

    def make() -> object:
        tries.release()
        if first:
            first.pop()
            raise OSError
        return gate.line

    thread = SyncThread(make, said.put)  # type: ignore[arg-type]
    thread.start()
    assert tries.acquire(timeout=PATIENCE_S)
    thread.sync_now()
    until(said, lambda status: status.pending == 0)
    thread.stop()
