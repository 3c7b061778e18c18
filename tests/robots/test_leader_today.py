# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长台 by touch on a real gate: PIN, home, the day as pictures, the lock (interface.md 5.13)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from kiosk.domain.events import OperatorUnlock
from tests.robots.leader_stand import Leader, LeaderStand


@pytest.fixture
def leader(qapp: QApplication, tmp_path: Path) -> Iterator[Leader]:
    stand = LeaderStand(tmp_path)
    stand.window.show()
    QApplication.processEvents()
    yield Leader(stand)
    stand.close()


def a_morning(leader: Leader) -> Leader:
    """Three in, one of them high at first, one out."""
    cards = [
        leader.resident(name, room) for name, room in (("张伟", "3-1-502"), ("李娜", "7-1-101"), ("王芳", "8-1-202"))
    ]
    leader.scan(cards[0]).measure("36.5").wait(2)
    leader.scan(cards[1]).measure("37.6").wait(302)
    leader.house.scan(cards[2]).measure("36.8")
    leader.stand.model.home()
    return leader


def test_the_desk_stands_behind_the_pin_and_home_tells_the_day(leader: Leader) -> None:
    a_morning(leader)
    leader.tap("btn.more").tap("btn.tile.leader").at("screen.leader.pin").pin("111111").sees("密码不对")
    leader.pin("246810").at("screen.leader.home").sees("门长 李*", "今日 进 2 出 0")
    assert leader.key("btn.tile.gates").accessibleName() == "等候与他门 等候 1 人"


def test_today_is_drawn_by_hour_and_says_the_same_as_the_gates_tally(leader: Leader) -> None:
    a_morning(leader).signs_in().goes("today").at("screen.leader.today")
    page = leader.stand.window.leader.page
    assert page is not None
    assert page.drawn is not None
    day = page.drawn.day
    tally = leader.house.app.present.tally(f"day/{day.day}")
    assert (day.entered, day.left) == (tally["entered"], tally.get("left", 0)) == (2, 0)
    assert [number for number, hour in enumerate(day.hours) if hour.entered] == [18]
    assert day.exceptions == 1, "a high first reading is looked at"
    assert day.temps == {365: 1, 376: 1, 368: 1}
    for chart in ("VERDICTS", "TEMPS", "TABLE", "PEOPLE"):
        leader.keys(chart)
    leader.sees("放行 2", "18-19 2 0 1", "测温 3")


def test_yesterday_is_one_tap_away_and_empty(leader: Leader) -> None:
    a_morning(leader).signs_in().goes("today").tap("btn.previous").sees("02-19").keys("VERDICTS")
    page = leader.stand.window.leader.page
    assert page is not None
    assert page.drawn is not None
    assert page.drawn.day.entered == 0


def test_a_minute_untouched_locks_the_desk_and_nothing_is_remembered(leader: Leader) -> None:
    leader.signs_in().goes("today").wait(61).at("screen.scan")
    assert leader.stand.desk.operator is None
    leader.tap("btn.more").tap("btn.tile.leader").at("screen.leader.pin")
    page = leader.stand.window.leader.page
    assert page is not None
    assert page.pad is not None
    assert page.pad.typed == ""


def test_the_lane_takes_the_screen_and_the_desk_is_locked(leader: Leader) -> None:
    card = leader.resident()
    leader.signs_in().goes("log").scan(card).at("screen.keypad")
    assert leader.stand.desk.operator is None
    leader.measure("36.5").sees("放行")


def test_the_lock_key_goes_back_to_the_lane(leader: Leader) -> None:
    leader.signs_in().tap("btn.lock").at("screen.scan")
    assert leader.stand.desk.operator is None


def test_five_wrong_pins_wait_and_the_wait_is_said(leader: Leader) -> None:
    leader.tap("btn.more").tap("btn.tile.leader")
    for _ in range(5):
        leader.pin("000000")
    leader.sees("30").pin("246810").sees("密码不对")
    leader.at("screen.leader.pin").wait(31).pin("246810").at("screen.leader.home")


def test_ten_wrong_pins_lock_the_pad_and_a_leader_who_says_his_name_unlocks_it(leader: Leader) -> None:
    leader.tap("btn.more").tap("btn.tile.leader")
    for _ in range(10):
        leader.pin("000000").stand.house.clock.advance(480_000)
    leader.at("screen.leader.locked").sees("密码键已锁定", "连续输错十次", "新密码")
    names = [key.accessibleName() for key in leader.stand.window.leader.keys]
    assert names == ["李*", "赵*"]
    leader.tap(leader.stand.window.leader.keys[0].objectName()).sees("李*").pin("135790").sees("密码不对")
    leader.pin("246810").at("screen.leader.home")
    assert [one.operator for one in leader.kept(OperatorUnlock)] == ["PAD"]
    leader.tap("btn.lock").signs_in("赵副门长")


def test_a_locked_volunteer_is_unlocked_by_a_leader(leader: Leader) -> None:
    volunteer = leader.house.app.facts.roster.operators()[0]
    for _ in range(10):
        leader.stand.pins.ask("9999", lambda _answer: None, volunteer.id)
        leader.house.clock.advance(480_000)
    leader.signs_in().sees("密码解锁").goes("unlock", volunteer.id).pin("246810").sees("已解锁")
    (event,) = leader.kept(OperatorUnlock)
    assert event.operator == volunteer.id
    leader.sees_not("密码解锁")


def test_the_desk_works_by_keyboard_alone(leader: Leader) -> None:
    leader.tap("btn.more").tap("btn.tile.leader")
    digits = [Qt.Key.Key_2, Qt.Key.Key_4, Qt.Key.Key_6, Qt.Key.Key_8, Qt.Key.Key_1, Qt.Key.Key_0]
    leader.press(*digits, Qt.Key.Key_Return).at("screen.leader.home")
    leader.press(Qt.Key.Key_Tab, Qt.Key.Key_Return).at("screen.leader.today")
    leader.press(Qt.Key.Key_Escape).at("screen.leader.home").press(Qt.Key.Key_Escape).at("screen.scan")
