# SPDX-License-Identifier: LicenseRef-Gatehouse
"""全街门岗墙 as a value: a tile per gate, worst first; street sums that say when they are not whole (interface.md 12).

The counts of a day are made once for the street while nothing new arrives, and shown to each account as far as it
reaches: seven queries then, two more for whoever looks.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from sqlalchemy import Connection, func, select

from kiosk.domain.codes import Direction, TempOutcome, Verdict
from kiosk.domain.instants import day_of, minute_of_day, start_of
from kiosk.domain.register import Compound, Gate
from sync.office.compose import Office
from sync.office.service.reach import Reach
from sync.office.store.devices import Device, DeviceState
from sync.office.store.register import Committee
from sync.office.store.tables import case_file, device, passage, shift

LATE_MS = 15 * 60_000
LOST_MS = 60 * 60_000
STALE_LIST_S = 24 * 3600
WRONG_CLOCK_MS = 120_000
_HOUR_MS = 3_600_000
_FIRST_HOUR, _HOURS = 5, 19
"""Plots run from 05:00; what is earlier stands in the first bar."""
_FEVERS = frozenset({TempOutcome.FEVER_SUSPECT, TempOutcome.FEVER_CONFIRMED, TempOutcome.ABANDONED})


class State(IntEnum):
    """门岗状态: in the order in which they want an eye; `key` names text and look."""

    LOST = 0
    LATE = 1
    TROUBLE = 2
    FINE = 3
    UNUSED = 4

    @property
    def look(self) -> str:
        """The look of its shape."""
        return {State.LOST: "stop", State.LATE: "wait", State.TROUBLE: "wait", State.FINE: "go"}.get(self, "dim")


@dataclass(frozen=True, slots=True)
class Counts:
    """一门当日数: of a gate or of several; `hours` (in, out) from 05:00 on."""

    entered: int = 0
    left: int = 0
    refused: int = 0
    fever: int = 0
    resting: int = 0
    urgent: int = 0
    hours: tuple[tuple[int, int], ...] = ((0, 0),) * _HOURS


@dataclass(frozen=True, slots=True)
class Tile:
    """一门: `silent_min` since it was heard; `offset_s` of its clock, `list_age_h` of its list; None: not known."""

    gate: Gate
    compound: str
    committee: str
    state: State
    counts: Counts
    heard_ms: int | None = None
    silent_min: int | None = None
    waiting: int = 0
    list_age_h: int | None = None
    offset_s: int | None = None
    app: str = ""
    staffed: bool = False

    @property
    def stale_list(self) -> bool:
        """Whether its list is older than a day."""
        return self.list_age_h is not None and self.list_age_h * 3600 >= STALE_LIST_S

    @property
    def wrong_clock(self) -> bool:
        """Whether its clock is more than two minutes off."""
        return self.offset_s is not None and abs(self.offset_s) * 1000 > WRONG_CLOCK_MS


@dataclass(frozen=True, slots=True)
class Wall:
    """墙: `heard` of `total` gates are in touch; sums are whole only where the two are equal."""

    tiles: tuple[Tile, ...]
    sums: Counts
    waiting: int
    heard: int
    total: int
    top: int = 0
    committees: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Street:
    """What is made once for the whole street."""

    counts: Mapping[str, Counts]
    staffed: frozenset[str]
    compounds: Mapping[str, Compound]
    committees: Mapping[str, str]


def heartbeat(tx: Connection) -> tuple[int, ...]:
    """What changes when any gate has brought something; one small query."""
    c = device.c
    sums = (func.count(), func.sum(c.acked_seq), func.sum(c.epoch), func.sum(c.head_seq))
    return tuple(int(value or 0) for value in tx.execute(select(*sums)).one())


def wall(office: Office, tx: Connection, reach: Reach, street: _Street, now_ms: int, committee: str = "") -> Wall:
    """The wall as far as an account reaches; `committee` one of its committees, "": all."""
    devices = {one.gate_id: one for one in office.devices.all(tx) if one.state == DeviceState.ACTIVE}
    mine = [gate for gate in reach.gates if gate.active]
    if committee:
        mine = [gate for gate in mine if street.compounds[gate.compound].committee == committee]
    tiles = sorted((_tile(gate, devices.get(gate.id), street, now_ms) for gate in mine), key=_worst_first)
    shown = [tile.counts for tile in tiles]
    named = tuple((key, street.committees.get(key, key)) for key in reach.committee_ids)
    return Wall(
        tuple(tiles), summed(shown), sum(tile.waiting for tile in tiles),
        sum(tile.state not in (State.LOST, State.UNUSED) for tile in tiles), len(tiles),
        max((max(pair) for counts in shown for pair in counts.hours), default=0), named,
    )  # fmt: skip


def street_counts(office: Office, tx: Connection, now_ms: int) -> _Street:
    """A day's counts of all gates, and who is on duty."""
    day = day_of(now_ms)
    register = office.book.register
    counts = _counted(office, tx, day.toordinal(), start_of(day))
    open_shifts = select(shift.c.gate_id).where(shift.c.closed_at_ms.is_(None), shift.c.opened_at_ms >= start_of(day))
    staffed = frozenset(tx.execute(open_shifts).scalars())
    compounds = {str(one.id): one for one in register.all(tx, Compound)}
    return _Street(counts, staffed, compounds, {str(one.id): one.name for one in register.all(tx, Committee)})


def summed(counts: Sequence[Counts]) -> Counts:
    """Counts of several gates together."""
    hours = tuple(
        (sum(c.hours[n][0] for c in counts), sum(c.hours[n][1] for c in counts)) for n in range(_HOURS)
    )  # fmt: skip
    return Counts(
        sum(c.entered for c in counts), sum(c.left for c in counts), sum(c.refused for c in counts),
        sum(c.fever for c in counts), sum(c.resting for c in counts), sum(c.urgent for c in counts), hours,
    )  # fmt: skip


@dataclass(slots=True)
class _Tally:
    entered: int = 0
    left: int = 0
    refused: int = 0
    fever: int = 0
    resting: int = 0
    urgent: int = 0
    hours: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(_HOURS)])

    def counts(self) -> Counts:
        hours = tuple((pair[0], pair[1]) for pair in self.hours)
        return Counts(self.entered, self.left, self.refused, self.fever, self.resting, self.urgent, hours)


def _counted(office: Office, tx: Connection, day: int, start_ms: int) -> dict[str, Counts]:
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for gate, way, verdict, outcome, recorded, count in office.passages.tally(tx, day):
        tally = tallies[gate]
        if recorded:
            if way == Direction.IN:
                tally.entered += count
            else:
                tally.left += count
        tally.refused += count if verdict in (Verdict.REFUSE, Verdict.REFUSE_EXIT) else 0
        tally.fever += count if outcome in _FEVERS else 0
    for gate, way, hour, count in _by_hour(tx, day, start_ms):
        place = min(max(hour - _FIRST_HOUR, 0), _HOURS - 1)
        tallies[gate].hours[place][0 if way == Direction.IN else 1] += count
    c = passage.c
    waits = (c.day == day, c.recorded == 0, c.verdict == Verdict.WAIT.value, c.final == 0, c.voided == 0)
    for gate, count in tx.execute(select(c.gate_id, func.count()).where(*waits).group_by(c.gate_id)):
        tallies[gate].resting = count
    f = case_file.c
    urgent = select(f.gate_id, func.count()).where(f.closed == 0, f.priority == "P1").group_by(f.gate_id)
    for gate, count in tx.execute(urgent):
        tallies[gate].urgent = count
    return {gate: tally.counts() for gate, tally in tallies.items()}


def _by_hour(tx: Connection, day: int, start_ms: int) -> list[tuple[str, str, int, int]]:
    c = passage.c
    hour = ((c.decided_ms - start_ms) // _HOUR_MS).label("hour")
    by = (c.gate_id, c.dir, hour)
    query = select(*by, func.count()).where(c.day == day, c.recorded == 1, c.voided == 0).group_by(*by)
    return [(row[0], row[1], row[2], row[3]) for row in tx.execute(query)]


def _tile(gate: Gate, held: Device | None, street: _Street, now_ms: int) -> Tile:
    compound = street.compounds[gate.compound]
    committee = street.committees.get(compound.committee, compound.committee)
    counts = street.counts.get(gate.id, Counts())
    if held is None or held.last_seen_ms is None:
        return Tile(gate, compound.name, committee, State.UNUSED, counts)
    silent = max(0, now_ms - held.last_seen_ms)
    tile = Tile(
        gate, compound.name, committee, State.FINE, counts, held.last_seen_ms, silent // 60_000,
        max(0, held.head_seq - held.acked_seq),
        None if held.list_age_s is None else (held.list_age_s + silent // 1000) // 3600,
        None if held.offset_ms is None else round(held.offset_ms / 1000), held.app, gate.id in street.staffed,
    )  # fmt: skip
    return _judged(tile, silent)


def _judged(tile: Tile, silent_ms: int) -> Tile:
    if silent_ms > LOST_MS:
        state = State.LOST
    elif silent_ms > LATE_MS:
        state = State.LATE
    elif tile.stale_list or tile.wrong_clock or tile.counts.urgent:
        state = State.TROUBLE
    else:
        return tile
    return Tile(
        tile.gate, tile.compound, tile.committee, state, tile.counts, tile.heard_ms, tile.silent_min, tile.waiting,
        tile.list_age_h, tile.offset_s, tile.app, tile.staffed,
    )  # fmt: skip


def _worst_first(tile: Tile) -> tuple[int, int, int, str, str]:
    return (tile.state, -tile.counts.urgent, -(tile.silent_min or 0), tile.committee, tile.compound + tile.gate.name)


def minute(now_ms: int) -> int:
    """The minute of the day: ages are shown in minutes."""
    return minute_of_day(now_ms)
