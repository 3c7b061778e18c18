# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Settings by touch: devices are tried before they are kept, sites and sizes hold at once, the tablet obeys the PIN."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.adapters.settings_file import FolderSettings
from kiosk.app.temperature_source import Method, SensedReading, SourceState
from kiosk.app.views import Line
from kiosk.domain.codes import ReadingSource, Site
from kiosk.domain.events import ReadingTaken
from tests.robots.leader_stand import Leader, LeaderStand
from ui.metrics import CARD
from ui.viewmodels.leader_tools import Device


@pytest.fixture
def leader(qapp: QApplication, tmp_path: Path) -> Iterator[Leader]:
    stand = LeaderStand(tmp_path)
    stand.window.show()
    QApplication.processEvents()
    yield Leader(stand)
    stand.close()


def sensed(tenths: int) -> SensedReading:
    return SensedReading(
        tenths=tenths, site=Site.WRIST, method=Method.NON_CONTACT, device_no="7", ambient=None, taken_at_ms=0,
        source=ReadingSource.SERIAL, raw="",
    )  # fmt: skip


def test_a_thermometer_is_tried_and_then_kept(leader: Leader) -> None:
    stand = leader.stand
    leader.signs_in().goes("settings").goes("thermometer").sees("选一个").goes("use./dev/ttyUSB0")
    leader.at("screen.leader.trial").sees("正在连接")
    stand.trial.stood(Device.THERMOMETER, SourceState.CONNECTED)
    assert stand.trial.sensed(sensed(364)), "a reading of the trial is nobody's"
    leader.wait(1).sees("已连接", "36.4℃").keys("keep").at("screen.leader.settings")
    assert FolderSettings(stand.folder).load().thermometer == "/dev/ttyUSB0"
    assert stand.plugged == [(Device.THERMOMETER, "/dev/ttyUSB0")]
    assert not stand.trial.sensed(sensed(364)), "after the trial readings are the lane's"


@pytest.mark.parametrize("how", ["drop", "locked"])
def test_what_is_not_kept_gives_way_to_the_one_before(leader: Leader, how: str) -> None:
    stand = leader.stand
    leader.signs_in().goes("settings").goes("scanner", "use./dev/ttyACM0")
    stand.trial.stood(Device.SCANNER, SourceState.UNPLUGGED)
    leader.wait(1).sees("没有连上")
    if how == "drop":
        leader.keys("drop").at("screen.leader.devices")
    else:
        leader.tap("btn.lock")
    assert stand.plugged == [(Device.SCANNER, "/dev/ttyACM0"), (Device.SCANNER, "none")]
    assert FolderSettings(stand.folder).load().scanner is None


def test_a_scanned_text_is_told_of_and_never_shown(leader: Leader) -> None:
    leader.signs_in().goes("settings").goes("scanner", "use./dev/ttyACM0")
    assert leader.stand.trial.scanned(Line("scanner.CAPS_LOCK"), grave=True)
    leader.wait(1).sees("大写锁定")


def test_bluetooth_is_looked_for_when_asked(leader: Leader) -> None:
    leader.signs_in().goes("settings").goes("thermometer").keys("ble").sees("蓝牙").goes("use.ble:C0:FF")
    assert leader.stand.plugged == [(Device.THERMOMETER, "ble:C0:FF")]


def test_cold_mode_says_its_rule_and_measures_at_the_wrist(leader: Leader) -> None:
    leader.signs_in().goes("settings")
    assert leader.key("btn.tile.cold").accessibleName() == "低温模式 关"
    leader.sees("低于16℃提示,低于10℃建议开")
    leader.goes("cold")
    assert "测手腕" in leader.notice()
    leader.scan(leader.resident())
    assert leader.stand.window.keypad.state is not None
    assert leader.stand.window.keypad.state.entry.site is Site.WRIST


def test_the_ear_stands_in_place_of_the_neck_and_its_reading_says_so(leader: Leader) -> None:
    leader.signs_in().goes("settings").goes("ear").tap("btn.lock")
    leader.stand.window.keypad.use_ear(ear=leader.stand.used[-1].ear)
    leader.scan(leader.resident()).tap("btn.site.EAR").tap("btn.reading.365")
    assert [taken.site for taken in leader.kept(ReadingTaken)] == [Site.EAR]


def test_the_width_of_the_glass_is_measured_with_a_bank_card(leader: Leader) -> None:
    leader.signs_in().goes("settings").goes("width").digits("217").tap("btn.confirm").at("screen.leader.settings")
    assert leader.stand.used[-1].screen_width_mm == 217.0
    page = leader.goes("width").stand.window.leader.page
    assert page is not None
    assert page.ruler
    window = leader.stand.window
    window.use_per_mm(4.0)  # a larger glass: fewer pixels a millimetre than the window would have room for
    assert window.skin.metrics.px(CARD) == round(CARD * 4.0)


def test_the_tablet_obeys_the_pin_alone_and_says_what_it_may_not(leader: Leader) -> None:
    stand = leader.stand
    leader.signs_in().goes("settings", "machine").keys("restart").pin("111111").sees("密码不对")
    assert not stand.restarted
    leader.pin("246810").keys("poweroff").pin("246810").sees("系统不允许 (Access denied)")
    leader.keys("reenrol").pin("246810").sees("还有 3 条没有上传").keys("leave").pin("246810")
    assert (stand.restarted, stand.left) == (True, True)
