# SPDX-License-Identifier: LicenseRef-Gatehouse
"""告知书, 健康登记表, 承诺书: the three papers of a first return, filled in or blank (domain.md 11)."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sync.office.print.typeset import typeset

_TEMPLATE = Path(__file__).with_name("papers.typ")


@dataclass(frozen=True, slots=True)
class Paper:
    """三份文书: empty texts are lines to write on; `last` the last day at home."""

    compound: str = ""
    name: str = ""
    room: str = ""
    phone: str = ""
    d0: dt.date | None = None
    last: dt.date | None = None
    committee_phone: str = ""


def papers(paper: Paper) -> bytes:
    """The PDF of three pages. Raises `TypesetError`."""
    return typeset(
        _TEMPLATE.read_bytes(),
        {
            "compound": paper.compound, "name": paper.name, "room": paper.room, "phone": paper.phone,
            "d0": _day(paper.d0), "last": _day(paper.last), "committee_phone": paper.committee_phone,
            "days": _days(paper),
        },
    )  # fmt: skip


def _day(day: dt.date | None) -> str:
    return "" if day is None else f"{day.year}年{day.month}月{day.day}日"


def _days(paper: Paper) -> list[str]:
    """The days of the health record: from the day of arrival to the last one."""
    if paper.d0 is None or paper.last is None:
        return [""] * 15
    return [
        f"{day.month}-{day.day}"
        for day in (paper.d0 + dt.timedelta(n) for n in range((paper.last - paper.d0).days + 1))
    ]
