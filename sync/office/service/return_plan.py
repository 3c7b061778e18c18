# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What arriving records would change among those that are kept: new, changed or the same, and whom each one means.

The same for a list from a file and for a page of the platform's line. Nothing is written here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from kiosk.domain.identity import CompoundId
from kiosk.domain.register import Compound
from sync.office.imports.matching import Match, Matched, Residents
from sync.office.imports.returns import ReturnRecord, ReturnRow
from sync.office.service.returns import Regions, Returnee, Source


class Change(StrEnum):
    """差异: what becomes of a record."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Planned:
    """一条记录的预案: as it will be kept, as it is kept now, and where it stands in the file (None: no file)."""

    change: Change
    new: Returnee
    old: Returnee | None
    matched: Matched
    row: ReturnRow | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """比对依据: the residents and compounds within reach, the region lists, and who asks."""

    residents: Residents
    compounds: Sequence[Compound]
    regions: Regions
    by: str
    source: Source
    street: bool = True
    """Whether a record that is nobody's yet may stay so: a committee's clerk decides what he brings himself."""


class Kept:
    """已有记录: found again by the platform's number, or by person and day."""

    def __init__(self, kept: Iterable[Returnee]) -> None:
        """Index them once."""
        self._refs: dict[str, Returnee] = {}
        self._told: dict[tuple[object, ...], Returnee] = {}
        for one in kept:
            self.add(one)

    def add(self, one: Returnee) -> None:
        """One more."""
        if one.record.ref:
            self._refs[one.record.ref] = one
        self._told[one.record.told_twice()] = one

    def find(self, record: ReturnRecord) -> Returnee | None:
        """The same record as it is kept, or None."""
        found = self._refs.get(record.ref) if record.ref else None
        return found or self._told.get(record.told_twice())


def compound_named(compounds: Sequence[Compound], name: str) -> CompoundId | None:
    """The compound of a name or number, or None."""
    return next((one.id for one in compounds if name in (one.name, str(one.id))), None) if name else None


def plan_one(
    record: ReturnRecord,
    kept: Kept,
    ground: Ground,
    new_id: Callable[[], str],
    now_ms: int,
    *,
    filed: CompoundId | None = None,
    row: ReturnRow | None = None,
) -> Planned:
    """What becomes of one record. `filed`: the compound of a list that is one compound's."""
    told = compound_named(ground.compounds, record.compound) or filed
    matched = ground.residents.match(record, told)
    person = matched.person
    compound = told if person is None else ground.residents.people[person].compound
    if compound is None:
        compound = _whose(matched, ground)
    cls, region_list = ground.regions.judge(record)
    old = kept.find(record)
    new = Returnee(
        new_id() if old is None else old.id, record, matched.match, cls, region_list, ground.source, ground.by,
        now_ms, compound, person,
    )  # fmt: skip
    if old is None:
        return Planned(Change.NEW, new, None, matched, row)
    if old.by_hand:
        new = replace(new, match=old.match, person=old.person, compound=old.compound, by_hand=True)
    same = replace(new, by=old.by, at_ms=old.at_ms, source=old.source) == old
    return Planned(Change.SAME if same else Change.CHANGED, old if same else new, old, matched, row)


def _whose(matched: Matched, ground: Ground) -> CompoundId | None:
    """Who decides a doubtful record that names no compound: the one where all candidates live, else the street."""
    homes = [ground.residents.people[one.person].compound for one in matched.candidates]
    return homes[0] if homes and (not ground.street or len(set(homes)) == 1) else None


def counted(planned: Iterable[Planned]) -> Mapping[str, int]:
    """Records by what becomes of them, and those to be written by their match."""
    out: dict[str, int] = dict.fromkeys([*Change, *Match], 0)
    for one in planned:
        out[one.change] += 1
        out[one.new.match] += 1
    return {str(name): count for name, count in out.items()}


def digest_of(planned: Iterable[Planned]) -> str:
    """What the clerk saw: the same list against the same register gives the same, whatever ids are drawn."""
    told = sha256()
    for one in planned:
        told.update(repr((one.change.value, one.new.match.value, one.new.person, one.new.record)).encode())
    return told.hexdigest()[:16]
