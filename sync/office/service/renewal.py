# SPDX-License-Identifier: LicenseRef-Gatehouse
"""换证: a campaign's cards for whole buildings in one go, or new cards for those of a leaked key (pass-format.md 5, 7).

A campaign's card follows the old one: it begins on a day named ahead, the old card lives on to its own last day, and
nobody stands at the gate with none. A card of a leaked key is replaced: the old id is on the list before anybody
asks. Expiry is staggered by building as at the first issue. Whoever came back, or is isolated, is left out: his own
evidence decides (domain.md 10).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.domain.codes import PassKind, PassState
from kiosk.domain.identity import CompoundId, PersonId
from kiosk.domain.register import Dwelling, Isolation, PassRow
from sync.office.ports import OfficeIds
from sync.office.service.applications import Evidence, PassApplication
from sync.office.service.book import RegisterBook
from sync.office.service.first_issue import BatchDone, staggered
from sync.office.service.issue import Entered, Issue, Issued
from sync.office.service.returns import Returns
from sync.office.service.revocations import Revocations
from sync.office.signer import SignRefusal

FULL = SignRefusal.TOO_MANY.value
"""The committee's signatures of this hour are used up: the rest is asked for again later."""
_RENEWED = (PassKind.RESIDENT, PassKind.TENANT, PassKind.WORK)


@dataclass(frozen=True, slots=True)
class Campaign:
    """一轮换证: `building` None: the whole compound; `starts_ms` when the new cards begin; `days` of the longest."""

    compound: CompoundId
    building: str | None
    evidence: Evidence
    days: int
    by: str
    starts_ms: int


@dataclass(frozen=True, slots=True)
class BuildingState:
    """一栋楼的证: cards in force, their first and last end (ms), how many have a card that follows."""

    building: str
    cards: int
    first_end_ms: int
    last_end_ms: int
    followed: int


class Renewal:
    """换证用例."""

    def __init__(
        self, book: RegisterBook, issue: Issue, revocations: Revocations, returns: Returns, ids: OfficeIds
    ) -> None:
        """Take the register, the issue, the list, what the returnee platform tells, and ids."""
        self._book = book
        self._issue = issue
        self._revocations = revocations
        self._returns = returns
        self._ids = ids

    def overview(self, tx: Connection, compound: CompoundId, now_ms: int) -> list[BuildingState]:
        """Which cards of which building end when, and how far the renewal is; in the order of the buildings."""
        homes = {home.id: home for home in self._book.register.all(tx, Dwelling, compound_id=compound)}
        by_building: dict[str, list[tuple[PassRow, bool]]] = {}
        for row, followed in self._newest(tx, compound, now_ms):
            home = homes.get(row.dwelling) if row.dwelling is not None else None
            by_building.setdefault("" if home is None else home.building, []).append((row, followed))
        return [
            BuildingState(
                name, len(rows), min(row.valid_to_ms for row, _ in rows), max(row.valid_to_ms for row, _ in rows),
                sum(followed for _, followed in rows),
            )
            for name, rows in sorted(by_building.items(), key=lambda item: item[0].zfill(8))
        ]  # fmt: skip

    def run(
        self, tx: Connection, campaign: Campaign, now_ms: int, told: Callable[[int, int], None] | None = None
    ) -> BatchDone:
        """New cards for every card in force of the building that none follows yet; `HAS_PASS` counts the others."""
        homes = {home.id: home for home in self._book.register.all(tx, Dwelling, compound_id=campaign.compound)}
        order = sorted({home.building for home in homes.values()})
        due: list[tuple[PassRow, str]] = []
        left: dict[str, int] = {}
        for row, followed in self._newest(tx, campaign.compound, now_ms):
            home = homes.get(row.dwelling) if row.dwelling is not None else None
            building = "" if home is None else home.building
            if campaign.building not in (None, building):
                continue
            if followed:
                left["HAS_PASS"] = left.get("HAS_PASS", 0) + 1
            else:
                due.append((row, building))
        apart = self._own_evidence(tx, campaign.compound, now_ms)
        signed = 0
        for number, (row, building) in enumerate(due, 1):
            days = staggered(campaign.days, order, building)
            new = self._again(row, campaign.evidence, days, campaign.by, now_ms, starts_ms=campaign.starts_ms)
            why = "OWN_EVIDENCE" if row.person in apart else self._sign(tx, new, now_ms, campaign.by, [])
            signed += why is None
            if why is not None:
                left[why] = left.get(why, 0) + 1
            if why == FULL:
                left[FULL] += len(due) - number
                break
            if told is not None:
                told(number, len(due))
        return BatchDone(signed, left)

    def replace(
        self,
        tx: Connection,
        rows: Sequence[PassRow],
        evidence: Evidence,
        days: int,
        now_ms: int,
        *,
        by: str,
        why: str,
        told: Callable[[int, int], None] | None = None,
    ) -> BatchDone:
        """New cards in place of these, which enter the list in one version."""
        entered: list[Entered] = []
        left: dict[str, int] = {}
        signed = 0
        order = sorted({str(row.dwelling) for row in rows})
        apart = {one: self._own_evidence(tx, one, now_ms) for one in {row.compound for row in rows}}
        for number, row in enumerate(rows, 1):
            new = self._again(row, evidence, staggered(days, order, str(row.dwelling)), by, now_ms, replaces=True)
            fault = "OWN_EVIDENCE" if row.person in apart[row.compound] else self._sign(tx, new, now_ms, by, entered)
            signed += fault is None
            if fault is not None:
                left[fault] = left.get(fault, 0) + 1
            if fault == FULL:
                left[FULL] += len(rows) - number
                break
            if told is not None:
                told(number, len(rows))
        if entered:
            self._revocations.add(tx, entered, now_ms, by=by, why=why)
        return BatchDone(signed, left)

    # -- inside --------------------------------------------------------------------------------------------------

    def _newest(self, tx: Connection, compound: CompoundId, now_ms: int) -> list[tuple[PassRow, bool]]:
        """Cards that count now, and whether the same person has one that ends later."""
        rows = [
            row for row in self._book.register.all(tx, PassRow, compound_id=compound)
            if row.state is PassState.ACTIVE and row.kind in _RENEWED and row.person and now_ms < row.valid_to_ms
        ]  # fmt: skip
        ends: dict[PersonId, int] = {}
        for row in rows:
            if row.person is not None:
                ends[row.person] = max(ends.get(row.person, 0), row.valid_to_ms)
        return [
            (row, row.valid_to_ms < ends[row.person])
            for row in rows
            if row.person is not None and row.valid_from_ms <= now_ms
        ]

    def _own_evidence(self, tx: Connection, compound: CompoundId, now_ms: int) -> Collection[PersonId]:
        isolated = {
            one.person for one in self._book.register.all(tx, Isolation, compound_id=compound)
            if one.released_at_ms is None
        }  # fmt: skip
        return isolated | self._returns.came_back(tx, compound, now_ms).keys()

    def _again(
        self,
        row: PassRow,
        evidence: Evidence,
        days: int,
        by: str,
        now_ms: int,
        *,
        starts_ms: int | None = None,
        replaces: bool = False,
    ) -> PassApplication:
        """The same card applied for once more."""
        return PassApplication(
            self._ids.new_id(), PersonId(str(row.person)), row.compound, row.kind, evidence, by, now_ms,
            gates=row.gates, replaces=row.id if replaces else None, days=days, employer=row.employer,
            employer_contact=row.employer_contact, approval_no=row.approval_no, starts_ms=starts_ms,
            follows=None if replaces else row.id,
        )  # fmt: skip

    def _sign(self, tx: Connection, new: PassApplication, now_ms: int, by: str, entered: list[Entered]) -> str | None:
        """Apply and sign; the code of what stands against it, or None."""
        unfit = self._issue.apply(tx, new, now_ms)
        if unfit is not None:
            self._issue.let_go(tx, new.id)
            return unfit.value
        signed = self._issue.approve(tx, new.id, now_ms, by=by, replaced=entered)
        if isinstance(signed, Issued):
            return None
        self._issue.let_go(tx, new.id)
        return signed.value
