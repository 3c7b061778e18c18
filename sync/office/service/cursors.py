# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Cursors: `<server epoch>.<rev>`, opaque to gates; one of another server epoch is answered by a snapshot."""

import re
from dataclasses import dataclass

_FORM = re.compile(r"(0|[1-9][0-9]{0,9})\.(0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """游标: a revision of one server epoch."""

    epoch: int
    rev: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.rev}"


def parse_cursor(text: str) -> Cursor | None:
    """The cursor of a text, or None: from the start, or nothing of ours."""
    match = _FORM.fullmatch(text)
    return None if match is None else Cursor(int(match[1]), int(match[2]))
