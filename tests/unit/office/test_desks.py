# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What committee, leader and street do at the office, and what the gate makes of it after its next sync."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.app.desk import Arriving, Outsider
from kiosk.app.remote import ANSWER_KIND
from kiosk.app.views import PassageView
from kiosk.domain.codes import Category, Direction, IsolationState, PassState, Site
from kiosk.domain.identity import CompoundId, GateId, PersonId
from kiosk.domain.person_index import PersonIndex
from kiosk.domain.register import Person
from sync.office.service.isolations import IsolationFault, Isolations
from sync.office.service.remote import KIND, RemoteAnswers, RemoteFault
from sync.office.service.screening import MorningLists
from sync.street.building import Street
from sync.street.given import build_street
from sync.street.scenario import Scenario

GIVEN = {
    "person": [
        {"id": "zhang", "name": "张伟", "building": "3", "unit": "1", "room": "502"},
        {
            "id": "wang",
            "name": "王芳",
            "building": "7",
            "unit": "1",
            "room": "101",
            "attrs": ["elderly", "lives_alone"],
        },
        {"id": "li", "name": "李娜", "building": "5", "unit": "1", "room": "301", "attrs": ["elderly"]},
    ],
    "pass": [{"id": "card1", "person": "zhang"}, {"id": "card3", "person": "li"}],
    "isolation": [{"person": "zhang", "d0": dt.date(2020, 2, 14)}],
}
G01, C01 = GateId("G01"), CompoundId("C01")


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """A street of one gate."""
    built = build_street(Scenario(tmp_path / "x.toml", "desks", "desks", GIVEN), tmp_path)
    yield built
    built.close()


def view(shown: object) -> PassageView:
    found = shown.view  # type: ignore[attr-defined]
    assert isinstance(found, PassageView)
    return found


def test_the_kind_of_an_answer_is_the_same_word_on_both_sides() -> None:
    assert KIND == ANSWER_KIND


def test_the_office_may_release_before_the_day_and_the_gate_lets_out(street: Street) -> None:
    office, gate = street.office, street.gates["G01"].app
    isolations = Isolations(office.book, office.audit, office.ids)
    zhang = street.person("zhang")
    out = Arriving(Direction.OUT)
    assert view(gate.desk.on_code(street.pass_text("card1"), out)).rule == "R13"
    params = gate.facts.policy_at(street.now_ms).params
    with office.database.writing() as tx:
        assert isolations.release(tx, zhang, " ", params, street.now_ms, by="health") is IsolationFault.NO_NUMBER
        isolations.release(tx, zhang, "PT-9", params, street.now_ms, by="health")
    street.sync(None)
    street.advance(61_000)
    assert view(gate.desk.on_code(street.pass_text("card1"), out)).rule == "R25"


def test_contact_with_a_case_restarts_the_fourteen_days_in_a_new_record(street: Street) -> None:
    office, gate = street.office, street.gates["G01"].app
    isolations = Isolations(office.book, office.audit, office.ids)
    zhang = street.person("zhang")
    with office.database.writing() as tx:
        old = isolations.current(tx, zhang)
        new = isolations.restart(tx, zhang, dt.date(2020, 2, 20), street.now_ms, by="health", why="contact")
    assert old is not None
    assert not isinstance(new, IsolationFault)
    assert (new.restarted_from, new.d0, new.state) == (old.id, dt.date(2020, 2, 20), IsolationState.HOME)
    street.sync(None)
    here = gate.facts.isolation(zhang)
    assert here is not None
    assert here.d0 == dt.date(2020, 2, 20)
    assert street.gates["G01"].pass_state(street.pass_id("card1")) is PassState.SUSPENDED


def test_a_leader_answers_from_afar_and_the_waiting_visitor_goes_in(street: Street) -> None:
    office, gate = street.office, street.gates["G01"].app
    answers = RemoteAnswers(office.work, office.audit, office.ids)
    passage = view(gate.desk.arrive(Outsider(Category.VISITOR), Arriving())).passage
    gate.desk.reading(passage, "36.5", Site.FOREHEAD)
    gate.remote.ask(passage)
    street.sync(None)
    with office.database.writing() as tx:
        (waiting,) = answers.waiting(tx, [G01], street.now_ms)
        say = {"approve": True, "by": "leader"}
        assert answers.answer(tx, G01, waiting.request, street.now_ms, why=" ", **say) is RemoteFault.NO_REASON  # type: ignore[arg-type]
        assert answers.answer(tx, G01, "0000x", street.now_ms, why="家属", **say) is RemoteFault.NOT_WAITING  # type: ignore[arg-type]
        assert answers.answer(tx, G01, waiting.request, street.now_ms, why="家属", **say) is None  # type: ignore[arg-type]
        assert answers.waiting(tx, [G01], street.now_ms) == ()
    street.sync(None)
    assert gate.desk.view(passage).recorded
    record = gate.desk.record(passage)
    assert record is not None
    assert record.overridden is not None
    assert record.overridden.by == "leader"


def test_who_lives_alone_and_was_not_seen_stands_on_the_care_list(street: Street) -> None:
    gate = street.gates["G01"].app
    gate.desk.on_code(street.pass_text("card3"), Arriving(Direction.OUT))
    street.advance(4 * 86_400_000)
    street.sync(None)
    params = gate.facts.policy_at(street.now_ms).params
    lists = MorningLists(street.office.book)
    with street.office.database.reading() as tx:
        now = lists.of_compound(tx, C01, street.now_ms, params)
        earlier = lists.of_compound(tx, C01, street.now_ms - 2 * 86_400_000, params)
    assert set(now.care) == {street.person("wang"), street.person("li")}
    assert set(earlier.care) == {street.person("wang")}
    assert [person for person, _ in now.missing_temperatures] == [street.person("zhang")]
    assert set(now.dwellings_unverified) == {p.dwelling for p in street.persons.values()}


def test_search_by_two_characters_initials_in_any_reading_and_phone_tail() -> None:
    def person(n: int, name: str, phone: str, *initials: str) -> Person:
        return Person(PersonId(str(n)), Category.LOCAL, C01, name=name, phone=phone, initials=initials)

    index = PersonIndex([person(1, "单伟明", "13800001234", "swm", "dwm"), person(2, "张伟", "13800005678", "zw")])
    assert [h.person for h in index.find("伟明")] == ["1"]
    assert [h.person for h in index.find("dw")] == ["1"]
    assert [h.person for h in index.find("SWM")] == ["1"]
    assert [h.person for h in index.find("5678")] == ["2"]
    assert index.find("伟") == ()
    assert index.find("张伟", frozenset({CompoundId("C09")})) == ()
    index.put(person(2, "张强", "13800005678", "zq"))
    assert index.find("张伟") == ()
    assert len(index) == 2
