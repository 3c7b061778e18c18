# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Which column holds what: proposed by the headers, changeable by the clerk, remembered for the committee."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sync.office.imports.cells import clean
from sync.office.imports.workbook import Sheet

_TITLE_ROWS = 20
_NOISE = re.compile(r"[\s*:()/、]|必填|选填")


class Field(StrEnum):
    """栏目: what a column of a roster may hold."""

    COMPOUND = "compound"
    BUILDING = "building"
    UNIT = "unit"
    ROOM = "room"
    ADDRESS = "address"
    NAME = "name"
    PHONE = "phone"
    SEX = "sex"
    BIRTH = "birth_year"
    DOC_NO = "doc_no"
    CATEGORY = "category"
    TENURE = "tenure"
    EMPLOYER = "employer"
    REMARK = "remark"


HEADERS: Mapping[Field, tuple[str, ...]] = {
    Field.COMPOUND: ("小区", "小区名称", "compound"),
    Field.BUILDING: ("楼", "楼号", "楼栋", "幢号", "栋号", "幢", "栋", "building"),
    Field.UNIT: ("单元", "单元号", "门号", "unit"),
    Field.ROOM: ("室", "室号", "房号", "房间号", "门牌", "room"),
    Field.ADDRESS: ("地址", "住址", "详细地址", "家庭住址", "居住地址", "门牌号", "address"),
    Field.NAME: ("姓名", "居民姓名", "名字", "name"),
    Field.PHONE: ("电话", "手机", "手机号", "手机号码", "联系电话", "联系方式", "电话号码", "phone"),
    Field.SEX: ("性别", "sex"),
    Field.BIRTH: ("出生年", "出生年份", "出生日期", "出生年月", "生日", "birth_year", "birth"),
    Field.DOC_NO: ("身份证", "身份证号", "身份证号码", "证件号", "证件号码", "公民身份号码", "doc_no"),
    Field.CATEGORY: ("类别", "人员类别", "category"),
    Field.TENURE: ("居住性质", "房屋性质", "与户主关系", "人户", "tenure"),
    Field.EMPLOYER: ("单位", "工作单位", "employer"),
    Field.REMARK: ("备注", "说明", "remark", "note"),
}
"""Header words by field. A header counts when it is one of them, without signs and spaces."""

_BY_WORD = {word: field for field, words in HEADERS.items() for word in words}

Mapped = Mapping[Field, int]
"""Field -> column from 0."""


@dataclass(frozen=True, slots=True)
class Head:
    """表头: the row from 0 that it stands in, its cells as written, and what was found in them."""

    row: int
    cells: tuple[str, ...]
    columns: Mapped

    @property
    def complete(self) -> bool:
        """Whether a resident can be made of it: a name, and a room in one column or two."""
        return complete(self.columns)


def complete(columns: Mapped) -> bool:
    """A name and a place; the building may also be the sheet's name."""
    return Field.NAME in columns and (Field.ROOM in columns or Field.ADDRESS in columns)


def head_of(sheet: Sheet, remembered: Mapping[str, Field] | None = None) -> Head | None:
    """The header row among the first rows, past titles: the one with most known words; None without a single one.

    `remembered`: header word (evened) -> field, as the committee chose it before; it goes before our own words.
    """
    best: Head | None = None
    for number, row in enumerate(sheet.rows[:_TITLE_ROWS]):
        columns = _columns(row, remembered or {})
        if columns and (best is None or len(columns) > len(best.columns)):
            best = Head(number, tuple(map(clean, row)), columns)
    return best


def word_of(header: str) -> str:
    """A header without what varies: spaces, stars, brackets."""
    return _NOISE.sub("", clean(header)).lower()


def chosen(head: Head, choice: Mapping[int, Field | None]) -> Head:
    """The same header with columns changed by the clerk; None: not used."""
    columns = {field: at for field, at in head.columns.items() if at not in choice}
    columns |= {field: at for at, field in choice.items() if field is not None}
    return Head(head.row, head.cells, columns)


def to_remember(head: Head) -> dict[str, str]:
    """What a clerk's choice teaches: header word -> field."""
    return {word: field.value for field, at in head.columns.items() if (word := word_of(head.cells[at]))}


def _columns(row: Sequence[str], remembered: Mapping[str, Field]) -> Mapped:
    found: dict[Field, int] = {}
    for at, cell in enumerate(row):
        word = word_of(cell)
        field = remembered.get(word) or _BY_WORD.get(word)
        if field is not None and field not in found:
            found[field] = at
    return found
