# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长台: a stack of pages behind the leader's PIN; locked as soon as the lane takes the screen (interface.md 5.13).

Each section makes its page from what the gate knows now and answers its keys. A question (a choice, a number, a person,
a PIN) is a section that hands its answer on; 返回 goes one page back, and the end of a flow returns to where it began.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kiosk.app.pin import PinAnswer
from kiosk.app.turn import Done
from kiosk.app.views import Line, Shown
from kiosk.domain.identity import OperatorId
from ui.leader_door import LeaderDoor
from ui.leader_worker import Background, Failed
from ui.viewmodels.gate import GateModel
from ui.viewmodels.leader_page import LeaderDeskState, LeaderPage, Text
from ui.viewmodels.leader_tools import LeaderTools
from ui.viewmodels.stage import Stage
from ui.viewmodels.states import ScreenState

T = TypeVar("T")


class Pins(Protocol):
    """密码: asked beside the screen; who is locked, and the way out of it (trust.md section 4)."""

    def ask(self, pin: str, answer: Callable[[PinAnswer], None], whose: OperatorId | None = None) -> None:
        """Whose PIN that is among all leaders, or whether it is that of `whose`."""
        ...

    def locked(self) -> tuple[OperatorId, ...]:
        """Who is locked, `PAD` among them."""
        ...

    def unlock(self, whose: OperatorId) -> bool:
        """解锁; False where it cannot be kept."""
        ...


class Section:
    """A page of the desk and what its keys do."""

    def __init__(self, desk: "LeaderDesk") -> None:
        self.desk = desk
        self.notice: Text = None

    def opened(self) -> None:
        """It comes to the top; what must be read is asked for."""

    def page(self) -> LeaderPage:
        """As it stands now."""
        raise NotImplementedError

    def chose(self, name: str) -> None:
        """A tile or key."""

    def digit(self, digit: str) -> None:
        """A digit of the pad; "" deletes one."""

    def wrote(self, text: str) -> None:
        """A keyboard's text; "" deletes the last letter."""

    def confirm(self) -> None:
        """确定."""

    def turn(self, by: int) -> None:
        """上一页, 下一页."""

    def back(self) -> bool:
        """Whether it went back within itself; False: it is left."""
        return False

    def second(self) -> None:
        """Once a second, on top."""

    def gone(self) -> None:
        """The desk was locked while it was open."""

    def code(self, _payload: bytes) -> bool:
        """Whether this page waits for that very code."""
        return False


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What the desk works with."""

    door: LeaderDoor
    pins: Pins
    background: Background
    tools: LeaderTools


@dataclass(frozen=True, slots=True)
class First:
    """The pages that a visit begins with: the PIN (which hands on whose it is), then the first page."""

    pin: Callable[["LeaderDesk", Callable[[OperatorId], None]], Section]
    home: Callable[["LeaderDesk"], Section]


class LeaderDesk:
    """门长台."""

    def __init__(self, parts: DeskParts, stage: Stage, model: GateModel, first: First) -> None:
        self.door = parts.door
        self.pins = parts.pins
        self.tools = parts.tools
        self.model = model
        self.operator: OperatorId | None = None
        self._background = parts.background
        self._stage = stage
        self._first = first
        self._stack: list[Section] = []
        self._visit = 0
        self._here: Callable[[], None] = lambda: None
        stage.changed.connect(self._changed)

    # -- coming and going ----------------------------------------------------------------------------------------

    def begin(self, first: Callable[["LeaderDesk"], Section] | None = None) -> None:
        """门长: the PIN first, then the first page (and `first` on it)."""

        def entered(operator: OperatorId) -> None:
            self.operator = operator
            self._stack = [self._first.home(self)]
            self._stack[0].opened()
            if first is not None:
                self.open(first(self))
            else:
                self.redraw()

        self._visit += 1
        self.operator = None
        self._stack = [self._first.pin(self, entered)]
        self.redraw()

    def call(self, first: Callable[["LeaderDesk"], Section], here: Callable[[], None]) -> None:
        """A page that needs no PIN, because it decides nothing; `here`: the leader is at the gate after all."""
        self._visit += 1
        self.operator = None
        self._here = here
        self._stack = [first(self)]
        self._stack[0].opened()
        self.redraw()

    def here(self) -> None:
        """门长在此."""
        self._here()

    @property
    def by(self) -> OperatorId:
        """Whose PIN opened the desk."""
        return self.operator or OperatorId("")

    def open(self, section: Section) -> None:
        """One page further."""
        self._stack.append(section)
        section.opened()
        self.redraw()

    def leave(self) -> None:
        """返回: within the page, to the one before, or to the lane."""
        top = self._top()
        if top is not None and top.back():
            self.redraw()
            return
        if len(self._stack) > 1:
            self._stack.pop()
            self._stack[-1].notice = None
            self._stack[-1].opened()
            self.redraw()
        else:
            self.lock()

    def until(self, section: Section, notice: Text = None) -> None:
        """A flow ends where it began, with what came of it."""
        while len(self._stack) > 1 and self._stack[-1] is not section:
            self._stack.pop()
        section.notice = notice
        section.opened()
        self.redraw()

    def lock(self) -> None:
        """锁定: back to the lane; nothing is kept."""
        self.model.home()

    def _changed(self, state: ScreenState) -> None:
        if not isinstance(state, LeaderDeskState) and self._stack:
            left, self._stack = self._stack, []
            self.operator = None
            self._visit += 1
            for section in reversed(left):
                section.gone()

    # -- keys ----------------------------------------------------------------------------------------------------

    def _top(self) -> Section | None:
        return self._stack[-1] if self._stack else None

    def chose(self, name: str) -> None:
        """A tile or a key below."""
        if (top := self._top()) is not None:
            top.notice = None
            top.chose(name)

    def digit(self, digit: str) -> None:
        """The pad."""
        if (top := self._top()) is not None:
            top.digit(digit)
            self.redraw()

    def wrote(self, text: str) -> None:
        """A keyboard."""
        if (top := self._top()) is not None:
            top.wrote(text)
            self.redraw()

    def confirm(self) -> None:
        """确定."""
        if (top := self._top()) is not None:
            top.confirm()

    def turn(self, by: int) -> None:
        """上一页, 下一页."""
        if (top := self._top()) is not None:
            top.turn(by)

    def code(self, payload: bytes) -> bool:
        """A code before the camera: taken where the page waits for it, else it is the lane's."""
        top = self._top()
        return top is not None and top.code(payload)

    def second(self) -> None:
        """Once a second: count-downs and answers that came."""
        if (top := self._top()) is not None and isinstance(self._stage.state, LeaderDeskState):
            top.second()
            self.renew()

    def unlock(self, whose: OperatorId, by: OperatorId) -> Text:
        """解锁: recorded first, then it holds; what came of it in words."""
        done = self.door.unlock(whose, by)
        if done.fault is None and done.refused is None and not self.pins.unlock(whose):
            return Line("leader.unkept")
        return outcome(done, Line("leader_lock.done"))

    def shows(self, section: Section) -> bool:
        """Whether that page is on top of an open desk."""
        return self._top() is section and isinstance(self._stage.state, LeaderDeskState)

    def redraw(self) -> None:
        """Somebody touched the screen: the page as it is now."""
        if (top := self._top()) is not None:
            self._stage.put(LeaderDeskState(top.page(), self))

    def renew(self) -> None:
        """The same page with newer figures; it does not count as a touch."""
        if (top := self._top()) is not None and isinstance(self._stage.state, LeaderDeskState):
            self._stage.refresh(LeaderDeskState(top.page(), self))

    # -- beside the screen ---------------------------------------------------------------------------------------

    def read(
        self, work: Callable[[], T], answer: Callable[[T], None], failed: Callable[[], None] | None = None
    ) -> None:
        """Ask beside the screen; an answer that comes after the desk was locked is thrown away."""
        visit = self._visit

        def back(found: T | Failed) -> None:
            if visit != self._visit:
                return
            if isinstance(found, Failed):
                if failed is not None:
                    failed()
                elif (top := self._top()) is not None:
                    top.notice = Line("leader_desk.failed")
            else:
                answer(found)
            self.renew()

        self._background(work, back)


def outcome(done: Done | Shown, well: Text) -> Text:
    """What an act came to, in words."""
    if done.refused is not None:
        return Line(f"refused_input.{done.refused.value}")
    if done.fault is not None:
        return Line("staff.unrecorded")
    return well
