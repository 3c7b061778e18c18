# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The residents' register from a CSV file: all or nothing, or the good rows by an explicit choice (interface.md 12.1).

Columns by header, 中文 or English: 楼 building, 单元 unit, 室 room, 姓名 name, 电话 phone, 性别 sex, 出生年 birth_year,
类别 category. A row that is there already keeps its ids; nobody is marked as gone.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection

from kiosk.domain.codes import Category
from kiosk.domain.identity import CompoundId, DwellingId, PersonId
from kiosk.domain.register import Dwelling, Person
from sync.office.ports import OfficeIds
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook

BYTES_LIMIT = 10 << 20
ROWS_LIMIT = 200_000
_HEADERS = {
    "building": ("楼", "楼号", "building"),
    "unit": ("单元", "unit"),
    "room": ("室", "室号", "房号", "room"),
    "name": ("姓名", "name"),
    "phone": ("电话", "手机", "phone"),
    "sex": ("性别", "sex"),
    "birth_year": ("出生年", "出生年份", "birth_year"),
    "category": ("类别", "category"),
}
_NEEDED = ("building", "room", "name")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_PHONE = re.compile(r"\+?[0-9][0-9-]{6,19}")
_YEARS = range(1900, 2021)
_NAME_LIMIT = 40


class RowFault(StrEnum):
    """名册错误: why a row, or the file, is not taken."""

    NOT_TEXT = "not_text"
    TOO_LARGE = "too_large"
    HEADER = "header"
    EMPTY = "empty"
    NAME = "name"
    PHONE = "phone"
    PHONE_REWRITTEN = "phone_rewritten"
    BIRTH_YEAR = "birth_year"
    CATEGORY = "category"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class BadRow:
    """错误行: `row` as the spreadsheet numbers it (the header is 1; 0: the file), `column` the field."""

    row: int
    column: str
    fault: RowFault


@dataclass(frozen=True, slots=True)
class RosterRow:
    """名册行: as read; `number` as the spreadsheet numbers it."""

    number: int
    building: str
    unit: str
    room: str
    name: str
    phone: str
    sex: str
    birth_year: int | None
    category: Category


@dataclass(frozen=True, slots=True)
class Imported:
    """导入结果: counts of rows; nothing was written if there are `bad` ones and the good were not asked for alone."""

    new: int
    changed: int
    same: int
    bad: tuple[BadRow, ...]
    written: bool


def read_roster(data: bytes) -> tuple[list[RosterRow], list[BadRow]]:
    """The rows of a CSV file in UTF-8 or GB18030, and what is wrong with the others."""
    if len(data) > BYTES_LIMIT:
        return [], [BadRow(0, "", RowFault.TOO_LARGE)]
    text = _text(data)
    if text is None:
        return [], [BadRow(0, "", RowFault.NOT_TEXT)]
    lines = csv.reader(io.StringIO(text))
    columns = _columns(next(lines, []))
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        return [], [BadRow(1, name, RowFault.HEADER) for name in missing]
    rows: list[RosterRow] = []
    bad: list[BadRow] = []
    seen: set[tuple[str, str, str, str]] = set()
    for read in _rows(lines, columns):
        if isinstance(read, RosterRow) and (key := (read.building, read.unit, read.room, read.name)) in seen:
            bad.append(BadRow(read.number, "name", RowFault.DUPLICATE))
        elif isinstance(read, RosterRow):
            seen.add(key)
            rows.append(read)
        else:
            bad.append(read)
        if len(rows) > ROWS_LIMIT:
            return [], [BadRow(0, "", RowFault.TOO_LARGE)]
    return rows, bad


class RosterImport:
    """名册导入."""

    def __init__(self, book: RegisterBook, ids: OfficeIds, audit: Audit) -> None:
        """Take the register, ids and the audit."""
        self._book = book
        self._ids = ids
        self._audit = audit

    def take(
        self, tx: Connection, compound: CompoundId, data: bytes, now_ms: int, *, by: str, good_rows: bool = False
    ) -> Imported:
        """Bring a file into a compound's register in this transaction."""
        rows, bad = read_roster(data)
        homes = {
            (home.building, home.unit, home.room): home
            for home in self._book.register.all(tx, Dwelling, compound_id=compound)
        }
        people = {(p.dwelling, p.name): p for p in self._book.register.all(tx, Person, compound_id=compound)}
        changes: list[Dwelling | Person] = []
        new = changed = same = 0
        for row in rows:
            place = (row.building, row.unit, row.room)
            home = homes.get(place)
            if home is None:
                home = Dwelling(DwellingId(self._ids.new_id()), compound, *place)
                homes[place] = home
                changes.append(home)
            old = people.get((home.id, row.name))
            person = self._person(row, old, home, now_ms)
            new, changed, same = new + (old is None), changed + (old not in (None, person)), same + (old == person)
            changes += [] if person == old else [person]
        written = bool(changes) and (not bad or good_rows)
        if written:
            self._book.put(tx, changes, now_ms)
            self._audit.note(tx, Entry(by, "roster.import", compound, why=f"{new} new, {changed} changed"), now_ms)
        return Imported(new, changed, same, tuple(bad), written or (not bad and not changes))

    def _person(self, row: RosterRow, old: Person | None, home: Dwelling, now_ms: int) -> Person:
        base = old or Person(
            PersonId(self._ids.new_id()), row.category, home.compound, home.id, row.name, registered_at_ms=now_ms
        )
        return replace(
            base,
            category=row.category,
            phone=row.phone or base.phone,
            sex=row.sex or base.sex,
            birth_year=row.birth_year or base.birth_year,
            initials=base.initials or initials(row.name),
        )


def initials(name: str) -> tuple[str, ...]:
    """首字母: all readings of a name's initials ("曾" zeng and ceng), made at the office alone."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 - half a second and 55 MB: only where a name is read

    readings = pinyin(name, style=Style.FIRST_LETTER, heteronym=True, errors="ignore")
    out = [""]
    for letters in readings:
        out = [before + letter for before in out for letter in dict.fromkeys(letters)][:_READINGS]
    return tuple(dict.fromkeys(out))


_READINGS = 16


def _text(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _columns(header: Sequence[str]) -> dict[str, int]:
    names = {word: name for name, words in _HEADERS.items() for word in words}
    cells = [cell.strip().lower() for cell in header]
    return {names[cell]: index for index, cell in enumerate(cells) if cell in names}


def _rows(lines: Iterator[list[str]], columns: dict[str, int]) -> Iterator[RosterRow | BadRow]:
    for number, cells in enumerate(lines, 2):
        values = {name: _clean(cells[at]) if at < len(cells) else "" for name, at in columns.items()}
        if any(values.values()):
            yield _row(number, values)


def _row(number: int, values: dict[str, str]) -> RosterRow | BadRow:
    def of(name: str) -> str:
        return values.get(name, "")

    for name in _NEEDED:
        if not of(name):
            return BadRow(number, name, RowFault.EMPTY)
    if len(of("name")) > _NAME_LIMIT:
        return BadRow(number, "name", RowFault.NAME)
    phone = of("phone").removesuffix(".0")
    if "E+" in phone.upper():
        return BadRow(number, "phone", RowFault.PHONE_REWRITTEN)
    if phone and _PHONE.fullmatch(phone) is None:
        return BadRow(number, "phone", RowFault.PHONE)
    year = of("birth_year")
    if year and not (year.isdecimal() and int(year[:5]) in _YEARS):
        return BadRow(number, "birth_year", RowFault.BIRTH_YEAR)
    category = of("category") or Category.LOCAL.value
    if category not in Category.__members__:
        return BadRow(number, "category", RowFault.CATEGORY)
    return RosterRow(
        number, _number(of("building")), _number(of("unit")), _number(of("room")), of("name"), phone, of("sex"),
        int(year) if year else None, Category(category),
    )  # fmt: skip


def _clean(cell: str) -> str:
    return _CONTROL.sub("", unicodedata.normalize("NFKC", cell)).strip()


def _number(text: str) -> str:
    """1号楼 and 301室 are 1 and 301."""
    return text.removesuffix("号楼").removesuffix("单元").removesuffix("室").removesuffix("楼").removesuffix("号")
