# SPDX-License-Identifier: LicenseRef-Gatehouse
"""今日进出 as a value: counts by gate and the newest passages, masked, with a constant number of queries."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.domain.codes import Direction, TempOutcome, Verdict
from kiosk.domain.instants import DAY_MS, day_of, shanghai, start_of
from kiosk.domain.passage import PassageRecord
from kiosk.domain.register import Dwelling, Gate, Person
from sync.office.compose import Office
from sync.office.service.masking import masked_name
from sync.office.service.reach import Reach
from sync.office.store.devices import Device, DeviceState
from sync.office.store.passages import KeptPassage

PAGE = 50
_SPANS_MS = (10 * 60_000, 80 * 60_000, DAY_MS)
_PLACE = re.compile(r"([0-9]{1,15})\.([0-9a-f]{32})")
_FEVERS = frozenset({TempOutcome.FEVER_SUSPECT, TempOutcome.FEVER_CONFIRMED, TempOutcome.ABANDONED})
_OPEN = frozenset({Verdict.WAIT, Verdict.LEADER, Verdict.ADMIT_REGISTER, Verdict.ADMIT_ESCORT})


Tally = Sequence[tuple[str, str, str, str, int, int]]
"""当日计数: as `Passages.tally` gives it: gate, direction, verdict, outcome, recorded, how many."""


@dataclass(frozen=True, slots=True)
class GateLine:
    """一门: the day's counts, when it was last heard (ms), and how many of its events are still to come."""

    gate: str
    name: str
    entered: int
    left: int
    refused: int
    held: int
    fever: int
    open: int
    heard_ms: int | None
    waiting: int | None


@dataclass(frozen=True, slots=True)
class PassageLine:
    """一次进出: as the list shows it; `who` masked; codes are named by the page's language."""

    passage: str
    time: str
    gate: str
    way: Direction
    who: str
    building: str
    verdict: Verdict
    reason: str
    temperature: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """今日进出页: `older` is the place of the next page, if there is one."""

    day: dt.date
    gates: tuple[GateLine, ...]
    sums: GateLine
    latest: tuple[PassageLine, ...]
    older: str | None
    gate: str | None
    choices: tuple[tuple[str, str], ...]


def todays_passages(
    office: Office, tx: Connection, reach: Reach, day: dt.date, gate: str | None, before: str | None, tally: Tally
) -> Today | None:
    """The page for what an account reaches; None if this gate lies outside. `tally` the day's, of all gates."""
    mine = reach.gates
    if gate is not None and reach.gate(gate) is None:
        return None
    shown = [one.id for one in mine if gate is None or one.id == gate]
    place = _PLACE.fullmatch(before or "")
    rows = _latest(office, tx, day, shown, (int(place[1]), place[2]) if place is not None else None)
    records = [kept.record for kept in rows[:PAGE]]
    lines = _gate_lines(office, tx, mine, tally)
    last = records[-1] if len(rows) > PAGE else None
    return Today(
        day,
        tuple(lines),
        _sums(lines),
        _passage_lines(office, tx, records, {one.id: one.name for one in mine}),
        None if last is None else f"{last.decided.at_ms}.{last.passage}",
        gate,
        tuple((one.id, one.name) for one in mine),
    )


def _latest(
    office: Office, tx: Connection, day: dt.date, gates: Sequence[str], before: tuple[int, str] | None
) -> list[KeptPassage]:
    """A page of the newest passages: looked for in the last minutes first, in the whole day only if those are few."""
    start = start_of(day)
    end = min(start + DAY_MS, office.clock.wall_ms() + 1) if before is None else before[0]
    rows: list[KeptPassage] = []
    for span in _SPANS_MS:
        since = max(start, end - span)
        rows = office.passages.latest(tx, day.toordinal(), gates, before, PAGE + 1, since_ms=since)
        if len(rows) > PAGE or since == start:
            break
    return rows


def _gate_lines(office: Office, tx: Connection, gates: Sequence[Gate], tally_of_day: Tally) -> list[GateLine]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for gate, way, verdict, outcome, recorded, count in tally_of_day:
        tally = counts[gate]
        if recorded:
            tally["entered" if way == Direction.IN else "left"] += count
        elif verdict in _OPEN:
            tally["open"] += count
        tally["refused"] += count if verdict in (Verdict.REFUSE, Verdict.REFUSE_EXIT) else 0
        tally["held"] += count if verdict == Verdict.HOLD and not recorded else 0
        tally["fever"] += count if outcome in _FEVERS else 0
    devices: dict[str, Device] = {}
    for device in office.devices.all(tx):
        if device.state == DeviceState.ACTIVE:
            devices[device.gate_id] = device
    return [_gate_line(gate, counts[gate.id], devices.get(gate.id)) for gate in gates]


def _gate_line(gate: Gate, tally: Mapping[str, int], device: Device | None) -> GateLine:
    def of(name: str) -> int:
        return tally.get(name, 0)

    return GateLine(
        gate.id, gate.name, of("entered"), of("left"), of("refused"), of("held"), of("fever"), of("open"),
        None if device is None else device.last_seen_ms,
        None if device is None else max(0, device.head_seq - device.acked_seq),
    )  # fmt: skip


def _sums(lines: Sequence[GateLine]) -> GateLine:
    return GateLine(
        "", "", sum(x.entered for x in lines), sum(x.left for x in lines), sum(x.refused for x in lines),
        sum(x.held for x in lines), sum(x.fever for x in lines), sum(x.open for x in lines), None,
        sum(x.waiting or 0 for x in lines),
    )  # fmt: skip


def _passage_lines(
    office: Office, tx: Connection, records: Sequence[PassageRecord], gates: Mapping[str, str]
) -> tuple[PassageLine, ...]:
    ids = {str(record.person) for record in records if record.person is not None}
    persons = {
        key: row for key, row in office.book.register.many(tx, "person", list(ids)).items() if isinstance(row, Person)
    }
    homes = {str(person.dwelling) for person in persons.values() if person.dwelling is not None}
    dwellings = {
        key: row
        for key, row in office.book.register.many(tx, "dwelling", list(homes)).items()
        if isinstance(row, Dwelling)
    }
    return tuple(_line(record, persons, dwellings, gates) for record in records)


def _line(
    record: PassageRecord,
    persons: Mapping[str, Person],
    dwellings: Mapping[str, Dwelling],
    gates: Mapping[str, str],
) -> PassageLine:
    person = persons.get(record.person or "")
    home = dwellings.get(person.dwelling or "") if person is not None else None
    marks = [name for name, on in (("late", record.late), ("voided", record.voided)) if on]
    marks += ["changed"] if record.overridden is not None else []
    newest = record.readings[-1].tenths if record.readings else 0
    return PassageLine(
        record.passage,
        f"{shanghai(record.decided.at_ms):%H:%M:%S}",
        gates.get(record.gate, record.gate),
        record.dir,
        "" if person is None else masked_name(person.name),
        "" if home is None else home.building,
        record.verdict,
        record.reason.value,
        f"{newest // 10}.{newest % 10}" if newest else "",
        tuple(marks),
    )


def chosen_day(text: str | None, now_ms: int) -> dt.date:
    """The day asked for, or today; a text that is no day is today."""
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return day_of(now_ms)
