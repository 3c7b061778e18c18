# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Which gates have reported a day: all of them in a settled number of queries (domain.md 17, statuses)."""

import datetime as dt
import json
from collections.abc import Sequence

from sqlalchemy import Connection, exists, func, select

from kiosk.domain.codec import from_json
from kiosk.domain.codes import ReportStatus
from kiosk.domain.events import Report
from kiosk.domain.instants import DAY_MS, start_of
from kiosk.domain.reports import gate_status
from sync.office.store.tables import device, event, gate, passage, report_day

_SILENT = ("log.opened", "device", "report")
"""A gate that only started, or opened its log, was not heard of that day's work."""


def gate_statuses(tx: Connection, day: dt.date, gates: Sequence[str]) -> dict[str, ReportStatus]:
    """Status of each of these gates on a day; five queries."""
    number, start = day.toordinal(), start_of(day)
    closings = _closings(tx, number)
    c = device.c
    held = {row[0]: row[1] for row in tx.execute(select(c.gate_id, func.max(c.acked_seq)).group_by(c.gate_id))}
    crossed = exists().where(passage.c.day == number, passage.c.gate_id == gate.c.id)
    there = frozenset(tx.execute(select(gate.c.id).where(crossed)).scalars())
    spoke = exists().where(
        event.c.gate_id == gate.c.id, event.c.at_ms >= start, event.c.at_ms < start + DAY_MS,
        event.c.type.not_in(_SILENT),
    )  # fmt: skip
    heard = frozenset(tx.execute(select(gate.c.id).where(spoke)).scalars())
    return {
        one: gate_status(closings.get(one), held.get(one, 0), heard=one in heard, passages=one in there)
        for one in gates
    }


def _closings(tx: Connection, day: int) -> dict[str, Report]:
    """Each gate's own newest report of a day."""
    c = report_day.c
    query = select(c.scope, c.doc).where(c.day == day, c.scope.like("gate:%")).order_by(c.revision)
    return {scope.removeprefix("gate:"): from_json(Report, json.loads(doc)) for scope, doc in tx.execute(query)}
