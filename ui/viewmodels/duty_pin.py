# SPDX-License-Identifier: LicenseRef-Gatehouse
"""密码页: a PIN is asked on a page of its own; its digits live here until they are checked (trust.md section 4)."""

from collections.abc import Callable

from kiosk.app.pin import PinAnswer
from kiosk.app.ports import PinVerdict
from kiosk.app.views import Line
from kiosk.domain.identity import OperatorId
from ui.viewmodels.forms import FlowBase, Form, FormState, Text
from ui.viewmodels.leader_asks import pin_notice
from ui.viewmodels.stage import Stage

LONGEST_PIN = 12
Ask = Callable[[str, Callable[[PinAnswer], None]], None]


class PinPage(FlowBase):
    """One PIN; `then` is called with whose it was, `cancelled` when it is not given."""

    def __init__(
        self,
        stage: Stage,
        ask: Ask,
        then: Callable[[OperatorId], None],
        cancelled: Callable[[], None],
        *,
        title: Line,
        whom: Text | None = None,
        left: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(left or cancelled)
        self._stage = stage
        self._ask = ask
        self._then = then
        self._cancelled = cancelled
        self._title = title
        self._whom = whom
        self._pin = ""
        self._checking = False

    def show(self, notice: Line | None = None) -> None:
        """The page; only how many digits there are is shown."""
        form = Form(
            "screen.pin", self._title, so_far=self._whom, notice=notice, pad=True, typed="●" * len(self._pin), deep=True
        )  # fmt: skip
        self._stage.put(FormState(form, self))

    def chose(self, name: str) -> None:
        """No keys but the pad's."""

    def digit(self, digit: str) -> None:
        """A digit; "" deletes one."""
        if not self._checking:
            self._pin = (self._pin + digit)[:LONGEST_PIN] if digit else self._pin[:-1]
            self.show()

    def confirm(self) -> None:
        """Check it."""
        pin, self._pin = self._pin, ""
        if not pin or self._checking:
            return
        self._checking = True
        self.show(Line("leader.checking"))
        self._ask(pin, self._answered)

    def _answered(self, answer: PinAnswer) -> None:
        self._checking = False
        state = self._stage.state
        if not isinstance(state, FormState) or state.flow is not self:
            return  # the screen fell back meanwhile
        if answer.verdict is PinVerdict.RIGHT and answer.operator is not None:
            self._then(answer.operator)
        else:
            self.show(pin_notice(answer))

    def back(self) -> None:
        """Not given."""
        self._pin = ""
        self._cancelled()

    def left(self) -> None:
        """Forgotten."""
        self._pin = ""
        super().left()
