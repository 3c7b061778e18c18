# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What operators watch of the street, as numbers: gates by how long they are silent, events still out, what waits."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from sync.office.service.platform import state_of
from sync.office.store.devices import DeviceState
from sync.office.store.tables import approval, audit, case_file, device, job, quarantine, returnee, session

_LATE_MS, _LOST_MS = 15 * 60_000, 60 * 60_000


def street_gauges(tx: Connection, now_ms: int) -> Mapping[str, float]:
    """Gauges by name; eight small queries."""
    c = device.c
    rows = tx.execute(select(c.state, c.last_seen_ms, c.head_seq, c.acked_seq)).all()
    active = [row for row in rows if row.state == DeviceState.ACTIVE.value]
    silent = [now_ms - (row.last_seen_ms or 0) for row in active]
    out: dict[str, float] = {
        'gates{state="fine"}': sum(ms <= _LATE_MS for ms in silent),
        'gates{state="late"}': sum(_LATE_MS < ms <= _LOST_MS for ms in silent),
        'gates{state="lost"}': sum(ms > _LOST_MS for ms in silent),
        "events_not_uploaded": sum(max(0, row.head_seq - row.acked_seq) for row in active),
    }
    held = select(func.count()).select_from(quarantine).where(quarantine.c.outcome.is_(None))
    out["quarantine_open"] = tx.execute(held).scalar_one()
    urgent = select(func.count()).select_from(case_file).where(case_file.c.closed == 0, case_file.c.priority == "P1")
    out["cases_urgent_open"] = tx.execute(urgent).scalar_one()
    out["sessions"] = tx.execute(select(func.count()).select_from(session)).scalar_one()
    out["audit_entries"] = tx.execute(select(func.coalesce(func.max(audit.c.seq), 0))).scalar_one()
    waits = (approval.c.expires_at_ms >= now_ms, approval.c.approved_by.is_(None), approval.c.refused_by.is_(None))
    out["approvals_waiting"] = tx.execute(select(func.count()).select_from(approval).where(*waits)).scalar_one()
    runs = job.c.state.in_(("WAITING", "RUNNING"))
    out["jobs_running"] = tx.execute(select(func.count()).select_from(job).where(runs)).scalar_one()
    return out | _platform(tx, now_ms)


def _platform(tx: Connection, now_ms: int) -> dict[str, float]:
    """The line to the returnee platform, where there is one, and the records by state."""
    states = tx.execute(select(returnee.c.state, func.count()).group_by(returnee.c.state).order_by(returnee.c.state))
    out: dict[str, float] = {f'returnees{{state="{state}"}}': count for state, count in states}
    line = state_of(tx)
    if line is not None:
        out["returnee_platform_up"] = float(not line.fault)
        out["returnee_platform_failures"] = line.failures
        if line.good_ms is not None:
            out["returnee_platform_age_seconds"] = (now_ms - line.good_ms) / 1000
    return out
