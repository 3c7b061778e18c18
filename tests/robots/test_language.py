# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The language changes in the middle of anything: all texts with it, nothing that was typed is lost (8)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.domain.events import LateEntry, Registration
from tests.robots.stand import Stand
from tests.robots.test_return_and_case import KEY_RETURN, fill, returning
from tests.robots.volunteer import Volunteer
from tests.screens import duty_scenes
from tests.screens.drawn import texts_of
from tests.screens.scenes import SCENES, stand_for

HALF_MADE = (
    *duty_scenes.SCENES, "scan", "keypad_high", "more", "lookup_fact", "lookup_tail", "category", "category_code",
    "leader_pin", "leader_choice",
)  # fmt: skip
"""Every form of the volunteer's, filled half, and the screens beside them."""


@contextmanager
def standing(scene: str, language: str) -> Iterator[Stand]:
    """The scene, as somebody sees it who has chosen that language before."""
    stand = stand_for(scene, language=language)
    stand.window.show()
    QApplication.processEvents()
    try:
        SCENES[scene](stand)
        QApplication.processEvents()
        yield stand
    finally:
        stand.close()


def seen(stand: Stand) -> list[str]:
    """Every text that is drawn, and what a screen reader says of what can be seen."""
    QApplication.processEvents()
    spoken = [part.accessibleName() for part in Volunteer(stand).panels()]  # type: ignore[arg-type]
    return [text.text for text in texts_of(stand.window)] + spoken


@pytest.mark.parametrize("scene", HALF_MADE)
def test_a_screen_after_the_change_is_as_if_it_had_been_so_from_the_start(qapp: QApplication, scene: str) -> None:
    with standing(scene, "en") as english:
        wanted = seen(english)
    with standing(scene, "zh_CN") as stand:
        before = seen(stand)
        stand.words.other()
        assert seen(stand) == wanted
        stand.words.other()
        assert seen(stand) == before


def test_a_return_begun_in_one_language_is_registered_in_the_other(volunteer: Volunteer) -> None:
    fill(returning(volunteer), *KEY_RETURN[:3], "by.PLANE")
    volunteer.stand.words.other()
    fill(volunteer.sees("Back from"), *KEY_RETURN[3:]).tap("btn.form.done").sees("TEMPERATURE")
    form = volunteer.kept(Registration)[0]
    assert (form.region, form.arrived, form.contact, form.home_fit) == ("420000", "2020-02-20", False, True)


def test_digits_typed_before_the_change_count_after_it(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("36.5").wait(2)
    volunteer.house.clock.advance(4 * 3_600_000)
    volunteer.tap("btn.more").tap("btn.tile.paper").tap("btn.form.clock").digits("19")
    volunteer.stand.words.other()
    volunteer.digits("15").sees("19:15").tap("btn.form.who").tap("btn.form.category.VISITOR")
    volunteer.tap("btn.form.reading").digits("36")
    volunteer.stand.words.other()
    volunteer.digits("5").sees("36.5").tap("btn.form.writer").tap("btn.form.by.?").tap("btn.form.save")
    assert volunteer.kept(LateEntry)[0].temp_dc == 365


def test_the_key_behind_more_changes_a_form_that_waits_as_a_chip(volunteer: Volunteer) -> None:
    volunteer.tap("btn.vehicle").tap("btn.form.plate.A").tap("btn.form.plate.1").wait(61).at("screen.scan")
    volunteer.tap("btn.more").tap("btn.tile.language").sees("Cold mode").tap("btn.back")
    volunteer.tap("btn.aside").at("screen.vehicle").sees("沪A1", "Plate").sees_not("车牌")
