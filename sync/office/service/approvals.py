# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Two-person actions: one asks, another approves, bound to the very parameters (trust.md 3, "Two-person actions").

An approval is valid for 30 minutes, is used once, and stands for the SHA-256 of the canonical parameters. The second
person is another account whose role has the same grant, with the password given within five minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from kiosk.domain.log.canonical import canonical_bytes, read_canonical
from sync.office.ports import OfficeIds
from sync.office.service.accounts import Session
from sync.office.service.audit import Audit, Entry
from sync.office.service.reach import grant_of
from sync.office.store.tables import approval
from sync.office.store.vault import Vault

VALID_MS = 30 * 60_000
_PARAMS_BYTES = 32 << 10


class ApprovalFault(StrEnum):
    """批准不成."""

    GONE = "GONE"
    OWN = "OWN"
    NOT_GRANTED = "NOT_GRANTED"
    NOT_PROVED = "NOT_PROVED"
    NOT_ASKER = "NOT_ASKER"
    CHANGED = "CHANGED"


@dataclass(frozen=True, slots=True)
class Approval:
    """双人审批: `deed` what is to be done (a name that a page gave), `action` of trust.md 3, `params` its facts."""

    id: str
    deed: str
    action: str
    params: Mapping[str, Any]
    why: str
    asked_by: str
    asked_at_ms: int
    expires_at_ms: int
    approved_by: str | None = None


class Approvals:
    """双人审批用例."""

    def __init__(self, ids: OfficeIds, audit: Audit, vault: Vault) -> None:
        """Take ids, the audit, and the vault: parameters may name a person."""
        self._ids = ids
        self._audit = audit
        self._vault = vault

    def ask(
        self, tx: Connection, who: Session, action: str, deed: str, params: Mapping[str, Any], why: str, now_ms: int
    ) -> Approval:
        """Ask for a second person; `params` in canonical form (no null, no float). The caller has checked the grant."""
        plain = canonical_bytes(dict(params), _PARAMS_BYTES)
        new = Approval(self._ids.new_id(), deed, action, params, why, who.user.id, now_ms, now_ms + VALID_MS)
        tx.execute(
            insert(approval).values(
                id=new.id, deed=deed, action=action, params_sha256=sha256(plain).digest(),
                sealed=self._vault.seal("approval", new.id, plain), why=why, asked_by=who.user.id, asked_at_ms=now_ms,
                expires_at_ms=new.expires_at_ms,
            )
        )  # fmt: skip
        self._audit.note(tx, Entry(who.user.id, action, new.id, why=f"asked: {why}" if why else "asked"), now_ms)
        return new

    def open(self, tx: Connection, now_ms: int) -> list[Approval]:
        """What waits for a second person, or to be fetched by the one who asked; newest first."""
        c = approval.c
        alive = (c.expires_at_ms >= now_ms, c.used_at_ms.is_(None), c.refused_by.is_(None))
        rows = tx.execute(select(approval).where(*alive).order_by(c.asked_at_ms.desc()).limit(200))
        return [found for row in rows if (found := self._read(row)) is not None]

    def approve(self, tx: Connection, who: Session, approval_id: str, now_ms: int) -> Approval | ApprovalFault:
        """The second person's yes; refusals are noted."""
        found = self._alive(tx, approval_id, now_ms)
        if isinstance(found, ApprovalFault):
            return found
        fault = _may_approve(found, who, now_ms)
        if fault is not None:
            self._audit.note(tx, Entry(who.user.id, found.action, found.id, why=fault.value, refused=True), now_ms)
            return fault
        c = approval.c
        fresh = (c.id == found.id, c.approved_by.is_(None), c.used_at_ms.is_(None), c.refused_by.is_(None))
        done = tx.execute(update(approval).where(*fresh).values(approved_by=who.user.id, approved_at_ms=now_ms))
        if done.rowcount != 1:
            return ApprovalFault.GONE
        self._audit.note(tx, Entry(who.user.id, found.action, found.id, why="approved"), now_ms)
        return replace(found, approved_by=who.user.id)

    def refuse(self, tx: Connection, who: Session, approval_id: str, now_ms: int) -> Approval | ApprovalFault:
        """The second person's no, or the asker's own taking back."""
        found = self._alive(tx, approval_id, now_ms)
        if isinstance(found, ApprovalFault):
            return found
        if grant_of(who.user, found.action) is None:
            return ApprovalFault.NOT_GRANTED
        tx.execute(update(approval).where(approval.c.id == found.id).values(refused_by=who.user.id))
        self._audit.note(tx, Entry(who.user.id, found.action, found.id, why="turned down"), now_ms)
        return found

    def use(self, tx: Connection, approval_id: str, now_ms: int, asker: str | None = None) -> Approval | ApprovalFault:
        """Take an approved one, once; `asker`: only by whom it was asked for."""
        found = self._alive(tx, approval_id, now_ms)
        if isinstance(found, ApprovalFault):
            return found
        if asker is not None and found.asked_by != asker:
            return ApprovalFault.NOT_ASKER
        c = approval.c
        fresh = (c.id == found.id, c.approved_by.is_not(None), c.used_at_ms.is_(None), c.expires_at_ms >= now_ms)
        done = tx.execute(update(approval).where(*fresh).values(used_at_ms=now_ms))
        return found if done.rowcount == 1 else ApprovalFault.GONE

    def _alive(self, tx: Connection, approval_id: str, now_ms: int) -> Approval | ApprovalFault:
        c = approval.c
        row = tx.execute(select(approval).where(c.id == approval_id)).first()
        if row is None or row.expires_at_ms < now_ms or row.used_at_ms is not None or row.refused_by is not None:
            return ApprovalFault.GONE
        return self._read(row) or ApprovalFault.CHANGED

    def _read(self, row: Row[Any]) -> Approval | None:
        """The approval of a row, if its parameters are those that were asked for."""
        plain = self._vault.open("approval", row.id, row.sealed)
        if plain is None or sha256(plain).digest() != row.params_sha256:
            return None
        params = read_canonical(plain, _PARAMS_BYTES)
        return Approval(
            row.id, row.deed, row.action, params, row.why, row.asked_by, row.asked_at_ms, row.expires_at_ms,
            row.approved_by,
        )  # fmt: skip


def _may_approve(found: Approval, who: Session, now_ms: int) -> ApprovalFault | None:
    grant = grant_of(who.user, found.action)
    if grant is None or not grant.second:
        return ApprovalFault.NOT_GRANTED
    if found.asked_by == who.user.id:
        return ApprovalFault.OWN
    return None if who.proved(now_ms) else ApprovalFault.NOT_PROVED
