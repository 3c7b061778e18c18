# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's folder for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.store.boxes import Box


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """A folder that nobody has opened yet."""
    made = Box(tmp_path / "gate")
    yield made
    made.close()
