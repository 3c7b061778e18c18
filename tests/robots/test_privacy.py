# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Nothing private is large, spoken, on the public window or announced, whatever verdict stands (interface.md 2)."""

import itertools

import pytest
from PySide6.QtWidgets import QApplication

import assets
from kiosk.app.scanning import NotOurs, Source
from kiosk.domain.codes import Direction, Reason, ScanResult, Verdict
from tests.robots.robot import Robot
from tests.robots.scripted_gate import Script
from tests.robots.stand import Stand

CARD = b"EP1:CANARY"
PRIVATE = ("发热", "偏高", "隔离", "红码", "黄码", "绿码", "返沪", "疑似", "张*", "3号楼", "37.", "36.5")
_PAIRS = list(itertools.product(Verdict, Reason))


def test_no_private_word_is_large_or_on_the_public_window_for_any_verdict(qapp: QApplication) -> None:
    stand = Stand()
    told = []
    for number, (verdict, reason) in enumerate(_PAIRS):
        card = CARD + str(number).encode()
        stand.gate.cards[card] = Script(verdict=verdict, reason=reason, rule="R38", scan=ScanResult.OK)
        stand.model.code_seen(card, 1.0)
        if stand.model.direction is Direction.IN:
            stand.model.typed("36.5")
        texts = (stand.window.result.band.accessibleDescription(), stand.public.text())
        told += [(verdict, reason, word) for text in texts for word in PRIVATE if word in text]
    assert told == []
    stand.close()


def test_a_masked_name_is_all_that_the_volunteer_sees(robot: Robot) -> None:
    robot.scan(CARD).measure("36.5").sees("张* 3号楼").sees_not("张伟", "502", "138")


def test_the_tray_and_the_results_name_nobody(robot: Robot) -> None:
    robot.scan(CARD).measure("37.6").scan(CARD + b"2").wait(31).at("screen.scan").sees_not("张*", "3号楼", "37.6")


def test_the_public_window_says_only_the_prompt_while_somebody_is_looked_up(robot: Robot) -> None:
    robot.tap("btn.forgotten").tap("btn.tile.3").tap("btn.tile.2").tap("btn.tile.302")
    assert robot.stand.public.text() == "请出示出入证"


@pytest.mark.parametrize("language", assets.LANGUAGES)
def test_a_foreign_code_says_nothing_of_itself(qapp: QApplication, language: str) -> None:
    stand = Stand(language=language)
    stand.model.sighted(NotOurs(1.0, Source.CAMERA))
    assert "http" not in stand.public.text()
    assert stand.public.look is not None
    stand.close()
