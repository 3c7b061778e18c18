# SPDX-License-Identifier: LicenseRef-Gatehouse
"""体温来源: the port of thermometers, and the reading that one gives (design: interface.md 7).

A value is a whole number of tenths of a degree Celsius, rounded half up once, from the device's own exact number; no
float is kept. What the device really said stays beside it as `raw`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from kiosk.domain.codes import ReadingSource, Site


class SourceState(StrEnum):
    """测温仪状态: whether a thermometer is heard; UNPLUGGED shows the chip 测温仪断开 and the keypad."""

    CONNECTED = "CONNECTED"
    UNPLUGGED = "UNPLUGGED"


class Method(StrEnum):
    """测温方式: how the device measures; CONTACT alone settles a recheck at once (domain.md 6)."""

    NON_CONTACT = "NON_CONTACT"
    CONTACT = "CONTACT"


@dataclass(frozen=True, slots=True)
class SensedReading:
    """测得的读数: one temperature that a device gave, not yet of any passage.

    `tenths` is °C x 10 with `offset` (hundredths, a setting of the site shown beside the value) already in it;
    `ambient` is °C x 10 or None where the device does not tell; `taken_at_ms` is monotonic; `raw` is the device's own
    number or bytes as text, for the record only.
    """

    tenths: int
    site: Site
    method: Method
    device_no: str
    ambient: int | None
    taken_at_ms: int
    source: ReadingSource
    raw: str
    offset: int = 0


class TemperatureSource(Protocol):
    """体温来源 port: a thermometer on a wire, by radio, typing by itself, or simulated."""

    def listen(self, on_reading: Callable[[SensedReading], None], on_state: Callable[[SourceState], None]) -> None:
        """Start. Both are called on the source's own thread, readings in the order in which they were taken."""
        ...

    def readings(self) -> Iterator[SensedReading]:
        """Start, and give each reading as it comes; waits between them, ends after `close`."""
        ...

    def close(self) -> None:
        """Stop and let go of the device; no call comes after it. May be called twice."""
        ...


def half_up_tenths(celsius: Fraction) -> int:
    """The tenths of an exact temperature, rounded half up (domain.md 6): 37.25 gives 373, 37.249 gives 372."""
    return (20 * celsius + 1).__floor__() // 2
