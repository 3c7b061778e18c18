# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A purge with its proof: what is destroyed, then a search of every byte for what should be gone (trust.md 9).

On SQLite `secure_delete` overwrites and the WAL is cut; on PostgreSQL partitions go as files, the rest by VACUUM. Then
new copies replace the older ones, in which it would live on.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from kiosk.domain.codec import BadShape, from_json, to_json
from kiosk.domain.instants import DAY_MS, day_number, minute_of_day
from sync.office.service.keeping import periods_in_force
from sync.office.service.retention import Periods, Purged, Retention, TableLine
from sync.office.store.engine import Database, one_at_a_time
from sync.office.store.tables import device, event, office_meta
from sync.office.store.upsert import put

_SEARCHED = 64
"""Remains looked for by the search: a sample, as every pass reads each byte once for each of them."""
_PIECE = 8 << 20
_FROM_MINUTE = 3 * 60 + 30
_RUN, _REPORT = "purge.run", "purge.report"
_VACUUMED = (
    "event_private", "event", "passage", "quarantine", "case_file", "isolation", "home_temp", "application", "approval",
    "export_log", "audit", "receipt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """清除报告: `done` False: tried again, as a reader stood in the way; `found`: files in which something was left."""

    lines: tuple[TableLine, ...]
    done: bool
    searched: int
    found: tuple[str, ...]
    late_gates: tuple[str, ...]
    at_ms: int = 0


def purge(database: Database, retention: Retention, now_ms: int, periods: Periods | None = None) -> PurgeReport:
    """Destroy what is due, make the bytes go, and look for them; the proof is kept until the next run's."""
    if periods is None:
        with database.reading() as tx:
            periods = periods_in_force(tx)
    purged = retention.run(now_ms, periods)
    done = settle(database)
    found = remains(database, purged)
    with database.reading() as tx:
        late = late_gates(tx, now_ms)
    report = PurgeReport(purged.lines, done, min(len(purged.marks), _SEARCHED), found, late, now_ms)
    with database.writing() as tx:
        put(tx, office_meta, [{"k": _REPORT, "v": json.dumps(to_json(report)).encode()}])
    if database.is_sqlite:
        settle(database)
    return report


def last_report(tx: Connection) -> PurgeReport | None:
    """The proof of the last run, or None: none yet, or one that another program wrote."""
    found = tx.execute(select(office_meta.c.v).where(office_meta.c.k == _REPORT)).scalar()
    try:
        return None if found is None else from_json(PurgeReport, json.loads(found))
    except BadShape:
        return None


def purge_daily(database: Database, retention: Retention, now_ms: int) -> PurgeReport | None:
    """Once a day from 03:30, and at the first chance after it; None: not now. A run that was not done comes again."""
    if minute_of_day(now_ms) < _FROM_MINUTE:
        return None
    today = str(day_number(now_ms)).encode()
    with database.writing() as tx:
        one_at_a_time(tx, _RUN)
        if tx.execute(select(office_meta.c.v).where(office_meta.c.k == _RUN)).scalar() == today:
            return None
    told = purge(database, retention, now_ms)
    if told.done and not told.found:
        with database.writing() as tx:
            put(tx, office_meta, [{"k": _RUN, "v": today}])
    return told


def settle(database: Database) -> bool:
    """Cut the WAL to nothing, or vacuum; False if a reader stood in the way."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return [row[0] for row in cursor.fetchall()] == [0]
        bare = connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in _VACUUMED:
            bare.exec_driver_sql(f"VACUUM {table}")
    return True


def remains(database: Database, purged: Purged) -> tuple[str, ...]:
    """The files of a SQLite database in which a destroyed blob's last bytes still stand; none on PostgreSQL's side."""
    name = database.engine.url.database
    if not database.is_sqlite or name is None:
        return ()
    files = [Path(f"{name}{suffix}") for suffix in ("", "-wal", "-shm", "-journal")]
    marks = purged.marks[-_SEARCHED:]
    return tuple(str(file) for file in files if file.exists() and holds_any(file, marks))


def holds_any(file: Path, marks: Sequence[bytes]) -> bool:
    """Whether any of these byte strings stands in a file, also over the edge of two pieces."""
    if not marks:
        return False
    overlap = max(map(len, marks)) - 1
    before = b""
    with file.open("rb") as data:
        while piece := data.read(_PIECE):
            seen = before + piece
            if any(mark in seen for mark in marks):
                return True
            before = seen[-overlap:] if overlap else b""
    return False


def late_gates(tx: Connection, now_ms: int, days: int = 2) -> tuple[str, ...]:
    """Gates in service that have sent nothing of a purge for some days, though they were heard."""
    e = event.c
    query = select(e.gate_id, func.max(e.at_ms)).where(e.type == "purge").group_by(e.gate_id)
    last: dict[str, int] = {row[0]: row[1] for row in tx.execute(query)}
    gates: Iterable[str] = tx.execute(
        select(device.c.gate_id).where(device.c.state == "ACTIVE", device.c.enrolled_at_ms < now_ms - 14 * DAY_MS)
    ).scalars()
    return tuple(sorted({gate for gate in gates if last.get(gate, 0) < now_ms - days * DAY_MS}))
