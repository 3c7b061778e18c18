# SPDX-License-Identifier: LicenseRef-Gatehouse
"""值守证: badges that a gate's sign-on reads, of a volunteer or numbered ones that are lent (domain.md 14).

A badge is an entry pass of the category STAFF, signed by the committee's key like any other, whose holder stands on
the compound's list under the id of the volunteer's card: so the gate knows who signs on, and where he comes from.

A numbered badge is lent: while it lies in the drawer its pass is suspended and opens no sign-on; lending it puts the
borrower's name and source on its card, giving it back takes them off again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, func, select, update

from kiosk.domain.codes import Category, MemberSource, PassKind, PassState
from kiosk.domain.identity import CompoundId, GateId, OperatorId, PersonId
from kiosk.domain.register import Operator, PassRow, Person
from sync.office.ports import OfficeIds
from sync.office.service.applications import Evidence, PassApplication
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.service.issue import Issue, Issued, Refused
from sync.office.store.tables import badge_loan, loan_badge
from sync.office.store.upsert import put
from sync.office.store.vault import Vault

_GOOD = (PassState.ACTIVE, PassState.SUSPENDED)


class LoanFault(StrEnum):
    """借用不成."""

    NO_BADGE = "NO_BADGE"
    LENT = "LENT"
    NOT_LENT = "NOT_LENT"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Borrower:
    """借用人."""

    name: str
    source: MemberSource
    phone: str = ""


@dataclass(frozen=True, slots=True)
class LoanBadge:
    """借用证: numbered; `borrower` while it is lent. `row` None: its pass is gone."""

    id: OperatorId
    compound: CompoundId
    number: int
    row: PassRow | None
    borrower: Borrower | None = None
    lent_at_ms: int | None = None
    lent_by: str = ""


@dataclass(frozen=True, slots=True)
class Loan:
    """借用: who had a numbered badge from when until when."""

    badge: str
    borrower: Borrower
    lent_at_ms: int
    back_at_ms: int | None

    def holds(self, at_ms: int) -> bool:
        """Whether he had it at that time."""
        return self.lent_at_ms <= at_ms and (self.back_at_ms is None or at_ms < self.back_at_ms)


class Badges:
    """值守证用例."""

    def __init__(self, book: RegisterBook, issue: Issue, vault: Vault, ids: OfficeIds, audit: Audit) -> None:
        """Take the register, the issue of passes, and what seals a borrower's name."""
        self._book = book
        self._issue = issue
        self._vault = vault
        self._ids = ids
        self._audit = audit

    def make(
        self, tx: Connection, card: Operator, compound: CompoundId, evidence: Evidence, days: int, now_ms: int,
        *, by: str,
    ) -> Issued | Refused:  # fmt: skip
        """A badge for a volunteer's card, at the gates of one compound; the old one of there is taken out."""
        holder = self._holder(tx, card, compound)
        self._book.put(tx, [holder], now_ms)
        old = self.badge_of(tx, card, compound)
        mine = tuple(gate.id for gate in self._book.gates(tx, compound) if gate.id in card.gates)
        asked = PassApplication(
            self._ids.new_id(), holder.id, compound, PassKind.STAFF, evidence, by, now_ms, gates=mine or None,
            replaces=None if old is None else old.id, days=days,
        )  # fmt: skip
        self._issue.apply(tx, asked, now_ms)
        return self._issue.approve(tx, asked.id, now_ms, by=by)

    def badge_of(self, tx: Connection, card: Operator, compound: CompoundId) -> PassRow | None:
        """The badge in force of a card at a compound."""
        rows = self._book.register.all(tx, PassRow, person_id=holder_id(tx, self._book, card.id, compound))
        mine = [row for row in rows if row.kind is PassKind.STAFF and row.compound == compound and row.state in _GOOD]
        return max(mine, key=lambda row: row.issued_at_ms, default=None)

    def badges(self, tx: Connection, compound: CompoundId) -> dict[str, PassRow]:
        """Holder -> badge in force, of everybody at a compound; two queries."""
        rows = self._book.register.all(tx, PassRow, compound_id=compound)
        return {str(row.person): row for row in rows if row.kind is PassKind.STAFF and row.state in _GOOD}

    # -- numbered badges --------------------------------------------------------------------------------------------

    def numbered(self, tx: Connection, compound: CompoundId) -> list[LoanBadge]:
        """The numbered badges of a compound, with who has them."""
        c, n = badge_loan.c, loan_badge.c
        rows = tx.execute(select(loan_badge).where(n.compound_id == compound).order_by(n.number)).all()
        out = select(badge_loan).where(c.badge_id.in_([row.id for row in rows]), c.back_at_ms.is_(None))
        lent = {row.badge_id: row for row in tx.execute(out)}
        passes = self.badges(tx, compound)
        return [
            LoanBadge(
                OperatorId(row.id), compound, row.number, passes.get(row.id),
                None if row.id not in lent else self._borrower(lent[row.id].id, lent[row.id].sealed),
                None if row.id not in lent else lent[row.id].lent_at_ms, "" if row.id not in lent else lent[row.id].by,
            )
            for row in rows
        ]  # fmt: skip

    def make_numbered(
        self, tx: Connection, compound: CompoundId, count: int, evidence: Evidence, days: int, now_ms: int, *, by: str
    ) -> list[LoanBadge] | Refused:
        """So many more numbered badges, in the drawer; none at all if one cannot be signed."""
        last = tx.execute(select(func.max(loan_badge.c.number)).where(loan_badge.c.compound_id == compound)).scalar()
        gates = tuple(gate.id for gate in self._book.gates(tx, compound))
        out = []
        for number in range((last or 0) + 1, (last or 0) + count + 1):
            slot = _empty(OperatorId(self._ids.new_id()), number, gates)
            self._book.put(tx, [slot], now_ms)
            made = self.make(tx, slot, compound, evidence, days, now_ms, by=by)
            if not isinstance(made, Issued):
                return made
            resting = replace(made.row, state=PassState.SUSPENDED)
            self._book.put(tx, [resting], now_ms)
            put(tx, loan_badge, [{"id": slot.id, "compound_id": compound, "number": number, "made_at_ms": now_ms}])
            out.append(LoanBadge(slot.id, compound, number, resting))
        return out

    def lend(
        self, tx: Connection, compound: CompoundId, badge: str, to: Borrower, now_ms: int, *, by: str
    ) -> LoanFault | None:
        """Lend a badge: from the next sync on, the gate takes it for the borrower's."""
        found = self._numbered(tx, compound, badge)
        if found is None:
            return LoanFault.NO_BADGE
        if found.borrower is not None:
            return LoanFault.LENT
        if found.row is None:
            return LoanFault.WITHDRAWN
        loan = self._ids.new_id()
        plain = json.dumps({"name": to.name, "source": to.source.value, "phone": to.phone}).encode()
        sealed = self._vault.seal("badge_loan", loan, plain)
        row = {"id": loan, "badge_id": badge, "lent_at_ms": now_ms, "back_at_ms": None, "by": by, "sealed": sealed}
        put(tx, badge_loan, [row])
        self._named(tx, found, to, PassState.ACTIVE, now_ms)
        self._audit.note(tx, Entry(by, "roster.edit", target=f"badge {badge} lent"), now_ms)
        return None

    def back(self, tx: Connection, compound: CompoundId, badge: str, now_ms: int, *, by: str) -> LoanFault | None:
        """Given back: it opens no sign-on until it is lent again."""
        found = self._numbered(tx, compound, badge)
        if found is None or found.borrower is None:
            return LoanFault.NO_BADGE if found is None else LoanFault.NOT_LENT
        c = badge_loan.c
        tx.execute(update(badge_loan).where(c.badge_id == badge, c.back_at_ms.is_(None)).values(back_at_ms=now_ms))
        self._named(tx, found, None, PassState.SUSPENDED, now_ms)
        self._audit.note(tx, Entry(by, "roster.edit", target=f"badge {badge} back"), now_ms)
        return None

    def lost(
        self, tx: Connection, compound: CompoundId, badge: str, now_ms: int, *, by: str, why: str
    ) -> LoanFault | None:
        """Lost: its pass is withdrawn for good, its number is not used again."""
        found = self._numbered(tx, compound, badge)
        if found is None or found.row is None:
            return LoanFault.NO_BADGE if found is None else LoanFault.WITHDRAWN
        if found.borrower is not None:
            self.back(tx, compound, badge, now_ms, by=by)
        self._issue.lost(tx, found.row.id, now_ms, by=by, why=why)
        return None

    def slots(self, tx: Connection) -> frozenset[str]:
        """Ids of all numbered badges: cards of nobody in particular."""
        return frozenset(tx.execute(select(loan_badge.c.id)).scalars())

    def loans(self, tx: Connection, since_ms: int, until_ms: int) -> list[Loan]:
        """Who had which badge in a span of time."""
        c = badge_loan.c
        query = select(badge_loan).where(c.lent_at_ms < until_ms, (c.back_at_ms.is_(None)) | (c.back_at_ms > since_ms))
        return [
            Loan(row.badge_id, self._borrower(row.id, row.sealed), row.lent_at_ms, row.back_at_ms)
            for row in tx.execute(query.order_by(c.lent_at_ms))
        ]

    # -- inside ------------------------------------------------------------------------------------------------------

    def _numbered(self, tx: Connection, compound: CompoundId, badge: str) -> LoanBadge | None:
        return next((one for one in self.numbered(tx, compound) if one.id == badge), None)

    def _named(self, tx: Connection, badge: LoanBadge, to: Borrower | None, state: PassState, now_ms: int) -> None:
        card = self._book.register.get(tx, Operator, badge.id)
        gates = tuple(gate.id for gate in self._book.gates(tx, badge.compound)) if card is None else card.gates
        slot = _empty(badge.id, badge.number, gates)
        if to is not None:
            slot = replace(slot, name=to.name, source=to.source, phone=to.phone)
        rows: list[Operator | PassRow] = [slot]
        if badge.row is not None:
            rows.append(replace(badge.row, state=state, changed_at_ms=now_ms))
        self._book.put(tx, rows, now_ms)

    def _borrower(self, loan: str, sealed: bytes) -> Borrower:
        plain = self._vault.open("badge_loan", loan, sealed)
        told: Mapping[str, str] = json.loads(plain) if plain else {"name": "", "source": MemberSource.STREET.value}
        return Borrower(told["name"], MemberSource(told["source"]), told.get("phone", ""))

    def _holder(self, tx: Connection, card: Operator, compound: CompoundId) -> Person:
        """Who stands on the compound's list for the badge; no resident, so never counted as one."""
        key = holder_id(tx, self._book, card.id, compound)
        return Person(key, Category.STAFF, compound, name=card.name, stock=False)


def holder_id(tx: Connection, book: RegisterBook, card: OperatorId, compound: CompoundId) -> PersonId:
    """The card's own id at the first compound where it has a badge, one made of both at others."""
    there = book.register.get(tx, Person, card)
    if there is None or there.compound == compound:
        return PersonId(card)
    return PersonId(sha256(f"{card}|{compound}".encode()).hexdigest()[:32])


def _empty(badge: OperatorId, number: int, gates: tuple[GateId, ...]) -> Operator:
    return Operator(badge, "V", slot_name(number), MemberSource.STREET, gates=gates)


def slot_name(number: int) -> str:
    """07号证: how a numbered badge is called while nobody has it."""
    return f"{number:02d}号证"
