# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A slice of the robot that presses anything; 10,000 steps stand behind `python -m tests.robots`."""

from PySide6.QtWidgets import QApplication

from tests.robots.house_stand import HouseStand
from tests.robots.wanderer import Wanderer

STEPS = 200


def test_a_robot_that_presses_anything_meets_no_exception_no_dead_end_no_unstored_verdict(qapp: QApplication) -> None:
    stand = HouseStand()
    stand.window.show()
    QApplication.processEvents()
    wanderer = Wanderer(stand, 20200220)
    wanderer.run(STEPS)
    assert wanderer.homes == STEPS // 10
    assert len(wanderer.did) >= 5
    stand.close()
