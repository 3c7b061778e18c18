# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The lane, worked by touch: taps, words, what is recorded before it is shown (interface.md sections 4, 5.2, 5.3)."""

import pytest
from PySide6.QtCore import Qt

from kiosk.app.ports import CommitFault
from kiosk.app.scanning import Ambiguous, NotOurs, Source, Unreadable
from kiosk.app.temperature_source import Method, SensedReading
from kiosk.app.views import Tone
from kiosk.domain.codes import Button, Category, Direction, ReadingSource, Reason, ScanResult, Site, Tick, Verdict
from tests.robots.robot import Robot
from tests.robots.scripted_gate import Script

CARD, OTHER = b"EP1:ONE", b"EP1:TWO"


def sensed(robot: Robot, tenths: int, site: Site = Site.FOREHEAD) -> None:
    reading = SensedReading(
        tenths, site, Method.NON_CONTACT, "T1", 180, robot.stand.clock.mono_ms(), ReadingSource.SERIAL, "raw"
    )  # fmt: skip
    robot.stand.model.sensed(reading)


@pytest.mark.parametrize(
    ("celsius", "taps"), [("36.0", 1), ("36.5", 1), ("37.2", 1), ("35.4", 2), ("37.3", 2), ("40.2", 3)]
)
def test_a_reading_takes_one_tap_where_most_people_are(robot: Robot, celsius: str, taps: int) -> None:
    robot.scan(CARD).at("screen.keypad").measure(celsius)
    assert robot.taps == taps
    assert f"reading {celsius} FOREHEAD typed" in robot.stand.gate.asked


def test_a_resident_goes_in_and_the_screen_is_free_again(robot: Robot) -> None:
    robot.scan(CARD).sees("请测体温", "张*").measure("36.5").at("screen.verdict").sees(
        "放行", "36.5", "张* 3号楼"
    ).recorded(1)
    robot.wait(1.4).at("screen.verdict").wait(0.2).at("screen.scan").sees("放行 36.5")


def test_with_a_thermometer_nobody_taps(robot: Robot) -> None:
    robot.scan(CARD)
    sensed(robot, 366)
    robot.sees("放行", "36.6").recorded(1)
    assert robot.taps == 0


def test_a_reading_taken_before_the_scan_joins_it_within_eight_seconds(robot: Robot) -> None:
    sensed(robot, 366)
    robot.wait(5).scan(CARD).sees("放行", "36.6").recorded(1)


def test_a_reading_that_nobody_claims_is_said_and_joins_nobody(robot: Robot) -> None:
    sensed(robot, 381)
    robot.wait(9)
    assert robot.stand.words.line(robot.stand.window.scan.state.notice) == "读数 38.1℃ 无人认领"
    robot.scan(CARD).at("screen.keypad").recorded(0)


def test_the_next_code_counts_at_once_and_the_unmeasured_waits_in_the_tray(robot: Robot) -> None:
    robot.scan(CARD).scan(OTHER).at("screen.keypad").tap("btn.waiting").at("screen.scan").sees("未测温")
    robot.tap("btn.chip.0").at("screen.keypad").measure("36.4").sees("放行").recorded(1)


def test_who_is_too_hot_rests_and_the_lane_goes_on(robot: Robot) -> None:
    robot.scan(CARD).measure("37.6").at("screen.verdict").sees("请稍候", "体温偏高 37.6℃", "请等 5:00")
    robot.scan(OTHER).measure("36.5").sees("放行").recorded(1).wait(2)
    robot.at("screen.scan").sees("1号", "4:58")
    robot.tap("btn.chip.0").at("screen.keypad")
    assert not robot.key("btn.reading.365").isEnabled(), "locked while the rest lasts"
    robot.tap("btn.site.AXILLA")
    assert robot.key("btn.reading.365").isEnabled(), "a contact thermometer decides at once"


def test_after_the_rest_the_number_is_called_once_and_a_fever_is_two_taps(robot: Robot) -> None:
    robot.scan(CARD).measure("37.6").wait(301)
    assert [asked for asked in robot.stand.sound.asked if asked == (Tone.T3, ("call_before", "n1", "call_after"))] == [
        (Tone.T3, ("call_before", "n1", "call_after"))
    ]
    robot.stand.model.home()
    robot.taps = 0
    robot.tap("btn.chip.0").measure("37.5").sees("请稍候", "发热,请勿放行,按流程报告").recorded(0)
    assert robot.taps == 3


def test_what_the_queue_sees_and_hears_of_a_fever_is_neutral(robot: Robot) -> None:
    robot.scan(CARD).measure("37.8").wait(301).tap("btn.chip.0")
    robot.sees("请复测", "已休息,请再测一次(上次 37.8℃)").measure("37.7")
    public = robot.stand.public.text()
    assert public == "请稍候。请到旁边等候"
    assert robot.stand.sound.asked[-1] == (Tone.T3, ("aside",))


def test_a_low_reading_asks_for_the_wrist(robot: Robot) -> None:
    robot.scan(CARD).measure("34.2").at("screen.keypad").sees("没测准,请露出手腕再测", "34.2")
    assert robot.key("btn.site.WRIST").isChecked()
    robot.measure("36.1").sees("放行").recorded(1)


def test_who_will_not_be_measured_goes_to_the_leader(robot: Robot) -> None:
    robot.scan(CARD).tap("btn.untaken").tap("btn.refused").sees("请门长处理", "请先测体温再进入").recorded(0)


def test_a_mask_is_asked_for_and_the_passage_goes_on(robot: Robot) -> None:
    robot.scan(CARD).tap("btn.no_mask").sees("请佩戴口罩").tap("btn.mask_on").at("screen.keypad").measure(
        "36.5"
    ).recorded(1)


def test_an_expired_pass_is_let_in_with_one_key_more(robot: Robot) -> None:
    robot.stand.gate.cards[CARD] = Script(
        verdict=Verdict.ADMIT_REGISTER,
        reason=Reason.PASS_EXPIRED,
        rule="R26",
        ticks=(Tick.IDENTITY,),
        buttons=(Button.LEAVE,),
    )
    robot.scan(CARD).measure("36.5").sees("登记后放行", "出入证已过期,请核对身份并换证").recorded(0)
    robot.tap("btn.checked").recorded(1)
    assert robot.stand.gate.asked[-2:] == ["tick identity", "press admit"]


def test_the_four_papers_of_a_key_return_are_four_keys(robot: Robot) -> None:
    four = (Tick.HOME_FIT, Tick.NOTICE, Tick.RECORD, Tick.COMMITMENT)
    robot.stand.gate.cards[CARD] = Script(
        verdict=Verdict.ADMIT_ESCORT, reason=Reason.FIRST_RETURN_KEY, rule="R20", ticks=four, buttons=(Button.LEAVE,)
    )
    robot.scan(CARD).measure("36.5")
    for tick in four:
        robot.tap(f"btn.tick.{tick.value}")
    robot.tap("btn.admit").recorded(1)


def test_going_out_needs_no_reading_and_the_gate_falls_back_to_its_own_way(robot: Robot) -> None:
    robot.scan(CARD, Direction.OUT).sees("请慢走").recorded(1)
    assert robot.stand.window.overlay.out
    robot.wait(62)
    assert robot.stand.model.direction is Direction.IN
    assert not robot.stand.window.overlay.out


def test_nothing_that_admits_is_shown_when_the_commit_failed(robot: Robot) -> None:
    robot.scan(CARD)
    robot.stand.gate.fault = CommitFault.DISK_FULL
    robot.measure("36.5").sees("未记录", "请写纸质登记表", "存储已满").sees_not("放行").recorded(0)
    assert robot.stand.sound.asked[-1][0] is Tone.T6
    robot.tap("btn.next").at("screen.scan")


def test_a_foreign_code_is_no_verdict_and_offers_the_colours(robot: Robot) -> None:
    robot.stand.model.sighted(NotOurs(1.0, Source.CAMERA))
    robot.sees("这不是出入证", "绿码", "黄码", "红码", "未带证").recorded(0)
    assert robot.stand.gate.events == 0
    robot.tap("btn.code.GREEN").tap("btn.forgotten_here").at("screen.lookup")


def test_an_unread_card_takes_nobodys_keypad_away(robot: Robot) -> None:
    robot.scan(CARD)
    robot.stand.model.sighted(Unreadable(1.0))
    robot.stand.model.sighted(Ambiguous(1.0))
    robot.at("screen.keypad")


def test_an_unread_card_is_said_once_and_clears(robot: Robot) -> None:
    robot.stand.model.sighted(Unreadable(1.0))
    robot.sees("没看清").wait(5).at("screen.scan")
    assert robot.stand.sound.asked == [(Tone.T6, ("unread",))]


def test_nobody_is_left_on_the_keypad(robot: Robot) -> None:
    robot.scan(CARD).wait(31).at("screen.scan").sees("未测温").recorded(0)


def test_measure_please_is_said_only_after_three_seconds(robot: Robot) -> None:
    robot.scan(CARD).wait(2)
    assert robot.stand.sound.asked == [(Tone.T0, ())]
    robot.wait(2)
    assert robot.stand.sound.asked[-1] == (None, ("measure",))


def test_undo_takes_two_taps_within_ten_seconds(robot: Robot) -> None:
    robot.scan(CARD).measure("36.5").wait(2).tap("btn.undo.0")
    assert "void" not in robot.stand.gate.asked
    robot.tap("btn.undo.0")
    assert "void" in robot.stand.gate.asked
    robot.scan(OTHER).measure("36.5").wait(11)
    assert "btn.undo.0" not in robot.shown_keys()


def test_a_wrong_key_is_corrected_in_two_taps(robot: Robot) -> None:
    robot.scan(CARD).measure("36.5").wait(2)
    robot.taps = 0
    robot.tap("btn.correct.0").measure("36.6")
    assert robot.taps == 2
    assert "correct 36.6" in robot.stand.gate.asked


def test_a_key_acts_on_release_inside_it(robot: Robot) -> None:
    robot.scan(CARD).drag_off("btn.reading.365").at("screen.keypad")
    assert robot.stand.gate.asked == ["code"]


def test_an_emergency_is_two_taps(robot: Robot) -> None:
    robot.tap("btn.emergency").tap("btn.tile.ambulance").recorded(0).tap("btn.tile.ambulance").sees(
        "紧急通行"
    ).recorded(1)


def test_a_courier_is_two_taps_before_the_reading(robot: Robot) -> None:
    robot.tap("btn.visitors").tap("btn.tile.company.SF")
    assert robot.taps == 2
    robot.measure("36.5").sees("到取件点", "请放到北门取件点,谢谢")


def test_a_visitor_is_asked_colour_and_consent(robot: Robot) -> None:
    robot.tap("btn.visitors").tap("btn.tile.VISITOR").tap("btn.tile.code.GREEN").tap("btn.tile.consent_phone")
    robot.tap("btn.form.building.3").tap("btn.form.unit.2").tap("btn.form.room.302").tap("btn.form.why.FAMILY")
    robot.tap("btn.confirm")
    assert robot.stand.gate.asked == [f"arrive {Category.VISITOR.value} GREEN True"]


def test_a_forgotten_pass_takes_at_most_five_taps(robot: Robot) -> None:
    robot.tap("btn.forgotten")
    robot.taps = 0
    robot.tap("btn.tile.3").tap("btn.tile.2").tap("btn.tile.302").tap("btn.tile.person.0").tap("btn.tile.ID_SEEN")
    assert robot.taps == 5
    robot.at("screen.keypad").measure("36.5").sees("登记后放行", "未带证,已登记")


def test_a_single_unit_is_left_out(robot: Robot) -> None:
    robot.tap("btn.forgotten").tap("btn.tile.1").sees("哪一室?")


def test_the_phone_s_tail_is_never_shown_and_three_misses_go_to_the_leader(robot: Robot) -> None:
    robot.tap("btn.forgotten").tap("btn.tile.3").tap("btn.tile.2").tap("btn.tile.302").tap("btn.tile.person.0")
    robot.tap("btn.tile.PHONE_TAIL")
    for _ in range(2):
        for digit in "9999":
            robot.tap(f"btn.digit.{digit}")
        assert "9999" not in robot.texts()
    for digit in "9999":
        robot.tap(f"btn.digit.{digit}")
    assert robot.stand.gate.asked == ["not found"]


def test_a_wrong_card_number_is_asked_again(robot: Robot) -> None:
    robot.tap("btn.forgotten").tap("btn.tile.serial")
    for _ in range(10):
        robot.tap("btn.digit.0")
    robot.sees("证号不对,请重新输入")


def test_a_leader_lets_in_with_pin_and_reason_and_a_hold_needs_a_second_person(robot: Robot) -> None:
    robot.scan(CARD).measure("37.8").wait(301).tap("btn.chip.0").measure("37.7").tap("btn.ask_leader")
    for pin in ("111111", "246810"):
        for digit in pin:
            robot.tap(f"btn.digit.{digit}")
        assert pin not in robot.texts()
        robot.tap("btn.confirm")
        if pin == "111111":
            robot.sees("密码不对")
    robot.tap("btn.tile.ADMIT").tap("btn.tile.checked_id").sees("请第二人输入密码")
    for digit in "135790":
        robot.tap(f"btn.digit.{digit}")
    robot.tap("btn.confirm").sees("放行", "门长改判:放行(核对过证件)").recorded(1)
    assert robot.stand.gate.asked[-1] == "override ADMIT checked_id leader second"


def test_by_keyboard_alone(robot: Robot) -> None:
    robot.scan(CARD).press(Qt.Key.Key_3, Qt.Key.Key_6, Qt.Key.Key_5).sees("放行").recorded(1)
    robot.wait(2).press(Qt.Key.Key_F1).at("screen.lookup").press(Qt.Key.Key_Escape).at("screen.scan")


def test_unknown_and_denied_look_different(robot: Robot) -> None:
    robot.stand.gate.cards[CARD] = Script("", Verdict.LEADER, Reason.PASS_UNKNOWN, "R30", ScanResult.UNKNOWN)
    robot.scan(CARD).measure("36.5").sees("查无此证", "名单里没有查到,请门长核实")


def test_the_language_switches_while_a_verdict_stands(robot: Robot) -> None:
    robot.scan(CARD).sees("请测体温")
    robot.stand.words.use("en")
    robot.sees("TEMPERATURE", "No mask").measure("36.5").sees("GO")


def test_every_verdict_is_announced_once_with_the_public_text_alone(robot: Robot) -> None:
    told = robot.stand.window.announcements
    robot.scan(CARD).measure("36.5")
    assert told == ["请测体温", "放行"]
    robot.scan(OTHER).measure("37.8").wait(3)
    assert told[2:] == ["请测体温", "请稍候。请到旁边休息五分钟,稍后再测"]
