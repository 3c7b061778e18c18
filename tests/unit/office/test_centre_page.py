# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The health centre's day, and papers with nobody's name on them (trust.md 3 column H, domain.md 11 and 18)."""

import pypdfium2
import pytest
from sqlalchemy import select

from kiosk.domain.codes import CaseKind, Priority, Told
from kiosk.domain.events import CaseOpened
from kiosk.domain.identity import CaseId, PassageId
from kiosk.domain.instants import DAY_MS
from sync.office.compose import Office
from sync.office.store.tables import audit
from tests.unit.office.offices import enrolled
from tests.unit.office.pages import PASSWORD, signed_in
from tests.unit.office.test_isolation_page import at, next_day, record
from tests.unit.office.test_people_page import ZHANG, lived_in

__all__ = ["lived_in"]


@pytest.fixture
def feverish(lived_in: Office) -> Office:
    """Two cases of 张三, of which the centre is told; one of somebody unknown, of which it is not."""
    tablet = enrolled(lived_in)
    key = tablet.passage(1, person=ZHANG).c.partition('"passage":"')[2][:32]
    for number in ("c", "d"):
        tablet.write(
            CaseOpened(CaseId(number * 32), CaseKind.FEVER, Priority.P1, passage=PassageId(key), told=(Told.HEALTH,))
        )
    tablet.write(CaseOpened(CaseId("e" * 32), CaseKind.TAILGATE, Priority.P3, told=(Told.LEADER,)))
    tablet.send()
    return lived_in


def audited(office: Office) -> str:
    with office.database.reading() as tx:
        return b"\n".join(tx.execute(select(audit.c.canon)).scalars()).decode()


def pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    # The font sets a hair of space between 中文 and digits.
    texts = [page.get_textpage().get_text_range().replace(" ", "") for page in document]
    document.close()
    return texts


def test_the_centre_sees_its_isolated_persons_by_building_with_phone_and_room_and_the_audit_knows(
    lived_in: Office,
) -> None:
    page = next_day(lived_in).get("/centre").text
    assert "3号楼 · 1" in page
    assert "3-1-502 李四" in page
    assert "13800003333" in page
    assert "上午 待测" in page
    assert "phone.read" in audited(lived_in)


def test_the_street_sees_them_masked_and_a_leader_without_phone(lived_in: Office) -> None:
    for role in ("S", "L"):
        page = next_day(lived_in, role=role).get("/centre").text
        assert "李四" not in page, role
        assert "13800003333" not in page, role
        assert 'href="tel:"' not in page, role


def test_what_was_taken_and_missed_is_counted_for_today(lived_in: Office) -> None:
    nurse = next_day(lived_in)
    nurse.form("/route/enter", {"isolation": record(lived_in).id, "temp": "366"})
    page = nurse.get("/centre").text
    assert "<dd>1 / 1</dd>" in page
    at(lived_in, 3 * DAY_MS)
    assert 'class="loud"' in signed_in(lived_in, "H").get("/centre").text


def test_cases_of_which_the_centre_is_told_stand_there_each_with_its_person(feverish: Office) -> None:
    page = signed_in(feverish, "H").get("/centre").text
    assert "转来的案件 2" in page
    assert page.count("1-1-301 张三") == 2, "one person may have several cases"
    assert "尾随" not in page
    listed = signed_in(feverish, "H").get("/cases").text
    assert listed.count("张三") == 2


def test_the_route_leaves_as_a_sheet_in_building_order_with_blanks(lived_in: Office) -> None:
    sheet = next_day(lived_in).form("/centre/export", {"format": "csv", "password": PASSWORD}).text
    assert "3-1-502" in sheet
    assert "李四" in sheet


def test_the_three_papers_are_blank_but_for_the_compound(lived_in: Office) -> None:
    texts = pages(signed_in(lived_in, "C").get("/print/isolation", c="C01").content)
    assert len(texts) == 3
    assert "甘泉一村" in texts[0]
    assert "021-00550110" in texts[0]
    assert not any("李四" in text for text in texts)
    assert len(pages(signed_in(lived_in, "H").get("/print/isolation").content)) == 3


def test_a_gate_sheet_is_of_one_gate_and_day_with_its_lines_numbered_through(lived_in: Office) -> None:
    visitor = signed_in(lived_in, "L")
    texts = pages(visitor.get("/print/gate", gate="G01", day="2020-02-21", pages="2").content)
    assert len(texts) == 2
    assert "1号门" in texts[0]
    assert "2020年2月21日" in texts[1]
    assert "38" in texts[1]
    assert visitor.get("/print/gate", gate="G03").status == 404
    assert visitor.get("/print/nothing").status == 404


@pytest.mark.parametrize("pages_asked", ["0", "21", "x"])
def test_pages_that_nobody_means_are_refused_beside_the_field(lived_in: Office, pages_asked: str) -> None:
    page = signed_in(lived_in, "C").get("/print/sign", c="C01", pages=pages_asked)
    assert page.status == 422
    assert "请填数字" in page.text


def test_a_list_to_sign_says_what_and_where(lived_in: Office) -> None:
    asked = {"c": "C01", "building": "3", "what": "出入证", "pages": "2"}
    texts = pages(signed_in(lived_in, "C").get("/print/sign", **asked).content)
    assert len(texts) == 2
    assert "出入证" in texts[0]
    assert "签收表" in texts[1]
