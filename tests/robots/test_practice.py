# SPDX-License-Identifier: LicenseRef-Gatehouse
"""练习 by touch: twelve people on a gate that is thrown away; nothing of it enters the log (interface.md 5.17)."""

from kiosk.app.practice import SCRIPTS, Script
from kiosk.domain.codes import Category
from tests.robots.house_stand import PINS
from tests.robots.volunteer import Volunteer


def begun(volunteer: Volunteer) -> Volunteer:
    volunteer.tap("btn.more").tap("btn.tile.practice").pin(PINS["李门长"])
    return volunteer.at("screen.practice").sees("练习:谁来了?", "做对 0 / 12")


def play(volunteer: Volunteer, script: Script) -> None:
    volunteer.tap(f"btn.form.who.{script.key}").tap("btn.form.show")
    if script.lookup:
        number = str(SCRIPTS.index(script) + 1)
        volunteer.tap("btn.forgotten").tap(f"btn.tile.{number}").tap("btn.tile.101").tap("btn.tile.person.0")
        volunteer.tap("btn.tile.ID_SEEN")
    elif script.category is Category.COURIER:
        volunteer.tap("btn.visitors").tap("btn.tile.company.SF")
    for reading in script.readings:
        volunteer.measure(reading)


def back_to_the_list(volunteer: Volunteer) -> None:
    volunteer.wait(2)
    if volunteer.stand.window.shown.objectName() != "screen.practice":
        volunteer.stand.model.home()
    volunteer.at("screen.practice")


def test_all_twelve_are_played_right_and_nothing_enters_the_log(volunteer: Volunteer) -> None:
    before = volunteer.stand.events()
    begun(volunteer)
    for number, script in enumerate(SCRIPTS, 1):
        play(volunteer, script)
        volunteer.sees("练习")
        assert volunteer.stand.window.overlay.isVisible()
        back_to_the_list(volunteer)
        volunteer.sees(f"做对 {number} / 12")
    volunteer.tap("btn.form.end").at("screen.scan").sees_not("练习", "放行")
    assert not volunteer.stand.window.overlay.isVisible()
    assert volunteer.stand.events() == before


def test_a_wrong_answer_is_marked_and_may_be_tried_again(volunteer: Volunteer) -> None:
    begun(volunteer).tap("btn.form.who.home").tap("btn.form.show").measure("37.6").wait(1)
    back_to_the_list(volunteer)
    volunteer.sees("做对 0 / 12")


def test_a_real_card_is_sent_away(volunteer: Volunteer) -> None:
    card = volunteer.resident()
    begun(volunteer).scan(card).sees("练习中,请退出").recorded(0)


def test_it_needs_the_leader_s_pin_and_nobody_on_the_wait_spot(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.practice").pin(PINS["王阿姨"]).sees("密码不对").tap("btn.back")
    volunteer.scan(volunteer.resident()).measure("37.6").wait(61).tap("btn.more").tap("btn.tile.practice")
    volunteer.pin(PINS["李门长"]).sees("有人在等候复测,现在不能练习").tap("btn.back").at("screen.scan")


def test_it_ends_by_itself_after_fifteen_minutes_and_when_somebody_signs_on(volunteer: Volunteer) -> None:
    begun(volunteer).wait(901).at("screen.scan")
    assert volunteer.notice() == "练习时间到,已退出"
    begun(volunteer).tap("btn.back").at("screen.scan").tap("btn.more").tap("btn.tile.shift")
    volunteer.at("screen.shift_on").sees_not("练习")


def test_the_public_window_says_that_it_is_a_practice(volunteer: Volunteer) -> None:
    begun(volunteer)
    assert volunteer.stand.public.mark() == "练习"
    volunteer.tap("btn.form.end")
    assert volunteer.stand.public.mark() == ""
