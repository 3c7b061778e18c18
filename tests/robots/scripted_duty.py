# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The volunteer's flows over nothing: `DutyDoor` for stands with a scripted gate; real gates try the flows."""

import datetime as dt
from collections.abc import Callable, Mapping

from kiosk.app.desk import Occupant, ReturnForm
from kiosk.app.paper import PaperLine
from kiosk.app.pin import PinAnswer
from kiosk.app.ports import PinVerdict
from kiosk.app.shifts import HandoverSheet, Joining
from kiosk.app.turn import Done
from kiosk.app.views import FoundPerson, Mark, Shown
from kiosk.domain.codes import Direction, Told
from kiosk.domain.identity import CaseId, OperatorId, PassId, PersonId
from ui.duty_ports import FeverView, OwnChecks, ShiftNow, Somebody


class ScriptedDuty:
    """No shift, no case, nobody."""

    def people(self) -> tuple[Somebody, ...]:
        return ()

    def staff_card(self, payload: bytes) -> Somebody | None:
        return None

    def own_pin(self, who: OperatorId, pin: str, answer: Callable[[PinAnswer], None]) -> None:
        answer(PinAnswer(PinVerdict.WRONG))

    def leader_pin(self, pin: str, answer: Callable[[PinAnswer], None]) -> None:
        answer(PinAnswer(PinVerdict.WRONG))

    def own_checks(self) -> OwnChecks:
        return OwnChecks(480, Mark.NORMAL, clock_bad=False, pending=0, pending_mark=Mark.NORMAL)

    def sign_on(self, members: tuple[Joining, ...], checks: Mapping[str, str]) -> Done:
        return Done()

    def shift_now(self) -> ShiftNow:
        return ShiftNow(None, 0, (), {}, 0, False, (), 0, 0, 0, "")

    def hand_over(self, sheet: HandoverSheet) -> Done:
        return Done()

    def party(self, occupants: tuple[Occupant, ...], direction: Direction, plate: str | None) -> tuple[Shown, ...]:
        return ()

    def member(self, household: PassId, person: PersonId, direction: Direction) -> Shown:
        return Shown(None)

    def tailgated(self, count: int) -> Done:
        return Done()

    def regions(self) -> tuple[tuple[str, str], ...]:
        return (("420000", "湖北"), ("JP", "日本"))

    def today(self) -> dt.date:
        return dt.date(2020, 2, 20)

    def return_home(self, form: ReturnForm, direction: Direction) -> Shown:
        return Shown(None)

    def fever(self, case: CaseId) -> FeverView | None:
        return None

    def told(self, case: CaseId, who: Told, answer: str) -> Done:
        return Done()

    def noted(self, case: CaseId, note: str) -> Done:
        return Done()

    def key_in(self, line: PaperLine) -> Done:
        return Done()

    def by_serial(self, serial: str) -> tuple[FoundPerson, ...] | None:
        return ()
