# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a page's handler answers: a value; the frame makes the HTTP of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Response

from sync.office.service.exports import Exported
from sync.office.service.jobs import Ended, Told


@dataclass(frozen=True, slots=True)
class Shown:
    """显示: a template with its values; 200, or 422 where `faults` (field -> text key) say what is wrong in a form."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """完成: go to `to` (303), where `text` (a key) with `values` (counts and codes only) is told once."""

    to: str
    text: str = ""
    values: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """转入后台: `work` runs when the transaction is committed; the browser goes to its progress page.

    `kind` names it: text `office.jobs.kind.{kind}`. `work(told)` opens its own transactions and tells (done, total).
    """

    kind: str
    work: Callable[[Told], Ended]


@dataclass(frozen=True, slots=True)
class Refused:
    """不受理: 404 out of reach or not there, 403 not granted, 400 an address that means nothing, 409 done meanwhile."""

    status: int


NOT_FOUND = Refused(404)
"""不在范围内: nobody can probe who exists (trust.md 3)."""
FORBIDDEN = Refused(403)
BAD = Refused(400)
STALE = Refused(409)

Answer = Shown | Done | Started | Refused | Exported | Response
"""应答: `Exported` is a download; a `Response` of one's own is for pictures alone."""
