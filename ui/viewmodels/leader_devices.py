# SPDX-License-Identifier: LicenseRef-Gatehouse
"""测温仪与扫码枪: chosen from what is plugged in, tried on the spot, kept only when it was seen to work (5.14)."""

from collections.abc import Callable

from kiosk.app.views import Line
from ui.viewmodels.leader_desk import LeaderDesk, Section
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile, Text
from ui.viewmodels.leader_tools import Device, Offered

_MOST = 12


class DevicePage(Section):
    """选设备."""

    def __init__(self, desk: LeaderDesk, device: Device, kept: Callable[[str], None]) -> None:
        """`kept` takes the setting that was tried and is to be kept."""
        super().__init__(desk)
        self._device = device
        self._kept = kept
        self._found: tuple[Offered, ...] | None = None
        self._near: tuple[Offered, ...] = ()
        self._looking = False

    def opened(self) -> None:
        """What is plugged in is looked for beside the screen."""
        device = self._device
        self.desk.read(lambda: self.desk.tools.devices.offered(device), self._answer)

    def _answer(self, found: tuple[Offered, ...]) -> None:
        self._found = found

    def page(self) -> LeaderPage:
        """A key each; the one in use stands out."""
        now = self.desk.tools.devices.in_use(self._device)
        offered = (*(self._found or ()), *self._near)[:_MOST]
        tiles = tuple(
            LeaderTile(
                f"use.{one.setting}", Line(f"leader_device.kind_{one.kind}"), one.name or None,
                "MAIN" if one.setting == now else "NORMAL",
            )
            for one in offered
        )  # fmt: skip
        keys = [LeaderTile("again", Line("leader_device.again"))]
        if self._device is Device.THERMOMETER:
            keys.append(LeaderTile("ble", Line("leader_device.ble"), enabled=not self._looking))
        sub = Line("leader_device.looking") if self._found is None or self._looking else Line("leader_device.choose")
        title = Line(f"leader_settings.{self._device.value}")
        return LeaderPage(
            "screen.leader.devices", title, sub, self.notice, tiles=tiles, keys=tuple(keys), tile_mm=66.0,
            busy=self._found is None,
        )  # fmt: skip

    def chose(self, name: str) -> None:
        """One of them, or look again."""
        if name.startswith("use."):
            self.desk.open(TrialPage(self.desk, self._device, name.removeprefix("use."), self._kept))
        elif name == "ble":
            self._looking = True
            self.desk.redraw()
            self.desk.read(self.desk.tools.devices.nearby, self._nearby, lambda: self._nearby(()))
        else:
            self._found = None
            self.opened()
            self.desk.redraw()

    def _nearby(self, found: tuple[Offered, ...]) -> None:
        self._looking = False
        self._near = found
        self.notice = None if found else Line("leader_device.no_ble")


class TrialPage(Section):
    """试用: what the device says now; kept, or the one before again."""

    def __init__(self, desk: LeaderDesk, device: Device, setting: str, kept: Callable[[str], None]) -> None:
        super().__init__(desk)
        self._device = device
        self._setting = setting
        self._kept = kept
        desk.tools.devices.begin(device, setting)

    def page(self) -> LeaderPage:
        """State, what it said last, what to do."""
        heard = self.desk.tools.devices.heard()
        none = self._setting == "none"
        state = "none" if none else {None: "waiting", True: "connected", False: "off"}[heard.connected]
        facts = [Fact(Line(f"leader_device.state_{state}"), strong=True, grave=heard.connected is False and not none)]
        if heard.said is not None:
            facts.append(Fact(heard.said, strong=True, grave=heard.grave))
        todo = "without" if none else f"try_{self._device.value}"
        facts.append(Fact(Line(f"leader_device.{todo}")))
        keys = (
            LeaderTile("keep", Line("leader_device.keep"), role="GREEN"),
            LeaderTile("drop", Line("leader_device.drop")),
        )
        name: Text = Line(f"leader_settings.{self._device.value}")
        return LeaderPage("screen.leader.trial", name, self._setting, self.notice, tuple(facts), keys=keys)

    def chose(self, name: str) -> None:
        """Keep it, or not."""
        if name == "keep":
            self.desk.tools.devices.end(keep=True)
            self._kept(self._setting)
        else:
            self.desk.leave()

    def back(self) -> bool:
        """Left without keeping: the one before is used again."""
        self.desk.tools.devices.end(keep=False)
        return False

    def gone(self) -> None:
        """The desk was locked meanwhile."""
        self.desk.tools.devices.end(keep=False)
