# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The clerk's page for a committee's spreadsheet: look first, then take, and take back (interface.md 12.1)."""

import re

import pytest

from kiosk.domain.register import Person
from sync.office.compose import Office
from tests.unit.office.browser import ORIGIN, Page
from tests.unit.office.offices import C1, C2
from tests.unit.office.pages import Visitor, peopled, signed_in

SHEET = "楼号,室号,姓名,电话\n1,301,张三,13800000000\n1,302,<b>李四</b>,13900000000\n"


@pytest.fixture
def clerk(office: Office) -> Visitor:
    peopled(office)
    return signed_in(office, "C")


def bring(clerk: Visitor, text: str, compound: str = C1, which: str = "part", name: str = "名册.csv") -> Page:
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', clerk.get("/import").text)
    assert token is not None
    parts = {"csrf": token[1], "compound": compound, "which": which}
    body = "".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts.items())
    body += f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{text}\r\n--x--\r\n'
    headers = {**ORIGIN, "content-type": "multipart/form-data; boundary=x"}
    return clerk.send_body("/import/bring", body.encode(), headers)


def looked(clerk: Visitor, text: str, **how: str) -> tuple[str, Page]:
    answer = bring(clerk, text, **how)
    assert answer.status == 303, answer.text
    place = answer.headers["location"]
    return place, clerk.get(place)


def digest(page: Page) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]+)"', page.text)
    assert found is not None
    return found[1]


def residents(office: Office, compound: str = C1) -> set[str]:
    with office.database.reading() as tx:
        return {one.name for one in office.book.register.all(tx, Person, compound_id=compound)}


def test_a_file_is_looked_at_first_then_taken_then_taken_back(office: Office, clerk: Visitor) -> None:
    place, page = looked(clerk, SHEET)
    assert "新增 2" in page.text
    assert residents(office) == set()
    done = clerk.form(f"{place}/take", {"digest": digest(page), "rows": "all"})
    assert done.status == 303
    assert "新增 2" in clerk.get(done.headers["location"]).text
    assert residents(office) == {"张三", "<b>李四</b>"}
    assert "上次导入" in clerk.get("/import").text
    clerk.form("/import/undo", {"compound": C1})
    assert residents(office) == set()


def test_names_in_a_file_never_become_markup(clerk: Visitor) -> None:
    _, page = looked(clerk, SHEET)
    assert "<b>李四" not in page.text
    assert "&lt;b&gt;李四" in page.text


def test_errors_stand_first_and_stop_the_whole_file(office: Office, clerk: Visitor) -> None:
    place, page = looked(clerk, SHEET + "1,303,王五,1.38E+10\n")
    assert "数字被表格改写" in page.text
    refused = clerk.form(f"{place}/take", {"digest": digest(page), "rows": "all"})
    assert refused.status == 422
    assert residents(office) == set()
    clerk.form(f"{place}/take", {"digest": digest(page), "rows": "good"})
    assert len(residents(office)) == 2


def test_whoever_is_missing_from_a_full_list_is_asked_about_twice(office: Office, clerk: Visitor) -> None:
    place, page = looked(clerk, SHEET)
    clerk.form(f"{place}/take", {"digest": digest(page), "rows": "all"})
    place, page = looked(clerk, SHEET.rsplit("\n", 2)[0] + "\n", which="whole")
    assert "迁出 1" in page.text
    assert clerk.form(f"{place}/take", {"digest": digest(page), "rows": "all"}).status == 422
    clerk.form(f"{place}/take", {"digest": digest(page), "rows": "all", "gone_too": "on"})
    assert residents(office) == {"张三"}


def test_columns_that_nobody_knows_are_said_by_the_clerk(clerk: Visitor) -> None:
    place, page = looked(clerk, "楼号,哪间,姓名\n1,301,张三\n")
    assert "缺少这一列" in page.text
    clerk.form(f"{place}/choose", {"which": "part", "column.0.1": "room"})
    assert "新增 1" in clerk.get(place).text


@pytest.mark.parametrize("text", ["", "%PDF-1.7", "nothing known here\n1\n"])
def test_what_is_no_roster_is_refused_with_its_reason(clerk: Visitor, text: str) -> None:
    answer = bring(clerk, text)
    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.text


def test_a_file_is_its_clerks_alone_and_his_compounds_alone(office: Office, clerk: Visitor) -> None:
    place, _ = looked(clerk, SHEET)
    assert signed_in(office, "S").get(place).status == 404
    assert bring(clerk, SHEET, compound="C99").status == 422
    assert clerk.form("/import/undo", {"compound": "C99"}).status == 404


def test_a_file_that_was_dropped_changes_nothing(office: Office, clerk: Visitor) -> None:
    place, page = looked(clerk, SHEET, compound=C2)
    assert clerk.form(f"{place}/drop").status == 303
    assert clerk.form(f"{place}/take", {"digest": digest(page), "rows": "all"}).status == 404
    assert residents(office, C2) == set()
