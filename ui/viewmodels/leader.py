# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长处理 in its first form: PIN, what shall be done, why, and a second person's PIN where the gate asks for one.

The digits live here only until they are checked; a state holds how many there are, never which.
"""

from dataclasses import replace

from kiosk.app.pin import PinAnswer
from kiosk.app.ports import PinVerdict
from kiosk.app.views import Line
from kiosk.domain.codes import RefusedInput, Verdict
from kiosk.domain.identity import PassageId
from ui.ports import GateDoor
from ui.viewmodels.gate import GateModel
from ui.viewmodels.leader_asks import pin_notice
from ui.viewmodels.stage import Stage
from ui.viewmodels.states import LeaderState, LeaderStep

LONGEST_PIN = 12


class LeaderFlow:
    """One override."""

    def __init__(self, door: GateDoor, stage: Stage, model: GateModel) -> None:
        self._door = door
        self._stage = stage
        self._model = model
        self._pin = ""

    def begin(self, passage: PassageId) -> None:
        """请门长."""
        self._pin = ""
        self._stage.put(LeaderState(passage, self._door.view(passage)))

    def digit(self, digit: str) -> None:
        """A key of the pad; "" deletes one."""
        state = self._stage.state
        if isinstance(state, LeaderState) and state.step in (LeaderStep.PIN, LeaderStep.SECOND):
            self._pin = (self._pin + digit)[:LONGEST_PIN] if digit else self._pin[:-1]
            self._stage.put(replace(state, typed=len(self._pin), notice=None))

    def confirm(self) -> None:
        """确定: check the PIN."""
        state = self._stage.state
        if not isinstance(state, LeaderState):
            return
        pin, self._pin = self._pin, ""
        if not pin:
            return
        self._stage.put(replace(state, typed=0, notice=Line("leader.checking")))
        self._door.pin(pin, self._answered)

    def _answered(self, answer: PinAnswer) -> None:
        state = self._stage.state
        if not isinstance(state, LeaderState) or state.step not in (LeaderStep.PIN, LeaderStep.SECOND):
            return  # the screen fell back meanwhile
        if answer.verdict is not PinVerdict.RIGHT or answer.operator is None:
            self._stage.put(replace(state, typed=0, notice=pin_notice(answer)))
        elif state.step is LeaderStep.PIN:
            self._stage.put(replace(state, step=LeaderStep.CHOICE, typed=0, operator=answer.operator, notice=None))
        elif answer.operator == state.operator:
            self._stage.put(replace(state, typed=0, notice=Line("leader.second")))
        else:
            self._do(state, answer.operator)

    def chose(self, name: str) -> None:
        """A tile: what shall be done, then why."""
        state = self._stage.state
        if not isinstance(state, LeaderState):
            return
        if state.step is LeaderStep.CHOICE:
            self._stage.put(replace(state, step=LeaderStep.WHY, verdict=Verdict(name), notice=None))
        elif state.step is LeaderStep.WHY:
            self._do(replace(state, why=name), None)

    def _do(self, state: LeaderState, second: str | None) -> None:
        if state.operator is None or state.verdict is None or state.why is None:
            return
        shown = self._door.override(state.passage, state.verdict, state.why, by=state.operator, second_by=second)
        if shown.refused is RefusedInput.SECOND_PIN_NEEDED:
            self._stage.put(replace(state, step=LeaderStep.SECOND, typed=0, notice=None))
        elif shown.refused is not None:
            notice = Line(f"refused_input.{shown.refused.value}")
            self._stage.put(replace(state, step=LeaderStep.CHOICE, typed=0, notice=notice))
        else:
            self._model.show(shown)

    def back(self) -> None:
        """Nothing is decided; the passage stays in the tray."""
        self._pin = ""
        self._model.home()
