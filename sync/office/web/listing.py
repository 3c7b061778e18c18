# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A list on a page: filters in the address, fifty rows, keyset paging, and the rows as a sheet (interface.md 11)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode

from kiosk.domain.instants import shanghai
from sync.office.print.sheet import Cell, Sheet
from sync.office.web.visit import Visit

PAGE = 50
_PLACE_DIGITS = 15
"""No list is longer, and every database takes the number."""


class Kind(StrEnum):
    """栏目种类: how a column's cells stand."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    """Milliseconds, shown as month, day, hour and minute in Shanghai."""
    CODE = "code"
    """A code, named by the text `{prefix}.{code}`."""
    MARK = "mark"
    """A code as CODE, set as a badge: prefix `looks.{code}` gives its look."""


@dataclass(frozen=True, slots=True)
class Column:
    """栏目: `key` names the cell and, where `sorts`, the value of `sort` in the address."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    prefix: str = ""
    sorts: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """行: cells by column key (missing, None: blank); `href` leads on from the first cell; `look` go, wait, stop, dim.

    `key` names the row in a form ("pick.{key}" where the listing has `picks`).
    """

    cells: dict[str, str | int | None]
    href: str = ""
    look: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """列表: `empty` a text key saying why there is nothing and what next; `older` the place where the next page begins.

    `exports`: whether to offer CSV, xlsx, PDF (the page needs `export`). `picks`: a box before each row.
    """

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    empty: str
    caption: str = ""
    older: str | None = None
    total: int | None = None
    exports: bool = False
    picks: bool = False
    sums: dict[str, str | int | None] = field(default_factory=dict)


def place_asked(visit: Visit) -> int | None:
    """Where the asked page begins, in a list whose places are numbers; None: at the beginning, or it is none."""
    asked = visit.asked.get("after", "")
    return int(asked) if asked.isdecimal() and len(asked) <= _PLACE_DIGITS else None


def link(visit: Visit, path: str, **changed: str | None) -> str:
    """An address with the visit's filters, some of them changed, None: left out."""
    kept = {**visit.asked, **{name: value for name, value in changed.items() if value is not None}}
    query = urlencode([(name, value) for name, value in kept.items() if value and changed.get(name, "") is not None])
    return f"{path}?{query}" if query else path


def sheet_of(visit: Visit, listing: Listing, name: str, title: str, scope: str) -> Sheet:
    """The listing as a sheet, as this account sees it; `title` and `scope` in the reader's language."""
    return Sheet(
        name,
        title,
        scope,
        tuple(visit.t(column.title) for column in listing.columns),
        [[_cell(visit, column, row.cells.get(column.key)) for column in listing.columns] for row in listing.rows],
        visit.t("office.purpose"),
        visit.t("office.made_at", at=f"{shanghai(visit.now_ms):%Y-%m-%d %H:%M}"),
        visit.t("office.signature"),
        tuple(column.key for column in listing.columns),
    )


def _cell(visit: Visit, column: Column, value: str | int | None) -> Cell:
    if value is None:
        return None
    match column.kind:
        case Kind.TIME if isinstance(value, int):
            return shanghai(value)
        case Kind.CODE | Kind.MARK:
            return visit.t(f"{column.prefix}.{value}") if value != "" else ""
        case _:
            return value
