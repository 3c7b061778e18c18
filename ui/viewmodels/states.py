# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What stands on the screen, as values; the window draws whichever it is given. No state holds a decision."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.app.ports import CommitFault
from kiosk.app.scanning_hints import Hint
from kiosk.app.views import CodeView, FoundPerson, Line, PassageView
from kiosk.domain.codes import Category, CodeColour, Company, RefusedInput, Verdict
from kiosk.domain.identity import PassageId
from ui.ports import SyncView
from ui.viewmodels.forms import FormState
from ui.viewmodels.keypad import Entry
from ui.viewmodels.leader_page import LeaderDeskState


@dataclass(frozen=True, slots=True)
class Result:
    """最近结果: a row of the scan screen. No name; `at` is "14:32"; `undo_left_s` while 撤销 is offered."""

    view: PassageView
    at: str
    undo_left_s: int | None = None
    undo_asked: bool = False
    correctable: bool = False


@dataclass(frozen=True, slots=True)
class ScanState:
    """请出示出入证: idle. `hint`: what the holder of a located code that is not read is told, one at a time."""

    results: tuple[Result, ...] = ()
    notice: Line | None = None
    hint: Hint | None = None


@dataclass(frozen=True, slots=True)
class KeypadState:
    """测温: a reading is wanted. `locked_s` counts down the rest; `correcting` reopens a finished one.

    `place` says who of a group it is ("2 / 3").
    """

    view: PassageView
    entry: Entry
    waiting: int = 0
    locked_s: int | None = None
    correcting: bool = False
    refused: RefusedInput | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class ResultState:
    """结果: a verdict stands."""

    view: PassageView
    refused: RefusedInput | None = None
    fault: CommitFault | None = None


@dataclass(frozen=True, slots=True)
class CodeState:
    """不是出入证,没看清,一次一张: a code that opened no passage."""

    view: CodeView


class LookupStep(StrEnum):
    """查找的一步."""

    BUILDING = "BUILDING"
    UNIT = "UNIT"
    ROOM = "ROOM"
    PERSON = "PERSON"
    FACT = "FACT"
    TAIL = "TAIL"
    SERIAL = "SERIAL"


@dataclass(frozen=True, slots=True)
class LookupState:
    """未带证: building, unit, room, person, one more fact."""

    step: LookupStep
    choices: tuple[str, ...] = ()
    building: str = ""
    unit: str = ""
    room: str = ""
    found: tuple[FoundPerson, ...] = ()
    chosen: FoundPerson | None = None
    typed: str = ""
    misses: int = 0
    page: int = 0
    notice: Line | None = None


@dataclass(frozen=True, slots=True)
class CategoryState:
    """来访人员: category, then only what the policy asks; `paper`: 无手机, ID and paper were seen.

    `company`: for whom a courier comes.
    """

    category: Category | None = None
    company: Company | None = None
    code: CodeColour | None = None
    paper: bool = False


class Menu(StrEnum):
    """紧急 and 更多: tiles."""

    EMERGENCY = "EMERGENCY"
    MORE = "MORE"


@dataclass(frozen=True, slots=True)
class MenuState:
    """A page of tiles; `chosen` is the tile that waits for its second tap."""

    menu: Menu
    chosen: str | None = None


class LeaderStep(StrEnum):
    """门长处理的一步."""

    PIN = "PIN"
    CHOICE = "CHOICE"
    WHY = "WHY"
    SECOND = "SECOND"


@dataclass(frozen=True, slots=True)
class LeaderState:
    """门长处理: PIN, what shall be done, why, and the second person where the rules ask for one."""

    passage: PassageId
    view: PassageView
    step: LeaderStep = LeaderStep.PIN
    typed: int = 0
    operator: str | None = None
    verdict: Verdict | None = None
    why: str | None = None
    notice: Line | None = None


@dataclass(frozen=True, slots=True)
class SyncState:
    """同步情况."""

    view: SyncView


@dataclass(frozen=True, slots=True)
class EnrolState:
    """首次启动: 1 language, 2 scan the code, 3 self-test. `progress` in percent while the list comes."""

    message: Line | None = None
    bad: bool = False
    progress: int | None = None
    camera: bool | None = None
    network: bool | None = None
    clock: bool | None = None


@dataclass(frozen=True, slots=True)
class OrderState:
    """暂不能工作: the gate opens, or cannot. `what` and `todo` in words."""

    what: Line
    todo: Line | None = None
    retry: bool = False


ScreenState = (
    ScanState
    | KeypadState
    | ResultState
    | CodeState
    | LookupState
    | CategoryState
    | MenuState
    | LeaderState
    | LeaderDeskState
    | SyncState
    | FormState
    | EnrolState
    | OrderState
)
"""任何一屏."""
