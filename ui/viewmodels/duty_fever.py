# SPDX-License-Identifier: LicenseRef-Gatehouse
"""报告卡 `screen.fever`: whom to call in which order, who was told, what was asked; the lane goes on (5.5).

The card stands as soon as the verdict is HOLD with a case; the public band at its head is the neutral one. Each touch
is stored with its time and the volunteer. 继续扫码 is the default: the card becomes a chip, the case stays open.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.app.views import Line, PassageView
from kiosk.domain.codes import Button, Reason, Verdict
from kiosk.domain.codes import Told as Whom
from kiosk.domain.identity import CaseId, PassageId
from kiosk.domain.instants import shanghai
from ui.duty_ports import NO_ANSWER, TOLD, CallView, DutyDoor, FeverView
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.gate import GateModel
from ui.viewmodels.keypad import text_of
from ui.viewmodels.stage import Stage

AGAIN_MS = 180_000
"""After 无人接 the volunteer is reminded in three minutes."""
SYMPTOMS = ("cough", "weak", "diarrhoea", "none")
AT_SPOT = "at_spot"
_COMPANIONS = ("0", "1", "2", "3+")
_CALL_MM, _SPOT_MM = 58.0, 80.0


@dataclass(frozen=True, slots=True)
class _Reminder:
    case: CaseId
    who: Whom
    at_ms: int


class CaseCard(FlowBase):
    """One case on the screen; reminders of all."""

    def __init__(
        self,
        door: DutyDoor,
        stage: Stage,
        model: GateModel,
        ask_leader: Callable[[PassageId], None],
    ) -> None:
        """`ask_leader` begins the leader's decision on the passage."""
        super().__init__(model.home)
        self._door = door
        self._stage = stage
        self._model = model
        self._ask_leader = ask_leader
        self._view: PassageView | None = None
        self._reminders: tuple[_Reminder, ...] = ()

    def cased(self, view: PassageView) -> bool:
        """Show the card of a passage that is held with an open case; False: it has none."""
        if view.verdict is not Verdict.HOLD or view.case is None or view.final:
            return False
        if self._door.fever(view.case.case) is None:
            return False
        self._view = view
        self._show()
        return True

    def _show(self, notice: Line | None = None) -> None:
        view = self._view
        card = self._door.fever(view.case.case) if view is not None and view.case is not None else None
        if view is None or card is None:
            self._home()
            return
        groups = [self._spot(card), *(self._call(n, call) for n, call in enumerate(card.calls, 2))]
        groups += self._asked(view, card)
        form = Form("screen.fever", Line("fever.title"), tuple(groups), so_far=self._staff(view, card), notice=notice,
                    look=view.look, head=self._head(view))  # fmt: skip
        self._stage.put(FormState(form, self))

    @staticmethod
    def _staff(view: PassageView, card: FeverView) -> Line:
        if view.reason is Reason.FEVER:
            readings = " → ".join(text_of(tenths) for tenths in card.readings)
            return Line("fever.staff", {"readings": readings, "name": view.name_line})
        return view.staff[0]

    @staticmethod
    def _head(view: PassageView) -> tuple[FormKey, ...]:
        keys = [FormKey(f"press.{button.value}", Line(f"button.{button.value}"), mm=22.0) for button in view.buttons]
        return (*keys, FormKey("leader", Line("key.ask_leader"), "AMBER", mm=22.0))

    @staticmethod
    def _spot(card: FeverView) -> Group:
        there = AT_SPOT in card.notes
        key = FormKey("spot", Line("fever.there"), chosen=there)
        return Group((key,), Line("fever.spot"), text_mm=_SPOT_MM)

    @staticmethod
    def _call(number: int, call: CallView) -> Group:
        at = shanghai(call.told_at_ms).strftime("%H:%M") if call.told_at_ms is not None else None
        told, missed = call.answer == TOLD, call.answer == NO_ANSWER
        keys = (
            FormKey(f"told.{call.who.value}", Line("fever.told"), chosen=told, hint=at if told else None),
            FormKey(f"missed.{call.who.value}", Line("fever.no_answer"), chosen=missed, hint=at if missed else None),
        )
        label = Line("fever.call", {"n": number, "told": call.who.value})
        return Group(keys, label, big=call.phone, text_mm=_CALL_MM)

    @staticmethod
    def _asked(view: PassageView, card: FeverView) -> list[Group]:
        groups: list[Group] = []
        if view.reason is Reason.FEVER:
            symptoms = tuple(
                FormKey(f"symptom.{name}", Line(f"fever.{name}"), chosen=f"symptom_{name}" in card.notes)
                for name in SYMPTOMS
            )
            away = tuple(
                FormKey(f"away.{answer}", Line(f"fever.{answer}"), chosen=f"away:{answer}" in card.notes)
                for answer in ("yes", "no")
            )
            groups += [Group(symptoms, Line("fever.symptoms"), alone=True), Group(away, Line("fever.away"))]
        count = next((note.partition(":")[2] for note in card.notes if note.startswith("companions:")), "0")
        companions = FormKey("companions", count)
        groups.append(Group((companions,), Line("fever.companions"), alone=view.reason is not Reason.FEVER))
        groups.append(Group((FormKey("next", Line("key.next"), "MAIN", mm=36.0),), Line("fever.stays_open")))
        return groups

    # -- touches -------------------------------------------------------------------------------------------------

    def chose(self, name: str) -> None:
        """A key."""
        view = self._view
        if view is None or view.case is None:
            return
        what, _, rest = name.partition(".")
        match what:
            case "told" | "missed":
                self._told(view.case.case, Whom(rest), TOLD if what == "told" else NO_ANSWER)
            case "spot":
                self._note(view.case.case, AT_SPOT)
            case "symptom":
                self._symptom(view.case.case, rest)
            case "away":
                self._note(view.case.case, f"away:{rest}")
            case "companions":
                self._companion(view.case.case)
            case "press":
                self._view = None
                self._model.show(self._model.door.press(view.passage, Button(rest)))
            case "leader":
                self._ask_leader(view.passage)
            case _:
                self.back()

    def _told(self, case: CaseId, who: Whom, answer: str) -> None:
        done = self._door.told(case, who, answer)
        if done.fault is not None:
            self._show(Line("order.commit"))
            return
        self._reminders = tuple(each for each in self._reminders if (each.case, each.who) != (case, who))
        if answer == NO_ANSWER:
            card = self._door.fever(case)
            now = card.now_ms if card is not None else 0
            self._reminders = (*self._reminders, _Reminder(case, who, now + AGAIN_MS))
        self._show()

    def _note(self, case: CaseId, word: str) -> None:
        card = self._door.fever(case)
        taken = card is not None and word in card.notes
        done = self._door.noted(case, f"-{word}" if taken else word)
        self._show(Line("order.commit") if done.fault is not None else None)

    def _symptom(self, case: CaseId, name: str) -> None:
        """无 takes the symptoms back, a symptom takes 无 back."""
        card = self._door.fever(case)
        contrary = SYMPTOMS[:-1] if name == SYMPTOMS[-1] else SYMPTOMS[-1:]
        for other in contrary:
            if card is not None and f"symptom_{other}" in card.notes:
                self._door.noted(case, f"-symptom_{other}")
        self._note(case, f"symptom_{name}")

    def _companion(self, case: CaseId) -> None:
        card = self._door.fever(case)
        notes = card.notes if card is not None else ()
        count = next((note.partition(":")[2] for note in notes if note.startswith("companions:")), "0")
        following = _COMPANIONS[(_COMPANIONS.index(count) + 1) % len(_COMPANIONS)]
        self._door.noted(case, f"companions:{following}")
        self._show()

    def second(self) -> None:
        """Once a second: who did not answer three minutes ago is to be called again."""
        for each in self._reminders:
            card = self._door.fever(each.case)
            if card is None or any(call.who is each.who and call.answer == TOLD for call in card.calls):
                self._reminders = tuple(other for other in self._reminders if other != each)
            elif card.now_ms >= each.at_ms:
                self._reminders = tuple(other for other in self._reminders if other != each)
                self._model.attention(Line("fever.call_again", {"told": each.who.value}))

    def back(self) -> None:
        """继续扫码."""
        self._view = None
        self._home()

    def left(self) -> None:
        """The same: the case stays open, the card is a chip."""
        self.back()
