# SPDX-License-Identifier: LicenseRef-Gatehouse
"""How long what is kept: the periods in force, what is due by them, and holds (trust.md 2, 9).

`retention.py` destroys; here stands what it goes by, so that a page can show and change it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from sqlalchemy import Connection, delete, func, select

from kiosk.domain.instants import DAY_MS, day_number
from kiosk.domain.register import Isolation
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.service.retention import Periods
from sync.office.service.returns import COUNTS_DAYS
from sync.office.store import tables
from sync.office.store.tables import (
    application,
    audit,
    case_file,
    event_private,
    office_meta,
    passage,
    purge_hold,
    quarantine,
    receipt,
)
from sync.office.store.upsert import put

_PERIODS = "retention.periods"
MOST_DAYS = 3_650
"""Ten years: beyond it, a period is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Hold:
    """暂缓销毁: a case, a passage, a person or an isolation that is not purged until then."""

    subject: str
    until_ms: int
    by: str
    approved_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Due:
    """到期: rows that the next run destroys by one period, but for what is on hold; `days` of the period."""

    period: str
    days: int
    default: int
    rows: int
    oldest_day: int | None = None


def periods_in_force(tx: Connection) -> Periods:
    """The periods that two persons set, or the defaults; a period that this program does not know is passed over."""
    stored = tx.execute(select(office_meta.c.v).where(office_meta.c.k == _PERIODS)).scalar()
    kept: Mapping[str, int] = {} if stored is None else json.loads(stored)
    return Periods(**{one.name: int(kept[one.name]) for one in fields(Periods) if one.name in kept})


def set_periods(tx: Connection, audit: Audit, changed: Mapping[str, int], now_ms: int, *, by: str, why: str) -> None:
    """Put other periods in force; what is not named stays. `by` are two persons (`retention.extend`)."""
    new = {**asdict(periods_in_force(tx)), **changed}
    put(tx, office_meta, [{"k": _PERIODS, "v": json.dumps(new, sort_keys=True).encode()}])
    told = " ".join(f"{name}={days}" for name, days in sorted(changed.items()))
    audit.note(tx, Entry(by, "retention.extend", target=told, why=why), now_ms)


def holds(tx: Connection, now_ms: int) -> list[Hold]:
    """Holds that have not run out, the nearest end first."""
    c = purge_hold.c
    rows = tx.execute(select(purge_hold).where(c.until_ms > now_ms).order_by(c.until_ms))
    return [Hold(row.subject, row.until_ms, row.by, row.approved_by, row.why) for row in rows]


def lift(tx: Connection, audit: Audit, subject: str, now_ms: int, *, by: str, why: str) -> bool:
    """End a hold before its time; False if there is none. `by` are two persons, as for placing it."""
    gone = tx.execute(delete(purge_hold).where(purge_hold.c.subject == subject)).rowcount == 1
    if gone:
        audit.note(tx, Entry(by, "purge.hold", target=subject, why=f"lifted: {why}"), now_ms)
    return gone


def known_subject(tx: Connection, subject: str) -> bool:
    """Whether there is such a case, passage, person or isolation."""
    places = (case_file.c.id, passage.c.passage_id, tables.person.c.id, tables.isolation.c.id)
    return any(tx.execute(select(place).where(place == subject)).first() is not None for place in places)


def due(tx: Connection, book: RegisterBook, now_ms: int, periods: Periods) -> list[Due]:
    """What the next run destroys, by period; index reads alone, whatever the street's size."""
    default, today = Periods(), day_number(now_ms)
    p, q, g = event_private.c, quarantine.c, passage.c
    personal = select(func.count(), func.min(p.day)).where(p.day < today - periods.personal)
    asides = select(func.count()).where(q.received_at_ms < now_ms - periods.quarantine * DAY_MS, func.length(q.raw) > 0)
    passages = select(func.count()).where(g.day < today - periods.events)
    parts, oldest = tx.execute(personal).one()
    back = select(func.count()).where(tables.returnee.c.arrived_day < today - COUNTS_DAYS - periods.closed)
    closed = _closed(tx, book, now_ms - periods.closed * DAY_MS) + tx.execute(back).scalar_one()
    return [
        Due("personal", periods.personal, default.personal, parts, oldest),
        Due("closed", periods.closed, default.closed, closed),
        Due("quarantine", periods.quarantine, default.quarantine, tx.execute(asides).scalar_one()),
        Due(
            "events", periods.events, default.events, tx.execute(passages).scalar_one(),
            tx.execute(select(func.min(g.day))).scalar(),
        ),
        *_papers(tx, now_ms, periods),
    ]  # fmt: skip


def _papers(tx: Connection, now_ms: int, periods: Periods) -> list[Due]:
    """What the office wrote of its own work."""
    default, today = Periods(), day_number(now_ms)
    entries = select(func.count()).select_from(audit).where(audit.c.at_ms < now_ms - periods.audit * DAY_MS)
    asked_before = application.c.asked_at_ms < now_ms - periods.applications * DAY_MS
    applied = select(func.count()).select_from(application).where(application.c.state != "WAITING", asked_before)
    given = select(func.count()).select_from(receipt).where(receipt.c.day < today - periods.receipts)
    return [
        Due("audit", periods.audit, default.audit, tx.execute(entries).scalar_one()),
        Due("applications", periods.applications, default.applications, tx.execute(applied).scalar_one()),
        Due("receipts", periods.receipts, default.receipts, tx.execute(given).scalar_one()),
    ]


def _closed(tx: Connection, book: RegisterBook, before_ms: int) -> int:
    """Closed cases and ended isolations whose last word is older."""
    c, i = case_file.c, tables.isolation.c
    cases = tx.execute(select(c.doc).where(c.closed == 1, c.opened_at_ms < before_ms)).scalars()
    old = 0
    for doc in cases:
        steps = [int(step.get("at_ms", 0)) for step in json.loads(doc).get("steps", {}).values()]
        old += max(steps, default=0) < before_ms
    ids = list(tx.execute(select(i.id).where(i.changed_at_ms < before_ms)).scalars())
    for start in range(0, len(ids), 400):
        found = book.register.many(tx, Isolation.ENTITY, ids[start : start + 400]).values()
        old += sum(isinstance(one, Isolation) and one.state.value in ("NONE", "RELEASED") for one in found)
    return old
