# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Rows of a file that are not taken, with column, masked value and cure: the same list for every import (12.1)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from sync.office.web.listing import PAGE as ROWS
from sync.office.web.listing import Column, Kind, Listing, Row
from sync.office.web.visit import Visit


class BadRowShown(Protocol):
    """错误行: a row as any reader of files finds it."""

    @property
    def row(self) -> int:
        """From 1 as the spreadsheet numbers it."""
        ...

    @property
    def column(self) -> str:
        """A field's code, "" for the file."""
        ...

    @property
    def fault(self) -> StrEnum:
        """What is wrong."""
        ...

    @property
    def value(self) -> str:
        """The cell, masked."""
        ...

    @property
    def other(self) -> int | None:
        """The row that it collides with."""
        ...

    @property
    def sheet(self) -> str:
        """The sheet's name."""
        ...


def bad_listing(visit: Visit, bad: Sequence[BadRowShown], begin: int, texts: str) -> Listing:
    """Fifty of them from `begin`. `texts`: where the names of fields and the cures stand ("office.import")."""
    columns = (
        Column("row", f"{texts}.row"),
        Column("column", f"{texts}.column", Kind.CODE, f"{texts}.field"),
        Column("value", f"{texts}.value"),
        Column("cure", f"{texts}.cure"),
    )
    rows = [
        Row(
            {
                "row": f"{one.sheet} {one.row}".strip(), "column": one.column, "value": one.value,
                "cure": visit.t(f"{texts}.fault.{one.fault.value}")
                + ("" if one.other is None else visit.t("office.import.other", n=one.other)),
            },
            look="stop",
        )
        for one in bad[begin : begin + ROWS]
    ]  # fmt: skip
    older = str(begin + ROWS) if len(bad) > begin + ROWS else None
    return Listing(columns, rows, f"{texts}.none", older=older, total=len(bad))
