# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Questions of the leader's desk: a PIN, a choice, a number, a person; each hands its answer on."""

from collections.abc import Callable, Sequence

from kiosk.app.pin import PAD, PinAnswer
from kiosk.app.ports import PinVerdict
from kiosk.app.views import Line
from kiosk.domain.identity import OperatorId, PersonId
from kiosk.domain.register import Dwelling
from ui.viewmodels.leader_desk import LeaderDesk, Section
from ui.viewmodels.leader_page import MOST_KEYS, Fact, LeaderPage, LeaderTile, Pad, PadKind, Text
from ui.viewmodels.tiles import WHY_TILES

LONGEST_PIN, LONGEST_NUMBER = 12, 20
NOTICES = {
    PinVerdict.WRONG: "leader.wrong",
    PinVerdict.WAIT: "leader.wait",
    PinVerdict.LOCKED: "leader.locked",
    PinVerdict.UNKEPT: "leader.unkept",
}
"""密码不通过时的话."""
_PLACES = 36
"""Tiles of a look-up page: 9 by 4."""


def pin_notice(answer: PinAnswer) -> Line:
    """What a PIN that opens nothing came to."""
    return Line(NOTICES.get(answer.verdict, "leader.wrong"), {"s": answer.wait_s})


class PinAsk(Section):
    """密码: whose it is decides; digits live here only until they are checked.

    Once the pad that asks for no name is locked, a leader says his name first; his right PIN opens the pad again.
    """

    def __init__(
        self,
        desk: LeaderDesk,
        title: Line,
        then: Callable[[OperatorId], None],
        *,
        mine: OperatorId | None = None,
        other_than: OperatorId | None = None,
    ) -> None:
        """`mine`: the same leader again; `other_than`: a second person."""
        super().__init__(desk)
        self._title = title
        self._then = then
        self._mine = mine
        self._other_than = other_than
        self._pin = ""
        self._checking = False
        self._whose: OperatorId | None = None

    def page(self) -> LeaderPage:
        """A pad and dots; where it is locked, the leaders' names, or whose PIN is asked."""
        notice = Line("leader.checking") if self._checking else self.notice
        locked = self.desk.operator is None
        if PAD in self.desk.pins.locked() and self._whose is None:
            keys = tuple(
                LeaderTile(f"name.{one.id}", self.desk.door.operator_name(one.id), role="MAIN")
                for one in self.desk.door.leaders()[:MOST_KEYS]
            )
            facts = tuple(Fact(Line(f"leader_lock.{name}")) for name in ("pad", "choose", "office"))
            return LeaderPage(
                "screen.leader.locked", Line("leader_lock.title"), notice=notice, facts=facts, keys=keys, locked=locked
            )
        whose = self.desk.door.operator_name(self._whose) if self._whose is not None else None
        pad = Pad(PadKind.PIN, "●" * len(self._pin))
        return LeaderPage("screen.leader.pin", self._title, sub=whose, notice=notice, pad=pad, locked=locked)

    def chose(self, name: str) -> None:
        """His name first."""
        self._whose = OperatorId(name.removeprefix("name."))
        self.notice = None
        self.desk.redraw()

    def digit(self, digit: str) -> None:
        """One more, or one less."""
        if not self._checking:
            self._pin = (self._pin + digit)[:LONGEST_PIN] if digit else self._pin[:-1]
            self.notice = None

    def confirm(self) -> None:
        """Check it beside the screen."""
        pin, self._pin = self._pin, ""
        if pin and not self._checking:
            self._checking = True
            self.desk.redraw()
            self.desk.pins.ask(pin, self._answered, self._whose)

    def back(self) -> bool:
        """What was typed is forgotten; from a name back to the names."""
        self._pin = ""
        named, self._whose = self._whose is not None, None
        return named

    def _answered(self, answer: PinAnswer) -> None:
        self._checking = False
        if not self.desk.shows(self):
            return  # the screen fell back meanwhile
        if answer.verdict is not PinVerdict.RIGHT or answer.operator is None:
            named = self._whose is not None
            # the page of a locked pad says it all
            self.notice = None if answer.verdict is PinVerdict.LOCKED and not named else pin_notice(answer)
            if answer.verdict is PinVerdict.LOCKED and named:
                self._whose = None  # that person is locked; perhaps another leader is here
                self.notice = Line("leader_lock.person")
        elif self._mine is not None and answer.operator != self._mine:
            self.notice = Line("leader_desk.same_person")
        elif answer.operator == self._other_than:
            self.notice = Line("leader.second")
        else:
            if self._whose is not None:
                self.desk.unlock(PAD, answer.operator)
            self._then(answer.operator)
            return
        self.desk.redraw()


class ChoiceAsk(Section):
    """选择: one of several tiles."""

    def __init__(
        self,
        desk: LeaderDesk,
        title: Text,
        tiles: Sequence[LeaderTile],
        then: Callable[[str], None],
        *,
        sub: Text = None,
        facts: tuple[Fact, ...] = (),
        tile_mm: float = 50.0,
    ) -> None:
        super().__init__(desk)
        self._page = LeaderPage(
            "screen.leader.choice", title, sub=sub, facts=facts, tiles=tuple(tiles), tile_mm=tile_mm
        )
        self._then = then

    def page(self) -> LeaderPage:
        """The tiles."""
        return self._page

    def chose(self, name: str) -> None:
        """That one."""
        self._then(name)


class NumberAsk(Section):
    """数字: typed on the pad."""

    def __init__(
        self,
        desk: LeaderDesk,
        title: Text,
        then: Callable[[str], Text],
        *,
        sub: Text = None,
        kind: PadKind = PadKind.NUMBER,
        keys: tuple[LeaderTile, ...] = (),
        chose: Callable[[str], None] = lambda _name: None,
        ruler: bool = False,
    ) -> None:
        """`then` gives a notice where the number is refused; None: it went on. `ruler`: the bar of a bank card."""
        super().__init__(desk)
        self._title, self._sub, self._kind, self._keys = title, sub, kind, keys
        self._then = then
        self._chose = chose
        self._typed = ""
        self._ruler = ruler

    def page(self) -> LeaderPage:
        """The pad."""
        shown = self._typed
        if self._kind is PadKind.TEMPERATURE and len(shown) > 2:  # noqa: PLR2004 - 36.5
            shown = f"{shown[:2]}.{shown[2:]}"
        return LeaderPage(
            "screen.leader.number", self._title, sub=self._sub, notice=self.notice, pad=Pad(self._kind, shown),
            keys=self._keys, ruler=self._ruler,
        )  # fmt: skip

    def digit(self, digit: str) -> None:
        """One more, or one less."""
        most = 4 if self._kind is PadKind.TEMPERATURE else LONGEST_NUMBER
        self._typed = (self._typed + digit)[:most] if digit else self._typed[:-1]
        self.notice = None

    def confirm(self) -> None:
        """That is it."""
        self.notice = self._then(self._typed)
        if self.notice is not None:
            self._typed = ""
            self.desk.redraw()

    def chose(self, name: str) -> None:
        """A key beside the pad."""
        self._chose(name)


class PersonAsk(Section):
    """哪一位: building, unit, room, person; four taps, masked."""

    def __init__(self, desk: LeaderDesk, title: Text, then: Callable[[PersonId], None]) -> None:
        super().__init__(desk)
        self._title = title
        self._then = then
        self._chosen: tuple[str, ...] = ()
        self._first = 0

    def _homes(self) -> list[Dwelling]:
        every = self.desk.door.app.facts.roster.dwellings()
        return [home for home in every if (home.building, home.unit, home.room)[: len(self._chosen)] == self._chosen]

    def _level(self) -> tuple[str, ...]:
        """What can be chosen next; a single unit is passed over."""
        while len(self._chosen) < 3:  # noqa: PLR2004 - building, unit, room
            at = len(self._chosen)
            found = {(home.building, home.unit, home.room)[at] for home in self._homes()}
            if at != 1 or len(found) > 1:
                return tuple(sorted(found, key=_by_number))
            self._chosen += (next(iter(found)),)
        return ()

    def page(self) -> LeaderPage:
        """Buildings, units, rooms, then people."""
        level = self._level()
        where = " - ".join(part for part in self._chosen if part) or None
        if len(self._chosen) == 3:  # noqa: PLR2004
            roster = self.desk.door.app.facts.roster
            people = roster.at_room(self._chosen[0], self._chosen[1], self._chosen[2])
            tiles = [LeaderTile(f"person.{who.id}", self.desk.door.label(who)) for who in people]
            return LeaderPage("screen.leader.person", self._title, sub=where, tiles=tuple(tiles), tile_mm=60.0)
        shown = level[self._first : self._first + _PLACES]
        ask = Line(("lookup.building", "lookup.unit", "lookup.room")[len(self._chosen)])
        return LeaderPage(
            "screen.leader.person", self._title, sub=(ask, where or ""),
            tiles=tuple(LeaderTile(each, each) for each in shown), tile_mm=20.0,
            back=self._first > 0, forth=self._first + _PLACES < len(level),
        )  # fmt: skip

    def chose(self, name: str) -> None:
        """One level further, or that person."""
        if name.startswith("person."):
            self._then(PersonId(name.removeprefix("person.")))
            return
        self._chosen += (name,)
        self._first = 0
        self.desk.redraw()

    def turn(self, by: int) -> None:
        """More of them."""
        self._first += by * _PLACES
        self.desk.redraw()

    def back(self) -> bool:
        """One level back; a single unit was passed over, and is again."""
        if not self._chosen:
            return False
        self._chosen = self._chosen[:-1]
        if len(self._chosen) == 1 and len({home.unit for home in self._homes()}) == 1:
            self._chosen = ()
        self._first = 0
        return True


def ask_why(desk: LeaderDesk, then: Callable[[str], None], title: Text = None) -> None:
    """原因: one of the reasons of the catalogue."""
    tiles = [LeaderTile(why, Line(f"why.{why}")) for why in WHY_TILES]
    desk.open(ChoiceAsk(desk, title or Line("leader.why"), tiles, then, tile_mm=60.0))


def ask_pin(desk: LeaderDesk, then: Callable[[], None]) -> None:
    """PIN again: the same leader (trust.md 3, `p`)."""
    desk.open(PinAsk(desk, Line("leader_desk.pin_again"), lambda _who: then(), mine=desk.operator))


def ask_second(desk: LeaderDesk, then: Callable[[OperatorId], None]) -> None:
    """第二人: another leader's PIN."""
    desk.open(PinAsk(desk, Line("leader.second"), then, other_than=desk.operator))


def why_text(why: str | None) -> Text:
    """A stored reason in words: of the catalogue, or as it was written."""
    return Line(f"why.{why}") if why in WHY_TILES else (why or "")


def _by_number(name: str) -> tuple[bool, int, str]:
    return (not name.isdigit(), int(name) if name.isdigit() else 0, name)
