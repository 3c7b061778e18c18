# SPDX-License-Identifier: LicenseRef-Gatehouse
"""同来的人: a car's occupants are measured one after another, a household's members as they are tapped (5.9).

The card of a group shows one public verdict for all: GO only if everybody may go; one who may not is never named.
"""

from kiosk.app.views import HouseholdView, Line, Look, LookClass, PassageView, Shape, Shown, Tone
from kiosk.domain.codes import Reason, Verdict
from kiosk.domain.identity import PassageId, PersonId
from ui.duty_ports import DutyDoor
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.gate import GateModel
from ui.viewmodels.keypad import text_of
from ui.viewmodels.stage import Stage

ASIDE = Look(
    LookClass.WAIT, Shape.TRIANGLE, Shape.TRIANGLE, Line("word.WAIT"), Line("line.pull_aside"), Tone.T3,
    Line("phrase.aside"),
)  # fmt: skip
"""请靠边等候: somebody of the car may not go in, or not yet."""
_TROUBLE = frozenset({Reason.RECHECK_FEVER, Reason.FEVER})


class PartyCard(FlowBase):
    """一车人: from the first occupant's keypad to the card with all of them."""

    def __init__(self, stage: Stage, model: GateModel) -> None:
        super().__init__(model.home)
        self._stage = stage
        self._model = model
        self._members: tuple[PassageId, ...] = ()
        self._plate = ""

    def begin(self, shown: tuple[Shown, ...], plate: str) -> None:
        """Everybody is a passage of his own; the first one is measured."""
        views = [each.view for each in shown if isinstance(each.view, PassageView)]
        self._members = tuple(view.passage for view in views)
        self._plate = plate
        if not views or shown[0].fault is not None:
            self._model.show(shown[0]) if shown else self._home()
            return
        self._model.group = self
        if not self._measure_next():
            self._show()

    def _views(self) -> list[PassageView]:
        return [self._model.door.view(passage) for passage in self._members]

    def _measure_next(self) -> bool:
        waiting = next((view for view in self._views() if _unmeasured(view)), None)
        if waiting is not None:
            self._model.open_chip(waiting.passage)
        return waiting is not None

    def took(self, view: PassageView) -> bool:
        """One of them is measured: the next one, or the card; a low reading is taken again first."""
        if view.passage not in self._members:
            self._model.group = None
            return False
        if view.reason is Reason.RECHECK_LOW or _unmeasured(view):
            return False
        trouble = any(other.reason in _TROUBLE for other in self._views())
        if trouble or not self._measure_next():
            self._show()
        return True

    def resume(self) -> bool:
        """A verdict that was looked at has cleared: the card again."""
        self._show()
        return True

    def place(self, passage: PassageId) -> str:
        """Who of how many."""
        return f"{self._members.index(passage) + 1} / {len(self._members)}" if passage in self._members else ""

    def _show(self) -> None:
        views = self._views()
        words = self._model
        keys = tuple(self._key(number, view) for number, view in enumerate(views, 1))
        done = FormKey("done", Line("vehicle.next"), "MAIN", hint=self._plate or None, mm=58.0)
        form = Form("screen.party", Line("vehicle.party", {"n": len(views)}), (Group(keys), Group((done,), alone=True)),
                    look=together(views), large=True)  # fmt: skip
        self._stage.put(FormState(form, self))
        words.refresh()

    @staticmethod
    def _key(number: int, view: PassageView) -> FormKey:
        reading = f" {text_of(view.temperature_dc)}" if view.temperature_dc is not None else ""
        what = Line(f"reason.{view.reason.value}") if view.verdict is Verdict.WAIT else view.look.word
        return FormKey(f"who.{number - 1}", f"{number}{reading}", shape=view.look.shape, hint=what, mm=40.0)

    def chose(self, name: str) -> None:
        """One of them is opened, or the car is done with."""
        if name == "done":
            self.back()
        else:
            self._model.open_chip(self._members[int(name.partition(".")[2])])

    def back(self) -> None:
        """Whoever is not decided waits in the tray."""
        self._model.group = None
        self._home()

    def left(self) -> None:
        """The same."""
        self.back()


def _unmeasured(view: PassageView) -> bool:
    return view.needs_reading and view.reason is Reason.NEED_TEMP and view.readings == 0


def together(views: list[PassageView]) -> Look:
    """One public verdict for a car: GO if all go, the step if steps are wanted, else 请靠边等候."""
    going = (LookClass.GO, LookClass.STEP, LookClass.EMERGENCY)
    if any(view.look.cls not in going for view in views):
        return ASIDE
    steps = [view for view in views if view.look.cls is LookClass.STEP and not view.final]
    return (steps or views)[0].look


class HouseholdCard(FlowBase):
    """一户一证: a tap opens a member's passage; after his verdict the page stands again for the next one.

    全家 is one tap for all: after whoever may go the next one is measured, without the page between them.
    """

    def __init__(self, door: DutyDoor, stage: Stage, model: GateModel) -> None:
        super().__init__(model.home)
        self._door = door
        self._stage = stage
        self._model = model
        self._household: HouseholdView | None = None
        self._opened: dict[PassageId, PersonId] = {}
        self._everybody = False

    def begin(self, household: HouseholdView) -> None:
        """A household's card was held up."""
        self._household, self._opened, self._everybody = household, {}, False
        self._show()

    def _show(self) -> None:
        if self._household is None:
            return
        done = set(self._opened.values())
        keys = tuple(
            FormKey(f"who.{number}", found.label, chosen=found.person in done, mm=50.0,
                    shape=Shape.CIRCLE_TICK if found.person in done else None)
            for number, found in enumerate(self._household.members)
        )  # fmt: skip
        count = len(keys)
        everybody = FormKey("all", Line("household.all", {"n": count}), "NORMAL" if done else "MAIN", mm=50.0)
        end = FormKey("done", Line("key.done"), "MAIN" if done else "NORMAL", mm=50.0)
        below = (everybody, end) if count > max(1, len(done)) else (end,)
        so_far = Line("household.so_far", {"n": len(done), "count": count}) if done else None
        form = Form("screen.household", Line("household.who"), (Group(keys), Group(below, alone=True)), so_far)
        self._stage.put(FormState(form, self))

    def took(self, view: PassageView) -> bool:
        """His verdict stands as anybody's; where all came, whoever may go gives way to the next one at once."""
        if view.passage not in self._opened:
            self._model.group = None
            return False
        return self._everybody and view.final and view.look.cls is LookClass.GO and self._next()

    def resume(self) -> bool:
        """The next member, or the page for it."""
        if not (self._everybody and self._next()):
            self._show()
        return True

    def _next(self) -> bool:
        """The next of all."""
        household, done = self._household, set(self._opened.values())
        waiting = [each.person for each in household.members if each.person not in done] if household else []
        if waiting:
            self._model.refresh()  # whoever went through just now waits no longer
            self._open(waiting[0])
        return bool(waiting)

    def place(self, passage: PassageId) -> str:
        """The how-manieth of the household's members: "2 / 3"."""
        if self._household is None or passage not in self._opened:
            return ""
        return f"{list(self._opened).index(passage) + 1} / {len(self._household.members)}"

    def chose(self, name: str) -> None:
        """A member, or nobody else."""
        household = self._household
        if name == "done" or household is None:
            self.back()
            return
        if name == "all":
            self._everybody = True
            self._next()
            return
        self._open(household.members[int(name.partition(".")[2])].person)

    def _open(self, person: PersonId) -> None:
        household = self._household
        if household is None:
            return
        shown = self._door.member(household.pass_id, person, self._model.direction)
        if isinstance(shown.view, PassageView):
            self._opened[shown.view.passage] = person
        self._model.group = self
        self._model.show(shown)

    def back(self) -> None:
        """Nobody else."""
        self._model.group, self._household = None, None
        self._home()

    def left(self) -> None:
        """The same."""
        self.back()
