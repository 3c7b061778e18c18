# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The pages: who may see what, masked; forms that are not ours change nothing; both languages; no script needed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from kiosk.domain.codes import Direction, Reason, TempOutcome, Verdict
from sync.office.compose import Office
from sync.office.service.accounts import Accounts, Role, User
from sync.office.service.masking import masked_name
from sync.office.web import pages_router
from sync.office.web.texts import LANGUAGES, page_texts
from tests.unit.office.browser import ORIGIN, Browser
from tests.unit.office.offices import G1, G3, START_MS, Clock, enrolled, found_office, pass_id, person_id, resident

PASSWORD = "long enough for us"


@pytest.fixture
def office(folder: Path) -> Iterator[Office]:
    office = found_office(folder)
    quick = Accounts(office.ids, office.audit, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    object.__setattr__(office, "accounts", quick)
    with office.database.writing() as tx:
        for login, role, committee in (
            ("street", Role.STREET, None),
            ("ju2", Role.COMMITTEE, "J02"),
            ("h", Role.HEALTH, None),
        ):
            made = office.accounts.add(
                tx, login, f"{login}人", role, PASSWORD, START_MS, by="test", committee=committee
            )
            assert isinstance(made, User)
        office.book.put(tx, [row for n in range(3) for row in resident(n, name="诸葛亮亮")], START_MS)
    tablet = enrolled(office)
    tablet.passage(1, pass_id=pass_id(1), person=person_id(1))
    tablet.passage(2, Direction.OUT, pass_id=pass_id(2), person=person_id(2))
    tablet.passage(3, verdict=Verdict.HOLD, reason=Reason.FEVER, outcome=TempOutcome.FEVER_CONFIRMED, recorded=False)
    tablet.send()
    other = enrolled(office, G3)
    other.passage(9)
    other.send()
    yield office
    office.close()


@pytest.fixture
def client(office: Office) -> Browser:
    app = FastAPI()
    app.include_router(pages_router(office))
    return Browser(app)


def sign_in(client: Browser, login: str) -> None:
    answer = client.post("/login", {"login": login, "password": PASSWORD})
    assert (answer.status, answer.headers["location"]) == (303, "/")


def test_without_a_session_every_page_leads_to_the_sign_in(client: Browser) -> None:
    assert client.get("/").headers["location"] == "/login"


def test_street_sees_every_gate_with_counts_and_masked_names(client: Browser) -> None:
    sign_in(client, "street")
    text = client.get("/").text
    assert "大门" in text
    assert "诸*" in text
    assert "诸葛" not in text
    row = re.search(r"1号门</a></th>\s*((?:<td class=\"n\">\d*</td>\s*)+)", text)
    assert row is not None
    assert re.findall(r"<td class=\"n\">(\d*)<", row[1]) == ["1", "1", "0", "1", "1", "0", "0"]
    assert "<script" not in text


def test_committee_sees_its_own_gates_alone(client: Browser) -> None:
    sign_in(client, "ju2")
    text = client.get("/").text
    assert "大门" not in text
    assert "您的账户没有可看的门岗" in text
    assert client.get("/?gate=G01").status == 404


def test_health_centre_may_not_open_the_page(client: Browser) -> None:
    sign_in(client, "h")
    assert client.get("/").status == 403


def test_a_gate_chosen_shows_its_passages_alone(client: Browser) -> None:
    sign_in(client, "street")
    assert "诸*" not in client.get(f"/?gate={G3}").text
    assert "诸*" in client.get(f"/?gate={G1}").text


def test_pages_go_on_behind_the_fiftieth_passage(client: Browser, office: Office) -> None:
    tablet = enrolled(office, G3, seed=2)
    for number in range(60):
        tablet.passage(100 + number, at_ms=START_MS + number * 1000)
    tablet.send()
    sign_in(client, "street")
    first = client.get(f"/?gate={G3}").text
    older = re.search(r"/\?day=\S*before=[0-9.a-f]+", first)
    assert first.count('class="verdict"') == 50
    assert older is not None
    assert client.get(older[0].replace("&amp;", "&")).text.count('class="verdict"') == 11


def test_english_is_one_click_away_and_stays(client: Browser) -> None:
    assert "<h1>登录</h1>" in client.get("/login").text
    assert "<h1>Sign in</h1>" in client.get("/login?lang=en").text
    assert "<h1>Sign in</h1>" in client.get("/login").text


def test_both_languages_hold_the_same_keys() -> None:
    assert len({page_texts(language).keys() for language in LANGUAGES}) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://elsewhere.example"},
        {"origin": "http://office.test"},
        {"origin": "null"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "https://elsewhere.example", "sec-fetch-site": "same-origin"},
    ],
)
def test_a_form_from_elsewhere_is_refused(client: Browser, headers: dict[str, str]) -> None:
    answer = client.post("/login", {"login": "street", "password": PASSWORD}, headers)
    assert answer.status == 403
    assert answer.set_cookies == ()


def test_sign_out_needs_the_sessions_token_and_ends_it(client: Browser) -> None:
    sign_in(client, "street")
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get("/").text)
    assert token is not None
    assert client.post("/logout", {"csrf": "0" * 64}).status == 403
    assert client.get("/").status == 200
    kept = dict(client.cookies)
    assert client.post("/logout", {"csrf": token[1]}).headers["location"] == "/login"
    client.cookies = kept
    assert client.get("/").status == 303


def test_wrong_password_and_unknown_account_read_the_same(client: Browser) -> None:
    texts = [
        client.post("/login", {"login": login, "password": "wrong wrong wrong"}).text for login in ("street", "nobody")
    ]
    assert texts[0].replace("street", "") == texts[1].replace("nobody", "")


def test_the_cookie_is_shut_to_scripts_and_other_sites(client: Browser) -> None:
    answer = client.post("/login", {"login": "street", "password": PASSWORD})
    cookie = answer.set_cookies[0].lower()
    assert cookie.startswith("__host-gh=")
    assert all(part in cookie for part in ("secure", "httponly", "samesite=strict", "path=/"))
    assert "domain" not in cookie


def test_headers_keep_the_page_to_itself(client: Browser) -> None:
    headers = client.get("/login").headers
    assert headers["content-security-policy"].startswith("default-src 'self'; frame-ancestors 'none'")
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert (headers["cache-control"], "strict-transport-security" in headers) == ("no-store", True)


@pytest.mark.parametrize(("size", "status"), [((64 << 10) - 6, 403), ((64 << 10) - 5, 413)])
def test_a_form_is_read_to_64_kib(client: Browser, size: int, status: int) -> None:
    assert client.send_body("/login", b"login=" + b"a" * size, ORIGIN).status == status


def test_the_twenty_first_sign_in_of_a_minute_waits(client: Browser) -> None:
    codes = [client.post("/login", {"login": f"n{n}", "password": "x"}).status for n in range(21)]
    assert codes == [403] * 20 + [429]


def test_an_idle_session_ends_after_half_an_hour(client: Browser, office: Office) -> None:
    sign_in(client, "street")
    clock = office.clock
    assert isinstance(clock, Clock)
    clock.advance(30 * 60_000)
    assert client.get("/").status == 200
    clock.advance(30 * 60_000 + 1)
    assert client.get("/").status == 303


def test_hostile_addresses_change_nothing(client: Browser) -> None:
    sign_in(client, "street")
    page = client.get("/", day="<script>", before="1'--", lang="../../x")
    assert page.status == 200
    assert "<script>" not in page.text


@pytest.mark.parametrize(("name", "shown"), [("张三", "张*"), ("诸葛亮", "诸*"), ("", "")])
def test_a_name_is_its_first_character(name: str, shown: str) -> None:
    assert masked_name(name) == shown
