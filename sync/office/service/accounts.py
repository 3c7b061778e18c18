# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Accounts of the office's pages and their sessions (trust.md 4, "Office").

Unknown account and wrong password give the same answer in the same time; two hashes are computed at a time at most.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from sync.office.argon import floor_hasher
from sync.office.ports import OfficeIds
from sync.office.service.audit import Audit, Entry
from sync.office.store.engine import Database
from sync.office.store.tables import session, user

PASSWORD = range(12, 129)
IDLE_MS = 30 * 60_000
LIFE_MS = 10 * 3_600_000
PROVED_MS = 5 * 60_000
"""How long the password that was given counts for what asks for it again."""
_FREE_TRIES = 5
_FIRST_WAIT_MS = 30_000
_LONGEST_WAIT_MS = 15 * 60_000
_SECRET = 32


class Role(StrEnum):
    """角色: those of trust.md 3 that have an account at the office."""

    GATE_LEADER = "L"
    BUILDING_LEADER = "B"
    COMMITTEE = "C"
    STREET = "S"
    HEALTH = "H"


class AccountFault(StrEnum):
    """账户问题."""

    WRONG = "WRONG"
    WAIT = "WAIT"
    BUSY = "BUSY"
    TAKEN = "TAKEN"
    NO_USER = "NO_USER"
    PASSWORD_LENGTH = "PASSWORD_LENGTH"
    PASSWORD_COMMON = "PASSWORD_COMMON"
    PASSWORD_IS_NAME = "PASSWORD_IS_NAME"
    NO_COMMITTEE = "NO_COMMITTEE"


@dataclass(frozen=True, slots=True)
class User:
    """账户: `committee` where the role is a committee's; `operator` whom a gate leader is at his gates.

    `reach`: what else the account answers for: the committees that a health centre serves, the gates of a leader
    who has no card, the buildings of a building leader ("C01/3").
    """

    id: str
    login: str
    name: str
    role: Role
    committee: str | None
    active: bool
    operator: str | None = None
    reach: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """会话: `secret` goes into the cookie and is never stored; `csrf` into every form.

    `proved_at_ms`: when the password was last given; `flash`: what the next page tells, as JSON.
    """

    secret: str
    csrf: str
    user: User
    proved_at_ms: int = 0
    flash: str | None = None

    def proved(self, now_ms: int) -> bool:
        """Whether the password was given in the last five minutes (trust.md 3, "p" and "2")."""
        return now_ms - self.proved_at_ms <= PROVED_MS


class Accounts:
    """账户与会话."""

    def __init__(self, ids: OfficeIds, audit: Audit, hasher: PasswordHasher | None = None) -> None:
        """Take ids and the audit; `hasher` other than the floor of trust.md is for tests alone."""
        self._ids = ids
        self._audit = audit
        self._hasher = hasher or floor_hasher()
        self._two_at_a_time = BoundedSemaphore(2)
        self._nobody = ""

    def add(
        self, tx: Connection, login: str, name: str, role: Role, password: str, now_ms: int, *, by: str,
        committee: str | None = None,
    ) -> User | AccountFault:  # fmt: skip
        """A new account, or why not."""
        fault = password_fault(password, login)
        if fault is not None:
            return fault
        return self.add_hashed(tx, login, name, role, self.hashed(password), now_ms, by=by, committee=committee)

    def hashed(self, password: str) -> str:
        """The hash of a password, as an approval keeps it: the password itself is kept nowhere."""
        return self._hasher.hash(_bytes(password))

    def add_hashed(
        self, tx: Connection, login: str, name: str, role: Role, password_hash: str, now_ms: int, *, by: str,
        committee: str | None = None,
    ) -> User | AccountFault:  # fmt: skip
        """A new account whose password was hashed before, or why not."""
        if role is Role.COMMITTEE and committee is None:
            return AccountFault.NO_COMMITTEE
        if tx.execute(select(user.c.id).where(user.c.login == login)).first() is not None:
            return AccountFault.TAKEN
        new = User(self._ids.new_id(), login, name, role, committee, active=True)
        tx.execute(
            insert(user).values(
                id=new.id, login=login, name=name, role=role.value, committee_id=committee,
                password_hash=password_hash, active=1, failures=0, not_before_ms=0,
                changed_at_ms=now_ms,
            )
        )  # fmt: skip
        self._audit.note(tx, Entry(by, "role.grant", login, why=role.value), now_ms)
        return new

    def set_password(self, tx: Connection, login: str, password: str, now_ms: int, *, by: str) -> User | AccountFault:
        """Another password; ends all the account's sessions."""
        fault = password_fault(password, login)
        return fault or self.set_hashed(tx, login, self.hashed(password), now_ms, by=by)

    def set_hashed(
        self, tx: Connection, login: str, password_hash: str, now_ms: int, *, by: str
    ) -> User | AccountFault:
        """Another password, hashed before; ends all the account's sessions."""
        found = self.user(tx, login)
        if found is None:
            return AccountFault.NO_USER
        values = {"password_hash": password_hash, "failures": 0, "not_before_ms": 0}
        tx.execute(update(user).where(user.c.id == found.id).values({**values, "changed_at_ms": now_ms}))
        self.end_all(tx, found.id)
        self._audit.note(tx, Entry(by, "password.set", login), now_ms)
        return found

    def set_active(self, tx: Connection, login: str, now_ms: int, *, by: str, active: bool) -> bool:
        """Close or open an account; a closed one's sessions end. False if there is no such account."""
        found = self.user(tx, login)
        if found is None:
            return False
        tx.execute(update(user).where(user.c.id == found.id).values(active=int(active), changed_at_ms=now_ms))
        self.end_all(tx, found.id)
        self._audit.note(tx, Entry(by, "user.open" if active else "user.close", login), now_ms)
        return True

    def user(self, tx: Connection, login: str) -> User | None:
        """The account of a name."""
        row = tx.execute(select(user).where(user.c.login == login)).first()
        if row is None:
            return None
        return _user(row)

    def users(self, tx: Connection) -> list[User]:
        """All accounts, by name."""
        rows = tx.execute(select(user).order_by(user.c.login))
        return [_user(row) for row in rows]

    def log_in(
        self, database: Database, login: str, password: str, now_ms: int, where: str = ""
    ) -> Session | AccountFault:
        """A fresh session. The failed try is committed before the hash is computed, and taken back on success."""
        with database.writing() as tx:
            row = tx.execute(select(user).where(user.c.login == login)).first()
            if row is not None and row.not_before_ms > now_ms:
                return AccountFault.WAIT
            if row is not None:
                failures = row.failures + 1
                values = {"failures": failures, "not_before_ms": now_ms + _wait_ms(failures)}
                tx.execute(update(user).where(user.c.id == row.id).values(values))
        if not self._two_at_a_time.acquire(blocking=False):
            self._take_back(database, login, row.failures if row is not None else 0)
            return AccountFault.BUSY
        try:
            right = self._verify(row.password_hash if row is not None else self._dummy(), password)
        finally:
            self._two_at_a_time.release()
        if row is None or not right or not row.active:
            with database.writing() as tx:
                self._audit.note(
                    tx, Entry("", "login", login if row is not None else "", refused=True, where=where), now_ms
                )
            return AccountFault.WRONG
        self._take_back(database, login, 0)
        with database.writing() as tx:
            self._audit.note(tx, Entry(row.id, "login", row.id, where=where), now_ms)
            return self._begin(tx, _user(row), now_ms)

    def prove(self, database: Database, held: Session, password: str, now_ms: int) -> Session | AccountFault:
        """The password again: the same session under a new id, proven now. Wrong ones count as at log-in."""
        fresh = self.log_in(database, held.user.login, password, now_ms)
        if isinstance(fresh, AccountFault):
            return fresh
        with database.writing() as tx:
            self.log_out(tx, held.secret)
            # Forms that stand open in other tabs stay good: the token goes over to the new id.
            tx.execute(update(session).where(session.c.id_hash == _hash(fresh.secret)).values(csrf=held.csrf))
        return replace(fresh, csrf=held.csrf)

    def session(self, tx: Connection, secret: str, now_ms: int) -> Session | None:
        """The session of a cookie, if it is still alive; it counts as used now (a write)."""
        found = self._alive(tx, secret, now_ms)
        if found is None:
            self.log_out(tx, secret)
            return None
        held, seen_at_ms = found
        if now_ms - seen_at_ms > _SEEN_STEP_MS:
            tx.execute(update(session).where(session.c.id_hash == _hash(secret)).values(seen_at_ms=now_ms))
        return held

    def visiting(self, database: Database, secret: str, now_ms: int) -> Session | None:
        """As `session`, with its own transaction: one that writes only where there is something to write.

        What `flash` told is told once: it is taken from the session here.
        """
        with database.reading() as tx:
            found = self._alive(tx, secret, now_ms)
        if found is None:
            return None
        held, seen_at_ms = found
        if now_ms - seen_at_ms > _SEEN_STEP_MS or held.flash is not None:
            with database.writing() as tx:
                mine = session.c.id_hash == _hash(secret)
                tx.execute(update(session).where(mine).values(seen_at_ms=now_ms, flash=None))
        return held

    def looking(self, tx: Connection, secret: str, now_ms: int) -> Session | None:
        """As `session` for a page that looks by itself, again and again: it does not keep the session alive."""
        found = self._alive(tx, secret, now_ms)
        return None if found is None else found[0]

    def tell_next(self, tx: Connection, held: Session, flash: str) -> None:
        """Leave a message (JSON) for the next page of this session."""
        tx.execute(update(session).where(session.c.id_hash == _hash(held.secret)).values(flash=flash))

    def change(
        self, tx: Connection, login: str, now_ms: int, *, by: str, role: Role, committee: str | None = None,
        operator: str | None = None, reach: Sequence[str] = (),
    ) -> User | AccountFault:  # fmt: skip
        """Another role or reach; ends all the account's sessions (trust.md 4)."""
        found = self.user(tx, login)
        if found is None:
            return AccountFault.NO_USER
        if role is Role.COMMITTEE and committee is None:
            return AccountFault.NO_COMMITTEE
        values = {"role": role.value, "committee_id": committee, "operator_id": operator}
        reaching = {"reach": json.dumps(list(reach)), "changed_at_ms": now_ms}
        tx.execute(update(user).where(user.c.id == found.id).values({**values, **reaching}))
        self.end_all(tx, found.id)
        self._audit.note(tx, Entry(by, "role.grant", login, why=role.value), now_ms)
        return replace(found, role=role, committee=committee, operator=operator, reach=tuple(reach))

    def _alive(self, tx: Connection, secret: str, now_ms: int) -> tuple[Session, int] | None:
        c = session.c
        row = tx.execute(
            select(session, user)
            .join_from(session, user, c.user_id == user.c.id)
            .where(c.id_hash == _hash(secret), user.c.active == 1)
        ).first()
        if row is None or now_ms - row.seen_at_ms > IDLE_MS or now_ms - row.made_at_ms > LIFE_MS:
            return None
        return Session(secret, row.csrf, _user(row), row.proved_at_ms, row.flash), row.seen_at_ms

    def log_out(self, tx: Connection, secret: str) -> None:
        """End a session."""
        tx.execute(delete(session).where(session.c.id_hash == _hash(secret)))

    def end_all(self, tx: Connection, user_id: str) -> None:
        """End all sessions of an account: log-out everywhere, password or role changed."""
        tx.execute(delete(session).where(session.c.user_id == user_id))

    def _begin(self, tx: Connection, who: User, now_ms: int) -> Session:
        secret, csrf = self._ids.random(_SECRET).hex(), self._ids.random(_SECRET).hex()
        tx.execute(delete(session).where(session.c.made_at_ms < now_ms - LIFE_MS))
        tx.execute(
            insert(session).values(
                id_hash=_hash(secret), user_id=who.id, csrf=csrf, made_at_ms=now_ms, seen_at_ms=now_ms,
                proved_at_ms=now_ms,
            )
        )  # fmt: skip
        return Session(secret, csrf, who, now_ms)

    def _take_back(self, database: Database, login: str, failures: int) -> None:
        with database.writing() as tx:
            tx.execute(update(user).where(user.c.login == login).values(failures=failures, not_before_ms=0))

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    def _dummy(self) -> str:
        """A hash that nobody's password has, at the same cost: unknown accounts take as long as known ones."""
        if not self._nobody:
            self._nobody = self._hasher.hash(self._ids.random(_SECRET))
        return self._nobody


_SEEN_STEP_MS = 15_000


def _user(row: Row[Any]) -> User:
    """The account of a row of `user`, alone or beside its session."""
    reach = tuple(json.loads(row.reach))
    return User(row.id, row.login, row.name, Role(row.role), row.committee_id, bool(row.active), row.operator_id, reach)


def password_fault(password: str, login: str) -> AccountFault | None:
    """Why a password is not taken."""
    if len(password) not in PASSWORD:
        return AccountFault.PASSWORD_LENGTH
    if password.casefold() in _COMMON:
        return AccountFault.PASSWORD_COMMON
    return AccountFault.PASSWORD_IS_NAME if password.casefold() == login.casefold() else None


# Of those that people choose most, the ones that are long enough to be asked about here.
_COMMON = frozenset(
    (
        *("123456789012", "1234567890123", "12345678901234", "123456123456", "123123123123", "111111111111"),
        *("000000000000", "888888888888", "666666666666", "password1234", "password12345", "passwordpassword"),
        *("qwertyuiop12", "qwertyuiop123", "qwertyuiopasdf", "qwerty123456", "1q2w3e4r5t6y", "1qaz2wsx3edc"),
        *("zaq12wsxcde3", "woaini123456", "woaini1314520", "wodemima1234", "5201314520131", "iloveyou1234"),
        *("administrator", "admin1234567", "admin123456789", "abcdefghijkl", "abcd12345678", "abc123456789"),
        *("letmein12345", "welcome12345", "gatehouse1234", "menggang1234", "shanghai1234", "shanghai2020"),
    )
)


def _wait_ms(failures: int) -> int:
    if failures < _FREE_TRIES:
        return 0
    return min(_FIRST_WAIT_MS << min(failures - _FREE_TRIES, 16), _LONGEST_WAIT_MS)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode()
