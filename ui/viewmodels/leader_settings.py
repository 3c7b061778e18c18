# SPDX-License-Identifier: LicenseRef-Gatehouse
"""设置与自检: kept on this tablet and used at once; what is well and what to do, item by item (interface.md 5.14)."""

from dataclasses import replace

from kiosk.app.settings import Settings
from kiosk.app.views import Line
from kiosk.domain.codes import Direction
from ui.viewmodels.leader_asks import ChoiceAsk, NumberAsk
from ui.viewmodels.leader_desk import LeaderDesk, Section
from ui.viewmodels.leader_devices import DevicePage
from ui.viewmodels.leader_machine import MachinePage
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile, Text
from ui.viewmodels.leader_tools import Device, TestRow

THEMES = ("indoor", "sunlight", "night")
LANGUAGES = ("zh_CN", "en")
CAMERAS = ("0", "1", "2", "3")
_ROLES = {"GOOD": "NORMAL", "NOTE": "AMBER", "FAULT": "STOP"}


class SettingsPage(Section):
    """设置."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._kept = desk.tools.settings.load()

    def page(self) -> LeaderPage:
        """Each setting a key that shows how it stands."""
        kept = self._kept
        cold, params = self.desk.tools.cold.on(), self.desk.door.params
        rule = Line("leader_settings.cold_rule", {"low": params.ambient_low, "cold": params.ambient_cold})
        direction = Line(f"direction.{kept.direction.value}")
        width = f"{kept.screen_width_mm:g} mm" if kept.screen_width_mm else Line("leader_settings.automatic")
        tiles = (
            LeaderTile("theme", Line("leader_settings.theme"), _or_start(kept.theme, "theme")),
            LeaderTile("language", Line("leader_settings.language"), _or_start(kept.language, "leader_settings")),
            LeaderTile(
                "sound", Line("leader_settings.sound"), Line(f"leader_settings.{'on' if kept.sound else 'off'}")
            ),
            LeaderTile("camera", Line("leader_settings.camera"), kept.camera or Line("leader_settings.automatic")),
            *self._devices(),
            LeaderTile(
                "cold", Line("leader_settings.cold"), Line(f"leader_settings.{'on' if cold else 'off'}"),
                "MAIN" if cold else "NORMAL",
            ),
            LeaderTile("direction", Line("leader_settings.direction"), direction),
            LeaderTile("ear", Line("leader_settings.ear"), Line(f"leader_settings.{'on' if kept.ear else 'off'}")),
            LeaderTile("width", Line("leader_settings.width"), width),
            LeaderTile("machine", Line("leader_settings.machine"), Line("leader_settings.machine_hint"), "AMBER"),
        )  # fmt: skip
        return LeaderPage(
            "screen.leader.settings", Line("leader_home.settings"), rule, self.notice, tiles=tiles, tile_mm=66.0
        )

    def _devices(self) -> tuple[LeaderTile, ...]:
        """Thermometer and scanner, each with what is used now."""
        tiles = []
        for device in Device:
            setting = self.desk.tools.devices.in_use(device)
            shown: Text = (
                Line(f"leader_settings.no_{device.value}") if setting == "none" else setting.rpartition("/")[2]
            )
            tiles.append(LeaderTile(device.value, Line(f"leader_settings.{device.value}"), shown))
        return tuple(tiles)

    def chose(self, name: str) -> None:
        """Turn it, or choose."""
        kept, desk = self._kept, self.desk
        match name:
            case "sound":
                self._use(replace(kept, sound=not kept.sound))
            case "ear":
                self._use(replace(kept, ear=not kept.ear))
            case "direction":
                other = Direction.OUT if kept.direction is Direction.IN else Direction.IN
                self._use(replace(kept, direction=other))
            case "theme":
                tiles = [LeaderTile(each, Line(f"theme.{each}")) for each in THEMES]
                desk.open(
                    ChoiceAsk(desk, Line("leader_settings.theme"), tiles, lambda n: self._use(replace(kept, theme=n)))
                )
            case "language":
                tiles = [LeaderTile(each, Line(f"leader_settings.{each}")) for each in LANGUAGES]
                desk.open(
                    ChoiceAsk(
                        desk, Line("leader_settings.language"), tiles, lambda n: self._use(replace(kept, language=n))
                    )
                )
            case "camera":
                tiles = [LeaderTile(each, Line("leader_settings.camera_n", {"n": each})) for each in CAMERAS]
                desk.open(
                    ChoiceAsk(desk, Line("leader_settings.camera"), tiles, lambda n: self._use(replace(kept, camera=n)))
                )
            case "width":
                desk.open(
                    NumberAsk(
                        desk, Line("leader_settings.width"), self._width, sub=Line("leader_settings.width_hint"),
                        ruler=True,
                    )
                )  # fmt: skip
            case "thermometer":
                desk.open(DevicePage(desk, Device(name), lambda new: self._use(replace(self._kept, thermometer=new))))
            case "scanner":
                desk.open(DevicePage(desk, Device(name), lambda new: self._use(replace(self._kept, scanner=new))))
            case "cold":
                desk.tools.cold.turn()
            case "machine":
                desk.open(MachinePage(desk))
            case _:
                pass

    def _width(self, typed: str) -> Text:
        value = int(typed) if typed else 0
        if not 100 <= value <= 900:  # noqa: PLR2004 - screens from a hand's breadth to a metre
            return Line("leader_settings.width_wrong")
        self._use(replace(self._kept, screen_width_mm=float(value)))
        return None

    def _use(self, settings: Settings) -> None:
        kept = self.desk.tools.settings.save(settings)
        if kept:
            self._kept = settings
            self.desk.tools.use_settings(settings)
        self.desk.until(self, None if kept else Line("leader_settings.not_kept"))


def _or_start(value: str | None, table: str) -> Text:
    return Line(f"{table}.{value}") if value is not None else Line("leader_settings.automatic")


class SelfTestPage(Section):
    """自检: camera, thermometer, sound, printer, store, clock, server; one after the other, beside the screen."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._rows: dict[str, TestRow] = {}
        self._heard: bool | None = None
        self._round = 0

    def opened(self) -> None:
        """All begin; each says so when it is done."""
        self._rows = {}
        self._round += 1
        current = self._round

        def kept(row: TestRow) -> None:
            if current == self._round:
                self._rows[row.name] = row

        for test in self.desk.tools.self_tests:
            name = test.name
            broken = TestRow(name, "FAULT", "检查没能完成", "the check itself failed", "联系街道", "call the street")
            self.desk.read(test.run, kept, lambda broken=broken: kept(broken))  # type: ignore[misc]

    def page(self) -> LeaderPage:
        """A line each, what to do under what is wrong."""
        language = self.desk.tools.language()
        facts: list[Fact] = []
        for test in self.desk.tools.self_tests:
            row = self._rows.get(test.name)
            name = Line(f"leader_test.{test.name}")
            if row is None:
                facts.append(Fact((name, Line("leader_test.running"))))
                continue
            said, todo = row.said(language)
            bad = row.state != "GOOD"
            facts.append(Fact((Line(f"leader_test.state_{row.state}"), name, said), strong=bad, grave=bad))
            if todo and bad:
                facts.append(Fact(("      ", Line("leader_test.todo", {"what": todo}))))
        heard = (
            "leader_test.sound_ask"
            if self._heard is None
            else f"leader_test.sound_{'heard' if self._heard else 'silent'}"
        )
        facts.append(Fact(Line(heard), grave=self._heard is False))
        keys = (
            LeaderTile("again", Line("leader_test.again"), role="MAIN"),
            LeaderTile("sound", Line("leader_test.play")),
            LeaderTile("heard", Line("leader_test.heard"), role="GREEN"),
            LeaderTile("silent", Line("leader_test.silent")),
        )
        done = len(self._rows)
        sub = Line("leader_test.done", {"n": done, "of": len(self.desk.tools.self_tests)})
        return LeaderPage(
            "screen.leader.selftest", Line("leader_home.selftest"), sub, self.notice, tuple(facts), keys=keys
        )

    def chose(self, name: str) -> None:
        """Again; the tone, and whether it was heard."""
        if name == "again":
            self._heard = None
            self.opened()
        elif name == "sound":
            self.desk.tools.play_tone()
            self._heard = None
        else:
            self._heard = name == "heard"
        self.desk.redraw()
