# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's use cases as the volunteer's flows ask for them: `DutyDoor` over `GateApp`; it decides nothing.

`app` is asked anew at each call: a practice puts another gate behind the same screens.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import cast

from kiosk.app.desk import Arriving, Occupant, ReturnForm
from kiosk.app.gate import GateApp
from kiosk.app.lookup import RoomQuestion, label, serial_holds
from kiosk.app.paper import PaperLine
from kiosk.app.pin import LEADER, PinAnswer
from kiosk.app.ports import SyncStatus
from kiosk.app.roster import masked
from kiosk.app.shifts import HandoverSheet, Joining
from kiosk.app.turn import Done
from kiosk.app.views import FoundPerson, Shown
from kiosk.domain.codes import Direction, MemberSource, Told
from kiosk.domain.identity import CaseId, CompoundId, OperatorId, PassId, PersonId
from kiosk.domain.instants import day_of
from kiosk.domain.isolation import permit_out
from kiosk.domain.present import Case, TempPass
from kiosk.domain.register import Dwelling, Operator, Permit
from ui.duty_ports import NO_ANSWER, CallView, FeverView, OwnChecks, ShiftNow, Somebody
from ui.pin_worker import PinWorker

_HEAD = 8
_VOLUNTEER = "volunteer"
EMERGENCY_NUMBERS = {Told.AMBULANCE: "120", Told.POLICE: "110"}


class AppDuty:
    """`DutyDoor` over one gate."""

    def __init__(self, app: Callable[[], GateApp], pin: PinWorker, line: Callable[[], SyncStatus]) -> None:
        """`line` is what the sync thread told last."""
        self._gate = app
        self._pin = pin
        self._line = line

    @property
    def _app(self) -> GateApp:
        return self._gate()

    # -- 班次 ----------------------------------------------------------------------------------------------------

    def people(self) -> tuple[Somebody, ...]:
        """Who may sign on here, volunteers first."""
        gate = self._app.identity.gate
        here = [one for one in self._app.facts.roster.operators() if not one.gates or gate in one.gates]
        here.sort(key=lambda one: (one.role == LEADER, one.deputy))
        return tuple(_somebody(one) for one in here)

    def staff_card(self, payload: bytes) -> Somebody | None:
        """值守证."""
        person = self._app.desk.staff_card(payload)
        if person is None:
            return None
        cards = self._app.facts.roster.operators()
        # A badge's holder has the id of the volunteer's own card, also while a numbered one is lent to him.
        known = next((one for one in cards if str(one.id) == str(person.id)), None)
        known = known or next((one for one in cards if one.name == person.name), None)
        if known is not None:
            return _somebody(known)
        return Somebody(OperatorId(person.id), masked(person.name), person.name, MemberSource.RESIDENT)

    def own_pin(self, who: OperatorId, pin: str, answer: Callable[[PinAnswer], None]) -> None:
        """Whether that is this person's PIN."""
        self._pin.ask(pin, answer, who)

    def leader_pin(self, pin: str, answer: Callable[[PinAnswer], None]) -> None:
        """Whether that is a gate leader's PIN."""
        self._pin.ask(pin, answer)

    def own_checks(self) -> OwnChecks:
        """Age of the list, clock, 未上传."""
        status = self._app.status(self._line())
        return OwnChecks(
            status.list_age_s, status.list_mark, status.clock_bad, status.pending, status.pending_mark
        )  # fmt: skip

    def sign_on(self, members: tuple[Joining, ...], checks: Mapping[str, str]) -> Done:
        """接班."""
        return self._app.shifts.sign_on(members, checks)

    def shift_now(self) -> ShiftNow:
        """What a handover hands over."""
        app = self._app
        present = app.present
        shift = present.shift()
        now = app.now().at_ms
        cases = present.cases()
        resting = tuple((chip.token, chip.left_s) for chip in app.desk.tray() if chip.left_s is not None)
        temporary = sum(temp.exp_ms > now for temp in cast("tuple[TempPass, ...]", tuple(present.all("temp_pass"))))
        permits = cast("tuple[Permit, ...]", tuple(present.all("permit")))
        return ShiftNow(
            opened_at_ms=shift.opened_at_ms if shift is not None else None,
            now_ms=now,
            members=tuple(app.on_duty().split()),
            counts=dict(shift.tally) if shift is not None else {},
            open_cases=len(cases),
            grave=any(case.priority.value == "P1" for case in cases),
            resting=resting,
            temp_passes=temporary,
            permits_out=sum(permit_out(permit) for permit in permits),
            pending=self._line().pending,
            head=app.shifts.head()[:_HEAD],
        )

    def hand_over(self, sheet: HandoverSheet) -> Done:
        """交班."""
        app = self._app
        return app.shifts.handover(sheet, app.facts.policy_at(app.now().at_ms), self._line().pending)

    # -- 车辆, 一户, 尾随, 返沪 ------------------------------------------------------------------------------------

    def party(self, occupants: tuple[Occupant, ...], direction: Direction, plate: str | None) -> tuple[Shown, ...]:
        """A vehicle."""
        return self._app.desk.party(occupants, Arriving(direction), plate)

    def member(self, household: PassId, person: PersonId, direction: Direction) -> Shown:
        """A member of a household."""
        return self._app.desk.open_member(household, person, Arriving(direction))

    def tailgated(self, count: int) -> Done:
        """尾随."""
        return self._app.leader.tailgate(count)

    def regions(self) -> tuple[tuple[str, str], ...]:
        """重点地区: code and name."""
        policy = self._app.facts.policy_at(self._app.now().at_ms)
        return tuple(dict.fromkeys((region.code, region.name) for region in policy.regions if region.key))

    def today(self) -> dt.date:
        """The day in Shanghai."""
        return day_of(self._app.now().at_ms)

    def return_home(self, form: ReturnForm, direction: Direction) -> Shown:
        """返沪后首次进小区."""
        return self._app.desk.return_home(form, Arriving(direction, code=form.code))

    # -- 案件 ----------------------------------------------------------------------------------------------------

    def fever(self, case: CaseId) -> FeverView | None:
        """The calls of a case."""
        found: Case | None = self._app.present.get("case", case)
        if found is None:
            return None
        record = self._app.record(found.passage) if found.passage is not None else None
        readings = tuple(reading.tenths for reading in record.readings) if record is not None else ()
        person = self._app.facts.roster.person(record.person) if record is not None else None
        home = self._app.facts.roster.dwelling(person.dwelling) if person is not None else None
        calls = tuple(
            CallView(step.who, self._phone(step.who, step.answer, home), step.told_at_ms, step.answer)
            for step in found.steps
        )
        return FeverView(case, found.priority, readings, calls, found.said, self._app.now().at_ms)

    def _phone(self, who: Told, answer: str | None, home: Dwelling | None) -> str:
        """The number to call now; a leader who did not answer gives way to the deputy."""
        fixed = EMERGENCY_NUMBERS.get(who)
        if fixed is not None:
            return fixed
        roster = self._app.facts.roster
        compound = roster.compound(CompoundId(self._app.identity.compound))
        match who:
            case Told.LEADER:
                phones = [one.phone for one in self.leaders() if one.phone]
                return next(iter(phones[1:] if answer == NO_ANSWER else phones), "")
            case Told.COMMITTEE if compound is not None:
                return compound.committee_phone
            case Told.HEALTH if compound is not None:
                return compound.health_phone
            case Told.BUILDING if home is not None:
                return home.building_leader_phone
            case Told.ROAD:
                return next((one.phone for one in roster.road_leaders() if one.phone), "")
            case _:
                return ""

    def leaders(self) -> tuple[Operator, ...]:
        """门长 of this gate, the deputy last."""
        gate = self._app.identity.gate
        every = self._app.facts.roster.operators()
        here = [one for one in every if one.role == LEADER and (not one.gates or gate in one.gates)]
        return tuple(sorted(here, key=lambda one: one.deputy))

    def told(self, case: CaseId, who: Told, answer: str) -> Done:
        """已通知, or 无人接."""
        return self._app.leader.told(case, who, answer, self._by())

    def noted(self, case: CaseId, note: str) -> Done:
        """A tile of the fever card."""
        return self._app.leader.noted(case, note, self._by())

    # -- 补录 ----------------------------------------------------------------------------------------------------

    def key_in(self, line: PaperLine) -> Done:
        """补录."""
        return self._app.paper.key_in(line)

    def by_serial(self, serial: str) -> tuple[FoundPerson, ...] | None:
        """Whose card that is."""
        if not serial_holds(serial):
            return None
        return tuple(label(person) for person in self._app.find(RoomQuestion(serial=serial)).persons)

    def _by(self) -> str:
        shift = self._app.present.shift()
        return shift.members[0].id if shift is not None and shift.members else _VOLUNTEER


def _somebody(one: Operator) -> Somebody:
    return Somebody(one.id, masked(one.name), one.name, one.source, one.role == LEADER)
