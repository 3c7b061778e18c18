# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Notes by touch and by keyboard: sealed in the log, seen where they belong, on the sheet without numbers of people."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication

from kiosk.domain.codes import Site
from kiosk.domain.events import LeaderNote
from tests.robots.leader_stand import Leader, LeaderStand


@pytest.fixture
def leader(qapp: QApplication, tmp_path: Path) -> Iterator[Leader]:
    stand = LeaderStand(tmp_path)
    stand.window.show()
    QApplication.processEvents()
    yield Leader(stand)
    stand.close()


def writes(leader: Leader, text: str) -> None:
    """An input method of the system hands over what it made of the keys."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(leader.stand.window.leader, event)
    QApplication.processEvents()


def test_a_note_of_a_passage_is_put_together_by_touch_and_stands_among_its_steps(leader: Leader) -> None:
    leader.house.scan(leader.resident()).measure("36.5")
    leader.signs_in().goes("log").tap(leader.stand.window.leader.tiles[0].objectName()).keys("note")
    leader.at("screen.leader.note").goes("add.phoned").keys("other").goes("add.3", "add.building").keys("keep")
    leader.sees("已记录", "备注 电话核实过,3号楼 李*")
    (note,) = leader.kept(LeaderNote)
    assert note.passage is not None
    canon = b"".join(row[0] for row in leader.house.store._folder.file.writer.execute("SELECT canon FROM event"))
    assert "核实".encode() not in canon, "free text is sealed"


def test_a_case_is_noted_with_a_keyboard_and_the_note_stands_under_it(leader: Leader) -> None:
    passage = leader.house.scan(leader.resident("李娜", "7-1-101")).measure("37.8").passage
    leader.house.later(302)
    leader.house.app.desk.reading(passage, "37.6", Site.FOREHEAD)
    leader.signs_in().goes("cases").tap(leader.stand.window.leader.tiles[0].objectName()).keys("note")
    writes(leader, "女儿陪同,去普陀医院")
    leader.sees("女儿陪同").keys("keep").at("screen.leader.case").sees("案件 李* 女儿陪同,去普陀医院")


def test_the_shift_sheet_shows_notes_and_no_number_of_a_person(leader: Leader) -> None:
    leader.house.scan(leader.resident()).measure("36.5")
    leader.signs_in().goes("notes").keys("write")
    writes(leader, "\x00回电 138 0000 1111\u202e 后 15:30 再来")
    leader.keys("keep").sees("本班 李* 回电 138 0000 1111 后 15:30 再来").back().goes("export").keys("CSV")
    (sheet,) = leader.stand.out.glob("*.csv")
    text = sheet.read_text("utf-8-sig")
    assert "备注 李*: 回电 *** 后 15:30 再来" in text
    leader.keys("PDF", "XLSX")
    assert {each.suffix for each in leader.stand.out.iterdir()} == {".csv", ".pdf", ".xlsx"}


def test_a_note_has_five_hundred_letters_at_most_and_an_empty_one_is_none(leader: Leader) -> None:
    leader.signs_in().goes("notes").keys("write")
    assert not leader.key("btn.key.keep").isEnabled()
    writes(leader, "长" * 600)
    leader.sees("500/500").keys("less").sees("0/500")
    assert not leader.key("btn.key.keep").isEnabled()


def test_a_volunteer_has_no_notes(leader: Leader) -> None:
    leader.scan(leader.resident()).measure("36.5").tap("btn.more").sees_not("备注")
