# SPDX-License-Identifier: LicenseRef-Gatehouse
"""接班, 交班, 尾随 by touch, on a real gate (interface.md 5.11, 5.12; domain.md 12, 14)."""

import datetime as dt

from kiosk.domain.codes import IsolationState
from kiosk.domain.events import Handover, ShiftEvent, Tailgate
from kiosk.domain.identity import IsolationId
from kiosk.domain.register import Isolation
from tests.robots.house_stand import PINS
from tests.robots.volunteer import Volunteer
from tests.unit.desk.gatehouse import NOW_MS


def sign_on(volunteer: Volunteer, name: str = "王阿姨") -> Volunteer:
    volunteer.tap("btn.more").tap("btn.tile.shift").at("screen.shift_on")
    volunteer.who(name).sees("接班检查")
    return volunteer


def test_a_volunteer_signs_on_with_his_pin_and_the_checks_are_kept(volunteer: Volunteer) -> None:
    volunteer.sees("未接班")
    sign_on(volunteer).tap("btn.form.own").tap("btn.form.dc.365")
    for check in ("warm", "masks", "disinfectant"):
        volunteer.tap(f"btn.form.{check}")
    volunteer.tap("btn.form.forms").tap("btn.form.forms").sees("缺少")
    volunteer.tap("btn.form.done").at("screen.scan").sees("值班 王*")
    opened = volunteer.kept(ShiftEvent)[-1]
    assert opened.what == "OPEN"
    checks = opened.checks or {}
    assert (checks["own_dc"], checks["masks"], checks["forms"], checks["clock"]) == ("365", "ok", "bad", "ok")
    assert {"battery", "list_age_s", "pending", "thermometer"} <= checks.keys()


def test_a_failed_check_warns_and_blocks_nothing(volunteer: Volunteer) -> None:
    sign_on(volunteer).tap("btn.form.own").tap("btn.form.dc.380").sees("38.0").tap("btn.form.done").at("screen.scan")
    opened = volunteer.kept(ShiftEvent)[-1]
    assert (opened.checks or {})["own_dc"] == "380"


def test_a_staff_card_is_one_scan_and_other_cards_still_open_the_lane(volunteer: Volunteer) -> None:
    house = volunteer.house
    card = volunteer.stand.staff_card("王阿姨")
    volunteer.tap("btn.more").tap("btn.tile.shift")
    volunteer.scan(card).sees("接班检查", "王*")
    volunteer.scan(house.card(house.resident("张伟"))).at("screen.keypad").sees("请测体温", "张*")
    volunteer.measure("36.5").sees("放行").recorded(1)


def test_several_sign_on_and_a_wrong_pin_is_said(volunteer: Volunteer) -> None:
    sign_on(volunteer).tap("btn.form.more")
    volunteer.tap(f"btn.form.who.{2:032x}").pin("9999").sees("密码不对").pin(PINS["陈师傅"]).sees("王* 陈*")
    volunteer.tap("btn.form.done").sees("值班 王* 陈*")


def test_later_skips_and_the_chip_stays_amber(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.shift").tap("btn.form.later").at("screen.scan").sees("未接班")
    assert volunteer.kept(ShiftEvent) == []


def test_the_leader_adds_somebody_who_has_neither_card_nor_pin(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.shift").tap("btn.form.add").pin(PINS["李门长"])
    volunteer.tap("btn.form.source.DISTRICT").sees("接班检查").tap("btn.form.done").at("screen.scan")
    opened = volunteer.kept(ShiftEvent)[-1]
    assert [member.source.value for member in opened.members] == ["DISTRICT"]


def test_both_sign_a_handover_and_nothing_special_is_a_choice(volunteer: Volunteer) -> None:
    sign_on(volunteer).tap("btn.form.done")
    house = volunteer.house
    volunteer.scan(house.card(house.resident("张伟"))).measure("36.5").wait(2)
    volunteer.tap("btn.more").tap("btn.tile.shift").tap("btn.form.over").at("screen.handover")
    volunteer.sees("进 1  出 0", "测温 1").tap("btn.form.sign.out").who("王阿姨", "out")
    volunteer.tap("btn.form.sign.in").who("陈师傅", "in")
    assert not volunteer.key("btn.form.done").isEnabled(), "a remark is to be chosen"
    volunteer.tap("btn.form.remark.none").tap("btn.form.done").at("screen.scan").sees("值班 陈*")
    handed = volunteer.kept(Handover)
    assert len(handed) == 1
    assert handed[0].remarks == "none"


def test_nobody_comes_and_the_shift_stays_open_marked(volunteer: Volunteer) -> None:
    sign_on(volunteer).tap("btn.form.done").sees_not("超时")
    volunteer.house.clock.advance(8 * 3_600_000)
    volunteer.wait(1.2).sees("超时", "值班 王*")


def test_an_open_p1_case_needs_the_leader_at_the_handover(volunteer: Volunteer) -> None:
    sign_on(volunteer).tap("btn.form.done")
    person = volunteer.house.resident("孙浩", "2-1-301")
    volunteer.house._put(Isolation(IsolationId("i" * 32), person, IsolationState.HOME, dt.date(2020, 2, 14), NOW_MS))
    volunteer.scan(volunteer.house.card(person)).measure("37.8").wait(301).tap("btn.chip.0").measure("37.6")
    volunteer.tap("btn.form.next").tap("btn.more").tap("btn.tile.shift").tap("btn.form.over")
    volunteer.tap("btn.form.remark.see_cases").tap("btn.form.sign.out").who("王阿姨", "out")
    volunteer.tap("btn.form.sign.in").who("陈师傅", "in")
    assert not volunteer.key("btn.form.done").isEnabled()
    volunteer.tap("btn.form.sign.leader").pin(PINS["李门长"]).tap("btn.form.done").at("screen.scan").sees("值班 陈*")


def test_who_rests_keeps_his_count_down_over_a_handover(volunteer: Volunteer) -> None:
    sign_on(volunteer).tap("btn.form.done")
    house = volunteer.house
    volunteer.scan(house.card(house.resident("张伟"))).measure("37.6").wait(170)
    volunteer.tap("btn.more").tap("btn.tile.shift").tap("btn.form.over").sees("待复测 1", "#1 2:10")
    volunteer.tap("btn.form.sign.out").who("王阿姨", "out").tap("btn.form.sign.in").who("陈师傅", "in")
    volunteer.tap("btn.form.remark.see_cases").tap("btn.form.done").at("screen.scan").sees("1号", "2:10")


def test_an_untouched_page_forgets_what_was_typed_and_goes_back_to_the_lane(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.shift").tap(f"btn.form.who.{1:032x}").tap("btn.digit.1").tap("btn.digit.3")
    volunteer.wait(61).at("screen.scan")
    volunteer.tap("btn.more").tap("btn.tile.shift").tap(f"btn.form.who.{1:032x}")
    assert "●" not in volunteer.texts()


def test_a_tailgater_is_a_case_and_no_passage(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.tailgate").tap("btn.form.count.2").at("screen.scan").recorded(0)
    assert volunteer.taps == 3
    assert volunteer.notice() == "已记:尾随 2 人"
    assert [body.count for body in volunteer.kept(Tailgate)] == [2]
    assert volunteer.house.app.present.cases()[0].kind.value == "TAILGATE"
