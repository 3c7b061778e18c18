# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The scenes of the volunteer's flows, on a real gate of 合阳小区."""

from collections.abc import Callable

from tests.robots.house_stand import HouseStand
from tests.robots.volunteer import Volunteer

Scene = Callable[[Volunteer], object]


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


SCENES: dict[str, Scene] = {
    "shift_who": shift_who,
    "shift_pin": shift_pin,
    "shift_checks": shift_checks,
    "shift_own": shift_own,
    "shift_menu": shift_menu,
    "hand_over": hand_over,
    "tailgate": tailgate,
}
"""场景: by name, after those of tests.screens.scenes."""


def play(name: str, stand: HouseStand) -> None:
    """Bring the stand into a scene."""
    SCENES[name](Volunteer(stand))
