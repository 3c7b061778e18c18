# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One lively street and one Chromium for a module of tests; a fresh context, signed in, for each.

Playwright keeps a loop running in this thread for as long as its browser is open: no other test could run one then.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.browser.evening import evening
from tests.browser.lively import PASSWORD, accounts, morning, plan
from tests.integration.street import Running, serving
from tests.integration.test_office_page import CHROMIUM, QUIET
from tests.unit.office.offices import Tablet

SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("lively") / "office", plan(4, 10, 12)) as running:
        accounts(running.office)
        yield running


@pytest.fixture(scope="module")
def tablets(street: Running) -> dict[str, Tablet]:
    found = morning(street.office, gates=11, each=4)
    evening(street.office, found, street.home.folder / "backup")
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def states() -> dict[str, StorageState]:
    """What a browser keeps of each account once it is signed in: twenty may sign in a minute, and no more."""
    return {}


@pytest.fixture
def sign_in(
    chromium: Browser, street: Running, tablets: dict[str, Tablet], states: dict[str, StorageState]
) -> Iterator[SignIn]:
    """Open a page as an account; `script` False: with JavaScript off; what it asked and said stands on the page."""
    del tablets
    opened = []

    def open_as(login: str = "admin", *, script: bool = True, width: int = 1366, height: int = 768) -> Page:
        context = chromium.new_context(
            ignore_https_errors=True, locale="zh-CN", java_script_enabled=script,
            viewport={"width": width, "height": height}, storage_state=states.get(login),
        )  # fmt: skip
        opened.append(context)
        page = context.new_page()
        page.goto(f"{street.url}/")
        if page.url.endswith("/login"):
            page.fill("#login", login)
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{street.url}/")
            states[login] = context.storage_state()
        return page

    yield open_as
    for context in opened:
        context.close()
