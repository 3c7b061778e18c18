# SPDX-License-Identifier: LicenseRef-Gatehouse
"""全量导出: full rows for an authority, by kind, as lists in one sealed archive (trust.md 10).

Everything is read in one transaction, so that the lists are of one moment; nothing of it is masked, and nothing that
was not asked for is in it.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from sqlalchemy import Connection, func, select

from kiosk.domain.instants import day_of, shanghai, start_of
from kiosk.domain.passage import PassageRecord
from kiosk.domain.register import Compound, Dwelling, Gate, Isolation, PassRow, Person
from sync.office.compose import Office
from sync.office.print.sheet import Cell, Format, Sheet, write
from sync.office.service.home_temps import HomeTemps
from sync.office.store.tables import case_file, passage
from sync.office.store.tables import gate as gate_table
from sync.office.web.texts import PageTexts

MOST_PASSAGES = 300_000
"""So many passages fit into one archive; more are asked for in parts."""


class Part(StrEnum):
    """导出内容."""

    PEOPLE = "PEOPLE"
    PASSES = "PASSES"
    ISOLATIONS = "ISOLATIONS"
    CASES = "CASES"
    PASSAGES = "PASSAGES"


DATED = frozenset({Part.CASES, Part.PASSAGES})
"""Parts that are of a time: the others are as the register stands."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """调取范围: which compounds, which parts, from when to when (both within), for whom and on what ground."""

    compounds: tuple[str, ...]
    parts: tuple[Part, ...]
    first: dt.date
    last: dt.date
    for_whom: str
    ground: str


def passages_within(tx: Connection, wanted: Wanted) -> int:
    """How many passages that would be; from an index alone."""
    c = passage.c
    days = c.day.between(wanted.first.toordinal(), wanted.last.toordinal())
    gates = _gates(tx, wanted.compounds)
    return int(tx.execute(select(func.count()).select_from(passage).where(days, c.gate_id.in_(gates))).scalar_one())


def _gates(tx: Connection, compounds: Sequence[str]) -> list[str]:
    return list(tx.execute(select(gate_table.c.id).where(gate_table.c.compound_id.in_(compounds))).scalars())


class WholeExport:
    """One export: its lists, made from one transaction."""

    def __init__(self, office: Office, tx: Connection, texts: PageTexts, wanted: Wanted) -> None:
        """Take where it reads, in which language it is headed, and what is wanted."""
        self._office = office
        self._tx = tx
        self._t = texts
        self._wanted = wanted

    def files(self, made_at: str, told: Callable[[int, int], None]) -> tuple[list[tuple[str, bytes]], int, set[str]]:
        """(name, CSV) of each part with a page on top that says what it is; rows in all; the columns."""
        makers: Mapping[Part, Callable[[], tuple[tuple[str, ...], list[list[Cell]]]]] = {
            Part.PEOPLE: self._people_rows, Part.PASSES: self._pass_rows, Part.ISOLATIONS: self._isolation_rows,
            Part.CASES: self._case_rows, Part.PASSAGES: self._passage_rows,
        }  # fmt: skip
        out: list[tuple[str, bytes]] = []
        total, columns, counts = 0, set[str](), []
        for number, part in enumerate(self._wanted.parts):
            told(number, len(self._wanted.parts))
            keys, rows = makers[part]()
            title = self._t(f"office.authority.part.{part.value}")
            sheet = Sheet(
                part.value.lower(), title, self._wanted.for_whom,
                tuple(self._t(f"office.authority.column.{key}") for key in keys), rows, self._t("office.purpose"),
                made_at, "", keys,
            )  # fmt: skip
            out.append((f"{part.value.lower()}.csv", write(sheet, Format.CSV)))
            total, columns = total + len(rows), columns | set(keys)
            counts.append(f"{title}: {len(rows)}")
        return [("readme.txt", self._cover(made_at, counts)), *out], total, columns

    def _cover(self, made_at: str, counts: Iterable[str]) -> bytes:
        wanted = self._wanted
        names = [compound.name for compound in self._compounds.values()]
        lines = [
            self._t("office.authority.title"), self._t("office.purpose"), made_at,
            f"{self._t('office.authority.for_whom')}: {wanted.for_whom}",
            f"{self._t('office.authority.ground')}: {wanted.ground}",
            f"{wanted.first} – {wanted.last}", ", ".join(names), *counts,
        ]  # fmt: skip
        return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()

    # -- what the lists are made of ----------------------------------------------------------------------------------

    @cached_property
    def _compounds(self) -> dict[str, Compound]:
        found = self._office.book.register.all(self._tx, Compound)
        return {one.id: one for one in found if one.id in self._wanted.compounds}

    @cached_property
    def _people(self) -> dict[str, Person]:
        register = self._office.book.register
        every = (register.all(self._tx, Person, compound_id=one) for one in self._wanted.compounds)
        return {one.id: one for found in every for one in found}

    @cached_property
    def _homes(self) -> dict[str, Dwelling]:
        register = self._office.book.register
        every = (register.all(self._tx, Dwelling, compound_id=one) for one in self._wanted.compounds)
        return {one.id: one for found in every for one in found}

    @cached_property
    def _gate_names(self) -> dict[str, str]:
        gates = self._office.book.register.all(self._tx, Gate)
        mine = self._compounds
        return {gate.id: f"{mine[gate.compound].name} {gate.name}" for gate in gates if gate.compound in mine}

    def _where(self, person: Person | None) -> list[Cell]:
        """Compound, building, unit, room."""
        home = None if person is None or person.dwelling is None else self._homes.get(person.dwelling)
        place = None if person is None else self._compounds.get(person.compound)
        room: list[Cell] = ["", "", ""] if home is None else [home.building, home.unit, home.room]
        return ["" if place is None else place.name, *room]

    def _people_rows(self) -> tuple[tuple[str, ...], list[list[Cell]]]:
        keys = ("compound", "building", "unit", "room", "name", "phone", "category", "registered")
        rows = [
            [
                *self._where(one), one.name, one.phone, self._t(f"category.{one.category.value}"),
                None if one.registered_at_ms is None else day_of(one.registered_at_ms),
            ]
            for one in self._people.values()
        ]  # fmt: skip
        return keys, rows

    def _pass_rows(self) -> tuple[tuple[str, ...], list[list[Cell]]]:
        keys = ("compound", "serial", "name", "kind", "colour", "state", "valid_from", "valid_to")
        rows: list[list[Cell]] = []
        for place in self._compounds.values():
            for row in self._office.book.register.all(self._tx, PassRow, compound_id=place.id):
                person = self._people.get(row.person or "")
                rows.append(
                    [
                        place.name, row.serial, "" if person is None else person.name,
                        self._t(f"pass_kind.{row.kind.value}"), self._t(f"pass_colour.{row.colour.value}"),
                        self._t(f"pass_state.{row.state.value}"), shanghai(row.valid_from_ms),
                        shanghai(row.valid_to_ms),
                    ]
                )  # fmt: skip
        return keys, rows

    def _isolation_rows(self) -> tuple[tuple[str, ...], list[list[Cell]]]:
        keys = (
            "compound",
            "building",
            "unit",
            "room",
            "name",
            "phone",
            "state",
            "d0",
            "notice_no",
            "released",
            "temps",
        )
        found = [
            one
            for place in self._compounds
            for one in self._office.book.register.all(self._tx, Isolation, compound_id=place)
        ]
        temps = HomeTemps(self._office.book, self._office.vault, self._office.ids, self._office.audit)
        taken = temps.of(self._tx, [one.id for one in found])
        rows: list[list[Cell]] = []
        for one in found:
            person = self._people.get(one.person)
            told = (
                f"{slot} {entry.temp_dc / 10:.1f}" if entry.temp_dc is not None
                else f"{slot} {'' if entry.missed is None else self._t(f'missed.{entry.missed.value}')}"
                for slot, entry in sorted(taken.get(one.id, {}).items())
            )  # fmt: skip
            rows.append(
                [
                    *self._where(person), "" if person is None else person.name, "" if person is None else person.phone,
                    self._t(f"isolation_state.{one.state.value}"), one.d0, one.release_notice or "",
                    None if one.released_at_ms is None else shanghai(one.released_at_ms), "; ".join(told),
                ]
            )  # fmt: skip
        return keys, rows

    def _case_rows(self) -> tuple[tuple[str, ...], list[list[Cell]]]:
        keys = ("opened", "gate", "priority", "case_kind", "name", "room", "phone", "told", "outcome")
        c = case_file.c
        days = c.opened_at_ms.between(
            start_of(self._wanted.first), start_of(self._wanted.last + dt.timedelta(days=1)) - 1
        )
        query = select(case_file, passage.c.person_id).select_from(
            case_file.outerjoin(passage, passage.c.passage_id == c.passage_id)
        )
        found = self._tx.execute(query.where(days, c.compound_id.in_(list(self._compounds))).order_by(c.opened_at_ms))
        rows: list[list[Cell]] = []
        for row in found:
            doc = json.loads(row.doc)
            person = self._people.get(doc.get("person") or row.person_id or "")
            told = (
                f"{self._t('told.' + step['who'])} {shanghai(int(step['at_ms'])):%m-%d %H:%M}"
                for step in doc["steps"].values()
                if step.get("who")
            )
            outcome = doc.get("outcome")
            rows.append(
                [
                    shanghai(row.opened_at_ms), self._gate_names.get(row.gate_id, row.gate_id), row.priority,
                    self._t(f"case_kind.{row.kind}"), "" if person is None else person.name,
                    "-".join(str(part) for part in self._where(person)[1:] if part),
                    "" if person is None else person.phone, "; ".join(told),
                    "" if outcome is None else self._t(f"case_outcome.{outcome}"),
                ]
            )  # fmt: skip
        return keys, rows

    def _passage_rows(self) -> tuple[tuple[str, ...], list[list[Cell]]]:
        keys = ("decided", "gate", "direction", "name", "room", "verdict", "reason", "temps")
        gates = list(self._gate_names)
        rows: list[list[Cell]] = []
        for number in range((self._wanted.last - self._wanted.first).days + 1):
            day = (self._wanted.first + dt.timedelta(days=number)).toordinal()
            rows += [self._passage(kept.record) for kept in self._office.passages.of_day(self._tx, day, gates=gates)]
        return keys, rows

    def _passage(self, record: PassageRecord) -> list[Cell]:
        person = self._people.get(record.person or "")
        temps = "; ".join(f"{one.tenths / 10:.1f}" for one in record.readings)
        return [
            shanghai(record.decided.at_ms), self._gate_names.get(record.gate, record.gate),
            self._t(f"direction.{record.dir.value}"), "" if person is None else person.name,
            "-".join(str(part) for part in self._where(person)[1:] if part),
            self._t(f"verdict.{record.verdict.value}"), self._t(f"reason.{record.reason.value}"), temps,
        ]  # fmt: skip
