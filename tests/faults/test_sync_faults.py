# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Sync under loss and kills, and a town of gates played by a model: the amounts of `make test`, with their controls."""

import logging
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from sync.office.compose import Office
from sync.office.store.changes import Changed, ChangeLog
from tests.faults import model, plants, rounds
from tests.faults.history import AtOffice, Fate, History, Told
from tests.faults.strangers import STRANGERS
from tests.faults.town import LOST_30, Town, weighed
from tests.unit.office.offices import START_MS, found_office

SEED = 20200214
REFUSED = (("forged", 0.3),)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Gates and offices that are struck down say so; here that is the purpose."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


# ---------------------------------------------------------------------------------------------------------- the tools


def test_300_rounds_at_30_percent_loss_with_kills_on_both_sides_lose_double_and_reorder_nothing() -> None:
    found = rounds.rounds(300, SEED)
    assert found.faults == []
    assert min(found.gate_kills, found.office_kills, found.fates["lost_request"], found.fates["lost_answer"]) > 0


def test_a_town_keeps_its_promises_whatever_is_done_to_it() -> None:
    model.play(3, SEED, steps=20, shrink=False)


def test_a_batch_refused_by_a_stranger_is_sent_again() -> None:
    assert rounds.rounds(60, SEED, plan=REFUSED, forged=STRANGERS["400"]).faults == []


@pytest.mark.parametrize("number", range(3))
def test_a_gate_that_is_withdrawn_amid_loss_and_kills_gives_everything_before_it_destroys_itself(
    number: int, tmp_path: Path
) -> None:
    chance = Random(SEED + number)
    town = Town.found(tmp_path, ["G01"], chance)
    (gate,) = town.gates
    assert gate.settle()
    gate.net.plan = weighed(*LOST_30)
    gate.record(chance.randrange(150, 450), p1=True)
    for _ in range(chance.randrange(3)):
        gate.turn()
    office = town.office.office
    with office.database.writing() as tx:
        assert office.enrolment.revoke(tx, gate.identity.device, office.clock.wall_ms(), by="test", why="stolen")
    for _ in range(200):
        if chance.random() < 0.3:
            gate.fuse.light(chance.randrange(1, 80))
        gate.turn()
        if gate.gone:
            break
    assert gate.gone
    assert town.faults() == []
    assert list(gate.folder.glob("gate-*.db*")) == []
    town.end()


# -------------------------------------------------------------------------------------------------------- the controls


def test_control_a_gate_that_drops_what_was_refused_is_caught() -> None:
    found = rounds.rounds(60, SEED, plan=REFUSED, forged=STRANGERS["400"], prepare=plants.drop_on_400)
    assert any("lost" in line for line in found.faults)
    assert any("shown as sent" in line for line in found.faults)


def test_control_an_office_that_answers_before_its_commit_is_caught() -> None:
    found = rounds.rounds(80, SEED, plan=(), prepare=plants.answer_before_commit)
    assert any("shown as sent" in line for line in found.faults)


@pytest.mark.parametrize(
    ("log", "loses"), [(ChangeLog(), False), (plants.SerialCursor(), True)], ids=["ours", "serial"]
)
def test_control_a_serial_cursor_loses_changes_and_ours_none(log: ChangeLog, loses: bool, tmp_path: object) -> None:
    office = found_office(tmp_path)  # type: ignore[arg-type]
    try:
        missed = changes_missed(office, log, Random(SEED))
    finally:
        office.close()
    assert bool(missed) is loses


def changes_missed(office: Office, log: ChangeLog, chance: Random) -> set[str]:
    """Four writers who begin and commit in different orders, and a gate that pulls between any two commits."""
    scope, begun, heard, cursor = "roster:C01", dict[str, int | None](), set[str](), 0
    wanted = [f"row{number}" for number in range(60)]
    waiting = list(wanted)
    while waiting or begun:
        if waiting and len(begun) < 4 and chance.random() < 0.6:
            begun[waiting.pop(0)] = log.draw() if isinstance(log, plants.SerialCursor) else None
            continue
        row = chance.choice(sorted(begun)) if begun else None
        if row is None:
            continue
        if isinstance(log, plants.SerialCursor):
            log.drawn = begun[row]
        del begun[row]
        with office.database.writing() as tx:
            log.put(tx, scope, [Changed("note", row, doc="{}")], START_MS)
        with office.database.reading() as tx:
            page = log.since(tx, scope, cursor, 100)
        heard |= {one.changed.key for one in page}
        cursor = max([cursor, *(one.rev for one in page)])
    return set(wanted) - heard


# --------------------------------------------------------------------------------------------------------- the checker


def told(seq: int, name: str) -> Told:
    return Told("d", 1, seq, name)


def at(seq: int, name: str, *, aside: bool = False) -> AtOffice:
    return AtOffice("d", 1, seq, name, aside)


CASES = {
    "all there": ([at(1, "a"), at(2, "b")], {}),
    "one lost": ([at(1, "a")], {Fate.LOST: 1}),
    "one twice": ([at(1, "a"), at(2, "b"), at(3, "b")], {Fate.DUPLICATE: 1}),
    "two swapped": ([at(1, "b"), at(2, "a")], {Fate.REORDERED: 2}),
    "one that nobody recorded": ([at(1, "a"), at(2, "b"), at(3, "x")], {Fate.UNKNOWN: 1}),
    "one set aside": ([at(1, "a"), at(2, "b", aside=True)], {}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_checker_names_what_became_of_each_event(name: str) -> None:
    rows, wrong = CASES[name]
    history = History()
    history.invoke(["a", "b"])
    history.ok([told(1, "a"), told(2, "b")])
    found = history.judge(rows)
    for fate in (Fate.LOST, Fate.REORDERED, Fate.UNKNOWN):
        assert len(found[fate]) == wrong.get(fate, 0)
    assert bool(found[Fate.DUPLICATE]) == bool(wrong.get(Fate.DUPLICATE))


def test_what_was_asked_for_but_never_told_may_be_there_or_not() -> None:
    history = History()
    history.invoke(["a", "b"])
    history.ok([told(1, "a")])
    assert history.faults([at(1, "a")]) == []
    assert history.faults([at(1, "a"), at(2, "b")]) == []
