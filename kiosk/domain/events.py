# SPDX-License-Identifier: LicenseRef-Gatehouse
"""事件: the append-only facts of a gate and their versions (sync-and-store.md section 3).

An event's `body` is one frozen dataclass per (type, v); its personal part (`P` in the design's table) is a plain
mapping that travels beside it and enters the canonical bytes only as the salted commitment `pc`. A `Draft` is an event
before the store has given it its place in the log (`seq`) and its commitment.

Bodies may grow by optional fields under the same version; a new meaning, unit or required field is a new version with
an upcaster in `UPCASTERS`. `SCHEMA` numbers the catalogue.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from kiosk.domain.codec import BadShape, Json, from_json, to_json
from kiosk.domain.codes import (
    Button,
    CaseKind,
    CaseOutcome,
    Category,
    ClockState,
    CodeColour,
    Company,
    Direction,
    How,
    MemberSource,
    Missed,
    Note,
    PassKind,
    PassState,
    PlatformRecord,
    Priority,
    Purpose,
    ReadingSource,
    Reason,
    ReportStatus,
    ScanResult,
    Site,
    Slot,
    TempOutcome,
    Tick,
    Told,
    Transport,
    Validity,
    Verdict,
)
from kiosk.domain.identity import (
    CaseId,
    EventId,
    GateId,
    IsolationId,
    OperatorId,
    PartyId,
    PassageId,
    PassId,
    PermitId,
    PersonId,
    ShiftId,
)

SCHEMA = 1
"""Number of this catalogue; the office reads it and the two before."""

type_registry: dict[tuple[str, int], type["Body"]] = {}


class Body:
    """事件内容: base of all event bodies; `TYPE` and `V` name it in the log."""

    TYPE: ClassVar[str]
    V: ClassVar[int] = 1
    __slots__ = ()

    def __init_subclass__(cls, *, event: str | None = None, v: int = 1) -> None:
        """Enter the body into the catalogue under its type and version."""
        if event is not None:
            cls.TYPE, cls.V = event, v
        # `dataclass(slots=True)` makes the class anew: the later, slotted one replaces the first in the catalogue.
        if "TYPE" in cls.__dict__:
            type_registry[cls.TYPE, cls.V] = cls


@dataclass(frozen=True, slots=True)
class LogOpened(Body, event="log.opened"):
    """日志开启: the first event of an epoch; `why` NEW, CORRUPT, RESTORED or OFFICE_ORDER."""

    why: str
    parent_epoch: int | None = None
    parent_seq: int | None = None
    parent_hash: str | None = None
    lost_from: int | None = None
    lost_to: int | None = None


@dataclass(frozen=True, slots=True)
class PassageStep(Body, event="passage"):
    """进出步骤: one verdict shown; n = 1 carries all facts, a later step only what changed.

    A folded passage (kiosk.domain.passage) is step 1 overlaid with every later step's given fields. Facts of the
    first step beside the design's list: `consent` of the host, `paper` (ID and paper seen), `claims` to live here (not
    found), `exp` of an expired pass (ms), `pass_state` as it was then, `pass_site` the compound of a foreign pass,
    `company` for which a courier comes, `purpose` of a visitor.
    """

    passage: PassageId
    n: int
    dir: Direction
    how: How | None = None
    pass_id: PassId | None = field(default=None, metadata={"key": "pass"})
    person: PersonId | None = None
    category: Category | None = None
    scan_result: ScanResult | None = None
    mask: bool | None = None
    code: CodeColour | None = None
    party: PartyId | None = None
    plate_ix: int | None = None
    verdict: Verdict | None = None
    reason: Reason | None = None
    rule: str | None = None
    outcome: TempOutcome | None = None
    button: Button | None = None
    recorded: bool | None = None
    final: bool | None = None
    policy: str | None = None
    list: int | None = None
    list_age_s: int | None = None
    told: tuple[Told, ...] | None = None
    notes: tuple[Note, ...] | None = None
    case: CaseId | None = None
    heard: dict[str, int] | None = None
    mark: str | None = None
    consent: bool | None = None
    paper: bool | None = None
    host: PersonId | None = None
    claims: bool | None = None
    mask_refused: bool | None = None
    unlocked: int | None = None
    exp: int | None = None
    practice: bool | None = None
    pass_site: str | None = None
    token: int | None = None
    pass_state: PassState | None = None
    company: Company | None = None
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True)
class ReadingTaken(Body, event="reading"):
    """体温读数: one stored temperature, in tenths of a degree; `n` counts within the passage."""

    passage: PassageId
    n: int
    site: Site
    source: ReadingSource
    validity: Validity
    temp_dc: int | None = None
    raw: str | None = None
    method: str | None = None
    device: str | None = None
    ambient_dc: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal(Body, event="refusal"):
    """未愿测量: the person will not be measured."""

    passage: PassageId


@dataclass(frozen=True, slots=True)
class Checklist(Body, event="checklist"):
    """勾选: all boxes ticked so far on a passage."""

    passage: PassageId
    items: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Override(Body, event="override"):
    """改判: the gate leader decides otherwise; both verdicts are kept."""

    passage: PassageId
    old_verdict: Verdict
    old_reason: Reason
    verdict: Verdict
    why: str
    by: str
    second_by: str | None = None


@dataclass(frozen=True, slots=True)
class CaseOpened(Body, event="case"):
    """案件: opened by a rule, or its priority raised by a further finding (same case id again)."""

    case: CaseId
    kind: CaseKind
    priority: Priority
    passage: PassageId | None = None
    notes: tuple[Note, ...] | None = None
    told: tuple[Told, ...] | None = None


@dataclass(frozen=True, slots=True)
class CaseStep(Body, event="case.step"):
    """案件步骤: somebody was told, or the case was closed with an outcome."""

    case: CaseId
    closed: bool
    who: Told | None = None
    told_at: int | None = None
    by: str | None = None
    answer: str | None = None
    outcome: CaseOutcome | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """值守人员: somebody signed on; the name is personal and stands in the personal part."""

    id: OperatorId
    source: MemberSource


@dataclass(frozen=True, slots=True)
class ShiftEvent(Body, event="shift"):
    """班次: `what` OPEN, JOIN, LEAVE or CLOSE. P: names by member id."""

    shift: ShiftId
    what: str
    members: tuple[Member, ...] = ()
    checks: dict[str, str] | None = None
    counts: dict[str, int] | None = None
    open_items: tuple[str, ...] | None = None
    head: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingPerson:
    """临时隔离点上的人: who rests, and until when (gate wall clock, ms)."""

    passage: PassageId
    until_ms: int


@dataclass(frozen=True, slots=True)
class Handover(Body, event="handover"):
    """交接班: both sign; whoever rests keeps the same count-down."""

    from_shift: ShiftId = field(metadata={"key": "from"})
    to_shift: ShiftId = field(metadata={"key": "to"})
    counts: dict[str, int]
    open_cases: tuple[CaseId, ...]
    on_wait_spot: tuple[WaitingPerson, ...]
    unsynced: int
    remarks: str
    by: tuple[str, ...]
    equipment: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Registration(Body, event="registration"):
    """登记: a first return, a visitor or a new tenant. P: name, phone, address, vehicle_no.

    `companions` came along with a returnee: 3 stands for three or more (interface.md 5.8).
    """

    person: PersonId
    kind: str
    region: str | None = None
    transit: tuple[str, ...] | None = None
    departed: str | None = None
    arrived: str | None = None
    cls: str | None = field(default=None, metadata={"key": "class"})
    region_list: str | None = None
    home_fit: bool | None = None
    notice: bool | None = None
    record: bool | None = None
    commitment: bool | None = None
    contact: bool | None = None
    signs: bool | None = None
    host: PersonId | None = None
    passage: PassageId | None = None
    transport: Transport | None = None
    companions: int | None = None
    platform: PlatformRecord | None = None


@dataclass(frozen=True, slots=True)
class TempPassIssued(Body, event="pass.temp_issued"):
    """临时证签发: made at this gate with its own key; `exp` in seconds."""

    pass_id: PassId = field(metadata={"key": "pass"})
    category: Category
    exp: int
    by: str
    host: PersonId | None = None


@dataclass(frozen=True, slots=True)
class ListExtended(Body, event="list.extended"):
    """名单延期: the leader lets the old list serve 24 hours more."""

    until_ms: int
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class PassRequest(Body, event="pass.request"):
    """办证申请: asked for at the gate with both evidences; the office signs."""

    person: PersonId
    kind: PassKind
    evidence: dict[str, str]


@dataclass(frozen=True, slots=True)
class PassNotice(Body, event="pass.notice"):
    """挂失/注销/换证申请: `what` LOST, REVOKE or REISSUE."""

    what: str
    by: str
    person: PersonId | None = None
    pass_id: PassId | None = field(default=None, metadata={"key": "pass"})


@dataclass(frozen=True, slots=True)
class PermitGrant(Body, event="permit.grant"):
    """就医外出批准: times in ms."""

    permit: PermitId
    person: PersonId
    transport: str
    from_ms: int = field(metadata={"key": "from"})
    to_ms: int = field(metadata={"key": "to"})
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class PermitUse(Body, event="permit.use"):
    """就医外出记录: went out or came back, in ms."""

    permit: PermitId
    out_at: int | None = None
    in_at: int | None = None


@dataclass(frozen=True, slots=True)
class IsolationChanged(Body, event="isolation"):
    """隔离记录: opened, breached or back home by what happened at this gate; `d0` ISO date."""

    isolation: IsolationId
    person: PersonId
    state: str
    d0: str | None = None
    passage: PassageId | None = None


@dataclass(frozen=True, slots=True)
class HomeTemp(Body, event="home_temp"):
    """居家体温: one slot of one day of an isolation (`day` ISO date); `late` 补测."""

    isolation: IsolationId
    day: str
    slot: Slot
    by: str
    temp_dc: int | None = None
    missed: Missed | None = None
    late: bool | None = None


@dataclass(frozen=True, slots=True)
class IsolationRelease(Body, event="isolation.release"):
    """解除隔离: the release notice's number was entered."""

    isolation: IsolationId
    number: str
    by: str
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class OperatorUnlock(Body, event="operator.unlock"):
    """解锁: a locked person may enter a PIN again."""

    operator: OperatorId
    by: str


@dataclass(frozen=True, slots=True)
class RemoteApproval(Body, event="remote.approval"):
    """远程批准: `answer` ASKED, APPROVED, REFUSED or TIMEOUT; `request` 4 digits."""

    passage: PassageId
    request: str
    answer: str
    why: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Tailgate(Body, event="tailgate"):
    """尾随: so many went through behind another, unmeasured. P: free text."""

    count: int


@dataclass(frozen=True, slots=True)
class Inspection(Body, event="inspection"):
    """检查: P: free text."""

    finding: str
    fixed: bool


@dataclass(frozen=True, slots=True)
class LeaderNote(Body, event="note"):
    """门长备注: of a passage, of a case, or else of the shift. P: `text`, free."""

    by: str
    passage: PassageId | None = None
    case: CaseId | None = None


@dataclass(frozen=True, slots=True)
class LateEntry(Body, event="late_entry"):
    """补录: a line of the paper sheet keyed in afterwards; `of` is what happened, `paper_at` when (ms)."""

    sheet: str
    line: int
    paper_at: int
    entered_by: str
    of: PassageStep
    temp_dc: int | None = None
    differs: bool | None = None


@dataclass(frozen=True, slots=True)
class Correction(Body, event="correction"):
    """更正/撤销: names the old event; both values stay. `field` "temp_dc" corrects the passage's newest
    reading that decided something.
    """

    of: EventId
    why: str
    by: str
    passage: PassageId | None = None
    field: str | None = None
    old: str | None = None
    new: str | None = None
    void: bool | None = None


@dataclass(frozen=True, slots=True)
class Report(Body, event="report"):
    """日报: the gate's own closing of a day (ISO date)."""

    day: str
    revision: int
    columns: dict[str, int]
    events_hash: str
    status: ReportStatus
    last_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Purge(Body, event="purge"):
    """清除: personal parts of days before this one were destroyed."""

    days_before: str
    rows: int
    by: str


@dataclass(frozen=True, slots=True)
class ClockSet(Body, event="clock.set"):
    """校时: a leader said that the clock is right (`old` and `new` in ms)."""

    old: int
    new: int
    by: str


@dataclass(frozen=True, slots=True)
class Reveal(Body, event="reveal"):
    """查看姓名: a leader looked at a name or room, for 10 s."""

    person: PersonId
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Export(Body, event="export"):
    """导出: what left the gate."""

    kind: str
    from_seq: int
    to_seq: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DeviceNote(Body, event="device"):
    """设备: `what` START, STOP, CAMERA, BATTERY, DISK, LIST or HOUR (counts of codes that opened no passage)."""

    what: str
    value: str | None = None
    not_ours: int | None = None
    duplicate: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """事件草稿: an event that has not yet its place in the log; times in ms."""

    id: EventId
    at_ms: int
    mono_ms: int
    boot: int
    clock: ClockState
    gate: GateId
    body: Body
    shift: ShiftId | None = None
    op: OperatorId | None = None
    personal: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """事件: one fact of the log, as read back from its canonical bytes."""

    id: EventId
    seq: int
    at_ms: int
    mono_ms: int
    boot: int
    clock: ClockState
    gate: GateId
    body: Body
    shift: ShiftId | None = None
    op: OperatorId | None = None
    pc: str | None = None


def placed(draft: Draft, seq: int, pc: str | None = None) -> Event:
    """The draft at its place in the log."""
    return Event(
        draft.id, seq, draft.at_ms, draft.mono_ms, draft.boot, draft.clock, draft.gate, draft.body, draft.shift,
        draft.op, pc,
    )  # fmt: skip


def event_to_json(event: Event) -> dict[str, Json]:
    """The object whose canonical JSON is the event's stored bytes."""
    out: dict[str, Json] = {
        "id": event.id,
        "seq": event.seq,
        "at": event.at_ms,
        "mono": event.mono_ms,
        "boot": event.boot,
        "clk": event.clock.value,
        "type": event.body.TYPE,
        "v": event.body.V,
        "gate": event.gate,
        "body": to_json(event.body),
    }
    if event.shift is not None:
        out["shift"] = event.shift
    if event.op is not None:
        out["op"] = event.op
    if event.pc is not None:
        out["pc"] = event.pc
    return out


@dataclass(frozen=True, slots=True)
class _Envelope:
    id: EventId
    seq: int
    at: int
    mono: int
    boot: int
    clk: ClockState
    type: str
    v: int
    gate: GateId
    body: dict[str, str]
    shift: ShiftId | None = None
    op: OperatorId | None = None
    pc: str | None = None


class UnknownEvent(BadShape):
    """A type or version that this program does not know (未知事件): kept raw, parsed again after an upgrade."""


UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Json]], dict[str, Json]]] = {}
"""(type, v) -> pure function from that version's body object to the next version's."""


def event_from_json(data: object) -> Event:
    """Read an event; raises `UnknownEvent` for a type or version not in the catalogue, `BadShape` for a bad body."""
    if not isinstance(data, dict) or not isinstance(data.get("body"), dict):
        msg = "Event: object with a body wanted"
        raise BadShape(msg)
    # The body is read by its own class: the envelope takes it as it is.
    body = data["body"]
    envelope = _envelope(data)
    kind, v = envelope.type, envelope.v
    while (upcast := UPCASTERS.get((kind, v))) is not None:
        body, v = upcast(body), v + 1
    cls = type_registry.get((kind, v))
    if cls is None:
        msg = "Event.type: not in this catalogue"
        raise UnknownEvent(msg)
    return Event(
        envelope.id, envelope.seq, envelope.at, envelope.mono, envelope.boot, envelope.clk, envelope.gate,
        from_json(cls, body), envelope.shift, envelope.op, envelope.pc,
    )  # fmt: skip


def _envelope(data: dict[str, Json]) -> _Envelope:
    return from_json(_Envelope, {**data, "body": {}})
