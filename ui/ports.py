# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the screens ask of the gate, as one Protocol: plain values in, views out (interface.md; kiosk.app.views).

`ui.gate_door` puts the desk behind it; the robots put a scripted gate behind it. All calls are made on the GUI thread
and return after the commit: what comes back may be shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.app.pin import PinAnswer
from kiosk.app.temperature_source import SensedReading
from kiosk.app.views import LookupView, PassageView, Shown, StatusView, TrayChip
from kiosk.domain.codes import (
    Button,
    Category,
    CodeColour,
    Company,
    Direction,
    Purpose,
    ReadingSource,
    Site,
    Tick,
    Verdict,
)
from kiosk.domain.identity import PassageId, PersonId


@dataclass(frozen=True, slots=True)
class SyncView:
    """同步画面: what `screen.sync` tells; times in ms, None where unknown."""

    pending: int
    oldest_pending_at_ms: int | None
    last_ok_ms: int | None
    list_made_at_ms: int | None
    offset_ms: int | None
    server: str
    last_error: str | None
    revoked: bool = False


class LookupFact(StrEnum):
    """核对的一项: the second fact of a look-up; the row that was tapped is the first."""

    ID_SEEN = "ID_SEEN"
    PHONE_TAIL = "PHONE_TAIL"
    VOUCHED = "VOUCHED"
    OLD_PAPER = "OLD_PAPER"


@dataclass(frozen=True, slots=True)
class Household:
    """住处: where a look-up asks; `serial` in place of the room where a card number was typed."""

    building: str = ""
    unit: str = ""
    room: str = ""
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """来访: whom a visitor comes to see, by when he means to leave (ms), his phone as digits; all personal.

    `company` of a courier and `purpose` of a visitor are codes.
    """

    host: str = ""
    leave_by_ms: int | None = None
    phone: str = ""
    company: Company | None = None
    purpose: Purpose | None = None


class GateDoor(Protocol):
    """The gate, as the screens see it."""

    def on_code(self, payload: bytes, *, direction: Direction, mask: bool = True, code: CodeColour) -> Shown:
        """A code was held before the camera."""
        ...

    def on_not_ours(self) -> Shown:
        """A foreign code."""
        ...

    def on_ambiguous(self) -> Shown:
        """Two passes at once."""
        ...

    def arrive(
        self,
        category: Category,
        *,
        direction: Direction,
        mask: bool = True,
        code: CodeColour,
        consent: bool | None = None,
        paper: bool = False,
        visit: Visit | None = None,
    ) -> Shown:
        """Somebody without a pass; the volunteer tapped a category."""
        ...

    def buildings(self) -> tuple[str, ...]:
        """Buildings of the compound, in order."""
        ...

    def units(self, building: str) -> tuple[str, ...]:
        """Units of a building; one alone is left out by the screen."""
        ...

    def rooms(self, building: str, unit: str) -> tuple[str, ...]:
        """Rooms of a unit."""
        ...

    def look_up(self, where: Household) -> LookupView | None:
        """Who lives there, masked; None for a card number with a wrong check character. Opens nothing."""
        ...

    def open_found(
        self,
        where: Household,
        person: PersonId,
        fact: LookupFact,
        *,
        direction: Direction,
        code: CodeColour,
        mask: bool = True,
        tail: str | None = None,
    ) -> Shown | None:
        """A passage for the row that was tapped and one more fact; None where `tail` is not the person's."""
        ...

    def tail_fits(self, where: Household, person: PersonId, tail: str) -> bool:
        """Whether the last four digits are those of the person's phone; they are never shown."""
        ...

    def asks_code(self, category: Category) -> bool:
        """Whether the policy in force asks the colour of the health code of this category."""
        ...

    def asks_consent(self, category: Category) -> bool:
        """Whether it asks the host's consent."""
        ...

    def cold_limits(self) -> tuple[int, int]:
        """低温模式: below which ambient temperature it is offered, and proposed at once; in tenths of a degree."""
        ...

    def old_paper_counts(self) -> bool:
        """Whether 旧纸证 is offered today."""
        ...

    def open_not_found(self, *, direction: Direction, mask: bool = True, code: CodeColour) -> Shown:
        """Somebody who says that he lives here and is not in the list."""
        ...

    def reading(
        self,
        passage: PassageId,
        text: str,
        site: Site,
        source: ReadingSource,
        *,
        sensed: SensedReading | None = None,
    ) -> Shown:
        """A temperature, typed or sensed."""
        ...

    def refuse_reading(self, passage: PassageId) -> Shown:
        """不愿测量."""
        ...

    def seen(self, passage: PassageId, *, mask: bool, code: CodeColour) -> Shown:
        """未戴口罩, 已戴口罩, 绿码 黄码 红码: what can be seen of somebody whose passage goes on."""
        ...

    def tick(self, passage: PassageId, items: tuple[Tick, ...]) -> Shown:
        """Boxes ticked."""
        ...

    def press(self, passage: PassageId, button: Button) -> Shown:
        """A button of the verdict."""
        ...

    def override(
        self, passage: PassageId, verdict: Verdict, why: str, *, by: str, second_by: str | None = None
    ) -> Shown:
        """The leader decides otherwise."""
        ...

    def correct(self, passage: PassageId, text: str) -> Shown:
        """更正: the reading was another."""
        ...

    def void(self, passage: PassageId) -> Shown:
        """撤销: it did not happen."""
        ...

    def view(self, passage: PassageId) -> PassageView:
        """The picture of one passage now."""
        ...

    def tray(self) -> tuple[TrayChip, ...]:
        """Who waits."""
        ...

    def status(self, direction: Direction) -> StatusView:
        """The status bar."""
        ...

    def sync_view(self) -> SyncView:
        """The sync screen."""
        ...

    def sync_now(self) -> None:
        """Try at once."""
        ...

    def pin(self, pin: str, answer: Callable[[PinAnswer], None]) -> None:
        """Whose PIN that is; `answer` is called on this thread, at once or when the PIN is hashed."""
        ...

    def advance(self) -> tuple[PassageId, ...]:
        """Once a second: who waited too long is closed."""
        ...
