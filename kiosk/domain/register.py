# SPDX-License-Identifier: LicenseRef-Gatehouse
"""名单: rows of the register as they come down to a gate, and as the office keeps them.

A row is named on the wire by its `ENTITY`; the office gives each change a `rev` of its scope. Times in ms (`_ms`),
dates ISO. Whatever names a person (name, phone, room) is sealed at rest, here and at the office (trust.md 2, 6).
`changed_at_ms` is the time of the fact that last changed the row: where the gate knows a newer fact of its own, its own
fact counts until the office has folded it in.
"""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from kiosk.domain.codes import (
    Attr,
    Category,
    Direction,
    GateKind,
    IsolationState,
    Lane,
    MemberSource,
    PassColour,
    PassKind,
    PassState,
    Site,
)
from kiosk.domain.identity import (
    CommitteeId,
    CompoundId,
    DwellingId,
    EventId,
    GateId,
    IsolationId,
    OperatorId,
    PassId,
    PermitId,
    PersonId,
    RoadLeaderId,
)


@dataclass(frozen=True, slots=True)
class Person:
    """人员: somebody on the register of a compound. `initials`: all readings, made at the office (["zw"])."""

    ENTITY: ClassVar[str] = "person"
    id: PersonId
    category: Category
    compound: CompoundId
    dwelling: DwellingId | None = None
    name: str = ""
    phone: str = ""
    sex: str = ""
    birth_year: int | None = None
    initials: tuple[str, ...] = ()
    attrs: frozenset[Attr] = frozenset()
    preferred_site: Site | None = None
    proxy: str | None = None
    employer: str | None = None
    employer_contact: str | None = None
    registered_at_ms: int | None = None
    stock: bool = True
    tenure: str = ""
    key_industry_kind: str | None = None
    fever_med_7d: bool = False


@dataclass(frozen=True, slots=True)
class Dwelling:
    """住处: one flat; `building` "3", `unit` "1" or "", `room` "502"."""

    ENTITY: ClassVar[str] = "dwelling"
    id: DwellingId
    compound: CompoundId
    building: str
    unit: str
    room: str
    home_isolation_ok: str = "?"
    building_leader: str = ""
    building_leader_phone: str = ""
    last_verified: str | None = None
    vacant: bool = False


@dataclass(frozen=True, slots=True)
class PassRow:
    """证件行: an entry pass as the list has it; `gates` only where the pass is restricted to single gates."""

    ENTITY: ClassVar[str] = "pass"
    id: PassId
    compound: CompoundId
    kind: PassKind
    category: Category
    state: PassState
    valid_from_ms: int
    valid_to_ms: int
    issued_at_ms: int
    changed_at_ms: int
    person: PersonId | None = None
    dwelling: DwellingId | None = None
    gates: tuple[GateId, ...] | None = None
    colour: PassColour = PassColour.GREEN
    serial: str = ""
    replaces: PassId | None = None
    leave_by_ms: int | None = None
    employer: str | None = None
    employer_contact: str | None = None
    approval_no: str | None = None


@dataclass(frozen=True, slots=True)
class Isolation:
    """隔离记录: `state` is the last one recorded; DUE is derived from `d0`, the count rule and the day."""

    ENTITY: ClassVar[str] = "isolation"
    id: IsolationId
    person: PersonId
    state: IsolationState
    d0: dt.date
    changed_at_ms: int
    notice: bool = False
    record: bool = False
    commitment: bool = False
    release_notice: str | None = None
    restarted_from: IsolationId | None = None
    slots_taken: tuple[str, ...] = ()
    opened_at_ms: int | None = None
    released_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """就医外出批准: leave of an isolated person, for treatment; times in ms."""

    ENTITY: ClassVar[str] = "permit"
    id: PermitId
    person: PersonId
    reason: str
    from_ms: int
    to_ms: int
    changed_at_ms: int
    transport: str = ""
    approved_by: str = ""
    out_at_ms: int | None = None
    in_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Operator:
    """值守人员账户: `role` V volunteer or L gate leader; `pin_hash` argon2id text, sealed at rest."""

    ENTITY: ClassVar[str] = "operator"
    id: OperatorId
    role: str
    name: str
    source: MemberSource
    phone: str = ""
    pin_hash: str | None = None
    gates: tuple[GateId, ...] = ()
    deputy: bool = False


@dataclass(frozen=True, slots=True)
class RoadLeader:
    """路长: answers for the shops along `streets`; told of cases of shop staff at the gates of `compounds`."""

    ENTITY: ClassVar[str] = "road_leader"
    id: RoadLeaderId
    name: str
    phone: str = ""
    streets: str = ""
    compounds: tuple[CompoundId, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """门岗: one of the entrances; `hours` "00:00-24:00" (several spans by comma)."""

    ENTITY: ClassVar[str] = "gate"
    id: GateId
    compound: CompoundId
    name: str
    lane: Lane = Lane.PEDESTRIAN
    kind: GateKind = GateKind.WALLED
    hours: str = "00:00-24:00"
    active: bool = True
    pickup_point: str = ""


@dataclass(frozen=True, slots=True)
class Compound:
    """小区: `site` is its number in the site table; `committee` answers for it.

    `health_phone`: of the community health service centre (社区卫生服务中心) that serves it.
    """

    ENTITY: ClassVar[str] = "compound"
    id: CompoundId
    name: str
    site: int
    committee: CommitteeId
    committee_phone: str = ""
    grid_area: str = ""
    policy_override: str | None = None
    health_phone: str = ""


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """政策版本: the TOML text of one policy version and the office's COSE signature over it (hex)."""

    ENTITY: ClassVar[str] = "policy"
    version: str
    effective_from_ms: int
    toml: str
    signed: str = ""
    compound: CompoundId | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """他门记录: a passage at a sister gate of the compound (no name)."""

    ENTITY: ClassVar[str] = "sighting"
    event_id: EventId
    gate: GateId
    dir: Direction
    at_ms: int
    pass_id: PassId | None = None
    person: PersonId | None = None
    source: str = "PULL"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """未了疑似: somebody left with a high reading; the next passage begins as FEVER_SUSPECT until settled."""

    ENTITY: ClassVar[str] = "suspicion"
    key: str
    since_ms: int
    settled: bool = False


@dataclass(frozen=True, slots=True)
class GateHeard:
    """他门消息: until when a sister gate was heard (ms)."""

    ENTITY: ClassVar[str] = "gate_heard"
    gate: GateId
    heard_until_ms: int


@dataclass(frozen=True, slots=True)
class WorkItem:
    """待办: something for this gate's leader, or a signed pass text to print (`kind` PRINT)."""

    ENTITY: ClassVar[str] = "work_item"
    id: str
    kind: str
    made_at_ms: int
    pass_id: PassId | None = None
    passage: str | None = None
    text: str | None = None
    detail: dict[str, str] | None = None
    done: bool = False


Row = (
    Person
    | Dwelling
    | PassRow
    | Isolation
    | Permit
    | Operator
    | RoadLeader
    | Gate
    | Compound
    | PolicyRow
    | Sighting
    | Suspicion
    | GateHeard
    | WorkItem
)
"""任何一行: any row that comes down to a gate."""

ENTITIES: dict[str, type[Row]] = {
    cls.ENTITY: cls
    for cls in (
        Person, Dwelling, PassRow, Isolation, Permit, Operator, RoadLeader, Gate, Compound, PolicyRow, Sighting,
        Suspicion, GateHeard, WorkItem,
    )
}  # fmt: skip


def row_key(row: Row) -> str:
    """The row's identity within its entity."""
    match row:
        case PolicyRow():
            return row.version if row.compound is None else f"{row.compound}/{row.version}"
        case Sighting():
            return row.event_id
        case Suspicion():
            return row.key
        case GateHeard():
            return row.gate
        case _:
            return row.id
