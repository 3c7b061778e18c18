# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The pages of issuing keys and of renewal: two persons withdraw a span, a drill withdraws none (pass-format.md 5)."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from kiosk.domain.codes import PassState
from kiosk.domain.register import PassRow
from sync.office.compose import Office
from tests.unit.office.browser import Page
from tests.unit.office.offices import C1, Clock
from tests.unit.office.pages import PASSWORD, Visitor, app_of, peopled, signed_in
from tests.unit.office.test_keys import LEAKED, later, new_key, settled

AT = f"/passes/keys/{LEAKED}"
SINCE = {"since": "2020-02-20T08:00", "until": ""}
EVIDENCE = {"code": "GREEN", "platform": "NONE", "days": "20", "why": "密钥泄露"}


@pytest.fixture
def app(office: Office) -> FastAPI:
    peopled(office)
    settled(office)
    return app_of(office)


@pytest.fixture
def street(office: Office, app: FastAPI) -> Visitor:
    return signed_in(office, "S", app)


def blocks(office: Office) -> int:
    with office.database.reading() as tx:
        current = office.revocations.current(tx)
        return 0 if current is None else len(current.blocks)


def withdrawn(office: Office, app: FastAPI, street: Visitor) -> Page:
    """One asks, another approves."""
    asked = street.form(f"{AT}/block", {**SINCE, "why": "密钥泄露", "password": PASSWORD})
    assert asked.headers.get("location") == "/approvals", asked.text
    assert blocks(office) == 0
    second = signed_in(office, "S2", app)
    found = re.search(r'name="id" value="([0-9a-f]+)"', second.get("/approvals").text)
    assert found is not None
    return second.form("/approvals/approve", {"id": found[1], "password": PASSWORD})


def test_a_span_is_looked_at_first_and_withdrawn_by_two_persons(office: Office, app: FastAPI, street: Visitor) -> None:
    assert "甘泉一村居委会" in street.get("/passes/keys").text
    assert "5 张" in street.get(AT, since="2020-02-20T08:00").text
    withdrawn(office, app, street)
    assert blocks(office) == 1
    page = street.get(AT)
    assert "已按时段注销" in page.text
    assert "gate-office keys issuer-new --committee J01 --now" in page.text
    assert street.form(f"{AT}/reissue", {**EVIDENCE, "building": ""}).status == 409


def test_a_drill_shows_the_outcome_and_withdraws_nothing(office: Office, street: Visitor) -> None:
    page = street.form(f"{AT}/drill", {**SINCE, "password": PASSWORD})
    assert "演练通过" in page.text
    assert "5 张中 5 张被拒" in page.text
    assert blocks(office) == 0
    assert "还没有演练过" not in street.get("/passes/keys").text


@pytest.mark.parametrize(
    "span", [{"since": ""}, {"since": "2020-02-21T08:00"}, {"since": "2020-02-20T07:00", "until": "2020-02-19T07:00"}]
)
def test_a_span_that_is_none_is_refused_in_place(office: Office, street: Visitor, span: dict[str, str]) -> None:
    for what in ("block", "drill"):
        told = street.form(f"{AT}/{what}", {**span, "why": "x", "password": PASSWORD})
        assert told.status == 422
    assert blocks(office) == 0


def test_once_the_new_key_is_published_the_affected_are_issued_anew_by_building(
    office: Office, app: FastAPI, street: Visitor, folder: Path
) -> None:
    withdrawn(office, app, street)
    later(office, 0.01)
    new_key(office, folder)
    street = signed_in(office, "S", app)
    page = street.get(AT)
    assert "新密钥已公布:02" in page.text
    place = re.search(r'<option value="(C01 [^"]+)">', page.text)
    assert place is not None
    told = street.form(f"{AT}/reissue", {**EVIDENCE, "building": place[1]})
    assert "已重新签发 1 张" in street.get(told.headers["location"]).text
    street.form(f"{AT}/reissue", {**EVIDENCE, "building": ""})
    assert "受影响的证都已换发" in street.get(AT).text


def test_a_committee_sees_what_ends_when_and_renews_in_one_go(office: Office, app: FastAPI) -> None:
    clock = office.clock
    assert isinstance(clock, Clock)
    later(office, 10)
    clerk = signed_in(office, "C", app)
    page = clerk.get(f"/passes/campaign?c={C1}")
    assert "已换 0/4" in page.text
    form = {**EVIDENCE, "compound": C1, "building": "", "starts": "2020-03-03"}
    assert clerk.form("/passes/campaign/run", {**form, "starts": "2020-03-20"}).status == 422
    assert clerk.form("/passes/campaign/run", {**form, "code": "YELLOW"}).status == 422
    told = clerk.form("/passes/campaign/run", form)
    assert "已换 4 张" in clerk.get(told.headers["location"]).text
    assert "已换 4/4" in clerk.get(f"/passes/campaign?c={C1}").text
    with office.database.reading() as tx:
        rows = office.book.register.all(tx, PassRow, compound_id=C1)
    assert {row.state for row in rows} == {PassState.ACTIVE}
    assert len(rows) == 8


def test_a_compound_out_of_reach_is_not_there(office: Office, app: FastAPI) -> None:
    clerk = signed_in(office, "C", app)
    assert clerk.get("/passes/campaign?c=C99").status == 404
    assert clerk.form("/passes/campaign/run", {**EVIDENCE, "compound": "C99", "starts": "2020-02-21"}).status == 404
    assert signed_in(office, "S", app).get("/passes/keys/99").status == 404
