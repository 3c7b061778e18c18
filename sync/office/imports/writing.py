# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A register written as the importer reads it: the same columns, the same words; read again, it changes nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from kiosk.domain.codes import Attr
from kiosk.domain.register import Dwelling, Person
from sync.office.imports.columns import HEADERS, Field
from sync.office.imports.roster import REMARKS
from sync.office.print.sheet import inert

COLUMNS = (
    Field.COMPOUND, Field.BUILDING, Field.UNIT, Field.ROOM, Field.NAME, Field.PHONE, Field.SEX, Field.BIRTH,
    Field.CATEGORY, Field.TENURE, Field.EMPLOYER, Field.REMARK,
)  # fmt: skip
"""In a committee's own order. A document's number is kept nowhere, and is in no export."""
_FIRST_WORDS: Mapping[Attr, str] = {attr: word for word, attr in reversed(tuple(REMARKS.items()))}
_HEADS = {
    Field.BUILDING: "楼号",
    Field.UNIT: "单元",
    Field.ROOM: "室号",
    Field.PHONE: "联系电话",
    Field.BIRTH: "出生年",
}

Line = tuple[str | int | None, ...]
"""A row's cells in the order of `COLUMNS`."""


def headers() -> tuple[str, ...]:
    """The header row: words that the importer knows, in whatever language the page is."""
    return tuple(_HEADS.get(field, HEADERS[field][0]) for field in COLUMNS)


def lines(
    people: Iterable[Person], homes: Mapping[str, Dwelling], compound: str, category: Callable[[str], str]
) -> list[Line]:
    """The people of a compound who live in a flat, in building order; others cannot be read back."""
    found = [(homes[one.dwelling], one) for one in people if one.dwelling is not None and one.dwelling in homes]
    found.sort(key=lambda each: (*_place(each[0]), each[1].name, each[1].id))
    return [
        (
            inert(compound), home.building, home.unit, home.room, inert(one.name), inert(one.phone), one.sex,
            one.birth_year, category(one.category.value), inert(one.tenure), inert(one.employer or ""),
            remark(one.attrs),
        )
        for home, one in found
    ]  # fmt: skip


def remark(attrs: Iterable[Attr]) -> str:
    """Standing facts as the remark that they are read from."""
    held = set(attrs)
    return " ".join(_FIRST_WORDS[attr] for attr in Attr if attr in held and attr in _FIRST_WORDS)


def compound_names(compounds: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Compound id -> how the file calls it: its name, or its id where two have one name."""
    names = [name for _, name in compounds]
    return {key: name if names.count(name) == 1 else key for key, name in compounds}


def _place(home: Dwelling) -> tuple[tuple[bool, int, str], ...]:
    return tuple(_natural(part) for part in (home.building, home.unit, home.room))


def _natural(part: str) -> tuple[bool, int, str]:
    return not part.isdecimal(), int(part) if part.isdecimal() else 0, part
