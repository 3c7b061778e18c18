# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A page as a value: where it is, whose it is, what it shows, which forms it takes (interface.md 11, 12).

`sync.office.web.__init__` tells page authors how to write one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sync.office.print.sheet import Sheet
from sync.office.web.answers import Answer, Refused
from sync.office.web.visit import Deed, Visit


class Group(StrEnum):
    """导航: the places of the one navigation, in its order (interface.md 11)."""

    OVERVIEW = "overview"
    CASES = "cases"
    PEOPLE = "people"
    PASSES = "passes"
    RETURNS = "returns"
    REPORT = "report"
    GATES = "gates"
    ADMIN = "admin"


Handler = Callable[[Visit], Answer]


@dataclass(frozen=True, slots=True)
class Post:
    """表单: `POST {page}/{name}`; runs in a writing transaction, undone where it answers `Refused` or faults.

    `action` of trust.md 3: the frame asks for its reason ("!") and for the password again ("p"), and refuses who lacks
    it. `upload` bytes at most of one file, 0: none. `again`: the password is asked though the action does not.
    """

    run: Handler
    action: str | None = None
    upload: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """页面: `path` may hold parts ("/report/{date}"); `action` of trust.md 3 that opens it, None: every account.

    `filters`: names that are read from the address, and kept when the language is changed or a list is exported.
    `export`: the same list as a `Sheet`, redacted for this account; gives the page its CSV, xlsx and PDF.
    `live`: a short text that changes when the page would show something new; gives the page its server-sent events.
    `stands_for`: the path of the page in the navigation that this one belongs to, where it has no place of its own.
    """

    path: str
    title: str
    group: Group
    action: str | None
    show: Handler
    filters: tuple[str, ...] = ()
    posts: Mapping[str, Post] = field(default_factory=dict)
    deeds: Mapping[str, Deed] = field(default_factory=dict)
    export: Callable[[Visit], Sheet | Refused] | None = None
    live: Callable[[Visit], str] | None = None
    stands_for: str = ""
