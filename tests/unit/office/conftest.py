# SPDX-License-Identifier: LicenseRef-Gatehouse
"""An office is founded once; each test opens a copy of its folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.office.compose import Office
from tests.unit.office.offices import found_office


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an office just founded, closed."""
    folder = tmp_path_factory.mktemp("founded")
    found_office(folder).close()
    return folder


@pytest.fixture
def folder(founded: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(founded, tmp_path / "office"))


@pytest.fixture
def office(folder: Path) -> Iterator[Office]:
    """The office of the copy, open."""
    office = found_office(folder)
    yield office
    office.close()
