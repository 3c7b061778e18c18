# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A thermometer that types, as a `TemperatureSource`: fed with the keys of its bound device (design: interface.md 7).

Whoever owns the keyboard gives the keys of the bound device here and calls `silence` by timer while a burst is open.
"""

from collections.abc import Callable, Iterator

from kiosk.adapters.thermometer_outlet import Outlet
from kiosk.adapters.thermometer_wedge import WedgeDigits
from kiosk.app.temperature_source import Method, SensedReading, SourceState
from kiosk.domain.codes import ReadingSource, Site


class KeyboardThermometer:
    """`read` turns typed text into tenths, None if it is no temperature (the domain's own rule for typed text)."""

    def __init__(
        self,
        *,
        read: Callable[[str], int | None],
        mono_ms: Callable[[], int],
        site: Callable[[], Site],
        device_no: str = "",
    ) -> None:
        self._read = read
        self._mono_ms = mono_ms
        self._site = site
        self._device_no = device_no
        self._wedge = WedgeDigits()
        self._outlet = Outlet()

    def listen(self, on_reading: Callable[[SensedReading], None], on_state: Callable[[SourceState], None]) -> None:
        """Start; a keyboard is there until its keys say otherwise."""
        self._outlet.connect(on_reading, on_state)
        self._outlet.state(SourceState.CONNECTED)

    def readings(self) -> Iterator[SensedReading]:
        """Start, and give each reading as it comes, until `close`."""
        return self._outlet.each(self.listen)

    def key(self, character: str) -> None:
        """The bound device typed this character."""
        self._typed(self._wedge.key(character, self._mono_ms()))

    def silence(self) -> None:
        """Time passed without a key."""
        self._typed(self._wedge.silence(self._mono_ms()))

    def close(self) -> None:
        """No reading comes after it."""
        self._outlet.end()

    def _typed(self, text: str | None) -> None:
        tenths = self._read(text) if text is not None else None
        if not tenths:
            return
        site = self._site()
        self._outlet.put(
            SensedReading(
                tenths=tenths,
                site=site,
                method=Method.CONTACT if site.contact else Method.NON_CONTACT,
                device_no=self._device_no,
                ambient=None,
                taken_at_ms=self._mono_ms(),
                source=ReadingSource.KEYBOARD,
                raw=text or "",
            )
        )
