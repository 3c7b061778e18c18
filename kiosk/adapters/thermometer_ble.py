# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A Bluetooth Health Thermometer (bleak), in its own daemon thread with its own event loop (design: interface.md 7).

The device decides when it indicates a value; each is a reading. Out of range it is looked for again every 3 s at the
latest. Parsing is `thermometer_health`; nothing here knows the bytes.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator

import bleak

from kiosk.adapters.thermometer_health import health_thermometer
from kiosk.adapters.thermometer_outlet import Outlet
from kiosk.app.temperature_source import Method, SensedReading, SourceState
from kiosk.domain.codes import ReadingSource, Site

SERVICE = "00001809-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a1c-0000-1000-8000-00805f9b34fb"
RETRY_S = 2.0
_LOOK_S = 0.2


def nearby(seconds: float) -> tuple[tuple[str, str], ...]:
    """Health Thermometers heard within `seconds`: address and name; none where there is no Bluetooth."""
    try:
        found = asyncio.run(bleak.BleakScanner.discover(timeout=seconds, service_uuids=[SERVICE]))
    except (bleak.exc.BleakError, OSError):
        return ()
    return tuple((device.address, device.name or device.address) for device in found)


class BleThermometer:
    """`TemperatureSource` over Bluetooth; `address` is that of the paired device."""

    def __init__(
        self, address: str, *, mono_ms: Callable[[], int], site: Callable[[], Site], device_no: str = ""
    ) -> None:
        self._address = address
        self._mono_ms = mono_ms
        self._site = site
        self._device_no = device_no
        self._outlet = Outlet()
        self._stop = threading.Event()

    def listen(self, on_reading: Callable[[SensedReading], None], on_state: Callable[[SourceState], None]) -> None:
        """Start the thread; both are called on it."""
        self._outlet.connect(on_reading, on_state)
        threading.Thread(target=lambda: asyncio.run(self._run()), name="thermometer-ble", daemon=True).start()

    def readings(self) -> Iterator[SensedReading]:
        """Start, and give each reading as it comes, until `close`."""
        return self._outlet.each(self.listen)

    def close(self) -> None:
        """Stop; the thread ends by itself within its next look."""
        self._stop.set()
        self._outlet.end()

    async def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(bleak.exc.BleakError, OSError, TimeoutError):
                async with bleak.BleakClient(self._address) as client:
                    await client.start_notify(MEASUREMENT, self.indicated)
                    self._outlet.state(SourceState.CONNECTED)
                    await self._while_connected(client)
            self._outlet.state(SourceState.UNPLUGGED)
            await asyncio.sleep(RETRY_S)

    async def _while_connected(self, client: bleak.BleakClient) -> None:
        # The stop comes from another thread, so it is looked at, not awaited.
        while client.is_connected and not self._stop.is_set():  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)

    def indicated(self, _characteristic: object, data: bytearray) -> None:
        """One value of the characteristic came."""
        value = health_thermometer(bytes(data))
        if value is None:
            return
        site = value.site or self._site()
        self._outlet.put(
            SensedReading(
                tenths=value.tenths,
                site=site,
                method=Method.CONTACT if site.contact else Method.NON_CONTACT,
                device_no=self._device_no,
                ambient=None,
                taken_at_ms=self._mono_ms(),
                source=ReadingSource.BLE,
                raw=bytes(data).hex(" "),
            )
        )
