# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the street's own pages promise: the wall adds up, silence is no zero, a signature stays, a code works once."""

import io
import re
from dataclasses import replace

import openpyxl
import pytest
import xlsxwriter
from fastapi import FastAPI
from sqlalchemy import event as listening
from sqlalchemy import func, select, update

from kiosk.domain.codes import Attr, CaseKind, Direction, Priority, ReportStatus, TempOutcome, Verdict
from kiosk.domain.events import CaseOpened, Report
from kiosk.domain.identity import CaseId
from kiosk.domain.register import Operator, Person
from sync.office.compose import Office
from sync.office.store.tables import audit, enrol_token, phone_report, session
from tests.unit.office.browser import Page
from tests.unit.office.offices import C1, G1, G2, G3, START_MS, Clock, Tablet, enrolled, pass_id, person_id, resident
from tests.unit.office.pages import LEADER, Visitor, app_of, peopled, signed_in
from tests.unit.office.test_frame import multipart, token_of

DAY = "2020-02-20"
MINUTE = 60_000


@pytest.fixture
def street(office: Office) -> Office:
    peopled(office)
    with office.database.writing() as tx:
        office.book.put(tx, [row for n in range(4) for row in resident(n, name="诸葛亮")], START_MS)
    return office


@pytest.fixture
def app(street: Office) -> FastAPI:
    return app_of(street)


@pytest.fixture
def s(street: Office, app: FastAPI) -> Visitor:
    return signed_in(street, "S", app)


def clock_of(office: Office) -> Clock:
    assert isinstance(office.clock, Clock)
    return office.clock


def morning(office: Office) -> tuple[Tablet, Tablet]:
    """G1 with three passages and a fever, G2 with one; G3 is not in use."""
    one, two = enrolled(office, G1), enrolled(office, G2)
    one.passage(1, pass_id=pass_id(1), person=person_id(1))
    one.passage(2, at_ms=START_MS + 3_700_000, pass_id=pass_id(2), person=person_id(2))
    one.passage(3, Direction.OUT)
    one.passage(4, verdict=Verdict.HOLD, outcome=TempOutcome.FEVER_CONFIRMED, recorded=False)
    two.passage(5)
    one.send()
    two.send()
    return one, two


def sums(page: Page) -> dict[str, int]:
    found = re.search(r'<dl class="sums">(.*?)</dl>', page.text, re.DOTALL)
    assert found is not None
    return {name: int(value) for name, value in re.findall(r"<dt>(.*?)</dt><dd>(\d+)</dd>", found[1])}


def states(page: Page) -> list[str]:
    return re.findall(r'<li class="tile \w+">.*?<strong>(.*?)</strong>', page.text, re.DOTALL)


# ------------------------------------------------------------------------------------------------------------- wall


def test_the_walls_sums_are_those_of_its_gates_and_say_when_they_are_not_whole(street: Office, s: Visitor) -> None:
    morning(street)
    page = s.get("/wall")
    assert sums(page) == {"进": 3, "出": 1, "劝返": 0, "发热": 1, "等候复测": 0, "紧急未结": 0, "未上传": 0}
    assert "数字不完整:3 个门岗中 2 个在联系" in page.text
    assert "<script src=" in page.text


def test_gates_fall_silent_by_the_clock_and_the_worst_stands_first(street: Office, s: Visitor) -> None:
    morning(street)
    assert states(s.get("/wall")) == ["正常", "正常", "未启用"]
    clock_of(street).advance(15 * MINUTE + 1)
    assert states(s.get("/wall")) == ["迟", "迟", "未启用"]
    street_heard(street, G2)
    assert states(s.get("/wall")) == ["迟", "正常", "未启用"]
    clock_of(street).advance(45 * MINUTE)
    s = signed_in(street, "S", s.app)
    assert states(s.get("/wall")) == ["失联", "迟", "未启用"]


def street_heard(office: Office, gate: str) -> None:
    with office.database.writing() as tx:
        for device in office.devices.of_gate(tx, gate):
            office.devices.change(tx, device.id, {"last_seen_ms": office.clock.wall_ms()})


@pytest.mark.parametrize(
    ("values", "word"), [({"list_age_s": 25 * 3600}, "名单过旧"), ({"offset_ms": -300_000}, "时钟不对")]
)
def test_a_stale_list_and_a_wrong_clock_catch_the_eye(
    street: Office, s: Visitor, values: dict[str, int], word: str
) -> None:
    one, _ = morning(street)
    with street.database.writing() as tx:
        street.devices.change(tx, one.device, values)
    page = s.get("/wall")
    assert states(page)[0] == "须查看"
    assert word in page.text


def test_what_a_gate_brings_is_on_the_wall_at_the_next_look(street: Office, s: Visitor) -> None:
    one, _ = morning(street)
    assert sums(s.get("/wall"))["进"] == 3
    one.passage(6)
    one.send(len(one.events) - 1)
    assert sums(s.get("/wall"))["进"] == 4


def test_an_urgent_case_is_on_the_wall_until_it_is_closed(street: Office, s: Visitor) -> None:
    one, _ = morning(street)
    one.write(CaseOpened(CaseId("ca" * 16), CaseKind.FEVER, Priority.P1, None))
    one.send(len(one.events) - 1)
    page = s.get("/wall")
    assert sums(page)["紧急未结"] == 1
    assert states(page)[0] == "须查看"


def test_the_plot_says_in_words_what_it_draws(street: Office, s: Visitor) -> None:
    morning(street)
    assert "甘泉一村 1号门 按小时进出,共进 2 出 1" in s.get("/wall").text


def test_a_leader_sees_his_own_gates_on_the_wall(street: Office, app: FastAPI) -> None:
    morning(street)
    page = signed_in(street, "L", app).get("/wall")
    assert "西泰苑" not in page.text
    assert len(states(page)) == 2
    assert signed_in(street, "L", app).get("/wall?committee=J99").status == 404


# ----------------------------------------------------------------------------------------------------------- report


def made(s: Visitor, scope: str = "STREET") -> Page:
    return s.get(s.form(f"/report/{DAY}/make", {"scope": scope}).headers["location"])


def test_a_report_says_which_gates_are_missing_and_is_never_zero_for_them(street: Office, s: Visitor) -> None:
    morning(street)
    assert "还没有制表" in s.get(f"/report/{DAY}").text
    page = made(s)
    assert "第1版 不完整 0/3" in page.text
    assert "西泰苑 大门</th><td>" in page.text
    missing = re.search(r"西泰苑 大门</th><td>.*?未报</td>\s*<td></td><td></td>", page.text, re.DOTALL)
    assert missing is not None


def test_what_comes_later_makes_the_next_revision_with_what_differs(street: Office, s: Visitor) -> None:
    one, _ = morning(street)
    made(s)
    assert "没有新的记录" in made(s).text
    one.passage(7)
    one.send(len(one.events) - 1)
    page = made(s)
    assert "第2版" in page.text
    entered = re.search(r"<dt>进入人次</dt><dd>4 <span class=\"mark\">\+1</span>", page.text)
    assert entered is not None
    old = s.get(f"/report/{DAY}?scope=STREET&revision=1")
    assert "<dt>进入人次</dt><dd>3</dd>" in old.text
    assert "这不是最新一版" in old.text
    assert s.get(f"/report/{DAY}?scope=STREET&revision=3").status == 404


def test_a_signature_stands_for_the_revision_that_was_signed(street: Office, s: Visitor) -> None:
    one, _ = morning(street)
    made(s)
    s.form(f"/report/{DAY}/sign", {"scope": "STREET", "revision": "1"})
    assert "S员 签发" in s.get(f"/report/{DAY}").text
    one.passage(7)
    one.send(len(one.events) - 1)
    assert "S员 签发" not in made(s).text
    assert s.form(f"/report/{DAY}/sign", {"scope": "STREET", "revision": "1"}).status == 409
    assert "S员 签发" in s.get(f"/report/{DAY}?revision=1").text


def test_a_gates_own_closing_makes_it_reported(street: Office, s: Visitor) -> None:
    one, two = morning(street)
    for tablet in (one, two):
        closing = Report(DAY, 1, {"entered": 1}, "ab" * 32, ReportStatus.REPORTED, len(tablet.events))
        tablet.write(closing)
        tablet.send(len(tablet.events) - 1)
    page = made(s)
    assert "第1版 不完整 2/3" in page.text
    assert "第1版 已报 1/1" in made(s, G1).text


def test_a_day_that_has_not_come_and_a_scope_out_of_reach_are_not_there(street: Office, app: FastAPI) -> None:
    s = signed_in(street, "S", app)
    assert s.get("/report/2020-02-21").status == 404
    assert s.get("/report/yesterday").status == 404
    leader = signed_in(street, "L", app)
    assert leader.get(f"/report/{DAY}?scope=STREET").status == 404
    assert leader.get(f"/report/{DAY}?scope={G3}").status == 404
    assert leader.form(f"/report/{DAY}/make", {"scope": "STREET"}).status == 404
    assert leader.get(f"/report/{DAY}?scope={G1}").status == 200


def test_the_report_leaves_as_a_sheet_with_every_column_and_scope(street: Office, s: Visitor) -> None:
    morning(street)
    made(s)
    got = s.form(f"/report/{DAY}/export", {"format": "xlsx", "f.scope": "STREET", "f.revision": ""})
    page = openpyxl.load_workbook(io.BytesIO(got.content)).active
    head = [cell.value for cell in page[4]]
    assert head == ["栏目", "全街道", "比上一版", "甘泉一村居委会"]
    rows = {row[0].value: [cell.value for cell in row[1:]] for row in page.iter_rows(min_row=5)}
    assert rows["进入人次"] == [3, None, 3]
    assert list(rows)[:4] == ["进入人次", "外出人次", "进入人数(去重)", "其中居民"]
    assert len(rows) >= 50


def test_the_attached_sheets_leave_with_masked_names(street: Office, s: Visitor) -> None:
    one, _ = morning(street)
    case = CaseOpened(CaseId("ca" * 16), CaseKind.FEVER, Priority.P2, None)
    one.write(case)
    one.send(len(one.events) - 1)
    fever = s.form(f"/report/{DAY}/attached", {"scope": "STREET", "kind": "fever"})
    page = openpyxl.load_workbook(io.BytesIO(fever.content)).active
    assert [page["B5"].value, page["F5"].value] == ["1号门", "P2"]
    zero = s.form(f"/report/{DAY}/attached", {"scope": "STREET", "kind": "zero"})
    page = openpyxl.load_workbook(io.BytesIO(zero.content)).active
    assert [cell.value for cell in page[5]] == [3, 1, 0, 0, 0, 0, 1]


def district(formula: str = "") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("日报")
        page.write_number("C5", 0)
        page.write_formula("D5", formula or "=C5*2", None, 0)
    return out.getvalue()


def test_the_districts_own_sheet_is_mapped_once_and_filled_each_day(street: Office, s: Visitor) -> None:
    morning(street)
    made(s)
    body, headers = multipart(token_of(s), district(), "../区日报.xlsx")
    kept = s.send_body("/report/template/bring", body, headers)
    assert kept.status == 303
    at = kept.headers["location"]
    assert "区日报.xlsx" in s.get(at).text
    for text, fault in (
        ("C5 = nothing", "没有这个栏目"), ("C5 - entered", "写法不对"), ("C5 = entered@J99", "没有这个范围"),
        ("D5 = entered", "公式"), ("别表!C5 = entered", "没有这张工作表"),
    ):  # fmt: skip
        page = s.form(f"{at}/save", {"mapping": f"# 区\n{text}"})
        assert page.status == 422
        assert fault in page.text
    assert s.form(f"{at}/save", {"mapping": "C5 = 进入人次\nF5 = entered@J01\nB2 = @date\n"}).status == 303
    got = s.form(f"/report/{DAY}/district", {"scope": "STREET", "revision": "1", "template": at.rpartition("/")[2]})
    page = openpyxl.load_workbook(io.BytesIO(got.content))["日报"]
    assert [page[ref].value for ref in ("C5", "F5", "B2", "D5")] == [3, 3, DAY, "=C5*2"]


# ----------------------------------------------------------------------------------------------------------- silent


def test_a_silent_gate_stands_with_the_phones_of_its_leader(street: Office, s: Visitor) -> None:
    morning(street)
    with street.database.writing() as tx:
        card = street.book.register.get(tx, Operator, LEADER)
        assert card is not None
        street.book.put(tx, [replace(card, gates=(G1, G2, G3))], START_MS)
    page = s.get(f"/silent?day={DAY}")
    assert "3 个门岗中 1 个失联" in page.text
    assert "13800001111" in page.text
    assert "1号门" not in page.text


def test_what_is_told_by_phone_enters_no_figure_and_goes_when_records_come(street: Office, s: Visitor) -> None:
    morning(street)
    told = {"day": DAY, "gate": G3, "entered": "１２", "left": "3", "fever": "0"}
    assert s.form("/silent/told", told).status == 303
    page = made(s)
    assert "进 12 出 3 发热 0" in page.text
    assert "<dt>进入人次</dt><dd>3</dd>" in page.text
    late = enrolled(street, G3)
    late.passage(1)
    late.send()
    assert "进 12 出 3" not in s.get(f"/report/{DAY}").text
    s.form("/silent/told", told)
    with street.database.reading() as tx:
        assert tx.execute(select(func.count()).select_from(phone_report)).scalar_one() == 1


@pytest.mark.parametrize("entered", ["", "-1", "1e9", "123456", "<b>"])
def test_what_is_no_number_is_said_beside_the_field(street: Office, s: Visitor, entered: str) -> None:
    page = s.form("/silent/told", {"day": DAY, "gate": G1, "entered": entered, "left": "1", "fever": "0"})
    assert page.status == 422
    assert 'class="fault"' in page.text


# ---------------------------------------------------------------------------------------------------------- devices


def test_a_code_is_shown_once_and_works_once(street: Office, s: Visitor) -> None:
    page = s.form(f"/devices/{G1}/enrol")
    token = re.search(r'name="token" value="([0-9a-f]{32})"', page.text)
    assert token is not None
    paper = s.form(f"/devices/{G1}/paper", {"token": token[1]})
    assert paper.content.startswith(b"%PDF")
    assert s.form(f"/devices/{G1}/paper", {"token": "0" * 32}).status == 409
    assert s.form(f"/devices/{G2}/paper", {"token": token[1]}).status == 409
    with street.database.reading() as tx:
        assert token[1].encode() not in b"".join(tx.execute(select(enrol_token.c.token_hash)).scalars())
    assert token[1] not in s.get(f"/devices/{G1}").text


def test_a_withdrawn_tablet_is_refused_and_shown_so(street: Office, s: Visitor) -> None:
    one, _ = morning(street)
    assert s.form(f"/devices/{G1}/revoke", {"device": one.device, "kind": "lost"}).status == 303
    with street.database.reading() as tx:
        found = street.devices.get(tx, one.device)
    assert found is not None
    assert found.state == "REVOKED"
    assert "已停用" in s.get("/devices").text
    assert s.form(f"/devices/{G1}/revoke", {"device": one.device, "kind": "lost"}).status == 409
    assert s.form(f"/devices/{G2}/revoke", {"device": one.device, "kind": "lost"}).status == 404


def test_a_fresh_log_is_ordered_once(street: Office, s: Visitor) -> None:
    one, _ = morning(street)
    assert s.form(f"/devices/{G1}/rebuild", {"device": one.device}).status == 303
    answer = street.exchange.sync(one.request())
    assert getattr(answer, "order", None) is not None
    assert s.form(f"/devices/{G1}/rebuild", {"device": one.device}).status == 409


# ----------------------------------------------------------------------------------------------------- users, audit


def test_a_closed_account_is_out_at_once(street: Office, s: Visitor, app: FastAPI) -> None:
    leader = signed_in(street, "L", app)
    with street.database.reading() as tx:
        user = street.accounts.user(tx, "L")
    assert user is not None
    assert s.form(f"/users/{user.id}/close").status == 303
    assert leader.get("/wall").status == 303
    assert leader.post("/login", {"login": "L", "password": "long enough for us"}).status == 403


def test_a_role_changed_by_two_ends_the_accounts_sessions(street: Office, s: Visitor, app: FastAPI) -> None:
    leader = signed_in(street, "L", app)
    with street.database.reading() as tx:
        user = street.accounts.user(tx, "L")
    assert user is not None
    s.form(f"/users/{user.id}/change", {"role": "C", "committee": "J01"})
    second = signed_in(street, "S2", app)
    asked = re.search(
        r'/approvals/approve".*?name="id" value="([0-9a-f]{32})"', second.get("/approvals").text, re.DOTALL
    )
    assert asked is not None
    assert leader.get("/wall").status == 200
    assert second.form("/approvals/approve", {"id": asked[1]}).status == 303
    assert leader.get("/wall").status == 303
    again = signed_in(street, "L", app)
    assert "西泰苑" in again.get("/wall").text


def test_a_pin_is_shown_once_and_kept_as_a_hash(street: Office, s: Visitor) -> None:
    page = s.form(f"/users/card/{LEADER}/pin")
    pin = re.search(r'class="pin">(\d{6})<', page.text)
    assert pin is not None
    with street.database.reading() as tx:
        card = street.book.register.get(tx, Operator, LEADER)
    assert card is not None
    assert card.pin_hash is not None
    assert card.pin_hash.startswith("$argon2id$")
    assert pin[1] not in s.get(f"/users/card/{LEADER}").text


def test_the_audit_is_searched_and_its_chain_checked(street: Office, s: Visitor) -> None:
    s.form("/reveal", {"kind": "person", "id": person_id(1), "back": "/", "why": "家属来电"})
    page = s.get("/audit", q="家属")
    assert page.text.count("家属来电") == 3
    assert "name.reveal" in page.text
    assert "没有符合的记录" in s.get("/audit", q="无此").text
    assert "记录链完整" in s.get(s.form("/audit/check").headers["location"]).text
    with street.database.writing() as tx:
        tx.execute(update(audit).where(audit.c.seq == 3).values(canon=b"{}"))
    assert "第 3 条断开" in s.get(s.form("/audit/check").headers["location"]).text


def test_refusals_are_found_by_themselves(street: Office, s: Visitor, app: FastAPI) -> None:
    signed_in(street, "H", app).get("/users")
    page = s.get("/audit", refused="1")
    assert "被拒" in page.text
    assert "role.grant" in page.text.partition("<tbody>")[2]


# -------------------------------------------------------------------------------------------------------- screening


def elderly(office: Office, number: int) -> None:
    with office.database.writing() as tx:
        person = office.book.register.get(tx, Person, person_id(number))
        assert person is not None
        office.book.put(tx, [replace(person, attrs=frozenset({Attr.ELDERLY}))], START_MS)


def test_the_frail_who_were_not_seen_stand_on_the_list_until_ticked(street: Office, app: FastAPI) -> None:
    c = signed_in(street, "C", app)
    elderly(street, 1)
    elderly(street, 3)
    morning(street)
    page = c.get("/screening", compound=C1)
    care = page.text.partition("多日未见")[2].partition("</section>")[0]
    keys = re.findall(r'name="(pick\.care\.[0-9a-f]+)"', care)
    assert keys == [f"pick.care.{person_id(3)}"]
    assert "诸葛亮" in care
    assert c.form("/screening/tick", {"compound": C1, keys[0]: "on", "pick.care.none": "on"}).status == 303
    after = c.get("/screening", compound=C1).text.partition("多日未见")[2].partition("</section>")[0]
    assert "C员" in after
    assert "checkbox" not in after


def test_the_street_sees_names_masked_and_the_health_centre_only_its_lists(street: Office, app: FastAPI) -> None:
    elderly(street, 3)
    text = signed_in(street, "S", app).get("/screening", compound=C1).text
    assert "诸*" in text
    assert "诸葛亮" not in text
    assert "诸" not in signed_in(street, "H", app).get("/screening", compound=C1).text


# ---------------------------------------------------------------------------------------------------- constant count


def statements(office: Office, visitor: Visitor, path: str) -> int:
    seen: list[str] = []

    def noted(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    listening.listen(office.database.engine, "before_cursor_execute", noted)
    try:
        assert visitor.get(path).status == 200
    finally:
        listening.remove(office.database.engine, "before_cursor_execute", noted)
    return sum(not statement.startswith(("BEGIN", "COMMIT", "SAVEPOINT")) for statement in seen)


@pytest.mark.parametrize(
    "path", ["/", "/wall", f"/report/{DAY}", f"/silent?day={DAY}", "/devices", "/screening", "/audit"]
)
def test_a_page_asks_as_often_for_many_as_for_one(street: Office, s: Visitor, path: str) -> None:
    morning(street)
    few = statements(street, s, path)
    elderly(street, 3)
    late = enrolled(street, G3)
    for number in range(30):
        late.passage(number)
    late.send()
    many = statements(street, s, path)
    assert many <= few + 1, path
    assert many <= 30


def test_nothing_of_a_session_stands_in_the_database_as_it_is_sent(street: Office, s: Visitor) -> None:
    with street.database.reading() as tx:
        kept = tx.execute(select(session.c.id_hash)).scalars().all()
    assert bytes.fromhex(s.cookies["__Host-gh"]) not in kept
