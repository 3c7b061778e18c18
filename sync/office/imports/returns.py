# SPDX-License-Identifier: LicenseRef-Gatehouse
"""返沪人员名单: records of the returnee platform out of a spreadsheet, an error for each row that is none.

The platform's numbers of identity papers are not read: the register has none to compare them with (trust.md 2).
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sync.office.imports import cells
from sync.office.imports.cells import EXCEL_ZERO, Place
from sync.office.imports.columns import word_of
from sync.office.imports.workbook import Book, FileFault, Sheet
from sync.office.service.masking import masked_name

_TITLE_ROWS = 20
_NAME, _TEXT, _REF, _STOPS = 40, 60, 40, 8
_SPREAD_DOWN = frozenset({"compound", "building", "unit", "room", "address"})
_SPLIT = re.compile(r"[、,;/|]|(?: 和 )")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")
_YES = frozenset({"是", "有", "Y", "YES", "1", "重点", "重点地区", "TRUE"})
_NO = frozenset({"否", "无", "N", "NO", "0", "其他", "非重点", "FALSE", "没有"})


class ReturnField(StrEnum):
    """栏目: what a column of the platform's list may hold."""

    REF = "ref"
    COMPOUND = "compound"
    BUILDING = "building"
    UNIT = "unit"
    ROOM = "room"
    ADDRESS = "address"
    NAME = "name"
    PHONE = "phone"
    FROM = "region"
    TRANSIT = "transit"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    TRANSPORT = "transport"
    NUMBER = "number"
    KEY = "key_told"
    CONTACT = "contact"


HEADERS: Mapping[ReturnField, tuple[str, ...]] = {
    ReturnField.REF: ("编号", "记录号", "记录编号", "平台编号", "登记编号", "登记号", "ref"),
    ReturnField.COMPOUND: ("小区", "小区名称", "所在小区", "compound"),
    ReturnField.BUILDING: ("楼", "楼号", "楼栋", "幢号", "building"),
    ReturnField.UNIT: ("单元", "单元号", "unit"),
    ReturnField.ROOM: ("室", "室号", "房号", "room"),
    ReturnField.ADDRESS: ("地址", "住址", "居住地址", "在沪地址", "在沪住址", "详细地址", "现住址", "address"),
    ReturnField.NAME: ("姓名", "返沪人员", "人员姓名", "name"),
    ReturnField.PHONE: ("电话", "手机", "手机号", "手机号码", "联系电话", "联系方式", "phone"),
    ReturnField.FROM: (
        "来源地",
        "出发地",
        "来自",
        "来自何地",
        "从何地返沪",
        "来沪前所在地",
        "离沪期间所在地",
        "region",
    ),
    ReturnField.TRANSIT: ("途经", "途经地", "途经地区", "中转地", "transit"),
    ReturnField.DEPARTED: ("出发日期", "出发时间", "离开日期", "departed"),
    ReturnField.ARRIVED: (
        "抵沪日期",
        "返沪日期",
        "到沪日期",
        "抵沪时间",
        "返沪时间",
        "到沪时间",
        "来沪日期",
        "arrived",
    ),
    ReturnField.TRANSPORT: ("交通工具", "交通方式", "来沪方式", "transport"),
    ReturnField.NUMBER: ("车次", "航班", "航班车次", "车次航班", "车牌", "车牌号", "班次", "number"),
    ReturnField.KEY: ("重点地区", "是否重点地区", "是否来自重点地区", "key"),
    ReturnField.CONTACT: ("接触史", "有无接触史", "是否接触病例", "contact"),
}  # fmt: skip
"""Header words by field; signs and spaces do not count."""
_BY_WORD = {word: field for field, words in HEADERS.items() for word in words}


class ReturnFault(StrEnum):
    """行错误: why a record is not taken."""

    HEADER = "header"
    EMPTY = "empty"
    NAME = "name"
    PHONE = "phone"
    REWRITTEN = "rewritten"
    DATE = "date"
    AHEAD = "ahead"
    ORDER = "order"
    YES_NO = "yes_no"
    FORM = "form"
    FORMULA = "formula"
    DUPLICATE = "duplicate"
    COMPOUND = "compound"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class BadReturn:
    """错误行: `row` from 1 as the spreadsheet numbers it (0: the file), `other` the row that it collides with."""

    row: int
    column: str
    fault: ReturnFault
    value: str = ""
    other: int | None = None
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class ReturnRecord:
    """返沪记录: one arrival of one person as the platform tells it; empty where it says nothing.

    `key_told`: the platform's own word on the region; `compound` a name, to be looked up.
    """

    name: str
    arrived: dt.date
    ref: str = ""
    phone: str = ""
    compound: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    region: str = ""
    transit: tuple[str, ...] = ()
    departed: dt.date | None = None
    transport: str = ""
    number: str = ""
    key_told: bool | None = None
    contact: bool | None = None

    @property
    def place(self) -> Place:
        """The flat as told."""
        return Place(self.building, self.unit, self.room)

    def told_twice(self) -> tuple[object, ...]:
        """What makes two records one: the same name, the same phone (or flat), the same day of arrival."""
        return (self.name, self.phone or self.place, self.arrived)


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """名单行: where a record stands."""

    record: ReturnRecord
    row: int
    sheet: str = ""
    phone_hidden: bool = False


ReturnColumns = Mapping[ReturnField, int]
Choice = Mapping[str, Mapping[int, ReturnField | None]]
"""Sheet name -> column from 0 -> field as the clerk chose it, None: not used."""


@dataclass(frozen=True, slots=True)
class ReturnHead:
    """表头: sheet, row from 0, cells as written, what was found in them."""

    sheet: str
    row: int
    cells: tuple[str, ...]
    columns: ReturnColumns

    def field_at(self, at: int) -> str:
        """What a column was taken for, "" for nothing."""
        return next((field.value for field, column in self.columns.items() if column == at), "")


@dataclass(frozen=True, slots=True)
class ReturnList:
    """返沪名单: what a file holds."""

    rows: tuple[ReturnRow, ...] = ()
    bad: tuple[BadReturn, ...] = ()
    heads: tuple[ReturnHead, ...] = ()
    hidden: tuple[str, ...] = ()
    encoding: str = ""
    macros: bool = False


def read_returns(
    book: Book,
    today: dt.date,
    remembered: Mapping[str, ReturnField] | None = None,
    choice: Choice | None = None,
) -> ReturnList | FileFault:
    """Every row of every sheet that has a header. `remembered`: header word -> field as it was chosen before."""
    heads: list[ReturnHead] = []
    rows: list[ReturnRow] = []
    bad: list[BadReturn] = []
    for sheet in book.sheets:
        head = head_of(sheet, remembered or {}, (choice or {}).get(sheet.name, {}))
        if head is None:
            continue
        heads.append(head)
        missing = next((one for one in (ReturnField.NAME, ReturnField.ARRIVED) if one not in head.columns), None)
        if missing is not None:
            bad.append(BadReturn(head.row + 1, missing.value, ReturnFault.HEADER, sheet=sheet.name))
            continue
        for one in _rows(sheet, head, today):
            (bad if isinstance(one, BadReturn) else rows).append(one)  # type: ignore[arg-type]
    if not heads:
        return FileFault.EMPTY
    if book.formulas:
        bad.insert(0, BadReturn(0, "", ReturnFault.FORMULA))
    rows, twice = _once(rows)
    return ReturnList(
        tuple(rows), tuple(sorted(bad + twice, key=lambda it: (it.sheet, it.row))), tuple(heads), book.hidden,
        book.encoding, book.macros,
    )  # fmt: skip


def head_of(
    sheet: Sheet, remembered: Mapping[str, ReturnField], chosen: Mapping[int, ReturnField | None]
) -> ReturnHead | None:
    """The row among the first ones with most known words, as the clerk changed it; None without a single word."""
    best: ReturnHead | None = None
    for number, row in enumerate(sheet.rows[:_TITLE_ROWS]):
        columns: dict[ReturnField, int] = {}
        for at, cell in enumerate(row):
            word = word_of(cell)
            field = remembered.get(word) or _BY_WORD.get(word)
            if field is not None:
                columns.setdefault(field, at)
        if columns and (best is None or len(columns) > len(best.columns)):
            best = ReturnHead(sheet.name, number, tuple(map(cells.clean, row)), columns)
    if chosen and sheet.rows:
        first = best or ReturnHead(sheet.name, 0, tuple(map(cells.clean, sheet.rows[0])), {})
        kept = {field: at for field, at in first.columns.items() if at not in chosen}
        kept |= {field: at for at, field in chosen.items() if field is not None}
        return ReturnHead(sheet.name, first.row, first.cells, kept)
    return best


def day(cell: str) -> dt.date | None:
    """A day written as 2020-02-18, 2020/2/18, 2020年2月18日, 20200218 or a spreadsheet's number; None: none of them."""
    text = cell.removesuffix(".0")
    found = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if found is not None:
        try:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
    number = text.partition(".")[0]
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return EXCEL_ZERO + dt.timedelta(days=int(number))
    return None


# -- inside ----------------------------------------------------------------------------------------------------------


def _rows(sheet: Sheet, head: ReturnHead, today: dt.date) -> Iterator[ReturnRow | BadReturn]:
    own_columns = [at for field, at in head.columns.items() if field.value not in _SPREAD_DOWN]
    for at in range(head.row + 1, len(sheet.rows)):
        raw = sheet.rows[at]
        if any(raw[column].strip() for column in own_columns if column < len(raw)):
            yield _row(sheet, head.columns, at, raw, today)


def _row(sheet: Sheet, columns: ReturnColumns, at: int, raw: Sequence[str], today: dt.date) -> ReturnRow | BadReturn:
    values: dict[ReturnField, str] = {}
    for field, column in columns.items():
        value = raw[column] if column < len(raw) else ""
        if (at, column) in sheet.formulas or value.startswith("="):
            return BadReturn(at + 1, field.value, ReturnFault.FORMULA, "=…", sheet=sheet.name)
        values[field] = cells.clean(value)
    read = record_of(values, today)
    if isinstance(read, Slip):
        return BadReturn(at + 1, read.column, read.fault, read.value, sheet=sheet.name)
    return ReturnRow(read, at + 1, sheet.name, "*" in values.get(ReturnField.PHONE, ""))


@dataclass(frozen=True, slots=True)
class Slip:
    """一处错误: `value` masked."""

    column: str
    fault: ReturnFault
    value: str = ""


def record_of(values: Mapping[ReturnField, str], today: dt.date) -> ReturnRecord | Slip:
    """A record of its evened texts, from a spreadsheet or from the line; what is wrong with it, masked."""
    name = values.get(ReturnField.NAME, "").replace(" ", "")
    if not name or len(name) > _NAME:
        return Slip("name", ReturnFault.NAME if name else ReturnFault.EMPTY, masked_name(name))
    told = values.get(ReturnField.PHONE, "")
    phone = "" if not told or "*" in told else cells.phone(told)
    if phone is None:
        rewritten = cells.rewritten(told) or told.isdecimal()
        return Slip("phone", ReturnFault.REWRITTEN if rewritten else ReturnFault.PHONE, cells.masked("phone", told))
    days = _days(values, today)
    if isinstance(days, Slip):
        return days
    answers: dict[ReturnField, bool | None] = {}
    for field in (ReturnField.KEY, ReturnField.CONTACT):
        word = values.get(field, "").upper()
        if word and word not in _YES | _NO:
            return Slip(field.value, ReturnFault.YES_NO, word[:20])
        answers[field] = word in _YES if word else None
    place = _place(values)
    transit = tuple(one.strip()[:_TEXT] for one in _SPLIT.split(values.get(ReturnField.TRANSIT, "")) if one.strip())
    return ReturnRecord(
        name, days[0], values.get(ReturnField.REF, "").removesuffix(".0")[:_REF], phone,
        values.get(ReturnField.COMPOUND, "")[:_TEXT], place.building, place.unit, place.room,
        values.get(ReturnField.FROM, "")[:_TEXT], transit[:_STOPS], days[1],
        values.get(ReturnField.TRANSPORT, "")[:_TEXT], values.get(ReturnField.NUMBER, "")[:_TEXT],
        answers[ReturnField.KEY], answers[ReturnField.CONTACT],
    )  # fmt: skip


def _days(values: Mapping[ReturnField, str], today: dt.date) -> tuple[dt.date, dt.date | None] | Slip:
    told, left = values.get(ReturnField.ARRIVED, ""), values.get(ReturnField.DEPARTED, "")
    arrived, departed = day(told), day(left) if left else None
    if arrived is None:
        return Slip("arrived", ReturnFault.DATE if told else ReturnFault.EMPTY, told[:20])
    if arrived > today:
        return Slip("arrived", ReturnFault.AHEAD, told[:20])
    if left and departed is None:
        return Slip("departed", ReturnFault.DATE, left[:20])
    if departed is not None and departed > arrived:
        return Slip("departed", ReturnFault.ORDER, left[:20])
    return arrived, departed


def _place(values: Mapping[ReturnField, str]) -> Place:
    room = cells.numbered(values.get(ReturnField.ROOM, ""))
    building = cells.numbered(values.get(ReturnField.BUILDING, ""))
    if room and building:
        return Place(building.upper(), cells.numbered(values.get(ReturnField.UNIT, "")).upper(), room.upper())
    for text in (values.get(ReturnField.ROOM, ""), values.get(ReturnField.ADDRESS, "")):
        found = cells.place(text) if text else None
        if found is not None:
            return found
    return Place("", "", "")  # a record without a flat is a record all the same: name and phone may tell who it is


def _once(rows: Sequence[ReturnRow]) -> tuple[list[ReturnRow], list[BadReturn]]:
    """Each record once: by the platform's number, or by person and day."""
    seen: dict[object, ReturnRow] = {}
    good: list[ReturnRow] = []
    twice: list[BadReturn] = []
    for one in rows:
        keys: list[object] = [one.record.told_twice()]
        if one.record.ref:
            keys.append(("ref", one.record.ref))
        other = next((seen[key] for key in keys if key in seen), None)
        if other is None:
            good.append(one)
            seen.update(dict.fromkeys(keys, one))
        else:
            name = masked_name(one.record.name)
            twice.append(BadReturn(one.row, "name", ReturnFault.DUPLICATE, name, other.row, one.sheet))
    return good, twice
