# SPDX-License-Identifier: LicenseRef-Gatehouse
"""交接单 on paper: what it holds, what it never names, that each one is recorded (5.12, domain.md section 14)."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtWidgets import QApplication

from kiosk.domain.codes import ReadingSource, Site
from kiosk.domain.events import Export
from tests.robots.leader_stand import Leader, LeaderStand


@pytest.fixture
def leader(qapp: QApplication, tmp_path: Path) -> Iterator[Leader]:
    stand = LeaderStand(tmp_path)
    stand.window.show()
    QApplication.processEvents()
    yield Leader(stand)
    stand.close()


def a_shift(leader: Leader) -> None:
    """One in, one confirmed fever with an open case, one who rests, a note."""
    house = leader.house
    house.scan(leader.resident("张伟", "3-1-502")).measure("36.5")
    fever = house.scan(leader.resident("李娜", "7-1-101")).measure("37.8").passage
    house.later(302)
    house.app.desk.reading(fever, "37.6", Site.FOREHEAD, ReadingSource.TYPED)
    house.scan(leader.resident("王芳", "8-1-202")).measure("37.5")
    leader.stand.model.home()


def text_of(file: Path) -> str:
    with pypdfium2.PdfDocument(file) as pdf:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def test_the_leaders_sheet_holds_what_the_next_shift_must_know(leader: Leader) -> None:
    a_shift(leader)
    leader.signs_in().goes("notes").keys("write").goes("add.next").keys("keep").back()
    leader.goes("handover").sees("姓名已脱敏").keys("make").sees("没有打印机,已存为")
    (file,) = leader.stand.out.glob("*.pdf")
    text = text_of(file)
    for said in ("交接单", "Handover sheet", "合阳小区", "未结案件", "Open cases", "P2", "李*", "37.8 / 37.6",
                 "请下一班跟进", "待复测", "卫生中心", "门长"):  # fmt: skip
        assert said in text, said
    for never in ("李娜", "王芳", "101", "5600"):
        assert never not in text, never
    (event,) = leader.kept(Export)
    assert event.kind == "HANDOVER"


def test_with_a_printer_it_is_printed(leader: Leader) -> None:
    leader.stand.printer = True
    leader.signs_in().goes("handover").keys("make").sees("已送打印机")
