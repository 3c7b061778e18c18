# SPDX-License-Identifier: LicenseRef-Gatehouse
"""值班: who is planned for which gate and shift, and who was there by the gates' own sign-ons (domain.md 14).

A shift over midnight is one shift of the day on which it begins. A plan is a plan: what counts as present comes from
the gates alone.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from kiosk.domain.codes import MemberSource
from kiosk.domain.identity import OperatorId
from kiosk.domain.instants import DAY_MS, parse_hours, start_of
from kiosk.domain.register import Gate
from sync.office.ports import OfficeIds
from sync.office.service.audit import Audit, Entry
from sync.office.store.tables import duty_plan, office_meta, shift
from sync.office.store.upsert import put

_BOUNDS = "duty.bounds"
DEFAULT_BOUNDS = (7, 15, 23)
OVERTIME_MS = 60 * 60_000
"""超时: a shift that is open an hour beyond the longest of the plan was not relieved."""
_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000


@dataclass(frozen=True, slots=True)
class Slot:
    """班次时段: hours after midnight of its day, `end` beyond 24 where it ends on the next one."""

    begin: int
    end: int

    @property
    def text(self) -> str:
        """07–15."""
        return f"{self.begin:02d}–{self.end % 24:02d}"

    def span(self, day: dt.date) -> tuple[int, int]:
        """From and to on a day, in milliseconds."""
        start = start_of(day)
        return start + self.begin * _HOUR_MS, start + self.end * _HOUR_MS


@dataclass(frozen=True, slots=True)
class Planned:
    """排班: one person on one shift of one gate."""

    id: str
    gate: str
    day: dt.date
    begin: int
    operator: OperatorId


@dataclass(frozen=True, slots=True)
class Presence:
    """在岗: somebody signed on at a gate; `open`: not signed off yet, `end_ms` is now."""

    gate: str
    shift: str
    member: str
    source: MemberSource
    begin_ms: int
    end_ms: int
    open: bool

    def minutes(self, since_ms: int, until_ms: int) -> int:
        """Minutes within a span of time."""
        return max(0, min(self.end_ms, until_ms) - max(self.begin_ms, since_ms)) // _MINUTE_MS


class DutyPlan:
    """排班表."""

    def __init__(self, ids: OfficeIds, audit: Audit) -> None:
        """Take ids and the audit."""
        self._ids = ids
        self._audit = audit

    def slots(self, tx: Connection) -> tuple[Slot, ...]:
        """The street's shifts; the last one goes over midnight to the first."""
        stored = tx.execute(select(office_meta.c.v).where(office_meta.c.k == _BOUNDS)).scalar()
        return slots_of(DEFAULT_BOUNDS if stored is None else tuple(json.loads(stored)))

    def set_bounds(self, tx: Connection, bounds: Sequence[int], now_ms: int, *, by: str) -> None:
        """Other hours at which shifts change (whole hours, rising); plans made before keep their beginning."""
        put(tx, office_meta, [{"k": _BOUNDS, "v": json.dumps(list(bounds)).encode()}])
        self._audit.note(tx, Entry(by, "roster.edit", target=f"shifts {'-'.join(map(str, bounds))}"), now_ms)

    def planned(self, tx: Connection, gates: Sequence[str], first: dt.date, days: int) -> list[Planned]:
        """Everything planned for these gates from a day on, in order."""
        c = duty_plan.c
        first_day = first.toordinal()
        query = select(duty_plan).where(c.gate_id.in_(gates), c.day.between(first_day, first_day + days - 1))
        return [
            Planned(row.id, row.gate_id, dt.date.fromordinal(row.day), row.begin_h, OperatorId(row.operator_id))
            for row in tx.execute(query.order_by(c.day, c.begin_h, c.at_ms, c.id))
        ]

    def plan(
        self, tx: Connection, gate: str, days: Sequence[dt.date], begin: int, operator: OperatorId, now_ms: int,
        *, by: str,
    ) -> int:  # fmt: skip
        """Plan somebody for a shift on some days; how many were new."""
        c = duty_plan.c
        mine = (c.gate_id == gate, c.begin_h == begin, c.operator_id == operator)
        known = set(tx.execute(select(c.day).where(*mine, c.day.in_([d.toordinal() for d in days]))).scalars())
        new = [day.toordinal() for day in days if day.toordinal() not in known]
        put(
            tx, duty_plan,
            [
                {
                    "id": self._ids.new_id(), "gate_id": gate, "day": day, "begin_h": begin, "operator_id": operator,
                    "by": by, "at_ms": now_ms,
                }
                for day in new
            ],
        )  # fmt: skip
        if new:
            self._audit.note(tx, Entry(by, "roster.edit", target=f"duty {gate} {len(new)}"), now_ms)
        return len(new)

    def drop(self, tx: Connection, plan_id: str, gates: Sequence[str], now_ms: int, *, by: str) -> bool:
        """Take somebody off a shift; False if there is no such plan at these gates."""
        c = duty_plan.c
        gone = tx.execute(delete(duty_plan).where(c.id == plan_id, c.gate_id.in_(gates))).rowcount == 1
        if gone:
            self._audit.note(tx, Entry(by, "roster.edit", target=f"duty {plan_id} off"), now_ms)
        return gone

    def repeat(self, tx: Connection, gate: str, monday: dt.date, now_ms: int, *, by: str) -> int:
        """The week before once more; how many were new."""
        before = monday - dt.timedelta(days=7)
        new = 0
        for one in self.planned(tx, [gate], before, 7):
            new += self.plan(tx, gate, [one.day + dt.timedelta(days=7)], one.begin, one.operator, now_ms, by=by)
        return new


def slots_of(bounds: Sequence[int]) -> tuple[Slot, ...]:
    """Shifts between the hours at which they change; one bound: one shift of 24 hours."""
    following = [*bounds[1:], bounds[0] + 24]
    return tuple(Slot(begin, end) for begin, end in zip(bounds, following, strict=True))


def needed(gate: Gate, slot: Slot, day: dt.date) -> bool:
    """Whether the gate is open at any time of a shift."""
    hours = parse_hours(gate.hours)
    begin, end = slot.span(day)
    return gate.active and any(hours.hold(at) for at in range(begin, end, 30 * _MINUTE_MS))


def presences(tx: Connection, gates: Sequence[str], since_ms: int, until_ms: int, now_ms: int) -> list[Presence]:
    """Who was signed on in a span of time, from the gates' shifts; one query."""
    c = shift.c
    # No shift lasts for more than two days: what began before is not looked at.
    query = select(shift).where(
        c.gate_id.in_(gates), c.opened_at_ms.between(since_ms - 2 * DAY_MS, until_ms),
        (c.closed_at_ms.is_(None)) | (c.closed_at_ms > since_ms),
    )  # fmt: skip
    out: list[Presence] = []
    for row in tx.execute(query.order_by(c.opened_at_ms)):
        out += _of_shift(row.id, row.gate_id, json.loads(row.doc), row.closed_at_ms, now_ms)
    return [one for one in out if one.end_ms > since_ms and one.begin_ms < until_ms]


def _of_shift(shift_id: str, gate: str, doc: dict[str, object], closed_ms: int | None, now_ms: int) -> list[Presence]:
    steps = doc["steps"]
    assert isinstance(steps, dict)  # noqa: S101 - written by the projection
    begun: dict[str, tuple[MemberSource, int]] = {}
    out: list[Presence] = []
    for step in sorted(steps.values(), key=lambda one: int(one["at_ms"])):
        for member in step.get("members", ()):
            if step["what"] in ("OPEN", "JOIN"):
                begun.setdefault(member["id"], (MemberSource(member["source"]), int(step["at_ms"])))
            elif step["what"] == "LEAVE" and member["id"] in begun:
                source, since = begun.pop(member["id"])
                out.append(Presence(gate, shift_id, member["id"], source, since, int(step["at_ms"]), open=False))
    end = now_ms if closed_ms is None else closed_ms
    out += [
        Presence(gate, shift_id, member, source, since, max(end, since), open=closed_ms is None)
        for member, (source, since) in begun.items()
    ]
    return out
