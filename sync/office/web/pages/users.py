# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/users` 账户: who has which role and reach; new accounts, roles and passwords by two persons (trust.md 3, 4).

Closing an account takes rights away and needs one person: it must not wait. A PIN is made here, shown once, and kept
as a hash on the card of whom it belongs to.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from kiosk.domain.identity import OperatorId
from kiosk.domain.register import Operator
from sync.office.argon import floor_hasher
from sync.office.service.accounts import AccountFault, Role, User, password_fault
from sync.office.service.approvals import Approval
from sync.office.store.register import Committee
from sync.office.web.answers import NOT_FOUND, Answer, Done, Refused, Shown
from sync.office.web.fields import FormReader
from sync.office.web.listing import Column, Kind, Listing, Row
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Deed, House, Visit

_GRANT = "role.grant"
_LOGIN = 32
_PIN = 6
_OTHERS = 8
"""At most so many hashes are compared: a gate has a leader and a few deputies."""
_COLUMNS = (
    Column("login", "office.users.login"),
    Column("name", "office.users.name"),
    Column("role", "office.users.role", Kind.CODE, "office.role"),
    Column("reach", "office.users.reach"),
    Column("state", "office.users.state", Kind.MARK, "office.users.states"),
)
_CARDS = (
    Column("name", "office.users.name"),
    Column("role", "office.users.role", Kind.CODE, "office.role"),
    Column("phone", "office.users.phone"),
    Column("gates", "office.users.gates"),
    Column("pin", "office.users.pin", Kind.MARK, "office.users.pins"),
)


def show(visit: Visit) -> Answer:
    """All accounts, a form for a new one, and the cards of leaders and volunteers."""
    return Shown("users.html", _values(visit))


def _values(visit: Visit) -> dict[str, Any]:
    users = visit.office.accounts.users(visit.tx)
    committees = visit.office.book.register.all(visit.tx, Committee)
    cards = visit.office.book.register.all(visit.tx, Operator)
    names = {str(one.id): one.name for one in committees} | {str(one.id): one.name for one in cards}
    rows = [_row(user, names) for user in users]
    gates = visit.reach.gate_names
    return {
        "list": Listing(_COLUMNS, rows, "office.users.empty", total=len(rows)),
        "cards": Listing(_CARDS, [_card(card, gates) for card in cards], "office.users.no_cards"),
        "roles": [(role.value, visit.t(f"office.role.{role.value}")) for role in Role],
        "committees": [(str(one.id), one.name) for one in committees],
        "leaders": [(str(card.id), card.name) for card in cards if card.role == "L"], "pin": None,
    }  # fmt: skip


def _row(user: User, names: Mapping[str, str]) -> Row:
    reach = [user.committee, user.operator, *user.reach]
    told = ", ".join(names.get(one, one) for one in reach if one)
    state = "OPEN" if user.active else "CLOSED"
    cells = {"login": user.login, "name": user.name, "role": user.role.value, "reach": told, "state": state}
    return Row(dict(cells), f"/users/{user.id}", "" if user.active else "dim")


def _card(card: Operator, gates: Mapping[str, str]) -> Row:
    held = ", ".join(gates.get(gate, gate) for gate in card.gates[:4]) + (" …" if len(card.gates) > 4 else "")  # noqa: PLR2004 - as many as a cell holds
    pin = "SET" if card.pin_hash else "NONE"
    cells = {"name": card.name, "role": card.role, "phone": card.phone, "gates": held, "pin": pin}
    return Row(dict(cells), f"/users/card/{card.id}")


def one(visit: Visit) -> Answer:
    """One account and what may be done with it."""
    user = _user(visit)
    if user is None:
        return NOT_FOUND
    return Shown("user.html", {**_values(visit), "user": user, "mine": user.id == visit.user.id})


def _user(visit: Visit) -> User | None:
    return next((one for one in visit.office.accounts.users(visit.tx) if one.id == visit.path["id"]), None)


def add(visit: Visit) -> Answer:
    """Ask for a new account."""
    read = FormReader(visit.form)
    login, name = read.text("login", _LOGIN), read.text("name")
    seat = _seat(visit, read)
    secret = visit.form.get("secret", "")
    fault = password_fault(secret, login)
    if fault is not None:
        read.faults["secret"] = f"office.users.faults.{fault.value}"
    elif secret != visit.form.get("secret2", ""):
        read.faults["secret2"] = "office.users.faults.DIFFERENT"
    if login and visit.office.accounts.user(visit.tx, login) is not None:
        read.faults["login"] = "office.users.faults.TAKEN"
    if read.faults:
        return Shown("users.html", _values(visit), read.faults)
    params = {"login": login, "name": name, "hash": visit.office.accounts.hashed(secret), **seat}
    return visit.ask_second(_GRANT, "user.add", params)


def change(visit: Visit) -> Answer:
    """Ask for another role or reach."""
    user = _user(visit)
    if user is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    seat = _seat(visit, read)
    if read.faults:
        values = {**_values(visit), "user": user, "mine": user.id == visit.user.id}
        return Shown("user.html", values, read.faults)
    return visit.ask_second(_GRANT, "user.change", {"login": user.login, **seat})


def password(visit: Visit) -> Answer:
    """Ask for another password."""
    user = _user(visit)
    if user is None:
        return NOT_FOUND
    secret = visit.form.get("secret", "")
    fault = password_fault(secret, user.login)
    faults = {"secret": f"office.users.faults.{fault.value}"} if fault is not None else {}
    if not faults and secret != visit.form.get("secret2", ""):
        faults = {"secret2": "office.users.faults.DIFFERENT"}
    if faults:
        values = {**_values(visit), "user": user, "mine": user.id == visit.user.id}
        return Shown("user.html", values, faults)
    params = {"login": user.login, "hash": visit.office.accounts.hashed(secret)}
    return visit.ask_second(_GRANT, "user.password", params)


def close(visit: Visit) -> Answer:
    """Close an account at once; all its sessions end."""
    user = _user(visit)
    if user is None or user.id == visit.user.id:
        return NOT_FOUND
    visit.office.accounts.set_active(visit.tx, user.login, visit.now_ms, by=visit.user.id, active=False)
    return Done("/users", "office.users.closed")


def reopen(visit: Visit) -> Answer:
    """Ask for a closed account to be opened."""
    user = _user(visit)
    return NOT_FOUND if user is None else visit.ask_second(_GRANT, "user.open", {"login": user.login})


def _seat(visit: Visit, read: FormReader) -> dict[str, Any]:
    """Role and reach of a form, as canonical parameters."""
    role = read.choice("role", [one.value for one in Role])
    committees = {str(one.id) for one in visit.office.book.register.all(visit.tx, Committee)}
    out: dict[str, Any] = {"role": role}
    if role == Role.COMMITTEE.value:
        out["committee"] = read.choice("committee", committees)
    elif role == Role.HEALTH.value:
        out["reach"] = [one for one in visit.form.get("reach", "").replace(",", " ").split() if one in committees]
    elif role == Role.BUILDING_LEADER.value:
        compounds = set(visit.reach.compound_ids)
        given = visit.form.get("reach", "").replace(",", " ").split()
        out["reach"] = [one for one in given if one.partition("/")[0] in compounds and one.partition("/")[2]]
    elif role == Role.GATE_LEADER.value:
        cards = {str(card.id) for card in visit.office.book.register.all(visit.tx, Operator) if card.role == "L"}
        out["operator"] = read.choice("operator", cards)
    if role in (Role.HEALTH.value, Role.BUILDING_LEADER.value) and not out["reach"]:
        read.faults["reach"] = "office.users.faults.REACH"
    return out


def pin(visit: Visit) -> Answer:
    """A fresh PIN for a card: shown once, kept as a hash, valid at the gates with their next contact."""
    card = visit.office.book.register.get(visit.tx, Operator, visit.path["id"])
    if card is None:
        return NOT_FOUND
    fresh = _fresh_pin(visit, card)
    renewed = replace(card, pin_hash=floor_hasher().hash(fresh))
    visit.office.book.put(visit.tx, [renewed], visit.now_ms)
    visit.note("operator.unlock", card.id, "pin")
    return Shown("pin.html", {"card": card, "pin": fresh})


def _fresh_pin(visit: Visit, card: Operator) -> str:
    """A PIN that no other leader of these gates has: the pad asks for no name (ADR 0016)."""
    digits = _PIN if card.role == "L" else 4
    others = [
        one.pin_hash
        for one in visit.office.book.register.all(visit.tx, Operator)
        if one.id != card.id and one.role == "L" and one.pin_hash and set(one.gates) & set(card.gates)
    ][:_OTHERS]
    while True:
        fresh = f"{int.from_bytes(visit.office.ids.random(8)) % 10**digits:0{digits}d}"
        if not any(_is(one, fresh) for one in others):
            return fresh


def _is(pin_hash: str, pin: str) -> bool:
    try:
        return floor_hasher().verify(pin_hash, pin)
    except (VerificationError, InvalidHashError):
        return False


def card_page(visit: Visit) -> Answer:
    """One card: its gates, and a fresh PIN."""
    card = visit.office.book.register.get(visit.tx, Operator, OperatorId(visit.path["id"]))
    if card is None:
        return NOT_FOUND
    named = visit.reach.gate_names
    gates = [named.get(gate, gate) for gate in card.gates]
    return Shown("pin.html", {"card": card, "pin": None, "gates": gates})


# ------------------------------------------------------------------------------------------------ what two persons do


def _told(text: str) -> Any:  # noqa: ANN401 - a function of the parameters
    return lambda params: (text, {"login": params["login"], "role": params.get("role", "")})


def _add(house: House, tx: Connection, approved: Approval) -> Done | Refused:
    params, now_ms = approved.params, house.office.clock.wall_ms()
    by = f"{approved.asked_by}+{approved.approved_by}"
    made = house.office.accounts.add_hashed(
        tx, params["login"], params["name"], Role(params["role"]), params["hash"], now_ms, by=by,
        committee=params.get("committee"),
    )  # fmt: skip
    return Refused(409) if isinstance(made, AccountFault) else _change(house, tx, approved)


def _change(house: House, tx: Connection, approved: Approval) -> Done | Refused:
    params = approved.params
    made = house.office.accounts.change(
        tx, params["login"], house.office.clock.wall_ms(), by=f"{approved.asked_by}+{approved.approved_by}",
        role=Role(params["role"]), committee=params.get("committee"), operator=params.get("operator"),
        reach=params.get("reach", ()),
    )  # fmt: skip
    return Refused(409) if isinstance(made, AccountFault) else Done("/users")


def _password(house: House, tx: Connection, approved: Approval) -> Done | Refused:
    params, by = approved.params, f"{approved.asked_by}+{approved.approved_by}"
    made = house.office.accounts.set_hashed(tx, params["login"], params["hash"], house.office.clock.wall_ms(), by=by)
    return Refused(409) if isinstance(made, AccountFault) else Done("/users")


def _open(house: House, tx: Connection, approved: Approval) -> Done | Refused:
    by = f"{approved.asked_by}+{approved.approved_by}"
    now_ms = house.office.clock.wall_ms()
    done = house.office.accounts.set_active(tx, approved.params["login"], now_ms, by=by, active=True)
    return Done("/users") if done else Refused(409)


PAGE = Page(
    "/users", "office.users.title", Group.ADMIN, _GRANT, show, posts={"add": Post(add, _GRANT)},
    deeds={
        "user.add": Deed(_add, _told("office.users.deed_add")),
        "user.change": Deed(_change, _told("office.users.deed_change")),
        "user.password": Deed(_password, _told("office.users.deed_password")),
        "user.open": Deed(_open, _told("office.users.deed_open")),
    },
)  # fmt: skip
CARD = Page(
    "/users/card/{id}", "office.users.title", Group.ADMIN, _GRANT, card_page,
    posts={"pin": Post(pin, "operator.unlock")}, stands_for="/users",
)  # fmt: skip
ONE = Page(
    "/users/{id}", "office.users.title", Group.ADMIN, _GRANT, one,
    posts={
        "change": Post(change, _GRANT), "secret": Post(password, _GRANT), "close": Post(close, _GRANT),
        "open": Post(reopen, _GRANT),
    },
    stands_for="/users",
)  # fmt: skip
