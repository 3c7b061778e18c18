# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Key regions as they are typed and pasted: one a line, code, name, from, to (domain.md 5)."""

import datetime as dt
import re

from kiosk.domain.policy import Region
from sync.office.imports import cells

NOT_KEY = "非重点"
"""At the end of a line: listed, and not key."""
_CODE = re.compile(r"[0-9]{6}|[A-Z]{2}")
_BETWEEN = re.compile(r"[\s,;]+")


def regions_text(regions: tuple[Region, ...]) -> str:
    """Regions as they are typed."""
    lines = []
    for one in regions:
        parts = [one.code, one.name, one.since.isoformat()]
        parts += [one.until.isoformat()] if one.until is not None else []
        parts += [] if one.key else [NOT_KEY]
        lines.append(" ".join(parts))
    return "\n".join(lines)


def read_regions(text: str) -> tuple[tuple[Region, ...], int]:
    """The regions, and the line (from 1) of the first that is none; 0: all are good."""
    out: list[Region] = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = [part for part in _BETWEEN.split(cells.clean(line.replace("\t", " "))) if part]
        if not parts:
            continue
        found = _region(parts)
        if found is None:
            return (), number
        out.append(found)
    return tuple(out), 0


def _region(parts: list[str]) -> Region | None:
    key = parts[-1] != NOT_KEY
    match parts if key else parts[:-1]:
        case [code, name, since]:
            days = [since]
        case [code, name, since, until]:
            days = [since, until]
        case _:
            return None
    try:
        first, *rest = [dt.date.fromisoformat(day) for day in days]
    except ValueError:
        return None
    last = rest[0] if rest else None
    if _CODE.fullmatch(code.upper()) is None or (last is not None and last < first):
        return None
    return Region(code.upper(), name, first, last, key)
