# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The Bluetooth characteristic 0x2A1C: values, units, and all that is no reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.adapters.thermometer_health import HealthReading, health_thermometer
from kiosk.domain.codes import Site


def value(mantissa: int, exponent: int, flags: int = 0, rest: bytes = b"") -> bytes:
    packed = (mantissa & 0xFFFFFF).to_bytes(3, "little") + (exponent & 0xFF).to_bytes(1)
    return bytes([flags]) + packed + rest


def test_the_worked_example_of_the_standard() -> None:
    # 36.4 °C as 364 x 10^-1: 6C 01 00 FF
    assert health_thermometer(bytes.fromhex("00 6c0100ff")) == HealthReading(364, None)


@pytest.mark.parametrize(
    ("mantissa", "exponent", "tenths"),
    [(3_649, -2, 365), (37_250, -3, 373), (37_249, -3, 372), (37, 0, 370), (4, 1, 400), (3_725, -2, 373)],
)
def test_celsius_is_rounded_half_up_once(mantissa: int, exponent: int, tenths: int) -> None:
    assert health_thermometer(value(mantissa, exponent)) == HealthReading(tenths, None)


@pytest.mark.parametrize(("tenths_f", "tenths"), [(986, 370), (991, 373), (990, 372), (977, 365), (1_004, 380)])
def test_fahrenheit_becomes_celsius(tenths_f: int, tenths: int) -> None:
    assert health_thermometer(value(tenths_f, -1, flags=1)) == HealthReading(tenths, None)


def test_the_site_stands_behind_the_time_stamp() -> None:
    stamp = bytes.fromhex("e4070214120000")
    assert health_thermometer(value(365, -1, 4, b"\x01")) == HealthReading(365, Site.AXILLA)
    assert health_thermometer(value(365, -1, 6, stamp + b"\x03")) == HealthReading(365, Site.EAR)
    assert health_thermometer(value(365, -1, 2, stamp)) == HealthReading(365, None)
    assert health_thermometer(value(365, -1, 4, b"\x07")) == HealthReading(365, None)


@pytest.mark.parametrize("special", [0x7FFFFF, 0x800000, 0x7FFFFE, 0x800002, 0x800001])
def test_special_values_are_no_reading(special: int) -> None:
    assert health_thermometer(value(special, 0)) is None
    assert health_thermometer(value(special, -1)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x6c\x01\x00",
        value(365, -1, 4),
        value(365, -1, 6, b"\x01"),
        value(0, 0),
        value(-365, -1),
        value(1, 127),
        value(8_000_000, 3),
    ],
)
def test_short_nought_and_absurd_values_are_no_reading(data: bytes) -> None:
    assert health_thermometer(data) is None


@given(st.binary(max_size=20))
def test_no_bytes_break_it_and_nothing_but_a_temperature_comes_out(data: bytes) -> None:
    found = health_thermometer(data)
    assert found is None or 0 < found.tenths < 1_000
