# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The scenes of the volunteer's flows, on a real gate of 合阳小区."""

import datetime as dt
from collections.abc import Callable

from kiosk.domain.instants import SHANGHAI, ms_of
from tests.robots.house_stand import PINS, HouseStand
from tests.robots.volunteer import Volunteer

Scene = Callable[[Volunteer], object]
EASED_MS = ms_of(dt.datetime(2020, 3, 24, 10, tzinfo=SHANGHAI))


def on_duty(volunteer: Volunteer) -> Volunteer:
    """王阿姨 has signed on."""
    return volunteer.tap("btn.more").tap("btn.tile.shift").who("王阿姨").tap("btn.form.done")


def shift_who(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.shift")


def shift_pin(volunteer: Volunteer) -> None:
    shift_who(volunteer)
    volunteer.tap(f"btn.form.who.{1:032x}").digits("13")


def shift_checks(volunteer: Volunteer) -> None:
    shift_who(volunteer)
    volunteer.who("王阿姨").tap("btn.form.own").tap("btn.form.dc.365")
    volunteer.tap("btn.form.warm").tap("btn.form.masks").tap("btn.form.forms").tap("btn.form.forms")


def shift_own(volunteer: Volunteer) -> None:
    shift_who(volunteer)
    volunteer.who("王阿姨").tap("btn.form.own")


def hand_over(volunteer: Volunteer) -> None:
    on_duty(volunteer)
    volunteer.scan(volunteer.resident()).measure("36.5").wait(2)
    volunteer.scan(volunteer.resident("李娜", "7-1-101")).measure("37.6").wait(170)
    volunteer.tap("btn.more").tap("btn.tile.shift").tap("btn.form.over").tap("btn.form.remark.see_cases")
    volunteer.tap("btn.form.sign.out").who("王阿姨", "out")


def shift_menu(volunteer: Volunteer) -> None:
    on_duty(volunteer).tap("btn.more").tap("btn.tile.shift")


def tailgate(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.tailgate")


def vehicle_plate(volunteer: Volunteer) -> None:
    volunteer.tap("btn.vehicle")
    for character in "A12":
        volunteer.tap(f"btn.form.plate.{character}")


def vehicle_count(volunteer: Volunteer) -> None:
    volunteer.tap("btn.vehicle")
    for character in "A12345":
        volunteer.tap(f"btn.form.plate.{character}")


def vehicle_driver(volunteer: Volunteer) -> None:
    vehicle_count(volunteer)
    volunteer.tap("btn.form.count.3").scan(volunteer.resident())


def vehicle_province(volunteer: Volunteer) -> None:
    volunteer.tap("btn.vehicle").tap("btn.form.province")


def party(volunteer: Volunteer, *readings: str) -> None:
    vehicle_count(volunteer)
    volunteer.tap("btn.form.count.3").scan(volunteer.resident())
    volunteer.scan(volunteer.resident("李娜", "5-1-101")).scan(volunteer.resident("王芳", "7-1-202"))
    for reading in readings or ("36.5", "36.8", "36.4"):
        volunteer.measure(reading)


def party_keypad(volunteer: Volunteer) -> None:
    vehicle_driver(volunteer)
    volunteer.tap("btn.form.start").measure("36.5")


def party_aside(volunteer: Volunteer) -> None:
    party(volunteer, "36.5", "37.8")


def household(volunteer: Volunteer) -> None:
    for name in ("张伟", "李娜", "张小明"):
        volunteer.house.resident(name, "3-1-502", sex="男", birth_year=1961)
    volunteer.scan(volunteer.house.card(None, dwelling="3-1-502")).tap("btn.form.who.0").measure("36.5").wait(1.6)


def household_keypad(volunteer: Volunteer) -> None:
    for name in ("张伟", "李娜", "张小明"):
        volunteer.house.resident(name, "3-1-502", sex="男", birth_year=1961)
    volunteer.scan(volunteer.house.card(None, dwelling="3-1-502")).tap("btn.form.all").measure("36.5")


def expired_card(volunteer: Volunteer) -> None:
    """Whose card has expired may come back to Shanghai too: the staff panel offers the form."""
    volunteer.scan(volunteer.house.card(volunteer.house.resident("张伟", "3-1-502"), expired_days=3)).measure("36.6")


def courier_code(volunteer: Volunteer) -> None:
    volunteer.house.clock.go_to(EASED_MS)
    volunteer.tap("btn.visitors").tap("btn.tile.company.ELEME")


def returning(volunteer: Volunteer) -> Volunteer:
    volunteer.house.resident("张伟", "3-1-502", sex="男", birth_year=1961)
    volunteer.tap("btn.forgotten").tap("btn.tile.3").tap("btn.tile.502").tap("btn.tile.person.0")
    return volunteer.tap("btn.tile.first_return")


def first_return(volunteer: Volunteer) -> None:
    returning(volunteer)
    for answer in ("from.420000", "day.2020-02-20", "by.TRAIN", "with.1", "contact.no", "code.GREEN", "home.yes"):
        volunteer.tap(f"btn.form.{answer}")
    volunteer.tap("btn.form.paper.record").tap("btn.form.paper.notice")


def first_return_number(volunteer: Volunteer) -> None:
    returning(volunteer).tap("btn.form.number").tap("btn.form.no.G").tap("btn.form.no.7").tap("btn.form.no.5")


def first_return_days(volunteer: Volunteer) -> None:
    returning(volunteer).tap("btn.form.days")


def first_return_escort(volunteer: Volunteer) -> None:
    first_return(volunteer)
    volunteer.tap("btn.form.platform.NOTHING").tap("btn.form.done").measure("36.6")


def fever_card(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("37.8").wait(301).tap("btn.chip.0").measure("37.6")
    volunteer.tap("btn.form.spot").tap("btn.form.told.LEADER").tap("btn.form.missed.COMMITTEE")
    volunteer.tap("btn.form.symptom.cough").tap("btn.form.away.no")


def paper(volunteer: Volunteer) -> None:
    volunteer.resident()
    volunteer.tap("btn.more").tap("btn.tile.paper").tap("btn.form.clock").digits("0815").tap("btn.form.who")
    volunteer.tap("btn.form.room").tap("btn.form.building.3").tap("btn.form.room.502").tap("btn.form.person.0")
    volunteer.tap("btn.form.reading").digits("365")


def paper_clock(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.paper").tap("btn.form.clock").digits("081")


def paper_who(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.paper").tap("btn.form.who")


def practice_list(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.practice").pin(PINS["李门长"])
    volunteer.tap("btn.form.who.home").tap("btn.form.show").measure("36.5").wait(2)
    volunteer.tap("btn.form.who.out").tap("btn.form.show").wait(2)


def practice_person(volunteer: Volunteer) -> None:
    practice_list(volunteer)
    volunteer.tap("btn.form.who.low")


def practice_verdict(volunteer: Volunteer) -> None:
    practice_person(volunteer)
    volunteer.tap("btn.back").tap("btn.form.who.other").tap("btn.form.show").measure("36.6")


def eased(volunteer: Volunteer) -> Volunteer:
    """A morning under the second policy, a visitor whose host has agreed."""
    volunteer.house.resident("张伟", "3-1-502")
    volunteer.house.clock.go_to(EASED_MS)
    volunteer.house.made_ms = EASED_MS - 3_600_000
    volunteer.house.app.refresh()
    volunteer.tap("btn.visitors").tap("btn.tile.VISITOR").tap("btn.tile.code.GREEN").tap("btn.tile.consent_phone")
    return volunteer


def visitor_leave(volunteer: Volunteer) -> None:
    eased(volunteer).tap("btn.form.building.3").tap("btn.form.room.502")


def visitor_phone(volunteer: Volunteer) -> None:
    visitor_leave(volunteer)
    volunteer.tap("btn.form.why.FAMILY").digits("1391234")


def cold(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.cold").scan(volunteer.resident())


SCENES: dict[str, Scene] = {
    "shift_who": shift_who,
    "shift_pin": shift_pin,
    "shift_checks": shift_checks,
    "shift_own": shift_own,
    "shift_menu": shift_menu,
    "hand_over": hand_over,
    "tailgate": tailgate,
    "vehicle_plate": vehicle_plate,
    "vehicle_province": vehicle_province,
    "vehicle_count": vehicle_count,
    "vehicle_driver": vehicle_driver,
    "party_keypad": party_keypad,
    "party": party,
    "party_aside": party_aside,
    "household": household,
    "household_keypad": household_keypad,
    "expired_card": expired_card,
    "courier_code": courier_code,
    "first_return": first_return,
    "first_return_days": first_return_days,
    "first_return_number": first_return_number,
    "first_return_escort": first_return_escort,
    "fever_card": fever_card,
    "paper": paper,
    "paper_clock": paper_clock,
    "paper_who": paper_who,
    "practice_list": practice_list,
    "practice_person": practice_person,
    "practice_verdict": practice_verdict,
    "visitor_host": eased,
    "visitor_leave": visitor_leave,
    "visitor_phone": visitor_phone,
    "cold": cold,
}
"""场景: by name, after those of tests.screens.scenes."""


def play(name: str, stand: HouseStand) -> None:
    """Bring the stand into a scene."""
    SCENES[name](Volunteer(stand))
