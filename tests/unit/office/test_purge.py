# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Personal data destroyed by age at the office, with a search of every byte; the chain still verifies (trust.md 9)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from kiosk.domain.codes import CaseKind, Priority
from kiosk.domain.events import CaseOpened, CaseStep, Tailgate
from kiosk.domain.identity import CaseId, PassageId
from kiosk.domain.instants import DAY_MS, day_number
from sync.office.backup import Copied, make_copy
from sync.office.compose import Office
from sync.office.purge import PurgeReport, holds_any, purge, purge_daily
from sync.office.service.retention import Retention
from sync.office.service.verifying import LogVerifier
from sync.office.store import days
from sync.office.store.engine import Database
from sync.office.store.tables import event_private, quarantine
from tests.unit.office.offices import START_MS, Tablet, enrolled

NOW_MS = START_MS + 40 * DAY_MS


@pytest.fixture
def told(office: Office) -> Iterator[Tablet]:
    """A gate with personal parts: ten of 40 days ago, ten of today."""
    if not office.database.is_sqlite:
        _without_days(office.database)
    tablet = enrolled(office)
    for number in range(10):
        tablet.write(Tailgate(1), START_MS + number, personal={"text": f"旧{number}"})
    for number in range(10):
        tablet.write(Tailgate(1), NOW_MS - number, personal={"text": f"新{number}"})
    assert tablet.send().acked_seq == 21
    yield tablet
    if not office.database.is_sqlite:
        _without_days(office.database)


def _without_days(database: Database) -> None:
    with database.writing() as tx:
        for table in ("event", "event_private"):
            days.drop(tx, table, days.partitions(tx, table))


def run(office: Office, now_ms: int = NOW_MS) -> PurgeReport:
    return purge(office.database, Retention(office.database, office.book, office.devices, office.audit), now_ms)


def removed(report: PurgeReport) -> dict[str, int]:
    return {line.table: line.rows for line in report.lines if line.rows}


def sealed(office: Office) -> list[bytes]:
    with office.database.reading() as tx:
        return list(tx.execute(select(event_private.c.sealed).order_by(event_private.c.seq)).scalars())


def verified(office: Office, tablet: Tablet) -> bool:
    with office.database.reading() as tx:
        reports = LogVerifier(office.devices, office.events).verify(tx, tablet.device)
    return all(not [f for f in report.findings if "PERSONAL" not in f.fault.value] for report in reports)


def test_what_is_due_is_in_no_byte_and_the_chain_verifies(office: Office, told: Tablet) -> None:
    gone = sealed(office)[:10]
    report = run(office)
    assert removed(report) == {"event_private": 10}
    assert (report.done, report.found) == (True, ())
    assert len(sealed(office)) == 10
    assert verified(office, told)
    if office.database.is_sqlite:
        file = Path(str(office.database.engine.url.database))
        assert not holds_any(file, [blob[-16:] for blob in gone])
        wal = Path(f"{file}-wal")
        assert not wal.exists() or wal.stat().st_size == 0


def test_the_search_finds_what_was_only_unlinked(office: Office, told: Tablet) -> None:
    """The control: deleted without overwriting, the bytes are still there, and are found."""
    if not office.database.is_sqlite:
        return
    file = Path(str(office.database.engine.url.database))
    gone = [blob[-16:] for blob in sealed(office)[:10]]
    with office.database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA secure_delete = OFF")
        cursor.execute("DELETE FROM event_private WHERE seq <= 11")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA secure_delete = ON")
    assert told.acked == 0
    assert holds_any(file, gone)


def test_a_second_run_on_the_same_day_removes_nothing(office: Office, told: Tablet) -> None:
    assert removed(run(office))
    assert removed(run(office)) == {}
    assert verified(office, told)


def test_what_an_open_case_or_a_hold_needs_stays(office: Office) -> None:
    tablet = enrolled(office)
    cases = [CaseId(f"{n:032x}") for n in (1, 2, 3)]
    for number, case in enumerate(cases):
        opened = CaseOpened(case, CaseKind.FEVER, Priority.P1, passage=PassageId(f"{number + 50:032x}"))
        tablet.write(opened, START_MS, personal={"text": "甲"})
    for case in cases[1:]:
        tablet.write(CaseStep(case, closed=True), START_MS)
    tablet.send()
    retention = Retention(office.database, office.book, office.devices, office.audit)
    with office.database.writing() as tx:
        assert not retention.hold(tx, cases[1], NOW_MS, by="wang", approved_by="wang", why="appeal")
        assert retention.hold(tx, cases[1], NOW_MS, by="wang", approved_by="li", why="appeal")
    assert removed(run(office)) == {"event_private": 1, "case_file": 1}
    assert len(sealed(office)) == 2
    # the hold ends after thirty days, the open case goes on
    assert removed(run(office, NOW_MS + 31 * DAY_MS)) == {"event_private": 1, "case_file": 1}
    _without_days(office.database)


def test_whole_days_of_events_go_and_the_log_begins_after_them(office: Office, told: Tablet) -> None:
    later = START_MS + 181 * DAY_MS
    report = run(office, later)
    assert removed(report)["event"] == 11
    with office.database.reading() as tx:
        assert days.oldest(tx, "event") == day_number(NOW_MS)
        base = office.devices.base(tx, told.device, 1)
    assert base is not None
    assert verified(office, told)
    told.write(Tailgate(1), later)
    assert told.send(21).acked_seq == 22


def test_the_raw_text_of_quarantine_goes_and_its_place_stays(office: Office) -> None:
    tablet = enrolled(office)
    tablet.write(Tailgate(1))
    tablet.events[1] = type(tablet.events[1])(c="not json 张三", h=tablet.events[1].h)
    assert tablet.send().notes
    with office.database.writing() as tx:
        tx.execute(update(quarantine).values(received_at_ms=START_MS))
    assert removed(run(office))["quarantine"] == 1
    with office.database.reading() as tx:
        assert [item.raw for item in office.events.aside(tx)] == [""]
        assert LogVerifier(office.devices, office.events).verify(tx, tablet.device)
    assert tablet.send().acked_seq == 2


def test_a_new_copy_takes_the_place_of_those_in_which_it_would_live_on(
    office: Office, told: Tablet, tmp_path: Path
) -> None:
    gone = [blob[-16:] for blob in sealed(office)[:10]]
    backups = tmp_path / "backup"
    first = make_copy(office.database, backups, START_MS)
    assert isinstance(first, Copied)
    assert holds_any(first.folder / "office.db", gone)
    run(office)
    second = make_copy(office.database, backups, NOW_MS, kept=1)
    assert isinstance(second, Copied)
    assert [copy.name for copy in backups.iterdir()] == [second.folder.name]
    assert not holds_any(second.folder / "office.db", gone)
    assert verified(office, told)


def test_a_byte_string_over_the_edge_of_two_pieces_is_found(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"." * ((8 << 20) - 4) + b"canary..")
    assert holds_any(file, [b"canary"])
    assert not holds_any(file, [b"sparrow"])


def test_the_purge_comes_once_a_day_from_half_past_three(office: Office, told: Tablet) -> None:
    retention = Retention(office.database, office.book, office.devices, office.audit)
    night = NOW_MS - 8 * 3_600_000  # 00:00 in Shanghai
    assert purge_daily(office.database, retention, night) is None
    first = purge_daily(office.database, retention, night + 210 * 60_000)
    assert first is not None
    assert removed(first)
    assert purge_daily(office.database, retention, NOW_MS) is None
    assert purge_daily(office.database, retention, NOW_MS + DAY_MS) is not None
    assert verified(office, told)
