# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the desk shows, as values: views draw them, replay reads them, nothing here decides.

A `Line` is a catalogue key with its arguments; who renders it chooses the language. Nothing personal stands in a public
line (interface.md section 2, principle 7): the staff panel alone may name surname and building.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.app.ports import CommitFault
from kiosk.domain.codes import (
    Attr,
    Button,
    CaseKind,
    Category,
    Direction,
    Priority,
    Reason,
    RefusedInput,
    ScanResult,
    Site,
    TempOutcome,
    Tick,
    Told,
    Verdict,
)
from kiosk.domain.identity import CaseId, PassageId, PassId, PersonId


@dataclass(frozen=True, slots=True)
class Line:
    """一行文字: a key of the text catalogue and its arguments."""

    key: str
    args: Mapping[str, str | int] = field(default_factory=dict)


class LookClass(StrEnum):
    """判定外观的类别 (interface.md section 4)."""

    GO = "GO"
    STEP = "STEP"
    ESCORT = "ESCORT"
    WAIT = "WAIT"
    LEADER = "LEADER"
    UNKNOWN = "UNKNOWN"
    ELSEWHERE = "ELSEWHERE"
    STOP = "STOP"
    CANNOT = "CANNOT"
    EMERGENCY = "EMERGENCY"


class Shape(StrEnum):
    """形状: tells the class without colour."""

    CIRCLE_TICK = "CIRCLE_TICK"
    CLIPBOARD = "CLIPBOARD"
    HOUSE = "HOUSE"
    TRIANGLE = "TRIANGLE"
    HEXAGON_HAND = "HEXAGON_HAND"
    HEXAGON_PERSON = "HEXAGON_PERSON"
    DIAMOND_ARROW = "DIAMOND_ARROW"
    OCTAGON = "OCTAGON"
    DASHED_SQUARE = "DASHED_SQUARE"
    DOUBLE_CHEVRON = "DOUBLE_CHEVRON"


class Tone(StrEnum):
    """提示音: told apart by rhythm (interface.md section 6)."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"
    T5 = "T5"
    T6 = "T6"


@dataclass(frozen=True, slots=True)
class Look:
    """判定外观: class, shape, large public word and line, tone, phrase; `public_shape` for the queue's side."""

    cls: LookClass
    shape: Shape
    public_shape: Shape
    word: Line
    line: Line | None
    tone: Tone
    phrase: Line | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """案件视图: what the fever card and the leader's list show of a case; `steps` are (who, told_at_ms, answer)."""

    case: CaseId
    kind: CaseKind
    priority: Priority
    opened_at_ms: int
    steps: tuple[tuple[Told, int | None, str | None], ...]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class PassageView:
    """一次进出的画面: everything the verdict screen needs about one passage.

    `staff` are the staff panel's lines in order, the first being the rule's staff text. `name_line` is masked
    ("张* 3号楼"). `temperature_dc` is the newest reading in tenths. `wait_left_s` counts down on the wait spot.
    `returning` is whose first return may be registered from here.
    """

    passage: PassageId
    direction: Direction
    verdict: Verdict
    reason: Reason
    rule: str
    outcome: TempOutcome
    scan_result: ScanResult
    look: Look
    staff: tuple[Line, ...]
    name_line: str
    recorded: bool
    final: bool
    needs_reading: bool
    category: Category | None = None
    temperature_dc: int | None = None
    readings: int = 0
    buttons: tuple[Button, ...] = ()
    ticks_wanted: tuple[Tick, ...] = ()
    ticked: tuple[Tick, ...] = ()
    told: tuple[Told, ...] = ()
    wait_left_s: int | None = None
    token: int | None = None
    case: CaseView | None = None
    attrs: frozenset[Attr] = frozenset()
    site_hint: Site | None = None
    duplicate: bool = False
    colour_keys: bool = False
    unrecorded: bool = False
    returning: "FoundPerson | None" = None


@dataclass(frozen=True, slots=True)
class CodeView:
    """不是出入证 / 请一次出示一张: a code that opened no passage; `colour_keys` offers 绿码 黄码 红码 and 未带证."""

    scan_result: ScanResult
    look: Look
    staff: tuple[Line, ...]
    colour_keys: bool = False


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """查找结果: a masked row of a look-up, "张*(女, 60后)"."""

    person: PersonId
    label: str


@dataclass(frozen=True, slots=True)
class HouseholdView:
    """一户一证: one card stands for a dwelling; each tap opens a passage for that member (domain.md section 13)."""

    pass_id: PassId
    members: tuple[FoundPerson, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """一步的结果: the picture after a step; `refused` says that the step itself was refused and changed nothing."""

    view: PassageView | CodeView | None
    refused: RefusedInput | None = None
    fault: CommitFault | None = None
    household: HouseholdView | None = None


@dataclass(frozen=True, slots=True)
class LookupView:
    """查找的画面: whom the facts given so far leave; a passage opens only when exactly one is confirmed."""

    found: tuple[FoundPerson, ...]
    more: bool = False
    shown: Shown | None = None


class ChipKind(StrEnum):
    """等候托盘的种类."""

    RECHECK = "RECHECK"
    LOW = "LOW"
    UNMEASURED = "UNMEASURED"
    MASK = "MASK"
    LEADER = "LEADER"
    OTHER = "OTHER"
    CASE = "CASE"


@dataclass(frozen=True, slots=True)
class TrayChip:
    """等候托盘: one unsettled passage; `token` is the waiting number, `left_s` the count-down (0: ready), no name."""

    passage: PassageId
    kind: ChipKind
    token: int
    left_s: int | None
    look: LookClass


class Mark(StrEnum):
    """状态标记: how a status item is drawn."""

    NORMAL = "NORMAL"
    AMBER = "AMBER"
    RED = "RED"


@dataclass(frozen=True, slots=True)
class StatusView:
    """状态栏: list age, not uploaded, clock, today's counts, who is on duty (masked); `overtime`: no relief came."""

    gate_name: str
    direction: Direction
    list_age_s: int | None
    list_mark: Mark
    pending: int
    pending_mark: Mark
    online: bool
    clock_offset_ms: int | None
    clock_bad: bool
    now_ms: int
    entered_today: int
    left_today: int
    on_duty: str
    demo: bool = False
    practice: bool = False
    revoked: bool = False
    overtime: bool = False
    policy: str = ""
    sisters_unheard: tuple[tuple[str, int], ...] = ()
