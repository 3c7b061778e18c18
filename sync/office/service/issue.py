# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Passes: signed on two evidences by the committee's key; withdrawn, lost and replaced at once (domain.md 10)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, select, update

from kiosk.domain.codes import Category, PassColour, PassKind, PassState
from kiosk.domain.identity import GateId, PassId, PersonId
from kiosk.domain.passes.entry_pass import CTI_SIZE, NEVER_IN_PASS, WITH_HOUSEHOLD, EntryPass
from kiosk.domain.passes.serials import serial_of
from kiosk.domain.register import Compound, PassRow, Person, WorkItem
from kiosk.domain.trust.revocations import RevocationKind
from sync.office.ports import OfficeIds, PassSigner
from sync.office.service.applications import Applications, ApplicationState, PassApplication, Unfit, colour_of
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.service.card_text import claims_of
from sync.office.service.revocations import Revocations
from sync.office.service.work import PRINT, Work
from sync.office.signer import Application, SignRefusal
from sync.office.store.tables import pass_text
from sync.office.store.upsert import put
from sync.office.store.vault import Vault

_DAY_MS = 86_400_000
DAYS = range(1, 46)
AHEAD_DAYS = 7
"""A pass may begin so many days after it is signed (pass-format.md 1)."""
_MOST_CARDS = 9
_GOOD = (PassState.ACTIVE, PassState.SUSPENDED)


class IssueFault(StrEnum):
    """不能办理: why nothing was issued or changed, beside `Unfit` and the signer's refusals."""

    NO_APPLICATION = "NO_APPLICATION"
    DECIDED = "DECIDED"
    NO_PERSON = "NO_PERSON"
    NO_COMPOUND = "NO_COMPOUND"
    NO_PASS = "NO_PASS"
    BAD_DAYS = "BAD_DAYS"
    NO_CARD_LEFT = "NO_CARD_LEFT"
    BAD_GATES = "BAD_GATES"
    BAD_START = "BAD_START"


Refused = IssueFault | Unfit | SignRefusal
Entered = tuple[PassId, RevocationKind]
"""An entry for the revocation list."""


@dataclass(frozen=True, slots=True)
class Issued:
    """已签发: the row and the text of its symbol."""

    row: PassRow
    text: str


class Issue:
    """签发: apply, approve, withdraw; every act is audited in its transaction."""

    def __init__(
        self,
        book: RegisterBook,
        applications: Applications,
        revocations: Revocations,
        work: Work,
        audit: Audit,
        signer: PassSigner,
        vault: Vault,
        ids: OfficeIds,
    ) -> None:
        """Take the stores, the signer and the ids."""
        self._book = book
        self._applications = applications
        self._revocations = revocations
        self._work = work
        self._audit = audit
        self._signer = signer
        self._vault = vault
        self._ids = ids

    def apply(self, tx: Connection, application: PassApplication, now_ms: int) -> Unfit | None:
        """Keep an application; why it is not fit for signature, if so. It waits all the same: evidence may be added."""
        self._applications.put(tx, application)
        self._audit.note(tx, Entry(application.by, "pass.apply", application.id), now_ms)
        fit = colour_of(application.kind, application.evidence)
        return fit if isinstance(fit, Unfit) else None

    def approve(
        self, tx: Connection, application_id: str, now_ms: int, *, by: str, replaced: list[Entered] | None = None
    ) -> Issued | Refused:
        """Sign an application: the row, its text, and the old card's entry on the list if it replaces one.

        `replaced`: of many signed at once the entries are gathered here, for the caller to enter in one version.
        """
        found = self._applications.get(tx, application_id)
        if found is None:
            return IssueFault.NO_APPLICATION
        application, state = found
        if state is not ApplicationState.WAITING:
            return IssueFault.DECIDED
        issued = self._sign(tx, application, now_ms, by)
        if isinstance(issued, Issued):
            self._applications.decide(tx, application_id, ApplicationState.SIGNED, issued.row.id)
            entered = self._replace(tx, application, now_ms)
            if replaced is not None:
                replaced += entered
            elif entered:
                self._revocations.add(tx, entered, now_ms, by=by, why=f"replaced by {issued.row.id}")
            if application.gate is not None:
                item = WorkItem(application_id, PRINT, now_ms, pass_id=issued.row.id, text=issued.text)
                self._work.give(tx, application.gate, item, now_ms)
        why = "" if isinstance(issued, Issued) else issued.value
        self._audit.note(tx, Entry(by, "pass.issue", application_id, why=why, refused=why != ""), now_ms)
        return issued

    def let_go(self, tx: Connection, application_id: str) -> None:
        """An application of a batch that could not be signed: it is asked for again with the rest."""
        self._applications.decide(tx, application_id, ApplicationState.REFUSED, None)

    def revoke(self, tx: Connection, pass_id: PassId, now_ms: int, *, by: str, why: str) -> PassRow | IssueFault:
        """Withdraw a pass: row, list entry and signed delta at once."""
        return self._withdraw(tx, pass_id, PassState.REVOKED, RevocationKind.REVOKED, now_ms, by, why)

    def lost(self, tx: Connection, pass_id: PassId, now_ms: int, *, by: str, why: str) -> PassRow | IssueFault:
        """Report a pass lost."""
        return self._withdraw(tx, pass_id, PassState.LOST, RevocationKind.LOST, now_ms, by, why)

    def text_of(self, tx: Connection, pass_id: PassId, *, printed_ms: int | None = None) -> str | None:
        """The text of a pass for its card; `printed_ms` notes that it was printed."""
        c = pass_text.c
        blob = tx.execute(select(c.sealed).where(c.pass_id == pass_id)).scalar()
        plain = self._vault.open("pass_text", pass_id, blob)
        if plain is not None and printed_ms is not None:
            tx.execute(update(pass_text).where(c.pass_id == pass_id).values(printed_at_ms=printed_ms))
        return None if plain is None else plain.decode()

    def _sign(self, tx: Connection, application: PassApplication, now_ms: int, by: str) -> Issued | Refused:
        colour = colour_of(application.kind, application.evidence)
        if isinstance(colour, Unfit):
            return colour
        person = self._book.register.get(tx, Person, application.person)
        if person is None:
            return IssueFault.NO_PERSON
        compound = self._book.register.get(tx, Compound, application.compound)
        if compound is None:
            return IssueFault.NO_COMPOUND
        if application.days not in DAYS:
            return IssueFault.BAD_DAYS
        starts_ms = now_ms if application.starts_ms is None else max(application.starts_ms, now_ms)
        if starts_ms > now_ms + AHEAD_DAYS * _DAY_MS:
            return IssueFault.BAD_START
        order = [gate.id for gate in self._book.gates(tx, compound.id)]
        mask = _mask(application.gates, order)
        category = Category.LOCAL if person.category in NEVER_IN_PASS else person.category
        card = self._card(tx, person, application) if category in WITH_HOUSEHOLD else None
        if mask is False or card == 0:
            return IssueFault.BAD_GATES if mask is False else IssueFault.NO_CARD_LEFT
        claims = EntryPass(
            self._ids.random(CTI_SIZE),
            compound.site,
            category,
            starts_ms // 1000,
            starts_ms // 1000 + application.days * _DAY_MS // 1000,
            hh=_household(person, application.starts_ms) if card is not None else None,
            card=card,
            gates=mask,
        )
        sites = frozenset(c.site for c in self._book.register.all(tx, Compound, committee_id=compound.committee))
        signed = self._signer.sign_pass(
            Application(application.id, compound.committee, sites, claims, by, gates_of_site=max(1, len(order)))
        )
        if isinstance(signed, SignRefusal):
            return signed
        row = _row(application, claims, person, colour, now_ms)
        self._book.put(tx, [row], now_ms)
        sealed = self._vault.seal("pass_text", row.id, signed.encode())
        put(tx, pass_text, [{"pass_id": row.id, "sealed": sealed, "printed_at_ms": None}])
        return Issued(row, signed)

    def _replace(self, tx: Connection, application: PassApplication, now_ms: int) -> list[Entered]:
        """A lost card's replacement takes the old one out first; an old id keeps LOST if it was that."""
        if application.replaces is None:
            return []
        old = self._book.register.get(tx, PassRow, application.replaces)
        if old is not None and old.state in _GOOD:
            self._book.put(tx, [replace(old, state=PassState.REVOKED, changed_at_ms=now_ms)], now_ms)
        return [(application.replaces, RevocationKind.REPLACED)] if old is None or old.state in _GOOD else []

    def _withdraw(
        self,
        tx: Connection,
        pass_id: PassId,
        state: PassState,
        kind: RevocationKind,
        now_ms: int,
        by: str,
        why: str,
    ) -> PassRow | IssueFault:
        row = self._book.register.get(tx, PassRow, pass_id)
        if row is None:
            return IssueFault.NO_PASS
        changed = replace(row, state=state, changed_at_ms=now_ms)
        self._book.put(tx, [changed], now_ms)
        self._revocations.add(tx, [(pass_id, kind)], now_ms, by=by, why=why)
        self._audit.note(tx, Entry(by, "pass.revoke", pass_id, why=why), now_ms)
        return changed

    def _card(self, tx: Connection, person: Person, application: PassApplication) -> int:
        """The number of a household's next card, 1..9; 0: all nine are in use.

        A card that follows or replaces another has its number: nobody's household runs out of them by a campaign.
        """
        before = application.follows or application.replaces
        claims = None if before is None else claims_of(self.text_of(tx, before) or "")
        if claims is not None and claims.card is not None:
            return claims.card
        home = [person]
        if person.dwelling is not None:
            home = self._book.register.all(tx, Person, dwelling_id=person.dwelling)
        used = sum(
            row.state in _GOOD for member in home for row in self._book.register.all(tx, PassRow, person_id=member.id)
        )
        return used + 1 if used < _MOST_CARDS else 0


def _household(person: Person, starts_ms: int | None) -> bytes:
    """住户号: a pseudonym of the dwelling, the same for all its cards; ids are random, so it tells no room.

    A campaign's cards, which begin on a day named ahead, have one of their own (pass-format.md 1).
    """
    campaign = b"" if starts_ms is None else str(starts_ms).encode()
    return sha256(b"GH-HH1" + campaign + str(person.dwelling or person.id).encode()).digest()[:4]


def _mask(gates: Sequence[GateId] | None, order: Sequence[GateId]) -> int | bool | None:
    """The gate mask; None: all gates; False: a gate that is not the compound's."""
    if gates is None or set(gates) == set(order):
        return None
    if not gates or not set(gates) <= set(order):
        return False
    return sum(1 << order.index(gate) for gate in set(gates))


def _row(application: PassApplication, claims: EntryPass, person: Person, colour: PassColour, now_ms: int) -> PassRow:
    return PassRow(
        claims.pass_id,
        application.compound,
        application.kind,
        claims.category if application.kind is not PassKind.RESIDENT else person.category,
        PassState.ACTIVE,
        claims.nbf * 1000,
        claims.exp * 1000,
        now_ms,
        now_ms,
        person=PersonId(person.id),
        dwelling=person.dwelling,
        gates=application.gates,
        colour=colour,
        serial=serial_of(claims.cti),
        replaces=application.replaces,
        employer=application.employer,
        employer_contact=application.employer_contact,
        approval_no=application.approval_no,
    )
