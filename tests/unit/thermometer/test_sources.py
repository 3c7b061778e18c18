# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every thermometer keeps the port's promises; the serial one keeps them on a real line that is pulled out."""

import fcntl
import os
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import pytest

from kiosk.adapters.thermometer_ble import BleThermometer
from kiosk.adapters.thermometer_keyboard import KeyboardThermometer
from kiosk.adapters.thermometer_serial import SerialThermometer
from kiosk.adapters.thermometer_simulated import SimulatedThermometer
from kiosk.app.temperature_source import Method, SensedReading, SourceState
from kiosk.domain.codes import ReadingSource, Site
from sync.street.thermometer_pty import PtyThermometer, gy_frame, person_frames

DEADLINE_S = 10.0


def mono_ms() -> int:
    return time.perf_counter_ns() // 1_000_000


class Line:
    """A played module, a serial thermometer that listens to it, and what it said."""

    def __init__(self, folder: Path, offsets: dict[Site, int] | None = None) -> None:
        self.module = PtyThermometer(folder / "thermometer")
        self.site = Site.FOREHEAD
        self.readings: SimpleQueue[SensedReading] = SimpleQueue()
        self.states: SimpleQueue[SourceState] = SimpleQueue()
        self.later_ms = 0
        self.source = SerialThermometer(
            str(self.module.path),
            mono_ms=lambda: mono_ms() + self.later_ms,
            site=lambda: self.site,
            offsets=offsets,
            device_no="7",
        )
        self.source.listen(self.readings.put, self.states.put)

    def reading(self) -> SensedReading:
        return self.readings.get(timeout=DEADLINE_S)

    def state(self) -> SourceState:
        return self.states.get(timeout=DEADLINE_S)

    def drained(self) -> None:
        """Wait until the thermometer has taken all that was sent."""
        assert self.module._slave is not None
        deadline = mono_ms() + 5_000
        while int.from_bytes(fcntl.ioctl(self.module._slave, termios.FIONREAD, bytes(4)), sys.byteorder):
            assert mono_ms() < deadline

    def quick(self, frames: bytes) -> None:
        """A burst of frames at once: the rule counts frames, not seconds."""
        self.module.say(frames)

    def close(self) -> None:
        self.source.close()
        self.module.close()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    opened = Line(tmp_path)
    assert opened.state() is SourceState.CONNECTED
    yield opened
    opened.close()


def frames(tenths: int) -> bytes:
    return b"".join(person_frames(tenths, 120))


def test_a_person_before_the_module_is_one_reading(line: Line) -> None:
    line.site = Site.WRIST
    line.quick(frames(373))
    got = line.reading()
    assert (got.tenths, got.site, got.method, got.ambient) == (373, Site.WRIST, Method.NON_CONTACT, 120)
    assert (got.source, got.device_no, got.offset) == (ReadingSource.SERIAL, "7", 0)
    assert bytes.fromhex(got.raw).startswith(b"\x5a\x5a\x45\x04")
    line.quick(frames(342))
    assert line.reading().tenths == 342
    assert line.readings.empty()


def test_the_module_plays_in_its_own_time_too(line: Line) -> None:
    began = mono_ms()
    line.module.show(365, 60)
    got = line.reading()
    assert (got.tenths, got.ambient) == (365, 60)
    assert 500 <= got.taken_at_ms - began <= 5_000


def test_no_value_in_the_middle_is_not_a_second_person(line: Line) -> None:
    line.module.hush()
    held = gy_frame(3_650, 1_200) * 8
    line.quick(held + gy_frame(0, 1_200) * 3 + held + gy_frame(1_900, 1_200) + frames(368))
    assert [line.reading().tenths, line.reading().tenths] == [365, 368]


def test_nothing_is_sent_for_a_wall_or_for_no_value(line: Line) -> None:
    line.quick(gy_frame(0, 1_200) * 30 + gy_frame(1_900, 1_200) * 30 + frames(364))
    assert line.reading().tenths == 364
    assert line.readings.empty()


def test_junk_split_and_broken_frames_on_the_line_cost_only_themselves(line: Line) -> None:
    whole = frames(366)
    broken = bytearray(gy_frame(3_900, 1_200) * 20)
    for at in range(8, len(broken), 9):
        broken[at] ^= 0x10
    line.quick(os.urandom(64).replace(b"\x5a", b"\x00") + bytes(broken) + whole[:40])
    for at in range(40, len(whole), 7):
        line.quick(whole[at : at + 7])
    assert line.reading().tenths == 366
    assert line.readings.empty()


def test_pulled_out_and_put_back_within_three_seconds(line: Line) -> None:
    line.quick(frames(365))
    line.reading()
    pulled = mono_ms()
    line.module.unplug()
    assert line.state() is SourceState.UNPLUGGED
    assert mono_ms() - pulled <= 3_000
    back = mono_ms()
    line.module.plug()
    assert line.state() is SourceState.CONNECTED
    assert mono_ms() - back <= 3_000
    line.quick(frames(368))
    assert line.reading().tenths == 368


def test_a_line_that_falls_silent_is_a_thermometer_pulled_out(line: Line) -> None:
    line.module.hush()
    line.later_ms = 1_500
    line.quick(frames(365))
    assert line.reading().tenths == 365
    assert line.states.empty()
    line.later_ms = 3_600
    assert line.state() is SourceState.UNPLUGGED
    line.module.unplug()
    line.module.plug()
    assert line.state() is SourceState.CONNECTED


def test_frames_from_before_a_break_are_no_part_of_a_reading_after_it(line: Line) -> None:
    line.module.hush()
    line.quick(gy_frame(3_650, 1_200) * 7)
    line.drained()
    line.module.unplug()
    assert line.state() is SourceState.UNPLUGGED
    line.module.plug()
    line.module.hush()
    while line.states.empty():
        line.quick(gy_frame(0, 1_200))
    assert line.state() is SourceState.CONNECTED
    line.quick(gy_frame(3_650, 1_200) + gy_frame(1_900, 1_200) + frames(370))
    assert line.reading().tenths == 370


def test_the_offset_of_a_site_is_in_the_value_and_stands_beside_it(tmp_path: Path) -> None:
    line = Line(tmp_path, offsets={Site.FOREHEAD: 25})
    try:
        assert line.state() is SourceState.CONNECTED
        line.quick(frames(364))
        got = line.reading()
        assert (got.tenths, got.offset) == (367, 25)
    finally:
        line.close()


def test_a_thermometer_that_is_not_there_is_unplugged_not_an_error(tmp_path: Path) -> None:
    states: SimpleQueue[SourceState] = SimpleQueue()
    source = SerialThermometer(str(tmp_path / "none"), mono_ms=mono_ms)
    source.listen(lambda _reading: None, states.put)
    assert states.get(timeout=DEADLINE_S) is SourceState.UNPLUGGED
    source.close()
    source.close()
    with pytest.raises(Empty):
        states.get(timeout=0)


def test_the_readings_of_a_line_end_when_it_is_closed(tmp_path: Path) -> None:
    with PtyThermometer(tmp_path / "t") as module:
        source = SerialThermometer(str(module.path), mono_ms=mono_ms)
        readings = source.readings()
        module.show(365)
        assert next(readings).tenths == 365
        source.close()
        assert list(readings) == []


def simulated(tenths: int) -> tuple[SimulatedThermometer, Callable[[], None]]:
    source = SimulatedThermometer(mono_ms=lambda: 5, site=lambda: Site.NECK)
    return source, lambda: source.show(tenths)


def keyboard(tenths: int) -> tuple[KeyboardThermometer, Callable[[], None]]:
    source = KeyboardThermometer(
        read=lambda text: int(text) if text.isdigit() else None, mono_ms=lambda: 5, site=lambda: Site.NECK
    )

    def type_it() -> None:
        for character in f"{tenths}\r":
            source.key(character)

    return source, type_it


def ble(tenths: int) -> tuple[BleThermometer, Callable[[], None]]:
    source = BleThermometer("00:00", mono_ms=lambda: 5, site=lambda: Site.NECK)
    # The radio is another's; the value that it brings is ours.
    source.listen = source._outlet.connect  # type: ignore[method-assign]
    value = bytearray(b"\x00" + tenths.to_bytes(3, "little") + b"\xff")
    return source, lambda: source.indicated(None, value)


@pytest.mark.parametrize("make", [simulated, keyboard, ble])
def test_a_source_gives_its_reading_and_nothing_after_its_end(
    make: Callable[[int], tuple[SimulatedThermometer, Callable[[], None]]],
) -> None:
    source, send = make(366)
    got: list[SensedReading] = []
    source.listen(got.append, lambda _state: None)
    send()
    assert [(each.tenths, each.site, each.taken_at_ms) for each in got] == [(366, Site.NECK, 5)]
    source.close()
    source.close()
    send()
    assert len(got) == 1
    assert list(source.readings()) == []


@pytest.mark.parametrize("make", [simulated, keyboard, ble])
def test_nought_is_never_sent(make: Callable[[int], tuple[SimulatedThermometer, Callable[[], None]]]) -> None:
    source, send = make(0)
    got: list[SensedReading] = []
    source.listen(got.append, lambda _state: None)
    send()
    assert got == []


def test_a_simulated_reading_says_so() -> None:
    source, send = simulated(366)
    box: SimpleQueue[SensedReading] = SimpleQueue()
    states: list[SourceState] = []
    source.listen(box.put, states.append)
    send()
    assert box.get(timeout=0).source is ReadingSource.SIMULATED
    source.unplug()
    source.unplug()
    source.plug()
    assert states == [SourceState.CONNECTED, SourceState.UNPLUGGED, SourceState.CONNECTED]


def test_a_contact_site_is_a_contact_reading() -> None:
    source, _send = simulated(366)
    box: SimpleQueue[SensedReading] = SimpleQueue()
    source.listen(box.put, lambda _state: None)
    source.show(369, site=Site.AXILLA)
    assert box.get(timeout=0).method is Method.CONTACT


def test_somebody_who_waits_for_readings_is_let_go_at_the_end() -> None:
    source, send = simulated(366)
    got: list[SensedReading] = []
    readings = source.readings()
    waiting = Thread(target=lambda: got.extend(readings), daemon=True)
    waiting.start()
    deadline = mono_ms() + 5_000
    while not got and mono_ms() < deadline:
        send()
    source.close()
    waiting.join(5)
    assert got
    assert not waiting.is_alive()
