# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's pages in a real browser over TLS: an officer signs in, changes the language, signs out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.integration.street import Running, serving

CHROMIUM = "/usr/bin/chromium"
# what a browser says to its makers at its start is not said from a test
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("office")) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, street: Running) -> Iterator[Page]:
    # the office's CA is the street's own; a clerk's machine is given it by the street office
    context = chromium.new_context(ignore_https_errors=True, locale="zh-CN", viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(street.url)
    yield page
    context.close()


def sign_in(page: Page, password: str) -> None:
    page.fill("#login", "admin")
    page.fill("#password", password)
    page.keyboard.press("Enter")


def test_an_officer_signs_in_reads_both_languages_and_signs_out(page: Page) -> None:
    sign_in(page, "correct horse battery")
    expect(page.locator("#counts")).to_be_visible()
    expect(page.locator("tbody th")).to_have_count(2)
    page.get_by_text("English", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^en"))
    page.locator("form[action='/logout'] button").click()
    expect(page.locator("#password")).to_be_visible()


def test_a_wrong_password_stays_outside_and_says_so(page: Page) -> None:
    sign_in(page, "not the password")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#login")).to_have_value("admin")


def test_nothing_is_asked_of_another_host_and_the_console_is_still(page: Page, street: Running) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    sign_in(page, "correct horse battery")
    expect(page.locator("#counts")).to_be_visible()
    assert {url for url in asked if not url.startswith(street.url)} == set()
    assert said == []


def test_the_page_has_no_sideways_scroll_on_a_small_screen(page: Page, tmp_path: Path) -> None:
    sign_in(page, "correct horse battery")
    expect(page.locator("#counts")).to_be_visible()
    for width in (1366, 1024, 400):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
    page.screenshot(path=tmp_path / "today.png")
