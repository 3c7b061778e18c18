# SPDX-License-Identifier: LicenseRef-Gatehouse
"""试用设备: a thermometer or scanner is used at once, and what comes from it belongs to the trial alone (5.14).

The port `Devices` of the leader's desk over whatever opens devices. All calls but the two lists on the GUI thread.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from kiosk.app.settings import Settings
from kiosk.app.temperature_source import SensedReading, SourceState
from kiosk.app.views import Line
from ui.viewmodels.keypad import text_of
from ui.viewmodels.leader_tools import Device, Heard, Offered

NONE = "none"
_WELL = range(350, 430)


@dataclass(frozen=True, slots=True)
class Plugs:
    """插口: what opens a device of each kind, and what looks for them (any thread)."""

    use: Mapping[Device, Callable[[str], None]] = field(default_factory=dict)
    find: Callable[[Device], tuple[Offered, ...]] = lambda _device: (Offered(NONE, NONE),)
    nearby: Callable[[], tuple[Offered, ...]] = tuple


class DeviceTrial:
    """Which devices are used, and the trial of another one."""

    def __init__(self, plugs: Plugs) -> None:
        self._plugs = plugs
        self._now: dict[Device, str] = {}
        self._trying: tuple[Device, str | None] | None = None
        self._heard = Heard()
        self.last: SensedReading | None = None

    # -- the desk ------------------------------------------------------------------------------------------------

    def in_use(self, device: Device) -> str:
        """Its setting."""
        return self._now.get(device, NONE)

    def offered(self, device: Device) -> tuple[Offered, ...]:
        """What is plugged in."""
        return self._plugs.find(device)

    def nearby(self) -> tuple[Offered, ...]:
        """Over Bluetooth."""
        return self._plugs.nearby()

    def begin(self, device: Device, setting: str) -> None:
        """Try it; the one before is remembered."""
        self.end(keep=False)
        self._trying = (device, self._now.get(device))
        self._heard = Heard()
        self._use(device, setting)

    def heard(self) -> Heard:
        """What it said."""
        return self._heard

    def end(self, *, keep: bool) -> None:
        """Over."""
        trying, self._trying = self._trying, None
        if trying is not None and not keep:
            device, before = trying
            self._use(device, before or NONE)

    # -- the program ---------------------------------------------------------------------------------------------

    def as_kept(self, settings: Settings) -> None:
        """What a leader set, at the start and after a trial; what is used already is not opened anew."""
        for device, setting in ((Device.THERMOMETER, settings.thermometer), (Device.SCANNER, settings.scanner)):
            if setting is not None:
                self._use(device, setting)

    def _use(self, device: Device, setting: str) -> None:
        if self._now.get(device) != setting:
            self._now[device] = setting
            if device in self._plugs.use:
                self._plugs.use[device](setting)

    def stood(self, device: Device, state: SourceState) -> None:
        """It was plugged in or out."""
        if self.tries(device):
            self._heard = replace(self._heard, connected=state is not SourceState.UNPLUGGED)

    def sensed(self, reading: SensedReading) -> bool:
        """Whether a reading is the trial's own; the last one is remembered for the self-test."""
        self.last = reading
        if not self.tries(Device.THERMOMETER):
            return False
        said = Line("leader_device.read", {"temp": text_of(reading.tenths), "no": reading.device_no})
        self._heard = Heard(True, said, reading.tenths not in _WELL)  # noqa: FBT003
        return True

    def scanned(self, said: Line, grave: bool) -> bool:  # noqa: FBT001
        """Whether a scanner's text is the trial's own; `said` tells of it, never what it is; `grave`: of no use."""
        if not self.tries(Device.SCANNER):
            return False
        self._heard = Heard(True, said, grave)  # noqa: FBT003
        return True

    def tries(self, device: Device) -> bool:
        """Whether one of this kind is being tried."""
        return self._trying is not None and self._trying[0] is device
