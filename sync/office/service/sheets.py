# SPDX-License-Identifier: LicenseRef-Gatehouse
"""日报附表: 发热症状个案表 and 零报告表 (domain.md section 17). Names are masked; who may see more asks elsewhere."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kiosk.domain.codes import CaseKind, Category, IsolationState, Site
from kiosk.domain.instants import DAY_MS, start_of
from kiosk.domain.passage import PassageRecord
from kiosk.domain.register import Compound, Dwelling, Gate, Isolation, Person
from sync.office.service.book import RegisterBook
from sync.office.store.passages import Passages
from sync.office.store.tables import case_file

ARRIVALS_COUNT_FROM = dt.date(2020, 2, 10)
"""其他来沪人员: counted from this day on (F: 零报告表)."""
_CONFINED = frozenset({IsolationState.HOME, IsolationState.PENDING, IsolationState.DUE, IsolationState.BREACH})


@dataclass(frozen=True, slots=True)
class MeasuredAt:
    """一次读数: tenths, where, when (ms)."""

    tenths: int
    site: Site
    at_ms: int


@dataclass(frozen=True, slots=True)
class FeverCaseRow:
    """个案表一行: who is masked; `told` are (who, when ms, answer); empty answers were not given."""

    case: str
    gate: str
    opened_at_ms: int
    person: str
    room: str
    readings: tuple[MeasuredAt, ...]
    priority: str
    told: tuple[tuple[str, int | None, str], ...]
    outcome: str | None
    closed: bool


@dataclass(frozen=True, slots=True)
class ZeroSheet:
    """零报告表: how many units and committees, how many persons watched by group, how many with fever."""

    day: dt.date
    gates: int
    committees: int
    key_region_isolated: int
    key_industry_returnees: int
    others_arrived: int
    feverish: int

    @property
    def watched(self) -> int:
        """监测人数: the three groups together."""
        return self.key_region_isolated + self.key_industry_returnees + self.others_arrived


class Sheets:
    """附表用例."""

    def __init__(self, book: RegisterBook, passages: Passages) -> None:
        """Take the register and the passages."""
        self._book = book
        self._passages = passages

    def fever_cases(self, tx: Connection, day: dt.date, gates: Sequence[Gate]) -> tuple[FeverCaseRow, ...]:
        """个案表: the FEVER cases opened on a day at these gates, oldest first."""
        start = start_of(day)
        c = case_file.c
        query = select(case_file).where(
            c.gate_id.in_([gate.id for gate in gates]),
            c.kind == CaseKind.FEVER.value,
            c.opened_at_ms >= start,
            c.opened_at_ms < start + DAY_MS,
        )
        rows = list(tx.execute(query.order_by(c.opened_at_ms)))
        records = self._passages.get(tx, [row.passage_id for row in rows if row.passage_id is not None])
        names = {gate.id: gate.name for gate in gates}
        out: list[FeverCaseRow] = []
        for row in rows:
            doc = json.loads(row.doc)
            record = records.get(row.passage_id) if row.passage_id is not None else None
            person, room = self._who(tx, record)
            out.append(
                FeverCaseRow(
                    row.id, names.get(row.gate_id, row.gate_id), row.opened_at_ms, person, room, _readings(record),
                    row.priority, _told(doc), doc.get("outcome"), bool(row.closed),
                )
            )  # fmt: skip
        return tuple(out)

    def zero(self, tx: Connection, day: dt.date, gates: Sequence[Gate]) -> ZeroSheet:
        """零报告表 of these gates and their compounds."""
        compounds = {gate.compound for gate in gates}
        register = self._book.register
        committees = {c.committee for c in register.all(tx, Compound) if c.id in compounds}
        persons = [p for compound in sorted(compounds) for p in register.all(tx, Person, compound_id=compound)]
        category = {person.id: person.category for person in persons}
        running = [
            record
            for compound in sorted(compounds)
            for record in register.all(tx, Isolation, compound_id=compound)
            if record.state in _CONFINED
        ]
        key = sum(category.get(record.person) is not Category.KEY_INDUSTRY for record in running)
        industry = sum(category.get(record.person) is Category.KEY_INDUSTRY for record in running)
        counted_from = start_of(ARRIVALS_COUNT_FROM)
        others = sum(
            p.category is Category.RET_OTHER and (p.registered_at_ms or counted_from) >= counted_from for p in persons
        )
        names = [gate.id for gate in gates]
        records = (kept.record for kept in self._passages.of_day(tx, day.toordinal(), gates=names))
        feverish = {record.subject or record.passage for record in records if record.outcome == "FEVER_CONFIRMED"}
        return ZeroSheet(day, len(gates), len(committees), key, industry, others, len(feverish))

    def _who(self, tx: Connection, record: PassageRecord | None) -> tuple[str, str]:
        person = None if record is None or record.person is None else self._book.register.get(tx, Person, record.person)
        if person is None:
            return "", ""
        dwelling = None if person.dwelling is None else self._book.register.get(tx, Dwelling, person.dwelling)
        room = "" if dwelling is None else "-".join(p for p in (dwelling.building, dwelling.unit, dwelling.room) if p)
        return f"{person.name[:1]}*", room


def _readings(record: PassageRecord | None) -> tuple[MeasuredAt, ...]:
    if record is None:
        return ()
    return tuple(MeasuredAt(reading.tenths, reading.site, reading.at.at_ms) for reading in record.readings)


def _told(doc: dict[str, object]) -> tuple[tuple[str, int | None, str], ...]:
    steps = doc.get("steps")
    done: dict[str, tuple[int | None, str]] = {}
    for step in steps.values() if isinstance(steps, dict) else ():
        if step.get("who"):
            done[step["who"]] = (step.get("told_at"), step.get("answer", ""))
    told = doc.get("told")
    order = [*(told if isinstance(told, list) else []), *done]
    return tuple((who, *done.get(who, (None, ""))) for who in dict.fromkeys(order))
