# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/retention` 保存与销毁: what goes when, the last run's proof, holds, copies and drill (trust.md 2, 9).

The daily run needs nobody. A run at another time, another period, a hold and its end need two persons (trust.md 3).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy import Row as DbRow

from kiosk.domain.instants import DAY_MS, shanghai
from sync.office.backup import CopyFault, check_copy, last_noted, newest_copy, renew_copies
from sync.office.health import STALE_S
from sync.office.purge import last_report, purge
from sync.office.service.approvals import Approval
from sync.office.service.jobs import Ended, Told
from sync.office.service.keeping import MOST_DAYS, due, holds, known_subject, lift, periods_in_force, set_periods
from sync.office.service.retention import Periods, Retention
from sync.office.store.tables import case_file
from sync.office.web.answers import NOT_FOUND, STALE, Answer, Done, Refused, Shown, Started
from sync.office.web.fields import REMARK, FormReader
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Deed, House, Visit

PATH = "/retention"
_HOLD, _EARLY, _EXTEND = "purge.hold", "purge.early", "retention.extend"
_CASES = 100
_OLD_COPY_MS, _STALE_COPY_MS, _DRILL_MS = 26 * 3_600_000, STALE_S * 1000, 92 * DAY_MS
"""A copy is made every day, a drill every quarter (sync-and-store.md 9)."""


def show(visit: Visit) -> Answer:
    """All of it."""
    return _shown(visit, {})


def _shown(visit: Visit, faults: dict[str, str]) -> Shown:
    periods = periods_in_force(visit.tx)
    names = {user.id: user.name for user in visit.office.accounts.users(visit.tx)}
    report = last_report(visit.tx)
    asked = visit.asked.get("subject", "")
    return Shown(
        "retention.html",
        {
            "due": due(visit.tx, visit.office.book, visit.now_ms, periods), "periods": asdict(periods),
            "report": report,
            "oldest": {} if report is None else {line.table: _day(line.oldest_day) for line in report.lines},
            "late": [] if report is None else [visit.reach.gate_name(gate) for gate in report.late_gates],
            "holds": holds(visit.tx, visit.now_ms), "names": names, "cases": _cases(visit), "subject": asked,
            **_copies(visit), "day": _day,
        },
        faults,
    )  # fmt: skip


def _day(ordinal: int | None) -> str:
    return "" if ordinal is None else dt.date.fromordinal(ordinal).isoformat()


def _copies(visit: Visit) -> dict[str, Any]:
    """The newest copy, how old it is, and when one was last put back for a drill."""
    folder = visit.house.backups
    copy = None if folder is None else newest_copy(folder)
    drill = last_noted(visit.tx, "backup.drill")
    age = None if copy is None else visit.now_ms - copy.manifest.made_at_ms
    look = "stop" if age is None or age > _STALE_COPY_MS else "wait" if age > _OLD_COPY_MS else "go"
    drilled = "wait" if drill is None or visit.now_ms - drill > _DRILL_MS else "go"
    return {
        "copy": copy, "copy_look": look, "copy_h": None if age is None else age // 3_600_000,
        "noted": last_noted(visit.tx, "backup.make"), "drill": drill, "drill_look": drilled,
        "folder": "" if folder is None else str(folder),
    }  # fmt: skip


def _cases(visit: Visit) -> list[tuple[str, str]]:
    """The newest cases, as a hold is most often for one of them."""
    c = case_file.c
    rows = visit.tx.execute(select(case_file).order_by(c.opened_at_ms.desc()).limit(_CASES)).all()
    return [(row.id, f"{shanghai(row.opened_at_ms):%m-%d %H:%M} {_case(visit, row)}") for row in rows]


def _case(visit: Visit, row: DbRow[Any]) -> str:
    return f"{row.priority} {visit.t(f'case_kind.{row.kind}')} {visit.reach.gate_name(row.gate_id)}"


def periods(visit: Visit) -> Answer:
    """Ask for other periods."""
    read = FormReader(visit.form)
    now = asdict(periods_in_force(visit.tx))
    asked = {one.name: read.number(one.name, 1, MOST_DAYS) for one in fields(Periods)}
    _needs_why(visit, read)
    if read.faults:
        return _shown(visit, read.faults)
    if asked == now:
        return Done(PATH, "office.retention.same")
    return visit.ask_second(_EXTEND, "retention.periods", asked)


def hold(visit: Visit) -> Answer:
    """Ask that something be kept for 30 days more."""
    read = FormReader(visit.form)
    subject = read.text("subject", 64, needed=False) or visit.form.get("case", "")
    if not subject or not known_subject(visit.tx, subject):
        read.faults["subject"] = "office.retention.fault.subject"
    _needs_why(visit, read)
    if read.faults:
        return _shown(visit, read.faults)
    return visit.ask_second(_HOLD, "purge.hold", {"subject": subject})


def let_go(visit: Visit) -> Answer:
    """Ask that a hold end before its time."""
    subject = visit.form.get("subject", "")
    if subject not in {one.subject for one in holds(visit.tx, visit.now_ms)}:
        return NOT_FOUND
    return visit.ask_second(_HOLD, "purge.lift", {"subject": subject})


def run(visit: Visit) -> Answer:
    """Ask for a run outside its time."""
    return visit.ask_second(_EARLY, "purge.run", {})


def check(visit: Visit) -> Answer:
    """Read the newest copy back once more: its bytes, rows and chains."""
    folder = visit.house.backups
    copy = None if folder is None else newest_copy(folder)
    if copy is None:
        return STALE
    visit.note("log.verify", copy.folder.name)

    def work(_told: Told) -> Ended:
        found = check_copy(copy.folder)
        if isinstance(found, CopyFault):
            return Ended(f"office.retention.copy_fault.{found.name}", to=PATH)
        return Ended("office.retention.copy_good", {"rows": found.rows, "events": found.events}, PATH)

    return Started("check_copy", work)


def _needs_why(visit: Visit, read: FormReader) -> None:
    if not visit.why or len(visit.why) > REMARK:
        read.faults["why"] = "office.form.needed"


# ------------------------------------------------------------------------------------------------ what two persons do


def _by(approved: Approval) -> str:
    return f"{approved.asked_by}+{approved.approved_by}"


def _set_periods(house: House, tx: Connection, approved: Approval) -> Done:
    changed = {name: int(days) for name, days in approved.params.items()}
    set_periods(tx, house.office.audit, changed, house.office.clock.wall_ms(), by=_by(approved), why=approved.why)
    return Done(PATH)


def _hold(house: House, tx: Connection, approved: Approval) -> Done | Refused:
    done = _retention(house).hold(
        tx, approved.params["subject"], house.office.clock.wall_ms(), by=approved.asked_by,
        approved_by=approved.approved_by or "", why=approved.why,
    )  # fmt: skip
    return Done(PATH) if done else Refused(409)


def _lift(house: House, tx: Connection, approved: Approval) -> Done | Refused:
    now_ms, subject = house.office.clock.wall_ms(), approved.params["subject"]
    done = lift(tx, house.office.audit, subject, now_ms, by=_by(approved), why=approved.why)
    return Done(PATH) if done else Refused(409)


def _run(house: House, _tx: Connection, _approved: Approval) -> Started:
    office = house.office

    def work(_told: Told) -> Ended:
        told = purge(office.database, _retention(house), office.clock.wall_ms())
        renewed = house.backups is None or renew_copies(office.database, house.backups, office.clock.wall_ms())
        rows = sum(line.rows for line in told.lines)
        if told.found or not told.done or not renewed:
            return Ended("office.retention.not_done", {"rows": rows, "found": len(told.found)}, PATH)
        return Ended("office.retention.done", {"rows": rows, "searched": told.searched}, PATH)

    return Started("purge", work)


def _retention(house: House) -> Retention:
    office = house.office
    return Retention(office.database, office.book, office.devices, office.audit)


def _of_case(text: str) -> Any:  # noqa: ANN401 - a function of the parameters
    return lambda params: (text, {"subject": params["subject"][:12]})


def _of_periods(params: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    return "office.retention.deed_periods", params


PAGE = Page(
    PATH, "office.retention.title", Group.ADMIN, _HOLD, show, filters=("subject",),
    posts={
        "periods": Post(periods, _EXTEND), "hold": Post(hold, _HOLD), "lift": Post(let_go, _HOLD),
        "purge": Post(run, _EARLY), "check": Post(check, "log.verify"),
    },
    deeds={
        "retention.periods": Deed(_set_periods, _of_periods),
        "purge.hold": Deed(_hold, _of_case("office.retention.deed_hold")),
        "purge.lift": Deed(_lift, _of_case("office.retention.deed_lift")),
        "purge.run": Deed(_run, lambda _params: ("office.retention.deed_run", {})),
    },
)  # fmt: skip
