# SPDX-License-Identifier: LicenseRef-Gatehouse
"""车辆, 同车人, 一户一证 by touch, on a real gate (interface.md 5.9; domain.md 12, 13)."""

from kiosk.domain.codes import Direction
from kiosk.domain.events import PassageStep
from tests.robots.volunteer import Volunteer


def plate(volunteer: Volunteer, text: str = "A12345") -> Volunteer:
    volunteer.tap("btn.vehicle").at("screen.vehicle")
    for character in text:
        volunteer.tap(f"btn.form.plate.{character}")
    return volunteer


def test_everybody_in_a_car_is_a_passage_with_a_reading(volunteer: Volunteer) -> None:
    driver = volunteer.resident("张伟")
    plate(volunteer).tap("btn.form.count.3")
    assert volunteer.taps == 8
    volunteer.sees("请司机出示出入证").scan(driver)
    volunteer.sees("已扫 1 张证").tap("btn.form.start").at("screen.keypad").sees("张*", "1 / 3")
    volunteer.measure("36.5").at("screen.keypad").sees("2 / 3").recorded(0)
    volunteer.measure("36.6").sees("3 / 3").measure("36.7").at("screen.party").recorded(1)
    steps = [step for step in volunteer.kept(PassageStep) if step.n == 1]
    assert len(steps) == 3
    assert len({step.party for step in steps}) == 1


def test_the_driver_alone_is_eight_taps_and_a_reading(volunteer: Volunteer) -> None:
    driver = volunteer.resident("张伟")
    volunteer.tap("btn.vehicle").scan(driver).sees("已扫 1 张证")
    for character in "A12345":
        volunteer.tap(f"btn.form.plate.{character}")
    volunteer.tap("btn.form.count.1").at("screen.keypad").measure("36.5")
    assert volunteer.taps == 9
    volunteer.at("screen.party").sees("放行").recorded(1)


def test_one_with_a_fever_keeps_the_whole_car_aside_and_is_not_named(volunteer: Volunteer) -> None:
    cards = [volunteer.resident("张伟"), volunteer.resident("李娜", "5-1-101")]
    plate(volunteer).tap("btn.form.count.2").scan(cards[0]).scan(cards[1]).at("screen.keypad")
    volunteer.measure("36.5").measure("37.8").at("screen.party").sees("请稍候", "请靠边等候").sees_not("放行")
    volunteer.recorded(0)
    assert volunteer.stand.public.text() == "请稍候。请靠边等候"
    volunteer.tap("btn.form.done").at("screen.scan").sees("待复测")


def test_only_legal_characters_are_lit(volunteer: Volunteer) -> None:
    volunteer.tap("btn.vehicle")
    assert not volunteer.key("btn.form.plate.7").isEnabled(), "a letter comes first"
    assert {"btn.form.plate.I", "btn.form.plate.O"} & volunteer.shown_keys() == set()
    volunteer.tap("btn.form.plate.A").tap("btn.form.plate.7").tap("btn.form.erase").sees("沪A")


def test_green_plates_and_other_provinces(volunteer: Volunteer) -> None:
    volunteer.tap("btn.vehicle").tap("btn.form.province").tap("btn.form.province.苏")
    for character in "ED1234":
        volunteer.tap(f"btn.form.plate.{character}")
    volunteer.sees("车上几人?", "苏ED1234").tap("btn.form.longer").tap("btn.form.plate.5").sees(
        "苏ED12345", "车上几人?"
    )


def test_a_household_card_shows_its_members_and_a_tap_is_a_passage(volunteer: Volunteer) -> None:
    volunteer.house.resident("张伟", "3-1-502")
    volunteer.house.resident("李娜", "3-1-502")
    card = volunteer.house.card(None, dwelling="3-1-502")
    volunteer.scan(card).at("screen.household").sees("张*", "李*").tap("btn.form.who.0")
    assert volunteer.taps == 1
    volunteer.at("screen.keypad").measure("36.5").sees("放行").wait(1.6).at("screen.household")
    volunteer.tap("btn.form.who.1").measure("36.6").sees("放行").recorded(2).wait(1.6).tap("btn.form.done")
    volunteer.at("screen.scan")


def household_of_three(volunteer: Volunteer) -> bytes:
    for name in ("张伟", "李娜", "张小明"):
        volunteer.house.resident(name, "3-1-502")
    return volunteer.house.card(None, dwelling="3-1-502")


def test_the_members_of_a_household_are_counted(volunteer: Volunteer) -> None:
    volunteer.scan(household_of_three(volunteer)).tap("btn.form.who.1").sees("李*", "1 / 3").measure("36.5").wait(1.6)
    volunteer.at("screen.household").sees("已到 1 / 3").tap("btn.form.who.0").sees("张*", "2 / 3")


def test_a_whole_household_is_one_tap_and_its_readings(volunteer: Volunteer) -> None:
    volunteer.scan(household_of_three(volunteer)).tap("btn.form.all").sees("1 / 3")
    assert volunteer.taps == 1
    volunteer.measure("36.5").at("screen.keypad").sees("2 / 3").sees_not("等候").measure("36.6").sees("3 / 3").recorded(
        2
    )
    volunteer.measure("36.7").sees("放行").recorded(3).wait(1.6).at("screen.household").sees("已到 3 / 3")
    assert "btn.form.all" not in volunteer.shown_keys()


def test_one_of_a_household_with_a_fever_is_seen_before_the_next_one(volunteer: Volunteer) -> None:
    volunteer.scan(household_of_three(volunteer)).tap("btn.form.all").measure("37.6").at("screen.verdict")
    volunteer.sees("请稍候", "请到旁边休息五分钟").recorded(0)


def test_a_household_card_goes_out_without_readings(volunteer: Volunteer) -> None:
    volunteer.house.resident("张伟", "3-1-502")
    card = volunteer.house.card(None, dwelling="3-1-502")
    volunteer.scan(card, Direction.OUT).tap("btn.form.who.0").sees("请慢走").recorded(1)


def test_the_next_card_counts_while_a_car_is_measured_and_the_rest_wait_in_the_tray(volunteer: Volunteer) -> None:
    plate(volunteer).tap("btn.form.count.2").tap("btn.form.start").at("screen.keypad")
    volunteer.scan(volunteer.resident("王芳")).at("screen.keypad").sees("王*").measure("36.5").sees("放行")
    volunteer.wait(2).at("screen.scan").sees("未测温")


def test_a_half_made_entry_is_a_chip_and_is_never_kept_by_itself(volunteer: Volunteer) -> None:
    before = volunteer.stand.events()
    plate(volunteer, "A123").wait(61).at("screen.scan").tap("btn.aside").at("screen.vehicle").sees("沪A123")
    volunteer.tap("btn.form.plate.4").wait(61)
    assert volunteer.stand.events() == before
    volunteer.scan(volunteer.resident("王芳")).measure("36.5").sees("放行").wait(2)
    volunteer.tap("btn.aside").sees("沪A1234").tap("btn.back").at("screen.scan")
    assert "btn.aside" not in volunteer.shown_keys()


def test_a_half_made_entry_is_forgotten_after_ten_minutes(volunteer: Volunteer) -> None:
    plate(volunteer, "A123").wait(61)
    assert "btn.aside" in volunteer.shown_keys()
    volunteer.wait(601)
    assert "btn.aside" not in volunteer.shown_keys()
