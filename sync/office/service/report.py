# SPDX-License-Identifier: LicenseRef-Gatehouse
"""日报: the daily report of a gate, compound, committee or the street, made from what the office holds.

A report once made is never changed: events that come later make the next revision, with what differs. Higher scopes are
recounted, not summed, so that a person counts once per scope (domain.md section 17).
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Connection, func, select

from kiosk.domain.codec import from_json, to_json
from kiosk.domain.codes import ReportStatus
from kiosk.domain.events import Event, event_from_json
from kiosk.domain.figures import summed
from kiosk.domain.instants import DAY_MS, SHANGHAI, start_of
from kiosk.domain.policy import Parameters
from kiosk.domain.register import Compound, Gate, Isolation
from kiosk.domain.reports import DayFacts, balance, columns, scope_status
from sync.office.service.book import RegisterBook
from sync.office.service.gate_days import gate_statuses
from sync.office.store.devices import Devices
from sync.office.store.passages import DayCount, Passages
from sync.office.store.tables import event, report_day
from sync.office.store.upsert import put

STREET = "STREET"
_OTHER = ("shift", "tailgate", "registration", "home_temp")
_SHIFT_REACH_MS = 2 * DAY_MS


@dataclass(frozen=True, slots=True)
class DailyReport:
    """日报: one revision of one scope and day. A MISSING one has no columns: blanks, never zeros."""

    day: dt.date
    scope: str
    revision: int
    status: ReportStatus
    made_at_ms: int
    columns: dict[str, int]
    gates_reported: int
    gates_total: int
    policy_versions: tuple[str, ...]
    events_hash: str
    off_balance: tuple[str, ...] = ()
    changed: dict[str, int] = field(default_factory=dict)


class DailyReports:
    """日报用例."""

    def __init__(self, book: RegisterBook, passages: Passages, devices: Devices) -> None:
        """Take the register, the passages and the devices."""
        self._book = book
        self._passages = passages
        self._devices = devices

    def make(self, tx: Connection, day: dt.date, scope: str, params: Parameters, now_ms: int) -> DailyReport | None:
        """The report as it is now: the newest revision if nothing has changed, else the next; None: no such scope."""
        gates = self._gates(tx, scope)
        if not gates:
            return None
        fresh = self._count(tx, day, scope, gates, params, now_ms)
        before = self.shown(tx, day, scope)
        if before is not None:
            if (before.events_hash, before.status) == (fresh.events_hash, fresh.status):
                return before
            fresh = _next_revision(before, fresh)
        row = {
            "day": day.toordinal(), "scope": _kept(scope), "revision": fresh.revision, "status": fresh.status.value,
            "made_at_ms": now_ms, "last_seq": None,
            "doc": json.dumps(to_json(fresh), ensure_ascii=False),
        }  # fmt: skip
        put(tx, report_day, [row])
        return fresh

    def of_scopes(self, tx: Connection, day: dt.date, scopes: Sequence[str]) -> dict[str, DailyReport]:
        """The newest revision of each of these scopes, in one query; those never made are left out."""
        c = report_day.c
        query = select(c.doc).where(c.day == day.toordinal(), c.scope.in_([_kept(scope) for scope in scopes]))
        made = (from_json(DailyReport, json.loads(doc)) for doc in tx.execute(query.order_by(c.revision)).scalars())
        return {report.scope: report for report in made}

    def revisions(self, tx: Connection, day: dt.date, scope: str) -> list[int]:
        """Numbers of the revisions that were made, newest first."""
        c = report_day.c
        query = select(c.revision).where(c.day == day.toordinal(), c.scope == _kept(scope))
        return list(tx.execute(query.order_by(c.revision.desc())).scalars())

    def shown(self, tx: Connection, day: dt.date, scope: str, revision: int | None = None) -> DailyReport | None:
        """A revision as it was made; the newest where none is named."""
        c = report_day.c
        query = select(c.doc).where(c.day == day.toordinal(), c.scope == _kept(scope))
        if revision is not None:
            query = query.where(c.revision == revision)
        doc = tx.execute(query.order_by(c.revision.desc()).limit(1)).scalar()
        return None if doc is None else from_json(DailyReport, json.loads(doc))

    # -- inside --------------------------------------------------------------------------------------------------

    def _gates(self, tx: Connection, scope: str) -> list[Gate]:
        """The gates of a scope: of all, of a committee, a grid area, a compound, or one gate."""
        every = self._book.gates(tx)
        if scope == STREET:
            return every
        compounds = {
            compound.id
            for compound in self._book.register.all(tx, Compound)
            if scope in (compound.id, compound.committee, compound.grid_area)
        }
        return [gate for gate in every if gate.id == scope or gate.compound in compounds]

    def _count(
        self, tx: Connection, day: dt.date, scope: str, gates: Sequence[Gate], params: Parameters, now_ms: int
    ) -> DailyReport:
        names = [gate.id for gate in gates]
        counts = self._passages.day_counts(tx, day.toordinal(), names)
        entered, feverish = self._passages.distinct(tx, day.toordinal(), names)
        counted = summed((count.alike for count in counts), entered_persons=entered, fever=feverish)
        statuses = list(gate_statuses(tx, day, names).values())
        status, reported, total = scope_status(statuses)
        # One gate is REPORTED or MISSING by itself; above it a missing one makes the sum INCOMPLETE.
        status = statuses[0] if scope == gates[0].id and total == 1 else status
        facts = self._facts(tx, day, gates, counted, params, now_ms)
        made = columns(facts) if status is not ReportStatus.MISSING else {}
        return DailyReport(
            day=day,
            scope=scope,
            revision=1,
            status=status,
            made_at_ms=now_ms,
            columns=made,
            gates_reported=reported,
            gates_total=total,
            policy_versions=tuple(sorted({count.policy for count in counts} - {""})),
            events_hash=_fingerprint(counts, made),
            off_balance=balance(made) if made else (),
        )

    def _facts(
        self,
        tx: Connection,
        day: dt.date,
        gates: Sequence[Gate],
        counted: Mapping[str, int],
        params: Parameters,
        now_ms: int,
    ) -> DayFacts:
        start = start_of(day)
        names = [gate.id for gate in gates]
        compounds = self._whole_compounds(tx, gates)
        register = self._book.register
        isolations = [row for c in compounds for row in register.all(tx, Isolation, compound_id=c)]
        return DayFacts(
            day=day,
            now_ms=now_ms,
            params=params,
            counted=counted,
            events=_events(tx, names, start, start + DAY_MS),
            shift_events=_events(tx, names, start - _SHIFT_REACH_MS, start + DAY_MS, ("shift",)),
            stock=register.stock(tx, compounds, start + DAY_MS),
            registered=register.registered(tx, compounds, start, start + DAY_MS),
            passes=register.cards(tx, compounds, start, start + DAY_MS),
            isolations=isolations,
            missing_days=self._missing_days(tx, day, names),
            unsynced=self._unsynced(tx, names),
        )

    def _whole_compounds(self, tx: Connection, gates: Sequence[Gate]) -> list[str]:
        """Register figures stand at a compound's first gate, so that the sums of its gates are the compound's."""
        first: dict[str, str] = {}
        for gate in self._book.gates(tx):
            first.setdefault(gate.compound, gate.id)
        return [gate.compound for gate in gates if first.get(gate.compound) == gate.id]

    def _missing_days(self, tx: Connection, day: dt.date, gates: Sequence[str]) -> int:
        """Days since the gate's first closed one up to this day for which it sent no report of its own."""
        c = report_day.c
        closed = select(c.scope, func.min(c.day), func.count(func.distinct(c.day)))
        closed = closed.where(c.scope.in_([f"gate:{gate}" for gate in gates]), c.day <= day.toordinal())
        known = tx.execute(closed.group_by(c.scope)).all()
        return max(0, sum(day.toordinal() - int(first) + 1 - int(days) for _, first, days in known))

    def _unsynced(self, tx: Connection, gates: Sequence[str]) -> int:
        """Events that the gates said they had and the office has not."""
        wanted = frozenset(gates)
        devices = (device for device in self._devices.all(tx) if device.gate_id in wanted)
        return sum(max(0, device.head_seq - device.acked_seq) for device in devices)


def _events(
    tx: Connection, gates: Sequence[str], from_ms: int, to_ms: int, types: Sequence[str] = _OTHER
) -> tuple[Event, ...]:
    c = event.c
    where = (c.gate_id.in_(list(gates)), c.at_ms >= from_ms, c.at_ms < to_ms, c.type.in_(types), c.parsed == 1)
    query = select(c.canon).where(*where).order_by(c.at_ms, c.device_id, c.seq)
    return tuple(event_from_json(json.loads(canon)) for (canon,) in tx.execute(query))


def _kept(scope: str) -> str:
    return f"made:{scope}"


def _fingerprint(counts: Sequence[DayCount], made: Mapping[str, int]) -> str:
    """指纹: of what a report was made from; every event that comes adds to a weight, also one that no column shows."""
    seen = [(c.gate, c.policy, c.alike.columns, c.alike.many, c.weight) for c in counts]
    return sha256(json.dumps([seen, made], sort_keys=True).encode()).hexdigest()


def _next_revision(before: DailyReport, fresh: DailyReport) -> DailyReport:
    changed = {
        name: fresh.columns.get(name, 0) - before.columns.get(name, 0)
        for name in {*before.columns, *fresh.columns}
        if fresh.columns.get(name, 0) != before.columns.get(name, 0)
    }
    return DailyReport(
        fresh.day, fresh.scope, before.revision + 1, fresh.status, fresh.made_at_ms, fresh.columns,
        fresh.gates_reported, fresh.gates_total, fresh.policy_versions, fresh.events_hash, fresh.off_balance, changed,
    )  # fmt: skip


def yesterday(now_ms: int) -> dt.date:
    """昨日: the day that is reported at 07:00."""
    return dt.datetime.fromtimestamp(now_ms / 1000, SHANGHAI).date() - dt.timedelta(days=1)
