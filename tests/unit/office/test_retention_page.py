# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Retention on the office's page: what is due, two persons for all that is out of turn, the proof, copies and drill."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from kiosk.domain.codes import CaseKind, Priority
from kiosk.domain.events import CaseOpened, CaseStep, Tailgate
from kiosk.domain.identity import CaseId
from kiosk.domain.instants import DAY_MS
from sync.office.backup import Copied, make_copy, note_drill
from sync.office.compose import Office
from sync.office.purge import last_report, purge_daily
from sync.office.service.jobs import Jobs
from sync.office.service.keeping import holds, periods_in_force
from sync.office.service.retention import Periods, Retention
from sync.office.store.tables import audit, case_file, event_private
from sync.office.web import pages_router
from tests.unit.office.offices import START_MS, Clock, enrolled
from tests.unit.office.pages import PASSWORD, AtOnce, Visitor, peopled, signed_in

CASE = CaseId("c" * 32)
LATER = 40 * DAY_MS


@pytest.fixture
def old(office: Office) -> Office:
    """A closed case and a personal part of 40 days ago."""
    peopled(office)
    tablet = enrolled(office)
    tablet.write(CaseOpened(CASE, CaseKind.FEVER, Priority.P2), personal={"text": "王小明"})
    tablet.write(CaseStep(CASE, closed=True))
    tablet.write(Tailgate(1), personal={"text": "李四"})
    tablet.send()
    assert isinstance(office.clock, Clock)
    office.clock.advance(LATER)
    return office


def officer(office: Office, login: str = "S", backups: Path | None = None) -> Visitor:
    app = FastAPI()
    jobs = Jobs(office.database, office.vault, office.ids, office.clock, AtOnce())
    app.include_router(pages_router(office, jobs=jobs, backups=backups))
    return signed_in(office, login, app)


def asked(office: Office, path: str, fields: dict[str, str], backups: Path | None = None) -> Visitor:
    """S asks; what is returned is S2's browser, who may approve."""
    answer = officer(office).form(path, {"password": PASSWORD, "why": "申诉", **fields})
    assert answer.status == 303, answer.text
    return officer(office, "S2", backups)


def approve(visitor: Visitor) -> str:
    page = visitor.get("/approvals").text
    found = re.search(r'name="id" value="([0-9a-f]+)"', page)
    assert found is not None
    answer = visitor.form("/approvals/approve", {"id": found[1], "password": PASSWORD})
    assert answer.status == 303, answer.text
    return answer.headers["location"]


def parts(office: Office) -> int:
    with office.database.reading() as tx:
        return len(tx.execute(select(event_private.c.seq)).all())


def audited(office: Office) -> str:
    with office.database.reading() as tx:
        return b"\n".join(tx.execute(select(audit.c.canon)).scalars()).decode()


def test_each_rule_says_its_days_and_how_much_is_due(old: Office) -> None:
    page = officer(old).get("/retention").text
    rows = re.findall(r'</svg>([^<]+)</th><td class="n">(\d+)</td><td class="n">(\d+)</td>', page)
    assert ("随记录的个人信息(访客、返沪、案件)", "30", "2") in rows
    assert ("已结案件与已解除隔离", "30", "1") in rows
    assert ("进出记录(不含姓名)", "180", "0") in rows
    assert "还没有销毁过" in page


def test_a_run_out_of_turn_is_done_with_the_second_person_and_its_proof_stands_on_the_page(old: Office) -> None:
    second = asked(old, "/retention/purge", {})
    assert parts(old) == 2, "nothing happens on one person's word"
    job = approve(second)
    assert "没有残留" in second.get(job).text
    assert parts(old) == 0
    page = officer(old).get("/retention").text
    assert "抽查 2 处,没有残留" in page
    with old.database.reading() as tx:
        report = last_report(tx)
        assert report is not None
        assert {line.table: line.rows for line in report.lines if line.rows} == {"event_private": 2, "case_file": 1}
        assert tx.execute(select(case_file.c.id)).all() == []


def test_ones_own_request_is_not_enough(old: Office) -> None:
    asked(old, "/retention/purge", {})
    own = officer(old)
    found = re.search(r'name="id" value="([0-9a-f]+)"', own.get("/approvals").text)
    assert found is not None
    assert own.form("/approvals/approve", {"id": found[1], "password": PASSWORD}).status == 403
    assert parts(old) == 2


def test_a_hold_keeps_a_case_until_it_is_lifted(old: Office) -> None:
    approve(asked(old, "/retention/hold", {"case": CASE}))
    with old.database.reading() as tx:
        (held,) = holds(tx, old.clock.wall_ms())
    assert (held.subject, held.why) == (CASE, "申诉")
    assert held.by != held.approved_by
    page = officer(old).get("/retention").text
    assert "解除暂缓" in page
    assert "S员 + S2员" in page
    approve(asked(old, "/retention/purge", {}))
    assert parts(old) == 1, "the part of the case stays, the other one goes"
    approve(asked(old, "/retention/lift", {"subject": CASE, "why": "申诉已结"}))
    assert "lifted: 申诉已结" in audited(old)
    approve(asked(old, "/retention/purge", {}))
    assert parts(old) == 0


def test_a_hold_is_for_something_that_is_there_and_has_a_reason(old: Office) -> None:
    visitor = officer(old)
    page = visitor.form("/retention/hold", {"password": PASSWORD, "subject": "nobody", "why": "x"})
    assert page.status == 422
    assert "没有这个编号" in page.text
    assert visitor.form("/retention/hold", {"password": PASSWORD, "case": CASE, "why": ""}).status == 422
    assert visitor.form("/retention/lift", {"password": PASSWORD, "subject": CASE, "why": "x"}).status == 404


def test_longer_periods_need_two_persons_and_then_hold_for_the_daily_run(old: Office) -> None:
    second = asked(old, "/retention/periods", {**days(), "personal": "90"})
    assert "个人信息 90 天" in second.get("/approvals").text
    approve(second)
    with old.database.reading() as tx:
        assert periods_in_force(tx) == Periods(personal=90)
    retention = Retention(old.database, old.book, old.devices, old.audit)
    assert isinstance(old.clock, Clock)
    told = purge_daily(old.database, retention, old.clock.wall_ms())
    assert told is not None
    assert parts(old) == 2
    assert "默认 30" in officer(old).get("/retention").text
    assert "personal=90" in audited(old)


def days() -> dict[str, str]:
    from dataclasses import asdict

    return {name: str(value) for name, value in asdict(Periods()).items()}


@pytest.mark.parametrize("typed", ["0", "", "3651", "-3", "x"])
def test_a_period_that_is_none_is_refused_beside_its_field(old: Office, typed: str) -> None:
    form = {**days(), "events": typed, "password": PASSWORD, "why": "x"}
    page = officer(old).form("/retention/periods", form)
    assert page.status == 422
    assert 'aria-describedby="e-events"' in page.text


def test_the_newest_copy_says_how_old_it_is_where_it_lies_and_is_read_back_on_request(
    old: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    assert "没有备份" in officer(old, backups=folder).get("/retention").text
    made = make_copy(old.database, folder, old.clock.wall_ms())
    assert isinstance(made, Copied)
    note_drill(old.database, made.manifest, START_MS)
    assert isinstance(old.clock, Clock)
    old.clock.advance(3 * 3_600_000)
    visitor = officer(old, backups=folder)
    page = visitor.get("/retention").text
    assert "3 小时前" in page
    assert str(made.folder) in page
    assert "02-20 08:00" in page, "the drill"
    job = visitor.form("/retention/check").headers["location"]
    assert "备份完好" in visitor.get(job).text
    with (made.folder / "office.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"xx")
    job = visitor.form("/retention/check").headers["location"]
    assert "被改动过" in visitor.get(job).text


def test_a_purge_from_the_page_renews_the_copies_in_which_it_would_live_on(old: Office, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    first = make_copy(old.database, folder, START_MS)
    assert isinstance(first, Copied)
    approve(asked(old, "/retention/purge", {}, backups=folder))
    assert not first.folder.exists()
    assert len(list(folder.glob("office-*-*"))) == 1
