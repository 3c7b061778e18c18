# SPDX-License-Identifier: LicenseRef-Gatehouse
"""来访人员 by touch, on a real gate under both policies (interface.md 5.7; domain.md 12)."""

import datetime as dt

import pytest

from kiosk.domain.codes import Company, Purpose
from kiosk.domain.events import PassageStep
from kiosk.domain.instants import SHANGHAI, ms_of
from tests.robots.volunteer import Volunteer
from ui.viewmodels.duty_visitor import leave_by

EASED_MS = ms_of(dt.datetime(2020, 3, 24, 10, tzinfo=SHANGHAI))


@pytest.fixture
def eased(volunteer: Volunteer) -> Volunteer:
    """A morning under policy B, with a list of the day."""
    volunteer.house.resident("张伟", "3-1-502")
    volunteer.house.clock.go_to(EASED_MS)
    volunteer.house.made_ms = EASED_MS - 3_600_000
    volunteer.house.app.refresh()
    return volunteer


def visitor(volunteer: Volunteer) -> Volunteer:
    return (
        volunteer.tap("btn.visitors").tap("btn.tile.VISITOR").tap("btn.tile.code.GREEN").tap("btn.tile.consent_phone")
    )


def test_a_visitor_is_seven_taps_and_eleven_digits(eased: Volunteer) -> None:
    visitor(eased).tap("btn.form.building.3").tap("btn.form.room.502").tap("btn.form.why.FAMILY")
    assert eased.taps == 7
    eased.digits("13912345678").at("screen.keypad").measure("36.5").sees("放行").recorded(1)
    passage = eased.stand.model.current()
    assert passage is not None
    event = eased.house.store.events_of_passage(passage.passage)[0]
    said = eased.house.store.personal(event.id)
    assert said is not None
    tonight = ms_of(dt.datetime(2020, 3, 25, tzinfo=SHANGHAI))
    assert (said["host"], said["phone"], said["leave_by_ms"]) == ("3-1-502", "13912345678", str(tonight))
    assert eased.kept(PassageStep)[0].purpose is Purpose.FAMILY
    assert "139" not in eased.texts(), "masked after entry"


def test_until_when_is_one_tap_more_where_it_is_not_today(eased: Volunteer) -> None:
    visitor(eased).tap("btn.form.building.3").tap("btn.form.room.502").tap("btn.form.leave_2h").sees("来做什么?")
    eased.tap("btn.form.why.CARE").digits("13912345678").at("screen.keypad").sees("照顾老人病人")
    passage = eased.stand.model.current()
    assert passage is not None
    said = eased.house.store.personal(eased.house.store.events_of_passage(passage.passage)[0].id)
    assert said is not None
    assert said["leave_by_ms"] == str(EASED_MS + 7_200_000)


def test_a_visitor_without_phone_is_asked_for_none(eased: Volunteer) -> None:
    visitor(eased).tap("btn.form.building.3").tap("btn.form.room.502").tap("btn.form.why.OTHER").digits("139")
    eased.tap("btn.confirm").sees("手机号要11位").tap("btn.delete").tap("btn.delete").tap("btn.delete")
    eased.tap("btn.confirm").at("screen.keypad")


def test_a_number_that_is_no_mobile_is_asked_again(eased: Volunteer) -> None:
    visitor(eased).tap("btn.form.building.3").tap("btn.form.room.502").tap("btn.form.why.FRIEND").digits("02156001234")
    eased.sees("不是手机号,请重新输入")


def test_a_host_who_has_not_agreed_is_asked_for_nothing_more(eased: Volunteer) -> None:
    eased.tap("btn.visitors").tap("btn.tile.VISITOR").tap("btn.tile.code.GREEN").tap("btn.tile.consent_none")
    eased.at("screen.keypad").measure("36.5").sees("暂不能进入").recorded(0)


def test_while_the_compound_is_closed_a_visitor_is_two_taps_and_politely_refused(volunteer: Volunteer) -> None:
    volunteer.tap("btn.visitors").tap("btn.tile.VISITOR")
    assert volunteer.taps == 2
    volunteer.measure("36.5").sees("暂不能进入", "小区封闭管理").recorded(0)


def test_a_courier_is_two_taps_before_the_reading(volunteer: Volunteer) -> None:
    volunteer.tap("btn.visitors").tap("btn.tile.company.SF").at("screen.keypad")
    assert volunteer.taps == 2
    volunteer.sees("顺丰快递").measure("36.5").sees("到取件点").recorded(0)
    assert volunteer.kept(PassageStep)[0].company is Company.SF


def test_under_the_eased_policy_a_courier_is_asked_for_his_code_and_goes_in(eased: Volunteer) -> None:
    eased.tap("btn.visitors").tap("btn.tile.company.MEITUAN").sees("美团外卖").tap("btn.tile.code.GREEN")
    eased.measure("36.5").sees("放行").recorded(1)
    assert eased.kept(PassageStep)[0].company is Company.MEITUAN


def test_eighteen_o_clock_that_has_passed_is_the_end_of_the_day() -> None:
    late = dt.datetime(2020, 3, 24, 19, tzinfo=SHANGHAI)
    assert leave_by("leave_18", late) == dt.datetime(2020, 3, 25, tzinfo=SHANGHAI)
    assert leave_by("leave_18", late.replace(hour=9)).hour == 18
