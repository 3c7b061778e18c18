# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The lane on a real gate: corrections, bad inputs, a crowd, a rare name, low readings, the forgotten pass."""

import itertools

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kiosk.adapters.thermometer_wedge import WedgeDigits
from kiosk.app.temperature_source import Method, SensedReading
from kiosk.domain.codes import ReadingSource, Site, Verdict
from kiosk.domain.events import Correction, PassageStep, ReadingTaken
from tests.robots.volunteer import Volunteer
from tests.screens.drawn import texts_of
from ui.glyphs import STAND_IN
from ui.viewmodels.keypad import FIRST_HIGH_OF_37, FORTIES, HIGH_WHOLES, LOW_WHOLES, Asking, Entry


def three(volunteer: Volunteer) -> Volunteer:
    for name, room in (("张伟", "1-1-101"), ("李娜", "2-1-101"), ("王芳", "3-1-101")):
        volunteer.scan(volunteer.resident(name, room)).measure("36.5").wait(2)
    volunteer.taps = 0
    return volunteer


@pytest.mark.parametrize("row", [0, 1, 2])
def test_each_of_the_last_three_results_is_corrected_and_both_values_stay(volunteer: Volunteer, row: int) -> None:
    three(volunteer).tap(f"btn.correct.{row}").at("screen.keypad").sees("36.5").measure("36.7").sees("放行", "36.7")
    assert volunteer.taps == 2
    corrected = volunteer.kept(Correction)[0]
    assert (corrected.old, corrected.new) == ("365", "367")
    whose = [step.passage for step in volunteer.kept(PassageStep) if step.n == 1]
    assert corrected.passage == whose[2 - row]
    volunteer.recorded(3)


def test_a_correction_to_a_high_reading_takes_the_passage_back(volunteer: Volunteer) -> None:
    three(volunteer).tap("btn.correct.1").measure("37.8").sees("请稍候", "体温偏高 37.8℃").recorded(2)


def test_a_confirmed_fever_is_corrected_by_the_leader_alone(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("37.8").wait(301).tap("btn.chip.0").measure("37.6")
    volunteer.tap("btn.form.next").tap("btn.correct.0").measure("36.5").sees("需要门长密码")
    assert volunteer.kept(Correction) == []


def test_no_key_turns_a_fever_into_health(volunteer: Volunteer) -> None:
    """In no state of the keypad do a reading below the threshold and one at or above it stand side by side."""
    turns = [Entry(), Entry(asking=Asking.FORTY), *(Entry().chose(whole) for whole in (*LOW_WHOLES, *HIGH_WHOLES[:3]))]
    turns += [Entry(asking=Asking.FORTY).chose(whole) for whole in FORTIES]
    for entry in turns:
        highs = {tenths >= FIRST_HIGH_OF_37 for tenths in entry.readings()}
        assert len(highs) <= 1, entry
    assert all(tenths % 10 == 3 and tenths != 363 for tenths in Entry().chose(37).readings()[:1])
    volunteer.scan(volunteer.resident()).tap("btn.whole.37")
    assert not {f"btn.reading.{tenths}" for tenths in range(360, 373)} & volunteer.shown_keys()


def sensed(volunteer: Volunteer, text: str) -> None:
    tenths = int(text.replace(".", ""))
    reading = SensedReading(
        tenths, Site.FOREHEAD, Method.NON_CONTACT, "T1", 180, volunteer.stand.clock.mono_ms(), ReadingSource.KEYBOARD,
        text,
    )  # fmt: skip
    volunteer.stand.model.sensed(reading)


@pytest.mark.parametrize("text", ["36,5", "365", "36.5", "３６.５", " 36.5℃ "])
def test_a_reading_in_any_of_its_writings_is_36_5(volunteer: Volunteer, text: str) -> None:
    volunteer.scan(volunteer.resident())
    volunteer.stand.model.typed(text)
    volunteer.sees("放行", "36.5").recorded(1)


@pytest.mark.parametrize("text", ["3650", "", "36.5.1", "😷", "3" * 600, "EP1:" + "A" * 596, "-36.5", "36，5，1"])
def test_what_is_no_reading_is_refused_in_words_and_nothing_is_kept(volunteer: Volunteer, text: str) -> None:
    volunteer.scan(volunteer.resident())
    before = volunteer.stand.events()
    volunteer.stand.model.typed(text)
    volunteer.at("screen.keypad").sees("不是体温,请重新输入").recorded(0)
    assert volunteer.stand.events() == before
    volunteer.measure("36.5").sees("放行").recorded(1)


def test_600_characters_and_emoji_from_a_keyboard_wedge_press_nothing(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident())
    wedge = WedgeDigits()
    read = [wedge.key(character, number) for number, character in enumerate("😷" + "X9" * 300 + "\r")]
    assert not any(read)
    focused = volunteer.stand.window.focusWidget()
    QTest.keyClicks(focused, "EP1:" + "ABXYZ" * 120)
    QApplication.processEvents()
    volunteer.at("screen.keypad").recorded(0)
    assert volunteer.kept(ReadingTaken) == []


def test_forty_people_wait_and_the_lane_goes_on(volunteer: Volunteer) -> None:
    for number in range(40):
        volunteer.scan(volunteer.resident("张伟", f"{number + 1}-1-101")).measure("37.6")
    volunteer.scan(volunteer.resident("李娜", "50-1-101")).measure("36.5").sees("放行").recorded(1).wait(2)
    shown = [key for key in volunteer.shown_keys() if key.startswith("btn.chip.")]
    assert len(shown) == 6
    assert volunteer.stand.words.get("tray.waits", n=40) in volunteer.stand.window.tray.accessibleName()
    tokens = {chip.token for chip in volunteer.stand.model.chips}
    assert tokens == set(range(1, 41))


def test_a_name_without_glyph_is_shown_without_tofu(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident("\U00031234伟")).at("screen.keypad")
    drawn = [text.text for text in texts_of(volunteer.stand.window)]
    assert [text for text in drawn if f"{STAND_IN}*" in text], drawn
    volunteer.measure("36.5").sees("放行").recorded(1)


def test_low_and_again_low_is_the_leader_s_and_a_contact_thermometer_settles_it(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("34.2").at("screen.keypad").sees("没测准,请露出手腕再测")
    assert volunteer.key("btn.site.WRIST").isChecked()
    volunteer.wait(6).measure("34.4").wait(6).tap("btn.site.NECK").measure("34.0").sees(
        "请门长处理", "没测准,请改用腋下体温计"
    )
    volunteer.recorded(0)


def test_a_low_reading_then_the_wrist(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("34.2").wait(6).measure("36.4").sees("放行").recorded(1)
    assert [body.site for body in volunteer.kept(ReadingTaken)] == [Site.FOREHEAD, Site.WRIST]


def test_a_forgotten_pass_is_five_taps_with_unit_and_second_fact(volunteer: Volunteer) -> None:
    volunteer.house.resident("张伟", "3-1-502")
    volunteer.house.resident("李娜", "3-2-502")
    volunteer.tap("btn.forgotten")
    volunteer.taps = 0
    volunteer.tap("btn.tile.3").tap("btn.tile.2").tap("btn.tile.502").tap("btn.tile.person.0").tap("btn.tile.ID_SEEN")
    assert volunteer.taps == 5
    volunteer.at("screen.keypad").sees("李*").measure("36.4").sees("登记后放行").tap("btn.checked").recorded(1)


def test_the_mask_is_asked_for_and_the_same_passage_goes_on_whoever_it_is(volunteer: Volunteer) -> None:
    volunteer.tap("btn.visitors").tap("btn.tile.company.SF").tap("btn.no_mask").sees("请佩戴口罩").tap("btn.mask_on")
    volunteer.at("screen.keypad").measure("36.5").sees("到取件点")
    assert len({step.passage for step in volunteer.kept(PassageStep)}) == 1


def test_every_verdict_on_screen_is_stored_first(volunteer: Volunteer) -> None:
    cards = [volunteer.resident("张伟", f"{n}-1-101") for n in range(1, 4)]
    for card, reading in itertools.product(cards, ("36.5",)):
        volunteer.scan(card).measure(reading)
        view = volunteer.stand.model.current()
        assert view is not None
        record = volunteer.house.app.present.passage(view.passage)
        assert record is not None
        assert (record.verdict, record.recorded) == (Verdict.ADMIT, True)


def cold_reading(volunteer: Volunteer, ambient: int) -> None:
    reading = SensedReading(
        362, Site.FOREHEAD, Method.NON_CONTACT, "T1", ambient, volunteer.stand.clock.mono_ms(), ReadingSource.SERIAL, ""
    )
    volunteer.stand.model.sensed(reading)


def test_in_the_cold_the_mode_is_offered_and_the_wrist_stays(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident())
    cold_reading(volunteer, 82)
    volunteer.sees("放行").wait(2).at("screen.scan")
    assert volunteer.notice() == "太冷了(8.2℃),请在“更多”里开低温模式"
    volunteer.tap("btn.more").tap("btn.tile.cold").at("screen.scan").sees("低温")
    volunteer.scan(volunteer.resident("李娜", "5-1-101"))
    assert volunteer.key("btn.site.WRIST").isChecked()
    volunteer.measure("36.1").wait(2).scan(volunteer.resident("王芳", "6-1-101"))
    assert volunteer.key("btn.site.WRIST").isChecked(), "the chosen site stays"
    volunteer.measure("36.2")
    assert [body.site for body in volunteer.kept(ReadingTaken)][1:] == [Site.WRIST, Site.WRIST]
    volunteer.wait(2).tap("btn.more").tap("btn.tile.cold").sees_not("低温")


def test_a_mild_chill_only_offers_it(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident())
    cold_reading(volunteer, 140)
    volunteer.wait(2)
    assert volunteer.notice() == "气温 14.0℃,可在“更多”里开低温模式"
