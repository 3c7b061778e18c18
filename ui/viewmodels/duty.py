# SPDX-License-Identifier: LicenseRef-Gatehouse
"""值守流程: the flows beside the lane, each a page of its own, begun from 更多, 车辆 or a verdict (interface.md 5)."""

from collections.abc import Callable

from kiosk.app.views import Line
from kiosk.domain.identity import PassageId
from ui.duty_ports import DutyDoor
from ui.viewmodels.duty_fever import CaseCard
from ui.viewmodels.duty_group import HouseholdCard, PartyCard
from ui.viewmodels.duty_hand_over import HandOver
from ui.viewmodels.duty_paper import PaperFlow
from ui.viewmodels.duty_practice import PracticeFlow, PracticeGate
from ui.viewmodels.duty_return import FirstReturn
from ui.viewmodels.duty_sign_on import SignOn, Surroundings
from ui.viewmodels.duty_tailgate import TailgateFlow
from ui.viewmodels.duty_vehicle import VehicleFlow
from ui.viewmodels.duty_visitor import VisitorPages
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.gate import GateModel
from ui.viewmodels.stage import Stage


class Duty(FlowBase):
    """The flows, and the page that asks whether somebody comes or goes."""

    def __init__(
        self,
        door: DutyDoor,
        stage: Stage,
        model: GateModel,
        around: Surroundings,
        ask_leader: Callable[[PassageId], None],
        practice: PracticeGate,
        mono_ms: Callable[[], int],
    ) -> None:
        """`ask_leader` begins the leader's decision on a passage; `practice` puts a practice behind the screens."""
        super().__init__(model.home)
        self.door = door
        self._stage = stage
        self._model = model
        self.sign_on = SignOn(door, stage, model.home, around)
        self.hand_over = HandOver(door, stage, model.home)
        self.tailgate = TailgateFlow(door, stage, model.home, model.notice)
        self.vehicle = VehicleFlow(door, stage, model, PartyCard(stage, model))
        model.household = HouseholdCard(door, stage, model).begin
        self.case = CaseCard(door, stage, model, ask_leader)
        model.cased = self.case.cased
        model.each_second = self._second
        self.first_return = FirstReturn(door, stage, model)
        model.before = self.first_return.ticked
        model.first_return = self.first_return.begin
        self.practice = PracticeFlow(door, stage, model, practice, mono_ms)
        model.stood = self.practice.stood
        model.resting = self.practice.resting
        self.visitor = VisitorPages(door, lambda: model.door, stage, model.home)
        self.paper = PaperFlow(door, lambda: model.door, stage, model.home)

    def begin(self, name: str) -> bool:
        """A tile of 更多; False: there is no such flow."""
        match name:
            case "shift":
                self._shift()
            case "tailgate":
                self.tailgate.begin()
            case "practice":
                self.practice.begin()
            case "paper":
                self.paper.begin()
            case "vehicle":
                self.vehicle.begin()
            case _:
                return False
        return True

    def _second(self) -> None:
        self.case.second()
        self.practice.second()

    def _shift(self) -> None:
        self.practice.end()
        if self.door.shift_now().opened_at_ms is None:
            self.sign_on.begin()
            return
        keys = (FormKey("on", Line("duty.on"), mm=64.0), FormKey("over", Line("duty.over"), mm=64.0))
        form = Form("screen.shift", Line("key.shift"), (Group(keys),), " ".join(self.door.shift_now().members))
        self._stage.put(FormState(form, self))

    def chose(self, name: str) -> None:
        """Comes, or goes."""
        if name == "on":
            self.sign_on.begin()
        else:
            self.hand_over.begin()
