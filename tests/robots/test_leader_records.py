# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Records, overrides, cases by touch on a real gate: each act with its reason and PIN stands in the log (5.13)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from kiosk.domain.codes import CaseKind, Direction, Priority, ReadingSource, Site, TempOutcome, Told, Verdict
from kiosk.domain.events import CaseOpened, CaseStep, Correction, Override, Reveal
from kiosk.domain.identity import EventId, GateId, PassageId
from kiosk.domain.register import Gate, GateHeard, Sighting, WorkItem
from tests.robots.leader_stand import Leader, LeaderStand
from tests.unit.desk.gatehouse import HEYANG, NOW_MS


@pytest.fixture
def leader(qapp: QApplication, tmp_path: Path) -> Iterator[Leader]:
    stand = LeaderStand(tmp_path)
    stand.window.show()
    QApplication.processEvents()
    yield Leader(stand)
    stand.close()


def rows(leader: Leader) -> list[str]:
    return [key.accessibleName() for key in leader.stand.window.leader.tiles]


def first(leader: Leader) -> Leader:
    return leader.tap(leader.stand.window.leader.tiles[0].objectName())


def unlisted(leader: Leader) -> PassageId:
    """Somebody whose card is not in the list waits for the leader."""
    card = leader.house.card(listed=False)
    return leader.house.scan(card).measure("36.7").passage


def feverish(leader: Leader) -> PassageId:
    """High twice: HOLD, a case."""
    passage = leader.house.scan(leader.resident("李娜", "7-1-101")).measure("37.8").passage
    leader.house.later(302)
    leader.house.app.desk.reading(passage, "37.6", Site.FOREHEAD, ReadingSource.TYPED)
    return passage


def test_the_log_is_paged_by_nine_newest_first_and_goes_back(leader: Leader) -> None:
    for number in range(12):
        leader.house.scan(leader.resident(f"张{number}", f"{number + 1}-1-101")).measure("36.5")
        leader.house.later(60)
    leader.signs_in().goes("log").sees("共 12 次")
    newest = rows(leader)
    assert len(newest) == 9
    assert newest[0] == "18:11 进 36.5 张* 12号楼 放行"
    leader.tap("btn.following")
    assert len(rows(leader)) == 3
    leader.press(Qt.Key.Key_PageUp)
    assert rows(leader) == newest


def test_a_filter_leaves_what_a_leader_must_see(leader: Leader) -> None:
    leader.house.scan(leader.resident()).measure("36.5")
    unlisted(leader)
    feverish(leader)
    leader.signs_in().goes("exceptions").sees("共 2 次").keys("sieve").goes("FEVER").sees("偏高与发热", "共 1 次")
    leader.keys("period").goes("YESTERDAY").sees("没有这样的记录")


def test_somebody_is_found_by_his_home_and_by_his_card(leader: Leader) -> None:
    card = leader.resident("张伟", "3-1-502")
    leader.house.scan(card).measure("36.5")
    leader.house.scan(leader.resident("李娜", "7-1-101")).measure("36.8")
    leader.signs_in().goes("log").keys("search").goes("person").person("3", "502", "张")
    assert rows(leader) == ["18:00 进 36.5 张* 3号楼 放行"]
    leader.keys("search").goes("serial").digits("123").tap("btn.confirm").sees("证号不对")


def test_an_override_needs_a_reason_and_the_pin_again_and_keeps_both_verdicts(leader: Leader) -> None:
    unlisted(leader)
    first(leader.signs_in().goes("exceptions")).keys("override").goes("ADMIT", "phoned").pin("246810")
    leader.sees("已记录")
    (over,) = leader.kept(Override)
    assert (over.old_verdict, over.verdict, over.why) == (Verdict.LEADER, Verdict.ADMIT, "phoned")
    assert over.by == leader.house.app.facts.roster.operators()[2].id
    leader.sees("改判 请门长处理 → 放行 电话核实过 李*").back().back().goes("overrides").sees("共 1 次")


def test_letting_in_from_hold_asks_a_second_person(leader: Leader) -> None:
    feverish(leader)
    first(leader.signs_in().goes("exceptions")).keys("override").goes("ADMIT", "committee").pin("246810")
    leader.pin("246810").sees("请第二人输入密码").pin("135790").sees("已记录")
    (over,) = leader.kept(Override)
    assert over.second_by is not None
    assert over.second_by != over.by


def test_another_leaders_pin_is_not_the_same_person_again(leader: Leader) -> None:
    unlisted(leader)
    first(leader.signs_in().goes("exceptions")).keys("override").goes("ADMIT", "phoned").pin("135790")
    leader.sees("请本人再输一次密码")
    assert leader.kept(Override) == []


def test_a_resident_is_never_turned_back(leader: Leader) -> None:
    passage = leader.house.scan(leader.resident("钱七", "4-1-401")).passage
    leader.house.app.desk.refuse_reading(passage)
    first(leader.signs_in().goes("exceptions")).keys("override").goes("REFUSE", "other").pin("246810")
    assert leader.kept(Override) == []


def test_a_reading_is_corrected_and_a_passage_undone_with_a_reason(leader: Leader) -> None:
    leader.house.scan(leader.resident()).measure("36.5")
    first(leader.signs_in().goes("log")).keys("correct").digits("363").tap("btn.confirm").sees("36.5℃ → 36.3℃")
    leader.keys("void").goes("other").sees("撤销")
    assert [(one.old, one.new, one.void) for one in leader.kept(Correction)] == [
        ("365", "363", None),
        (None, None, True),
    ]


def test_a_confirmed_fever_keyed_wrongly_is_corrected_with_the_pin_and_keeps_both_values(leader: Leader) -> None:
    passage = feverish(leader)
    leader.house.app.desk.reading(passage, "36.6", Site.WRIST, ReadingSource.TYPED)  # only noted
    first(leader.signs_in().goes("exceptions")).keys("correct").digits("367").tap("btn.confirm").pin("135790")
    leader.sees("请本人再输一次密码").pin("246810").sees("37.6℃ → 36.7℃")
    record = leader.house.app.record(passage)
    assert record is not None
    assert [reading.tenths for reading in record.readings] == [378, 367, 366]
    assert (record.outcome, record.verdict) == (TempOutcome.CLEARED, Verdict.ADMIT)
    assert len(leader.stand.desk.door.cases()) == 1, "the case is closed by the leader, not by the figure"


def test_a_name_is_shown_for_ten_seconds_and_that_is_recorded(leader: Leader) -> None:
    leader.house.scan(leader.resident("张伟", "3-1-502")).measure("36.5")
    first(leader.signs_in().goes("log")).sees_not("张伟", "502").keys("reveal").goes("phoned").sees("张伟 3-1-502")
    assert [one.why for one in leader.kept(Reveal)] == ["phoned"]
    leader.wait(11).sees_not("张伟", "502")


def test_a_case_says_who_was_told_and_when_and_is_closed_with_an_outcome(leader: Leader) -> None:
    feverish(leader)
    first(leader.signs_in().goes("cases").sees("未结 1"))
    assert "卫生中心 未通知 021-6605 0000" in rows(leader)
    leader.goes("told.LEADER", "TOLD", "told.COMMITTEE", "NO_ANSWER")
    assert "居委会 18:05 无人接 李*" in rows(leader)
    leader.keys("close").sees("还没有通知 卫生中心").goes("TRANSFERRED").sees("已结案")
    steps = leader.kept(CaseStep)
    assert [(step.who, step.answer) for step in steps[:2]] == [(Told.LEADER, "TOLD"), (Told.COMMITTEE, "NO_ANSWER")]
    assert steps[-1].closed
    leader.back().keys("which").sees("近三天已结 1")
    first(leader).sees("立案 发热", "移送发热门诊 李*")


def test_steps_not_done_within_the_hour_are_said_to_be_late(leader: Leader) -> None:
    feverish(leader)
    leader.house.later(3_700)
    leader.signs_in().goes("cases")
    assert "逾期未通知" in rows(leader)[0]


def test_a_case_that_was_opened_twice_shows_what_was_merged(leader: Leader) -> None:
    passage = feverish(leader)
    record = leader.house.app.record(passage)
    assert record is not None
    assert record.case is not None
    again = CaseOpened(record.case, CaseKind.FEVER, Priority.P1, passage, told=(Told.POLICE,))
    leader.house.app._turn().done(again)
    first(leader.signs_in().goes("cases")).sees("P1 发热", "并入 发热 P1")
    assert "警 未通知" in " ".join(rows(leader))


def test_who_rests_and_what_the_other_gates_saw(leader: Leader) -> None:
    person = leader.house.resident("李娜", "7-1-101")
    seen = Sighting(EventId("e" * 32), GateId("G03"), Direction.OUT, NOW_MS - 120_000, person=person)
    leader.house._put(Gate(GateId("G01"), HEYANG, "1号门"), Gate(GateId("G03"), HEYANG, "3号门"),
                      GateHeard(GateId("G03"), NOW_MS - 60_000),
                      seen)  # fmt: skip
    leader.house.scan(leader.resident()).measure("37.6")
    leader.signs_in().goes("gates").sees("未了结 1 人")
    assert rows(leader) == ["1号 请稍候 5:00 18:00 待复测"]
    leader.wait(30)
    assert "4:30" in rows(leader)[0]
    leader.keys("which").sees("3号门 更新到 17:59")
    assert rows(leader) == ["17:58 3号门 出 李* 7号楼"]


def test_a_conflict_with_another_gate_leads_to_its_case(leader: Leader) -> None:
    passage = leader.house.scan(leader.resident()).measure("36.5").passage
    detail = {"first_gate": "G01", "first_passage": passage, "second_gate": "G03", "second_passage": "f" * 32}
    item = WorkItem(f"{7:030x}01", "CLONE", NOW_MS, detail=detail)
    leader.house._put(item)
    leader.house.app.leader.conflict(item, GateId("G01"))
    first(leader.signs_in().goes("work").sees("1 项")).at("screen.leader.case").sees("P2 假证")
