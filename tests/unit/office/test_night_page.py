# SPDX-License-Identifier: LicenseRef-Gatehouse
"""昨夜 on the leader's phone: what happened, who was told, what was read; decisions from afar (interface.md 12)."""

import pytest

from kiosk.domain.codes import CaseKind, Priority, Told
from kiosk.domain.events import CaseOpened, CaseStep, DeviceNote, RemoteApproval, ShiftEvent
from kiosk.domain.identity import CaseId, PassageId, ShiftId
from sync.office.compose import Office
from tests.unit.office.offices import G1, START_MS, Clock, enrolled
from tests.unit.office.pages import LEADER, PASSWORD, Visitor, peopled, signed_in

FEVER = CaseId("c" * 32)
ASKED = PassageId("a" * 32)
WHY = {"why": "住户已电话核实", "password": PASSWORD}


@pytest.fixture
def street(office: Office) -> Office:
    """A shift that began an hour ago, a fever of which the health centre was not told, a request from afar."""
    peopled(office)
    tablet = enrolled(office)
    tablet.write(ShiftEvent(ShiftId("s" * 32), "OPEN"))
    tablet.write(CaseOpened(FEVER, CaseKind.FEVER, Priority.P1, told=(Told.LEADER, Told.HEALTH)))
    tablet.write(CaseStep(FEVER, closed=False, who=Told.LEADER, told_at=START_MS))
    tablet.write(RemoteApproval(ASKED, "4711", "ASKED"))
    tablet.send()
    return office


@pytest.fixture
def leader(street: Office) -> Visitor:
    return signed_in(street, "L")


def answers(office: Office) -> list[dict[str, str]]:
    with office.database.reading() as tx:
        return [item.detail or {} for _, item in office.work.open(tx) if item.kind == "REMOTE"]


def test_the_night_says_what_happened_who_was_told_and_who_was_not(leader: Visitor) -> None:
    page = leader.get("/night").text
    assert "发热" in page
    assert "已通知 门长" in page
    assert "尚未通知 卫生中心" in page


def test_minutes_without_anybody_signed_on_are_counted_within_the_gates_hours(leader: Visitor) -> None:
    page = leader.get("/night").text
    assert "无人值守 840 分钟" in page  # from 18:00 to 08:00 at the gate that opened its shift just now
    assert page.count("无人值守") == 2


def test_what_was_read_is_read_and_what_wants_words_says_which(leader: Visitor) -> None:
    told = {"gate": G1, "item": f"case:{FEVER}"}
    assert leader.form("/night/mark", {**told, "mark": "more"}).status == 422
    leader.form("/night/mark", {**told, "mark": "more", "note": "谁送的医院"})
    page = leader.get("/night").text
    assert "需补说明: 谁送的医院" in page
    assert "全部已阅" in page
    assert leader.form("/night/mark", {**told, "item": "case:" + "f" * 32, "mark": "seen"}).status == 404


def test_a_request_is_answered_by_its_number_and_with_a_reason(street: Office, leader: Visitor) -> None:
    assert "请示 4711" in leader.get("/night").text
    told = {"gate": G1, "request": "4711", "answer": "approve"}
    assert 'name="why"' in leader.form("/night/answer", told).text
    assert answers(street) == []
    assert leader.form("/night/answer", {**told, **WHY}).status == 303
    assert answers(street) == [
        {"request": "4711", "answer": "APPROVED", "why": WHY["why"], "by": LEADER}
    ]  # fmt: skip
    assert "请示 4711" not in leader.get("/night").text
    assert leader.form("/night/answer", {**told, **WHY}).status == 409


@pytest.mark.parametrize("number", ["4712", "", "' or 1=1"])
def test_another_number_answers_nothing(street: Office, leader: Visitor, number: str) -> None:
    assert leader.form("/night/answer", {"gate": G1, "request": number, "answer": "refuse", **WHY}).status == 409
    assert answers(street) == []


def test_a_request_that_is_too_old_waits_no_more(street: Office) -> None:
    assert isinstance(street.clock, Clock)
    street.clock.advance(301_000)
    visitor = signed_in(street, "L")
    assert "请示" not in visitor.get("/night").text
    told = {"gate": G1, "request": "4711", "answer": "approve"}
    assert visitor.form("/night/answer", {**told, **WHY}).status == 409


def test_nobody_but_the_leader_answers(street: Office) -> None:
    visitor = signed_in(street, "C")
    assert "请示" not in visitor.get("/night").text
    assert visitor.form("/night/answer", {"gate": G1, "request": "4711", "answer": "approve", **WHY}).status == 403


def test_what_was_told_before_and_came_in_the_night_is_counted(office: Office) -> None:
    peopled(office)
    clock = office.clock
    assert isinstance(clock, Clock)
    clock.advance(-20 * 3_600_000)  # yesterday noon
    tablet = enrolled(office)
    noon = clock.wall_ms()
    tablet.write(DeviceNote("BATTERY", "80"), noon)
    tablet.send()
    tablet.write(DeviceNote("BATTERY", "79"), noon + 60_000)
    clock.advance(20 * 3_600_000)
    tablet.send(len(tablet.events) - 1)
    assert "补传 1 条" in signed_in(office, "L").get("/night").text
