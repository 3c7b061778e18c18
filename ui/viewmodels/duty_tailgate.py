# SPDX-License-Identifier: LicenseRef-Gatehouse
"""尾随: so many went through behind another, unmeasured; a case, no passage, no invented temperature (domain.md 12)."""

from collections.abc import Callable

from kiosk.app.views import Line
from ui.duty_ports import DutyDoor
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.stage import Stage

MOST = 9


class TailgateFlow(FlowBase):
    """One tap: how many."""

    def __init__(self, door: DutyDoor, stage: Stage, home: Callable[[], None], told: Callable[[Line], None]) -> None:
        """`told` shows a notice on the lane's screen."""
        super().__init__(home)
        self._door = door
        self._stage = stage
        self._told = told

    def begin(self) -> None:
        """How many there were."""
        self._show()

    def _show(self, notice: Line | None = None) -> None:
        keys = tuple(FormKey(f"count.{n}", str(n)) for n in range(1, MOST + 1))
        form = Form("screen.tailgate", Line("tailgate.how_many"), (Group(keys),), Line("tailgate.no_reading"), notice)
        self._stage.put(FormState(form, self))

    def chose(self, name: str) -> None:
        """So many."""
        count = int(name.partition(".")[2])
        done = self._door.tailgated(count)
        if done.fault is not None or done.refused is not None:
            self._show(Line("order.commit"))
            return
        self._home()
        self._told(Line("tailgate.kept", {"n": count}))
