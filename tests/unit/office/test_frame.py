# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The frame around every page: reason, password again, second person, exports, uploads, what is told once and noted."""

import io
import logging
import re
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from sync.office.compose import Office
from sync.office.service.jobs import Ended, JobFile, Jobs, JobState
from sync.office.store.tables import approval, export_log, job, session
from tests.logfail import ExpectedLog
from tests.unit.office.browser import ORIGIN, Page
from tests.unit.office.offices import G1, START_MS, Clock, enrolled, person_id, resident
from tests.unit.office.pages import PASSWORD, AtOnce, Visitor, app_of, peopled, signed_in

LATER_MS = 6 * 60_000
"""Longer than a password counts as given."""


@pytest.fixture
def street(office: Office) -> Office:
    peopled(office)
    with office.database.writing() as tx:
        office.book.put(tx, [row for n in range(3) for row in resident(n, name="=诸葛<b>")], START_MS)
    enrolled(office).send()
    return office


@pytest.fixture
def app(street: Office) -> FastAPI:
    return app_of(street)


def later(office: Office, ms: int = LATER_MS) -> None:
    clock = office.clock
    assert isinstance(clock, Clock)
    clock.advance(ms)


def noted(office: Office, what: str) -> list[dict[str, Any]]:
    with office.database.reading() as tx:
        return [entry for entry in office.audit.entries(tx, limit=1000) if entry["what"] == what]


def asked_for(page: Page) -> set[str]:
    """Fields that the confirmation asks, and those that it carries along."""
    return set(re.findall(r'name="([a-z.]+)"', page.text))


# ------------------------------------------------------------------------------------------------- password, reason


def test_what_asks_the_password_again_takes_it_as_given_for_five_minutes(street: Office, app: FastAPI) -> None:
    visitor = signed_in(street, "S", app)
    assert "qr" in visitor.form(f"/devices/{G1}/enrol").text
    later(street)
    asked = visitor.form(f"/devices/{G1}/enrol")
    assert "password" in asked_for(asked)
    assert "svg class" not in asked.text.partition("<main")[2]
    assert visitor.form(f"/devices/{G1}/enrol", {"password": "wrong wrong wrong"}).status == 403
    assert 'class="qr"' in visitor.form(f"/devices/{G1}/enrol", {"password": PASSWORD}).text


def test_the_password_given_again_gives_the_session_a_new_id_and_ends_the_old_one(street: Office, app: FastAPI) -> None:
    visitor = signed_in(street, "S", app)
    before = dict(visitor.cookies)
    later(street)
    visitor.form(f"/devices/{G1}/enrol", {"password": PASSWORD})
    assert visitor.cookies["__Host-gh"] != before["__Host-gh"]
    assert visitor.get("/wall").status == 200
    visitor.cookies = before
    assert visitor.get("/wall").status == 303


def test_a_session_id_from_before_the_sign_in_is_never_taken_over(street: Office, app: FastAPI) -> None:
    visitor = Visitor(app)
    visitor.cookies["__Host-gh"] = "ab" * 32
    visitor.post("/login", {"login": "S", "password": PASSWORD})
    assert visitor.cookies["__Host-gh"] != "ab" * 32
    with street.database.reading() as tx:
        assert tx.execute(select(func.count()).select_from(session)).scalar_one() == 1


def test_a_masked_field_opens_with_a_reason_that_the_audit_holds(street: Office, app: FastAPI) -> None:
    visitor = signed_in(street, "S", app)
    fields = {"kind": "person", "id": person_id(1), "back": "/wall"}
    asked = visitor.form("/reveal", fields)
    assert {"why", "kind", "id", "back"} <= asked_for(asked)
    assert "诸葛" not in asked.text
    told = visitor.form("/reveal", {**fields, "why": "家属来电"})
    assert "=诸葛&lt;b&gt;" in told.text
    assert "10000000001" in told.text
    assert [(e["what"], e["target"], e["why"]) for e in noted(street, "name.reveal")] == [
        ("name.reveal", person_id(1), "家属来电")
    ]


def test_a_person_out_of_reach_is_not_there(street: Office, app: FastAPI) -> None:
    for letter in ("B", "H"):
        visitor = signed_in(street, letter, app)
        assert visitor.form("/reveal", {"kind": "person", "id": person_id(1), "back": "/"}).status == 404


def test_nobody_is_led_out_of_the_office(street: Office, app: FastAPI) -> None:
    visitor = signed_in(street, "C", app)
    for back in ("https://x.example", "//x.example", "/\\x.example", "javascript:alert(1)"):
        told = visitor.form("/reveal", {"kind": "person", "id": person_id(1), "back": back})
        assert told.status == 200
        assert "x.example" not in told.text
        assert "javascript" not in told.text


# ---------------------------------------------------------------------------------------------------- second person


NEW = {
    "login": "new",
    "name": "新人",
    "role": "C",
    "committee": "J01",
    "secret": "a fine long secret",
    "secret2": "a fine long secret",
}


def ask_for_an_account(street: Office, app: FastAPI) -> str:
    assert signed_in(street, "S", app).form("/users/add", NEW).headers["location"] == "/approvals"
    with street.database.reading() as tx:
        return str(tx.execute(select(approval.c.id).order_by(approval.c.asked_at_ms.desc())).scalar())


def exists(street: Office, login: str) -> bool:
    with street.database.reading() as tx:
        return street.accounts.user(tx, login) is not None


def test_an_account_is_made_when_a_second_person_approves(street: Office, app: FastAPI) -> None:
    asked = ask_for_an_account(street, app)
    assert not exists(street, "new")
    second = signed_in(street, "S2", app)
    assert "new" in second.get("/approvals").text
    assert second.form("/approvals/approve", {"id": asked}).status == 303
    assert exists(street, "new")
    fresh = Visitor(app)
    assert fresh.post("/login", {"login": "new", "password": NEW["secret"]}).status == 303
    assert fresh.get("/wall").status == 200
    assert second.form("/approvals/approve", {"id": asked}).status == 409


def test_nobody_approves_their_own(street: Office, app: FastAPI) -> None:
    asked = ask_for_an_account(street, app)
    assert signed_in(street, "S", app).form("/approvals/approve", {"id": asked}).status == 403
    assert not exists(street, "new")
    assert noted(street, "role.grant")[-1]["refused"] is True


@pytest.mark.parametrize("letter", ["C", "L", "B", "H"])
def test_who_has_not_the_grant_approves_nothing(street: Office, app: FastAPI, letter: str) -> None:
    asked = ask_for_an_account(street, app)
    visitor = signed_in(street, letter, app)
    assert visitor.form("/approvals/approve", {"id": asked}, at="/jobs/x").status == 403
    assert not exists(street, "new")


def test_after_half_an_hour_it_is_asked_for_anew(street: Office, app: FastAPI) -> None:
    asked = ask_for_an_account(street, app)
    later(street, 30 * 60_000 + 1)
    assert signed_in(street, "S2", app).form("/approvals/approve", {"id": asked}).status == 409
    assert not exists(street, "new")


def test_parameters_that_were_changed_meanwhile_are_not_carried_out(street: Office, app: FastAPI) -> None:
    asked = ask_for_an_account(street, app)
    with street.database.writing() as tx:
        other = street.vault.seal("approval", asked, b'{"login":"evil"}')
        tx.execute(update(approval).where(approval.c.id == asked).values(sealed=other))
    assert signed_in(street, "S2", app).form("/approvals/approve", {"id": asked}).status == 409
    assert not exists(street, "evil")


def test_what_was_turned_down_is_over(street: Office, app: FastAPI) -> None:
    asked = ask_for_an_account(street, app)
    second = signed_in(street, "S2", app)
    assert second.form("/approvals/refuse", {"id": asked}).status == 303
    assert second.form("/approvals/approve", {"id": asked}).status == 409


def test_the_password_itself_is_kept_nowhere(street: Office, app: FastAPI) -> None:
    ask_for_an_account(street, app)
    with street.database.reading() as tx:
        row = tx.execute(select(approval)).one()
    assert b"a fine long secret" not in (street.vault.open("approval", row.id, row.sealed) or b"")


# ----------------------------------------------------------------------------------------------------------- export


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_list_leaves_as_a_file_and_the_log_holds_its_hash(street: Office, app: FastAPI, form: str) -> None:
    visitor = signed_in(street, "S", app)
    got = visitor.form("/wall/export", {"format": form})
    assert got.status == 200
    assert got.headers["content-disposition"].endswith(f"wall.{form}")
    with street.database.reading() as tx:
        row = tx.execute(select(export_log)).one()
    assert (row.format, row.row_count, len(row.sha256)) == (form, 3, 32)
    assert noted(street, "export.redacted")[0]["target"] == row.sha256.hex()[:16]


def test_an_export_asks_the_password_again(street: Office, app: FastAPI) -> None:
    visitor = signed_in(street, "S", app)
    later(street)
    assert {"password", "format"} <= asked_for(visitor.form("/wall/export", {"format": "csv"}))


def test_building_leaders_export_nothing(street: Office, app: FastAPI) -> None:
    assert signed_in(street, "B", app).form("/wall/export", {"format": "csv"}, at="/jobs/x").status == 403


def test_a_hostile_name_is_inert_in_the_file(street: Office, app: FastAPI) -> None:
    visitor = signed_in(street, "S", app)
    visitor.form("/reveal", {"kind": "person", "id": person_id(1), "back": "/", "why": '=HYPERLINK("x")'})
    data = visitor.form("/audit/export", {"format": "csv"}).text
    assert '"\'=HYPERLINK(""x"")"' in data
    got = visitor.form("/audit/export", {"format": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(got.content))
    assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)


# ------------------------------------------------------------------------------------------------- forms, told once


def test_a_form_without_its_token_changes_nothing_and_is_noted(street: Office, app: FastAPI) -> None:
    visitor = signed_in(street, "S", app)
    for fields, headers in (({}, ORIGIN), ({"csrf": "0" * 64}, ORIGIN), ({"csrf": "0" * 64}, {})):
        assert visitor.post("/users/add", {**NEW, **fields}, headers).status == 403
    with street.database.reading() as tx:
        assert tx.execute(select(func.count()).select_from(approval)).scalar_one() == 0
    assert len(noted(street, "form")) == 3


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(street: Office, app: FastAPI) -> None:
    page = signed_in(street, "S", app).form("/users/add", {**NEW, "login": "", "secret2": "other", "name": "<i>"})
    assert page.status == 422
    assert 'aria-describedby="e-login"' in page.text
    assert 'value="&lt;i&gt;"' in page.text
    assert "a fine long secret" not in page.text


def test_what_is_done_is_told_once(street: Office, app: FastAPI) -> None:
    visitor = signed_in(street, "S", app)
    visitor.form("/users/add", NEW)
    assert 'role="status"' in visitor.get("/approvals").text
    assert 'role="status"' not in visitor.get("/approvals").text


def multipart(token: str, content: bytes, name: str = "a.xlsx") -> tuple[bytes, dict[str, str]]:
    edge = "----edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token}\r\n'
    head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    return body, {**ORIGIN, "content-type": f"multipart/form-data; boundary={edge}"}


def token_of(visitor: Visitor) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', visitor.get("/wall").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("size", "status"), [(100, 422), (2 << 20, 422), ((2 << 20) + 1, 413), (4 << 20, 413)])
def test_a_file_is_read_to_its_limit(street: Office, app: FastAPI, size: int, status: int) -> None:
    visitor = signed_in(street, "S", app)
    body, headers = multipart(token_of(visitor), b"x" * size)
    assert visitor.send_body("/report/template/bring", body, headers).status == status


def test_a_file_without_the_token_is_refused(street: Office, app: FastAPI) -> None:
    visitor = signed_in(street, "S", app)
    body, headers = multipart("0" * 64, b"x")
    assert visitor.send_body("/report/template/bring", body, headers).status == 403


@pytest.mark.parametrize("body", [b"", b"--", b"------edge\r\nContent-Disposition: form-data\r\n\r\n"])
def test_a_broken_upload_is_no_fault_of_ours(street: Office, app: FastAPI, body: bytes) -> None:
    visitor = signed_in(street, "S", app)
    headers = {**ORIGIN, "content-type": "multipart/form-data; boundary=----edge"}
    assert visitor.send_body("/report/template/bring", body, headers).status in (400, 403)


# ------------------------------------------------------------------------------------------------------------- jobs


def test_a_job_ends_with_its_file_for_the_one_who_asked_alone(street: Office) -> None:
    jobs = Jobs(street.database, street.vault, street.ids, street.clock, AtOnce())
    seen: list[tuple[int, int]] = []

    def work(told: Any) -> Ended:
        told(1, 2)
        found = jobs.get(job_id(jobs, street), "u1")
        assert found is not None
        seen.append((found.done, found.total))
        told(2, 2)
        return Ended("office.list.total", {"n": 2}, "/x", JobFile("a.pdf", "application/pdf", b"%PDF"))

    started = jobs.start("cards", "u1", work)
    done = jobs.get(started, "u1")
    assert done is not None
    assert (done.state, done.done, done.total, done.to, seen) == (JobState.DONE, 2, 2, "/x", [(1, 2)])
    assert jobs.file(started, "u1") == JobFile("a.pdf", "application/pdf", b"%PDF")
    assert jobs.get(started, "u2") is None
    assert jobs.file(started, "u2") is None


def job_id(jobs: Jobs, street: Office) -> str:
    with street.database.reading() as tx:
        return str(tx.execute(select(job.c.id)).scalar())


def test_a_job_that_fails_says_so_without_anybodys_name(street: Office, expected_log: ExpectedLog) -> None:
    expected_log(logging.ERROR, "sync.office.service.jobs", "job: ValueError")
    jobs = Jobs(street.database, street.vault, street.ids, street.clock, AtOnce())

    def broken(_told: Any) -> Ended:
        raise ValueError("a name that must not be shown")

    failed = jobs.get(jobs.start("cards", "u1", broken), "u1")
    assert failed is not None
    assert failed.state is JobState.FAILED
    assert "name" not in str(failed.values)


def test_a_restart_breaks_off_what_ran(street: Office) -> None:
    jobs = Jobs(street.database, street.vault, street.ids, street.clock, Never())
    started = jobs.start("cards", "u1", lambda _told: Ended())
    Jobs(street.database, street.vault, street.ids, street.clock, Never()).recover()
    broken = jobs.get(started, "u1")
    assert broken is not None
    assert broken.state is JobState.BROKEN


class Never(AtOnce):
    """Jobs that nobody does."""

    def submit(self, run: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        del run, args, named
        return Future()


@pytest.mark.parametrize("path", ["/wall", "/report", "/approvals", "/audit", "/users", "/devices", "/screening"])
def test_every_page_stands_in_both_languages(street: Office, app: FastAPI, path: str) -> None:
    visitor = signed_in(street, "S", app)
    for language in ("zh_CN", "en"):
        page = visitor.get(path, lang=language)
        assert page.status in (200, 303)
        assert "office." not in re.sub(r"/office\.(css|js|svg)|https://office\.test", "", page.text)


@pytest.mark.parametrize("place", ["9" * 30, "9" * 200, "-1", "x", "１２"])
@pytest.mark.parametrize(
    "path", ["/passes?list=all", "/passes?list=soon", "/cases?which=all", "/conflicts?which=all", "/audit"]
)
def test_a_place_in_a_list_that_nobody_was_given_is_a_page_all_the_same(
    street: Office, app: FastAPI, path: str, place: str
) -> None:
    visitor = signed_in(street, "S", app)
    assert visitor.get(f"{path}{'&' if '?' in path else '?'}after={quote(place)}").status == 200
