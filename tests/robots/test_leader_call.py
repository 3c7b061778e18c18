# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长不在: the request number and the waiting line that his answer from afar ends, on a real gate (domain.md 7.3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.app.remote import ANSWER_KIND
from kiosk.domain.codes import ReadingSource, Site
from kiosk.domain.events import RemoteApproval
from kiosk.domain.register import WorkItem
from tests.robots.leader_stand import Leader, LeaderStand
from tests.unit.desk.gatehouse import NOW_MS


@pytest.fixture
def leader(qapp: QApplication, tmp_path: Path) -> Iterator[Leader]:
    stand = LeaderStand(tmp_path)
    stand.online = True
    stand.window.show()
    QApplication.processEvents()
    yield Leader(stand)
    stand.close()


def unknown_card(leader: Leader) -> Leader:
    """A card that is not in the list: LEADER."""
    card = leader.house.card(leader.house.resident("钱七", "4-1-401"), listed=False)
    return leader.scan(card).measure("36.5").tap("btn.ask_leader").at("screen.leader.call")


def answer(leader: Leader, said: str) -> None:
    """What the office sends down when the leader has answered on his phone."""
    (asked,) = leader.house.app.remote.waiting()
    detail = {"request": asked.request, "answer": said, "why": "phoned", "by": f"{3:032x}"}
    item = WorkItem("w1", ANSWER_KIND, NOW_MS, passage=asked.passage, detail=detail)
    leader.house.app.remote.answered(item)


def test_whom_to_call_stands_there_with_the_deputy_and_the_committee(leader: Leader) -> None:
    unknown_card(leader).sees("门长 李* 13800001111", "副门长 赵* 13800002222", "021-5600 1234")


def test_a_request_has_a_number_waits_and_ends_with_the_answer(leader: Leader) -> None:
    unknown_card(leader).keys("ask")
    (asked,) = leader.house.app.remote.waiting()
    assert len(asked.request) == 4
    leader.sees(f"请求号 {asked.request},已等 0:00").wait(34).sees(f"请求号 {asked.request},已等 0:34")
    answer(leader, "APPROVED")
    leader.wait(1).at("screen.verdict").sees("放行")
    assert [one.answer for one in leader.kept(RemoteApproval)] == ["ASKED", "APPROVED"]


def test_a_refusal_is_said_and_nobody_goes_through(leader: Leader) -> None:
    unknown_card(leader).keys("ask")
    answer(leader, "REFUSED")
    leader.wait(1).sees("门长没有批准")
    assert leader.stand.gone() == 0


def test_five_minutes_without_an_answer_name_the_deputy(leader: Leader) -> None:
    unknown_card(leader).keys("ask")
    for _ in range(6):
        leader.wait(51)
        if leader.stand.window.leader.isVisible():
            leader.tap("btn.back")
        leader.tap(next(iter(name for name in leader.shown_keys() if name.startswith("btn.chip"))))
        leader.tap("btn.ask_leader")
    leader.sees("副门长 赵* 13800002222")
    assert [one.answer for one in leader.kept(RemoteApproval)][-1] == "TIMEOUT"


def test_offline_only_the_telephone_is_offered(leader: Leader) -> None:
    leader.stand.online = False
    unknown_card(leader).sees("离线:只能打电话")
    assert not leader.key("btn.key.ask").isEnabled()


def test_a_fever_is_never_asked_from_afar(leader: Leader) -> None:
    card = leader.resident("李娜", "7-1-101")
    leader.scan(card).measure("37.8").wait(301)
    passage = leader.stand.model.chips[0].passage
    leader.house.app.desk.reading(passage, "37.6", Site.FOREHEAD, ReadingSource.TYPED)
    assert leader.house.app.remote.ask(passage).refused is not None


def test_the_leader_himself_comes_and_types_his_pin(leader: Leader) -> None:
    unknown_card(leader).keys("here").pin("246810")
    leader.tap("btn.tile.ADMIT").tap("btn.tile.known").at("screen.verdict").sees("放行")
