# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A believable street by seed: committees, compounds, gates, dwellings and residents (design: domain.md 3 and 20).

Pure: the same arguments make the same rows on every machine. Figures are those of an old inner sub-district of
Shanghai before the count of 2020: more than a third are sixty or older, many of them alone or in couples; rented
rooms hold most of the young. Phone numbers begin with 100 and line numbers with 021-00, which nobody has.

The layout is that of the scenarios: Gn stands at Cn, the gates left over at C01, C02 ... again; site n is Cn. The
compounds come largest first, so that the second gates stand where they would be needed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from random import Random

from kiosk.domain.codes import Lane
from kiosk.domain.identity import CommitteeId, CompoundId, DwellingId, GateId
from sync.street.households import household
from sync.street.places import COMMITTEES, PLACES, Block, blocks, flats
from sync.street.rows import CommitteeRow, CompoundRow, DwellingRow, GateRow, PersonRow

__all__ = [
    "AS_OF",
    "RESIDENTS",
    "CommitteeRow",
    "CompoundRow",
    "DwellingRow",
    "GateRow",
    "PersonRow",
    "Street",
    "street",
]

RESIDENTS = 100_000
AS_OF = date(2020, 2, 20)


@dataclass(frozen=True, slots=True)
class Street:
    """A whole street, in the order of ids; persons stand in building order, households together."""

    seed: int
    as_of: date
    committees: tuple[CommitteeRow, ...]
    compounds: tuple[CompoundRow, ...]
    gates: tuple[GateRow, ...]
    dwellings: tuple[DwellingRow, ...]
    persons: tuple[PersonRow, ...]

    def persons_of(self, compound: CompoundId) -> list[PersonRow]:
        """All residents of one compound, in building order."""
        return [person for person in self.persons if person.compound_id == compound]


def street(
    seed: int,
    *,
    residents: int = RESIDENTS,
    compounds: int = 60,
    gates: int = 71,
    committees: int = 20,
    as_of: date = AS_OF,
) -> Street:
    """Make a street of exactly so many residents, compounds, gates and committees.

    `ValueError` if there are fewer gates than compounds, more than two gates for one, more committees than compounds,
    or more compounds than the table of places names.
    """
    if not 1 <= committees <= compounds <= min(gates, len(PLACES)) or gates > 2 * compounds or residents < 0:
        message = f"no street of {committees} committees, {compounds} compounds, {gates} gates, {residents} residents"
        raise ValueError(message)
    rng = Random(seed)
    compound_rows = tuple(_compound(index, compounds, committees) for index in range(compounds))
    dwellings: list[DwellingRow] = []
    persons: list[PersonRow] = []
    shares = _shares([place.weight for place in PLACES[:compounds]], residents)
    for row, place, share in zip(compound_rows, PLACES[:compounds], shares, strict=True):
        _fill(rng, row.id, blocks(rng, place), share, as_of, dwellings, persons)
    return Street(
        seed=seed,
        as_of=as_of,
        committees=tuple(
            CommitteeRow(CommitteeId(f"J{n:02d}"), f"{COMMITTEES[n - 1]}居委会", f"021-0055{n:02d}10")
            for n in range(1, committees + 1)
        ),
        compounds=compound_rows,
        gates=tuple(_gate(index, gates, compound_rows) for index in range(gates)),
        dwellings=tuple(dwellings),
        persons=tuple(persons),
    )


def _compound(index: int, compounds: int, committees: int) -> CompoundRow:
    # Neighbours share a committee: C01, C21 and C41 stand on the same blocks, so that large and small mix.
    del compounds
    place = PLACES[index]
    number = index % committees + 1
    return CompoundRow(
        CompoundId(f"C{index + 1:02d}"), index + 1, place.name, CommitteeId(f"J{number:02d}"), place.address
    )


def _gate(index: int, gates: int, compounds: Sequence[CompoundRow]) -> GateRow:
    second = index >= len(compounds)
    site = index % len(compounds)
    row, place = compounds[site], PLACES[site]
    alone = site + len(compounds) >= gates
    name = f"{row.name}{'2号门' if second else '大门' if alone else '1号门'}"
    lane = Lane.PEDESTRIAN if second else Lane.MIXED if place.weight >= _VEHICLES_FROM else Lane.PEDESTRIAN
    hours = "06:00-22:00" if second else "00:00-24:00"
    return GateRow(GateId(f"G{index + 1:02d}"), row.id, name, lane, place.kind, hours, f"{row.name}门口货架")


_VEHICLES_FROM = 1_000


def _shares(weights: Sequence[float], total: int) -> list[int]:
    """Split `total` by weight into whole numbers that add up to it."""
    sums = list(accumulate(weights))
    marks = [0, *(round(total * part / sums[-1]) for part in sums)]
    return [after - before for before, after in pairwise(marks)]


def _fill(
    rng: Random,
    compound: CompoundId,
    houses: Iterator[Block],
    residents: int,
    as_of: date,
    dwellings: list[DwellingRow],
    persons: list[PersonRow],
) -> None:
    left = residents
    verified_days = tuple(as_of - timedelta(days=days) for days in range(1, 28))
    for house in houses:
        for room in flats(house):
            if left <= 0:
                return
            vacant = rng.random() < _VACANT
            verified = None if rng.random() < _UNVERIFIED else verified_days[int(rng.random() * len(verified_days))]
            dwelling = DwellingRow(
                DwellingId(f"{rng.getrandbits(128):032x}"),
                compound,
                house.building,
                house.unit,
                room,
                _FIT[int(rng.random() * len(_FIT))],
                verified,
                vacant,
            )
            dwellings.append(dwelling)
            if vacant:
                continue
            # The last household is drawn until it fits; nobody's family is cut in two.
            while len(members := household(rng, as_of, dwelling)) > left:
                pass
            left -= len(members)
            persons.extend(members)


_FIT = "Y" * 82 + "N" * 8 + "?" * 10
_VACANT = 0.05
_UNVERIFIED = 0.04
