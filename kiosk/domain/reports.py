# SPDX-License-Identifier: LicenseRef-Gatehouse
"""日报: the daily report of a gate, compound, committee or street, made from events and the register, never retyped.

Passage columns are a recount by `kiosk.domain.figures`; the other columns count events of the day (duty, tailgating,
returns) or rows of the register (isolation, stock, home temperatures). Source: domain.md section 17.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kiosk.domain.codes import IsolationState, MemberSource, ReportStatus
from kiosk.domain.events import Event, HomeTemp, Registration, Report, ShiftEvent, Tailgate
from kiosk.domain.identity import PersonId
from kiosk.domain.instants import DAY_MS, day_of, start_of
from kiosk.domain.isolation import slots_due
from kiosk.domain.policy import Parameters
from kiosk.domain.register import Isolation, PassRow

COLUMNS = (
    "entered", "left", "entered_persons", "resident", "outsider", "measured", "normal", "first_high", "recheck_normal",
    "fever", "fever_passages", "transferred", "held", "low", "no_valid_reading", "refused_reading", "abandoned",
    "open_rechecks", "open_other", "turned_back", "redirected", "exit_stopped", "no_pass", "expired", "bad_pass",
    "issued", "reissued", "revoked", "first_return_key", "first_return_other", "stock", "increment",
    "isolation_yesterday", "isolation_new", "isolation_released", "isolation_today", "home_temp_due",
    "home_temp_taken", "isolation_breach", "exit_permit", "code_red", "code_yellow", "code_not_shown", "vehicles_in",
    "vehicles_out", "visitors", "on_duty_district", "on_duty_street", "on_duty_resident", "overrides", "late_entries",
    "late_keyed", "tailgated", "missing_days", "unsynced",
)  # fmt: skip
"""日报全部栏目, in the order in which the street's sheet has them (domain.md 17)."""

_COUNTED = frozenset({IsolationState.HOME, IsolationState.PENDING, IsolationState.DUE, IsolationState.BREACH})


@dataclass(frozen=True, slots=True)
class DayFacts:
    """一日之事实: all that a report of one scope is made from.

    `counted` are the passage columns (`kiosk.domain.figures`); `events` the day's other events; `shift_events` reach
    back to the opening of the shift that was on duty at 00:00. Register rows are those of the scope: `stock` persons
    were on it at 24:00, `registered` came on it that day, `passes` are at least those issued or changed that day.
    `now_ms` bounds what a day that is not over shows.
    """

    day: dt.date
    now_ms: int
    params: Parameters
    counted: Mapping[str, int] = field(default_factory=dict)
    events: Sequence[Event] = ()
    shift_events: Sequence[Event] = ()
    stock: int = 0
    registered: Sequence[PersonId] = ()
    passes: Sequence[PassRow] = ()
    isolations: Sequence[Isolation] = ()
    missing_days: int = 0
    unsynced: int = 0
    extra: Mapping[str, int] = field(default_factory=dict)


def columns(facts: DayFacts) -> dict[str, int]:
    """日报各栏: every column of one scope and day."""
    out = dict.fromkeys(COLUMNS, 0) | dict(facts.counted)
    out |= _passes(facts) | _stock(facts) | _isolation(facts) | _home_temps(facts) | on_duty(facts)
    out["tailgated"] = sum(event.body.count for event in facts.events if isinstance(event.body, Tailgate))
    out["late_entries"] = out["late_keyed"] + out["tailgated"]
    out["missing_days"] = facts.missing_days
    out["unsynced"] = facts.unsynced
    for name, value in facts.extra.items():
        out[name] = out.get(name, 0) + value
    return out


def _within(at_ms: int | None, day: dt.date) -> bool:
    return at_ms is not None and day_of(at_ms) == day


def _passes(facts: DayFacts) -> dict[str, int]:
    new = [row for row in facts.passes if _within(row.issued_at_ms, facts.day)]
    return {
        "issued": sum(row.replaces is None for row in new),
        "reissued": sum(row.replaces is not None for row in new),
        "revoked": sum(
            row.state in ("REVOKED", "LOST") and _within(row.changed_at_ms, facts.day) for row in facts.passes
        ),
    }


def _stock(facts: DayFacts) -> dict[str, int]:
    """存量/增量: on the register at 24:00; added that day, or back from a journey and registered that day."""
    returned = {
        event.body.person for event in facts.events if isinstance(event.body, Registration) and _completes(event.body)
    }
    return {"stock": facts.stock, "increment": len(returned.union(facts.registered))}


def _completes(form: Registration) -> bool:
    """A return is registered with its papers (key region), or with the form alone (elsewhere)."""
    return form.kind == "RETURN" and (form.cls != "KEY" or form.commitment is True)


def _isolation(facts: DayFacts) -> dict[str, int]:
    start = start_of(facts.day)
    end = start + DAY_MS
    out = {"isolation_yesterday": 0, "isolation_new": 0, "isolation_released": 0, "isolation_today": 0}
    for record in facts.isolations:
        if (
            record.state not in _COUNTED
            and record.released_at_ms is None
            and record.state is not IsolationState.RELEASED
        ):
            continue
        opened = record.opened_at_ms if record.opened_at_ms is not None else start_of(record.d0)
        closed = record.released_at_ms
        if closed is None and record.state is IsolationState.RELEASED:
            closed = record.changed_at_ms
        before = opened < start and (closed is None or closed >= start)
        out["isolation_yesterday"] += before
        out["isolation_new"] += start <= opened < end
        out["isolation_released"] += closed is not None and start <= closed < end
        out["isolation_today"] += opened < end and (closed is None or closed >= end)
    return out


def _home_temps(facts: DayFacts) -> dict[str, int]:
    due = 0
    for record in facts.isolations:
        if record.state in _COUNTED:
            opened = record.opened_at_ms if record.opened_at_ms is not None else start_of(record.d0)
            due += sum(slot.day == facts.day for slot in slots_due(record, opened, facts.params))
    taken = {
        (event.body.isolation, event.body.slot)
        for event in facts.events
        if isinstance(event.body, HomeTemp)
        and event.body.day == facts.day.isoformat()
        and event.body.temp_dc is not None
    }
    return {"home_temp_due": due, "home_temp_taken": len(taken)}


def on_duty(facts: DayFacts) -> dict[str, int]:
    """值守人数: distinct members signed on during the day, by source; a shift over midnight counts on both days."""
    start = start_of(facts.day)
    end = start + DAY_MS
    on: dict[str, MemberSource] = {}
    during: dict[str, MemberSource] = {}
    for event in sorted(facts.shift_events, key=lambda e: (e.at_ms, e.seq)):
        body = event.body
        if not isinstance(body, ShiftEvent) or event.at_ms >= end:
            continue
        if event.at_ms >= start:
            during |= on
        match body.what:
            case "OPEN":
                on = {member.id: member.source for member in body.members}
            case "JOIN":
                on |= {member.id: member.source for member in body.members}
            case "LEAVE":
                for member in body.members:
                    on.pop(member.id, None)
            case _:
                on = {}
        if event.at_ms >= start:
            during |= on
    during |= on
    return {f"on_duty_{source.value.lower()}": sum(s is source for s in during.values()) for source in MemberSource}


def balance(figures: Mapping[str, int]) -> tuple[str, ...]:
    """平衡检查: names of the lines that do not add up; none is the rule."""
    c = figures
    lines = {
        "isolation_today": c["isolation_today"]
        == c["isolation_yesterday"] + c["isolation_new"] - c["isolation_released"],
        "first_high": c["first_high"]
        == c["recheck_normal"] + c["fever_passages"] + c["abandoned"] + c["open_rechecks"],
        "entered": c["entered"] == c["resident"] + c["outsider"],
        "measured": c["measured"]
        <= c["entered"] + c["turned_back"] + c["left"] + c["held"] + c["redirected"] + c["abandoned"]
        + c["open_rechecks"] + c["open_other"] + c["exit_stopped"],
    }  # fmt: skip
    return tuple(name for name, holds in lines.items() if not holds)


def gate_status(closing: Report | None, contiguous_seq: int, *, heard: bool, passages: bool) -> ReportStatus:
    """一门状态: `closing` is the gate's own report of the day, `contiguous_seq` what the office holds without a gap."""
    if closing is None:
        return ReportStatus.INCOMPLETE if heard else ReportStatus.MISSING
    if closing.last_seq is not None and contiguous_seq < closing.last_seq:
        return ReportStatus.INCOMPLETE
    return ReportStatus.REPORTED if passages or closing.status is not ReportStatus.ZERO else ReportStatus.ZERO


def scope_status(gates: Iterable[ReportStatus]) -> tuple[ReportStatus, int, int]:
    """上级状态: status of a scope, gates reported, gates in all."""
    below = tuple(gates)
    reported = sum(status in (ReportStatus.REPORTED, ReportStatus.ZERO) for status in below)
    if not any(status is not ReportStatus.MISSING for status in below):
        return ReportStatus.MISSING, reported, len(below)
    if reported < len(below):
        return ReportStatus.INCOMPLETE, reported, len(below)
    zero = all(status is ReportStatus.ZERO for status in below)
    return (ReportStatus.ZERO if zero else ReportStatus.REPORTED), reported, len(below)
