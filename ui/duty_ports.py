# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the volunteer's flows beside the lane ask of the gate: shift, vehicle, return, case, paper (interface.md 5).

`ui.duty_door` puts the application behind it. All calls are made on the GUI thread and return after the commit.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kiosk.app.desk import Occupant, ReturnForm
from kiosk.app.paper import PaperLine
from kiosk.app.pin import PinAnswer
from kiosk.app.shifts import HandoverSheet, Joining
from kiosk.app.turn import Done
from kiosk.app.views import FoundPerson, Mark, Shown
from kiosk.domain.codes import Direction, MemberSource, Priority, Told
from kiosk.domain.identity import CaseId, OperatorId, PassId, PersonId

TOLD, NO_ANSWER = "told", "no_answer"
"""What somebody who is to be told answered."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """值守人员: a masked row for a key; `source` of a volunteer, `leader` where he is a gate leader."""

    id: OperatorId
    label: str
    name: str
    source: MemberSource
    leader: bool = False


@dataclass(frozen=True, slots=True)
class OwnChecks:
    """自查: what the gate knows of itself at sign-on; `pending` events are not uploaded."""

    list_age_s: int | None
    list_mark: Mark
    clock_bad: bool
    pending: int
    pending_mark: Mark


@dataclass(frozen=True, slots=True)
class ShiftNow:
    """当班: since when (ms), who (masked), what passed through, what is open; `head` begins the log's head hash."""

    opened_at_ms: int | None
    now_ms: int
    members: tuple[str, ...]
    counts: Mapping[str, int]
    open_cases: int
    grave: bool
    resting: tuple[tuple[int, int | None], ...]
    temp_passes: int
    permits_out: int
    pending: int
    head: str


@dataclass(frozen=True, slots=True)
class CallView:
    """一个要通知的人: whom, under which number, when he was told and what he answered ("" for none)."""

    who: Told
    phone: str
    told_at_ms: int | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class FeverView:
    """发热报告: a case's calls in the order of the rules; `readings` in tenths; `reached` the wait spot."""

    case: CaseId
    priority: Priority
    readings: tuple[int, ...]
    calls: tuple[CallView, ...]
    notes: tuple[str, ...]
    now_ms: int


class DutyDoor(Protocol):
    """The gate, as the volunteer's flows see it."""

    # -- 班次 ----------------------------------------------------------------------------------------------------

    def people(self) -> tuple[Somebody, ...]:
        """Who may sign on here, volunteers first."""
        ...

    def staff_card(self, payload: bytes) -> Somebody | None:
        """值守证: whose genuine staff card this is; opens no passage."""
        ...

    def own_pin(self, who: OperatorId, pin: str, answer: Callable[[PinAnswer], None]) -> None:
        """Whether that is this person's PIN."""
        ...

    def leader_pin(self, pin: str, answer: Callable[[PinAnswer], None]) -> None:
        """Whether that is a gate leader's PIN."""
        ...

    def own_checks(self) -> OwnChecks:
        """Age of the list, clock, 未上传."""
        ...

    def sign_on(self, members: tuple[Joining, ...], checks: Mapping[str, str]) -> Done:
        """接班."""
        ...

    def shift_now(self) -> ShiftNow:
        """What a handover hands over."""
        ...

    def hand_over(self, sheet: HandoverSheet) -> Done:
        """交班."""
        ...

    # -- 车辆, 一户, 尾随, 返沪 ------------------------------------------------------------------------------------

    def party(self, occupants: tuple[Occupant, ...], direction: Direction, plate: str | None) -> tuple[Shown, ...]:
        """A vehicle: a passage for each occupant."""
        ...

    def member(self, household: PassId, person: PersonId, direction: Direction) -> Shown:
        """A member of a household was tapped."""
        ...

    def tailgated(self, count: int) -> Done:
        """尾随: so many went through unmeasured: a case, no passage."""
        ...

    def regions(self) -> tuple[tuple[str, str], ...]:
        """重点地区 of the policy in force: code and name."""
        ...

    def today(self) -> dt.date:
        """The day in Shanghai."""
        ...

    def return_home(self, form: ReturnForm, direction: Direction) -> Shown:
        """返沪后首次进小区: the form opens the passage."""
        ...

    # -- 案件 ----------------------------------------------------------------------------------------------------

    def fever(self, case: CaseId) -> FeverView | None:
        """The calls of a case; None once it is closed."""
        ...

    def told(self, case: CaseId, who: Told, answer: str) -> Done:
        """已通知, or 无人接."""
        ...

    def noted(self, case: CaseId, note: str) -> Done:
        """A tile of the fever card: 到隔离点, a symptom, where from, how many came along."""
        ...

    # -- 补录 ----------------------------------------------------------------------------------------------------

    def key_in(self, line: PaperLine) -> Done:
        """补录: a line of the paper sheet."""
        ...

    def by_serial(self, serial: str) -> tuple[FoundPerson, ...] | None:
        """Whose card that is; None for a wrong check character."""
        ...
