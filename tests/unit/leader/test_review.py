# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The log read back: a day's picture equals the gate's own tally, whatever happened; pages hold each passage once."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.store_review import FolderReview
from kiosk.app.desk import Arriving, Outsider
from kiosk.app.paper import PaperLine
from kiosk.app.review import PassageQuery, Period, Sieve, day_period
from kiosk.domain.codes import Button, Category, Direction, Site, Verdict
from kiosk.domain.identity import PassageId
from kiosk.domain.instants import day_of
from tests.unit.desk.gatehouse import House, house_in

TODAY = dt.date(2020, 2, 20)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[House]:
    yield from house_in(tmp_path)


def review(gate: House) -> FolderReview:
    return FolderReview(gate.store._folder)


def a_day(gate: House) -> dict[str, PassageId]:
    """Two hours with one of everything that a picture could get wrong."""
    cards = [gate.card(gate.resident(f"人{n}", f"{n + 1}-1-101")) for n in range(6)]
    out: dict[str, PassageId] = {}
    out["in"] = gate.scan(cards[0]).measure("36.5").passage
    gate.later(90)
    out["out"] = gate.scan(cards[0], Direction.OUT).passage
    out["undone"] = gate.scan(cards[1]).measure("36.6").passage
    gate.app.desk.void(out["undone"], by="v", why="known")
    gate.later(3_600)
    out["high"] = gate.scan(cards[2]).measure("37.6").passage
    gate.later(301)
    gate.app.desk.reading(out["high"], "36.9", Site.FOREHEAD)
    out["fever"] = gate.scan(cards[3]).measure("37.5", Site.AXILLA).passage
    out["courier"] = gate.app.desk.arrive(Outsider(Category.COURIER), Arriving()).view.passage  # type: ignore[union-attr]
    gate.app.desk.reading(out["courier"], "36.4", Site.FOREHEAD)
    lost = gate.scan(gate.card(listed=False)).measure("36.7")
    gate.app.desk.override(lost.passage, Verdict.ADMIT, "phoned", by="l")
    out["overridden"] = lost.passage
    left = gate.scan(gate.card(listed=False)).measure("36.7")
    gate.app.desk.press(left.passage, Button.LEAVE)
    return out


def test_a_days_picture_is_the_gates_own_tally(gate: House) -> None:
    a_day(gate)
    picture = review(gate).day(TODAY)
    tally = gate.app.present.tally(f"day/{TODAY}")
    assert (picture.entered, picture.left) == (tally["entered"], tally["left"]) == (3, 1)
    assert [hour for hour, count in enumerate(picture.hours) if count.entered] == [18, 19]
    assert sum(picture.temps.values()) == 8
    assert picture.verdicts == {
        Verdict.ADMIT: 4, Verdict.HOLD: 1, Verdict.REDIRECT: 1, Verdict.LEADER: 1,
    }  # fmt: skip
    assert picture.exceptions == 5, "undone, high, fever, overridden, not listed"


def test_a_line_of_the_paper_sheet_stands_at_its_own_hour(gate: House) -> None:
    person = gate.resident("张伟")
    gate.later(3 * 3_600)
    at = gate.clock.wall_ms() - 2 * 3_600_000
    done = gate.app.paper.key_in(
        PaperLine("S1", 1, at, "王", Direction.IN, admitted=True, person=person, celsius="36.5")
    )
    assert done.refused is None
    picture = review(gate).day(TODAY)
    assert [hour for hour, count in enumerate(picture.hours) if count.entered] == [19]
    assert picture.entered == gate.app.present.tally(f"day/{TODAY}")["entered"]


def test_pages_hold_each_passage_once_newest_first(gate: House) -> None:
    gone = [gate.scan(gate.card(gate.resident(f"人{n}", f"{n + 1}-1-101"))).measure("36.5").passage for n in range(7)]
    found: list[PassageId] = []
    before = None
    while True:
        page = review(gate).passages(PassageQuery(day_period(TODAY), before_seq=before, limit=3))
        found += [record.passage for _, record in page.rows]
        if not page.more:
            break
        before = page.rows[-1][0]
    assert found == gone[::-1]
    assert review(gate).count(PassageQuery(day_period(TODAY))) == 7


def test_each_sieve_leaves_its_own(gate: House) -> None:
    made = a_day(gate)

    def left(sieve: Sieve) -> set[PassageId]:
        return {record.passage for _, record in review(gate).passages(PassageQuery(Period(), sieve, limit=50)).rows}

    assert left(Sieve.OVERRIDES) == {made["overridden"]}
    assert left(Sieve.FEVER) == {made["high"], made["fever"]}
    assert left(Sieve.CHANGED) == {made["undone"]}
    assert made["in"] not in left(Sieve.EXCEPTIONS)
    assert {made["high"], made["fever"], made["overridden"], made["undone"]} <= left(Sieve.EXCEPTIONS)


def test_a_person_is_found_over_all_days_and_a_shift_is_its_own_period(gate: House) -> None:
    person = gate.resident("张伟")
    card = gate.card(person)
    gate.scan(card).measure("36.5")
    gate.later(86_400)
    gate.app.shifts.sign_on([])
    gate.scan(card).measure("36.6")
    query = PassageQuery(Period(), person=person, limit=50)
    assert len(review(gate).passages(query).rows) == 2
    shift = gate.app.present.shift()
    assert shift is not None
    assert len(review(gate).passages(PassageQuery(Period(shift=shift.id))).rows) == 1
    assert len(review(gate).passages(PassageQuery(day_period(day_of(gate.clock.wall_ms())))).rows) == 1


def test_an_empty_log_has_an_empty_picture(gate: House) -> None:
    picture = review(gate).day(TODAY - dt.timedelta(days=40))
    assert (picture.entered, picture.exceptions, picture.temps) == (0, 0, {})
