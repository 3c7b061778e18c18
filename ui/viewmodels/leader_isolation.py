# SPDX-License-Identifier: LicenseRef-Gatehouse
"""隔离: who is isolated, which temperatures are missing or due, release notices, exit permits (interface.md 5.13)."""

from kiosk.app.showing import degrees
from kiosk.app.views import Line
from kiosk.domain.codes import IsolationState, Missed, Slot
from kiosk.domain.events import HomeTemp
from kiosk.domain.identity import PersonId
from kiosk.domain.instants import DAY_MS, shanghai
from kiosk.domain.isolation import slot_of
from kiosk.domain.temperature import parse_reading
from ui.leader_door import Isolated
from ui.viewmodels.leader_asks import ChoiceAsk, NumberAsk, ask_pin
from ui.viewmodels.leader_cases import Paged
from ui.viewmodels.leader_desk import LeaderDesk, Section, outcome
from ui.viewmodels.leader_log import clock
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile, PadKind, Text

TRANSPORTS = ("120", "CAR")
HOURS = (2, 4, 8, 24)
AGREED = ("committee", "health", "doctor")


class IsolationList(Paged):
    """隔离名单: over first, then who misses most, then who is due now."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._temps: tuple[HomeTemp, ...] = ()

    def opened(self) -> None:
        """Temperatures entered at this gate, until the office has folded them in."""
        since = self.desk.door.now_ms - 15 * DAY_MS
        self.desk.read(lambda: self.desk.door.review.home_temps(since), self._read)

    def _read(self, temps: tuple[HomeTemp, ...]) -> None:
        self._temps = temps

    def page(self) -> LeaderPage:
        """Each a key; what is missing stands out."""
        rows = self.desk.door.isolated(self._temps)
        shown, back, forth = self.sheet([_row(row) for row in rows])
        missing = sum(bool(row.missing) for row in rows)
        sub = Line("leader_home.isolated", {"n": len(rows), "missing": missing})
        return LeaderPage(
            "screen.leader.isolation", Line("leader_home.isolation"), sub, self.notice, tiles=shown, tile_mm=66.0,
            back=back, forth=forth,
        )  # fmt: skip

    def chose(self, name: str) -> None:
        """One of them."""
        self.desk.open(IsolatedPerson(self.desk, PersonId(name.removeprefix("person."))))


def _row(row: Isolated) -> LeaderTile:
    text = (row.name, Line("leader_isolation.day", {"n": row.day}))
    if row.over:
        return LeaderTile(f"person.{row.person}", text, Line("isolation_state.DUE"), "AMBER")
    gone = Line("leader_isolation.missing", {"n": len(row.missing)}) if row.missing else ""
    due = (Line(f"slot.{row.due_now.value}"), Line("leader_isolation.due")) if row.due_now is not None else ()
    state = Line(f"isolation_state.{row.state.value}") if row.state is not IsolationState.HOME else ""
    hint = (state, gone, *due)
    pressing = bool(row.missing) or row.state is IsolationState.BREACH
    return LeaderTile(f"person.{row.person}", text, hint, "AMBER" if pressing else "NORMAL")


class IsolatedPerson(Section):
    """一位隔离人员: day, slots, entry of a temperature, release, permit."""

    def __init__(self, desk: LeaderDesk, person: PersonId) -> None:
        super().__init__(desk)
        self._person = person
        self._temps: tuple[HomeTemp, ...] = ()

    def opened(self) -> None:
        """What was entered here."""
        since = self.desk.door.now_ms - 15 * DAY_MS

        def answer(temps: tuple[HomeTemp, ...]) -> None:
            self._temps = temps

        self.desk.read(lambda: self.desk.door.review.home_temps(since), answer)

    def _now(self) -> Isolated | None:
        return next((row for row in self.desk.door.isolated(self._temps) if row.person == self._person), None)

    def page(self) -> LeaderPage:
        """Its state in words, then the keys."""
        row = self._now()
        if row is None:
            return LeaderPage(
                "screen.leader.isolated", self.desk.door.person_name(self._person), notice=self.notice,
                facts=(Fact(Line("isolation_state.RELEASED"), strong=True),),
            )  # fmt: skip
        facts = [Fact((Line(f"isolation_state.{row.state.value}"), Line("leader_isolation.day", {"n": row.day}),
                       Line("leader_isolation.until", {"day": f"{row.last_day:%m-%d}"})), strong=True)]  # fmt: skip
        facts += [Fact((Line("leader_isolation.missed"), slot_line(key)), grave=True) for key in row.missing]
        facts += [Fact((Line("leader_isolation.taken"), *self._taken(key))) for key in row.taken_today]
        keys = (
            LeaderTile("AM", (Line("slot.AM"), Line("leader_isolation.enter")), role=_due(row, Slot.AM)),
            LeaderTile("PM", (Line("slot.PM"), Line("leader_isolation.enter")), role=_due(row, Slot.PM)),
            LeaderTile(
                "release", Line("leader_isolation.release"), role="MAIN" if row.over else "NORMAL", enabled=row.over
            ),
            LeaderTile("permit", Line("leader_isolation.permit")),
        )
        return LeaderPage("screen.leader.isolated", row.name, None, self.notice, tuple(facts), keys=keys)

    def _taken(self, key: str) -> tuple[Line | str, ...]:
        found = next((t for t in reversed(self._temps) if f"{t.day}/{t.slot.value}" == key), None)
        shown: Line | str = ""
        if found is not None:
            missed = found.missed
            shown = Line(f"missed.{missed.value}") if missed is not None else f"{degrees(found.temp_dc or 0)}℃"
        return slot_line(key), shown

    def chose(self, name: str) -> None:
        """A slot's temperature, the release notice, a permit."""
        desk = self.desk
        if name in Slot.__members__:
            slot = Slot(name)
            keys = tuple(LeaderTile(each.value, Line(f"missed.{each.value}")) for each in Missed)
            title = (desk.door.person_name(self._person), Line(f"slot.{slot.value}"))
            filled = slot_of(desk.door.now_ms, desk.door.params)
            sub = Line("leader_isolation.late") if filled == (slot, True) else Line("leader_isolation.reported")
            desk.open(
                NumberAsk(
                    desk, title, lambda typed: self._entered(slot, typed), sub=sub, kind=PadKind.TEMPERATURE, keys=keys,
                    chose=lambda why: self._missed(slot, Missed(why)),
                )
            )  # fmt: skip
        elif name == "release":
            asked = Line("leader_isolation.number")
            desk.open(NumberAsk(desk, asked, self._released, sub=desk.door.person_name(self._person)))
        elif name == "permit":
            grant(desk, self._person, self)

    def _entered(self, slot: Slot, typed: str) -> Text:
        done = self.desk.door.home_temp(self._person, slot, typed, self.desk.by)
        if done.refused is not None:
            return outcome(done, None)
        tenths = parse_reading(typed)
        high = isinstance(tenths, int) and tenths >= self.desk.door.params.fever_tenths
        well = Line("leader_isolation.case_opened") if high else Line("leader_isolation.kept")
        self.desk.until(self, outcome(done, well))
        return None

    def _missed(self, slot: Slot, why: Missed) -> None:
        done = self.desk.door.home_temp(self._person, slot, "", self.desk.by, why)
        self.desk.until(self, outcome(done, Line("leader_isolation.kept")))

    def _released(self, typed: str) -> Text:
        done = self.desk.door.release(self._person, typed, self.desk.by)
        if done.refused is not None:
            return outcome(done, None)
        self.desk.until(self, outcome(done, Line("leader_isolation.released")))
        self.desk.model.refresh()
        return None


def _due(row: Isolated, slot: Slot) -> str:
    return "MAIN" if row.due_now is slot else "NORMAL"


def slot_line(key: str) -> Line:
    """A slot's key in words: 02-21 上午."""
    day, _, slot = key.partition("/")
    return Line("leader_isolation.slot", {"day": day[5:], "slot": slot})


def grant(desk: LeaderDesk, person: PersonId, origin: Section) -> None:
    """就医外出批准: transport, how long, who agreed, PIN."""

    def done(transport: str, hours: int, who: str) -> None:
        why = desk.tools.word(f"leader_permit.agreed_{who}")
        found = desk.door.grant_permit(person, why=why, transport=transport, hours=hours, by=desk.by)
        desk.until(origin, outcome(found, Line("leader_permit.granted")))

    def agreed(transport: str, hours: int) -> None:
        tiles = [LeaderTile(each, Line(f"leader_permit.agreed_{each}")) for each in AGREED]
        title = Line("leader_permit.who")
        desk.open(
            ChoiceAsk(desk, title, tiles, lambda who: ask_pin(desk, lambda: done(transport, hours, who)), tile_mm=60.0)
        )

    def long(transport: str) -> None:
        tiles = [LeaderTile(str(each), Line("leader_permit.hours", {"n": each})) for each in HOURS]
        desk.open(ChoiceAsk(desk, Line("leader_permit.how_long"), tiles, lambda n: agreed(transport, int(n))))

    tiles = [LeaderTile(each, Line(f"leader_permit.by_{each}")) for each in TRANSPORTS]
    title = (desk.door.person_name(person), Line("leader_permit.transport"))
    desk.open(ChoiceAsk(desk, title, tiles, long))


class PermitList(Paged):
    """外出许可: of those isolated here; a new one begins with the person."""

    def page(self) -> LeaderPage:
        """Newest first."""
        tiles = []
        for permit in self.desk.door.permits():
            spent = "used" if permit.in_at_ms else "out" if permit.out_at_ms else "open"
            window = f"{clock(permit.from_ms)}-{clock(permit.to_ms)}"
            text = (self.desk.door.person_name(permit.person), window)
            day = shanghai(permit.from_ms).strftime("%m-%d")
            hint = (day, Line(f"leader_permit.state_{spent}"), permit.reason)
            tiles.append(LeaderTile(f"permit.{permit.id}", text, hint, "AMBER" if spent == "out" else "NORMAL"))
        shown, back, forth = self.sheet(tiles)
        keys = (LeaderTile("grant", Line("leader_permit.grant"), role="MAIN"),)
        sub = Line("leader_home.n", {"n": len(tiles)})
        return LeaderPage(
            "screen.leader.permits", Line("leader_home.permits"), sub, self.notice, tiles=shown, keys=keys,
            tile_mm=66.0, back=back, forth=forth,
        )  # fmt: skip

    def chose(self, name: str) -> None:
        """Another permit: for somebody isolated here."""
        if name == "grant":
            rows = self.desk.door.isolated(())
            tiles = [LeaderTile(row.person, row.name, Line("leader_isolation.day", {"n": row.day})) for row in rows]
            title = Line("leader_permit.for_whom")
            self.desk.open(ChoiceAsk(self.desk, title, tiles[:12], self._person, tile_mm=60.0))

    def _person(self, person: str) -> None:
        grant(self.desk, PersonId(person), self)
