# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Which thermometer is at the gate: a setting as text becomes a source of readings (design: interface.md 7).

`PORT` a GY-MCU90614 on a serial port; `cjmcu:PORT` its CJMCU variant; `ble:ADDRESS` a Bluetooth Health Thermometer;
`keys:DEVICE` one that types, bound by its event device; `simulated` one that is played, at demonstrations. Each library
is loaded with the source that needs it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from kiosk.app.temperature_source import SensedReading, SourceState, TemperatureSource
from kiosk.domain.codes import ReadingSource, Site
from kiosk.domain.temperature import parse_reading

NONE = "none"
PLAYED = "simulated"


def thermometer(
    setting: str, *, mono_ms: Callable[[], int], site: Callable[[], Site], simulated: bool = False
) -> TemperatureSource | None:
    """The source of a setting; None for "none".

    `site` says where the volunteer measures now. `simulated`: a stand-in is at the other end, and every row says so.
    """
    kind, colon, rest = setting.partition(":")
    if setting in ("", NONE):
        return None
    if setting == PLAYED:
        from kiosk.adapters.thermometer_simulated import SimulatedThermometer

        return SimulatedThermometer(mono_ms=mono_ms, site=site)
    if kind == "ble" and colon:
        from kiosk.adapters.thermometer_ble import BleThermometer

        return BleThermometer(rest, mono_ms=mono_ms, site=site, device_no=rest)
    if kind == "keys" and colon:
        return TypingThermometer(rest, mono_ms=mono_ms, site=site)
    from kiosk.adapters.thermometer_frames import CjmcuFrames, GyFrames
    from kiosk.adapters.thermometer_serial import SerialThermometer

    variant = kind == "cjmcu" and bool(colon)
    port = rest if variant else setting
    return SerialThermometer(
        port,
        mono_ms=mono_ms,
        frames=CjmcuFrames() if variant else GyFrames(),
        site=site,
        device_no="模拟" if simulated else Path(port).name,
        source=ReadingSource.SIMULATED if simulated else ReadingSource.SERIAL,
    )


def _tenths(text: str) -> int | None:
    read = parse_reading(text)
    return read if isinstance(read, int) else None


class TypingThermometer:
    """A thermometer that types: a bound device whose keys become readings; plugged and unplugged as it is."""

    def __init__(self, path: str, *, mono_ms: Callable[[], int], site: Callable[[], Site]) -> None:
        from kiosk.adapters.key_device import KeyDevice
        from kiosk.adapters.thermometer_keyboard import KeyboardThermometer

        self._keys = KeyboardThermometer(read=_tenths, mono_ms=mono_ms, site=site, device_no=Path(path).name)
        self._on_state: Callable[[SourceState], None] | None = None
        self._device = KeyDevice(path, self._keys.key, self._keys.silence, self._state)

    def _state(self, state: SourceState) -> None:
        if self._on_state is not None:
            self._on_state(state)

    def listen(self, on_reading: Callable[[SensedReading], None], on_state: Callable[[SourceState], None]) -> None:
        """Start the device's thread; both are called on it."""
        self._on_state = on_state
        self._keys.listen(on_reading, lambda _state: None)
        self._device.start()

    def readings(self) -> Iterator[SensedReading]:
        """Start, and give each reading as it comes, until `close`."""
        self._device.start()
        return self._keys.readings()

    def close(self) -> None:
        """No reading comes after it."""
        self._device.close()
        self._keys.close()
