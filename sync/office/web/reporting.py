# SPDX-License-Identifier: LicenseRef-Gatehouse
"""日报 as a value: the revision shown, what stands below it, each gate's status, what was phoned (interface.md 12)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import assets
from kiosk.domain.codes import Direction, ReportStatus
from kiosk.domain.instants import start_of
from kiosk.domain.policy import Parameters, in_force, parse_policy
from kiosk.domain.register import Compound, PolicyRow
from sync.office.service.gate_days import gate_statuses
from sync.office.service.phoned import Phoned, phoned_on
from sync.office.service.reach import Reach
from sync.office.service.report import STREET, DailyReport, DailyReports
from sync.office.service.signing_off import SignedOff, signed_off
from sync.office.store.register import Committee
from sync.office.web.visit import Visit

MAIN = (
    "entered", "left", "measured", "first_high", "fever", "turned_back", "held", "late_entries", "overrides",
    "unsynced",
)  # fmt: skip
"""Columns of the table by committee."""


@dataclass(frozen=True, slots=True)
class Choice:
    """范围: `id` as `DailyReports` takes it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class GateDay:
    """一门一日: status, what passed so far, and what was phoned while it is silent."""

    id: str
    name: str
    status: ReportStatus
    entered: int
    left: int
    phoned: Phoned | None


@dataclass(frozen=True, slots=True)
class ReportView:
    """日报页: `shown` None: no revision was made yet. `below` the reports of the scopes inside, None: not made."""

    day: dt.date
    scope: Choice
    shown: DailyReport | None
    newest: int
    revisions: tuple[int, ...]
    signed: tuple[SignedOff, ...]
    below: tuple[tuple[Choice, DailyReport | None], ...]
    gates: tuple[GateDay, ...]
    choices: tuple[Choice, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def reported(self) -> int:
        """How many gates have reported."""
        return sum(gate.status in (ReportStatus.REPORTED, ReportStatus.ZERO) for gate in self.gates)

    @property
    def whole(self) -> bool:
        """Whether all gates have reported."""
        return self.reported == len(self.gates)


def reports_of(visit: Visit) -> DailyReports:
    """The use case."""
    return DailyReports(visit.office.book, visit.office.passages, visit.office.devices)


def scopes(visit: Visit) -> tuple[Choice, ...]:
    """Scopes that the account may read: the street, its committees, compounds, gates."""
    reach = visit.reach
    names = {str(one.id): one.name for one in visit.office.book.register.all(visit.tx, Committee)}
    out = [Choice(STREET, visit.t("office.report.street"))] if reach.everything else []
    if reach.everything or not _gates_alone(reach, visit):
        out += [Choice(key, names.get(key, key)) for key in reach.committee_ids]
        out += [Choice(one.id, one.name) for one in reach.compounds]
    return (*out, *(Choice(gate, name) for gate, name in reach.gate_names.items()))


def _gates_alone(reach: Reach, visit: Visit) -> bool:
    """Whether the account answers for single gates, not for all of a compound's."""
    del reach
    grant = visit.may("report.daily")
    return grant is not None and grant.scope.value == "g"


def view(visit: Visit, day: dt.date, scope_id: str, revision: int | None) -> ReportView | None:
    """The page; None if the scope or the revision is not there for this account."""
    choices = scopes(visit)
    scope = next((one for one in choices if one.id == (scope_id or choices[0].id)), None) if choices else None
    if scope is None:
        return None
    reports = reports_of(visit)
    revisions = tuple(reports.revisions(visit.tx, day, scope.id))
    if revision is not None and revision not in revisions:
        return None
    shown = reports.shown(visit.tx, day, scope.id, revision) if revisions else None
    inside = inner(visit, scope.id, choices)
    made = reports.of_scopes(visit.tx, day, [one.id for one in inside])
    return ReportView(
        day, scope, shown, revisions[0] if revisions else 0, revisions,
        tuple(signed_off(visit.tx, day, scope.id)), tuple((one, made.get(one.id)) for one in inside),
        _gate_days(visit, day, scope.id), choices,
    )  # fmt: skip


def inner(visit: Visit, scope_id: str, choices: tuple[Choice, ...]) -> list[Choice]:
    """What a scope's table lists: committees of the street, compounds of a committee, gates of a compound."""
    reach = visit.reach
    if scope_id == STREET:
        wanted = set(reach.committee_ids)
    else:
        wanted = {one.id for one in reach.compounds if one.committee == scope_id}
        wanted |= {gate.id for gate in reach.gates if gate.compound == scope_id}
    return [one for one in choices if one.id in wanted]


def gates_of(visit: Visit, scope_id: str) -> list[str]:
    """Ids of a scope's gates within reach."""
    compounds = {
        one.id for one in visit.reach.compounds if scope_id in (STREET, one.id, one.committee, one.grid_area)
    }  # fmt: skip
    return [gate.id for gate in visit.reach.gates if gate.compound in compounds or gate.id == scope_id]


def _gate_days(visit: Visit, day: dt.date, scope_id: str) -> tuple[GateDay, ...]:
    mine = gates_of(visit, scope_id)
    statuses = gate_statuses(visit.tx, day, mine)
    told = phoned_on(visit.tx, day, statuses)
    tally: dict[tuple[str, str], int] = {}
    for gate, way, _, _, recorded, count in visit.office.passages.tally(visit.tx, day.toordinal()):
        if recorded:
            tally[gate, way] = tally.get((gate, way), 0) + count
    names = visit.reach.gate_names
    order = list(ReportStatus)
    days = [
        GateDay(
            gate.id, names[gate.id], statuses[gate.id],
            tally.get((gate.id, Direction.IN.value), 0), tally.get((gate.id, Direction.OUT.value), 0),
            told.get(gate.id),
        )
        for gate in visit.reach.gates
        if gate.id in statuses
    ]  # fmt: skip
    return tuple(sorted(days, key=lambda one: (-order.index(one.status), one.name)))


def parameters(visit: Visit, day: dt.date) -> Parameters:
    """The street's parameters in force when a day began."""
    own = [row.toml for row in visit.office.book.register.all(visit.tx, PolicyRow) if row.compound is None]
    policies = [parse_policy(text) for text in own or assets.policies()]
    policy = in_force(policies, start_of(day)) or min(policies, key=lambda one: one.effective_from_ms)
    return policy.params


def compounds_named(visit: Visit) -> dict[str, str]:
    """Names of all compounds."""
    return {one.id: one.name for one in visit.office.book.register.all(visit.tx, Compound)}
