# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Putting rows of the register, and telling the gates that need them (sync-and-store.md 6: who gets which scope)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from kiosk.domain.identity import CompoundId, GateId
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
)
from sync.office.store.changes import DELETE, Changed, ChangeLog
from sync.office.store.prepared import Prepared, given
from sync.office.store.register import Committee, Register, RegisterRow, key_of
from sync.office.store.tables import gate as gate_table
from sync.office.store.tables import signed_list
from sync.wire import scopes
from sync.wire.messages import SIGNED_LIST

_OF_COMPOUND = (Person, Dwelling, PassRow)
_gates_of = Prepared(select(gate_table.c.id).where(gate_table.c.compound_id == given("compound")).limit(2))


class RegisterBook:
    """登记簿: every change of a row goes through here, so that its scope's revision moves in the same transaction."""

    def __init__(self, register: Register, changes: ChangeLog) -> None:
        """Take the rows and the change log."""
        self.register = register
        self._changes = changes

    def put(
        self, tx: Connection, rows: Sequence[RegisterRow], now_ms: int, filed: Mapping[str, str] | None = None
    ) -> None:
        """Write rows and log them for their gates; gates get all that their configuration needs.

        `filed`: person id -> compound, for isolations and permits of persons who are not on the register.
        """
        # A person's own row first: isolations and permits are filed under the person's compound.
        rows = sorted(rows, key=lambda row: not isinstance(row, Compound | Gate | Person))
        self._moved(tx, rows, now_ms)
        compounds: dict[str, str] = {row.id: str(row.compound) for row in rows if isinstance(row, Person)}
        owned = [row.person for row in rows if isinstance(row, Isolation | Permit) and row.person not in compounds]
        compounds = {**(filed or {}), **compounds, **self.register.compounds_of(tx, owned)}
        self.register.put(tx, rows, now_ms, compounds)
        told: dict[str, list[Changed]] = defaultdict(list)
        for row in rows:
            changed = Changed(row.ENTITY, key_of(row))
            for scope in self._scopes(tx, row, compounds):
                told[scope].append(changed)
            if isinstance(row, Gate):
                told[scopes.config(row.id)].extend(self._configuration(tx, row))
        for scope, changes in told.items():
            self._changes.put(tx, scope, changes, now_ms)

    def drop(self, tx: Connection, kind: type[RegisterRow], key: str, now_ms: int) -> bool:
        """Delete a row and leave a tombstone; False if it was not there."""
        row = self.register.get(tx, kind, key)
        if row is None:
            return False
        compounds: dict[str, str] = {}
        if isinstance(row, Isolation | Permit):
            compounds = self.register.compounds_of(tx, [row.person])
        for scope in self._scopes(tx, row, compounds):
            self._changes.put(tx, scope, [Changed(row.ENTITY, key, DELETE)], now_ms)
        self.register.drop(tx, kind, key)
        return True

    def gates(self, tx: Connection, compound: str | None = None) -> list[Gate]:
        """Gates of a compound or the street, in the order in which they were put: the order of the bits in a pass."""
        return self.register.all(tx, Gate) if compound is None else self.register.all(tx, Gate, compound_id=compound)

    def has_sisters(self, tx: Connection, compound: str) -> bool:
        """Whether a compound has more gates than one: elsewhere a gate's own log is the whole truth."""
        return len(_gates_of(tx, compound=compound)) > 1

    def _moved(self, tx: Connection, rows: Sequence[RegisterRow], now_ms: int) -> None:
        """Who moved to another compound leaves the old one's list; so does a leader who no longer answers for it."""
        for row in rows:
            if isinstance(row, Operator | RoadLeader):
                before = self.register.get(tx, type(row), row.id)
                left = set() if before is None else set(self._scopes(tx, before, {})) - set(self._scopes(tx, row, {}))
                for scope in sorted(left):
                    self._changes.put(tx, scope, [Changed(row.ENTITY, row.id, DELETE)], now_ms)
        for kind in _OF_COMPOUND:
            mine = {key_of(row): str(row.compound) for row in rows if isinstance(row, kind)}
            if not mine:
                continue
            for key, old in self.register.filed(tx, kind, list(mine)).items():
                if old != mine[key]:
                    gone = Changed(kind.ENTITY, key, DELETE)
                    self._changes.put(tx, scopes.roster(CompoundId(old)), [gone], now_ms)

    def _scopes(self, tx: Connection, row: RegisterRow, compounds: dict[str, str]) -> list[str]:
        match row:
            case Person() | Dwelling() | PassRow():
                return [scopes.roster(row.compound)]
            case Isolation() | Permit():
                compound = compounds.get(row.person)
                return [] if not compound else [scopes.roster(CompoundId(compound))]
            case Operator():
                mine = {gate.compound for gate in self.gates(tx) if gate.id in row.gates}
                return [scopes.roster(compound) for compound in sorted(mine)]
            case RoadLeader():
                return [scopes.roster(compound) for compound in sorted(row.compounds)]
            case Gate():
                return [scopes.config(gate.id) for gate in self.gates(tx, row.compound)]
            case Compound():
                return [scopes.config(gate.id) for gate in self.gates(tx, row.id)]
            case PolicyRow():
                return [scopes.config(gate.id) for gate in self.gates(tx, row.compound)]
            case Committee():
                return []

    def _configuration(self, tx: Connection, gate: Gate) -> list[Changed]:
        """All that a gate's configuration holds."""
        rows: list[RegisterRow] = [*self.gates(tx, gate.compound)]
        compound = self.register.get(tx, Compound, gate.compound)
        rows += [] if compound is None else [compound]
        rows += [p for p in self.register.all(tx, PolicyRow) if p.compound in (None, gate.compound)]
        lists = tx.execute(select(signed_list.c.name).where(signed_list.c.name != "revocations")).scalars()
        return [Changed(row.ENTITY, key_of(row)) for row in rows] + [Changed(SIGNED_LIST, name) for name in lists]


def all_config_scopes(gates: Sequence[Gate]) -> list[str]:
    """The configuration scope of every gate."""
    return [scopes.config(GateId(gate.id)) for gate in gates]
