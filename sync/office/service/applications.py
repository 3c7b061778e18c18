# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Applications for passes: two evidences, judged by one table, at gate and office alike (domain.md 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select, update

from kiosk.domain.codec import from_json, to_json
from kiosk.domain.codes import CodeColour, PassColour, PassKind
from kiosk.domain.events import PassNotice, PassRequest
from kiosk.domain.identity import CompoundId, GateId, PassId, PersonId
from sync.office.service.projecting import Fact
from sync.office.store.tables import application
from sync.office.store.upsert import add_new
from sync.office.store.vault import Vault

_TABLE = "application"


class PlatformRecord(StrEnum):
    """平台记录: what the platform says of the last 14 days."""

    NONE = "NONE"
    RELEASED = "RELEASED"
    OTHER_REGION = "OTHER_REGION"
    KEY_REGION = "KEY_REGION"
    UNREACHABLE = "UNREACHABLE"


@dataclass(frozen=True, slots=True)
class Evidence:
    """两项依据: 随申码 seen (colour, time, or ID and paper of somebody without a phone), and the platform's record."""

    colour: CodeColour | None = None
    seen_at_ms: int | None = None
    paper: bool = False
    platform: PlatformRecord | None = None
    platform_no: str = ""
    form_done: bool = False


class Unfit(StrEnum):
    """不予办证: why an application is not fit for signature."""

    NO_CODE = "NO_CODE"
    NO_PLATFORM = "NO_PLATFORM"
    UNCHECKED = "UNCHECKED"
    FIRST_RETURN = "FIRST_RETURN"
    CODE_RED = "CODE_RED"


class ApplicationState(StrEnum):
    """申请状态."""

    WAITING = "WAITING"
    SIGNED = "SIGNED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class PassApplication:
    """办证申请: `gate` where it was asked for at one; `replaces` the pass it takes the place of; `days` of validity.

    `starts_ms` when it begins to count (None: at once; at most 7 days ahead). `follows`: the card of the campaign
    before, which lives on to its own last day; the new one takes its number within the household.
    """

    id: str
    person: PersonId
    compound: CompoundId
    kind: PassKind
    evidence: Evidence
    by: str
    asked_at_ms: int
    gate: GateId | None = None
    gates: tuple[GateId, ...] | None = None
    replaces: PassId | None = None
    days: int = 30
    employer: str | None = None
    employer_contact: str | None = None
    approval_no: str | None = None
    starts_ms: int | None = None
    follows: PassId | None = None


def colour_of(kind: PassKind, evidence: Evidence) -> PassColour | Unfit:
    """The colour that two evidences give, or why no pass: the table of domain.md 10."""
    if evidence.colour is CodeColour.RED:
        return Unfit.CODE_RED
    if evidence.colour is None and not evidence.paper:
        return Unfit.NO_CODE
    if evidence.platform is None:
        return Unfit.NO_PLATFORM
    if evidence.platform is PlatformRecord.UNREACHABLE:
        return Unfit.UNCHECKED
    if evidence.colour is CodeColour.YELLOW or evidence.platform is PlatformRecord.KEY_REGION:
        return Unfit.FIRST_RETURN
    if evidence.colour is CodeColour.NOT_SHOWN and not evidence.paper:
        return Unfit.NO_CODE
    if evidence.platform is PlatformRecord.OTHER_REGION:
        return PassColour.YELLOW if evidence.form_done else Unfit.FIRST_RETURN
    return PassColour.BLUE if kind is PassKind.WORK else PassColour.GREEN


class Applications:
    """申请库: sealed at rest (evidence says something of health); each is decided once."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault."""
        self._vault = vault

    def put(self, tx: Connection, new: PassApplication) -> None:
        """Add an application; the same id again changes nothing."""
        row = {
            "id": new.id, "compound_id": new.compound, "person_id": new.person, "gate_id": new.gate,
            "state": ApplicationState.WAITING.value, "pass_id": None, "asked_at_ms": new.asked_at_ms, "by": new.by,
            "sealed": self._vault.seal_json(_TABLE, new.id, to_json(new)),
        }  # fmt: skip
        add_new(tx, application, [row])

    def get(self, tx: Connection, application_id: str) -> tuple[PassApplication, ApplicationState] | None:
        """An application and how it stands."""
        c = application.c
        row = tx.execute(select(c.state, c.sealed).where(c.id == application_id)).first()
        if row is None:
            return None
        value = self._vault.open_json(_TABLE, application_id, row.sealed)
        return None if value is None else (from_json(PassApplication, value), ApplicationState(row.state))

    def waiting(self, tx: Connection, compound: str | None = None) -> list[PassApplication]:
        """Those that wait for a signature, oldest first."""
        c = application.c
        query = select(c.id, c.sealed).where(c.state == ApplicationState.WAITING.value).order_by(c.asked_at_ms, c.id)
        if compound is not None:
            query = query.where(c.compound_id == compound)
        found = ((row.id, self._vault.open_json(_TABLE, row.id, row.sealed)) for row in tx.execute(query))
        return [from_json(PassApplication, value) for _, value in found if value is not None]

    def decide(self, tx: Connection, application_id: str, state: ApplicationState, pass_id: PassId | None) -> None:
        """Note the decision."""
        where = application.c.id == application_id
        tx.execute(update(application).where(where).values(state=state.value, pass_id=pass_id))

    def from_gate(self, tx: Connection, fact: Fact, request: PassRequest) -> None:
        """An application made at a gate: its id is the event's."""
        new = PassApplication(
            str(fact.event.id),
            request.person,
            CompoundId(fact.device.compound_id),
            request.kind,
            evidence_from_gate(request.evidence),
            str(fact.event.op or fact.device.gate_id),
            fact.event.at_ms,
            gate=GateId(fact.device.gate_id),
        )
        self.put(tx, new)

    def reissue_asked(self, tx: Connection, fact: Fact, notice: PassNotice) -> None:
        """A card to be made again, asked for at a gate; both evidences are asked anew at the office."""
        if notice.person is None:
            return
        new = PassApplication(
            str(fact.event.id),
            notice.person,
            CompoundId(fact.device.compound_id),
            PassKind.RESIDENT,
            Evidence(),
            notice.by,
            fact.event.at_ms,
            gate=GateId(fact.device.gate_id),
            replaces=notice.pass_id,
        )
        self.put(tx, new)


def evidence_from_gate(told: Mapping[str, str]) -> Evidence:
    """The evidence as a gate writes it: colour, seen_at, paper, platform, platform_no, form; other words are none."""
    colour, platform = told.get("colour", ""), told.get("platform", "")
    seen = told.get("seen_at", "")
    return Evidence(
        CodeColour(colour) if colour in CodeColour.__members__ else None,
        int(seen) if seen.isdecimal() else None,
        told.get("paper") == "Y",
        PlatformRecord(platform) if platform in PlatformRecord.__members__ else None,
        told.get("platform_no", ""),
        told.get("form") == "Y",
    )
