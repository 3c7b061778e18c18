# SPDX-License-Identifier: LicenseRef-Gatehouse
"""电话报数: what a silent gate told by phone. Provisional, apart from all events, and gone from view when they arrive.

domain.md 17, interface.md 12 `/silent`: never added to a column that events make.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kiosk.domain.codes import ReportStatus
from sync.office.store.tables import phone_report
from sync.office.store.upsert import put


@dataclass(frozen=True, slots=True)
class Phoned:
    """电话报数(暂): of one gate and day."""

    gate: str
    entered: int
    left: int
    fever: int
    by: str
    at_ms: int


def keep_phoned(tx: Connection, day: dt.date, told: Phoned) -> None:
    """Write down what was told; a later call replaces it."""
    doc = json.dumps({"entered": told.entered, "left": told.left, "fever": told.fever})
    row = {"day": day.toordinal(), "gate_id": told.gate, "doc": doc, "by": told.by, "at_ms": told.at_ms}
    put(tx, phone_report, [row])


def phoned_on(tx: Connection, day: dt.date, statuses: Mapping[str, ReportStatus]) -> dict[str, Phoned]:
    """What was told for gates that are silent still: where events have arrived, they alone count."""
    rows = tx.execute(select(phone_report).where(phone_report.c.day == day.toordinal()))
    told = (Phoned(gate=row.gate_id, by=row.by, at_ms=row.at_ms, **json.loads(row.doc)) for row in rows)
    return {one.gate: one for one in told if statuses.get(one.gate) is ReportStatus.MISSING}
