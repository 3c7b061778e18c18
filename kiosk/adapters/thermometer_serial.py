# SPDX-License-Identifier: LicenseRef-Gatehouse
"""An infrared thermometer on a serial line (pyserial), read in its own daemon thread (design: interface.md 7).

The module sends frames without end, whether somebody stands before it or not; so 2 s without a sound frame mean that it
was pulled out, even where the line itself stays open. It is then opened anew every second, so that it is back within
3 s of being plugged in.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

import serial

from kiosk.adapters.listening import Listening
from kiosk.adapters.thermometer_frames import Frame, FrameParser, GyFrames
from kiosk.adapters.thermometer_outlet import Outlet
from kiosk.app.steady import SteadyRule
from kiosk.app.temperature_source import Method, SensedReading, SourceState, half_up_tenths
from kiosk.domain.codes import ReadingSource, Site

SILENT_MS = 2_000
_WAIT_S = 0.1


def _forehead() -> Site:
    return Site.FOREHEAD


class SerialThermometer:
    """`TemperatureSource` over a serial device.

    `device` is its path; `mono_ms` the monotonic clock; `site` says at which site the volunteer is measuring now;
    `offset` (hundredths of °C by site) is the setting that the screen shows beside the value; `source` is SIMULATED
    where the other end is a stand-in, so that no row ever hides it.
    """

    def __init__(
        self,
        device: str,
        *,
        mono_ms: Callable[[], int],
        frames: FrameParser | None = None,
        site: Callable[[], Site] = _forehead,
        offsets: dict[Site, int] | None = None,
        device_no: str = "",
        source: ReadingSource = ReadingSource.SERIAL,
    ) -> None:
        self._device = device
        self._mono_ms = mono_ms
        self._frames = frames if frames is not None else GyFrames()
        self._site = site
        self._offsets = offsets or {}
        self._device_no = device_no
        self._source = source
        self._steady = SteadyRule()
        self._outlet = Outlet()
        self._listening = Listening("thermometer", self._hear, self._state)

    def listen(self, on_reading: Callable[[SensedReading], None], on_state: Callable[[SourceState], None]) -> None:
        """Start the thread; both are called on it."""
        self._outlet.connect(on_reading, on_state)
        self._listening.start()

    def readings(self) -> Iterator[SensedReading]:
        """Start, and give each reading as it comes, until `close`."""
        return self._outlet.each(self.listen)

    def close(self) -> None:
        """Stop the thread (within 0.2 s) and let go of the device."""
        self._outlet.end()
        self._listening.close()

    def _state(self, state: SourceState) -> None:
        if state is SourceState.UNPLUGGED:
            self._steady.lost()
        self._outlet.state(state)

    def _hear(self, listening: Listening) -> None:
        """Read until the line breaks or falls silent."""
        with serial.Serial(self._device, self._frames.baud, timeout=_WAIT_S) as line:
            self._frames.reset()
            heard_at = self._mono_ms()
            while listening.goes_on:
                # Wait for one byte, then take what is there: a reading is not held back for a full buffer.
                data = line.read(1)
                data += line.read(line.in_waiting) if data else b""
                now = self._mono_ms()
                for frame in self._frames.feed(data):
                    heard_at = now
                    listening.connected()
                    self._frame(frame, now)
                if now - heard_at > SILENT_MS:
                    return

    def _frame(self, frame: Frame, now: int) -> None:
        # No value is not "somebody left": it would make two readings of one person.
        mean = self._steady.frame(frame.hundredths) if frame.hundredths else None
        if mean is None:
            return
        site = self._site()
        offset = self._offsets.get(site, 0)
        self._outlet.put(
            SensedReading(
                tenths=half_up_tenths(mean + Fraction(offset, 100)),
                site=site,
                method=Method.NON_CONTACT,
                device_no=self._device_no,
                ambient=half_up_tenths(Fraction(frame.ambient, 100)),
                taken_at_ms=now,
                source=self._source,
                raw=frame.raw.hex(" "),
                offset=offset,
            )
        )
