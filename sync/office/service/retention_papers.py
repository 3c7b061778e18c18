# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the office writes of its own work, destroyed by age: audit, approvals, exports, applications, receipts, home
temperatures (trust.md 2).

The audit log stays a chain: it begins later, at a base that an entry of the log itself vouches for. The newest receipt
of an epoch stays, for all before it is proven by it.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from sync.office.service.applications import ApplicationState
from sync.office.service.audit import Audit
from sync.office.store.tables import application, approval, export_log, home_temp, pass_, receipt, returnee

_PART = 400
TAG = 16
"""Bytes at the end of a sealed blob by which its remains would be found."""


def approvals(tx: Connection, before_ms: int) -> tuple[int, list[bytes]]:
    """Approvals that were over by then, used or not; their parameters are sealed."""
    return _gone(tx, approval, approval.c.expires_at_ms < before_ms)


def exports(tx: Connection, before_ms: int) -> int:
    """Lines of the export log."""
    return tx.execute(delete(export_log).where(export_log.c.at_ms < before_ms)).rowcount


def audit_entries(tx: Connection, audit: Audit, before_ms: int, now_ms: int) -> int:
    """The audit log's first entries, up to the first that is young enough."""
    return audit.prune(tx, before_ms, now_ms)


def applications(tx: Connection, before_ms: int, held: Collection[str]) -> tuple[int, list[bytes]]:
    """Applications that were decided; a signed one counts from its card, a refused one from the asking."""
    a, p = application.c, pass_.c
    card = select(p.id).where(p.id == a.pass_id, p.issued_ms >= before_ms).exists()
    due = (a.state != ApplicationState.WAITING.value) & (a.asked_at_ms < before_ms) & ~card
    return _gone(tx, application, due & a.person_id.not_in(sorted(held)) if held else due)


def receipts(tx: Connection, before_day: int) -> int:
    """Receipts that a later one of the same epoch covers."""
    r, later = receipt.c, receipt.alias("later")
    newest = (
        select(func.max(later.c.seq))
        .where(later.c.device_id == r.device_id, later.c.epoch == r.epoch)
        .correlate(receipt)
        .scalar_subquery()
    )
    return tx.execute(delete(receipt).where(r.day < before_day, r.seq < newest)).rowcount


def home_temps(tx: Connection, isolations: Sequence[str]) -> tuple[int, list[bytes]]:
    """The temperatures taken at home in these isolations."""
    rows, marks = 0, list[bytes]()
    for start in range(0, len(isolations), _PART):
        gone, more = _gone(tx, home_temp, home_temp.c.isolation_id.in_(isolations[start : start + _PART]))
        rows, marks = rows + gone, marks + more
    return rows, marks


def returnees(tx: Connection, before_day: int, held: Collection[str]) -> tuple[int, list[bytes]]:
    """The returnee platform's records of arrivals before a day (ordinal)."""
    r = returnee.c
    due = r.arrived_day < before_day
    kept = due & (r.person_id.is_(None) | r.person_id.not_in(sorted(held)))
    return _gone(tx, returnee, kept if held else due)


def _gone(tx: Connection, table: Table, due: ColumnElement[bool]) -> tuple[int, list[bytes]]:
    """Delete these rows; how many, and the ends of their sealed parts."""
    marks = [blob[-TAG:] for blob in tx.execute(select(table.c.sealed).where(due)).scalars()]
    return tx.execute(delete(table).where(due)).rowcount, marks
