# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The second reader in its child process: killed, hung, missing, mangling (design: scanning.md section 4)."""

import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from kiosk.adapters.decode_symbol import Found
from kiosk.adapters.zbar import DEATHS, ZbarReader, ZbarState
from kiosk.adapters.zbar_offers import ZbarOffers
from kiosk.adapters.zbar_process import ZbarProcess
from tests.clips_cards import card, hostile
from tests.logfail import ExpectedLog

GREY = card("EP1:ZBAR", 1).picture[:, :, 1].copy()
QUAD = [[0, 0], [0, 9], [9, 9], [9, 0]]


@dataclass
class Clock:
    now: float = 50.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeChild:
    """Answers from a list; None = hangs, "" = dead."""

    answers: list[str | None]
    killed: bool = False

    def send(self, pixels: memoryview, width: int, height: int) -> bool:
        assert len(pixels) == width * height
        return not self.killed

    def line(self, wait_s: float) -> str | None:
        return self.answers.pop(0) if self.answers else ""

    def kill(self) -> None:
        self.killed = True


@dataclass
class Nursery:
    """Makes fake children, one script each."""

    scripts: list[list[str | None]]
    made: list[FakeChild] = field(default_factory=list)

    def __call__(self) -> FakeChild:
        self.made.append(FakeChild(self.scripts.pop(0) if self.scripts else []))
        return self.made[-1]


def answer(*payloads: bytes) -> str:
    return json.dumps([[payload.hex(), QUAD] for payload in payloads])


@pytest.fixture
def real() -> Iterator[ZbarReader]:
    reader = ZbarReader(perf_counter)
    yield reader
    reader.close()


def pid_of(reader: ZbarReader) -> int:
    child = reader._child
    assert isinstance(child, ZbarProcess)
    return child.pid


def test_the_child_reads_a_code_and_its_corners(real: ZbarReader) -> None:
    ((data, corners),) = real.read(GREY, 5.0).read
    assert data == b"EP1:ZBAR"
    assert np.abs(np.array(corners) - card("EP1:ZBAR", 1).quad).max() < 12


def test_a_killed_child_costs_one_frame_and_the_next_answer_comes_from_a_new_one(real: ZbarReader) -> None:
    assert real.read(GREY, 5.0).read
    old = pid_of(real)
    os.kill(old, signal.SIGKILL)
    assert real.read(GREY, 5.0) == Found()
    begun = perf_counter()
    assert real.read(GREY, 5.0).read
    assert perf_counter() - begun < 2.0  # 0.3 s on a quiet machine (make bench)
    assert pid_of(real) != old
    assert real.state is ZbarState.WORKING


def test_a_child_that_stops_answering_is_killed(real: ZbarReader) -> None:
    assert real.read(GREY, 5.0).read
    old = pid_of(real)
    os.kill(old, signal.SIGSTOP)
    begun = perf_counter()
    assert real.read(GREY, 0.3) == Found()
    assert perf_counter() - begun < 2.0
    assert real.read(GREY, 5.0).read
    assert pid_of(real) != old


def test_the_child_ignores_the_keyboard_interrupt_and_loads_nothing_of_the_gate(real: ZbarReader) -> None:
    assert real.read(GREY, 5.0).read
    pid = pid_of(real)
    os.kill(pid, signal.SIGINT)
    assert real.read(GREY, 5.0).read
    assert pid_of(real) == pid
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "Qt" not in maps
    assert "sqlite" not in maps
    assert "cv2" not in maps


def test_the_child_ends_when_its_parent_closes_the_pipe() -> None:
    child = ZbarProcess()
    assert child.line(5.0) == "ready"
    assert child._process.stdin is not None
    child._process.stdin.close()
    assert child._process.wait(5) == 0
    assert child.line(0.1) == ""
    assert not child.send(memoryview(b"\0"), 1, 1)
    child.kill()
    child.kill()


@pytest.mark.parametrize("name", ["structured_append", "random_bytes", "nul", "kanji", "long_text"])
def test_hostile_codes_leave_the_child_alive_and_nothing_mangled_comes_out(real: ZbarReader, name: str) -> None:
    held = hostile(name, 7)
    found = real.read(held.picture[:, :, 1].copy(), 5.0)
    assert all(data.isascii() and len(data) <= 512 and data in held.payloads for data, _ in found.read)
    assert real.read(GREY, 5.0).read


def test_only_short_ascii_answers_are_taken() -> None:
    nursery = Nursery([["ready", answer(b"EP1:A", b"\xff\xfe", "码".encode(), b"x" * 513, b"", b"y" * 512)]])
    found = ZbarReader(Clock(), nursery).read(GREY)
    assert [data for data, _ in found.read] == [b"EP1:A", b"y" * 512]
    assert found.read[0][1] == ((0, 0), (9, 0), (9, 9), (0, 9))


@pytest.mark.parametrize("line", ["nonsense", "[]"])
def test_an_answer_that_says_nothing_is_nothing(line: str) -> None:
    assert ZbarReader(Clock(), Nursery([["ready", line]])).read(GREY) == Found()


def test_five_deaths_in_a_minute_switch_it_off_for_ten(expected_log: ExpectedLog) -> None:
    expected_log(logging.WARNING, "kiosk.adapters.zbar", "off for ten minutes")
    clock = Clock()
    nursery = Nursery([["ready", None] for _ in range(DEATHS)] + [["ready", answer(b"EP1:BACK")]])
    reader = ZbarReader(clock, nursery)
    for _ in range(DEATHS):
        assert reader.read(GREY) == Found()
        clock.now += 5
    states = [reader.state]
    assert all(child.killed for child in nursery.made)
    assert len(nursery.made) == DEATHS
    clock.now += 590
    assert reader.read(GREY) == Found()
    clock.now += 11
    assert reader.read(GREY).read[0][0] == b"EP1:BACK"
    assert [*states, reader.state] == [ZbarState.OFF, ZbarState.WORKING]


def test_five_deaths_over_a_longer_time_do_not() -> None:
    clock = Clock()
    reader = ZbarReader(clock, Nursery([["ready", None] for _ in range(9)]))
    for _ in range(9):
        reader.read(GREY)
        clock.now += 20
    assert reader.state is ZbarState.WORKING


def test_a_missing_library_is_said_once_and_never_tried_again(
    caplog: pytest.LogCaptureFixture, expected_log: ExpectedLog
) -> None:
    expected_log(logging.WARNING, "kiosk.adapters.zbar", "libzbar0")
    nursery = Nursery([["missing"]])
    reader = ZbarReader(Clock(), nursery)
    for _ in range(5):
        assert reader.read(GREY) == Found()
    assert reader.state is ZbarState.MISSING
    assert caplog.text.count("libzbar0") == 1
    assert len(nursery.made) == 1


def test_no_process_to_be_had_is_a_death_not_an_exception(expected_log: ExpectedLog) -> None:
    expected_log(logging.WARNING, "kiosk.adapters.zbar", "not started")

    def refuse() -> FakeChild:
        raise OSError("no more processes")

    assert ZbarReader(Clock(), refuse).read(GREY) == Found()


def test_a_picture_that_does_not_fit_is_left_out() -> None:
    assert ZbarReader(Clock(), Nursery([])).read(np.zeros((1300, 1300), np.uint8)) == Found()


@dataclass
class FakeReader:
    payload: bytes | None = b"EP1:LATE"
    calls: int = 0
    entered: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def read(self, grey: object) -> Found:
        self.calls += 1
        self.entered.set()
        self.go.wait(10)
        return Found(((self.payload, ((0, 0), (1, 0), (1, 1), (0, 1))),)) if self.payload else Found()


def test_offers_never_wait_and_at_most_three_a_second_are_taken() -> None:
    clock, reader = Clock(), FakeReader(payload=None)
    reader.go.set()
    offers = ZbarOffers(reader, clock)
    taken = 0
    for number in range(60):
        taken += offers.offer(GREY, number / 30)
        offers.work()
    assert taken == 6
    assert reader.calls == 18  # plain, blurred, sharpened


def test_a_hung_reader_does_not_stop_the_loop() -> None:
    reader = FakeReader()
    offers = ZbarOffers(reader, Clock())
    offers.start()
    assert offers.offer(GREY, 50.0)
    assert reader.entered.wait(10)
    begun = perf_counter()
    assert not any(offers.offer(GREY, 50.0 + n) for n in range(1, 100))
    assert offers.answer() == ()
    assert perf_counter() - begun < 1.0
    offers.stop()
    reader.go.set()


def test_an_answer_counts_for_half_a_second_of_its_frame() -> None:
    for age, counts in ((0.4, True), (0.6, False)):
        clock, reader = Clock(), FakeReader()
        reader.go.set()
        offers = ZbarOffers(reader, clock)
        offers.offer(GREY, clock.now)
        offers.work()
        clock.now += age
        assert bool(offers.answer()) is counts
        assert offers.answer() == ()
