# SPDX-License-Identifier: LicenseRef-Gatehouse
"""房号页: building, unit, room, and a member of the household if wanted; for the paper sheet and a visitor's host."""

from collections.abc import Callable

from kiosk.app.views import FoundPerson, Line
from ui.ports import GateDoor, Household
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group
from ui.viewmodels.stage import Stage


class RoomPages(FlowBase):
    """Pages of one question; `then` is called with the room and who was tapped, None where only the room is asked."""

    def __init__(
        self,
        stage: Stage,
        door: GateDoor,
        then: Callable[[Household, FoundPerson | None], None],
        cancelled: Callable[[], None],
        left: Callable[[], None],
        *,
        screen: str,
        person: bool,
    ) -> None:
        super().__init__(left)
        self._stage = stage
        self._door = door
        self._then = then
        self._cancelled = cancelled
        self._screen = screen
        self._person = person
        self._building: str | None = None
        self._unit: str | None = None
        self._room: str | None = None
        self._found: tuple[FoundPerson, ...] = ()

    def show(self) -> None:
        """The page that comes next."""
        if self._building is None:
            self._put("building", self._door.buildings())
        elif self._unit is None:
            units = self._door.units(self._building)
            if len(units) > 1:
                self._put("unit", units)
                return
            self._unit = units[0] if units else ""
            self.show()
        elif self._room is None:
            self._put("room", self._door.rooms(self._building, self._unit))
        else:
            self._people()

    def _put(self, question: str, names: tuple[str, ...]) -> None:
        keys = tuple(FormKey(f"{question}.{name}", name) for name in names)
        so_far = Line("lookup.of_building", {"n": self._building}) if self._building is not None else None
        self._stage.put(
            FormState(Form(self._screen, Line(f"lookup.{question}"), (Group(keys),), so_far, deep=True), self)
        )

    def _where(self) -> Household:
        return Household(self._building or "", self._unit or "", self._room or "")

    def _people(self) -> None:
        if not self._person:
            self._then(self._where(), None)
            return
        found = self._door.look_up(self._where())
        self._found = found.found if found is not None else ()
        keys = tuple(FormKey(f"person.{n}", each.label, mm=50.0) for n, each in enumerate(self._found))
        notice = None if keys else Line("lookup.none")
        form = Form(self._screen, Line("lookup.person"), (Group(keys),), notice=notice, deep=True)
        self._stage.put(FormState(form, self))

    def chose(self, name: str) -> None:
        """A key."""
        what, _, rest = name.partition(".")
        if what == "building":
            self._building = rest
        elif what == "unit":
            self._unit = rest
        elif what == "room":
            self._room = rest
        else:
            self._then(self._where(), self._found[int(rest)])
            return
        self.show()

    def back(self) -> None:
        """One page back."""
        if self._room is not None:
            self._room = None
            self.show()
        elif self._building is not None:
            self._building = self._unit = None
            self.show()
        else:
            self._cancelled()
