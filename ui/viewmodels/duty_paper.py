# SPDX-License-Identifier: LicenseRef-Gatehouse
"""补录 `screen.paper`: a line of the paper sheet; date, way and writer stay for the next line (5.10, domain.md 18).

A time that cannot be is refused in words; the same person in the same minute is asked about before it is kept twice.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.app.paper import PaperLine
from kiosk.app.views import FoundPerson, Line
from kiosk.domain.codes import Category, Direction, RefusedInput
from kiosk.domain.identity import PersonId
from kiosk.domain.instants import SHANGHAI, ms_of
from ui.duty_ports import DutyDoor
from ui.ports import GateDoor, Household
from ui.viewmodels.duty_room import RoomPages
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group, Text, choice
from ui.viewmodels.stage import Stage

OUTSIDERS = (Category.VISITOR, Category.COURIER, Category.DOMESTIC, Category.UTILITY, Category.OFFICIAL)
_TIME, _SERIAL, _READING, _ROW = 4, 10, 3, 2
_EARLIER_DAYS = 14


@dataclass(frozen=True, slots=True)
class Entry:
    """登记表上的一行, as far as it is keyed in; `clock` "0815", `celsius` "365"."""

    day: str
    clock: str = ""
    direction: Direction = Direction.IN
    admitted: bool = True
    person: PersonId | None = None
    category: Category | None = None
    who: str = ""
    celsius: str = ""
    writer: str = ""
    row: int = 1


class PaperFlow(FlowBase):
    """One sheet, line by line."""

    def __init__(self, door: DutyDoor, gate: Callable[[], GateDoor], stage: Stage, home: Callable[[], None]) -> None:
        super().__init__(home)
        self._door = door
        self._gate = gate
        self._stage = stage
        self._saved: set[tuple[object, ...]] = set()
        self._entry = Entry("")
        self._page = "line"
        self._typed = ""
        self._asked = False

    def begin(self) -> None:
        """补录."""
        self._entry = Entry(self._door.today().isoformat())
        self._saved.clear()
        self._show()

    # -- pages ---------------------------------------------------------------------------------------------------

    def _show(self, notice: Line | None = None) -> None:
        self._page = "line"
        self._typed = ""
        entry = self._entry
        today = self._door.today()
        days = {today.isoformat(): "paper.today", (today - dt.timedelta(1)).isoformat(): "paper.yesterday"}
        earlier = entry.day not in days
        dates = (
            *(choice(f"day.{day}", Line(text), chosen=entry.day == day) for day, text in days.items()),
            FormKey("days", Line("paper.earlier"), chosen=earlier, hint=entry.day[5:] if earlier else None),
        )
        ways = tuple(
            choice(f"way.{way.value}", Line(f"direction.{way.value}"), chosen=entry.direction is way)
            for way in Direction
        )
        deeds = (
            choice("deed.yes", Line("paper.admitted"), chosen=entry.admitted),
            choice("deed.no", Line("paper.refused"), chosen=not entry.admitted),
        )
        clock = f"{entry.clock[:2]}:{entry.clock[2:]}" if entry.clock else Line("paper.missing")
        reading = f"{entry.celsius[:2]}.{entry.celsius[2:]}" if entry.celsius else Line("paper.missing")
        who: Text = entry.who or Line("paper.missing")
        if entry.category is not None:
            who = Line(f"category.{entry.category.value}")
        form = Form(
            "screen.paper",
            Line("key.paper"),
            (
                Group(dates, Line("paper.day")),
                Group((FormKey("clock", Line("paper.clock"), hint=clock, mm=34.0),), Line("paper.when")),
                Group(ways, Line("paper.way"), alone=True),
                Group(deeds, Line("paper.deed")),
                Group((FormKey("reading", Line("paper.reading"), hint=reading, mm=34.0),), Line("paper.measured")),
                Group((FormKey("who", Line("paper.who"), hint=who, mm=44.0),), Line("paper.person"), alone=True),
                Group((FormKey("writer", Line("paper.writer"), hint=entry.writer or Line("paper.missing"), mm=34.0),
                       FormKey("row", Line("paper.row"), hint=str(entry.row), mm=24.0)), Line("paper.sheet")),
                Group((FormKey("save", Line("paper.save"), "MAIN", enabled=self._complete(), mm=50.0),),
                      Line("paper.then")),
            ),
            notice=notice,
        )  # fmt: skip
        self._stage.put(FormState(form, self))

    def _complete(self) -> bool:
        entry = self._entry
        return bool(entry.clock and (entry.person or entry.category) and entry.writer)

    def _keys(self, title: str, keys: tuple[FormKey, ...], *more: Group) -> None:
        self._page = title
        self._stage.put(FormState(Form("screen.paper", Line(f"paper.{title}"), (Group(keys), *more), deep=True), self))

    def _pad(self, page: str, notice: Line | None = None) -> None:
        self._page = page
        shown = self._typed
        if page == "clock" and len(shown) > 2:  # noqa: PLR2004 - after the hour's two digits
            shown = f"{shown[:2]}:{shown[2:]}"
        form = Form("screen.paper", Line(f"paper.{page}"), notice=notice, pad=True, typed=shown, deep=True)
        self._stage.put(FormState(form, self))

    def _who_page(self) -> None:
        ways = (FormKey("room", Line("paper.by_room"), mm=50.0), FormKey("serial", Line("key.serial"), mm=50.0))
        outsiders = tuple(
            FormKey(f"category.{each.value}", Line(f"category.{each.value}"), mm=38.0) for each in OUTSIDERS
        )
        self._keys("who", ways, Group(outsiders, Line("paper.outsiders"), alone=True))

    def _days_page(self) -> None:
        today = self._door.today()
        days = [today - dt.timedelta(back) for back in range(2, _EARLIER_DAYS + 2)]
        self._keys("day", tuple(FormKey(f"day.{day.isoformat()}", f"{day.month}-{day.day}", mm=24.0) for day in days))

    def _writer_page(self) -> None:
        labels = dict.fromkeys((*self._door.shift_now().members, *(one.label for one in self._door.people())))
        keys = tuple(FormKey(f"by.{label}", label, mm=28.0) for label in labels)
        self._keys("writer", (*keys, FormKey("by.?", Line("paper.unknown"), mm=28.0)))

    # -- touches -------------------------------------------------------------------------------------------------

    def chose(self, name: str) -> None:
        """A key."""
        what, _, rest = name.partition(".")
        self._asked = self._asked and what == "save"
        match what:
            case "days":
                self._days_page()
            case "clock" | "reading" | "serial" | "row":
                self._typed = ""
                self._pad(what)
            case "who":
                self._who_page()
            case "room":
                RoomPages(self._stage, self._gate(), self._found, self._who_page, self.left, screen="screen.paper",
                          person=True).show()  # fmt: skip
            case "writer":
                self._writer_page()
            case "save":
                self._save()
            case _:
                self._take(what, rest)
                self._show()

    def _take(self, what: str, rest: str) -> None:
        entry = self._entry
        match what:
            case "day":
                self._entry = replace(entry, day=rest)
            case "way":
                self._entry = replace(entry, direction=Direction(rest))
            case "deed":
                self._entry = replace(entry, admitted=rest == "yes")
            case "category":
                self._entry = replace(entry, category=Category(rest), person=None, who="")
            case "by":
                self._entry = replace(entry, writer=rest)
            case _:
                pass

    def _found(self, where: Household, person: FoundPerson | None) -> None:
        if person is not None:
            room = "-".join(part for part in (where.building, where.unit, where.room) if part)
            self._entry = replace(self._entry, person=person.person, category=None, who=f"{room} {person.label[:2]}")
        self._show()

    def digit(self, digit: str) -> None:
        """A digit of the time, the reading, the card number, the row."""
        typed = self._typed + digit if digit else self._typed[:-1]
        self._typed = typed
        wanted = {"clock": _TIME, "reading": _READING, "serial": _SERIAL, "row": _ROW}.get(self._page, 0)
        if len(typed) < wanted:
            self._pad(self._page)
        else:
            self._typed_all(typed)

    def confirm(self) -> None:
        """确定: the row may have one digit."""
        if self._page == "row" and self._typed:
            self._typed_all(self._typed)

    def _typed_all(self, typed: str) -> None:
        page, self._typed = self._page, ""
        if page == "clock":
            if int(typed[:2]) > 23 or int(typed[2:]) > 59:  # noqa: PLR2004 - the clock's own figures
                self._pad("clock", Line("paper.no_such_time"))
                return
            self._entry = replace(self._entry, clock=typed)
        elif page == "reading":
            self._entry = replace(self._entry, celsius=typed)
        elif page == "row":
            self._entry = replace(self._entry, row=max(1, int(typed)))
        else:
            self._by_serial(typed)
            return
        self._show()

    def _by_serial(self, serial: str) -> None:
        found = self._door.by_serial(serial)
        if found is None:
            self._pad("serial", Line("lookup.serial_wrong"))
        elif len(found) != 1:
            self._pad("serial", Line("lookup.none"))
        else:
            self._entry = replace(self._entry, person=found[0].person, category=None, who=found[0].label[:2])
            self._show()

    # -- keeping -------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        entry = self._entry
        same = (entry.person or entry.category, entry.day, entry.clock, entry.direction)
        if same in self._saved and not self._asked:
            self._asked = True
            self._show(Line("paper.twice"))
            return
        moment = dt.datetime.fromisoformat(f"{entry.day}T{entry.clock[:2]}:{entry.clock[2:]}").replace(tzinfo=SHANGHAI)
        line = PaperLine(
            sheet=entry.day, line=entry.row, paper_at_ms=ms_of(moment), writer=entry.writer, direction=entry.direction,
            admitted=entry.admitted, person=entry.person, category=entry.category, celsius=entry.celsius or None,
        )  # fmt: skip
        done = self._door.key_in(line)
        if done.fault is not None:
            self._show(Line("order.commit"))
        elif done.refused is RefusedInput.FACT_NEEDED:
            self._show(Line("paper.time_wrong"))
        elif done.refused is not None:
            self._show(Line(f"refused_input.{done.refused.value}"))
        else:
            self._saved.add(same)
            self._asked = False
            kept = Line("paper.kept", {"n": entry.row})
            self._entry = Entry(entry.day, direction=entry.direction, writer=entry.writer, row=entry.row + 1)
            self._show(kept)

    def keeps(self) -> bool:
        """A time, a person or a reading."""
        return bool(self._entry.clock or self._entry.person or self._entry.category or self._entry.celsius)

    def back(self) -> None:
        """From a page to the line, from the line home."""
        if self._page == "line":
            self.left()
        else:
            self._show()

    def left(self) -> None:
        """A half-made line is not kept."""
        self._entry = Entry("")
        super().left()
