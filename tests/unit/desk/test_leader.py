# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a gate leader does beside the lane: releases, permits, temporary passes, requests from afar, paper, shifts."""

import datetime as dt

import pytest

from kiosk.app.desk import Arriving, Outsider, ReturnForm
from kiosk.app.issuing import Evidence, Issued
from kiosk.app.paper import PaperLine
from kiosk.app.remote import ANSWER_KIND
from kiosk.app.shifts import HandoverSheet, Joining
from kiosk.app.turn import Done
from kiosk.domain.codes import (
    Button,
    CaseKind,
    CaseOutcome,
    Category,
    CodeColour,
    CodeHow,
    Direction,
    IsolationState,
    MemberSource,
    PassKind,
    Priority,
    RefusedInput,
    ReportStatus,
    Site,
    Slot,
    Tick,
    Told,
    Verdict,
)
from kiosk.domain.events import Report
from kiosk.domain.identity import IsolationId, PersonId
from kiosk.domain.register import Isolation, WorkItem
from tests.unit.desk.gatehouse import NOW_MS, House

HOUR = 3_600_000
FOUR = [Tick.HOME_FIT, Tick.NOTICE, Tick.RECORD, Tick.COMMITMENT]


def isolated(gate: House, person: PersonId, d0: dt.date, state: IsolationState = IsolationState.HOME) -> None:
    """Put an isolation record on the list."""
    record = Isolation(IsolationId("1" * 32), person, state, d0, NOW_MS - 10 * HOUR)
    gate.rows.append(record)
    gate.app.facts.roster.put(record)


def returning(gate: House, person: PersonId, **form: object) -> str:
    """The form is filled in and the person measured; the passage."""
    answers = {"from_region": "420100", "arrived": "2020-02-20", **form}
    shown = gate.app.desk.return_home(ReturnForm(person, **answers), Arriving())  # type: ignore[arg-type]
    assert shown.view is not None
    gate.app.desk.reading(shown.view.passage, "36.6", Site.FOREHEAD)  # type: ignore[union-attr]
    return shown.view.passage  # type: ignore[union-attr]


def test_the_fourth_item_opens_the_isolation_and_a_second_form_moves_nothing(gate: House) -> None:
    zhang = gate.resident("张伟")
    card = gate.card(zhang)
    passage = returning(gate, zhang)
    desk = gate.app.desk
    desk.tick(passage, FOUR[:3])  # type: ignore[arg-type]
    assert gate.app.facts.isolation(zhang) is None
    desk.tick(passage, FOUR[3:])  # type: ignore[arg-type]
    record = gate.app.facts.isolation(zhang)
    assert record is not None
    assert (record.state, record.d0) == (IsolationState.HOME, dt.date(2020, 2, 20))
    desk.press(passage, Button.ESCORTED)  # type: ignore[arg-type]
    gate.clock.advance(24 * HOUR)
    again = returning(gate, zhang, arrived="2020-02-21")
    assert desk.view(again).rule == "R17"  # type: ignore[arg-type]
    assert gate.app.facts.isolation(zhang) == record
    assert gate.later(61).scan(card, Direction.OUT).said == ("REFUSE_EXIT", "ISOLATION_EXIT", "R13")


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        ({}, "R20"),
        ({"from_region": "330100"}, "R22"),
        ({"from_region": "330100", "transit": ("420500",)}, "R20"),
        ({"from_region": "330100", "code": CodeColour.YELLOW}, "R20"),
        ({"home_fit": False}, "R21"),
        ({"contact": True}, "R21"),
        ({"from_region": "330100", "contact": True}, "R21"),
        ({"arrived": "2020-02-01"}, "R32"),
    ],
)
def test_what_makes_a_first_return(gate: House, form: dict[str, object], rule: str) -> None:
    passage = returning(gate, gate.resident("张伟"), **form)
    assert gate.app.desk.view(passage).rule == rule  # type: ignore[arg-type]


def test_a_release_needs_its_number_and_opens_the_waiting_passage(gate: House) -> None:
    zhang = gate.resident("张伟")
    isolated(gate, zhang, dt.date(2020, 2, 4))
    person = gate.scan(gate.card(zhang), Direction.OUT)
    assert person.said == ("LEADER", "RELEASE_PENDING", "R16")
    assert gate.app.release(zhang, " ", "leader")[0].refused is RefusedInput.NUMBER_NEEDED
    done, shown = gate.app.release(zhang, "PT-1", "leader")
    assert done == Done()
    assert shown is not None
    assert person.now().recorded


def test_a_release_before_its_day_is_not_the_gates_to_give(gate: House) -> None:
    zhang = gate.resident("张伟")
    isolated(gate, zhang, dt.date(2020, 2, 14))
    assert gate.app.release(zhang, "PT-1", "leader")[0].refused is RefusedInput.BUTTON_NOT_OFFERED


def test_a_high_home_temperature_is_a_grave_case(gate: House) -> None:
    zhang = gate.resident("张伟")
    isolated(gate, zhang, dt.date(2020, 2, 14))
    gate.app.leader.home_temp(zhang, Slot.PM, "37.3", "leader")
    assert [(c.kind, c.priority) for c in gate.app.present.cases()] == [(CaseKind.FEVER, Priority.P1)]


def test_a_case_keeps_who_was_told_and_closes_with_an_outcome(gate: House) -> None:
    gate.scan(gate.card(gate.resident("张伟"))).measure("37.5", Site.AXILLA)
    (case,) = gate.app.present.cases()
    gate.app.leader.told(case.id, Told.LEADER, "来了", "volunteer")
    (case,) = gate.app.present.cases()
    assert (case.steps[0].who, case.steps[0].answer) == (Told.LEADER, "来了")
    close = gate.app.leader.close_case
    assert close(case.id, CaseOutcome.EXCLUDED, None).refused is RefusedInput.PIN_NEEDED
    assert close(case.id, None, "leader").refused is RefusedInput.WHY_NEEDED
    close(case.id, CaseOutcome.TRANSFERRED, "leader")
    assert gate.app.present.cases() == ()


def test_a_temporary_pass_made_offline_opens_this_gate_and_is_overdue_after_its_hour(gate: House) -> None:
    issue = gate.app.passes.issue_temporary
    until = NOW_MS + 2 * HOUR
    assert issue(Category.VISITOR, leave_by_ms=until, by=None, consent=True) == Done(RefusedInput.PIN_NEEDED)
    assert issue(Category.COURIER, leave_by_ms=until, by="l", consent=True) == Done(RefusedInput.FACT_NEEDED)
    assert issue(Category.VISITOR, leave_by_ms=until, by="l", consent=False) == Done(RefusedInput.FACT_NEEDED)
    issued = issue(Category.VISITOR, leave_by_ms=until, by="l", consent=True)
    assert isinstance(issued, Issued)
    person = gate.scan(issued.text.encode()).measure("36.5")
    assert person.said == ("ADMIT_REGISTER", "OUTSIDER", "R37A")
    gate.app.desk.press(person.passage, Button.ADMIT)
    assert gate.app.overdue() == ()
    gate.later(3 * 3600)
    assert gate.app.overdue() == (issued.pass_id,)
    assert gate.scan(issued.text.encode(), Direction.OUT).view.recorded
    assert gate.app.overdue() == ()


def test_an_application_names_both_evidences(gate: House) -> None:
    zhang = gate.resident("张伟")
    red = Evidence(CodeColour.RED, CodeHow.SEEN, "NONE")
    assert gate.app.passes.apply(zhang, PassKind.RESIDENT, red).refused is RefusedInput.FACT_NEEDED
    green = Evidence(CodeColour.GREEN, CodeHow.SEEN, "UNREACHABLE")
    assert gate.app.passes.apply(zhang, PassKind.RESIDENT, green) == Done()
    assert gate.app.present.get("applied", zhang) is not None


def test_a_leader_from_afar_answers_by_number_but_never_for_a_fever(gate: House) -> None:
    remote = gate.app.remote
    guest = gate.app.desk.arrive(Outsider(Category.VISITOR), Arriving())
    passage = guest.view.passage  # type: ignore[union-attr]
    assert remote.ask(passage).refused is RefusedInput.BUTTON_NOT_OFFERED
    gate.app.desk.reading(passage, "36.5", Site.FOREHEAD)
    remote.ask(passage)
    (asked,) = remote.waiting()
    answer = {"request": asked.request, "answer": "APPROVED", "why": "家属", "by": "leader"}
    remote.answered(WorkItem("w", ANSWER_KIND, NOW_MS, passage=passage, detail={**answer, "request": "x"}))
    assert remote.waiting() != ()
    remote.answered(WorkItem("w", ANSWER_KIND, NOW_MS, passage=passage, detail=answer))
    assert gate.app.desk.view(passage).recorded
    assert remote.waiting() == ()
    feverish = gate.scan(gate.card(gate.resident("李娜"))).measure("37.5", Site.AXILLA)
    assert remote.ask(feverish.passage).refused is RefusedInput.BUTTON_NOT_OFFERED


def test_an_unanswered_request_times_out_after_five_minutes(gate: House) -> None:
    guest = gate.app.desk.arrive(Outsider(Category.VISITOR), Arriving())
    passage = guest.view.passage  # type: ignore[union-attr]
    gate.app.desk.reading(passage, "36.5", Site.FOREHEAD)
    gate.app.remote.ask(passage)
    gate.clock.advance(299_000)
    assert gate.app.remote.time_out() == ()
    gate.clock.advance(1_000)
    assert gate.app.remote.time_out() == (passage,)
    assert gate.app.remote.waiting() == ()


def test_a_line_of_paper_keeps_its_time_and_marks_what_the_rules_would_not_have_done(gate: House) -> None:
    zhang = gate.resident("张伟")
    first = gate.store.newest_at_ms() or 0
    gate.clock.advance(2 * HOUR)
    key_in = gate.app.paper.key_in

    def line(at_ms: int, admitted: bool, celsius: str = "36.5") -> PaperLine:
        return PaperLine("G01-2020-02-20", 3, at_ms, "陈", Direction.IN, admitted, zhang, celsius=celsius)

    assert key_in(line(NOW_MS + 3 * HOUR, admitted=True)).refused is RefusedInput.FACT_NEEDED
    assert key_in(line(first - 1, admitted=True)).refused is RefusedInput.FACT_NEEDED
    assert key_in(line(NOW_MS + HOUR, admitted=True)) == Done()
    assert key_in(line(NOW_MS + HOUR, admitted=True, celsius="37.6")) == Done()
    tally = gate.app.present.tally("day/2020-02-20")
    assert (tally["late_keyed"], tally["entered"]) == (2, 2)
    late = [e.body for e in gate.store.events() if e.body.TYPE == "late_entry"]
    assert [body.differs for body in late] == [None, True]  # type: ignore[attr-defined]


def test_a_handover_needs_both_signatures_and_words(gate: House) -> None:
    members = (Joining("陈静", MemberSource.STREET),)
    gate.app.shifts.sign_on(members)
    assert gate.app.on_duty() == "陈*"
    gate.scan(gate.card(gate.resident("张伟"))).measure("36.5")
    policy = gate.app.facts.policy_at(gate.clock.wall_ms())

    def refusal(**sheet: object) -> RefusedInput | None:
        parts = {"members": (Joining("王芳", MemberSource.RESIDENT),), "remarks": "无特殊情况", **sheet}
        return gate.app.shifts.handover(HandoverSheet(**parts), policy, 0).refused  # type: ignore[arg-type]

    assert refusal(out_pin=False) is RefusedInput.PIN_NEEDED
    assert refusal(in_pin=False) is RefusedInput.SECOND_PIN_NEEDED
    assert refusal(remarks="") is RefusedInput.WHY_NEEDED
    assert refusal() is None
    assert gate.app.on_duty() == "王*"
    shift = gate.app.present.shift()
    assert shift is not None
    assert shift.tally == {}


def test_each_day_that_is_over_is_closed_once_zero_or_not(gate: House) -> None:
    gate.scan(gate.card(gate.resident("张伟"))).measure("36.5")
    gate.clock.advance(48 * HOUR)
    assert gate.app.shifts.close_days() == (dt.date(2020, 2, 20), dt.date(2020, 2, 21))
    assert gate.app.shifts.close_days() == ()
    closed = [e.body for e in gate.store.events() if isinstance(e.body, Report)]
    assert [body.status for body in closed] == [ReportStatus.REPORTED, ReportStatus.ZERO]
    assert closed[0].columns["entered"] == 1


def test_a_leader_may_unlock_one_more_reading(gate: House) -> None:
    person = gate.scan(gate.card(gate.resident("张伟")))
    for text, site in (("34.0", Site.FOREHEAD), ("34.1", Site.WRIST), ("37.4", Site.NECK)):
        person.measure(text, site)
    gate.later(300)
    assert person.measure("36.6", Site.NECK).shown.refused is RefusedInput.READING_LIMIT
    assert gate.app.desk.unlock_reading(person.passage, None).refused is RefusedInput.PIN_NEEDED
    gate.app.desk.unlock_reading(person.passage, "leader")
    assert person.measure("36.6", Site.NECK).view.verdict is Verdict.ADMIT
