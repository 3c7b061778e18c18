# SPDX-License-Identifier: LicenseRef-Gatehouse
"""An office is founded once; each test opens a copy of its folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.office.compose import Office
from tests.postgres import ENGINES
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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What the services promise holds on both engines; what pages show is asked on one."""
    if "engine" in metafunc.fixturenames:
        both = metafunc.module.__name__.rpartition(".")[2] in _ON_BOTH
        metafunc.parametrize("engine", ENGINES if both else ENGINES[:1])


_ON_BOTH = {
    "test_authority_page",
    "test_backup",
    "test_purge",
    "test_purge_papers",
    "test_ingest",
    "test_keys",
    "test_pull",
    "test_people",
    "test_reports",
    "test_returns",
    "test_policies",
    "test_street_pages",
}


@pytest.fixture
def engine_url(engine: str, request: pytest.FixtureRequest) -> str | None:
    """None: the file in the office's folder."""
    return None if engine == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def office(folder: Path, engine_url: str | None) -> Iterator[Office]:
    """The office of the copy, open."""
    office = found_office(folder, db_url=engine_url)
    yield office
    office.close()
