# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The clerk's pages for the returnee platform's list: look, take, decide, take back (interface.md 12)."""

import re

import pytest

from sync.office.compose import Office
from sync.office.imports.matching import Match
from sync.office.service.platform import NotNow, PlatformFault, PlatformLine, PlatformPage
from sync.office.service.returns import Returnee, Returns
from tests.unit.office.browser import Page
from tests.unit.office.offices import C1, C2, START_MS, person_id, resident
from tests.unit.office.pages import Visitor, peopled, signed_in, uploaded

SHEET = (
    "记录编号,姓名,联系电话,小区,地址,来自,抵沪日期\n"
    "P1,张三,10000000001,甘泉一村,,<b>湖北</b>,2020-02-18\n"
    "P2,张三,,西泰苑,,安徽,2020-02-19\n"
    "P3,<i>周八</i>,,西泰苑,,安徽,2020-02-19\n"
)


@pytest.fixture
def clerk(office: Office) -> Visitor:
    peopled(office)
    with office.database.writing() as tx:
        for one in (resident(1), resident(2, name="李四"), resident(3, C2), resident(4, C2)):
            office.book.put(tx, one, START_MS)
    return signed_in(office, "C")


def looked(clerk: Visitor, text: str = SHEET, compound: str = "*") -> tuple[str, Page]:
    answer = uploaded(clerk, "/returnees/file/bring", {"compound": compound}, text.encode())
    assert answer.status == 303, answer.text
    place = answer.headers["location"]
    return place, clerk.get(place)


def taken(clerk: Visitor, text: str = SHEET, rows: str = "all") -> Page:
    place, page = looked(clerk, text)
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', page.text)
    assert digest is not None
    return clerk.form(f"{place}/take", {"digest": digest[1], "rows": rows})


def records(office: Office) -> dict[str, Returnee]:
    with office.database.reading() as tx:
        return {one.record.ref: one for one in Returns(office.book, office.vault, office.audit).all(tx)}


def test_a_list_is_looked_at_first_then_taken_then_taken_back(office: Office, clerk: Visitor) -> None:
    _, page = looked(clerk)
    assert "已匹配 1" in page.text
    assert "多个可能 1" in page.text
    assert records(office) == {}
    done = taken(clerk)
    assert "新增 3" in clerk.get(done.headers["location"]).text
    assert {ref: one.match for ref, one in records(office).items()} == {
        "P1": Match.MATCHED, "P2": Match.DOUBTFUL, "P3": Match.NONE,
    }  # fmt: skip
    assert "上次导入" in clerk.get("/returnees/file").text
    clerk.form("/returnees/file/undo")
    assert records(office) == {}


def test_what_the_platform_writes_never_becomes_markup(clerk: Visitor) -> None:
    _, page = looked(clerk)
    taken(clerk)
    for shown in (page, clerk.get("/returnees?match=all")):
        assert "&lt;b&gt;" in shown.text
        assert "<b>湖北" not in shown.text
        assert "<i>周八" not in shown.text


def test_the_doubtful_come_first_and_the_clerk_says_who_it_is(office: Office, clerk: Visitor) -> None:
    taken(clerk)
    page = clerk.get("/returnees")
    (at,) = set(re.findall(r'href="(/returnees/[0-9a-f]{32})"', page.text))
    one = clerk.get(at)
    assert person_id(3) in one.text
    assert person_id(4) in one.text
    assert "姓名相同" in one.text
    assert clerk.form(f"{at}/decide", {"person": person_id(4)}).status == 303
    assert (records(office)["P2"].match, records(office)["P2"].person) == (Match.MATCHED, person_id(4))
    assert records(office)["P2"].by_hand
    assert f"/people/{person_id(4)}" in clerk.get(at).text


def test_whoever_is_not_among_them_is_looked_for_or_said_to_be_nobody_of_ours(office: Office, clerk: Visitor) -> None:
    taken(clerk)
    at = f"/returnees/{records(office)['P3'].id}"
    assert person_id(2) in clerk.form(f"{at}/look", {"q": "李四"}).text
    assert person_id(2) in clerk.form(f"{at}/look", {"q": "3-1-302"}).text
    assert "没有这样的人" in clerk.form(f"{at}/look", {"q": "无此人"}).text
    assert clerk.form(f"{at}/dismiss").status == 303
    assert records(office)["P3"].match is Match.DISMISSED
    assert clerk.form(f"{at}/dismiss").status == 409


def test_the_street_sees_masked_names_and_opens_them_with_a_reason(office: Office, clerk: Visitor) -> None:
    taken(clerk)
    street = signed_in(office, "S")
    assert "张三" not in street.get("/returnees?match=all").text
    at = f"/returnees/{records(office)['P3'].id}"
    asked = street.form(f"{at}/look", {"q": "李四"})
    assert person_id(2) not in asked.text
    shown = street.form(f"{at}/look", {"q": "李四", "why": "核对返沪记录"})
    assert person_id(2) in shown.text


def test_a_list_is_its_clerks_alone_and_a_record_its_compounds_alone(office: Office, clerk: Visitor) -> None:
    place, _ = looked(clerk)
    taken(clerk)
    street = signed_in(office, "S")
    assert street.get(place).status == 404
    assert clerk.get(f"/returnees/{'0' * 32}").status == 404
    at = f"/returnees/{records(office)['P3'].id}"
    assert clerk.form(f"{at}/decide", {"person": "0" * 32}).status == 404


def test_errors_stand_first_and_stop_the_whole_list(office: Office, clerk: Visitor) -> None:
    bad = SHEET + "P9,王五,1.38E+10,西泰苑,,安徽,2020-02-19\n"
    _, page = looked(clerk, bad)
    assert "数字被表格改写" in page.text
    assert taken(clerk, bad).status == 422
    assert records(office) == {}
    taken(clerk, bad, rows="good")
    assert len(records(office)) == 3


def test_a_column_that_nobody_knows_is_said_by_the_clerk_and_remembered(clerk: Visitor) -> None:
    text = "姓名,哪天到的\n张三,2020-02-18\n"
    place, page = looked(clerk, text, compound=C1)
    assert "缺少这一列" in page.text
    clerk.form(f"{place}/choose", {"column.0.1": "arrived"})
    page = clerk.get(place)
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', page.text)
    assert digest is not None
    clerk.form(f"{place}/take", {"digest": digest[1], "rows": "all"})
    _, page = looked(clerk, text.replace("张三", "李四"), compound=C1)
    assert "新增 1" in page.text


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", "没有\n1\n".encode()])
def test_what_is_no_list_is_refused_with_its_reason(clerk: Visitor, content: bytes) -> None:
    answer = uploaded(clerk, "/returnees/file/bring", {"compound": "*"}, content)
    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.text


def test_the_record_stands_beside_the_two_evidences_and_on_the_mornings_list(office: Office, clerk: Visitor) -> None:
    ask = f"/passes/new/{person_id(1)}"
    assert "记录截至" not in clerk.get(ask).text
    taken(clerk)
    page = clerk.get(ask)
    assert "2020-02-18 抵沪" in page.text
    assert 'value="P1"' in page.text
    assert re.search(r'<option value="OTHER_REGION" selected>|<option value="KEY_REGION" selected>', page.text)
    assert "没有此人" in clerk.get(f"/passes/new/{person_id(2)}").text
    assert "(1)" in clerk.get(f"/screening?compound={C1}").text


def test_a_whole_building_leaves_out_whoever_the_platform_knows_to_be_back(office: Office, clerk: Visitor) -> None:
    taken(clerk)
    with office.database.writing() as tx:
        for number in (1, 2):
            office.issue.revoke(tx, resident(number)[2].id, START_MS, by="t", why="t")
    form = {"compound": C1, "building": "", "code": "GREEN", "platform": "NONE", "days": "20", "why": "首发"}
    told = clerk.form("/passes/batch", form)
    assert "已签发 1 张" in clerk.get(told.headers["location"]).text


def test_the_lines_page_says_how_it_stands_and_has_it_asked(office: Office, clerk: Visitor) -> None:
    assert "还没有接通" in clerk.get("/returnees/platform").text
    assert clerk.form("/returnees/platform/ask").status == 409
    answers: list[PlatformPage | NotNow] = [PlatformPage([None], "1", more=False), NotNow(PlatformFault.REFUSED)]

    class Scripted:
        name = "platform.test"

        def page(self, after: str) -> PlatformPage | NotNow:
            assert after in ("", "1")
            return answers.pop(0)

    returns = Returns(office.book, office.vault, office.audit)
    line = PlatformLine(office.database, office.book, returns, office.ids, office.clock)
    line.fetch(Scripted())
    page = clerk.get("/returnees/platform").text
    assert "接口正常" in page
    assert "平台给的格式不对" in page
    assert line.fetch(Scripted()) is None
    clerk.form("/returnees/platform/ask")
    assert line.fetch(Scripted()) is not None
    page = clerk.get("/returnees/platform").text
    assert "平台不认我们的令牌" in page
    assert "platform.test" in page
