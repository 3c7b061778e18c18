# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A robot before a real gate: it signs on, hands over, and reads the log."""

from typing import Self, TypeVar

from kiosk.domain.events import Body
from tests.robots.house_stand import PINS, HouseStand
from tests.robots.robot import Robot
from tests.unit.desk.gatehouse import House

_B = TypeVar("_B", bound=Body)


class Volunteer(Robot):
    """A volunteer at a real gate."""

    stand: HouseStand

    def __init__(self, stand: HouseStand) -> None:
        super().__init__(stand)

    @property
    def house(self) -> House:
        """The gate: it makes people and cards."""
        return self.stand.house

    def digits(self, text: str) -> Self:
        """Tap digits on the pad."""
        for digit in text:
            self.tap(f"btn.digit.{digit}")
        return self

    def pin(self, digits: str) -> Self:
        """Type a PIN; it is never shown."""
        self.digits(digits)
        assert digits not in self.texts()
        return self.tap("btn.confirm")

    def who(self, name: str, side: str = "who") -> Self:
        """Tap a name, type that person's own PIN."""
        number = list(PINS).index(name) + 1
        return self.tap(f"btn.form.{side}.{number:032x}").pin(PINS[name])

    def resident(self, name: str = "张伟", room: str = "3-1-502", **facts: object) -> bytes:
        """A resident's card."""
        return self.house.card(self.house.resident(name, room, **facts))

    def kept(self, kind: type[_B]) -> list[_B]:
        """Bodies of that kind in the log, oldest first."""
        return [event.body for event in self.house.store.events(0, 100_000) if isinstance(event.body, kind)]

    def notice(self) -> str:
        """What is said under the picture."""
        return self.stand.words.line(self.stand.window.scan.state.notice)
