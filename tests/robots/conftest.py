# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A robot before a window of 1280 x 800."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from tests.robots.house_stand import HouseStand
from tests.robots.robot import Robot
from tests.robots.stand import Stand
from tests.robots.volunteer import Volunteer


@pytest.fixture
def robot(qapp: QApplication) -> Iterator[Robot]:
    stand = Stand()
    stand.window.show()
    QApplication.processEvents()
    yield Robot(stand)
    stand.close()


@pytest.fixture
def volunteer(qapp: QApplication) -> Iterator[Volunteer]:
    stand = HouseStand()
    stand.window.show()
    QApplication.processEvents()
    yield Volunteer(stand)
    stand.close()
