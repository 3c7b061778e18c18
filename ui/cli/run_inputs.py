# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What comes in beside the touch screen: camera, thermometer, hand scanners; each may become another at any time.

Every one of them runs in a thread of its own and reaches the screen by the bridge alone. A scanner that is not bound
types into the window: its bursts are parted from a person's keys there.
"""

import time
from itertools import cycle
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from kiosk.adapters.scan_loop import ScanLoop
    from kiosk.adapters.scanner import Scanner
    from kiosk.adapters.wedge import WedgeOut
    from kiosk.app.ports import Clock
    from kiosk.app.temperature_source import TemperatureSource
    from kiosk.app.views import Line
    from ui.bridge import Bridge
    from ui.compose import Kiosk

PLAYED = (364, 366, 365, 367, 363)
"""What a played thermometer says at a demonstration, one after the other."""
PLAY_MS = 1_000
NONE = "none"
"""The setting of a device that there is not."""


class Inputs(QObject):
    """The gate's devices; lives in the GUI thread."""

    def __init__(self, application: QApplication, bridge: "Bridge") -> None:
        super().__init__(application)
        self._application = application
        self._bridge = bridge
        self._scan: ScanLoop | None = None
        self._thermometer: TemperatureSource | None = None
        self._scanner: Scanner | None = None
        self._kiosk: Kiosk | None = None
        self.listening = False
        self._player = QTimer(self)
        self._player.timeout.connect(self._play)
        self._played = cycle(PLAYED)
        bridge.scanned.connect(self._scanned)

    # -- camera --------------------------------------------------------------------------------------------------

    def use_camera(self, setting: str, *, enrolling: bool) -> None:
        """This camera from now on: a number, a device, a file or a folder."""
        from kiosk.adapters.camera_choice import source_maker
        from kiosk.adapters.scan_loop import ScanListener, ScanLoop

        if self._scan is not None:
            self._scan.stop()
        bridge = self._bridge
        bridge.on_hint(None)  # what the camera before this one said last
        bridge.on_fill_light(False)
        listener = ScanListener(
            bridge.on_frame, bridge.on_sighting, bridge.on_camera_state, bridge.on_hint, bridge.on_fill_light
        )
        maker = source_maker(setting, time.perf_counter, time.sleep)
        self._scan = ScanLoop(maker, time.perf_counter, listener, enrolling=enrolling)
        self._scan.start()

    def scan_clear(self) -> None:
        """Forget what is in view: the direction has changed."""
        if self._scan is not None:
            self._scan.clear()

    # -- hand scanners -------------------------------------------------------------------------------------------

    def use_scanner(self, setting: str) -> None:
        """This bound scanner from now on ("none": none); whatever types into the window counts beside it."""
        if self._scanner is not None:
            self._scanner.close()
            self._scanner = None
        self._listen_to_keys()
        if setting == NONE:
            return  # pyserial need not be loaded
        from kiosk.adapters.scanner import scanner

        self._scanner = scanner(setting, time.perf_counter, self._bridge.on_scanned, self._bridge.on_scanner_state)
        if self._scanner is not None:
            self._scanner.start()

    def _listen_to_keys(self) -> None:
        from kiosk.adapters.wedge import Typed, Wedge
        from ui.key_bursts import KeyBursts

        if self.listening:
            return
        self.listening = True

        def typed(out: "WedgeOut") -> str | None:
            return out.keys if isinstance(out, Typed) else None

        KeyBursts(self._application, Wedge(), typed, self._scanned, time.perf_counter)

    def _scanned(self, out: "WedgeOut") -> None:
        """A scanner's text: to the tracker, as the camera's codes; the set-up page's test code says what it shows."""
        from kiosk.adapters.wedge import TEST_TEXT, Scanned, layout_of
        from kiosk.app.scanning import Source
        from kiosk.app.views import Line, Tone

        if self._kiosk is not None and self._kiosk.devices.scanned(*_told(out)):
            return
        if not isinstance(out, Scanned):
            if self._kiosk is not None:
                self._kiosk.speaker.play(Tone.T6)
                self._kiosk.model.notice(Line("scanner.too_long"))
            return
        if len(out.payload.decode("utf-8", "replace")) == len(TEST_TEXT) and self._kiosk is not None:
            self._kiosk.model.notice(Line(f"scanner.{layout_of(out.payload).value}"))
            return
        sighting = self._scan.text(out.payload, Source.WEDGE) if self._scan is not None else None
        if sighting is not None:
            self._bridge.on_sighting(sighting)

    # -- thermometer ---------------------------------------------------------------------------------------------

    def serve(self, kiosk: "Kiosk") -> None:
        """There is a gate now, which shows what the devices say."""
        self._kiosk = kiosk

    def use_thermometer(self, setting: str, clock: "Clock", *, simulated: bool) -> None:
        """This thermometer from now on (see `thermometer_choice`)."""
        from kiosk.adapters.thermometer_choice import thermometer

        if self._thermometer is not None:
            self._thermometer.close()
            self._thermometer = None
        self._player.stop()
        if self._kiosk is None:
            return
        bridge = self._bridge
        self._thermometer = thermometer(setting, mono_ms=clock.mono_ms, site=self._kiosk.site, simulated=simulated)
        if self._thermometer is not None:
            self._thermometer.listen(bridge.on_reading, bridge.on_thermometer_state)
        if setting == "simulated":
            self._player.start(PLAY_MS)

    def _play(self) -> None:
        from kiosk.adapters.thermometer_simulated import SimulatedThermometer

        played, kiosk = self._thermometer, self._kiosk
        if isinstance(played, SimulatedThermometer) and kiosk is not None and kiosk.waits_for_reading():
            played.show(next(self._played))

    # -- the end -------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End them all; a thread that hangs in a driver is left to the end of the process."""
        if self._scan is not None:
            self._scan.stop()
        for device in (self._thermometer, self._scanner):
            if device is not None:
                device.close()


def _told(out: "WedgeOut") -> "tuple[Line, bool]":
    """What the desk says of a scanner's text that is being tried, and whether that is bad; never the text itself."""
    from kiosk.adapters.wedge import TEST_TEXT, Layout, Scanned, layout_of
    from kiosk.app.views import Line

    if not isinstance(out, Scanned):
        return Line("scanner.too_long"), True
    text = out.payload.decode("utf-8", "replace")
    if len(text) == len(TEST_TEXT):
        layout = layout_of(out.payload)
        return Line(f"scanner.{layout.value}"), layout is not Layout.RIGHT
    return Line("leader_device.scanned", {"n": len(text)}), not text.startswith("EP1:")
