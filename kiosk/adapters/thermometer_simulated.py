# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A thermometer that somebody plays: for training, tests and demonstrations (design: interface.md 7).

Every reading says SIMULATED; the screen and every export show it.
"""

from collections.abc import Callable, Iterator

from kiosk.adapters.thermometer_outlet import Outlet
from kiosk.app.temperature_source import Method, SensedReading, SourceState
from kiosk.domain.codes import ReadingSource, Site


class SimulatedThermometer:
    """`TemperatureSource` without a device: `show` gives a reading at once, on the caller's thread."""

    def __init__(self, *, mono_ms: Callable[[], int], site: Callable[[], Site]) -> None:
        self._mono_ms = mono_ms
        self._site = site
        self._outlet = Outlet()

    def listen(self, on_reading: Callable[[SensedReading], None], on_state: Callable[[SourceState], None]) -> None:
        """Start; it is connected at once."""
        self._outlet.connect(on_reading, on_state)
        self._outlet.state(SourceState.CONNECTED)

    def readings(self) -> Iterator[SensedReading]:
        """Start, and give each reading as it comes, until `close`."""
        return self._outlet.each(self.listen)

    def show(self, tenths: int, *, ambient: int | None = None, site: Site | None = None) -> None:
        """Somebody is measured, all in tenths of °C; 0 is what a device says of nobody, and is not sent."""
        if tenths == 0:
            return
        at = site or self._site()
        self._outlet.put(
            SensedReading(
                tenths=tenths,
                site=at,
                method=Method.CONTACT if at.contact else Method.NON_CONTACT,
                device_no="模拟",
                ambient=ambient,
                taken_at_ms=self._mono_ms(),
                source=ReadingSource.SIMULATED,
                raw=str(tenths),
            )
        )

    def unplug(self) -> None:
        """Play the device being pulled out."""
        self._outlet.state(SourceState.UNPLUGGED)

    def plug(self) -> None:
        """Play the device being put back."""
        self._outlet.state(SourceState.CONNECTED)

    def close(self) -> None:
        """No reading comes after it."""
        self._outlet.end()
