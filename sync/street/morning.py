# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A morning at one gate: who comes when between 06:30 and 09:30, with what in hand, and what the thermometer shows.

Pure, by seed. The rates are assumptions (marked D in the design): in the shape of a closed old compound in February
2020, most people with a good card, some with none, couriers and a few visitors, cold foreheads, a rare fever.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from random import Random
from typing import TypeVar

from kiosk.domain.codes import Attr, Category, Direction, Site
from kiosk.domain.identity import CompoundId, GateId, PersonId
from sync.street.people import Street
from sync.street.rows import PersonRow

_T = TypeVar("_T")

BEGINS_S = 6 * 3600 + 1800
ENDS_S = 9 * 3600 + 1800


class Shows(StrEnum):
    """What somebody holds up or says at the gate."""

    PASS = "有效证"
    EXPIRED = "过期证"
    REVOKED = "注销证"
    LOST = "挂失证"
    FORGED = "假证"
    FORGOTTEN = "忘带证"
    OTHER_COMPOUND = "别的小区的证"
    PAYMENT_CODE = "付款码"
    HEALTH_CODE = "随申码"
    NOTHING = "无证"


RATES: Mapping[str, float] = {
    # share of those who come in that live here, and of those who go out
    "resident_in": 0.90,
    "resident_out": 0.97,
    # going out, of all
    "out": 0.54,
    # what residents hold up (the rest: a valid card); those without it are let find it in the list
    "expired": 0.020,
    "forgotten": 0.035,
    "payment_code": 0.008,
    "health_code": 0.030,
    "revoked": 0.0010,
    "lost": 0.0015,
    "forged": 0.0004,
    # outsiders coming in, shares of them: holders of another compound's card, couriers, the others
    "other_compound": 0.16,
    "courier": 0.46,
    "domestic": 0.10,
    "utility": 0.05,
    "visitor": 0.20,
    "agent": 0.03,
    # measuring, of those who come in
    "low_first": 0.030,
    "low_twice": 0.10,
    "high_first": 0.008,
    "high_again": 0.12,
    "invalid": 0.004,
    "no_mask": 0.006,
    "exempt_bare": 0.5,
    "at_wrist": 0.08,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One number on the thermometer: tenths of °C and where it was held."""

    tenths: int
    site: Site


@dataclass(frozen=True, slots=True)
class Arrival:
    """One person at the gate. `at_s` counts from midnight in Shanghai; `readings` are in the order of measuring and
    empty for those who go out; the second of a high first reading is taken after the rest. `compound` is where the
    card belongs, if a card is shown.
    """

    at_s: int
    direction: Direction
    shows: Shows
    category: Category
    person: PersonId | None
    compound: CompoundId | None
    mask: bool
    readings: tuple[Shown, ...]


def morning(street: Street, gate: GateId, seed: int, count: int) -> list[Arrival]:
    """`count` arrivals at `gate`, by time; the same for the same arguments. `KeyError` for a gate that is not there."""
    compounds = {row.id: row.compound_id for row in street.gates}
    compound = compounds[gate]
    rng = Random(f"{seed}/{gate}/{street.seed}")
    walkers = [person for person in street.persons_of(compound) if _walks(person)]
    cumulated = tuple(accumulate(_eagerness(person) for person in walkers))
    elsewhere = [person for person in street.persons if person.compound_id != compound]
    arrivals = [_arrival(rng, compound, walkers, cumulated, elsewhere) for _ in range(count)]
    return sorted(arrivals, key=lambda arrival: arrival.at_s)


def _walks(person: PersonRow) -> bool:
    """Small children are carried past; the isolated stay in, by rule and nearly always by deed."""
    return person.birth_year < _CARRIED_FROM and person.category not in _STAY_IN


_CARRIED_FROM = 2017
_STAY_IN = frozenset({Category.RET_KEY, Category.COHAB})
_OLD_BEFORE = 1940


def _eagerness(person: PersonRow) -> float:
    if Attr.REDUCED_MOBILITY in person.attrs:
        return 0.2
    if Attr.MINOR in person.attrs:
        return 0.15  # schools were closed
    return 0.6 if person.birth_year < _OLD_BEFORE else 1.0


def _arrival(
    rng: Random,
    compound: CompoundId,
    walkers: list[PersonRow],
    cumulated: tuple[float, ...],
    elsewhere: list[PersonRow],
) -> Arrival:
    out = rng.random() < RATES["out"]
    at_s = _moment(rng, out=out)
    resident = bool(walkers) and rng.random() < RATES["resident_out" if out else "resident_in"]
    person: PersonRow | None = None
    card: CompoundId | None = None
    if resident:
        person = walkers[bisect_right(cumulated, rng.random() * cumulated[-1])]
        shows = _pick(rng, _IN_HAND, Shows.PASS)
        category, card = person.category, compound
    else:
        category = _pick(rng, _OUTSIDERS, Category.VISITOR)
        shows = Shows.NOTHING
        if category is Category.LOCAL and elsewhere:
            person = rng.choice(elsewhere)
            shows, card, category = Shows.OTHER_COMPOUND, person.compound_id, Category.VISITOR
    return Arrival(
        at_s,
        Direction.OUT if out else Direction.IN,
        shows,
        category,
        person.id if person else None,
        card if shows in _CARDS else None,
        mask=rng.random() >= RATES["exempt_bare" if person and Attr.MASK_EXEMPT in person.attrs else "no_mask"],
        readings=() if out else _readings(rng),
    )


_CARDS = frozenset({Shows.PASS, Shows.EXPIRED, Shows.REVOKED, Shows.LOST, Shows.FORGED, Shows.OTHER_COMPOUND})
_IN_HAND = (
    (Shows.EXPIRED, RATES["expired"]),
    (Shows.FORGOTTEN, RATES["forgotten"]),
    (Shows.PAYMENT_CODE, RATES["payment_code"]),
    (Shows.HEALTH_CODE, RATES["health_code"]),
    (Shows.REVOKED, RATES["revoked"]),
    (Shows.LOST, RATES["lost"]),
    (Shows.FORGED, RATES["forged"]),
)
_OUTSIDERS = (
    (Category.LOCAL, RATES["other_compound"]),  # of another compound of this street
    (Category.COURIER, RATES["courier"]),
    (Category.DOMESTIC, RATES["domestic"]),
    (Category.UTILITY, RATES["utility"]),
    (Category.VISITOR, RATES["visitor"]),
    (Category.AGENT, RATES["agent"]),
)


def _pick(rng: Random, shares: tuple[tuple[_T, float], ...], otherwise: _T) -> _T:
    draw = rng.random()
    for value, share in shares:
        if draw < share:
            return value
        draw -= share
    return otherwise


def _moment(rng: Random, *, out: bool) -> int:
    """Out: to the market from half past six, to work about a quarter to eight. In: back from the market about eight."""
    if out:
        peak = 7 * 3600 if rng.random() < _MARKET else 7 * 3600 + 2700
    else:
        peak = 8 * 3600 if rng.random() < _MARKET else 8 * 3600 + 3000
    while not BEGINS_S <= (at_s := round(rng.gauss(peak, 1800))) < ENDS_S:
        pass
    return at_s


_MARKET = 0.45


def _readings(rng: Random) -> tuple[Shown, ...]:
    site = Site.WRIST if rng.random() < RATES["at_wrist"] else Site.FOREHEAD
    if rng.random() < RATES["high_first"]:
        again = rng.randrange(373, 386) if rng.random() < RATES["high_again"] else rng.randrange(362, 372)
        return Shown(min(395, 373 + int(rng.expovariate(1 / 3))), site), Shown(again, site)
    if rng.random() < RATES["invalid"]:
        return Shown(rng.choice((298, 305, 311, 318)), site), Shown(_usual(rng), Site.WRIST)
    if rng.random() < RATES["low_first"]:
        first = Shown(rng.randrange(331, 350), Site.FOREHEAD)
        if rng.random() < RATES["low_twice"]:
            return first, Shown(rng.randrange(338, 350), Site.WRIST), Shown(_usual(rng), Site.NECK)
        return first, Shown(_usual(rng), Site.WRIST)
    return (Shown(_usual(rng), site),)


def _usual(rng: Random) -> int:
    return min(372, max(352, round(rng.gauss(363.5, 3))))
