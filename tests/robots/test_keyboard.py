# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every flow of a volunteer by keyboard alone, on a real gate (interface.md 8, 14)."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from kiosk.domain.codes import Company, Purpose
from kiosk.domain.events import Correction, Handover, IsolationChanged, LateEntry, PassageStep, Tailgate
from tests.robots.house_stand import PINS, HouseStand
from tests.robots.test_return_and_case import KEY_RETURN, PAPERS
from tests.robots.test_visitors import EASED_MS
from tests.robots.typist import Typist


@pytest.fixture
def typist(qapp: QApplication) -> Iterator[Typist]:
    stand = HouseStand()
    stand.window.show()
    QApplication.processEvents()
    yield Typist(stand)
    stand.close()


def courier(typist: Typist) -> None:
    typist.tap("btn.visitors").tap("btn.tile.company.ZTO").measure("36.5").sees("到取件点")
    assert typist.kept(PassageStep)[0].company is Company.ZTO


def visitor(typist: Typist) -> None:
    typist.house.resident("张伟", "3-1-502")
    typist.house.clock.go_to(EASED_MS)
    typist.house.made_ms = EASED_MS - 3_600_000
    typist.house.app.refresh()
    typist.tap("btn.visitors").tap("btn.tile.VISITOR").tap("btn.tile.code.GREEN").tap("btn.tile.consent_phone")
    typist.tap("btn.form.building.3").tap("btn.form.room.502").tap("btn.form.leave_2h").tap("btn.form.why.FRIEND")
    typist.digits("13912345678").measure("36.5").sees("放行").recorded(1)
    assert typist.kept(PassageStep)[0].purpose is Purpose.FRIEND


def vehicle(typist: Typist) -> None:
    typist.tap("btn.vehicle")
    for character in "A12345":
        typist.tap(f"btn.form.plate.{character}")
    typist.tap("btn.form.count.2").scan(typist.resident()).tap("btn.form.start").measure("36.5").measure("36.6")
    typist.at("screen.party").press(Qt.Key.Key_Escape).at("screen.scan")
    assert len({step.party for step in typist.kept(PassageStep) if step.n == 1}) == 1


def household(typist: Typist) -> None:
    typist.house.resident("张伟", "3-1-502")
    typist.house.resident("李娜", "3-1-502")
    typist.scan(typist.house.card(None, dwelling="3-1-502")).tap("btn.form.all").measure("36.5").measure("36.6")
    typist.sees("放行").recorded(2)


def look_up(typist: Typist) -> None:
    typist.house.resident("张伟", "3-1-502", phone="13800001234")
    typist.tap("btn.forgotten").tap("btn.tile.3").tap("btn.tile.502").tap("btn.tile.person.0")
    typist.tap("btn.tile.PHONE_TAIL").digits("1234").measure("36.5").tap("btn.checked").sees("登记后放行").recorded(1)


def look_up_by_number(typist: Typist) -> None:
    typist.tap("btn.forgotten").tap("btn.tile.serial").digits("0000000001").sees("证号不对,请重新输入")
    typist.press(Qt.Key.Key_Escape, Qt.Key.Key_Escape).at("screen.scan")


def fever(typist: Typist) -> None:
    typist.scan(typist.resident()).measure("37.8").wait(301).tap("btn.chip.0").measure("37.6").at("screen.fever")
    typist.tap("btn.form.spot").tap("btn.form.symptom.cough").tap("btn.form.told.LEADER").tap("btn.form.next")
    assert typist.at("screen.scan").house.app.present.cases()[0].steps[0].answer == "told"


def first_return(typist: Typist) -> None:
    typist.scan(typist.resident()).tap("btn.returning").at("screen.first_return")
    for name in (*KEY_RETURN, "by.TRAIN", "with.1", *PAPERS, "done"):
        typist.tap(f"btn.form.{name}")
    typist.measure("36.6").sees("有人陪您回家").tap("btn.escorted").recorded(1)
    assert len(typist.kept(IsolationChanged)) == 1


def tailgate(typist: Typist) -> None:
    typist.tap("btn.more").tap("btn.tile.tailgate").tap("btn.form.count.2").at("screen.scan")
    assert typist.kept(Tailgate)[0].count == 2


def correction(typist: Typist) -> None:
    typist.scan(typist.resident()).measure("36.5").wait(2).tap("btn.correct.0").measure("36.7").sees("放行", "36.7")
    assert (typist.kept(Correction)[0].old, typist.kept(Correction)[0].new) == ("365", "367")


def undo(typist: Typist) -> None:
    typist.scan(typist.resident()).measure("36.5").wait(2).tap("btn.undo.0").tap("btn.undo.0")
    assert typist.kept(Correction)[0].void


def late_entry(typist: Typist) -> None:
    typist.scan(typist.resident()).measure("36.5").wait(2)
    typist.house.clock.advance(4 * 3_600_000)
    typist.tap("btn.more").tap("btn.tile.paper").tap("btn.form.clock").digits("1915").tap("btn.form.who")
    typist.tap("btn.form.room").tap("btn.form.building.3").tap("btn.form.room.502").tap("btn.form.person.0")
    typist.tap("btn.form.reading").digits("365").tap("btn.form.writer").tap("btn.form.by.王*").tap("btn.form.save")
    assert typist.sees("已存第 1 行").kept(LateEntry)[0].temp_dc == 365


def hand_over(typist: Typist) -> None:
    typist.tap("btn.more").tap("btn.tile.shift").who("王阿姨").tap("btn.form.own").tap("btn.form.dc.365")
    typist.tap("btn.form.masks").tap("btn.form.done").at("screen.scan").sees("值班 王*")
    typist.tap("btn.more").tap("btn.tile.shift").tap("btn.form.over").tap("btn.form.sign.out").who("王阿姨", "out")
    typist.tap("btn.form.sign.in").who("陈师傅", "in").tap("btn.form.remark.none").tap("btn.form.done")
    typist.at("screen.scan").sees("值班 陈*")
    assert len(typist.kept(Handover)) == 1


def practice(typist: Typist) -> None:
    typist.tap("btn.more").tap("btn.tile.practice").pin(PINS["李门长"]).at("screen.practice")
    typist.tap("btn.form.who.home").tap("btn.form.show").measure("36.5").wait(2).sees("做对 1 / 12")
    typist.tap("btn.form.end").at("screen.scan").recorded(0)


def emergency(typist: Typist) -> None:
    typist.tap("btn.emergency").tap("btn.tile.fire").tap("btn.tile.fire").sees("紧急通行").recorded(1)


FLOWS: tuple[Callable[[Typist], None], ...] = (
    courier, visitor, vehicle, household, look_up, look_up_by_number, fever, first_return, tailgate, correction, undo,
    late_entry, hand_over, practice, emergency,
)  # fmt: skip


@pytest.mark.parametrize("flow", FLOWS, ids=[flow.__name__ for flow in FLOWS])
def test_a_flow_is_worked_by_keyboard_alone(typist: Typist, flow: Callable[[Typist], None]) -> None:
    flow(typist)
    assert typist.taps == 0
