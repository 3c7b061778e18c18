# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A robot before a window of 1280 x 800."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from tests.robots.robot import Robot
from tests.robots.stand import Stand


@pytest.fixture
def robot(qapp: QApplication) -> Iterator[Robot]:
    stand = Stand()
    stand.window.show()
    QApplication.processEvents()
    yield Robot(stand)
    stand.close()
