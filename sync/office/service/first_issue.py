# SPDX-License-Identifier: LicenseRef-Gatehouse
"""整楼首发: entry passes for everybody of a building or compound in one go (domain.md 10, interface.md 12.2).

The two evidences are looked at for the batch (a list checked against 随申码 and the returnee platform) and kept with
each application. Nobody who has a pass that is good gets a second one; whoever came back or is isolated is left out:
his own evidence decides. Expiry is staggered by building, so that not all cards of a compound end on one day.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.domain.codes import Category, PassKind, PassState
from kiosk.domain.identity import CompoundId
from kiosk.domain.register import Dwelling, Isolation, PassRow, Person
from sync.office.ports import OfficeIds
from sync.office.service.applications import Evidence, PassApplication
from sync.office.service.book import RegisterBook
from sync.office.service.issue import DAYS, Issue, Issued
from sync.office.service.returns import Returns

STAGGER_DAYS = 7
_KINDS = {
    Category.LOCAL: PassKind.RESIDENT, Category.RELEASED: PassKind.RESIDENT, Category.NEW_TENANT: PassKind.TENANT,
    Category.KEY_INDUSTRY: PassKind.RESIDENT,
}  # fmt: skip
_GOOD = (PassState.ACTIVE, PassState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Batch:
    """一批: `building` None: the whole compound. `days` of the longest validity."""

    compound: CompoundId
    building: str | None
    evidence: Evidence
    days: int
    by: str


@dataclass(frozen=True, slots=True)
class BatchDone:
    """批量结果: how many were signed; `left` code -> how many were left out and why."""

    signed: int
    left: dict[str, int]


class FirstIssue:
    """整楼首发用例."""

    def __init__(self, book: RegisterBook, issue: Issue, ids: OfficeIds, returns: Returns) -> None:
        """Take the register, the issue, ids, and what the returnee platform tells."""
        self._returns = returns
        self._book = book
        self._issue = issue
        self._ids = ids

    def run(
        self, tx: Connection, batch: Batch, now_ms: int, told: Callable[[int, int], None] | None = None
    ) -> BatchDone:
        """Apply and sign for everybody who is due a pass."""
        register = self._book.register
        homes = {home.id: home for home in register.all(tx, Dwelling, compound_id=batch.compound)}
        order = sorted({home.building for home in homes.values()})
        holders = {row.person for row in register.all(tx, PassRow, compound_id=batch.compound) if row.state in _GOOD}
        isolated = {one.person for one in register.all(tx, Isolation, compound_id=batch.compound)
                    if one.released_at_ms is None}  # fmt: skip
        people = [
            (one, homes[one.dwelling])
            for one in register.all(tx, Person, compound_id=batch.compound)
            if one.dwelling in homes and batch.building in (None, homes[one.dwelling].building)
        ]
        left: dict[str, int] = {}
        back = self._returns.came_back(tx, batch.compound, now_ms)
        signed = 0
        for number, (person, home) in enumerate(people, 1):
            why = self._left_out(person, holders, isolated | back.keys())
            if why is None:
                days = staggered(batch.days, order, home.building)
                why = self._one(tx, person, batch, days, now_ms)
            if why is None:
                signed += 1
            else:
                left[why] = left.get(why, 0) + 1
            if told is not None:
                told(number, len(people))
        return BatchDone(signed, left)

    def _left_out(self, person: Person, holders: Collection[object], isolated: Collection[object]) -> str | None:
        if person.id in holders:
            return "HAS_PASS"
        if person.id in isolated or person.category not in _KINDS:
            return "OWN_EVIDENCE"
        return None

    def _one(self, tx: Connection, person: Person, batch: Batch, days: int, now_ms: int) -> str | None:
        new = PassApplication(
            self._ids.new_id(), person.id, batch.compound, _KINDS[person.category], batch.evidence, batch.by, now_ms,
            days=days,
        )  # fmt: skip
        unfit = self._issue.apply(tx, new, now_ms)
        if unfit is not None:
            return unfit.value
        told = self._issue.approve(tx, new.id, now_ms, by=batch.by)
        return None if isinstance(told, Issued) else told.value


def staggered(days: int, order: Sequence[str], building: str) -> int:
    """到期错开: days of validity of a building's cards: one day less from building to building, a week round."""
    less = order.index(building) % STAGGER_DAYS if building in order else 0
    return min(max(days - less, DAYS.start), DAYS.stop - 1)
