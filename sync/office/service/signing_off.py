# SPDX-License-Identifier: LicenseRef-Gatehouse
"""签发: who signed which revision of a report; a signature stands for that revision and never moves to the next."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, select

from sync.office.service.audit import Audit, Entry
from sync.office.store.tables import report_sign, user
from sync.office.store.upsert import add_new


@dataclass(frozen=True, slots=True)
class SignedOff:
    """已签发."""

    revision: int
    name: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Revision:
    """日报一版: day, scope, number."""

    day: dt.date
    scope: str
    number: int


def sign_off(tx: Connection, audit: Audit, what: Revision, by: str, now_ms: int) -> None:
    """Sign a revision; signing again changes nothing."""
    row = {"day": what.day.toordinal(), "scope": what.scope, "revision": what.number, "by": by, "at_ms": now_ms}
    add_new(tx, report_sign, [row])
    audit.note(tx, Entry(by, "report.signoff", f"{what.day} {what.scope} {what.number}"), now_ms)


def signed_off(tx: Connection, day: dt.date, scope: str) -> list[SignedOff]:
    """Signatures of all revisions, newest revision first."""
    c = report_sign.c
    query = select(c.revision, user.c.name, c.at_ms).join_from(report_sign, user, user.c.id == c.by)
    rows = tx.execute(query.where(c.day == day.toordinal(), c.scope == scope).order_by(c.revision.desc(), c.at_ms))
    return [SignedOff(row.revision, row.name, row.at_ms) for row in rows]
