# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The register at rest: which fields of a row may stand open, which are sealed (trust.md 2), how it is read back.

What names a person, or says something of their health, is sealed; ids, kinds and times stand open.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Connection, Select, Table, delete, func, or_, select

from kiosk.domain.codec import from_json, to_json
from kiosk.domain.identity import CommitteeId, PersonId
from kiosk.domain.register import (
    Compound,
    Dwelling,
    Gate,
    Isolation,
    Operator,
    PassRow,
    Permit,
    Person,
    PolicyRow,
    RoadLeader,
    row_key,
)
from sync.office.store import tables
from sync.office.store.upsert import put
from sync.office.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Committee:
    """居委会: answers for compounds; stays at the office (gates know its phones by the compound).

    `health_centre`, `health_phone`: the community health service centre that serves it, called for a fever.
    """

    ENTITY: ClassVar[str] = "committee"
    id: CommitteeId
    name: str
    phone: str = ""
    health_centre: str = ""
    health_phone: str = ""


RegisterRow = (
    Person | Dwelling | PassRow | Isolation | Permit | Operator | RoadLeader | PolicyRow | Gate | Compound | Committee
)
"""登记行: a row of the office's register."""

R = TypeVar("R", bound=RegisterRow)


@dataclass(frozen=True, slots=True)
class _Form:
    """How an entity is stored: `open_fields` None: all of them; `column` names of index columns and their fields."""

    table: Table
    open_fields: frozenset[str] | None
    columns: tuple[tuple[str, str], ...] = ()


_COMPOUND = ("compound_id", "compound")
_PERSON = ("person_id", "person")
_FORMS: dict[Any, _Form] = {
    Person: _Form(
        tables.person,
        frozenset({"id", "category", "compound", "dwelling", "registered_at_ms", "stock"}),
        (_COMPOUND, ("dwelling_id", "dwelling"), ("registered_ms", "registered_at_ms")),
    ),
    Dwelling: _Form(tables.dwelling, frozenset({"id", "compound", "vacant", "last_verified"}), (_COMPOUND,)),
    PassRow: _Form(
        tables.pass_,
        None,
        (
            _COMPOUND,
            _PERSON,
            ("issued_ms", "issued_at_ms"),
            ("stated_ms", "changed_at_ms"),
            ("ends_ms", "valid_to_ms"),
        ),
    ),
    Isolation: _Form(tables.isolation, frozenset({"id", "person", "changed_at_ms"}), (_PERSON,)),
    Permit: _Form(tables.permit, frozenset({"id", "person", "changed_at_ms"}), (_PERSON,)),
    Operator: _Form(tables.operator, frozenset({"id", "role", "gates", "deputy"})),
    RoadLeader: _Form(tables.road_leader, frozenset({"id", "compounds"})),
    PolicyRow: _Form(tables.policy, None),
    Gate: _Form(tables.gate, None, (_COMPOUND,)),
    Compound: _Form(tables.compound, None, (("committee_id", "committee"),)),
    Committee: _Form(tables.committee, None),
}
_BY_ENTITY: dict[str, type[RegisterRow]] = {str(cls.ENTITY): cls for cls in _FORMS}


def key_of(row: RegisterRow) -> str:
    """The row's identity within its entity."""
    return row.id if isinstance(row, Committee) else row_key(row)


@dataclass(frozen=True, slots=True)
class Stored:
    """存下的行: a row with the compound it is filed under."""

    row: RegisterRow
    compound: str


class Register:
    """名册: rows by entity and key, sealed at rest."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault that opens the sealed parts."""
        self._vault = vault

    def put(self, tx: Connection, rows: Sequence[RegisterRow], at_ms: int, compounds: dict[str, str]) -> None:
        """Write rows; `compounds` person id -> compound, for rows that belong to a person and do not name it."""
        by_kind: dict[type[RegisterRow], list[dict[str, Any]]] = {}
        for row in rows:
            by_kind.setdefault(type(row), []).append(self._values(row, at_ms, compounds))
        for kind, values in by_kind.items():
            table = _FORMS[kind].table
            known = int(tx.execute(select(func.coalesce(func.max(table.c.ordinal), 0))).scalar_one())
            for number, value in enumerate(values, known + 1):
                value["ordinal"] = number
            put(tx, table, values, keep=("ordinal",))

    def drop(self, tx: Connection, kind: type[RegisterRow], key: str) -> None:
        """Delete a row."""
        table = _FORMS[kind].table
        tx.execute(delete(table).where(table.c.id == key))

    def get(self, tx: Connection, kind: type[R], key: str) -> R | None:
        """One row, or None."""
        table = _FORMS[kind].table
        row = tx.execute(select(table.c.id, table.c.doc, table.c.sealed).where(table.c.id == key)).first()
        return None if row is None else self._read(kind, row.id, row.doc, row.sealed)

    def many(self, tx: Connection, entity: str, keys: Sequence[str]) -> dict[str, RegisterRow]:
        """Rows of an entity by key; those that are gone are left out."""
        kind = _BY_ENTITY[entity]
        table = _FORMS[kind].table
        out: dict[str, RegisterRow] = {}
        for start in range(0, len(keys), 500):
            part = list(keys[start : start + 500])
            found = tx.execute(select(table.c.id, table.c.doc, table.c.sealed).where(table.c.id.in_(part)))
            out.update((row.id, self._read(kind, row.id, row.doc, row.sealed)) for row in found)
        return out

    def all(self, tx: Connection, kind: type[R], **where: str) -> list[R]:
        """All rows of an entity in the order in which they were first put; `where` by index column."""
        table = _FORMS[kind].table
        query = select(table.c.id, table.c.doc, table.c.sealed).order_by(table.c.ordinal)
        for column, value in where.items():
            query = query.where(table.c[column] == value)
        return self._found(tx, kind, query)

    def of_compounds(self, tx: Connection, kind: type[R], compounds: Sequence[str]) -> list[R]:
        """All rows of an entity that are filed under these compounds, in the order in which they were first put."""
        table = _FORMS[kind].table
        query = select(table.c.id, table.c.doc, table.c.sealed).where(table.c.compound_id.in_(list(compounds)))
        return self._found(tx, kind, query.order_by(table.c.ordinal))

    def stock(self, tx: Connection, compounds: Sequence[str], before_ms: int) -> int:
        """Persons of these compounds that were on the register before a time; nobody's name is opened for it."""
        c = tables.person.c
        there = or_(c.registered_ms.is_(None), c.registered_ms < before_ms)
        return int(tx.execute(select(func.count()).where(c.compound_id.in_(list(compounds)), there)).scalar_one())

    def registered(self, tx: Connection, compounds: Sequence[str], from_ms: int, to_ms: int) -> list[PersonId]:
        """Who of these compounds came on the register in a span of time."""
        c = tables.person.c
        within = (c.registered_ms >= from_ms, c.registered_ms < to_ms)
        return list(tx.execute(select(c.id).where(c.compound_id.in_(list(compounds)), *within)).scalars())

    def cards(self, tx: Connection, compounds: Sequence[str], from_ms: int, to_ms: int) -> list[PassRow]:
        """Passes of these compounds that were issued, or whose state was said, in a span of time."""
        c = tables.pass_.c
        within = or_(c.issued_ms.between(from_ms, to_ms - 1), c.stated_ms.between(from_ms, to_ms - 1))
        # The compound is looked at afterwards: the span alone leaves few rows of many.
        rows = tx.execute(select(c.id, c.compound_id, c.doc, c.sealed).where(within))
        wanted = frozenset(compounds)
        return [self._read(PassRow, row.id, row.doc, row.sealed) for row in rows if row.compound_id in wanted]

    def newest_cards(self, tx: Connection, compounds: Sequence[str], skip: int, limit: int) -> list[PassRow]:
        """Passes of these compounds, the newest first, a page of them."""
        c = tables.pass_.c
        query = select(c.id, c.doc, c.sealed).where(c.compound_id.in_(list(compounds)))
        return self._found(tx, PassRow, query.order_by(c.issued_ms.desc(), c.id).offset(skip).limit(limit))

    def ending_cards(self, tx: Connection, compounds: Sequence[str], from_ms: int, to_ms: int) -> list[PassRow]:
        """Passes of these compounds whose last day lies in a span of time, the first to end first."""
        c = tables.pass_.c
        query = select(c.id, c.doc, c.sealed).where(c.compound_id.in_(list(compounds)))
        ending = query.where(c.ends_ms > from_ms, c.ends_ms <= to_ms)
        return self._found(tx, PassRow, ending.order_by(c.ends_ms, c.id))

    def count(self, tx: Connection, kind: type[RegisterRow], **where: str) -> int:
        """How many rows of an entity."""
        table = _FORMS[kind].table
        query = select(func.count()).select_from(table)
        for column, value in where.items():
            query = query.where(table.c[column] == value)
        return int(tx.execute(query).scalar_one())

    def compounds_of(self, tx: Connection, persons: Iterable[str]) -> dict[str, str]:
        """Person id -> compound."""
        table = tables.person
        wanted = list(persons)
        out: dict[str, str] = {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            found = tx.execute(select(table.c.id, table.c.compound_id).where(table.c.id.in_(part)))
            out.update((row.id, row.compound_id) for row in found)
        return out

    def filed(self, tx: Connection, kind: type[RegisterRow], keys: Sequence[str]) -> dict[str, str]:
        """Key -> compound that the stored row is filed under ("" where the entity has none)."""
        table = _FORMS[kind].table
        if "compound_id" not in table.c:
            return {}
        out: dict[str, str] = {}
        for start in range(0, len(keys), 500):
            part = list(keys[start : start + 500])
            found = tx.execute(select(table.c.id, table.c.compound_id).where(table.c.id.in_(part)))
            out.update((row.id, row.compound_id) for row in found)
        return out

    def _found(self, tx: Connection, kind: type[R], query: Select[Any]) -> list[R]:
        return [self._read(kind, row.id, row.doc, row.sealed) for row in tx.execute(query)]

    def _values(self, row: RegisterRow, at_ms: int, compounds: dict[str, str]) -> dict[str, Any]:
        form = _FORMS[type(row)]
        key, doc = key_of(row), to_json(row)
        sealed = None
        if form.open_fields is not None:
            personal = {name: value for name, value in doc.items() if name not in form.open_fields}
            doc = {name: value for name, value in doc.items() if name in form.open_fields}
            sealed = self._vault.seal_json(form.table.name, key, personal)
        values: dict[str, Any] = {
            "id": key,
            "doc": json.dumps(doc, ensure_ascii=False, separators=(",", ":")),
            "sealed": sealed,
            "rev": 0,
            "changed_at_ms": at_ms,
        }
        for column, name in form.columns:
            values[column] = getattr(row, name)
        if isinstance(row, Isolation | Permit):
            values["compound_id"] = compounds.get(row.person, "")
        return values

    def _read(self, kind: type[R], key: str, doc: str, sealed: bytes | None) -> R:
        form = _FORMS[kind]
        value = json.loads(doc)
        if form.open_fields is not None:
            value |= self._vault.open_json(form.table.name, key, sealed) or _unreadable(kind)
        return from_json(kind, value)


def _unreadable(kind: type) -> dict[str, Any]:
    """What stands for a sealed part that does not open: the row shows as unreadable, and nothing good is made of it."""
    mark = "不可读"
    stand_ins: dict[type, dict[str, Any]] = {
        Person: {"name": mark},
        Dwelling: {"building": mark, "unit": "", "room": mark},
        Isolation: {"state": "PENDING", "d0": "9999-12-31"},
        Permit: {"reason": mark, "from_ms": 0, "to_ms": 0},
        Operator: {"name": mark, "source": "STREET"},
        RoadLeader: {"name": mark},
    }
    return stand_ins.get(kind, {})
