# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What gates said about people, folded into the register: isolations, permits, passes, returns (domain.md 9-11).

A row's `changed_at_ms` is the time of the fact that last changed it; an older fact arriving later changes nothing.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from kiosk.domain.codes import Category, IsolationState, PassColour, PassKind, PassState
from kiosk.domain.events import (
    HomeTemp,
    IsolationChanged,
    IsolationRelease,
    PassNotice,
    PassRequest,
    PermitGrant,
    PermitUse,
    Registration,
    TempPassIssued,
)
from kiosk.domain.identity import CompoundId, PassId, PersonId
from kiosk.domain.instants import day_of
from kiosk.domain.passes.serials import serial_of
from kiosk.domain.register import Isolation, PassRow, Permit, Person
from kiosk.domain.trust.revocations import RevocationKind
from sync.office.service.applications import Applications
from sync.office.service.book import RegisterBook
from sync.office.service.home_temps import HomeTemps
from sync.office.service.projecting import Fact
from sync.office.service.revocations import Revocations

NOTICES = {
    "LOST": (PassState.LOST, RevocationKind.LOST),
    "REVOKE": (PassState.REVOKED, RevocationKind.REVOKED),
}


class RegisterProjection:
    """名册投影."""

    def __init__(
        self, book: RegisterBook, revocations: Revocations, applications: Applications, home_temps: HomeTemps
    ) -> None:
        """Take what it writes."""
        self._home_temps = home_temps
        self._book = book
        self._revocations = revocations
        self._applications = applications

    def apply(self, tx: Connection, facts: Sequence[Fact], now_ms: int) -> None:
        """Fold facts about people, one by one: they are few."""
        for fact in facts:
            self._one(tx, fact, now_ms)

    def _one(self, tx: Connection, fact: Fact, now_ms: int) -> None:
        match fact.event.body:
            case IsolationChanged() as changed:
                self._isolation(tx, fact, changed, now_ms)
            case IsolationRelease() as release:
                self._release(tx, fact, release, now_ms)
            case HomeTemp() as taken:
                self._home_temps.from_gate(tx, taken, fact.event.at_ms, now_ms)
            case PermitGrant() as grant:
                self._permit(tx, fact, _granted(grant, fact), now_ms)
            case PermitUse() as use:
                self._permit_used(tx, fact, use, now_ms)
            case Registration() as form:
                self._registration(tx, fact, form, now_ms)
            case TempPassIssued() as issued:
                self._book.put(tx, [_temp_pass(issued, fact)], now_ms)
            case PassNotice() as notice:
                self._notice(tx, fact, notice, now_ms)
            case PassRequest() as request:
                self._applications.from_gate(tx, fact, request)
            case _:
                pass

    def _isolation(self, tx: Connection, fact: Fact, changed: IsolationChanged, now_ms: int) -> None:
        at_ms = fact.event.at_ms
        old = self._book.register.get(tx, Isolation, changed.isolation)
        base = old or Isolation(
            changed.isolation, changed.person, IsolationState.PENDING, day_of(at_ms), 0, opened_at_ms=at_ms
        )
        if base.changed_at_ms > at_ms:
            return
        papers = changed.state == IsolationState.HOME.value and changed.d0 is not None
        new = replace(
            base,
            state=IsolationState(changed.state),
            d0=dt.date.fromisoformat(changed.d0) if changed.d0 is not None else base.d0,
            changed_at_ms=at_ms,
            notice=base.notice or papers,
            record=base.record or papers,
            commitment=base.commitment or papers,
        )
        self._put(tx, fact, new, now_ms)
        self._cards(tx, changed.person, PassState.ACTIVE, PassState.SUSPENDED, at_ms, now_ms)

    def _release(self, tx: Connection, fact: Fact, release: IsolationRelease, now_ms: int) -> None:
        old = self._book.register.get(tx, Isolation, release.isolation)
        at_ms = fact.event.at_ms
        person = release.person or (old.person if old is not None else None)
        if person is None or (old is not None and old.changed_at_ms > at_ms):
            return
        base = old or Isolation(release.isolation, person, IsolationState.PENDING, day_of(at_ms), 0)
        new = replace(
            base,
            state=IsolationState.RELEASED,
            release_notice=release.number,
            released_at_ms=at_ms,
            changed_at_ms=at_ms,
        )
        self._put(tx, fact, new, now_ms)
        self._cards(tx, person, PassState.SUSPENDED, PassState.ACTIVE, at_ms, now_ms)

    def _permit(self, tx: Connection, fact: Fact, new: Permit, now_ms: int) -> None:
        old = self._book.register.get(tx, Permit, new.id)
        if old is None or old.changed_at_ms <= new.changed_at_ms:
            self._put(tx, fact, new, now_ms)

    def _permit_used(self, tx: Connection, fact: Fact, use: PermitUse, now_ms: int) -> None:
        old = self._book.register.get(tx, Permit, use.permit)
        if old is None:
            return
        new = replace(
            old,
            out_at_ms=use.out_at if use.out_at is not None else old.out_at_ms,
            in_at_ms=use.in_at if use.in_at is not None else old.in_at_ms,
            changed_at_ms=max(old.changed_at_ms, fact.event.at_ms),
        )
        self._put(tx, fact, new, now_ms)

    def _registration(self, tx: Connection, fact: Fact, form: Registration, now_ms: int) -> None:
        """A return sets what the next passage is judged by; a new tenant (or returnee not listed) becomes a row."""
        if form.kind not in ("RETURN", "NEW_TENANT"):
            return
        old = self._book.register.get(tx, Person, form.person)
        category = Category.NEW_TENANT if form.kind == "NEW_TENANT" else Category.RET_OTHER
        if form.kind == "RETURN" and form.cls == "KEY":
            category = Category.RET_KEY
        if old is None:
            told = json.loads(fact.personal) if fact.personal is not None else {}
            old = Person(
                form.person,
                category,
                CompoundId(fact.device.compound_id),
                name=str(told.get("name", "")),
                phone=str(told.get("phone", "")),
                registered_at_ms=fact.event.at_ms,
                stock=False,
            )
        self._book.put(tx, [replace(old, category=category)], now_ms)

    def _notice(self, tx: Connection, fact: Fact, notice: PassNotice, now_ms: int) -> None:
        if notice.what not in NOTICES:
            self._applications.reissue_asked(tx, fact, notice)
            return
        state, kind = NOTICES[notice.what]
        rows = self._passes(tx, notice)
        changed = [replace(row, state=state, changed_at_ms=fact.event.at_ms) for row in rows]
        self._book.put(tx, changed, now_ms)
        ids = [row.id for row in rows] or ([notice.pass_id] if notice.pass_id is not None else [])
        if ids:
            why = f"gate {fact.device.gate_id}"
            self._revocations.add(tx, [(pass_id, kind) for pass_id in ids], now_ms, by=notice.by, why=why)

    def _passes(self, tx: Connection, notice: PassNotice) -> list[PassRow]:
        """The one pass that is named, else every one of the person that is still good."""
        if notice.pass_id is not None:
            row = self._book.register.get(tx, PassRow, notice.pass_id)
            return [] if row is None else [row]
        if notice.person is None:
            return []
        rows = self._book.register.all(tx, PassRow, person_id=notice.person)
        return [row for row in rows if row.state in (PassState.ACTIVE, PassState.SUSPENDED)]

    def _cards(
        self, tx: Connection, person: PersonId, was: PassState, becomes: PassState, at_ms: int, now_ms: int
    ) -> None:
        """Cards rest while their holder is confined, and open with the release alone (domain.md 9)."""
        rows = self._book.register.all(tx, PassRow, person_id=person)
        self._book.put(
            tx,
            [
                replace(row, state=becomes, changed_at_ms=at_ms)
                for row in rows
                if row.state is was and row.changed_at_ms <= at_ms
            ],
            now_ms,
        )

    def _put(self, tx: Connection, fact: Fact, row: Isolation | Permit, now_ms: int) -> None:
        self._book.put(tx, [row], now_ms, {row.person: fact.device.compound_id})


def _granted(grant: PermitGrant, fact: Fact) -> Permit:
    return Permit(
        grant.permit,
        grant.person,
        grant.why,
        grant.from_ms,
        grant.to_ms,
        fact.event.at_ms,
        grant.transport,
        grant.by,
    )


def _temp_pass(issued: TempPassIssued, fact: Fact) -> PassRow:
    at_ms = fact.event.at_ms
    return PassRow(
        PassId(issued.pass_id),
        CompoundId(fact.device.compound_id),
        PassKind.TEMP,
        issued.category,
        PassState.ACTIVE,
        at_ms,
        issued.exp * 1000,
        at_ms,
        at_ms,
        colour=PassColour.WHITE,
        serial=serial_of(bytes.fromhex(issued.pass_id)),
        leave_by_ms=issued.exp * 1000,
    )
