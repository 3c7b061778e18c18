# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The desk: each promise of a passage, from the code to the record, over a real store."""

from dataclasses import replace

import pytest

from kiosk.adapters.store import GateFolderStore
from kiosk.app import turn
from kiosk.app.desk import Arriving, Occupant, Outsider
from kiosk.app.lookup import RoomQuestion
from kiosk.app.ports import CommitFailed, CommitFault
from kiosk.app.views import CodeView, LookClass
from kiosk.domain.codes import (
    Attr,
    Button,
    CaseKind,
    Category,
    Direction,
    Note,
    Priority,
    RefusedInput,
    Site,
    TempOutcome,
    Tick,
    Verdict,
)
from kiosk.domain.events import CaseOpened, RemoteApproval
from kiosk.domain.figures import recount
from kiosk.domain.identity import CaseId, PassageId
from kiosk.domain.policy import with_param
from tests.unit.desk.gatehouse import PINGLI, House
from tests.unit.domain.policies import A, B

OUT = Direction.OUT


def test_a_resident_is_measured_and_goes_in(gate: House) -> None:
    card = gate.card(gate.resident("张伟"))
    person = gate.scan(card)
    assert person.said == ("WAIT", "NEED_TEMP", "R05")
    assert person.view.name_line == "张* 3号楼"
    assert person.measure("36.5").said == ("ADMIT", "PASS_OK", "R25")
    assert person.view.recorded
    assert gate.app.passages_through() == 1


def test_a_usual_entry_is_three_events_in_two_commits_and_an_exit_is_one(gate: House) -> None:
    card = gate.card(gate.resident("张伟"))
    before = gate.store.head()[0]
    gate.scan(card).measure("36.5")
    assert gate.store.head()[0] - before == 3
    gate.later(61).scan(card, OUT)
    assert gate.store.head()[0] - before == 4


def test_the_same_card_within_a_minute_shows_the_verdict_again_and_makes_no_event(gate: House) -> None:
    card = gate.card(gate.resident("张伟"))
    gate.scan(card).measure("36.5")
    head = gate.store.head()
    again = gate.later(60).scan(card)
    assert again.said == ("ADMIT", "DUPLICATE_SCAN", "R03")
    assert again.view.duplicate
    assert gate.store.head() == head
    assert gate.later(1).scan(card).said == ("WAIT", "NEED_TEMP", "R05")


def test_an_unfinished_passage_is_resumed_not_doubled(gate: House) -> None:
    card = gate.card(gate.resident("张伟"))
    first = gate.scan(card, mask=False)
    assert first.said == ("WAIT", "NO_MASK", "R04")
    second = gate.later(5).scan(card)
    assert second.passage == first.passage
    assert second.said == ("WAIT", "NEED_TEMP", "R05")


def test_a_foreign_code_opens_no_passage_and_makes_no_event(gate: House) -> None:
    head = gate.store.head()
    shown = gate.app.desk.on_code(b"wxp://f2f0abcd", Arriving())
    assert isinstance(shown.view, CodeView)
    assert shown.view.colour_keys
    assert gate.store.head() == head
    assert gate.app.desk.foreign_codes == 1


def test_the_pass_of_another_compound_is_named(gate: House) -> None:
    person = gate.scan(gate.card(compound=PINGLI, listed=False)).measure("36.4")
    assert person.said == ("REFUSE", "WRONG_COMPOUND", "R31")
    assert any(line.args.get("compound") == "平利小区" for line in person.view.staff)


def test_several_rest_at_once_while_the_lane_goes_on(gate: House) -> None:
    hot = [gate.scan(gate.card(gate.resident(name))) for name in ("张伟", "李娜", "王芳")]
    for person in hot:
        person.measure("37.6")
    assert [person.view.token for person in hot] == [1, 2, 3]
    gate.later(60)
    assert gate.scan(gate.card(gate.resident("陈静"))).measure("36.4").view.recorded
    assert [chip.left_s for chip in gate.app.desk.tray()] == [240, 240, 240]
    gate.later(240)
    assert hot[1].measure("36.8").said == ("ADMIT", "PASS_OK", "R25")
    assert len(gate.app.desk.tray()) == 2


def test_rest_count_down_and_open_passages_survive_a_kill(gate: House) -> None:
    person = gate.scan(gate.card(gate.resident("张伟"))).measure("37.4")
    gate.clock.advance(100_000)
    gate.kill()
    assert person.now().wait_left_s == 200
    gate.clock.advance(200_000)
    assert person.measure("36.8").view.outcome is TempOutcome.CLEARED


def test_who_leaves_with_a_high_reading_is_a_suspect_at_the_next_scan(gate: House) -> None:
    card = gate.card(gate.resident("张伟"))
    person = gate.scan(card).measure("37.6")
    gate.app.desk.press(person.passage, Button.LEAVE)
    assert person.now().outcome is TempOutcome.ABANDONED
    assert [(c.kind, c.priority) for c in gate.app.present.cases()] == [(CaseKind.FEVER, Priority.P2)]
    back = gate.later(600).scan(card)
    assert back.said == ("WAIT", "RECHECK_FEVER", "R06")
    assert back.view.wait_left_s == 300
    gate.later(300)
    assert back.measure("36.6").said == ("ADMIT", "PASS_OK", "R25")
    assert gate.later(120).scan(card).said == ("WAIT", "NEED_TEMP", "R05")


def test_half_an_hour_without_a_recheck_is_abandoned_by_itself(gate: House) -> None:
    person = gate.scan(gate.card(gate.resident("张伟"))).measure("37.6")
    gate.later(1800)
    assert person.now().outcome is TempOutcome.ABANDONED
    assert person.now().final


def test_a_recheck_begun_before_a_switch_ends_under_the_policy_it_began_with(gate: House) -> None:
    gate.clock.advance(((32 * 24 + 5) * 60 + 55) * 60_000)  # 23 March 23:55
    gate.app.leader.confirm_clock("leader")
    person = gate.app.desk.arrive(Outsider(Category.DOMESTIC, consent=True), Arriving())
    assert person.view is not None
    passage = person.view.passage  # type: ignore[union-attr]
    gate.app.desk.reading(passage, "37.5", Site.FOREHEAD)
    gate.later(600)
    gate.app.desk.reading(passage, "36.5", Site.FOREHEAD)
    record = gate.app.desk.record(passage)
    assert record is not None
    assert (record.policy, record.rule) == ("2020-02-14", "R37A")


# -- what may go wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", list(CommitFault))
def test_after_a_failed_commit_nothing_that_admits_is_shown(
    gate: House, fault: CommitFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = gate.card(gate.resident("张伟"))
    person = gate.scan(card)
    head = gate.store.head()

    def fails(*_: object) -> None:
        raise CommitFailed(fault)

    monkeypatch.setattr(GateFolderStore, "commit", fails)
    person.measure("36.5")
    assert person.shown.fault is fault
    assert not person.view.verdict.admits
    assert person.view.look.cls is LookClass.CANNOT
    assert person.view.look.word.key == "word.UNRECORDED"
    emergency = gate.app.desk.arrive(Outsider(Category.EMERGENCY), Arriving())
    assert emergency.view is not None
    assert emergency.view.look.cls is LookClass.EMERGENCY
    monkeypatch.undo()
    assert gate.store.head() == head
    assert person.now().verdict is Verdict.WAIT
    assert person.measure("36.5").view.recorded


def test_an_exception_while_deciding_ends_at_the_leader(gate: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    person = gate.scan(gate.card(gate.resident("张伟")))
    monkeypatch.setattr(turn, "decide", broken)
    assert person.measure("36.5").said == ("LEADER", "CHECK_FAILED", "R99")


def test_a_clock_before_the_newest_event_is_bad_until_a_leader_confirms(gate: House) -> None:
    card = gate.card(gate.resident("张伟"))
    gate.scan(card).measure("36.5")
    gate.clock.set_wall(gate.clock.wall_ms() - 3_600_000)
    person = gate.scan(card, OUT)
    assert person.said == ("LEADER", "CLOCK_BAD", "R02")
    gate.app.leader.confirm_clock("leader")
    assert gate.later(61).scan(card, OUT).said == ("ADMIT", "PASS_OK", "R25")


def test_a_list_too_old_sends_everybody_to_the_leader_until_it_is_extended(gate: House) -> None:
    card = gate.card(gate.resident("张伟"))
    gate.clock.advance(85 * 3_600_000)
    gate.app.leader.confirm_clock("leader")
    person = gate.scan(card).measure("36.5")
    assert person.said == ("LEADER", "LIST_STALE", "R25")
    assert gate.app.leader.extend_list("office unreachable", None).refused is RefusedInput.PIN_NEEDED
    assert gate.app.leader.extend_list(" ", "leader").refused is RefusedInput.WHY_NEEDED
    gate.app.leader.extend_list("office unreachable", "leader")
    assert gate.later(61).scan(card, OUT).said == ("ADMIT", "PASS_OK", "R25")


# -- buttons, ticks, overrides ----------------------------------------------------------------------------------------


def test_what_the_state_does_not_offer_is_refused_and_changes_nothing(gate: House) -> None:
    person = gate.scan(gate.card(gate.resident("张伟")))
    head = gate.store.head()
    desk = gate.app.desk
    assert desk.press(person.passage, Button.ADMIT).refused is RefusedInput.BUTTON_NOT_OFFERED
    assert desk.tick(person.passage, [Tick.IDENTITY]).refused is RefusedInput.TICK_NOT_OFFERED
    assert desk.reading(person.passage, "3650", Site.FOREHEAD).refused is RefusedInput.READING_FORMAT
    assert desk.override(person.passage, Verdict.ADMIT, "x", by="leader").refused is RefusedInput.BUTTON_NOT_OFFERED
    assert gate.store.head() == head
    person.measure("36.5")
    assert desk.reading(person.passage, "36.5", Site.FOREHEAD).refused is RefusedInput.PASSAGE_CLOSED


def test_an_override_needs_pin_reason_and_for_a_hold_a_second_person(gate: House) -> None:
    person = gate.scan(gate.card(gate.resident("张伟"))).measure("37.5", Site.AXILLA)
    assert person.said == ("HOLD", "FEVER", "R07")
    override = gate.app.desk.override
    assert override(person.passage, Verdict.ADMIT, "x", by=None).refused is RefusedInput.PIN_NEEDED
    assert override(person.passage, Verdict.ADMIT, " ", by="a").refused is RefusedInput.WHY_NEEDED
    assert override(person.passage, Verdict.ADMIT, "x", by="a").refused is RefusedInput.SECOND_PIN_NEEDED
    assert override(person.passage, Verdict.ADMIT, "x", by="a", second_by="b").view is not None
    record = gate.app.desk.record(person.passage)
    assert record is not None
    assert record.overridden is not None
    assert (record.overridden.verdict, record.verdict, record.recorded) == (Verdict.HOLD, Verdict.ADMIT, True)
    tally = gate.app.present.tally("day/2020-02-20")
    assert (tally["overrides"], tally["fever_passages"], tally["entered"]) == (1, 1, 1)


def test_a_resident_cannot_be_overridden_to_refuse(gate: House) -> None:
    person = gate.scan(gate.card(gate.resident("张伟")), mask=False)
    gate.app.desk.press(person.passage, Button.REFUSE)
    assert person.now().verdict is Verdict.LEADER
    shown = gate.app.desk.override(person.passage, Verdict.REFUSE, "x", by="leader")
    assert shown.refused is RefusedInput.BUTTON_NOT_OFFERED


def test_correction_and_undo_keep_what_was_and_count_anew(gate: House) -> None:
    person = gate.scan(gate.card(gate.resident("张伟"))).measure("36.3")
    shown = gate.app.desk.correct(person.passage, "37.3", by="volunteer")
    assert shown.view is not None
    assert person.now().outcome is TempOutcome.FEVER_SUSPECT
    assert not person.now().recorded
    assert gate.app.passages_through() == 0
    other = gate.scan(gate.card(gate.resident("李娜"))).measure("36.3")
    gate.app.desk.void(other.passage, by="volunteer", why="wrong person")
    assert gate.app.passages_through() == 0


def test_standing_facts_spare_the_daily_explaining(gate: House) -> None:
    card = gate.card(gate.resident("张伟", attrs=frozenset({Attr.MASK_EXEMPT})))
    assert gate.scan(card, mask=False).said == ("WAIT", "NEED_TEMP", "R05")


# -- parties, households, look-up -------------------------------------------------------------------------------------


def test_nobody_of_a_car_goes_before_all_are_measured(gate: House) -> None:
    cards = [gate.card(gate.resident(name)) for name in ("张伟", "李娜")]
    shown = gate.app.desk.party([Occupant(card) for card in cards], Arriving(), "沪A12345")
    one, two = (s.view.passage for s in shown)  # type: ignore[union-attr]
    gate.app.desk.reading(one, "36.5", Site.FOREHEAD)
    assert gate.app.desk.view(one).verdict is Verdict.WAIT
    gate.app.desk.reading(two, "36.6", Site.FOREHEAD)
    assert gate.app.desk.view(one).recorded
    assert gate.app.desk.view(two).recorded


def test_one_suspect_stops_the_car_and_a_confirmed_fever_makes_companions(gate: House) -> None:
    cards = [gate.card(gate.resident(name)) for name in ("张伟", "李娜")]
    shown = gate.app.desk.party([Occupant(card) for card in cards], Arriving(), "沪A12345")
    one, two = (s.view.passage for s in shown)  # type: ignore[union-attr]
    gate.app.desk.reading(one, "36.5", Site.FOREHEAD)
    gate.app.desk.reading(two, "37.5", Site.FOREHEAD)
    assert gate.app.desk.view(one).reason.value == "RECHECK_FEVER"
    gate.later(300)
    gate.app.desk.reading(two, "37.6", Site.FOREHEAD)
    companion, feverish = gate.app.desk.record(one), gate.app.desk.record(two)
    assert companion is not None
    assert feverish is not None
    assert (companion.verdict, companion.reason.value) == (Verdict.LEADER, "FEVER")
    assert Note.COMPANION in companion.notes
    assert companion.case == feverish.case
    assert feverish.verdict is Verdict.HOLD
    assert len(gate.app.present.cases()) == 1


@pytest.mark.parametrize(("priority", "wakes"), [(Priority.P1, 1), (Priority.P2, 0)])
def test_a_grave_case_wakes_the_line_once_it_is_committed(gate: House, priority: Priority, wakes: int) -> None:
    woken = list[int]()
    gate.app.recorder.urgent = lambda: woken.append(len(gate.app.present.cases()))
    gate.app.recorder.commit([CaseOpened(CaseId("ab" * 16), CaseKind.FEVER, priority)])
    assert woken == [1] * wakes


def test_who_waits_for_an_approval_from_afar_wakes_the_line(gate: House) -> None:
    woken = list[int]()
    gate.app.recorder.urgent = lambda: woken.append(1)
    gate.app.recorder.commit([RemoteApproval(PassageId("ab" * 16), "1234", "ASKED")])
    assert woken == [1]


def test_a_household_card_lists_its_members_and_each_is_a_passage(gate: House) -> None:
    zhang, li = gate.resident("张伟"), gate.resident("李娜")
    card = gate.card(None, dwelling="3-1-502")
    shown = gate.app.desk.on_code(card, Arriving())
    assert shown.household is not None
    assert [member.person for member in shown.household.members] == [zhang, li]
    for person in (zhang, li):
        opened = gate.app.desk.open_member(shown.household.pass_id, person, Arriving())
        assert opened.view is not None
        done = gate.app.desk.reading(opened.view.passage, "36.5", Site.FOREHEAD)  # type: ignore[union-attr]
        assert done.view is not None
    assert gate.app.passages_through() == 2


def test_a_forgotten_pass_needs_two_facts_and_never_the_first_of_several(gate: House) -> None:
    gate.resident("张伟", phone="13800001234")
    gate.resident("张伟", phone="13800001299")
    room = RoomQuestion("3", "1", "502", name="张伟")
    answer = gate.app.look_up(room, Arriving())
    assert len(answer.found) == 2
    assert answer.shown is not None
    assert answer.shown.refused is RefusedInput.FACT_NEEDED
    answer = gate.app.look_up(replace(room, phone_tail="1299"), Arriving())
    assert answer.shown is not None
    assert answer.shown.view is not None
    none = gate.app.look_up(replace(room, phone_tail="0000"), Arriving())
    assert none.found == ()


def test_the_third_forgotten_pass_in_a_week_tells_the_leader(gate: House) -> None:
    zhang = gate.resident("张伟")
    told: list[int] = []
    for _ in range(3):
        shown = gate.app.desk.open_found(zhang, Arriving())
        assert shown.view is not None
        passage = shown.view.passage  # type: ignore[union-attr]
        gate.app.desk.reading(passage, "36.5", Site.FOREHEAD)
        gate.app.desk.tick(passage, [Tick.IDENTITY])
        gate.app.desk.press(passage, Button.ADMIT)
        told.append(len(gate.app.desk.view(passage).told))
        gate.later(86_400)
        gate.app.leader.confirm_clock("leader")
    assert told == [0, 0, 1]


def test_a_quota_stops_the_way_out_and_never_the_way_home(tmp_path: object, gate: House) -> None:
    del tmp_path
    quota = with_param(A, "household_quota", {"max_trips": 1}, "quota")
    gate.app.facts._shipped = (quota, B)
    zhang, li = gate.card(gate.resident("张伟")), gate.card(gate.resident("李娜"))
    assert gate.scan(zhang, OUT).said == ("ADMIT", "PASS_OK", "R25")
    assert gate.later(61).scan(li, OUT).said == ("LEADER", "QUOTA_USED", "R24q")
    assert gate.later(61).scan(zhang).measure("36.5").said == ("ADMIT", "PASS_OK", "R25")


# -- the running tally equals a recount --------------------------------------------------------------------------------


def test_the_running_tally_equals_a_recount_of_the_events(gate: House) -> None:
    cards = [gate.card(gate.resident(f"王{i}")) for i in range(6)]
    passages = []
    for number, (card, text) in enumerate(zip(cards, ["36.5", "37.5", "34.0", "36.9", "37.4", "36.1"], strict=True)):
        person = gate.scan(card, OUT if number == 3 else Direction.IN)
        passages.append(person.passage)
        if not person.view.final:
            person.measure(text)
        gate.later(3)
    gate.app.desk.press(passages[4], Button.LEAVE)
    gate.app.desk.reading(passages[2], "36.4", Site.WRIST)
    records = [record for p in passages if (record := gate.app.desk.record(p)) is not None]
    tally = {k: v for k, v in gate.app.present.tally("day/2020-02-20").items() if v}
    count = {k: v for k, v in recount(records).items() if v and k not in ("entered_persons", "fever")}
    assert tally == count
