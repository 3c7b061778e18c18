# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The daily report equals a recount of what happened, whatever happened and in whatever order it came."""

import datetime as dt
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

from kiosk.domain.codec import to_json
from kiosk.domain.codes import (
    Button,
    Category,
    CodeColour,
    Direction,
    How,
    PassKind,
    PassState,
    Reason,
    ReportStatus,
    ScanResult,
    Site,
    TempOutcome,
    Validity,
    Verdict,
)
from kiosk.domain.events import Report
from kiosk.domain.figures import PASSAGE_COLUMNS, recount
from kiosk.domain.identity import PassageId, PassId, PersonId
from kiosk.domain.instants import DAY_MS, Instant, day_of, start_of
from kiosk.domain.passage import Overridden, PassageRecord
from kiosk.domain.register import Compound, PassRow, Person
from kiosk.domain.temperature import Reading
from sync.office.compose import Office
from sync.office.service.report import STREET, DailyReport, DailyReports
from sync.office.store import migrating, upsert
from sync.office.store.engine import Database, sqlite_url
from sync.office.store.passages import KeptPassage, Passages, values
from sync.office.store.tables import passage, report_day
from tests.unit.domain.policies import A
from tests.unit.office.offices import C1, C2, G1, G2, G3, JU, START_MS

DAYS = (dt.date(2020, 2, 19), dt.date(2020, 2, 20))
GRID = "网格二"
SCOPES = {
    STREET: {G1, G2, G3}, str(JU): {G1, G2, G3}, GRID: {G3}, str(C1): {G1, G2}, str(C2): {G3}, str(G2): {G2},
}  # fmt: skip
HOME_OF = {G1: C1, G2: C1, G3: C2}
COUNTED = (*PASSAGE_COLUMNS, "entered_persons", "fever")


def passages(seed: int) -> Iterator[PassageRecord]:
    """Passages of every kind at three gates on two days; few persons, so that many come again."""
    draw = random.Random(seed)
    chance = draw.random
    for number in count(1):
        at = Instant(start_of(draw.choice(DAYS)) + draw.randrange(86_400_000), number, 1)
        readings = tuple(
            Reading(n, draw.randrange(330, 390), Site.FOREHEAD, draw.choice(list(Validity)), at)
            for n in range(1, draw.randrange(3))
        )
        yield PassageRecord(
            passage=PassageId(f"{number:032x}"),
            gate=draw.choice(list(HOME_OF)),
            dir=draw.choice(list(Direction)),
            how=How.SCAN,
            started=at,
            decided=at,
            verdict=draw.choice(list(Verdict)),
            reason=draw.choice(list(Reason)),
            rule=draw.choice(["R07", "R14", "R20", "R22", "R25", "R26", "R32"]),
            scan_result=draw.choice(list(ScanResult)),
            outcome=draw.choice(list(TempOutcome)),
            policy=draw.choice(["2020-02-14", "2020-02-14+1"]),
            person=PersonId(f"{draw.randrange(9):032x}") if chance() < 0.7 else None,
            pass_id=PassId(f"{draw.randrange(9):016x}") if chance() < 0.5 else None,
            category=draw.choice([None, *Category]),
            code=draw.choice(list(CodeColour)),
            recorded=chance() < 0.6,
            final=True,
            readings=readings,
            late=chance() < 0.1,
            voided=chance() < 0.1,
            practice=chance() < 0.1,
            plate_ix=draw.choice([None, None, 1, 2]),
            button=draw.choice([None, None, Button.TRANSFER]),
            overridden=Overridden(Verdict.LEADER, Reason.NO_PASS, "why", "leader") if chance() < 0.1 else None,
        )


def put(office: Office, *records: PassageRecord) -> None:
    with office.database.writing() as tx:
        office.passages.put(tx, [KeptPassage(record, "d", HOME_OF[record.gate]) for record in records])


def close(office: Office) -> None:
    """Each gate's own report of each day, so that nobody is silent."""
    rows = [
        {
            "day": day.toordinal(), "scope": f"gate:{gate}", "revision": 1, "status": "REPORTED", "made_at_ms": 0,
            "last_seq": 0, "doc": json.dumps(to_json(Report(day.isoformat(), 1, {}, "", ReportStatus.REPORTED, 0))),
        }
        for day in DAYS
        for gate in HOME_OF
    ]  # fmt: skip
    with office.database.writing() as tx:
        upsert.put(tx, report_day, rows)


def made(office: Office, day: dt.date, scope: str = STREET) -> DailyReport:
    reports = DailyReports(office.book, office.passages, office.devices)
    with office.database.writing() as tx:
        report = reports.make(tx, day, scope, A.params, START_MS)
    assert report is not None
    return report


@pytest.mark.parametrize("seed", range(4))
def test_the_report_of_every_scope_is_a_recount_of_what_was_kept(office: Office, seed: int) -> None:
    close(office)
    with office.database.writing() as tx:
        office.book.put(tx, [Compound(C2, "西泰苑", 2, JU, grid_area=GRID)], START_MS)
    draw = random.Random(seed)
    coming = passages(seed)
    there: dict[PassageId, PassageRecord] = {}
    for _ in range(120):
        record = next(coming)
        if there and draw.random() < 0.4:  # something happens to a passage that is there; it may move to the other day
            old = draw.choice(list(there.values()))
            record = replace(record, passage=old.passage, gate=old.gate, steps=old.steps + 1)
        there[record.passage] = record
        put(office, record)
    for day in DAYS:
        for scope, gates in SCOPES.items():
            mine = [r for r in there.values() if r.gate in gates and day_of(r.decided.at_ms) == day]
            report = made(office, day, scope)
            assert {name: report.columns[name] for name in COUNTED} == recount(mine), (day, scope)
            assert report.policy_versions == tuple(sorted({r.policy for r in mine}))


def test_every_event_that_comes_late_makes_a_revision_and_the_one_sent_stays(office: Office) -> None:
    close(office)
    first = next(p for p in passages(5) if not p.voided and p.decided.at_ms >= start_of(DAYS[1]))
    put(office, first)
    sent = made(office, DAYS[1])
    assert made(office, DAYS[1]) == sent
    put(office, replace(first, steps=first.steps + 1))  # a step that no column shows
    assert (made(office, DAYS[1]).revision, made(office, DAYS[1]).changed) == (2, {})
    put(office, replace(first, steps=first.steps + 2, voided=True))
    newest = made(office, DAYS[1])
    assert newest.revision == 3
    assert newest.columns == {name: value + newest.changed.get(name, 0) for name, value in sent.columns.items()}
    with office.database.reading() as tx:
        kept = DailyReports(office.book, office.passages, office.devices).shown(tx, DAYS[1], STREET, 1)
    assert kept == sent


def test_passages_of_an_older_database_are_counted_after_it_is_brought_up(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "office.db"))
    kept = list(islice(passages(9), 30))
    with database.writing() as tx:
        config = migrating._config(tx)
        command.upgrade(config, "0001")
        known = {c["name"] for c in inspect(tx).get_columns("passage")}
        full = [dict(row) for row in (values(KeptPassage(r, "d", "C01")) for r in kept)]
        upsert.put(tx, passage, [{k: v for k, v in row.items() if k in known} for row in full])
    assert migrating.bring_up(database)
    with database.reading() as tx:
        for day in DAYS:
            counts = Passages().day_counts(tx, day.toordinal(), list(HOME_OF))
            mine = [r for r in kept if day_of(r.decided.at_ms) == day]
            assert sum(c.alike.many for c in counts if "entered" in c.alike.columns) == recount(mine)["entered"]
            assert Passages().distinct(tx, day.toordinal(), list(HOME_OF))[0] == recount(mine)["entered_persons"]
    database.close()


def test_stock_and_passes_of_a_day_are_those_of_the_register(office: Office) -> None:
    start = start_of(DAYS[1])
    times = [None, start - 1, start, start + DAY_MS - 1, start + DAY_MS]
    persons = [
        Person(PersonId(f"p{n}"), Category.LOCAL, C1, name="张伟", registered_at_ms=at) for n, at in enumerate(times)
    ]
    cards = [
        PassRow(PassId("new"), C1, PassKind.RESIDENT, Category.LOCAL, PassState.ACTIVE, 0, 1, start, start),
        PassRow(PassId("old"), C1, PassKind.RESIDENT, Category.LOCAL, PassState.LOST, 0, 1, start - 1, start + 5),
        PassRow(PassId("elsewhere"), C2, PassKind.RESIDENT, Category.LOCAL, PassState.ACTIVE, 0, 1, start, start),
        PassRow(PassId("before"), C1, PassKind.RESIDENT, Category.LOCAL, PassState.LOST, 0, 1, start - 2, start - 1),
        PassRow(PassId("again"), C1, PassKind.RESIDENT, Category.LOCAL, PassState.ACTIVE, 0, 1, start + DAY_MS - 1,
                start, replaces=PassId("old")),
    ]  # fmt: skip
    with office.database.writing() as tx:
        office.book.put(tx, [*persons, *cards], START_MS)
    close(office)
    wanted = {"stock": 4, "increment": 2, "issued": 1, "reissued": 1, "revoked": 1}
    columns = made(office, DAYS[1], str(C1)).columns
    assert {name: columns[name] for name in wanted} == wanted
    with office.database.writing() as tx:
        office.book.drop(tx, Person, "p0", START_MS)
    assert made(office, DAYS[1], str(C1)).columns["stock"] == 3
