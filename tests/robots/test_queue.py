# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A slice of the morning's queue; 200 people and their rate stand behind `python -m tests.robots` (interface.md 15)."""

import time

import pytest
from PySide6.QtWidgets import QApplication

from tests.robots.house_stand import HouseStand
from tests.robots.morning_queue import MIX, MorningQueue

MACHINE_S = 0.4
"""Processor time a person, at most; the rate asks for less than two seconds with all that people do."""


@pytest.mark.parametrize("connected", [True, False], ids=["connected", "typed"])
def test_the_queue_of_a_morning_moves_on(qapp: QApplication, connected: bool) -> None:
    stand = HouseStand()
    stand.window.show()
    QApplication.processEvents()
    rate = MorningQueue(stand, connected=connected, seed=5, clock=time.process_time).run(24)
    assert set(rate.kinds) == set(MIX)
    assert rate.machine_s / rate.persons <= MACHINE_S, str(rate)
    assert stand.gone() >= 24 - sum(rate.kinds[kind] for kind in ("courier", "visitor"))
    stand.close()
