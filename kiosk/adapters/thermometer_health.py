# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Temperature Measurement of the Bluetooth Health Thermometer Service (0x1809, characteristic 0x2A1C), as pure parsing.

Bytes: flags (bit 0 °F, bit 1 time stamp of 7 bytes, bit 2 type byte), an IEEE 11073 FLOAT (24-bit signed mantissa,
8-bit signed exponent of ten, little-endian), then what the flags announce. NaN, NRes, the infinities and the reserved
value are no reading (design: interface.md 7).
"""

from dataclasses import dataclass
from fractions import Fraction

from kiosk.app.temperature_source import half_up_tenths
from kiosk.domain.codes import Site

_SPECIAL = frozenset({0x7FFFFF, 0x800000, 0x7FFFFE, 0x800002, 0x800001})
_ARMPIT, _EAR, _TYMPANUM = 1, 3, 9
_SITES = {_ARMPIT: Site.AXILLA, _EAR: Site.EAR, _TYMPANUM: Site.EAR}
_NO_PERSON = 999
_EXPONENTS = range(-8, 4)


@dataclass(frozen=True, slots=True)
class HealthReading:
    """What the characteristic said: tenths of °C, and the site if it named one that the gate knows."""

    tenths: int
    site: Site | None


def health_thermometer(data: bytes) -> HealthReading | None:
    """Read one value of 0x2A1C; None if it is cut short, a special value, zero, or nothing that a person has."""
    if len(data) < 5:  # noqa: PLR2004 - flags and FLOAT
        return None
    flags = data[0]
    mantissa = int.from_bytes(data[1:4], "little")
    exponent = int.from_bytes(data[4:5], signed=True)
    at = 5 + (7 if flags & 2 else 0)
    if mantissa in _SPECIAL or exponent not in _EXPONENTS or len(data) < at + bool(flags & 4):
        return None
    value = Fraction(mantissa - (1 << 24 if mantissa & 0x800000 else 0)) * Fraction(10) ** exponent
    celsius = (value - 32) * 5 / 9 if flags & 1 else value
    tenths = half_up_tenths(celsius)
    if not 0 < tenths <= _NO_PERSON:
        return None
    return HealthReading(tenths, _SITES.get(data[at]) if flags & 4 else None)
