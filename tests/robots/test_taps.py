# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The figures of interface.md 15, counted by touch on a real gate."""

from collections.abc import Callable

import pytest

from kiosk.app.temperature_source import Method, SensedReading
from kiosk.domain.codes import ReadingSource, Site
from tests.robots.volunteer import Volunteer


def connected(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident())
    reading = SensedReading(
        365, Site.FOREHEAD, Method.NON_CONTACT, "T1", 180, volunteer.stand.clock.mono_ms(), ReadingSource.SERIAL, ""
    )
    volunteer.stand.model.sensed(reading)
    volunteer.sees("放行").recorded(1)


def typed(celsius: str) -> Callable[[Volunteer], None]:
    def play(volunteer: Volunteer) -> None:
        volunteer.scan(volunteer.resident()).measure(celsius)
        assert volunteer.stand.model.current() is not None

    return play


def forgotten(volunteer: Volunteer) -> None:
    volunteer.house.resident("张伟", "3-1-502")
    volunteer.house.resident("李娜", "3-2-502")
    volunteer.tap("btn.forgotten")
    volunteer.taps = 0
    for tile in ("3", "1", "502", "person.0", "ID_SEEN"):
        volunteer.tap(f"btn.tile.{tile}")
    volunteer.at("screen.keypad")


def recheck(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("37.6").wait(301)
    volunteer.taps = 0
    volunteer.tap("btn.chip.0").measure("37.5").at("screen.fever")


def fever(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("37.8").sees("请稍候", "请到旁边休息五分钟").recorded(0)


def courier(volunteer: Volunteer) -> None:
    volunteer.tap("btn.visitors").tap("btn.tile.company.SF").at("screen.keypad")


def undo(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("36.5").wait(2)
    volunteer.taps = 0
    volunteer.tap("btn.undo.0").tap("btn.undo.0")


def emergency(volunteer: Volunteer) -> None:
    volunteer.tap("btn.emergency").tap("btn.tile.ambulance").tap("btn.tile.ambulance").sees("紧急通行").recorded(1)


def tailgate(volunteer: Volunteer) -> None:
    volunteer.tap("btn.more").tap("btn.tile.tailgate").tap("btn.form.count.2").at("screen.scan")


FIGURES: dict[str, tuple[Callable[[Volunteer], None], int]] = {
    "resident, thermometer connected": (connected, 0),
    "resident, typed 36.0": (typed("36.0"), 1),
    "resident, typed 37.2": (typed("37.2"), 1),
    "resident, typed 35.4": (typed("35.4"), 2),
    "resident, typed 37.3": (typed("37.3"), 2),
    "resident, typed 40.2": (typed("40.2"), 3),
    "forgotten pass": (forgotten, 5),
    "recheck": (recheck, 3),
    "fever to safe state": (fever, 2),
    "courier before the reading": (courier, 2),
    "undo": (undo, 2),
    "emergency": (emergency, 3),
    "tailgate": (tailgate, 3),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_flow_takes_more_taps_than_its_figure(volunteer: Volunteer, name: str) -> None:
    play, most = FIGURES[name]
    play(volunteer)
    assert volunteer.taps <= most, f"{name}: {volunteer.taps} taps"
