# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the office wrote of its own work goes by age too, and the audit log stays a chain (trust.md 2, 8, 9)."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from sqlalchemy import delete, insert, select, update

from kiosk.domain.codes import CodeColour, IsolationState, PassKind
from kiosk.domain.events import Tailgate
from kiosk.domain.identity import IsolationId
from kiosk.domain.instants import DAY_MS
from kiosk.domain.register import Isolation
from sync.office.compose import Office
from sync.office.purge import PurgeReport, holds_any, purge
from sync.office.service.applications import ApplicationState, Evidence, PassApplication
from sync.office.service.audit import Entry
from sync.office.service.keeping import due, periods_in_force
from sync.office.service.retention import Retention
from sync.office.service.verifying import LogVerifier
from sync.office.store.tables import application, approval, audit, export_log, home_temp, office_meta, receipt
from sync.office.store.upsert import put
from tests.unit.office.offices import C1, START_MS, enrolled, pass_id, person_id, resident

YEAR_MS = 365 * DAY_MS


def run(office: Office, now_ms: int) -> PurgeReport:
    return purge(office.database, Retention(office.database, office.book, office.devices, office.audit), now_ms)


def removed(report: PurgeReport, table: str) -> int:
    return next(line.rows for line in report.lines if line.table == table)


def first_bad(office: Office) -> int | None:
    with office.database.reading() as tx:
        return office.audit.first_bad(tx)


def noted(office: Office) -> int:
    """Ten entries, a tenth of a year apart; the number of entries before them."""
    with office.database.writing() as tx:
        before = office.audit.count(tx)
        for number in range(10):
            office.audit.note(tx, Entry("wang", "roster.edit", target=str(number)), START_MS + number * YEAR_MS // 10)
    return before


def test_the_audit_log_begins_a_year_ago_and_still_verifies(office: Office) -> None:
    before = noted(office)
    report = run(office, START_MS + YEAR_MS + YEAR_MS // 4)
    assert removed(report, "audit") == before + 3
    with office.database.reading() as tx:
        assert [entry["target"] for entry in office.audit.entries(tx)][:2] == ["3", "4"]
    assert first_bad(office) is None
    assert removed(run(office, START_MS + 3 * YEAR_MS), "audit") > 0, "and again, a year on"
    assert first_bad(office) is None


def test_who_cuts_the_audit_log_short_himself_is_found(office: Office) -> None:
    noted(office)
    run(office, START_MS + YEAR_MS + YEAR_MS // 4)
    with office.database.reading() as tx:
        second = tx.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq).limit(1)).one()
    with office.database.writing() as tx:
        tx.execute(delete(audit).where(audit.c.seq == second.seq))
    assert first_bad(office) == second.seq
    with office.database.writing() as tx:
        put(tx, office_meta, [{"k": "audit.base", "v": second.seq.to_bytes(8) + second.hash}])
    assert first_bad(office) == second.seq + 1, "a base that no entry vouches for"


def test_an_audit_log_that_is_all_old_keeps_its_end(office: Office) -> None:
    with office.database.writing() as tx:
        tx.execute(delete(audit))
        assert office.audit.prune(tx, START_MS, START_MS) == 0
    noted(office)
    with office.database.writing() as tx:
        assert office.audit.prune(tx, START_MS + 9 * YEAR_MS, START_MS) == 9
        assert [entry["what"] for entry in office.audit.entries(tx)] == ["roster.edit", "audit.prune"]
    assert first_bad(office) is None


def test_approvals_and_exports_go_after_a_year(office: Office) -> None:
    with office.database.writing() as tx:
        for number, at in enumerate((START_MS, START_MS + YEAR_MS)):
            sealed = office.vault.seal("approval", str(number), b"a name")
            tx.execute(
                insert(approval).values(
                    id=str(number), deed="export", action="export.full", params_sha256=b"", sealed=sealed, why="x",
                    asked_by="wang", asked_at_ms=at, expires_at_ms=at,
                )
            )  # fmt: skip
            tx.execute(
                insert(export_log).values(
                    id=str(number), at_ms=at, who="wang", what="people", scope="C01", format="csv", columns="[]",
                    row_count=1, sha256=b"", why="x",
                )
            )  # fmt: skip
    report = run(office, START_MS + YEAR_MS + DAY_MS)
    assert (removed(report, "approval"), removed(report, "export_log")) == (1, 1)
    assert (report.done, report.found) == (True, ())
    with office.database.reading() as tx:
        assert list(tx.execute(select(approval.c.id)).scalars()) == ["1"]


def test_decided_applications_go_after_a_month_and_what_waits_or_is_held_stays(office: Office) -> None:
    sealed: list[bytes] = []
    with office.database.writing() as tx:
        for number in range(4):
            evidence = Evidence(CodeColour.GREEN, platform_no=f"canary{number}")
            one = PassApplication(
                f"{number:032x}", person_id(number), C1, PassKind.RESIDENT, evidence, "wang", START_MS
            )
            office.applications.put(tx, one)
            if number:
                office.applications.decide(tx, one.id, ApplicationState.SIGNED, pass_id(number))
        young = replace(resident(3)[2], id=pass_id(3), issued_at_ms=START_MS + 20 * DAY_MS)
        office.book.put(tx, [young], START_MS)
        sealed += tx.execute(select(application.c.sealed).where(application.c.id == f"{1:032x}")).scalars()
        retention = Retention(office.database, office.book, office.devices, office.audit)
        retention.hold(tx, person_id(2), START_MS + 20 * DAY_MS, by="wang", approved_by="li", why="appeal")
    now_ms = START_MS + 31 * DAY_MS
    with office.database.reading() as tx:
        assert {one.period: one.rows for one in due(tx, office.book, now_ms, periods_in_force(tx))}["applications"] == 3
    report = run(office, now_ms)
    assert removed(report, "application") == 1
    assert (report.done, report.found) == (True, ())
    with office.database.reading() as tx:
        ids = select(application.c.id).order_by(application.c.id)
        assert list(tx.execute(ids).scalars()) == [f"{n:032x}" for n in (0, 2, 3)]
    if office.database.is_sqlite:
        assert not holds_any(Path(str(office.database.engine.url.database)), [blob[-16:] for blob in sealed])


def test_receipts_that_a_later_one_covers_go_and_the_log_still_verifies_by_the_last(office: Office) -> None:
    tablet = enrolled(office)
    for number in range(5):
        tablet.write(Tailgate(1), START_MS + number)
        assert tablet.send(number).acked_seq == number + 2
    with office.database.writing() as tx:
        tx.execute(update(receipt).values(day=receipt.c.day - 200))
    given = tablet.send(4).receipt
    report = run(office, START_MS + DAY_MS)
    assert removed(report, "receipt") == 4
    with office.database.reading() as tx:
        assert [seq for seq, _ in office.devices.receipts(tx, tablet.device, 1)] == [6]
        assert LogVerifier(office.devices, office.events).verify(tx, tablet.device)[0].whole
    assert tablet.send(4).receipt == given


def test_home_temperatures_go_with_their_isolation(office: Office) -> None:
    with office.database.writing() as tx:
        for number, state in enumerate((IsolationState.RELEASED, IsolationState.HOME)):
            one = Isolation(IsolationId(f"{number:032x}"), person_id(number), state, dt.date(2020, 2, 18), START_MS)
            office.book.put(tx, [*resident(number), one], START_MS)
            sealed = office.vault.seal("home_temp", f"{one.id}|AM", b"36.5")
            tx.execute(
                insert(home_temp).values(isolation_id=one.id, slot="AM", at_ms=START_MS, by="wang", sealed=sealed)
            )
    report = run(office, START_MS + 31 * DAY_MS)
    assert (removed(report, "isolation"), removed(report, "home_temp")) == (1, 1)
    with office.database.reading() as tx:
        assert list(tx.execute(select(home_temp.c.isolation_id)).scalars()) == [f"{1:032x}"]
