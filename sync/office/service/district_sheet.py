# SPDX-License-Identifier: LicenseRef-Gatehouse
"""区报表: the district's own spreadsheet, kept with a mapping of cells to columns, filled for a day (interface.md 12).

A mapping is text, a line a cell: `C5 = entered`, `Sheet2!D7 = fever@J02`, `B2 = @date`. After `=` a column of
domain.md 17 or its 中文 name; after `@` a committee, compound or gate, none: the report's own scope.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from sync.office.ports import OfficeIds
from sync.office.print.fill_xlsx import LARGEST, FillFault, fill, sheet_names
from sync.office.service.report import DailyReport
from sync.office.store.tables import sheet_template
from sync.office.store.upsert import put

_LINE = re.compile(
    r"(?:(?P<sheet>[^=!]{1,31})!)?(?P<cell>[A-Za-z]{1,3}[0-9]{1,7})\s*=\s*(?P<what>[^@=]*)(?:@(?P<at>.+))?"
)
_SAID = ("date", "revision", "status", "gates")
LINES = 400


@dataclass(frozen=True, slots=True)
class Place:
    """对应一格: which cell gets which column of which scope; `said` for `@date` and the like."""

    sheet: str
    cell: str
    column: str
    scope: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class MappingFault:
    """对应不成: line (from 1) and a text key's last part."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Template:
    """区报表模板."""

    id: str
    name: str
    content: bytes
    mapping: str
    at_ms: int


def read_mapping(text: str, columns: Mapping[str, str], scopes: frozenset[str]) -> list[Place] | MappingFault:
    """The places of a mapping; `columns` names (codes and 中文) -> code, `scopes` what may stand after `@`."""
    out: list[Place] = []
    lines = text.splitlines()
    if len(lines) > LINES:
        return MappingFault(LINES + 1, "too_long")
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            return MappingFault(number, "form")
        what, at = found["what"].strip(), (found["at"] or "").strip()
        sheet, cell = (found["sheet"] or "").strip(), found["cell"].upper()
        if not what and at in _SAID:
            out.append(Place(sheet, cell, "", said=at))
        elif what not in columns:
            return MappingFault(number, "column")
        elif at and at not in scopes:
            return MappingFault(number, "scope")
        else:
            out.append(Place(sheet, cell, columns[what], at))
    return out


def filled(
    template: Template, places: list[Place], shown: DailyReport, of: Mapping[str, DailyReport],
    status: Callable[[str], str],
) -> bytes | FillFault:  # fmt: skip
    """The district's file for a day; a scope that has not reported leaves its cell blank, never zero."""
    cells: dict[tuple[str, str], int | str] = {}
    for place in places:
        value = _said(place.said, shown, status) if place.said else _value(place, shown, of)
        if value is not None:
            cells[place.sheet, place.cell] = value
    return fill(template.content, cells)


def _said(what: str, shown: DailyReport, status: Callable[[str], str]) -> int | str:
    match what:
        case "date":
            return shown.day.isoformat()
        case "revision":
            return shown.revision
        case "status":
            return status(shown.status.value)
        case _:
            return f"{shown.gates_reported}/{shown.gates_total}"


def _value(place: Place, shown: DailyReport, of: Mapping[str, DailyReport]) -> int | None:
    report = of.get(place.scope) if place.scope else shown
    return None if report is None else report.columns.get(place.column)


class DistrictSheets:
    """区报表用例."""

    def __init__(self, ids: OfficeIds) -> None:
        """Take ids."""
        self._ids = ids

    def keep(self, tx: Connection, name: str, content: bytes, by: str, now_ms: int) -> str | FillFault:
        """Keep a template under a name; its id. A file that is no plain xlsx is refused."""
        if len(content) > LARGEST:
            return FillFault("too_large")
        names = sheet_names(content)
        if isinstance(names, FillFault):
            return names
        new = self._ids.new_id()
        row = {"id": new, "name": name, "by": by, "at_ms": now_ms, "content": content, "mapping": ""}
        put(tx, sheet_template, [row])
        return new

    def map(self, tx: Connection, template_id: str, mapping: str) -> None:
        """Keep another mapping."""
        c = sheet_template.c
        tx.execute(sheet_template.update().where(c.id == template_id).values(mapping=mapping))

    def drop(self, tx: Connection, template_id: str) -> None:
        """Let go of a template."""
        tx.execute(delete(sheet_template).where(sheet_template.c.id == template_id))

    def get(self, tx: Connection, template_id: str) -> Template | None:
        """One of them."""
        row = tx.execute(select(sheet_template).where(sheet_template.c.id == template_id)).first()
        return None if row is None else Template(row.id, row.name, row.content, row.mapping, row.at_ms)

    def all(self, tx: Connection) -> list[tuple[str, str]]:
        """(id, name), by name."""
        rows = tx.execute(select(sheet_template.c.id, sheet_template.c.name).order_by(sheet_template.c.name))
        return [(row.id, row.name) for row in rows]


def file_name(template: Template, day: dt.date) -> str:
    """The name of the filled file."""
    stem = template.name.removesuffix(".xlsx")
    return f"{stem}-{day}.xlsx"
