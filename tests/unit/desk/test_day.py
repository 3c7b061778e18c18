# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's days against a model: hundreds of people, rests, kills and midnight; the report equals the model's count.

The model knows no rule table: it knows what a person of each kind adds to the day's figures, as a clerk with a tally
sheet would.
"""

import datetime as dt
import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from kiosk.app.desk import Arriving, Outsider
from kiosk.app.views import PassageView, Shown
from kiosk.domain.codes import Button, Category, Direction, Site
from kiosk.domain.events import PassageStep
from kiosk.domain.figures import recount
from kiosk.domain.identity import PassageId
from kiosk.domain.instants import day_of
from kiosk.domain.passage import PassageRecord, fold_all
from kiosk.domain.reports import balance
from tests.unit.desk.gatehouse import House

F, W = Site.FOREHEAD, Site.WRIST
REST_S = 301

ADDS: dict[str, str] = {
    "goes in": "entered resident measured normal",
    "goes out": "left",
    "rests, then well": "entered resident measured first_high recheck_normal",
    "rests, then ill": "measured first_high fever_passages held",
    "rests, then leaves": "measured first_high abandoned",
    "rests and is forgotten": "measured first_high abandoned",
    "cold forehead": "entered resident measured normal low",
    "will not be measured": "refused_reading open_other",
    "visitor": "measured normal turned_back",
    "courier": "measured normal redirected",
    "firemen": "entered outsider",
}
"""What one person of each kind adds to the day on which he was last decided."""


@dataclass(slots=True)
class Clerk:
    """The tally sheet beside the gate."""

    days: dict[dt.date, Counter[str]] = field(default_factory=dict)

    def note(self, kind: str, at_ms: int) -> None:
        """One person is through with the gate."""
        self.days.setdefault(day_of(at_ms), Counter()).update(ADDS[kind].split())


@dataclass(slots=True)
class Day:
    """People coming and going, several at once, by the clock."""

    gate: House
    draw: random.Random
    clerk: Clerk = field(default_factory=Clerk)
    due: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    passages: list[PassageId] = field(default_factory=list)

    def at(self, ms: int, act: Callable[[], None]) -> None:
        """Something will happen."""
        heapq.heappush(self.due, (ms, next(self.numbers), act))

    def run(self) -> None:
        """Everything in order of time."""
        while self.due:
            ms, _, act = heapq.heappop(self.due)
            self.gate.clock.advance(max(0, ms - self.now))
            self.gate.app.desk.advance()
            act()

    @property
    def now(self) -> int:
        """The gate's clock."""
        return self.gate.clock.wall_ms()

    def opened(self, shown: Shown) -> PassageId:
        """The passage that a step opened."""
        assert isinstance(shown.view, PassageView)
        self.passages.append(shown.view.passage)
        return shown.view.passage

    def read(self, passage: PassageId, text: str, site: Site = F) -> None:
        """A reading that must be taken."""
        assert self.gate.app.desk.reading(passage, text, site).refused is None

    def person(self, kind: str) -> None:
        """Somebody of a kind comes to the gate now."""
        desk = self.gate.app.desk
        match kind:
            case "visitor" | "courier" | "firemen":
                category = {"visitor": Category.VISITOR, "courier": Category.COURIER, "firemen": Category.EMERGENCY}
                passage = self.opened(desk.arrive(Outsider(category[kind]), Arriving()))
                if kind != "firemen":
                    self.read(passage, "36.5")
                self.clerk.note(kind, self.now)
                return
            case _:
                card = self.gate.card(self.gate.resident(f"王{next(self.numbers)}", f"1-1-{next(self.numbers)}"))
        way = Direction.OUT if kind == "goes out" else Direction.IN
        passage = self.opened(desk.on_code(card, Arriving(way)))
        match kind:
            case "goes out":
                self.clerk.note(kind, self.now)
            case "goes in":
                self.read(passage, self.draw.choice(["36.0", "36.5", "37.2"]))
                self.clerk.note(kind, self.now)
            case "will not be measured":
                desk.refuse_reading(passage)
                self.clerk.note(kind, self.now)
            case "cold forehead":
                self.read(passage, "34.2")
                self.at(self.now + 20_000, lambda: self.ends(kind, passage, "36.4", W))
            case "rests, then leaves":
                self.read(passage, "37.4")
                self.at(self.now + 90_000, lambda: self.leaves(kind, passage))
            case "rests and is forgotten":
                self.read(passage, "37.5")
                self.at(self.now + 1_800_000, lambda: self.clerk.note(kind, self.now))
            case _:
                self.read(passage, "37.3")
                text = "36.8" if kind == "rests, then well" else "37.6"
                self.at(self.now + REST_S * 1000, lambda: self.ends(kind, passage, text, F))

    def ends(self, kind: str, passage: PassageId, text: str, site: Site) -> None:
        """The second reading."""
        self.read(passage, text, site)
        self.clerk.note(kind, self.now)

    def leaves(self, kind: str, passage: PassageId) -> None:
        """Goes away from the wait spot."""
        assert self.gate.app.desk.press(passage, Button.LEAVE).refused is None
        self.clerk.note(kind, self.now)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_report_of_each_day_is_what_a_clerk_with_a_tally_sheet_counted(gate: House, seed: int) -> None:
    draw = random.Random(seed)
    day = Day(gate, draw)
    start = day.now + 4 * 3_600_000  # from 22:00, so that midnight falls into it
    for _ in range(160):
        kind = draw.choice([*ADDS, "goes in", "goes in", "goes in", "goes out", "goes out"])
        day.at(start + draw.randrange(4 * 3_600_000), lambda kind=kind: day.person(kind))  # type: ignore[misc]
    for _ in range(3):
        day.at(start + draw.randrange(4 * 3_600_000), gate.kill)
    day.run()
    assert len(day.clerk.days) == 2
    for date, counted in day.clerk.days.items():
        tally = {name: value for name, value in gate.app.present.tally(f"day/{date}").items() if value}
        assert tally == dict(counted)
        records = [r for r in _records(gate) if day_of(r.decided.at_ms) == date]
        again = recount(records)
        assert {name: again[name] for name in counted} == dict(counted)
        assert not balance({**dict.fromkeys(_REGISTER, 0), **again})


_REGISTER = ("isolation_today", "isolation_yesterday", "isolation_new", "isolation_released")


def _records(gate: House) -> list[PassageRecord]:
    """Every passage, folded anew from the log alone."""
    ids = dict.fromkeys(e.body.passage for e in gate.store.events() if isinstance(e.body, PassageStep))
    folded = (fold_all(gate.store.events_of_passage(passage)) for passage in ids)
    return [record for record in folded if record is not None]
