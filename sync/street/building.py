# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A street in one process: an office and its gates, with clocks that are set by hand (for replay).

All parts are the product's own: the office's services over SQLite, the signer with keys made for the run, one gate
application per gate with its own file, and the line's messages, signed and packed, handed over without sockets.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.adapters.clock import SettableClock
from kiosk.adapters.ids import SeededBytes, seeded_ids
from kiosk.domain.admission import RULE_IDS
from kiosk.domain.codes import (
    Category,
    PassState,
)
from kiosk.domain.identity import (
    CompoundId,
    DwellingId,
    GateId,
    PassId,
    PersonId,
)
from kiosk.domain.instants import DAY_MS, start_of
from kiosk.domain.passes import NEVER_IN_PASS, WITH_HOUSEHOLD, EntryPass, serial_of
from kiosk.domain.passes.base45 import decode as base45_decode
from kiosk.domain.passes.base45 import encode as base45_encode
from kiosk.domain.policy import in_force, parse_policy
from kiosk.domain.policy_text import renamed, with_parameter
from kiosk.domain.register import (
    Compound,
    Gate,
    PassRow,
    Person,
    PolicyRow,
)
from kiosk.domain.trust import RevocationKind
from sync.office.api.line import Line as OfficeSide
from sync.office.compose import Office
from sync.office.service.report import DailyReport, DailyReports
from sync.office.signer import Application, Signer, SignRefusal
from sync.office.store.register import RegisterRow
from sync.street.founding import StreetOffice, found_office
from sync.street.gate_rig import GateRig, enrolled_gate
from sync.street.scenario_network import ScenarioNetwork


@dataclass(frozen=True, slots=True)
class OfficeCounts:
    """What the office holds of one gate."""

    events: int
    duplicates: int
    passages: int


class Street:
    """The office, its gates, and the labels by which a scenario calls things."""

    def __init__(self, folder: Path, office_clock: SettableClock, seed: str) -> None:
        """Found the office; nothing is registered yet."""
        self.folder = folder
        self.clock = office_clock
        self.gates: dict[str, GateRig] = {}
        self.persons: dict[str, Person] = {}
        self.texts: dict[str, bytes] = {}
        self.pass_ids: dict[str, PassId] = {}
        self.ids = seeded_ids(office_clock, f"office/{seed}")
        self.street_office: StreetOffice
        self.signer: Signer
        self.office: Office
        self.side: OfficeSide
        self.reports: DailyReports
        self._steps = 0

    @property
    def now_ms(self) -> int:
        """The street's time: the office's."""
        return self.clock.wall_ms()

    def close(self) -> None:
        """Let go of all files."""
        for rig in self.gates.values():
            rig.store.close()
        self.office.close()

    # -- founding ------------------------------------------------------------------------------------------------

    def found(self, compounds: list[Compound], gates: list[Gate]) -> None:
        """Keys, bundle, database, and the compounds with their gates."""
        self.street_office = found_office(self.folder, self.clock, self.ids, compounds, gates)
        self.office, self.side, self.signer = (
            self.street_office.office,
            self.street_office.side,
            self.street_office.signer,
        )
        self.reports = DailyReports(self.office.book, self.office.passages, self.office.devices)

    def register(self, rows: Sequence[RegisterRow]) -> None:
        """Put rows on the office's register."""
        with self.office.database.writing() as tx:
            self.office.book.put(tx, rows, self.now_ms)

    def enrol(self, gate: GateId, policies: tuple[str, ...]) -> None:
        """A tablet at a gate, enrolled by a fresh code."""
        self.gates[gate] = enrolled_gate(
            self.street_office,
            gate,
            self.folder / gate,
            policies,
            lambda rig: ScenarioNetwork(self.street_office, rig),
            self.now_ms,
        )

    # -- labels --------------------------------------------------------------------------------------------------

    def person(self, label: str) -> PersonId:
        """The id behind a person's label."""
        return self.persons[label].id

    def pass_id(self, label: str) -> PassId:
        """The id behind a card's label."""
        return self.pass_ids[label]

    def pass_text(self, label: str) -> bytes:
        """What a card's code holds."""
        return self.texts[label]

    def pass_label(self, pass_id: PassId) -> str:
        """The label of a card."""
        return next((label for label, known in self.pass_ids.items() if known == pass_id), pass_id)

    def forged(self, label: str, byte: int) -> bytes | None:
        """A card's text with one byte of the decoded pass changed; None where the pass has no such byte."""
        data = bytearray(base45_decode(self.texts[label][4:]) or b"")
        if not -len(data) <= byte < len(data):
            return None
        data[byte] ^= 0x01
        return b"EP1:" + base45_encode(bytes(data)).encode()

    # -- time, network -------------------------------------------------------------------------------------------

    def advance(self, ms: int) -> None:
        """Time passes everywhere."""
        if ms < 0:
            msg = "time does not go back; a gate's clock may (clock)"
            raise ValueError(msg)
        self.clock.advance(ms)
        for rig in self.gates.values():
            rig.advance(ms)

    def set_online(self, gate: str | None, *, online: bool) -> None:
        """The way to the office is open or closed."""
        for rig in self._of(gate):
            rig.online = online
            rig.reached = rig.reached and online

    def sync(self, gate: str | None, fault: str | None = None) -> None:
        """Exchange until nothing is left; twice round, so that sister gates hear of each other."""
        rigs = list(self._of(gate))
        for rig in rigs:
            rig.exchange(fault)
        if fault is None:
            for rig in rigs:
                rig.exchange(None)

    def _of(self, gate: str | None) -> Iterator[GateRig]:
        yield from self.gates.values() if gate is None else (self.gates[gate],)

    # -- the office ----------------------------------------------------------------------------------------------

    def lost(self, label: str) -> None:
        """A card is reported lost at the office."""
        with self.office.database.writing() as tx:
            self.office.issue.lost(tx, self.pass_ids[label], self.now_ms, by="office", why="lost")

    def revoke(self, label: str) -> None:
        """A card is withdrawn at the office."""
        with self.office.database.writing() as tx:
            self.office.issue.revoke(tx, self.pass_ids[label], self.now_ms, by="office", why="revoked")

    def reissue(self, label: str, new_label: str) -> None:
        """A card is replaced: a new id, the old one ends at once."""
        old_id = self.pass_ids[label]
        with self.office.database.writing() as tx:
            old = self.office.book.register.get(tx, PassRow, old_id)
            if old is None:
                raise KeyError(label)
            signed = self.sign(
                old.person, old.compound, old.category, self.now_ms, old.valid_to_ms, old.gates, old.dwelling
            )
            claims, text = signed
            new = replace(
                old, id=claims.pass_id, state=PassState.ACTIVE, valid_from_ms=claims.nbf * 1000,
                issued_at_ms=self.now_ms, changed_at_ms=self.now_ms, replaces=old_id, serial=serial_of(claims.cti),
            )  # fmt: skip
            ended = replace(old, state=PassState.REVOKED, changed_at_ms=self.now_ms)
            self.office.book.put(tx, [new, ended], self.now_ms)
            self.office.revocations.add(
                tx, [(old_id, RevocationKind.REPLACED)], self.now_ms, by="office", why="reissued"
            )
        self.texts[new_label], self.pass_ids[new_label] = text.encode(), claims.pass_id

    def set_param(self, name: str, value: object) -> None:
        """The office changes a parameter: a new version, in force at a gate after its next sync."""
        with self.office.database.reading() as tx:
            rows = self.office.book.register.all(tx, PolicyRow)
        policies = {row.version: (parse_policy(row.toml, RULE_IDS), row) for row in rows}
        current = in_force([policy for policy, _ in policies.values()], self.now_ms)
        if current is None:
            raise KeyError(name)
        base, _, number = current.version.partition("+")
        version = f"{base}+{int(number or 0) + 1}"
        text = renamed(with_parameter(policies[current.version][1].toml, name, value), version, self.now_ms)
        parse_policy(text, RULE_IDS)
        self.publish(version, self.now_ms, text)

    def publish(self, version: str, effective_from_ms: int, text: str) -> None:
        """A signed policy version goes out."""
        row = PolicyRow(version, effective_from_ms, text)
        self.register([replace(row, signed=self.signer.sign_policy(row, "replay").hex())])

    def report(self, day: dt.date, scope: str, revision: int | None) -> DailyReport | None:
        """The daily report of a scope, or an earlier revision as it was made."""
        gate = next(iter(self.gates.values()))
        params = gate.app.facts.policy_at(min(self.now_ms, start_of(day) + DAY_MS - 1)).params
        with self.office.database.writing() as tx:
            if revision is not None:
                return self.reports.shown(tx, day, scope, revision)
            return self.reports.make(tx, day, scope, params, self.now_ms)

    def office_counts(self, gate: str) -> OfficeCounts:
        """What the office holds of a gate."""
        with self.office.database.reading() as tx:
            devices = self.office.devices.of_gate(tx, gate)
            seen = [e.event_id for d in devices for h in self.office.devices.epochs(tx, d.id)
                    for e in self.office.events.log(tx, d.id, h.epoch)]  # fmt: skip
            through = sum(
                count
                for day in self.office.passages.days(tx)
                for gate_id, _dir, _verdict, recorded, count in self.office.passages.counts(tx, day)
                if gate_id == gate and recorded
            )
        return OfficeCounts(len(seen), len(seen) - len(set(seen)), through)

    def sign(
        self,
        person: PersonId | None,
        compound: CompoundId,
        category: Category,
        from_ms: int,
        to_ms: int,
        gates: tuple[GateId, ...] | None,
        dwelling: DwellingId | None,
    ) -> tuple[EntryPass, str]:
        """A pass of a compound as its claims and its text; raises `ValueError` for what no office could issue."""
        with self.office.database.reading() as tx:
            home = self.office.book.register.get(tx, Compound, compound)
            order = [gate.id for gate in self.office.book.gates(tx, compound)]
            sites = frozenset(c.site for c in self.office.book.register.all(tx, Compound))
        if home is None:
            raise KeyError(compound)
        written = Category.LOCAL if category in NEVER_IN_PASS else category
        household = written in WITH_HOUSEHOLD
        self._steps += 1
        mask = sum(1 << order.index(gate) for gate in gates) if gates and set(gates) != set(order) else None
        claims = EntryPass(
            self.ids.random(8), home.site, written, from_ms // 1000, to_ms // 1000 + 1,
            hh=SeededBytes(str(dwelling or person or self._steps))(4) if household else None,
            card=1 + self._steps % 9 if household else None,
            gates=mask,
        )  # fmt: skip
        application = Application(
            f"a{self._steps}", home.committee, sites, claims, "replay", gates_of_site=max(1, len(order))
        )
        text = self.signer.sign_pass(application)
        if isinstance(text, SignRefusal):
            msg = f"the signer refuses this pass: {text.value}"
            raise ValueError(msg)  # noqa: TRY004 - a scenario that no office could issue
        return claims, text
