# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Who lives together: households of an old sub-district by kind, with ages, tenure and standing facts.

The shares are assumptions in the shape of the 2020 count for an inner district of Shanghai: about 2.4 persons to a
household, 38 to 42 % of them sixty or older, a tenth under eighteen.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from kiosk.domain.codes import Attr, Category
from kiosk.domain.identity import PersonId
from sync.street.names import given_name, surname
from sync.street.rows import DwellingRow, PersonRow

STOCK_CUTOFF = date(2020, 1, 24)  # daily screening began (domain.md 5, stock_cutoff)

OWNER, FAMILY, TENANT, LODGER = "业主", "家属", "租客", "寄住"


class _Face(NamedTuple):
    """Family name, sex and age: all that a kind of household decides."""

    family: str
    sex: str
    age: int


def _chance(rng: Random, share: float) -> bool:
    return rng.random() < share


def _sex(rng: Random) -> str:
    return "F" if _chance(rng, 0.51) else "M"


def _other(sex: str) -> str:
    return "M" if sex == "F" else "F"


def _age(rng: Random, low: int, mode: int, high: int) -> int:
    return round(rng.triangular(low, high, mode))


def _couple(rng: Random, age: int) -> list[_Face]:
    husband = _Face(surname(rng), "M", age)
    return [husband, _Face(surname(rng), "F", max(20, age - rng.choice((0, 1, 2, 2, 3, 4))))]


def _elder_alone(rng: Random) -> list[_Face]:
    # Widows outlive widowers: two of three.
    return [_Face(surname(rng), "F" if _chance(rng, 0.66) else "M", _age(rng, 63, 74, 97))]


def _elder_couple(rng: Random) -> list[_Face]:
    return _couple(rng, _age(rng, 62, 69, 92))


def _middle_couple(rng: Random) -> list[_Face]:
    return _couple(rng, _age(rng, 42, 55, 63))


def _with_children(rng: Random, age: int) -> list[_Face]:
    pair = _couple(rng, age)
    youngest_parent = min(face.age for face in pair)
    children = 2 if _chance(rng, 0.12) else 1
    ages = sorted(
        (max(0, min(youngest_parent - 22, _age(rng, 0, age - 30, age - 24))) for _ in range(children)), reverse=True
    )
    return pair + [_Face(pair[0].family, _sex(rng), child) for child in ages]


def _nuclear(rng: Random) -> list[_Face]:
    return _with_children(rng, _age(rng, 29, 38, 54))


def _three_generations(rng: Random) -> list[_Face]:
    young = _with_children(rng, _age(rng, 30, 37, 48))
    elder = young[0].age + rng.randrange(24, 31)
    grandmother = _Face(surname(rng), "F", elder - rng.choice((0, 1, 2, 3)))
    return ([_Face(young[0].family, "M", elder)] if _chance(rng, 0.72) else []) + [grandmother, *young]


def _grown_child(rng: Random) -> list[_Face]:
    parent = _age(rng, 50, 61, 84)
    pair = _couple(rng, parent)
    return (pair if _chance(rng, 0.6) else pair[1:]) + [
        _Face(pair[0].family, _sex(rng), parent - rng.randrange(25, 31))
    ]


def _single(rng: Random) -> list[_Face]:
    return [_Face(surname(rng), _sex(rng), _age(rng, 20, 29, 58))]


def _sharers(rng: Random) -> list[_Face]:
    return [_Face(surname(rng), _sex(rng), _age(rng, 19, 26, 42)) for _ in range(rng.choice((2, 2, 3, 3, 4)))]


_KINDS: tuple[tuple[Callable[[Random], list[_Face]], float, float], ...] = (
    # kind, share of all households, share of them who rent
    (_elder_alone, 0.15, 0.02),
    (_elder_couple, 0.24, 0.02),
    (_middle_couple, 0.13, 0.14),
    (_nuclear, 0.15, 0.22),
    (_three_generations, 0.10, 0.04),
    (_grown_child, 0.10, 0.05),
    (_single, 0.08, 0.65),
    (_sharers, 0.05, 1.0),
)
_CUMULATED = tuple(accumulate(share for _, share, _ in _KINDS))

_ELDERLY_FROM = 65
_OLD_OLD = 80
_ADULT = 18
_PHONE_FROM = 10
_TODDLER = 1
_MASK_EXEMPT = 0.0008

# (category, share of households) for those that were away over the holidays; the rest stayed.
_AWAY = ((Category.RET_OTHER, 0.075), (Category.NEW_TENANT, 0.012), (Category.KEY_INDUSTRY, 0.007),
         (Category.RET_KEY, 0.004), (Category.RELEASED, 0.003))  # fmt: skip
_AWAY_SUMS = tuple(accumulate(share for _, share in _AWAY))
_REGIONS = ("320000", "330000", "340000", "360000", "410000", "370000", "510000", "350000")
_KEY_REGIONS = ("420000", "420100", "420500", "421100")


def household(rng: Random, as_of: date, dwelling: DwellingRow) -> list[PersonRow]:
    """The residents of one dwelling, head first; between one and six of them, never none."""
    kind, _, renting = rng.choices(_KINDS, cum_weights=_CUMULATED)[0]
    faces = kind(rng)
    rents = rng.random() < renting
    category, arrived, region = _absence(rng, as_of, rents=rents)
    # Of a household that has somebody back from a key region only the traveller has that category; the others are
    # his house mates. In the other cases it was a family's journey.
    traveller = rng.randrange(len(faces)) if arrived is not None and category in _ONE_TRAVELS else None
    known = STOCK_CUTOFF - timedelta(days=int(rng.random() * 900))
    alone = len(faces) == 1
    rows = []
    for place, (family, sex, age) in enumerate(faces):
        travelled = arrived is not None and (traveller is None or traveller == place)
        given = given_name(rng, sex, as_of.year - age)
        standing = _standing(rng, age, alone=alone)
        rows.append(
            PersonRow(
                PersonId(f"{rng.getrandbits(128):032x}"),
                family + given,
                family + "*",
                sex,
                as_of.year - age,
                "CN",
                "" if standing & _NO_PHONE else f"100{int(rng.random() * 10**8):08d}",
                "身份证",
                dwelling.id,
                dwelling.compound_id,
                _tenure(rng, place, age, rents=rents),
                category if travelled else _mate(category),
                _SETS[standing],
                min(arrived + _DAY, as_of) if travelled and arrived else known,
                not travelled,
                arrived if travelled else None,
                region if travelled else "",
            )
        )
    return rows


_DAY = timedelta(days=1)
_ONE_TRAVELS = frozenset({Category.RET_KEY, Category.RELEASED, Category.KEY_INDUSTRY})


def _mate(category: Category) -> Category:
    return Category.COHAB if category is Category.RET_KEY else Category.LOCAL


def _absence(rng: Random, as_of: date, *, rents: bool) -> tuple[Category, date | None, str]:
    # Tenants went home for the New Year far more often than owners.
    place = bisect_right(_AWAY_SUMS, rng.random() / (2.2 if rents else 0.8))
    if place == len(_AWAY):
        return Category.LOCAL, None, ""
    category = _AWAY[place][0]
    first, last = (15, 26) if category is Category.RELEASED else (0, 13)
    if category is Category.NEW_TENANT and not rents:
        return Category.LOCAL, None, ""
    regions = _KEY_REGIONS if category in {Category.RET_KEY, Category.RELEASED} else _REGIONS
    return category, as_of - timedelta(days=rng.randrange(first, last + 1)), rng.choice(regions)


def _tenure(rng: Random, place: int, age: int, *, rents: bool) -> str:
    if rents:
        return TENANT
    if place == 0:
        return OWNER
    return LODGER if age >= _ADULT and _chance(rng, 0.03) else FAMILY


# One set for each combination that occurs; making (and hashing) them anew for every person took a third of the time.
_BITS = (Attr.ELDERLY, Attr.LIVES_ALONE, Attr.MINOR, Attr.NO_PHONE, Attr.REDUCED_MOBILITY, Attr.DISABLED,
         Attr.MASK_EXEMPT, Attr.NEEDS_HELP)  # fmt: skip
_SETS = tuple(frozenset(attr for bit, attr in enumerate(_BITS) if mask >> bit & 1) for mask in range(1 << len(_BITS)))
_NO_PHONE = 1 << _BITS.index(Attr.NO_PHONE)


def _standing(rng: Random, age: int, *, alone: bool) -> int:
    draw = rng.random
    old = age >= _ELDERLY_FROM
    very_old = age >= _OLD_OLD
    return (
        old
        | alone << 1
        | (age < _ADULT) << 2
        | (age < _PHONE_FROM or draw() < (0.42 if very_old else 0.13 if old else 0.001)) * _NO_PHONE
        | (age > _TODDLER and draw() < (0.22 if very_old else 0.04 if old else 0.004)) << 4
        | (draw() < (0.06 if old else 0.018)) << 5
        | (age <= _TODDLER or draw() < _MASK_EXEMPT) << 6
        | (very_old and alone and draw() < 0.5) << 7  # noqa: PLR2004 - half of them
    )
