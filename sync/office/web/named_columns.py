# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a clerk says of a file's columns on an import's preview: the same form for every kind (interface.md 12.1)."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

F = TypeVar("F", bound=StrEnum)

Heading = tuple[str, Sequence[str], Mapping[F, int]]
"""表头: a sheet's name, its headings as written, and the columns that were found for fields."""


def named_columns(
    form: Mapping[str, str],
    headings: Iterable[Heading[F]],
    fields: type[F],
    before: Mapping[str, Mapping[int, F | None]],
) -> dict[str, dict[int, F | None]]:
    """`before` (sheet, column from 0, field or None: not used) with what the form says otherwise than was found."""
    out = {sheet: dict(here) for sheet, here in before.items()}
    values = {field.value for field in fields}
    for number, (sheet, cells, found) in enumerate(headings):
        known = {at: field for field, at in found.items()}
        for at in range(len(cells)):
            told = form.get(f"column.{number}.{at}")
            field = fields(told) if told in values else None
            if told is not None and field is not known.get(at):
                out.setdefault(sheet, {})[at] = field
    return out
