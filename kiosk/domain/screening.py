# SPDX-License-Identifier: LicenseRef-Gatehouse
"""每日排查: the lists of each morning for leader and office (domain.md section 16). They block nobody.

理清存量, 严防增量: who is new, who came back unregistered, whose isolation needs a hand, and who has not been seen.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kiosk.domain.codes import Attr, Direction, IsolationState
from kiosk.domain.identity import DwellingId, PassId, PersonId
from kiosk.domain.instants import DAY_MS, day_of, start_of
from kiosk.domain.isolation import missing, slots_due, state_at
from kiosk.domain.policy import Parameters
from kiosk.domain.register import Dwelling, Isolation, PassRow, Person

VERIFIED_WITHIN_DAYS = 30
"""A dwelling counts as verified for so long (D)."""


@dataclass(frozen=True, slots=True)
class Screening:
    """排查名单: ids by list; names are looked up by whoever may see them."""

    new_faces: tuple[PersonId, ...]
    unregistered_returns: tuple[PersonId, ...]
    missing_temperatures: tuple[tuple[PersonId, int], ...]
    due_without_notice: tuple[PersonId, ...]
    passes_not_returned: tuple[PassId, ...]
    dwellings_unverified: tuple[DwellingId, ...]
    care: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """排查所需: rows of the compound, when each person was last seen at any gate, and who is inside on which pass."""

    persons: Sequence[Person]
    dwellings: Sequence[Dwelling]
    isolations: Sequence[Isolation]
    passes: Sequence[PassRow]
    last_seen_ms: Mapping[PersonId, int]
    last_way: Mapping[PassId, Direction]
    platform_returns: frozenset[PersonId] = frozenset()
    registered_returns: frozenset[PersonId] = frozenset()


def screening(known: Known, now_ms: int, params: Parameters) -> Screening:
    """今日排查: all lists of one compound."""
    yesterday = day_of(now_ms) - dt.timedelta(days=1)
    running = [(record, state_at(record, now_ms, params)) for record in known.isolations]
    return Screening(
        new_faces=tuple(p.id for p in known.persons if _on(p.registered_at_ms, yesterday)),
        unregistered_returns=tuple(sorted(known.platform_returns - known.registered_returns)),
        missing_temperatures=tuple(_missing(running, now_ms, params)),
        due_without_notice=tuple(r.person for r, s in running if s is IsolationState.DUE and not r.release_notice),
        passes_not_returned=tuple(_inside_too_long(known, now_ms)),
        dwellings_unverified=tuple(d.id for d in known.dwellings if _unverified(d, now_ms)),
        care=tuple(care_list(known, now_ms, params)),
    )


def care_list(known: Known, now_ms: int, params: Parameters) -> Iterable[PersonId]:
    """关爱名单: elderly or living alone, not seen at any gate for `not_seen_days`: for a visit or a call."""
    since = start_of(day_of(now_ms)) - params.not_seen_days * DAY_MS
    for person in known.persons:
        frail = person.attrs & {Attr.ELDERLY, Attr.LIVES_ALONE}
        if frail and known.last_seen_ms.get(person.id, 0) < since:
            yield person.id


def _on(at_ms: int | None, day: dt.date) -> bool:
    return at_ms is not None and day_of(at_ms) == day


def _missing(
    running: Iterable[tuple[Isolation, IsolationState]], now_ms: int, params: Parameters
) -> Iterable[tuple[PersonId, int]]:
    for record, state in running:
        if state in (IsolationState.HOME, IsolationState.BREACH):
            opened = record.opened_at_ms if record.opened_at_ms is not None else start_of(record.d0)
            gone = missing(slots_due(record, opened, params), frozenset(record.slots_taken), now_ms)
            if gone:
                yield record.person, len(gone)


def _inside_too_long(known: Known, now_ms: int) -> Iterable[PassId]:
    for row in known.passes:
        overdue = row.leave_by_ms is not None and row.leave_by_ms <= now_ms
        if overdue and known.last_way.get(row.id) is Direction.IN:
            yield row.id


def _unverified(dwelling: Dwelling, now_ms: int) -> bool:
    if dwelling.vacant:
        return False
    if dwelling.last_verified is None:
        return True
    age = day_of(now_ms) - dt.date.fromisoformat(dwelling.last_verified)
    return age.days > VERIFIED_WITHIN_DAYS
