# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A scanner bound by its device: Linux keys, serial lines; lost Enter, lost Shift, pulled out, put back."""

import os
import pty
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from kiosk.adapters.key_device import KeyDevice, KeyTexts
from kiosk.adapters.scanner import Scanner, SerialScanner, TypingScanner, scanner
from kiosk.adapters.wedge import Scanned, TooLong, WedgeOut
from kiosk.app.temperature_source import SourceState

DEADLINE_S = 10.0
TEXT = "EP1:6BF$+8/*.-% 09AZ"
_CODES = {letter: (code, False) for code, letter in {
    **dict(zip(range(2, 12), "1234567890", strict=True)), **dict(zip(range(16, 26), "qwertyuiop", strict=True)),
    **dict(zip(range(30, 39), "asdfghjkl", strict=True)), **dict(zip(range(44, 51), "zxcvbnm", strict=True)),
    12: "-", 13: "=", 39: ";", 52: ".", 53: "/", 57: " ", 28: "\r",
}.items()}  # fmt: skip
_CODES |= {letter.upper(): (code, True) for letter, (code, _) in list(_CODES.items()) if letter.isalpha()}
_CODES |= {"!": (2, True), "$": (5, True), "%": (6, True), "*": (9, True), "+": (13, True), ":": (39, True)}


def record(code: int, value: int, kind: int = 1) -> bytes:
    """One `struct input_event`."""
    return struct.pack("llHHi", 7, 8, kind, code, value)


def typed(text: str, *, shift: bool = True) -> bytes:
    """What a scanner's keyboard reports for a text; `shift` False: its Shift is lost."""
    data = b""
    for letter in text:
        code, shifted = _CODES[letter]
        key = record(4, 458_000, 4) + record(code, 1) + record(code, 0) + record(0, 0, 0)
        data += record(42, 1) + key + record(42, 0) if shifted and shift else key
    return data


class Played:
    """A named pipe that plays the device."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "event-kbd"
        self._writer = -1
        self.plug()

    def plug(self) -> None:
        os.mkfifo(self.path)
        # both ways, so that opening does not wait for a reader
        self._writer = os.open(self.path, os.O_RDWR)

    def say(self, data: bytes) -> None:
        os.write(self._writer, data)

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self._writer)


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    device = Played(tmp_path)
    yield device
    device.unplug()


Listening = tuple[Callable[[Scanner], None], SimpleQueue[WedgeOut], SimpleQueue[SourceState]]


@pytest.fixture
def heard() -> Iterator[Listening]:
    outs: SimpleQueue[WedgeOut] = SimpleQueue()
    states: SimpleQueue[SourceState] = SimpleQueue()
    running: list[Scanner] = []

    def begin(device: Scanner) -> None:
        running.append(device)
        device.start()

    yield begin, outs, states
    for device in running:
        device.close()


def test_key_codes_become_the_texts_of_a_pass() -> None:
    assert KeyTexts().feed(typed(TEXT + "\r")) == TEXT + "\r"
    texts = KeyTexts()
    data = typed("EP1:AB")
    assert "".join(texts.feed(data[at : at + 7]) for at in range(0, len(data), 7)) == "EP1:AB"


def test_a_held_key_is_one_character_and_unknown_keys_are_none() -> None:
    data = record(30, 1) + record(30, 2) * 20 + record(30, 0) + record(113, 1) + record(59, 1)
    assert KeyTexts().feed(data) == "a"


def test_a_typing_scanner_gives_its_text_with_and_without_enter(played: Played, heard: Listening) -> None:
    begin, outs, states = heard
    begin(TypingScanner(str(played.path), time.perf_counter, outs.put, states.put))
    assert states.get(timeout=DEADLINE_S) is SourceState.CONNECTED
    played.say(typed(TEXT + "\r"))
    assert outs.get(timeout=DEADLINE_S) == Scanned(TEXT.encode())
    played.say(typed(TEXT))
    assert outs.get(timeout=DEADLINE_S) == Scanned(TEXT.encode()), "the lost Enter is 150 ms of silence"


def test_a_lost_shift_is_no_pass_and_a_caps_lock_is_mended(played: Played, heard: Listening) -> None:
    begin, outs, states = heard
    begin(TypingScanner(str(played.path), time.perf_counter, outs.put, states.put))
    states.get(timeout=DEADLINE_S)
    played.say(typed("EP1:ABCDEF 12\r", shift=False))
    assert outs.get(timeout=DEADLINE_S) == Scanned(b"ep1;abcdef 12")
    played.say(typed("ep1:abcdef 12\r"))
    assert outs.get(timeout=DEADLINE_S) == Scanned(b"EP1:ABCDEF 12")


def test_too_long_a_text_is_dropped_whole_and_the_next_one_counts(played: Played, heard: Listening) -> None:
    begin, outs, states = heard
    begin(TypingScanner(str(played.path), time.perf_counter, outs.put, states.put))
    states.get(timeout=DEADLINE_S)
    for _ in range(12):
        played.say(typed("A" * 50))
    played.say(typed("\r"))
    assert outs.get(timeout=DEADLINE_S) == TooLong()
    played.say(typed(TEXT + "\r"))
    assert outs.get(timeout=DEADLINE_S) == Scanned(TEXT.encode())


def test_a_scanner_is_back_within_three_seconds_of_replugging(played: Played, heard: Listening) -> None:
    begin, outs, states = heard
    begin(TypingScanner(str(played.path), time.perf_counter, outs.put, states.put))
    assert states.get(timeout=DEADLINE_S) is SourceState.CONNECTED
    played.unplug()
    assert states.get(timeout=DEADLINE_S) is SourceState.UNPLUGGED
    played.plug()
    begun = time.perf_counter()
    assert states.get(timeout=DEADLINE_S) is SourceState.CONNECTED
    assert time.perf_counter() - begun <= 3.0
    played.say(typed(TEXT + "\r"))
    assert outs.get(timeout=DEADLINE_S) == Scanned(TEXT.encode())


def test_a_serial_scanner_gives_lines_and_what_has_no_end(heard: Listening) -> None:
    begin, outs, states = heard
    host, device = pty.openpty()
    begin(SerialScanner(os.ttyname(device), outs.put, states.put))
    assert states.get(timeout=DEADLINE_S) is SourceState.CONNECTED
    os.write(host, TEXT.encode() + b"\r\n" + b"ep1:abc\n")
    assert [outs.get(timeout=DEADLINE_S) for _ in range(2)] == [Scanned(TEXT.encode()), Scanned(b"EP1:ABC")]
    os.write(host, b"EP1:XYZ")
    assert outs.get(timeout=DEADLINE_S) == Scanned(b"EP1:XYZ")
    os.write(host, b"A" * 600 + b"\r")
    assert outs.get(timeout=DEADLINE_S) == TooLong()
    os.write(host, "不是证😀\r".encode())
    assert outs.get(timeout=DEADLINE_S) == Scanned("不是证😀".encode())
    os.close(device)
    os.close(host)
    assert states.get(timeout=DEADLINE_S) is SourceState.UNPLUGGED


def test_a_setting_names_the_scanner() -> None:
    assert scanner("none", time.perf_counter, lambda _out: None) is None
    assert isinstance(scanner("keys:/dev/input/x", time.perf_counter, lambda _out: None), TypingScanner)
    assert isinstance(scanner("/dev/ttyACM0", time.perf_counter, lambda _out: None), SerialScanner)


def test_a_device_that_is_not_there_is_looked_for_and_let_go(tmp_path: Path) -> None:
    states: SimpleQueue[SourceState] = SimpleQueue()
    device = KeyDevice(str(tmp_path / "none"), lambda _key: None, lambda: None, states.put)
    device.start()
    assert states.get(timeout=DEADLINE_S) is SourceState.UNPLUGGED
    device.close()
    assert states.empty()
