# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Every page under each role: who may open it stands here once more, written by hand, and must be what the pages do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.permissions import ACTIONS
from sync.office.compose import Office
from sync.office.web.pages import PAGES
from tests.unit.office.offices import found_office
from tests.unit.office.pages import ROLES, app_of, peopled, signed_in

# Page -> the roles that open it (trust.md 3). Pages that are shown to every account: "SCLBH".
OPENS = {
    "/": "SCL",
    "/wall": "SCL",
    "/report": "SCLH",
    "/report/{date}": "SCLH",
    "/report/template": "SC",
    "/report/template/{id}": "SC",
    "/silent": "SC",
    "/screening": "SCLH",
    "/devices": "S",
    "/users": "S",
    "/users/card/{id}": "S",
    "/users/{id}": "S",
    "/audit": "S",
    "/audit/exports": "S",
    "/authority": "S",
    "/devices/{gate}": "S",
    "/policies": "S",
    "/policies/version": "S",
    "/policies/new": "S",
    "/policies/draft/{id}": "S",
    "/residents": "SC",
    "/buildings": "SC",
    "/road-leaders": "SC",
    "/road-leaders/{id}": "SC",
    "/gates": "SC",
    "/gates/{gate}": "SC",
    "/compounds": "SC",
    "/compounds/{id}": "SC",
    "/committees": "SC",
    "/committees/{id}": "SC",
    "/people": "SCLH",
    "/people/{id}": "SCLH",
    "/passes": "SCL",
    "/passes/campaign": "SCL",
    "/passes/keys": "S",
    "/passes/keys/{kid}": "S",
    "/passes/new/{id}": "SCL",
    "/passes/{id}": "SCL",
    "/isolation": "SCLH",
    "/isolation/{id}": "SCLH",
    "/returnees": "SC",
    "/returnees/{id}": "SC",
    "/returnees/platform": "SC",
    "/returnees/file": "SC",
    "/returnees/file/{id}": "SC",
    "/route": "CLH",
    "/centre": "SCLH",
    "/print": "SCLH",
    "/print/{paper}": "SCLH",
    "/cases": "SCLH",
    "/cases/{id}": "SCLH",
    "/conflicts": "SCL",
    "/conflicts/{id}": "SCL",
    "/night": "SCL",
    "/import": "SC",
    "/import/{id}": "SC",
    "/approvals": "S",
    "/roster": "SCL",
    "/volunteers": "SCL",
    "/volunteers/{id}": "SCL",
    "/badges": "SCL",
    "/retention": "S",
    "/jobs/{id}": "SCLBH",
    "/jobs/{id}/file": "SCLBH",
    "/reveal": "SCLBH",
}
# Form -> the roles that may send it.
TAKES = {
    "/roster/plan": "SC",
    "/roster/drop": "SC",
    "/roster/repeat": "SC",
    "/roster/hours": "SC",
    "/volunteers/add": "SC",
    "/volunteers/{id}/edit": "SC",
    "/volunteers/{id}/leave": "SC",
    "/volunteers/{id}/badge": "SCL",
    "/volunteers/{id}/again": "SCL",
    "/volunteers/{id}/lost": "SCL",
    "/badges/make": "SCL",
    "/badges/again": "SCL",
    "/badges/lend": "SC",
    "/badges/back": "SC",
    "/badges/lost": "SCL",
    "/approvals/approve": "S",
    "/approvals/refuse": "S",
    "/approvals/fetch": "S",
    "/people/find": "SCLH",
    "/people/{id}/edit": "SC",
    "/passes/sign": "SCL",
    "/passes/refuse": "SCL",
    "/passes/batch": "SCL",
    "/passes/cards": "SCL",
    "/passes/campaign/run": "SCL",
    "/passes/keys/{kid}/block": "S",
    "/passes/keys/{kid}/drill": "S",
    "/passes/keys/{kid}/reissue": "S",
    "/passes/new/{id}/apply": "SCL",
    "/passes/{id}/lost": "SCL",
    "/passes/{id}/revoke": "SCL",
    "/passes/{id}/household": "SCL",
    "/passes/{id}/print": "SCL",
    "/passes/{id}/replace": "SCL",
    "/isolation/open": "SCLH",
    "/isolation/{id}/check": "SCLH",
    "/isolation/{id}/release": "SCLH",
    "/isolation/{id}/restart": "SCLH",
    "/isolation/{id}/permit": "SCL",
    "/isolation/{id}/paper": "SCLH",
    "/returnees/{id}/look": "SC",
    "/returnees/{id}/decide": "SC",
    "/returnees/{id}/dismiss": "SC",
    "/returnees/platform/ask": "SC",
    "/returnees/file/bring": "SC",
    "/returnees/file/undo": "SC",
    "/returnees/file/{id}/choose": "SC",
    "/returnees/file/{id}/take": "SC",
    "/returnees/file/{id}/drop": "SC",
    "/route/enter": "CLH",
    "/cases/{id}/close": "SCLH",
    "/conflicts/double": "SCL",
    "/conflicts/override": "SCL",
    "/conflicts/{id}/raw": "SCL",
    "/conflicts/{id}/retry": "SCL",
    "/conflicts/{id}/accept": "SCL",
    "/conflicts/{id}/reject": "SCL",
    "/night/mark": "SCL",
    "/night/answer": "L",
    "/import/bring": "SC",
    "/import/undo": "SC",
    "/import/{id}/choose": "SC",
    "/import/{id}/take": "SC",
    "/import/{id}/drop": "SC",
    "/reveal/": "SCLBH",
    "/report/{date}/make": "SCLH",
    "/report/{date}/sign": "SC",
    "/report/{date}/district": "SCLH",
    "/report/{date}/attached": "SCLH",
    "/report/template/bring": "SC",
    "/report/template/{id}/save": "SC",
    "/report/template/{id}/drop": "SC",
    "/silent/told": "SC",
    "/screening/tick": "SCLH",
    "/users/add": "S",
    "/users/card/{id}/pin": "S",
    "/users/{id}/change": "S",
    "/users/{id}/secret": "S",
    "/users/{id}/close": "S",
    "/users/{id}/open": "S",
    "/audit/check": "S",
    "/authority/ask": "S",
    "/retention/periods": "S",
    "/retention/hold": "S",
    "/retention/lift": "S",
    "/retention/purge": "S",
    "/retention/check": "S",
    "/policies/new/write": "S",
    "/policies/draft/{id}/rehearse": "S",
    "/policies/draft/{id}/publish": "S",
    "/policies/draft/{id}/drop": "S",
    "/residents/whole": "S",
    "/buildings/leader": "SC",
    "/road-leaders/add": "SC",
    "/road-leaders/{id}/edit": "SC",
    "/road-leaders/{id}/drop": "SC",
    "/gates/add": "SC",
    "/gates/{gate}/edit": "SC",
    "/gates/{gate}/close": "SC",
    "/gates/{gate}/open": "SC",
    "/gates/{gate}/lead": "SC",
    "/gates/{gate}/leave": "SC",
    "/gates/{gate}/phone": "SC",
    "/compounds/add": "S",
    "/compounds/{id}/edit": "SC",
    "/committees/add": "S",
    "/committees/{id}/edit": "SC",
    "/devices/{gate}/enrol": "S",
    "/devices/{gate}/paper": "S",
    "/devices/{gate}/revoke": "S",
    "/devices/{gate}/rebuild": "S",
}
PARTS = {"kid": "01", "gate": "G01", "id": "f" * 32, "date": "2020-02-20"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("matrix")
    office = found_office(folder)
    peopled(office)
    yield office
    office.close()


def filled(path: str) -> str:
    for name, value in PARTS.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def test_every_page_and_form_stands_in_the_matrix() -> None:
    assert {page.path for page in PAGES} == set(OPENS)
    assert {f"{page.path.rstrip('/')}/{name}" for page in PAGES for name in page.posts} == set(TAKES)


def test_every_page_names_an_action_of_the_table_or_none() -> None:
    named = {page.action for page in PAGES} | {post.action for page in PAGES for post in page.posts.values()}
    assert named - {None} <= set(ACTIONS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_other(office: Office, role: str) -> None:
    visitor = signed_in(office, role)
    for page in PAGES:
        status = visitor.get(filled(page.path)).status
        assert (status != 403) == (role in OPENS[page.path]), (role, page.path, status)
        assert status < 500, page.path


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sends_its_forms_and_no_other(office: Office, role: str) -> None:
    visitor = signed_in(office, role)
    for page in PAGES:
        for name in page.posts:
            path = f"{page.path.rstrip('/')}/{name}"
            answer = visitor.form(filled(path).rstrip("/"))
            granted = role in TAKES[path] and role in OPENS[page.path]
            assert (answer.status != 403) == granted, (role, path, answer.status)
            assert answer.status < 500, path


def test_without_a_session_no_page_shows_anything(office: Office) -> None:
    visitor = signed_in(office, "S", app_of(office))
    visitor.cookies.clear()
    for page in PAGES:
        assert visitor.get(filled(page.path)).headers.get("location") == "/login", page.path


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_holds_what_the_role_opens(office: Office, role: str) -> None:
    text = signed_in(office, role).get("/approvals").text
    for page in PAGES:
        if "{" not in page.path and not page.stands_for and page.path != "/":
            linked = f'<a href="{page.path}"' in text
            assert linked <= (role in OPENS[page.path]), page.path
