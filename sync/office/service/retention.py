# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Destroying personal data by age, table by table (trust.md 2, 9): what goes, what stays and why.

The office's clock is its own; periods are arguments. Holds keep what a case still needs. Reports of days stay.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, select, update

from kiosk.domain.codes import IsolationState
from kiosk.domain.instants import DAY_MS, day_number
from kiosk.domain.register import Isolation
from sync.office.service import retention_papers as papers
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.service.returns import COUNTS_DAYS
from sync.office.store import days
from sync.office.store.devices import Devices
from sync.office.store.engine import Database
from sync.office.store.tables import (
    audit,
    case_file,
    event,
    event_private,
    passage,
    purge_hold,
    quarantine,
    receipt,
    returnee,
)
from sync.office.store.upsert import put

HOLD_DAYS = 30
_OPEN = frozenset(IsolationState) - {IsolationState.NONE, IsolationState.RELEASED}
_CASES = ("case", "case.step")


@dataclass(frozen=True, slots=True)
class Periods:
    """保存期限, in days; more than twice the default needs two persons (trust.md 2)."""

    personal: int = 30
    closed: int = 30
    quarantine: int = 30
    events: int = 180
    audit: int = 365
    applications: int = 30
    receipts: int = 180


@dataclass(frozen=True, slots=True)
class TableLine:
    """一表之结果: rows destroyed, and the oldest day (ordinal) that is kept."""

    table: str
    rows: int
    oldest_day: int | None = None


@dataclass(frozen=True, slots=True)
class Purged:
    """清除结果: `marks` are 16 bytes of each destroyed blob, by which its remains would be found."""

    lines: tuple[TableLine, ...]
    marks: tuple[bytes, ...] = field(default=(), repr=False)


class Retention:
    """到期清除."""

    def __init__(self, database: Database, book: RegisterBook, devices: Devices, audit: Audit) -> None:
        """Take the stores."""
        self._database = database
        self._book = book
        self._devices = devices
        self._audit = audit

    def hold(self, tx: Connection, subject: str, now_ms: int, *, by: str, approved_by: str, why: str) -> bool:
        """Keep what belongs to a case, a passage or a person for 30 days more; False without a second person."""
        if not by or not approved_by or by == approved_by:
            return False
        until = now_ms + HOLD_DAYS * DAY_MS
        put(tx, purge_hold, [{"subject": subject, "until_ms": until, "by": by, "approved_by": approved_by, "why": why}])
        self._audit.note(tx, Entry(by, "purge.hold", target=subject, why=why), now_ms)
        return True

    def run(self, now_ms: int, periods: Periods | None = None) -> Purged:
        """Destroy what is due; each table in a transaction of its own, so that a run that breaks off is taken up."""
        p = periods or Periods()
        today = day_number(now_ms)
        with self._database.writing() as tx:
            personal, marks = self._personal(tx, today - p.personal, now_ms)
        with self._database.writing() as tx:
            asides, more = _quarantine(tx, now_ms - p.quarantine * DAY_MS)
            cases = _cases(tx, now_ms - p.closed * DAY_MS, _held(tx, now_ms))
        with self._database.writing() as tx:
            ended = self._isolations(tx, now_ms - p.closed * DAY_MS, now_ms)
            temps, taken = papers.home_temps(tx, ended)
            back, told = papers.returnees(tx, today - COUNTS_DAYS - p.closed, _held(tx, now_ms))
        with self._database.writing() as tx:
            old_ms = now_ms - p.audit * DAY_MS
            approvals, asked = papers.approvals(tx, old_ms)
            exports = papers.exports(tx, old_ms)
            applied, evidence = papers.applications(tx, now_ms - p.applications * DAY_MS, _held(tx, now_ms))
            receipts = papers.receipts(tx, today - p.receipts)
            audited = papers.audit_entries(tx, self._audit, old_ms, now_ms)
        with self._database.writing() as tx:
            passages = tx.execute(delete(passage).where(passage.c.day < today - p.events)).rowcount
            events = self._events(tx, today - p.events)
            lines = (
                TableLine("event_private", personal, days.oldest(tx, "event_private")),
                TableLine("quarantine", asides),
                TableLine("case_file", cases),
                TableLine("isolation", len(ended)),
                TableLine("home_temp", temps),
                TableLine("returnee", back, tx.execute(select(func.min(returnee.c.arrived_day))).scalar()),
                TableLine("application", applied),
                TableLine("approval", approvals),
                TableLine("export_log", exports),
                TableLine("audit", audited, _oldest_entry(tx)),
                TableLine("receipt", receipts, tx.execute(select(func.min(receipt.c.day))).scalar()),
                TableLine("passage", passages, tx.execute(select(func.min(passage.c.day))).scalar()),
                TableLine("event", events, days.oldest(tx, "event")),
            )
            rows = sum(line.rows for line in lines)
            self._audit.note(tx, Entry("office", "purge.run", target=str(rows)), now_ms)
        return Purged(lines, (*marks, *more, *taken, *told, *asked, *evidence))

    def _personal(self, tx: Connection, before: int, now_ms: int) -> tuple[int, list[bytes]]:
        kept = self._kept(tx, now_ms)
        p, e = event_private.c, event.c
        same = (e.device_id == p.device_id) & (e.epoch == p.epoch) & (e.seq == p.seq) & (e.day == p.day)
        query = select(
            p.device_id, p.epoch, p.seq, p.day, p.sealed, e.type, e.passage_id, e.person_id, e.canon
        ).select_from(event_private.outerjoin(event, same))
        due, whole = [], set[int]()
        stays = set[int]()
        for row in tx.execute(query.where(p.day < before)):
            if _is_kept(row.type, (row.passage_id, row.person_id), row.canon, kept):
                stays.add(row.day)
            else:
                due.append(row)
                whole.add(row.day)
        own = set(days.partitions(tx, "event_private")) - stays
        days.drop(tx, "event_private", sorted(day for day in own if day < before))
        where = (p.device_id, p.epoch, p.seq, p.day)
        for row in (row for row in due if row.day not in own):
            tx.execute(delete(event_private).where(*(c == v for c, v in zip(where, row[:4], strict=True))))
        return len(due), [row.sealed[-papers.TAG :] for row in due]

    def _kept(self, tx: Connection, now_ms: int) -> frozenset[str]:
        """Cases, passages and persons whose parts are still needed: open, or on hold."""
        c = case_file.c
        kept = _held(tx, now_ms)
        for case, passage_id in tx.execute(select(c.id, c.passage_id).where(c.closed == 0)):
            kept |= {case, passage_id or case}
        kept |= {str(one.person) for one in self._book.register.all(tx, Isolation) if one.state in _OPEN}
        return frozenset(kept)

    def _isolations(self, tx: Connection, before_ms: int, now_ms: int) -> list[str]:
        held = _held(tx, now_ms)
        ended = [
            one
            for one in self._book.register.all(tx, Isolation)
            if one.state not in _OPEN and one.changed_at_ms < before_ms and not {str(one.id), str(one.person)} & held
        ]
        for one in ended:
            self._book.drop(tx, Isolation, one.id, now_ms)
        return [str(one.id) for one in ended]

    def _events(self, tx: Connection, before: int) -> int:
        """Whole days of events; a day with an event that still waits for a gap to fill stays."""
        e = event.c
        waiting = set(tx.execute(select(e.day).where(e.linked == 0, e.day < before).distinct()).scalars())
        due = [day for day in days.days_before(tx, "event", before) if day not in waiting]
        if not due:
            return 0
        ends = select(e.device_id, e.epoch, func.max(e.seq)).where(e.day.in_(due)).group_by(e.device_id, e.epoch)
        for device_id, epoch, seq in tx.execute(ends).all():
            where = (e.device_id == device_id, e.epoch == epoch, e.seq == seq)
            digest = tx.execute(select(e.hash).where(*where)).scalar_one()
            self._devices.set_base(tx, device_id, epoch, seq, digest)
        days.drop(tx, "event_private", due)
        return days.drop(tx, "event", due)


def _oldest_entry(tx: Connection) -> int | None:
    at_ms = tx.execute(select(audit.c.at_ms).order_by(audit.c.seq).limit(1)).scalar()
    return None if at_ms is None else day_number(at_ms)


def _is_kept(kind: str | None, ids: Sequence[str | None], canon: bytes | None, kept: Collection[str]) -> bool:
    if any(one in kept for one in ids if one is not None):
        return True
    if kind in _CASES and canon is not None:
        return json.loads(canon)["body"].get("case") in kept
    return False


def _quarantine(tx: Connection, before_ms: int) -> tuple[int, list[bytes]]:
    """The raw text goes; place and hash stay, as the chain goes on over them."""
    q = quarantine.c
    due = tx.execute(select(q.id, q.raw).where(q.received_at_ms < before_ms, func.length(q.raw) > 0)).all()
    for row in due:
        tx.execute(update(quarantine).where(q.id == row.id).values(raw=b""))
    return len(due), [row.raw[-papers.TAG :] for row in due]


def _held(tx: Connection, now_ms: int) -> set[str]:
    """What is on hold now, and the passages of the cases among it."""
    held = set(tx.execute(select(purge_hold.c.subject).where(purge_hold.c.until_ms > now_ms)).scalars())
    passages = select(case_file.c.passage_id).where(case_file.c.id.in_(held), case_file.c.passage_id.is_not(None))
    return held | set(tx.execute(passages).scalars())


def _cases(tx: Connection, before_ms: int, held: Collection[str]) -> int:
    """Closed cases whose last step is older."""
    c = case_file.c
    gone = 0
    for row in tx.execute(select(c.id, c.doc, c.opened_at_ms).where(c.closed == 1)).all():
        steps = [int(step.get("at_ms", 0)) for step in json.loads(row.doc).get("steps", {}).values()]
        if max([row.opened_at_ms, *steps]) < before_ms and row.id not in held:
            tx.execute(delete(case_file).where(c.id == row.id))
            gone += 1
    return gone
