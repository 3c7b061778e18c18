# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's use cases as the screens ask for them: `GateDoor` over `GateApp` (design: architecture.md section 3).

It adds nothing but the turning of plain values into the gate's own. Loaded after the first paint: the gate brings
cryptography with it.
"""

from collections.abc import Callable

from kiosk.app.desk import Arriving, Outsider
from kiosk.app.gate import GateApp
from kiosk.app.lookup import RoomQuestion, label, old_paper_counts, serial_holds
from kiosk.app.pin import PinAnswer
from kiosk.app.ports import SyncStatus
from kiosk.app.temperature_source import SensedReading
from kiosk.app.views import LookupView, PassageView, Shown, StatusView, TrayChip
from kiosk.domain.codes import Button, Category, CodeColour, Direction, ReadingSource, Site, Tick, Verdict
from kiosk.domain.identity import PassageId, PersonId
from kiosk.domain.policy import CourierMode, Outsiders, Parameters
from ui.pin_worker import PinWorker
from ui.ports import Household, LookupFact, SyncView, Visit

_ASK_CODE = frozenset(
    {Category.VISITOR, Category.AGENT, Category.RENOVATION, Category.DOMESTIC, Category.UTILITY}
)  # fmt: skip
_CARRIERS = frozenset({Category.COURIER, Category.MOVER})
_HELPERS = frozenset({Category.DOMESTIC, Category.UTILITY})
_NOBODY = "volunteer"


class AppDoor:
    """`GateDoor` over one gate."""

    def __init__(
        self,
        app: GateApp,
        *,
        pin: PinWorker,
        sync_now: Callable[[], None],
        list_made_at_ms: Callable[[], int | None],
    ) -> None:
        """`pin` checks a PIN; `sync_now` wakes the sync thread."""
        self._app = app
        self.pin_worker = pin
        self._sync_now = sync_now
        self._list_made_at_ms = list_made_at_ms
        self.line = SyncStatus(pending=0)

    @property
    def app(self) -> GateApp:
        """The gate behind the screens now."""
        return self._app

    def use(self, app: GateApp) -> None:
        """Another gate behind the same screens: a practice, and the gate itself again."""
        self._app = app

    def on_code(
        self, payload: bytes, *, direction: Direction, mask: bool = True, code: CodeColour = CodeColour.NOT_SHOWN
    ) -> Shown:
        """A code was held before the camera."""
        return self._app.desk.on_code(payload, Arriving(direction, mask, code))

    def on_not_ours(self) -> Shown:
        """A foreign code."""
        return self._app.desk.on_not_ours()

    def on_ambiguous(self) -> Shown:
        """Two passes at once."""
        return self._app.desk.on_ambiguous()

    def arrive(
        self,
        category: Category,
        *,
        direction: Direction,
        mask: bool = True,
        code: CodeColour = CodeColour.NOT_SHOWN,
        consent: bool | None = None,
        paper: bool = False,
        visit: Visit | None = None,
    ) -> Shown:
        """Somebody without a pass."""
        said = visit or Visit()
        outsider = Outsider(
            category, bool(consent), paper, phone=said.phone or None, host=said.host or None,
            leave_by_ms=said.leave_by_ms, company=said.company, purpose=said.purpose,
        )  # fmt: skip
        return self._app.desk.arrive(outsider, Arriving(direction, mask, code))

    # -- look-up -------------------------------------------------------------------------------------------------

    def buildings(self) -> tuple[str, ...]:
        """Buildings of the compound, by number."""
        return _sorted({dwelling.building for dwelling in self._app.facts.roster.dwellings()})

    def units(self, building: str) -> tuple[str, ...]:
        """Units of a building."""
        found = {each.unit for each in self._app.facts.roster.dwellings() if each.building == building}
        return _sorted(found)

    def rooms(self, building: str, unit: str) -> tuple[str, ...]:
        """Rooms of a unit."""
        every = self._app.facts.roster.dwellings()
        return _sorted({each.room for each in every if (each.building, each.unit) == (building, unit)})

    def look_up(self, where: Household) -> LookupView | None:
        """Who lives there; opens nothing."""
        if where.serial is not None and not serial_holds(where.serial):
            return None
        found = self._app.find(_question(where))
        return LookupView(tuple(label(person) for person in found.persons))

    def tail_fits(self, where: Household, person: PersonId, tail: str) -> bool:
        """Whether the digits are those of the person's phone."""
        return bool(self._app.find(_question(where, person, tail=tail)).persons)

    def open_found(
        self,
        where: Household,
        person: PersonId,
        fact: LookupFact,
        *,
        direction: Direction,
        code: CodeColour = CodeColour.NOT_SHOWN,
        mask: bool = True,
        tail: str | None = None,
    ) -> Shown | None:
        """A passage for the row that was tapped and one more fact."""
        question = _question(where, person, fact, tail)
        if self._app.find(question).one is None:
            return None
        return self._app.look_up(question, Arriving(direction, mask, code)).shown

    def open_not_found(
        self, *, direction: Direction, mask: bool = True, code: CodeColour = CodeColour.NOT_SHOWN
    ) -> Shown:
        """Somebody who says that he lives here and is not in the list."""
        return self._app.desk.open_not_found(Arriving(direction, mask, code))

    def asks_code(self, category: Category) -> bool:
        """Health codes are asked of outsiders under GREEN_AND_CONSENT, of couriers under GREEN_CODE."""
        params = self._params()
        if category in _CARRIERS:
            return params.courier_mode is CourierMode.GREEN_CODE
        return category in _ASK_CODE and params.outsiders is Outsiders.GREEN_AND_CONSENT

    def asks_consent(self, category: Category) -> bool:
        """The host's consent: of helpers always, of guests where they may come in at all."""
        if category in _HELPERS:
            return True
        return category in _ASK_CODE and self._params().outsiders is Outsiders.GREEN_AND_CONSENT

    def cold_limits(self) -> tuple[int, int]:
        """低温模式: offered, and proposed at once."""
        params = self._params()
        return params.ambient_low * 10, params.ambient_cold * 10

    def old_paper_counts(self) -> bool:
        """旧纸证."""
        return old_paper_counts(self._params(), self._app.now().at_ms)

    # -- a passage -----------------------------------------------------------------------------------------------

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
        if sensed is None:
            return self._app.desk.reading(passage, text, site, source)
        return self._app.desk.reading(
            passage,
            text,
            site,
            source,
            device=sensed.device_no or None,
            ambient_dc=sensed.ambient,
            method=sensed.method.value,
        )

    def refuse_reading(self, passage: PassageId) -> Shown:
        """不愿测量."""
        return self._app.desk.refuse_reading(passage)

    def seen(self, passage: PassageId, *, mask: bool, code: CodeColour) -> Shown:
        """What can be seen of somebody whose passage goes on."""
        return self._app.desk.seen(passage, mask=mask, code=code)

    def tick(self, passage: PassageId, items: tuple[Tick, ...]) -> Shown:
        """Boxes ticked."""
        return self._app.desk.tick(passage, items)

    def press(self, passage: PassageId, button: Button) -> Shown:
        """A button."""
        return self._app.desk.press(passage, button)

    def override(
        self, passage: PassageId, verdict: Verdict, why: str, *, by: str, second_by: str | None = None
    ) -> Shown:
        """The leader decides otherwise."""
        return self._app.desk.override(passage, verdict, why, by=by, second_by=second_by)

    def correct(self, passage: PassageId, text: str) -> Shown:
        """更正."""
        return self._app.desk.correct(passage, text, by=self._by())

    def void(self, passage: PassageId) -> Shown:
        """撤销."""
        return self._app.desk.void(passage, by=self._by(), why="undone within ten seconds")

    def view(self, passage: PassageId) -> PassageView:
        """One passage now."""
        return self._app.desk.view(passage)

    def tray(self) -> tuple[TrayChip, ...]:
        """Who waits."""
        return self._app.desk.tray()

    # -- the gate itself -----------------------------------------------------------------------------------------

    def status(self, direction: Direction) -> StatusView:
        """The status bar."""
        return self._app.status(self.line, direction)

    def sync_view(self) -> SyncView:
        """The sync screen."""
        line = self.line
        made_at = self._list_made_at_ms()
        server = self._app.identity.server
        oldest = line.oldest_pending_at_ms
        return SyncView(
            line.pending, oldest, line.last_ok_ms, made_at, line.offset_ms, server, line.last_error, line.revoked
        )  # fmt: skip

    def sync_now(self) -> None:
        """Try at once."""
        self._sync_now()

    def pin(self, pin: str, answer: Callable[[PinAnswer], None]) -> None:
        """Whose PIN that is."""
        self.pin_worker.ask(pin, answer)

    def advance(self) -> tuple[PassageId, ...]:
        """Once a second."""
        return self._app.each_second()

    def _params(self) -> Parameters:
        return self._app.facts.policy_at(self._app.now().at_ms).params

    def _by(self) -> str:
        shift = self._app.present.shift()
        return shift.members[0].id if shift is not None and shift.members else _NOBODY


def _question(
    where: Household, person: PersonId | None = None, fact: LookupFact | None = None, tail: str | None = None
) -> RoomQuestion:
    return RoomQuestion(
        where.building,
        where.unit,
        where.room,
        serial=where.serial,
        chosen=person,
        phone_tail=tail,
        id_seen=fact is LookupFact.ID_SEEN,
        vouched=fact is LookupFact.VOUCHED,
        old_paper=fact is LookupFact.OLD_PAPER,
    )


def _sorted(names: set[str]) -> tuple[str, ...]:
    """2 before 10; whatever is no number after the numbers."""
    return tuple(sorted(names, key=lambda name: (not name.isdigit(), int(name) if name.isdigit() else 0, name)))
