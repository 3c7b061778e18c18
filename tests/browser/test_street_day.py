# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A street's day, walked in a real Chromium with a real tablet beside it, on SQLite and on PostgreSQL.

The roster comes in, passes are issued and printed, a tablet is enrolled by the code on the screen, a printed card is
let in, somebody has a fever, the leader reads his night, the day is reported, revised and signed, and what is too old
is destroyed.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

import assets
from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.app.desk import Arriving, Outsider
from kiosk.app.views import PassageView
from kiosk.compose import OpenGate, open_gate
from kiosk.domain.codes import Category, CodeColour, MemberSource, ReadingSource, Site, TempOutcome, Verdict
from kiosk.domain.identity import GateId, OperatorId
from kiosk.domain.instants import shanghai
from kiosk.domain.register import Operator
from sync.client.enrol import EnrolFault, read_code
from sync.office.service.accounts import Role, User
from tests.browser.lively import PASSWORD
from tests.integration.street import Running, serving
from tests.integration.test_real_gate import syncing, until
from tests.postgres import ENGINES, Cluster
from ui.cli.enrolling import Tablet, enrol

pytestmark = pytest.mark.browser
ROSTER = "楼号,室号,姓名,电话\n1,301,张三,13800000000\n1,302,李四,13900000000\n2,101,王小明,13700000000\n"


@pytest.fixture(scope="module", params=ENGINES)
def street(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    cluster: Cluster | None = None if request.param == "sqlite" else request.getfixturevalue("postgres")
    url = "" if cluster is None else cluster.fresh()
    with serving(tmp_path_factory.mktemp("day") / "office", db=url, clock=Ahead()) as running:
        _staffed(running)
        yield running
    if cluster is not None:
        cluster.drop(url)


def _staffed(running: Running) -> None:
    """A second officer, and the leader of both gates with an account for his phone."""
    office = running.office
    now_ms = office.clock.wall_ms()
    leader = Operator(
        OperatorId("leader0001"),
        "L",
        "王门长",
        MemberSource.STREET,
        "13800001111",
        gates=(GateId("G01"), GateId("G02")),
    )
    with office.database.writing() as tx:
        office.book.put(tx, [leader], now_ms)
        for login, role, operator in (("street2", Role.STREET, None), ("leader", Role.GATE_LEADER, leader.id)):
            made = office.accounts.add(tx, login, f"{login}员", role, PASSWORD, now_ms, by="init")
            assert isinstance(made, User), made
            office.accounts.change(tx, login, now_ms, by="init", role=role, operator=operator)


class Ahead(SystemClock):
    """A tablet's clock that can be set ahead: nobody waits ten minutes at a wait spot for a test."""

    def __init__(self) -> None:
        super().__init__()
        # Before midnight everybody's is past it, so that the whole walk is of one day.
        now = shanghai(super().wall_ms())
        self._ahead_ms = 40 * 60_000 if (now.hour, now.minute) >= (23, 30) else 0
        self.day = f"{shanghai(self.wall_ms()):%Y-%m-%d}"

    def later(self, minutes: int) -> None:
        self._ahead_ms += minutes * 60_000

    def wall_ms(self) -> int:
        return super().wall_ms() + self._ahead_ms

    def mono_ms(self) -> int:
        return super().mono_ms() + self._ahead_ms


class Desk:
    """案前: one person's browser, signed in."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def go(self, path: str) -> "Desk":
        self.page.goto(f"{self.url}{path}")
        return self

    def press(self, name: str) -> "Desk":
        """A button by its words; then why, and the password again, where the page between asks for them."""
        self.page.get_by_role("button", name=re.compile(f"^{name}")).first.click()
        if self.page.locator("h1").inner_text() == "请确认":
            for field, text in (("#f-why", "例行工作"), ("#f-password", PASSWORD)):
                if self.page.locator(field).count():
                    self.page.fill(field, text)
            self.page.get_by_role("button", name="继续").click()
        return self

    def sees(self, text: str | re.Pattern[str]) -> "Desk":
        expect(self.page.locator("main")).to_contain_text(text, timeout=20_000)
        return self


@pytest.fixture
def desks(street: Running, chromium: Browser) -> Iterator["dict[str, Desk]"]:
    out: dict[str, Desk] = {}
    contexts = []
    for login in ("admin", "street2", "leader"):
        context = chromium.new_context(ignore_https_errors=True, locale="zh-CN", accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{street.url}/login")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{street.url}/")
        out[login] = Desk(page, street.url)
    yield out
    for context in contexts:
        context.close()


def test_a_streets_day(street: Running, desks: dict[str, Desk], tmp_path: Path) -> None:
    admin, second, leader = desks["admin"], desks["street2"], desks["leader"]
    _the_committee_has_a_phone(admin)
    _roster_is_imported(admin, tmp_path)
    card = _passes_are_issued(admin, tmp_path)
    clock = Ahead()
    with closing(_tablet_is_enrolled(admin, tmp_path / "gate", clock)) as gate:
        _a_card_is_let_in(gate, card)
        _sent(gate)
        _the_day_is_reported(admin, clock.day)
        _a_visitor_has_a_fever(gate, clock)
        _sent(gate)
        _the_fever_is_a_case(leader)
        _the_leader_reads_his_night(leader)
        _the_report_is_revised_and_signed(admin, clock.day)
        _what_is_too_old_is_destroyed(admin, second)


def _the_committee_has_a_phone(admin: Desk) -> None:
    page = admin.go("/committees/J01").page
    page.fill("#f-phone", "021-55001234")
    page.fill("#f-health_phone", "021-55005678")
    admin.press("保存")
    expect(page.get_by_role("status").first).to_be_visible()


def _roster_is_imported(admin: Desk, tmp_path: Path) -> None:
    file = tmp_path / "名册.csv"
    file.write_text(ROSTER, encoding="utf-8")
    page = admin.go("/import").page
    page.select_option("#f-compound", "C01")
    page.check("input[name=which][value=whole]")
    if page.locator("input[name=new_buildings]").count():
        page.check("input[name=new_buildings]")
    page.set_input_files("#f-file", file)
    page.locator("main button.main").click()
    admin.sees("新增 3")
    page.locator("button[name=rows][value=all]").click()
    expect(page.locator("main")).to_contain_text(re.compile("新增 3"), timeout=15_000)
    admin.go("/people?q=张三").sees("301")


def _passes_are_issued(admin: Desk, tmp_path: Path) -> bytes:
    """The whole compound's first issue and its cards as one PDF; what stands on the first card."""
    page = admin.go("/passes?c=C01&list=all").page
    page.locator("summary", has_text="首次签发").click()
    page.select_option("#f-code", "GREEN")
    page.select_option("#f-platform", "NONE")
    admin.press("签发").sees("已签发 3 张")
    page = admin.go("/passes?c=C01&list=all").page
    page.locator("summary", has_text="打印证件").click()
    admin.press("生成 PDF").sees("已生成 3 张")
    with page.expect_download() as got:
        page.get_by_role("link", name="下载").click()
    got.value.save_as(tmp_path / "cards.pdf")
    picture = pypdfium2.PdfDocument(tmp_path / "cards.pdf")[0].render(scale=4).to_numpy()
    return zxingcpp.read_barcodes(picture)[0].bytes


def _tablet_is_enrolled(admin: Desk, folder: Path, clock: SystemClock) -> OpenGate:
    """By the code on the officer's screen, as a tablet's camera sees it."""
    page = admin.go("/devices/G01").press("生成启用码").page
    picture = cv2.imdecode(np.frombuffer(page.locator(".symbol").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    code = read_code(zxingcpp.read_barcodes(picture)[0].bytes)
    assert not isinstance(code, EnrolFault)
    # founded before it knew on which free port this test would let it listen
    code = msgspec.structs.replace(code, url=admin.url)
    keys = GateKeys(DemoKeyStore(folder / "keys"))
    assert enrol(Tablet(folder, keys, clock, FreshIds(clock)), code, lambda _stage: None) is None
    gate = open_gate(folder, keys, clock, FreshIds(clock), assets.policies())
    assert isinstance(gate, OpenGate)
    return gate


def _sent(gate: OpenGate) -> None:
    with syncing(gate) as (_, said):
        until(said, lambda status: status.pending == 0)
    gate.app.refresh()


def _a_card_is_let_in(gate: OpenGate, card: bytes) -> None:
    _sent(gate)
    view = gate.app.desk.on_code(card, Arriving()).view
    assert isinstance(view, PassageView)
    done = gate.app.desk.reading(view.passage, "36.5", Site.FOREHEAD, ReadingSource.TYPED).view
    assert isinstance(done, PassageView)
    assert done.verdict is Verdict.ADMIT


def _a_visitor_has_a_fever(gate: OpenGate, clock: "Ahead") -> None:
    guest = Outsider(Category.VISITOR, consent=True, name="来访人", phone="13987654321")
    view = gate.app.desk.arrive(guest, Arriving(code=CodeColour.GREEN)).view
    assert isinstance(view, PassageView)
    for _ in range(2):
        clock.later(11)
        gate.app.desk.reading(view.passage, "38.1", Site.FOREHEAD, ReadingSource.TYPED)
    record = gate.app.record(view.passage)
    assert record is not None
    assert record.outcome is TempOutcome.FEVER_CONFIRMED


def _the_day_is_reported(admin: Desk, day: str) -> None:
    admin.go(f"/report/{day}").press("制表").sees("第1版")


def _the_fever_is_a_case(leader: Desk) -> None:
    leader.go("/cases").sees("发热")
    leader.page.locator("main tbody a").first.click()
    leader.sees("尚未通知").sees("卫生中心")


def _the_leader_reads_his_night(leader: Desk) -> None:
    leader.go("/night").sees("还有 1 件未阅").press("已阅").sees("全部已阅")


def _the_report_is_revised_and_signed(admin: Desk, day: str) -> None:
    """What came after the first version is seen as a difference."""
    admin.go(f"/report/{day}").press("按新到的记录更新").sees("第2版")
    changed = admin.page.locator("dl.columns > div", has=admin.page.locator(".mark"))
    assert {"发热人次+1", "首测偏高+1"} <= {re.sub(r"\s*1\s*", "", text, count=1) for text in changed.all_inner_texts()}
    admin.press("签发").sees("管理员 签发")


def _what_is_too_old_is_destroyed(admin: Desk, second: Desk) -> None:
    """Out of its daily turn by two persons alone; the proof is on the page."""
    admin.go("/retention").page.fill("#run-why", "例行销毁")
    admin.press("现在就销毁")
    second.go("/approvals").sees("例行销毁").press("批准")
    proof = re.compile(r"抽查 \d+ 处,没有残留")
    second.sees(proof)  # the job's own page, which tells how far it is
    admin.go("/retention").sees(proof)
