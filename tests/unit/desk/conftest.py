# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate of these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.desk.gatehouse import House, house_in


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[House]:
    """An open gate on a real store."""
    yield from house_in(tmp_path)
