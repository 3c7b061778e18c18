# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A setting names the thermometer; each is heard through its own device, and none hides what it is."""

import os
import pty
import time
from pathlib import Path
from queue import SimpleQueue

import pytest

from kiosk.adapters.thermometer_ble import BleThermometer
from kiosk.adapters.thermometer_choice import TypingThermometer, thermometer
from kiosk.adapters.thermometer_serial import SerialThermometer
from kiosk.app.temperature_source import SensedReading, SourceState, TemperatureSource
from kiosk.domain.codes import ReadingSource, Site
from tests.unit.seeing.test_scanner import Played, typed

DEADLINE_S = 10.0


def made(setting: str, *, simulated: bool = False) -> TemperatureSource | None:
    """The source of a setting, on the machine's clock."""
    return thermometer(
        setting, mono_ms=lambda: time.perf_counter_ns() // 1_000_000, site=lambda: Site.WRIST, simulated=simulated
    )


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ("none", type(None)),
        ("", type(None)),
        ("/dev/ttyUSB0", SerialThermometer),
        ("cjmcu:/dev/ttyUSB0", SerialThermometer),
        ("ble:AA:BB:CC:DD:EE:FF", BleThermometer),
        ("keys:/dev/input/by-id/x-event-kbd", TypingThermometer),
    ],
)
def test_a_setting_names_the_device(setting: str, kind: type) -> None:
    assert type(made(setting)) is kind


def _heard(source: TemperatureSource | None) -> tuple[SimpleQueue[SensedReading], SimpleQueue[SourceState]]:
    assert source is not None
    readings: SimpleQueue[SensedReading] = SimpleQueue()
    states: SimpleQueue[SourceState] = SimpleQueue()
    source.listen(readings.put, states.put)
    return readings, states


def _cjmcu(hundredths: int) -> bytes:
    body = bytes.fromhex("66660104") + hundredths.to_bytes(2) + (1_200).to_bytes(2)
    return body + bytes([sum(body) & 0xFF])


@pytest.mark.parametrize("simulated", [False, True])
def test_the_cjmcu_variant_is_heard_at_its_port(*, simulated: bool) -> None:
    host, device = pty.openpty()
    source = made(f"cjmcu:{os.ttyname(device)}", simulated=simulated)
    readings, states = _heard(source)
    while states.empty():
        os.write(host, _cjmcu(1_900))
    os.write(host, _cjmcu(3_730) * 10)
    got = readings.get(timeout=DEADLINE_S)
    assert (got.tenths, got.site) == (373, Site.WRIST)
    assert got.source is (ReadingSource.SIMULATED if simulated else ReadingSource.SERIAL)
    assert source is not None
    source.close()
    os.close(device)
    os.close(host)


def test_a_thermometer_that_types_is_heard_unplugged_and_back_in_time(tmp_path: Path) -> None:
    played = Played(tmp_path)
    source = made(f"keys:{played.path}")
    readings, states = _heard(source)
    assert states.get(timeout=DEADLINE_S) is SourceState.CONNECTED
    played.say(typed("36.5\r"))
    got = readings.get(timeout=DEADLINE_S)
    assert (got.tenths, got.source, got.raw) == (365, ReadingSource.KEYBOARD, "36.5")
    played.say(typed("EP1:AB\r") + typed("3650\r"))
    played.say(typed("372"))
    assert readings.get(timeout=DEADLINE_S).tenths == 372, "a card and 3650 are no readings, a lost Enter is silence"
    played.unplug()
    assert states.get(timeout=DEADLINE_S) is SourceState.UNPLUGGED
    begun = time.perf_counter()
    played.plug()
    assert states.get(timeout=DEADLINE_S) is SourceState.CONNECTED
    assert time.perf_counter() - begun <= 3.0
    assert source is not None
    source.close()
    played.unplug()
