# SPDX-License-Identifier: LicenseRef-Gatehouse
"""练习 `screen.practice`: twelve people by script, on a gate that is thrown away (5.17, domain.md section 18).

The leader starts it. While it lasts, the same screens stand over the practice's own gate; its list of twelve takes the
place of the idle screen between two people. It ends by a key, after fifteen minutes, or when somebody signs on.
"""

from collections.abc import Callable
from typing import Protocol

from kiosk.app.practice import PRACTICE_MS, PracticeCard
from kiosk.app.views import Line, PassageView, Shape
from kiosk.domain.codes import Reason, Verdict
from kiosk.domain.identity import OperatorId
from ui.duty_ports import DutyDoor
from ui.viewmodels.duty_pin import PinPage
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.gate import GateModel
from ui.viewmodels.stage import Stage

_GOES_ON = frozenset({Reason.NEED_TEMP, Reason.RECHECK_LOW, Reason.NO_MASK})
"""A WAIT that is on the way to a verdict."""


class PracticeGate(Protocol):
    """Puts another gate behind the screens, and takes it away again."""

    def start(self) -> tuple[PracticeCard, ...] | str:
        """The twelve with their cards; or why there is no practice now (`practice.refused.<why>`)."""
        ...

    def stop(self) -> None:
        """Throw the practice away; the gate itself stands behind the screens again."""
        ...


class NoPractice:
    """A stand that has no gate to put beside its own."""

    def start(self) -> tuple[PracticeCard, ...] | str:
        """None."""
        return "NO_ROOM"

    def stop(self) -> None:
        """Nothing to end."""


class PracticeFlow(FlowBase):
    """One practice."""

    def __init__(
        self, door: DutyDoor, stage: Stage, model: GateModel, gate: PracticeGate, mono_ms: Callable[[], int]
    ) -> None:
        super().__init__(model.home)
        self._door = door
        self._stage = stage
        self._model = model
        self._gate = gate
        self._mono_ms = mono_ms
        self._cards: tuple[PracticeCard, ...] = ()
        self._begun_ms = 0
        self._now: PracticeCard | None = None
        self._told = False
        self._right: dict[str, bool] = {}

    @property
    def on(self) -> bool:
        """Whether a practice goes on."""
        return bool(self._cards)

    # -- begin and end -------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """练习: the leader's PIN first; while one goes on, its list."""
        if self.on:
            self._list()
            return
        PinPage(self._stage, self._door.leader_pin, self._allowed, self._home, title=Line("leader.pin")).show()

    def _allowed(self, _leader: OperatorId) -> None:
        found = self._gate.start()
        if isinstance(found, str):
            form = Form("screen.practice", Line("key.practice"), notice=Line(f"practice.refused.{found}"))
            self._stage.put(FormState(form, self))
            return
        self._cards = found
        self._begun_ms = self._mono_ms()
        self._right = {}
        self._now = None
        self._model.forget()
        self._list()

    def end(self) -> None:
        """退出练习."""
        if not self.on:
            return
        self._cards, self._now = (), None
        self._gate.stop()
        self._model.forget()
        self._home()

    def second(self) -> None:
        """After fifteen minutes it ends by itself."""
        if self.on and self._mono_ms() - self._begun_ms >= PRACTICE_MS:
            self.end()
            self._model.notice(Line("practice.over"))

    # -- the twelve ----------------------------------------------------------------------------------------------

    def _list(self) -> None:
        self._now, self._told = None, False
        keys = tuple(self._tile(card) for card in self._cards)
        good = sum(self._right.values())
        form = Form("screen.practice", Line("practice.who"), (Group(keys),),
                    so_far=Line("practice.score", {"good": good, "count": len(self._cards)}),
                    head=(FormKey("end", Line("practice.end"), "STOP", mm=36.0),))  # fmt: skip
        self._stage.put(FormState(form, self))
        self._model.refresh()

    def _tile(self, card: PracticeCard) -> FormKey:
        right = self._right.get(card.script.key)
        hint = None if right is None else Line("practice.right" if right else "practice.wrong")
        shape = None if right is None else Shape.CIRCLE_TICK if right else Shape.OCTAGON
        return FormKey(
            f"who.{card.script.key}", Line(f"practice.script.{card.script.key}"), shape=shape, hint=hint, mm=50.0
        )

    def _person(self, card: PracticeCard) -> None:
        self._now, self._told = card, False
        script = card.script
        said = [Line(f"practice.script.{script.key}")]
        if script.readings:
            said.append(Line("practice.readings", {"readings": ", ".join(script.readings)}))
        said.append(Line("practice.with_card" if card.payload is not None else "practice.without_card"))
        show = "practice.show" if card.payload is not None else "practice.begin"
        form = Form("screen.practice", Line(f"practice.script.{script.key}"),
                    (Group(lines=tuple(said[1:])), Group((FormKey("show", Line(show), "MAIN", mm=64.0),), alone=True)),
                    head=(FormKey("end", Line("practice.end"), "STOP", mm=36.0),))  # fmt: skip
        self._stage.put(FormState(form, self))

    def chose(self, name: str) -> None:
        """A key."""
        what, _, rest = name.partition(".")
        if what == "end":
            self.end()
        elif what == "who":
            card = next((each for each in self._cards if each.script.key == rest), None)
            if card is not None:
                self._person(card)
        elif self._now is not None:
            self._comes(self._now)

    def _comes(self, card: PracticeCard) -> None:
        if self._model.direction is not card.script.direction:
            self._model.turn()
        if card.payload is not None:
            self._model.code_seen(card.payload)
        else:
            self._home()

    # -- what the lane's screens tell ----------------------------------------------------------------------------

    def stood(self, view: PassageView) -> None:
        """A verdict stands: the one that the script ends in, or another."""
        if self._now is None:
            return
        script = self._now.script
        met = (view.verdict, view.reason) == (script.verdict, script.reason)
        if met:
            self._right[script.key] = True
            self._told = True
        elif view.final or view.verdict is not Verdict.WAIT or view.reason not in _GOES_ON:
            self._right.setdefault(script.key, False)
            self._told = True

    def resting(self) -> bool:
        """The idle screen would stand: the list of twelve stands instead, once the person is through."""
        if not self.on or (self._now is not None and not self._told):
            return False
        self._list()
        return True

    def back(self) -> None:
        """From a person to the list; from the list the lane, the practice goes on."""
        if self._now is not None:
            self._list()
        elif self.on:
            self._now = self._cards[0]  # the lane stands until somebody is through
            self._home()
        else:
            self._home()

    def left(self) -> None:
        """The list waits; only the practice's own time ends it."""
        if not self.on:
            self._home()
