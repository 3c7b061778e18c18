# SPDX-License-Identifier: LicenseRef-Gatehouse
"""值班表 as values: a gate's week as a grid, gaps of all gates, hours worked (interface.md 12 `/roster`)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.domain.identity import OperatorId
from kiosk.domain.instants import DAY_MS, day_of, start_of
from kiosk.domain.register import Gate, Operator
from sync.office.service.badges import Badges
from sync.office.service.duty import OVERTIME_MS, DutyPlan, Planned, Presence, Slot, needed, presences
from sync.office.web.visit import Visit

DAYS = 7
VOLUNTEER, LEADER = "V", "L"


@dataclass(frozen=True, slots=True)
class Cell:
    """一格: one shift of one day. `there` who signed on in it; `past` it is over, `now` it runs."""

    day: dt.date
    slot: Slot
    needed: bool
    planned: tuple[tuple[Planned, Operator | None], ...]
    there: int
    past: bool
    now: bool

    @property
    def gap(self) -> bool:
        """Open hours with nobody planned; once it is over: with nobody there either."""
        return self.needed and not self.planned and not (self.past and self.there)

    @property
    def look(self) -> str:
        """How it looks: a gap stops the eye, a planned shift that nobody came to too."""
        if not self.needed and not self.planned:
            return "dim"
        return "stop" if self.gap or (self.past and not self.there) else "go"


@dataclass(frozen=True, slots=True)
class GateWeek:
    """一门一周: `grid` by day, then shift."""

    gate: Gate
    name: str
    grid: tuple[tuple[Cell, ...], ...]

    @property
    def gaps(self) -> int:
        """Shifts to come that nobody is planned for."""
        return sum(cell.gap and not cell.past for row in self.grid for cell in row)


@dataclass(frozen=True, slots=True)
class Worked:
    """工时: of one volunteer in a week; `open`: signed on now, `over`: not relieved in time."""

    minutes: int = 0
    shifts: int = 0
    open: bool = False
    over: bool = False


def monday_of(visit: Visit) -> dt.date:
    """The week that is asked for, else this one."""
    try:
        day = dt.date.fromisoformat(visit.asked.get("from", "") or visit.form.get("from", ""))
    except ValueError:
        day = day_of(visit.now_ms)
    if not 2_000 <= day.year <= 2_200:  # noqa: PLR2004 - a week that anybody could mean
        day = day_of(visit.now_ms)
    return day - dt.timedelta(days=day.weekday())


def plan_of(visit: Visit) -> DutyPlan:
    """The use case."""
    return DutyPlan(visit.office.ids, visit.office.audit)


def operators(visit: Visit) -> dict[OperatorId, Operator]:
    """Cards of everybody who serves at a gate within reach."""
    mine = set(visit.reach.gate_ids)
    cards = visit.office.book.register.all(visit.tx, Operator)
    return {card.id: card for card in cards if visit.reach.everything or mine & set(card.gates)}


def badges_of(visit: Visit) -> Badges:
    """The use case of badges."""
    office = visit.office
    return Badges(office.book, office.issue, office.vault, office.ids, office.audit)


def volunteers(visit: Visit) -> list[Operator]:
    """Cards of volunteers within reach by source and name; numbered badges are nobody's."""
    numbered = badges_of(visit).slots(visit.tx)
    found = [card for card in operators(visit).values() if card.role == VOLUNTEER and card.id not in numbered]
    return sorted(found, key=lambda card: (card.source.value, card.name))


def who_was(visit: Visit, found: Sequence[Presence]) -> list[str]:
    """The name of each that was signed on, as far as it is known: by the card, or by who had the numbered badge."""
    if not found:
        return []
    cards = operators(visit)
    loans = badges_of(visit).loans(visit.tx, min(one.begin_ms for one in found), max(one.end_ms for one in found) + 1)
    out = []
    for one in found:
        lent = next((loan for loan in loans if loan.badge == one.member and loan.holds(one.begin_ms)), None)
        card = cards.get(OperatorId(one.member))
        out.append(lent.borrower.name if lent is not None else "" if card is None else card.name)
    return out


def weeks(visit: Visit, gates: Sequence[Gate], monday: dt.date) -> list[GateWeek]:
    """The week of each gate; three queries, whatever their number."""
    ids = [gate.id for gate in gates]
    names = visit.reach.gate_names
    cards = operators(visit)
    slots = plan_of(visit).slots(visit.tx)
    planned: dict[tuple[str, dt.date, int], list[tuple[Planned, Operator | None]]] = {}
    for one in plan_of(visit).planned(visit.tx, ids, monday, DAYS):
        planned.setdefault((one.gate, one.day, _slot_at(slots, one.begin)), []).append((one, cards.get(one.operator)))
    there: dict[str, list[Presence]] = {}
    for presence in in_week(visit, ids, monday):
        there.setdefault(presence.gate, []).append(presence)
    return [
        GateWeek(
            gate, names[gate.id],
            tuple(
                tuple(
                    _cell(visit, gate, monday + dt.timedelta(days=n), slot, planned, there.get(gate.id, ()))
                    for slot in slots
                )
                for n in range(DAYS)
            ),
        )
        for gate in gates
    ]  # fmt: skip


def _slot_at(slots: Sequence[Slot], begin: int) -> int:
    """The shift in which a plan of other hours begins."""
    return next((slot.begin for slot in slots if slot.begin <= begin < slot.end), slots[-1].begin)


def _cell(
    visit: Visit, gate: Gate, day: dt.date, slot: Slot,
    planned: Mapping[tuple[str, dt.date, int], list[tuple[Planned, Operator | None]]], there: Sequence[Presence],
) -> Cell:  # fmt: skip
    begin, end = slot.span(day)
    came = len({one.member for one in there if one.minutes(begin, end) > 0})
    mine = tuple(planned.get((gate.id, day, slot.begin), ()))
    now = begin <= visit.now_ms < end
    return Cell(day, slot, needed(gate, slot, day), mine, came, end <= visit.now_ms, now)


def in_week(visit: Visit, gates: Sequence[str], monday: dt.date) -> list[Presence]:
    """Who was signed on in a week."""
    since = start_of(monday)
    return presences(visit.tx, gates, since, since + DAYS * DAY_MS, visit.now_ms)


def worked(visit: Visit, found: Sequence[Presence], monday: dt.date) -> dict[str, Worked]:
    """Member -> hours of the week; a shift that was not relieved counts until now, and is marked."""
    since = start_of(monday)
    longest = max(slot.end - slot.begin for slot in plan_of(visit).slots(visit.tx)) * 3_600_000
    out: dict[str, Worked] = {}
    for one in found:
        old = out.get(one.member, Worked())
        out[one.member] = Worked(
            old.minutes + one.minutes(since, since + DAYS * DAY_MS), old.shifts + 1, old.open or one.open,
            old.over or (one.open and one.end_ms - one.begin_ms > longest + OVERTIME_MS),
        )  # fmt: skip
    return out


def hours_text(minutes: int) -> str:
    """7:30."""
    return f"{minutes // 60}:{minutes % 60:02d}"
