# SPDX-License-Identifier: LicenseRef-Gatehouse
"""未带证 and 来访人员: from tile to tile until the gate can be asked (interface.md 5.6 and 5.7)."""

from collections.abc import Callable
from dataclasses import replace

from kiosk.app.views import FoundPerson, Line, Shown
from kiosk.domain.codes import Category, CodeColour, Company
from ui.ports import GateDoor, Household, LookupFact, Visit
from ui.viewmodels.gate import GateModel
from ui.viewmodels.stage import Stage
from ui.viewmodels.states import CategoryState, LookupState, LookupStep
from ui.viewmodels.tiles import COMPANY

TAIL, SERIAL, MISSES = 4, 10, 3


class LookupFlow:
    """Building, unit, room, person, one more fact: four or five taps."""

    def __init__(self, door: GateDoor, stage: Stage, model: GateModel) -> None:
        self._door = door
        self._stage = stage
        self._model = model
        self.first_return: Callable[[FoundPerson], None] = lambda _person: None

    def begin(self) -> None:
        """未带证."""
        self._put(LookupState(LookupStep.BUILDING, self._door.buildings()))

    def chose(self, name: str) -> None:
        """A tile."""
        state = self._stage.state
        if not isinstance(state, LookupState):
            return
        match state.step:
            case LookupStep.BUILDING if name == "serial":
                self._put(LookupState(LookupStep.SERIAL))
            case LookupStep.BUILDING:
                self._building(name)
            case LookupStep.UNIT:
                self._unit(replace(state, unit=name))
            case LookupStep.ROOM:
                self._people(replace(state, room=name))
            case LookupStep.PERSON if name == "not_listed":
                self._not_listed()
            case LookupStep.PERSON:
                chosen = state.found[int(name.partition(".")[2])]
                self._put(replace(state, step=LookupStep.FACT, chosen=chosen, notice=None))
            case LookupStep.FACT if name == "first_return" and state.chosen is not None:
                self.first_return(state.chosen)
            case LookupStep.FACT if name == LookupFact.PHONE_TAIL.value:
                self._put(replace(state, step=LookupStep.TAIL, typed="", notice=None))
            case LookupStep.FACT:
                self._open(state, LookupFact(name))
            case _:
                pass

    def _building(self, building: str) -> None:
        units = self._door.units(building)
        state = LookupState(LookupStep.UNIT, units, building=building)
        if len(units) > 1:
            self._put(state)
        else:
            self._unit(replace(state, unit=units[0] if units else ""))

    def _unit(self, state: LookupState) -> None:
        rooms = self._door.rooms(state.building, state.unit)
        self._put(replace(state, step=LookupStep.ROOM, choices=rooms))

    def _people(self, state: LookupState) -> None:
        found = self._door.look_up(_where(state))
        rows = found.found if found is not None else ()
        notice = None if rows else Line("lookup.none")
        self._put(replace(state, step=LookupStep.PERSON, choices=(), found=rows, notice=notice))

    def digit(self, digit: str) -> None:
        """A key of the pad; "" deletes one."""
        state = self._stage.state
        if not isinstance(state, LookupState):
            return
        typed = state.typed + digit if digit else state.typed[:-1]
        state = replace(state, typed=typed, notice=None)
        if state.step is LookupStep.TAIL and len(typed) == TAIL:
            self._open(replace(state, typed=""), LookupFact.PHONE_TAIL, typed)
        elif state.step is LookupStep.SERIAL and len(typed) == SERIAL:
            self._serial(typed)
        else:
            self._put(state)

    def _serial(self, serial: str) -> None:
        found = self._door.look_up(Household(serial=serial))
        if found is None:
            self._put(LookupState(LookupStep.SERIAL, notice=Line("lookup.serial_wrong")))
            return
        state = LookupState(LookupStep.PERSON, found=found.found, typed=serial)
        self._put(replace(state, notice=None if found.found else Line("lookup.none")))

    def _open(self, state: LookupState, fact: LookupFact, tail: str | None = None) -> None:
        chosen: FoundPerson | None = state.chosen
        if chosen is None:
            return
        where = _where(state)

        def ask(*, mask: bool, code: CodeColour) -> Shown:
            way = self._model.direction
            shown = self._door.open_found(where, chosen.person, fact, direction=way, code=code, mask=mask, tail=tail)
            return shown if shown is not None else Shown(None)

        missed = tail is not None and not self._door.tail_fits(where, chosen.person, tail)
        if missed:
            misses = state.misses + 1
            if misses >= MISSES:
                self._not_listed()
                return
            self._put(replace(state, typed="", misses=misses, notice=Line("leader.wrong")))
            return
        self._model.opened(ask)

    def _not_listed(self) -> None:
        def ask(*, mask: bool, code: CodeColour) -> Shown:
            return self._door.open_not_found(direction=self._model.direction, mask=mask, code=code)

        self._model.opened(ask)

    def back(self) -> None:
        """One step back; from the first one home."""
        state = self._stage.state
        if not isinstance(state, LookupState):
            return
        match state.step:
            case LookupStep.TAIL:
                self._put(replace(state, step=LookupStep.FACT, typed="", notice=None))
            case LookupStep.FACT:
                self._put(replace(state, step=LookupStep.PERSON, chosen=None, notice=None))
            case LookupStep.PERSON if state.building:
                self._unit(replace(state, room="", found=(), notice=None))
            case LookupStep.UNIT | LookupStep.SERIAL | LookupStep.ROOM | LookupStep.PERSON:
                self.begin()
            case LookupStep.BUILDING:
                self._model.home()

    def _put(self, state: LookupState) -> None:
        self._stage.put(state)


def _where(state: LookupState) -> Household:
    serial = state.typed if len(state.typed) == SERIAL else None
    return Household(state.building, state.unit, state.room, serial)


class CategoryFlow:
    """来访人员: a category, then only what is asked of it."""

    def __init__(self, door: GateDoor, stage: Stage, model: GateModel) -> None:
        self._door = door
        self._stage = stage
        self._model = model
        self.visit: Callable[[Category, Callable[[Visit], None]], None] | None = None

    def begin(self) -> None:
        """来访人员."""
        self._stage.put(CategoryState())

    def chose(self, name: str) -> None:
        """A tile."""
        state = self._stage.state
        if not isinstance(state, CategoryState):
            return
        if state.category is None:
            self._came(_who(name))
        elif state.code is None:
            paper = name == "code.NO_PHONE"
            colour = CodeColour.NOT_SHOWN if paper else CodeColour(name.partition(".")[2])
            self._coloured(replace(state, paper=paper), colour)
        else:
            self._agreed(state, consent=name != "consent_none")

    def _came(self, who: CategoryState) -> None:
        if who.category is None:
            return
        if not self._door.asks_code(who.category):
            self._coloured(who, CodeColour.NOT_SHOWN, asked=False)
        elif self._model.code is not CodeColour.NOT_SHOWN:
            self._coloured(who, self._model.code)
        else:
            self._stage.put(who)

    def _coloured(self, state: CategoryState, colour: CodeColour, *, asked: bool = True) -> None:
        category = state.category
        if category is None:
            return
        if asked and self._door.asks_consent(category):
            self._stage.put(replace(state, code=colour))
        else:
            visit = Visit(company=state.company) if state.company is not None else None
            self._open(category, colour, consent=None, paper=state.paper, visit=visit)

    def _agreed(self, state: CategoryState, *, consent: bool) -> None:
        """Whom he comes to see is asked only of those whose host has agreed."""
        category, colour, paper = state.category, state.code, state.paper
        if category is None or colour is None:
            return
        if not consent or self.visit is None:
            self._open(category, colour, consent=consent, paper=paper)
            return
        self.visit(category, lambda visit: self._open(category, colour, consent=True, paper=paper, visit=visit))

    def _open(
        self,
        category: Category,
        colour: CodeColour,
        *,
        consent: bool | None,
        paper: bool = False,
        visit: Visit | None = None,
    ) -> None:
        self._model.code = colour

        def ask(*, mask: bool, code: CodeColour) -> Shown:
            way = self._model.direction
            return self._door.arrive(
                category, direction=way, mask=mask, code=code, consent=consent, paper=paper, visit=visit
            )

        self._model.opened(ask)

    def emergency(self) -> None:
        """120, 119, 110: recorded at once, the plate later."""
        self._open(Category.EMERGENCY, CodeColour.NOT_SHOWN, consent=None)

    def back(self) -> None:
        """One question back; from the first one home."""
        state = self._stage.state
        if isinstance(state, CategoryState) and state.code is not None:
            self._stage.put(replace(state, code=None))
        elif isinstance(state, CategoryState) and state.category is not None:
            self._stage.put(CategoryState())
        else:
            self._model.home()


def _who(name: str) -> CategoryState:
    """What a tile of the first page means: a courier of some company, or another category."""
    if name.startswith(COMPANY):
        return CategoryState(Category.COURIER, Company(name.removeprefix(COMPANY)))
    return CategoryState(Category(name))
