# SPDX-License-Identifier: LicenseRef-Gatehouse
"""访客: whom he comes to see, why, until when, his phone; asked of those whose host has agreed (5.7, domain.md 12).

Nobody types a name, and nobody at the gate reads a resident's phone number: the visitor rings the host himself.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from kiosk.app.views import FoundPerson, Line
from kiosk.domain.codes import Category, Purpose
from kiosk.domain.instants import SHANGHAI, ms_of, shanghai
from ui.duty_ports import DutyDoor
from ui.ports import GateDoor, Household, Visit
from ui.viewmodels.duty_room import RoomPages
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.stage import Stage

PHONE = 11
LEAVE = ("leave_1h", "leave_2h", "leave_18", "leave_today")
TODAY = "leave_today"
"""Stands until another is tapped: it blocks nobody, and the leader's list asks for nobody too early."""
_CLOSE_H = 18


class VisitorPages(FlowBase):
    """Three pages after the colour and the consent: host, reason with leave-by, phone.

    Why he comes ends the second page, so that a reason costs no tap: until when is tapped first where it is not today.
    """

    def __init__(self, door: DutyDoor, gate: Callable[[], GateDoor], stage: Stage, home: Callable[[], None]) -> None:
        super().__init__(home)
        self._door = door
        self._gate = gate
        self._stage = stage
        self._then: Callable[[Visit], None] = lambda _visit: None
        self._asks_why = True
        self._forget()

    def _forget(self) -> None:
        self._visit, self._typed, self._asking_phone, self._leave = Visit(), "", False, TODAY

    def begin(self, category: Category, then: Callable[[Visit], None]) -> None:
        """Whom does he come to see? `then` is called once all is asked; a craftsman says why by what he is."""
        self._then = then
        self._asks_why = category is Category.VISITOR
        self._forget()
        self._host()

    def _host(self) -> None:
        RoomPages(self._stage, self._gate(), self._found, self._home, self.left, screen="screen.category",
                  person=False).show()  # fmt: skip

    def _found(self, where: Household, _person: FoundPerson | None) -> None:
        self._visit = Visit("-".join(part for part in (where.building, where.unit, where.room) if part))
        self._until()

    def _until(self) -> None:
        self._asking_phone = False
        chosen = self._leave if self._asks_why else None
        until = Group(tuple(FormKey(name, Line(f"key.{name}"), chosen=name == chosen, mm=46.0) for name in LEAVE),
                      Line("category_ask.until"))  # fmt: skip
        why = Group(tuple(FormKey(f"why.{each.value}", Line(f"purpose.{each.value}"), mm=66.0) for each in Purpose),
                    Line("category_ask.why"), alone=True)  # fmt: skip
        groups = (until, why) if self._asks_why else (Group(until.keys),)
        title = Line("category_ask.why_until" if self._asks_why else "category_ask.leave_by")
        self._stage.put(FormState(Form("screen.category", title, groups, self._visit.host, deep=True), self))

    def _phone(self, notice: Line | None = None) -> None:
        self._asking_phone = True
        form = Form("screen.category", Line("visitor.phone"), so_far=Line("visitor.skip"), notice=notice, deep=True,
                    pad=True, typed=f"{self._typed[:3]} {self._typed[3:7]} {self._typed[7:]}".strip())  # fmt: skip
        self._stage.put(FormState(form, self))

    def chose(self, name: str) -> None:
        """Until when, or why."""
        what, _, rest = name.partition(".")
        if what == "why":
            self._visit = replace(self._visit, purpose=Purpose(rest))
        else:
            self._leave = name
            if self._asks_why:
                self._until()
                return
        now = shanghai(self._door.shift_now().now_ms)
        self._visit = replace(self._visit, leave_by_ms=ms_of(leave_by(self._leave, now)))
        self._phone()

    def digit(self, digit: str) -> None:
        """A digit of the phone; the eleventh ends it."""
        if not self._asking_phone:
            return
        self._typed = self._typed + digit if digit else self._typed[:-1]
        if len(self._typed) == PHONE:
            self._end()
        else:
            self._phone()

    def confirm(self) -> None:
        """Without a phone; a number that was begun must be whole."""
        if self._asking_phone and self._typed:
            self._phone(Line("visitor.short"))
        elif self._asking_phone:
            self._end()

    def _end(self) -> None:
        if self._typed and not self._typed.startswith("1"):
            self._typed = ""
            self._phone(Line("visitor.no_number"))
            return
        visit = replace(self._visit, phone=self._typed)
        self._forget()
        self._then(visit)

    def back(self) -> None:
        """One page back."""
        self._typed = ""
        if self._asking_phone:
            self._until()
        else:
            self._host()

    def left(self) -> None:
        """Nobody is let in, nothing is kept."""
        self._forget()
        super().left()


def leave_by(name: str, now: dt.datetime) -> dt.datetime:
    """The moment that a tile means; 18:00 that has passed is the end of the day."""
    evening = now.replace(hour=_CLOSE_H, minute=0, second=0, microsecond=0)
    midnight = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), SHANGHAI)
    match name:
        case "leave_1h":
            return now + dt.timedelta(hours=1)
        case "leave_2h":
            return now + dt.timedelta(hours=2)
        case "leave_18" if now < evening:
            return evening
        case _:
            return midnight
