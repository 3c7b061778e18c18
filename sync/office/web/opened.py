# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A compound's register with its sealed fields open: kept in memory for as long as nobody changes it."""

from kiosk.domain.identity import CompoundId
from kiosk.domain.person_index import PersonIndex
from sync.office.service.screening import CompoundRoster, MorningLists
from sync.office.web.visit import Visit
from sync.wire import scopes


def opened(visit: Visit, compound: str) -> CompoundRoster:
    """The compound's rows; no name is unsealed anew for every look."""
    lists, scope = MorningLists(visit.office.book), CompoundId(compound)
    rev = visit.office.changes.rev(visit.tx, scopes.roster(scope))
    return visit.house.recent.get(f"roster {compound}", rev, lambda: lists.roster(visit.tx, scope))


def index_of(visit: Visit, compound: str) -> PersonIndex:
    """By which its people are searched."""
    roster = opened(visit, compound)
    rev = visit.office.changes.rev(visit.tx, scopes.roster(CompoundId(compound)))
    return visit.house.recent.get(f"index {compound}", rev, lambda: PersonIndex(roster.persons))
