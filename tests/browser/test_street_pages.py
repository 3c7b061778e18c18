# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The street's pages in a real Chromium: heard, typed, without a script, without another host, live."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from kiosk.domain.instants import shanghai
from tests.browser.conftest import SignIn
from tests.browser.lively import HOSTILE, PASSWORD
from tests.integration.street import Running
from tests.unit.office.offices import Tablet

pytestmark = pytest.mark.browser

PATHS = (
    "/", "/wall", "/report/TODAY", "/silent", "/report/template", "/devices", "/devices/G01", "/users", "/approvals",
    "/audit", "/audit/exports", "/screening",
    "/gates", "/gates/G01", "/compounds", "/compounds/C01", "/committees", "/committees/J01",
    "/returnees", "/returnees/file", "/returnees/platform", "/passes/campaign", "/passes/keys", "/passes/keys/e0",
    "/policies", "/policies/new", "/policies/version?key=2020-02-14",
    "/residents", "/residents?c=C01", "/buildings?c=C01", "/road-leaders",
    "/conflicts", "/retention", "/roster", "/roster?gate=G01", "/volunteers", "/badges?c=C01",
    "/centre", "/print", "/authority", "/people", "/passes?c=C01&list=all", "/isolation", "/cases", "/night", "/import",
)  # fmt: skip
_AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


def at(street: Running, path: str) -> str:
    return f"{street.url}{path.replace('TODAY', f'{shanghai(street.office.clock.wall_ms()):%Y-%m-%d}')}"


def serious(page: Page) -> list[str]:
    found = Axe().run(page, options=_AXE).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_no_serious_finding_no_noise_and_no_foreign_request(
    street: Running, sign_in: SignIn, path: str
) -> None:
    is_fit(street, sign_in(), path)


@pytest.mark.parametrize("path", ["/centre", "/route"])
def test_so_have_the_pages_that_are_the_health_centres(street: Running, sign_in: SignIn, path: str) -> None:
    is_fit(street, sign_in("health"), path)


def is_fit(street: Running, page: Page, path: str) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for language in ("zh_CN", "en"):
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{at(street, path)}{'&' if '?' in path else '?'}lang={language}")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, width)
        assert serious(page) == [], (path, language)
    assert {url for url in asked if not url.startswith(street.url)} == set()
    assert said == []


def test_the_judge_sees_a_field_without_a_name_and_grey_on_grey(street: Running, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{street.url}/audit")
    page.evaluate("document.querySelector('label[for=s-q]').remove()")
    page.evaluate("document.querySelector('h1').style.cssText = 'color: #999; background: #aaa'")
    assert {found.partition(":")[0] for found in serious(page)} == {"label", "color-contrast"}


def test_the_sign_in_page_is_small_and_without_findings(street: Running, sign_in: SignIn) -> None:
    page = sign_in()
    page.context.clear_cookies()
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto(f"{street.url}/login")
    assert serious(page) == []
    assert sum(sizes) <= 150 << 10


def test_the_wall_shows_what_a_gate_brought_within_two_seconds(
    street: Running, sign_in: SignIn, tablets: dict[str, Tablet]
) -> None:
    page = sign_in()
    page.goto(f"{street.url}/wall")
    entered = page.locator(".sums dd").first
    before = int(entered.inner_text())
    tablet = tablets["G04"]
    tablet.passage(5_000)
    tablet.send(len(tablet.events) - 1)
    expect(entered).to_have_text(str(before + 1), timeout=2_000)


def test_the_wall_says_how_old_it_is_when_the_office_cannot_be_reached(street: Running, sign_in: SignIn) -> None:
    page = sign_in()
    page.clock.install()
    page.goto(f"{street.url}/wall")
    page.route("**/wall*", lambda route: route.abort())
    age = page.locator("[data-age]")
    for _ in range(4):  # an answer that was under way when the office went may still land, and is news
        page.clock.run_for(60_000)
        if age.is_visible():
            break
    expect(age).to_be_visible()
    expect(age).to_contain_text(re.compile(r"\d+ 秒没有更新"))


def test_without_a_script_every_page_is_whole_and_the_wall_comes_again_by_itself(
    street: Running, sign_in: SignIn
) -> None:
    page = sign_in(script=False)
    for path in PATHS:
        response = page.goto(at(street, path))
        assert response is not None
        assert response.ok, path
        expect(page.locator("h1")).to_be_visible()
    page.goto(f"{street.url}/wall")
    assert page.locator("noscript").count() == 0 or "refresh" in page.content()
    expect(page.locator(".tile").first).to_be_visible()


def test_an_account_is_asked_for_and_approved_by_keyboard_alone(street: Running, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{street.url}/users")
    tab_to(page, lambda: page.evaluate("document.activeElement.tagName === 'SUMMARY'"))
    page.keyboard.press("Enter")
    for text in ("xinren", "新来的人"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    tab_to(page, lambda: page.evaluate("document.activeElement.name === 'secret'"))
    page.keyboard.type("a fine long secret")
    page.keyboard.press("Tab")
    page.keyboard.type("a fine long secret")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{street.url}/approvals")
    expect(page.get_by_role("status")).to_be_visible()
    second = sign_in("street2")
    second.goto(f"{street.url}/approvals")
    tab_to(second, lambda: "xinren" in (second.evaluate("document.activeElement.getAttribute('aria-label') || ''")))
    second.keyboard.press("Enter")
    expect(second.get_by_role("status")).to_be_visible()
    with street.office.database.reading() as tx:
        assert street.office.accounts.user(tx, "xinren") is not None


def tab_to(page: Page, there: Callable[[], bool]) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if there():
            return
    raise AssertionError("not reached by keyboard")


def test_the_first_key_leads_past_the_navigation_and_focus_is_seen(street: Running, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{street.url}/wall")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_hostile_names_are_text_wherever_they_stand(street: Running, sign_in: SignIn) -> None:
    page = sign_in("ju")
    ran: list[str] = []
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    for path in ("/", "/screening?compound=C01", "/wall", "/report/TODAY"):
        page.goto(at(street, path))
    admin = sign_in()
    admin.on("dialog", lambda dialog: ran.append(dialog.message))
    for name in HOSTILE:
        admin.goto(f"{street.url}/audit")
        admin.fill("#s-q", name)
        admin.keyboard.press("Enter")
        expect(admin.locator("#s-q")).to_have_value(name)
    assert ran == []


def test_a_download_asks_the_password_only_where_it_was_not_given_lately(street: Running, sign_in: SignIn) -> None:
    page = sign_in()
    page.goto(f"{street.url}/wall")
    with page.expect_download() as got:
        page.get_by_role("button", name="CSV").click()
    assert got.value.suggested_filename == "wall.csv"
    assert PASSWORD not in page.content()
