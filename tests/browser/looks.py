# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Pictures of the pages, in both languages, at a desk and on a phone: `python -m tests.browser.looks OUT [PATH]`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from kiosk.domain.instants import shanghai
from tests.browser.evening import evening
from tests.browser.lively import accounts, morning, plan
from tests.integration.street import serving
from tests.integration.test_office_page import CHROMIUM, QUIET

PAGES: dict[str, tuple[str, ...]] = {
    "admin": (
        "/", "/wall", "/report/TODAY", "/silent", "/report/template", "/devices", "/devices/G01", "/users",
        "/approvals", "/audit", "/audit/exports", "/screening",
        "/gates", "/gates/G01", "/compounds", "/compounds/C01", "/committees", "/committees/J01",
        "/policies", "/policies/new", "/policies/version?key=2020-02-14",
        "/residents", "/residents?c=C01", "/buildings?c=C01", "/road-leaders",
    "/conflicts", "/retention", "/roster", "/roster?gate=G01", "/volunteers", "/badges?c=C01",
    "/centre", "/print", "/authority", "/people", "/passes?c=C01&list=all", "/isolation", "/cases", "/night", "/import",
    ),
    "health": ("/centre", "/route"),
    "street2": (
        "/returnees", "/returnees/file", "/returnees/platform", "/passes/campaign", "/passes/keys", "/passes/keys/e0",
    ),
    "ju": ("/screening?compound=C01", "/wall"),
    "leader": ("/wall", "/report"),
}  # fmt: skip
SIZES = {"desk": (1366, 768), "phone": (390, 844)}


def main(out: Path, only: str = "") -> None:
    """Take them."""
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "office", plan()) as running,
        sync_playwright() as p,
    ):
        accounts(running.office)
        evening(running.office, morning(running.office), running.home.folder / "backup")
        browser = p.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for login, paths in PAGES.items():
            context = browser.new_context(ignore_https_errors=True, locale="zh-CN")
            page = context.new_page()
            page.goto(f"{running.url}/login")
            page.fill("#login", login)
            page.fill("#password", "correct horse battery")
            page.keyboard.press("Enter")
            page.wait_for_url(f"{running.url}/")
            _report(page, running.url)
            for path in paths:
                if only and only not in path:
                    continue
                at = path.replace("TODAY", f"{shanghai(running.office.clock.wall_ms()):%Y-%m-%d}")
                for language in ("zh_CN", "en"):
                    for size, (width, height) in SIZES.items():
                        page.set_viewport_size({"width": width, "height": height})
                        page.goto(f"{running.url}{at}{'&' if '?' in at else '?'}lang={language}")
                        name = at.strip("/").replace("/", "-").replace("?", "-") or "today"
                        page.screenshot(path=out / f"{login}-{name}-{language}-{size}.png", full_page=size == "phone")
            context.close()
        browser.close()


def _report(page: Page, url: str) -> None:
    """Today's report is made, so that there is one to look at."""
    page.goto(f"{url}/wall")
    today = page.evaluate("new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10)")
    page.goto(f"{url}/report/{today}")
    make = page.locator("form[action$='/make'] button")
    if make.count():
        make.click()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
