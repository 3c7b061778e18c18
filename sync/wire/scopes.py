# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a gate pulls, by name (sync-and-store.md 6): `roster:C01`, `revocations`, `config:G01`, ..."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.identity import CompoundId, GateId


class ScopeKind(StrEnum):
    """下载范围: the kinds of scope."""

    ROSTER = "roster"
    REVOCATIONS = "revocations"
    CONFIG = "config"
    SIGHTINGS = "sightings"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class Scope:
    """下载范围: kind, and the compound or gate it belongs to ("" for the street's)."""

    kind: ScopeKind
    of: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.of}" if self.of else self.kind.value


def parse_scope(text: str) -> Scope | None:
    """The scope of a name, or None if there is no such scope."""
    kind, _, of = text.partition(":")
    if kind not in ScopeKind.__members__.values() or (kind == ScopeKind.REVOCATIONS) != (of == ""):
        return None
    return Scope(ScopeKind(kind), of)


def roster(compound: CompoundId) -> str:
    """Persons, passes, isolations, permits, dwellings, operators and road leaders of a compound."""
    return str(Scope(ScopeKind.ROSTER, compound))


def revocations() -> str:
    """The street's signed revocation list."""
    return ScopeKind.REVOCATIONS.value


def config(gate: GateId) -> str:
    """Policy, hours, key bundle, device list, sister gates of a gate."""
    return str(Scope(ScopeKind.CONFIG, gate))


def sightings(compound: CompoundId) -> str:
    """Passages at the other gates of a compound."""
    return str(Scope(ScopeKind.SIGHTINGS, compound))


def work(gate: GateId) -> str:
    """Work items, flags, approvals and pass texts to print at a gate."""
    return str(Scope(ScopeKind.WORK, gate))


def gate_scopes(gate: GateId, compound: CompoundId) -> tuple[str, ...]:
    """Everything that a gate pulls."""
    return (roster(compound), revocations(), config(gate), sightings(compound), work(gate))
