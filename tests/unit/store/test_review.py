# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The leader's pages over the log: what they find is what a reading of the whole log finds."""

import random
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from kiosk.adapters.store_review import FolderReview
from kiosk.adapters.store_schema import GRAVE_STEP
from kiosk.app.review import EXCEPTIONAL, PassageQuery, Period, Sieve
from kiosk.domain.codes import Direction, Reason, TempOutcome, Verdict
from kiosk.domain.events import Correction, Draft, Event, LateEntry, Override, PassageStep, Refusal
from kiosk.domain.identity import PassageId, ShiftId
from tests.unit.store.boxes import Box, fold

HOUR = 3_600_000
_BY_TYPE = {
    Sieve.OVERRIDES: (Override,),
    Sieve.CHANGED: (Correction, LateEntry),
    Sieve.EXCEPTIONS: (Override, Correction, Refusal, LateEntry),
    Sieve.FEVER: (),
}


def marked(event: Event, sieve: Sieve) -> bool:
    """What makes a passage stand under a sieve, said plainly."""
    body = event.body
    if sieve is Sieve.ALL or isinstance(body, _BY_TYPE[sieve]):
        return True
    if not isinstance(body, PassageStep) or sieve in (Sieve.OVERRIDES, Sieve.CHANGED):
        return False
    feverish = body.outcome in (TempOutcome.FEVER_SUSPECT, TempOutcome.FEVER_CONFIRMED)
    return feverish or (sieve is Sieve.EXCEPTIONS and body.verdict in EXCEPTIONAL)


def passage_of(event: Event) -> PassageId | None:
    body = event.body
    return body.of.passage if isinstance(body, LateEntry) else getattr(body, "passage", None)


def expected(events: list[Event], query: PassageQuery) -> list[int]:
    """Seqs of the first steps of what a query finds, newest first, with no limit."""
    first: dict[PassageId, Event] = {}
    under: set[PassageId] = set()
    for event in events:
        passage = passage_of(event)
        if passage is None:
            continue
        first.setdefault(passage, event)
        if marked(event, query.sieve):
            under.add(passage)
    out = []
    for passage, event in first.items():
        period = query.period
        here = (
            (period.from_ms is None or event.at_ms >= period.from_ms)
            and (period.to_ms is None or event.at_ms < period.to_ms)
            and (period.shift is None or event.shift == period.shift)
            and (query.before_seq is None or event.seq < query.before_seq)
            and (query.person is None or getattr(event.body, "person", None) == query.person)
        )
        if here and passage in under:
            out.append(event.seq)
    return sorted(out, reverse=True)


def fill(box: Box, seed: int, count: int) -> list[Event]:
    """A log in which every sort of mark comes soon after its passage or hours later."""
    draw = random.Random(seed)
    late: list[Draft] = []
    for number in range(count):
        shift = ShiftId(f"{number // 40:032x}")
        opened, closed = box.usual(who=number % 7)
        body = opened[0].body
        assert isinstance(body, PassageStep)
        drafts = [*opened]
        if draw.random() < 0.15:
            drafts = [replace(opened[0], body=replace(body, verdict=draw.choice(list(EXCEPTIONAL))))]
        elif draw.random() < 0.1:
            step = PassageStep(body.passage, 2, Direction.IN, verdict=Verdict.WAIT, outcome=TempOutcome.FEVER_SUSPECT)
            drafts.append(box.draft(step))
        else:
            drafts += closed
        if draw.random() < 0.25:
            mark = draw.choice([
                Refusal(body.passage),
                Override(body.passage, Verdict.LEADER, Reason.NO_PASS, Verdict.ADMIT, "known", "leader"),
                Correction(opened[0].id, "keyed wrongly", "leader", body.passage, void=True),
            ])  # fmt: skip
            late.append(box.draft(mark))
        for draft in (*drafts, *([late.pop(0)] if late and draw.random() < 0.5 else ())):
            moved = replace(draft, at_ms=box.clock.wall_ms(), shift=shift)
            box.store.commit([moved], fold)
        box.clock.advance(draw.randrange(HOUR // 6))
    return list(box.store.events())


@pytest.mark.parametrize("seed", [1, 2])
def test_pages_of_every_sieve_and_period_are_those_of_the_whole_log(tmp_path: Path, seed: int) -> None:
    box = Box(tmp_path / "gate")
    box.open()
    events = fill(box, seed, 160)
    review = FolderReview(box.store._folder)
    begin, end = events[1].at_ms, events[-1].at_ms
    third = (end - begin) // 3
    periods = [
        Period(), Period(begin + third, begin + 2 * third), Period(from_ms=end - third), Period(to_ms=begin + third),
        Period(shift=ShiftId(f"{1:032x}")), Period(end + HOUR), Period(shift=ShiftId("ff" * 16)),
    ]  # fmt: skip
    person = next(e.body.person for e in events if isinstance(e.body, PassageStep))
    found_any = 0
    for period, sieve, who in product(periods, Sieve, [None, person]):
        query = PassageQuery(period, sieve, person=who, limit=5)
        wanted = expected(events, query)
        assert review.count(query) == len(wanted), query
        got: list[int] = []
        while True:
            page = review.passages(replace(query, before_seq=got[-1] if got else None))
            got += [seq for seq, _ in page.rows]
            if not page.more:
                break
        assert got == wanted, query
        found_any += bool(wanted)
    assert found_any > 40
    box.close()


def test_the_index_of_grave_steps_holds_what_the_leader_looks_at() -> None:
    assert {verdict.value for verdict in EXCEPTIONAL} == {word for word in GRAVE_STEP.split("'") if word.isupper()}
