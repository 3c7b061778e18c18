# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The import contracts hold, and each of them catches what it is there to catch (design: architecture.md 1)."""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.arch.plants import PLANTS

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """What import-linter finds in a copy of the tree as it is (key "") and with each plant (key: its number)."""
    copy = tmp_path_factory.mktemp("tree")
    for package in ("kiosk", "ui", "sync", "assets"):
        for file in (ROOT / package).rglob("*.py"):
            target = copy / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    shutil.copyfile(ROOT / "pyproject.toml", copy / "pyproject.toml")
    command = [sys.executable, "-P", "-m", "tests.arch.plants", str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_the_tree_keeps_every_contract(findings: Mapping[str, list[str]]) -> None:
    assert findings[""] == []


@pytest.mark.parametrize("number", range(len(PLANTS)), ids=lambda n: f"{n}-{PLANTS[n].contract}")
def test_a_planted_violation_is_caught(number: int, findings: Mapping[str, list[str]]) -> None:
    assert any(PLANTS[number].module in line for line in findings[str(number)])


def test_every_contract_has_a_plant() -> None:
    assert {contract["id"] for contract in CONTRACTS} == {plant.contract for plant in PLANTS}


def test_every_contract_stands_in_the_architecture_page() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    assert [contract["id"] for contract in CONTRACTS if f"`{contract['id']}`" not in page] == []


def test_parts_named_in_contracts_exist() -> None:
    named = {
        name
        for contract in CONTRACTS
        for key in ("modules", "but_not", "ours", "importers")
        for name in contract.get(key, ())
    }
    places = {name: ROOT.joinpath(*name.split(".")) for name in named}
    assert [
        name for name, place in places.items() if not place.is_dir() and not place.with_suffix(".py").is_file()
    ] == []
