# SPDX-License-Identifier: LicenseRef-Gatehouse
"""补录 by touch, on a real gate (interface.md 5.10; domain.md 18)."""

from kiosk.domain.events import CaseOpened, LateEntry
from kiosk.domain.instants import shanghai
from tests.robots.volunteer import Volunteer


def line(volunteer: Volunteer, clock: str, reading: str = "365") -> Volunteer:
    volunteer.tap("btn.form.clock").digits(clock).tap("btn.form.who").tap("btn.form.room")
    volunteer.tap("btn.form.building.3").tap("btn.form.room.502").tap("btn.form.person.0").sees("3-1-502 张*")
    return volunteer.tap("btn.form.reading").digits(reading)


def opened(volunteer: Volunteer) -> Volunteer:
    """The gate has been in use since six in the evening; the paper is keyed in at ten."""
    volunteer.scan(volunteer.resident()).measure("36.5").wait(2)
    volunteer.house.clock.advance(4 * 3_600_000)
    return volunteer.tap("btn.more").tap("btn.tile.paper").at("screen.paper")


def test_a_line_of_the_paper_sheet_is_kept_with_both_times(volunteer: Volunteer) -> None:
    line(opened(volunteer), "1915")
    assert not volunteer.key("btn.form.save").isEnabled(), "who wrote it?"
    volunteer.tap("btn.form.writer").tap("btn.form.by.王*").sees("19:15", "36.5").tap("btn.form.save")
    volunteer.sees("已存第 1 行", "王*", "第几行 2").at("screen.paper")
    kept = volunteer.kept(LateEntry)[0]
    assert (shanghai(kept.paper_at).strftime("%H:%M"), kept.line, kept.temp_dc, kept.entered_by) == (
        "19:15", 1, 365, "王*")  # fmt: skip
    assert kept.differs is None


def test_a_time_ahead_or_before_the_first_use_is_refused_in_words(volunteer: Volunteer) -> None:
    line(opened(volunteer), "2359").tap("btn.form.writer").tap("btn.form.by.?").tap("btn.form.save")
    volunteer.sees("时间在将来,或早于本机启用").tap("btn.form.clock").digits("0700").tap("btn.form.save")
    volunteer.sees("时间在将来,或早于本机启用").tap("btn.form.clock").digits("2561").sees("没有这个时间")
    assert volunteer.kept(LateEntry) == []


def test_the_same_person_and_minute_twice_is_asked(volunteer: Volunteer) -> None:
    line(opened(volunteer), "1915").tap("btn.form.writer").tap("btn.form.by.?").tap("btn.form.save")
    line(volunteer, "1915").tap("btn.form.save").sees("同一人同一分钟已有一条")
    assert len(volunteer.kept(LateEntry)) == 1
    volunteer.tap("btn.form.save").sees("已存第 2 行")
    assert len(volunteer.kept(LateEntry)) == 2


def test_what_the_volunteer_did_stands_and_the_difference_is_marked(volunteer: Volunteer) -> None:
    line(opened(volunteer), "1915", "385").tap("btn.form.writer").tap("btn.form.by.?").tap("btn.form.save")
    kept = volunteer.kept(LateEntry)[0]
    assert (kept.differs, kept.of.recorded) == (True, True)
    volunteer.sees("已存第 1 行")


def test_an_outsider_who_was_not_let_in(volunteer: Volunteer) -> None:
    opened(volunteer).tap("btn.form.clock").digits("2000").tap("btn.form.who").tap("btn.form.category.VISITOR")
    volunteer.tap("btn.form.deed.no").tap("btn.form.way.OUT").tap("btn.form.reading").digits("364")
    volunteer.tap("btn.form.writer").tap("btn.form.by.?").tap("btn.form.save").sees("已存第 1 行")
    assert volunteer.kept(LateEntry)[0].of.recorded is not True
    assert volunteer.kept(CaseOpened) == []


def test_a_card_number_with_a_wrong_check_character_is_asked_again(volunteer: Volunteer) -> None:
    opened(volunteer).tap("btn.form.who").tap("btn.form.serial").digits("0000000001").sees("证号不对,请重新输入")


def test_a_line_left_alone_is_not_kept(volunteer: Volunteer) -> None:
    line(opened(volunteer), "1915").wait(61).at("screen.scan")
    assert volunteer.kept(LateEntry) == []
