# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Whom a simulation's gates see: streets of 71 gates by seed, a card for every resident, arrivals by the morning."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from kiosk.domain.codes import Category, PassColour, PassKind, PassState
from kiosk.domain.identity import CommitteeId, CompoundId, GateId, PassId, PersonId
from kiosk.domain.instants import DAY_MS
from kiosk.domain.passes import NEVER_IN_PASS, WITH_HOUSEHOLD, EntryPass, printed, serial_of, sign_pass
from kiosk.domain.register import Compound, Gate, PassRow, Person
from kiosk.domain.trust.bundle import KeyKind
from sync.office.keys import KeyFolder
from sync.office.store.register import RegisterRow
from sync.street.as_register import register_rows
from sync.street.morning import Arrival, morning
from sync.street.people import Street, street
from sync.street.simulate_plan import Plan

STREET_GATES = 71
_SHARE = 60 / 71
"""Compounds per gate, as in the street."""
_VALID_MS = 30 * DAY_MS
_HUNDRED = 100
_CARDS = 9


@dataclass(frozen=True, slots=True)
class Card:
    """一张出入证: what its code holds."""

    pass_id: PassId
    text: bytes
    compound: CompoundId


@dataclass(slots=True)
class District:
    """模拟的街道: all rows of the register, and the cards by person."""

    plan: Plan
    compounds: list[Compound] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    rows: list[RegisterRow] = field(default_factory=list)
    cards: dict[PersonId, Card] = field(default_factory=dict)
    _homes: dict[GateId, tuple[Street, GateId]] = field(default_factory=dict)

    def arrivals(self, gate: GateId, day: int) -> list[Arrival]:
        """Who comes to this gate in the played hours of that day, by time; a large compound has more of them."""
        home, local = self._homes[gate]
        compound = next(row.compound_id for row in home.gates if row.id == local)
        doors = sum(row.compound_id == compound for row in home.gates)
        people = sum(person.compound_id == compound for person in home.persons) / doors
        count = round(self.plan.crossings * people / max(1, self.plan.residents))
        begins = self.plan.begins_s
        coming = morning(home, local, self.plan.seed * 1_000 + day, count)
        return [one for one in coming if begins <= one.at_s < begins + self.plan.length_ms // 1_000]

    def sign(self, keys: KeyFolder, now_ms: int) -> None:
        """A card for every resident, signed by the newest issuing key; its row joins `rows`."""
        issuer = keys.private(keys.newest(KeyKind.ISSUER))
        sites = {compound.id: compound.site for compound in self.compounds}
        issued = now_ms - DAY_MS
        for person in [row for row in self.rows if isinstance(row, Person)]:
            claims = _claims(person, sites[person.compound], issued)
            text = sign_pass(claims, issuer.kid, issuer.sign).encode()
            self.cards[person.id] = Card(claims.pass_id, text, person.compound)
            self.rows.append(_row(person, claims, issued))


def district(plan: Plan) -> District:
    """The places and people of a plan; cards are signed later, once there are keys."""
    out = District(plan)
    left = plan.gates
    for number in range(-(-plan.gates // STREET_GATES)):
        gates = min(left, STREET_GATES)
        left -= gates
        compounds = max(1, min(60, round(gates * _SHARE)))
        made = street(
            plan.seed * 1_000 + number, residents=plan.residents * gates, compounds=compounds, gates=gates,
            committees=min(20, compounds),
        )  # fmt: skip
        _add(out, made, number * _HUNDRED)
    return out


def _add(out: District, made: Street, offset: int) -> None:
    """One more street, its places numbered on from `offset`, all under one committee."""
    names = {row.id: CompoundId(f"C{offset + row.site:02d}") for row in made.compounds}
    committee = CommitteeId(f"J{offset // _HUNDRED + 1:02d}")
    for row in register_rows(made):
        match row:
            case Compound():
                out.compounds.append(replace(row, id=names[row.id], site=offset + row.site, committee=committee))
            case Gate():
                gate = replace(row, id=GateId(f"G{offset + int(row.id[1:]):02d}"), compound=names[row.compound])
                out._homes[gate.id] = (made, row.id)  # noqa: SLF001 - its own builder
                out.gates.append(gate)
            case _:
                out.rows.append(replace(row, compound=names[row.compound]))


def _claims(person: Person, site: int, issued_ms: int) -> EntryPass:
    written = Category.LOCAL if person.category in NEVER_IN_PASS else person.category
    household = written in WITH_HOUSEHOLD
    made = sha256(f"card/{person.id}".encode()).digest()
    return EntryPass(
        made[:8], site, written, issued_ms // 1000, (issued_ms + _VALID_MS) // 1000,
        hh=sha256(str(person.dwelling or person.id).encode()).digest()[:4] if household else None,
        card=1 + made[8] % _CARDS if household else None,
    )  # fmt: skip


def _row(person: Person, claims: EntryPass, issued_ms: int) -> PassRow:
    return PassRow(
        claims.pass_id, person.compound, PassKind.RESIDENT, person.category, PassState.ACTIVE, claims.nbf * 1000,
        issued_ms + _VALID_MS, issued_ms, issued_ms, person=person.id, dwelling=person.dwelling,
        colour=PassColour.GREEN, serial=printed(serial_of(claims.cti)),
    )  # fmt: skip
