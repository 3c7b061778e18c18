# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Whose data an account reaches: the scope of a grant made to gates and compounds (trust.md 3).

`kiosk.domain.permissions` says what a role may do and in which scope; here the scope of one account becomes the gates,
compounds and committees that stand in the register. What lies outside is not there: 404.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.domain import permissions
from kiosk.domain.identity import CompoundId, GateId
from kiosk.domain.permissions import Grant
from kiosk.domain.register import Compound, Gate, Operator
from sync.office.service.accounts import Role, User
from sync.office.service.book import RegisterBook


def grant_of(who: User, action: str) -> Grant | None:
    """The grant of an account's role for an action of trust.md 3; None: denied."""
    return permissions.grant(permissions.Role(who.role.value), action)


@dataclass(frozen=True, slots=True)
class Reach:
    """管辖范围: what an account sees, in the register's order; `buildings` "C01/3" of a building leader, else empty."""

    gates: tuple[Gate, ...]
    compounds: tuple[Compound, ...]
    everything: bool = False
    buildings: frozenset[str] = frozenset()

    @property
    def gate_ids(self) -> tuple[str, ...]:
        """Ids of the gates."""
        return tuple(gate.id for gate in self.gates)

    @property
    def compound_ids(self) -> tuple[str, ...]:
        """Ids of the compounds."""
        return tuple(compound.id for compound in self.compounds)

    @property
    def committee_ids(self) -> tuple[str, ...]:
        """Ids of the committees that answer for these compounds, each once."""
        return tuple(dict.fromkeys(compound.committee for compound in self.compounds))

    @property
    def gate_names(self) -> dict[str, str]:
        """Gate id -> compound and gate, as a person names it: 甘泉一村 1号门."""
        compounds = {compound.id: compound.name for compound in self.compounds}
        return {gate.id: f"{compounds.get(gate.compound, '')} {gate.name}".strip() for gate in self.gates}

    def gate_name(self, gate_id: str) -> str:
        """One of them; the id of a gate that is out of reach."""
        return self.gate_names.get(gate_id, gate_id)

    def gate(self, gate_id: str | None) -> Gate | None:
        """A gate within reach, or None: it is not there."""
        return next((gate for gate in self.gates if gate.id == gate_id), None)

    def compound(self, compound_id: str | None) -> Compound | None:
        """A compound within reach, or None: it is not there."""
        return next((compound for compound in self.compounds if compound.id == compound_id), None)

    def building(self, compound_id: str, building: str) -> bool:
        """Whether a building is within reach: all of a compound's, but for a building leader."""
        if self.compound(compound_id) is None:
            return False
        return not self.buildings or f"{compound_id}/{building}" in self.buildings


def reach_of(tx: Connection, book: RegisterBook, who: User) -> Reach:
    """What an account reaches now; three queries at most, whatever the street's size."""
    gates, compounds = book.gates(tx), book.register.all(tx, Compound)
    mine: set[CompoundId] = set()
    named: set[GateId] = set()
    match who.role:
        case Role.STREET:
            return Reach(tuple(gates), tuple(compounds), everything=True)
        case Role.COMMITTEE | Role.HEALTH:
            served = {who.committee} if who.role is Role.COMMITTEE else set(who.reach)
            mine = {compound.id for compound in compounds if compound.committee in served}
            named = {gate.id for gate in gates if gate.compound in mine}
        case Role.GATE_LEADER:
            card = book.register.get(tx, Operator, who.operator) if who.operator is not None else None
            named = {GateId(gate) for gate in (card.gates if card is not None else who.reach)}
            mine = {gate.compound for gate in gates if gate.id in named}
        case Role.BUILDING_LEADER:
            mine = {compound.id for compound in compounds if any(r.startswith(f"{compound.id}/") for r in who.reach)}
    return Reach(
        tuple(gate for gate in gates if gate.id in named),
        tuple(compound for compound in compounds if compound.id in mine),
        buildings=frozenset(who.reach) if who.role is Role.BUILDING_LEADER else frozenset(),
    )
