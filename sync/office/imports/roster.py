# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Rows of residents out of a book, and an error with row, column, masked value and cure for each that is none."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kiosk.domain.codes import Attr, Category
from sync.office.imports import cells
from sync.office.imports.columns import Field, Head, Mapped, complete, head_of
from sync.office.imports.workbook import Book, FileFault, Sheet
from sync.office.service.masking import masked_name

_NAME_LIMIT, _TEXT_LIMIT = 40, 80
_SEXES = {"男": "男", "女": "女", "M": "男", "F": "女", "1": "男", "2": "女"}
REMARKS: Mapping[str, Attr] = {
    "独居": Attr.LIVES_ALONE, "老人": Attr.ELDERLY, "高龄": Attr.ELDERLY, "残疾": Attr.DISABLED,
    "无手机": Attr.NO_PHONE, "行动不便": Attr.REDUCED_MOBILITY, "需要帮助": Attr.NEEDS_HELP,
    "免戴口罩": Attr.MASK_EXEMPT, "未成年": Attr.MINOR,
}  # fmt: skip
"""备注中的词: what a remark says of a person; the first word of a fact is the one that is written."""
_SPREAD_DOWN = frozenset({Field.COMPOUND, Field.BUILDING, Field.UNIT, Field.ROOM, Field.ADDRESS})


class RowFault(StrEnum):
    """行错误: why a row is not taken."""

    HEADER = "header"
    EMPTY = "empty"
    NAME = "name"
    PHONE = "phone"
    REWRITTEN = "rewritten"
    BIRTH = "birth_year"
    CATEGORY = "category"
    ADDRESS = "address"
    COMPOUND = "compound"
    BUILDING = "building"
    FORMULA = "formula"
    DUPLICATE = "duplicate"
    ONE_DOCUMENT = "one_document"


class RowNote(StrEnum):
    """行提示: what was changed in a row that is taken."""

    FILLED = "filled"
    EVENED = "evened"
    DOC_NO_BLANK = "doc_no_blank"


@dataclass(frozen=True, slots=True)
class BadRow:
    """错误行: `row` from 1 as the spreadsheet numbers it (0: the file), `other` the row that it collides with."""

    row: int
    column: str
    fault: RowFault
    value: str = ""
    other: int | None = None
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """名册行: as read; `number` from 1 as the spreadsheet numbers it; empty where the file says nothing."""

    number: int
    place: cells.Place
    name: str
    phone: str = ""
    sex: str = ""
    birth_year: int | None = None
    category: Category | None = None
    tenure: str = ""
    employer: str = ""
    attrs: frozenset[Attr] = frozenset()
    compound: str = ""
    sheet: str = ""
    notes: frozenset[RowNote] = frozenset()


@dataclass(frozen=True, slots=True)
class Roster:
    """名册: what the file holds. `heads`: each sheet's header as it was read, for the clerk to change."""

    rows: tuple[RosterRow, ...] = ()
    bad: tuple[BadRow, ...] = ()
    heads: tuple[tuple[str, Head], ...] = ()
    hidden: tuple[str, ...] = ()
    encoding: str = ""
    macros: bool = False


@dataclass(slots=True)
class _Seen:
    """Rows so far, to tell who stands twice."""

    places: dict[tuple[str, cells.Place, str], tuple[str, int]] = field(default_factory=dict)
    documents: dict[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet being read."""

    sheet: Sheet
    columns: Mapped
    categories: Mapping[str, Category]
    today: dt.date


def read_roster(
    book: Book,
    categories: Mapping[str, Category],
    today: dt.date,
    remembered: Mapping[str, Field] | None = None,
    choice: Mapping[str, Head] | None = None,
) -> Roster | FileFault:
    """Every row of every sheet that has a header. `categories`: words and codes of categories; `choice` by sheet."""
    heads: list[tuple[str, Head]] = []
    rows: list[RosterRow] = []
    bad: list[BadRow] = []
    seen = _Seen()
    for sheet in book.sheets:
        head = (choice or {}).get(sheet.name) or head_of(sheet, remembered)
        if head is None:
            continue
        heads.append((sheet.name, head))
        if not complete(head.columns):
            missing = Field.NAME if Field.NAME not in head.columns else Field.ROOM
            bad.append(BadRow(head.row + 1, missing.value, RowFault.HEADER, sheet=sheet.name))
            continue
        reading = _Sheet(sheet, head.columns, categories, today)
        for one in _rows(reading, head.row + 1):
            read = _once(one, seen) if isinstance(one, tuple) else one
            if isinstance(read, RosterRow):
                rows.append(read)
            else:
                bad.append(read)
    if not heads:
        return FileFault.EMPTY
    if book.formulas:
        bad.insert(0, BadRow(0, "", RowFault.FORMULA))
    return Roster(tuple(rows), tuple(bad), tuple(heads), book.hidden, book.encoding, book.macros)


def _rows(of: _Sheet, first: int) -> Iterator[tuple[RosterRow, str] | BadRow]:
    for at in range(first, len(of.sheet.rows)):
        raw = of.sheet.rows[at]
        own = [raw[column] for field, column in of.columns.items() if column < len(raw) and field not in _SPREAD_DOWN]
        if not any(map(str.strip, own)):
            continue  # an empty row, or one that a merged room filled
        read = _row(of, at, raw)
        yield replace(read, sheet=of.sheet.name) if isinstance(read, BadRow) else read


def _row(of: _Sheet, at: int, raw: Sequence[str]) -> tuple[RosterRow, str] | BadRow:
    values: dict[Field, str] = {}
    notes: set[RowNote] = set()
    for name, column in of.columns.items():
        value = raw[column] if column < len(raw) else ""
        if (at, column) in of.sheet.formulas or value.startswith("="):
            return BadRow(at + 1, name.value, RowFault.FORMULA, "=…")
        if (at, column) in of.sheet.filled:
            notes.add(RowNote.FILLED)
        values[name] = cells.clean(value)
        if values[name] != value.strip():
            notes.add(RowNote.EVENED)
    where = _place(of, at, values)
    if isinstance(where, BadRow):
        return where
    person = _person(of, at, values, notes)
    if isinstance(person, BadRow):
        return person
    document = values.get(Field.DOC_NO, "")
    if document and (cells.rewritten(document) or cells.document(document) is None):
        notes.add(RowNote.DOC_NO_BLANK)
        document = ""
    return replace(person, place=where, notes=frozenset(notes)), (cells.document(document) or "")


def _place(of: _Sheet, at: int, values: Mapping[Field, str]) -> cells.Place | BadRow:
    address = values.get(Field.ADDRESS, "")
    room = cells.numbered(values.get(Field.ROOM, ""))
    building = cells.numbered(values.get(Field.BUILDING, ""))
    if room and not building:
        whole = cells.place(values[Field.ROOM])  # some write 1-2-301 under 室号
        if whole is not None:
            return whole
        building = cells.numbered(cells.clean(of.sheet.name)) if "楼" in of.sheet.name or "幢" in of.sheet.name else ""
    if room and building:
        return cells.Place(building.upper(), cells.numbered(values.get(Field.UNIT, "")).upper(), room.upper())
    if address:
        return cells.place(address) or _bad(at, Field.ADDRESS, RowFault.ADDRESS, address)
    return _bad(at, Field.BUILDING if room else Field.ROOM, RowFault.EMPTY)


def _person(of: _Sheet, at: int, values: Mapping[Field, str], notes: set[RowNote]) -> RosterRow | BadRow:
    name = cells.name(values.get(Field.NAME, ""))
    if not name:
        return _bad(at, Field.NAME, RowFault.EMPTY)
    if len(name) > _NAME_LIMIT:
        return _bad(at, Field.NAME, RowFault.NAME, name)
    told = values.get(Field.PHONE, "")
    phone = cells.phone(told) if told else ""
    if phone is None:
        kind = RowFault.REWRITTEN if cells.rewritten(told) or told.isdecimal() else RowFault.PHONE
        return _bad(at, Field.PHONE, kind, told)
    if phone != told:
        notes.add(RowNote.EVENED)
    born = values.get(Field.BIRTH, "")
    year = cells.year_of_birth(born, of.today) if born else None
    if born and year is None:
        return _bad(at, Field.BIRTH, RowFault.BIRTH, born)
    kind_of = values.get(Field.CATEGORY, "")
    category = of.categories.get(kind_of.upper()) if kind_of else None
    if kind_of and category is None:
        return _bad(at, Field.CATEGORY, RowFault.CATEGORY, kind_of)
    remark = values.get(Field.REMARK, "")
    return RosterRow(
        at + 1, cells.Place("", "", ""), name, phone, _SEXES.get(values.get(Field.SEX, "").upper(), ""), year, category,
        values.get(Field.TENURE, "")[:_TEXT_LIMIT], values.get(Field.EMPLOYER, "")[:_TEXT_LIMIT],
        frozenset(attr for word, attr in REMARKS.items() if word in remark), values.get(Field.COMPOUND, ""),
        of.sheet.name,
    )  # fmt: skip


def _once(read: tuple[RosterRow, str], seen: _Seen) -> RosterRow | BadRow:
    """The row, unless somebody stands in the file already."""
    row, document = read
    here = (row.sheet, row.number)
    other = seen.places.setdefault((row.compound, row.place, row.name), here)
    if other != here:
        return BadRow(row.number, Field.NAME.value, RowFault.DUPLICATE, masked_name(row.name), other[1], row.sheet)
    other = seen.documents.setdefault(document, here) if document else here
    if other != here:
        shown = cells.masked(Field.DOC_NO.value, document)
        return BadRow(row.number, Field.DOC_NO.value, RowFault.ONE_DOCUMENT, shown, other[1], row.sheet)
    return row


def _bad(at: int, column: Field, fault: RowFault, value: str = "") -> BadRow:
    return BadRow(at + 1, column.value, fault, cells.masked(column.value, value) if value else "")
