# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One planted violation per import contract, and the program that plants them in a copy of the tree.

    python -P -m tests.arch.plants COPY     # prints {contract id: [what it found]} as JSON

`COPY` holds copies of kiosk, ui, sync, assets and pyproject.toml. It runs as a process of its own, because the copy's
packages must be found instead of ours.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import importlinter.api  # noqa: F401 - importing it configures the application
from importlinter.application import use_cases


@dataclass(frozen=True, slots=True)
class Plant:
    """A module that must not pass: the contract it breaks, where it stands, what it holds."""

    contract: str
    module: str
    source: str


PLANTS = (
    Plant("domain-pure", "kiosk.domain.planted", "import time"),
    Plant("domain-pure", "kiosk.domain.planted", "from kiosk.app import ports"),
    Plant("domain-pure", "kiosk.domain.log.planted", "def late() -> None:\n    import logging"),
    Plant("domain-crypto", "kiosk.domain.planted", "import cbor2"),
    Plant("domain-crypto", "kiosk.domain.log.planted", "from cryptography.hazmat.primitives import hashes"),
    Plant("app", "kiosk.app.planted", "import sqlite3"),
    Plant("app", "kiosk.app.planted", "import threading"),
    Plant("app", "kiosk.app.planted", "import kiosk.adapters"),
    Plant("adapters", "kiosk.adapters.planted", "import sync.wire"),
    Plant("adapters-one-library", "kiosk.adapters.planted", "import cv2\nimport numpy\nimport zxingcpp"),
    Plant("kiosk-compose", "kiosk.compose", "import sync.client"),
    Plant("wire", "sync.wire.planted", "import requests"),
    Plant("wire", "sync.wire.planted", "import kiosk.app"),
    Plant("client", "sync.client.planted", "import sync.office"),
    Plant("client", "sync.client.planted", "import kiosk.app.planted_neighbour"),
    Plant("office", "sync.office.planted", "import kiosk.app"),
    Plant("office", "sync.office.planted", "import sync.client"),
    Plant("street", "sync.street.planted", "import ui"),
    Plant("street-by-cli", "sync.office.planted", "import sync.street"),
    Plant("ui", "ui.planted", "import kiosk.adapters"),
    Plant("ui", "ui.planted", "import ui.compose"),
    Plant("ui", "ui.planted", "import cv2"),
    Plant("ui-compose", "ui.compose", "import sync.office"),
    Plant("compose-by-cli", "ui.planted", "import ui.compose"),
    Plant("cli-imported-by-none", "ui.planted", "import ui.cli"),
    Plant("cli-apart", "sync.cli.planted", "import ui.cli"),
    Plant("no-qt-below-ui", "kiosk.adapters.planted", "from PySide6 import QtCore"),
    Plant("cli-without-qt", "ui.cli.decode", "def command() -> None:\n    import ui.planted_neighbour"),
    Plant("launch", "kiosk.launch", "import kiosk.domain"),
    Plant("launch-by-cli", "kiosk.app.planted", "import kiosk.launch"),
    Plant("assets", "assets.planted", "import kiosk.domain"),
    Plant("assets", "assets.planted", "import rich"),
)

# modules that plants point at; they break nothing by themselves
_NEIGHBOURS = {
    "kiosk.app.planted_neighbour": "",
    "ui.planted_neighbour": "from PySide6 import QtWidgets",
    "ui.compose": "",
}


def main(copy: Path) -> None:
    """Check the copy as it is, then with each plant."""
    sys.path.insert(0, str(copy))
    options = use_cases.read_user_options(str(copy / "pyproject.toml"))
    use_cases._register_contract_types(options)  # what lint_imports() does before it reports
    found = {"": _found(copy, ())}
    for module, source in _NEIGHBOURS.items():
        file = _file(copy, module)
        if not file.exists() and not file.with_suffix("").exists():
            file.write_text(source)
    for number, plant in enumerate(PLANTS):
        file = _file(copy, plant.module)
        before = file.read_text() if file.exists() else None
        file.write_text((before or "") + "\n" + plant.source + "\n")
        found[str(number)] = _found(copy, (plant.contract,))
        if before is None:
            file.unlink()
        else:
            file.write_text(before)
    print(json.dumps(found))


def _file(copy: Path, module: str) -> Path:
    """The module's file; a package's own code stands in its __init__."""
    path = copy.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _found(copy: Path, contracts: tuple[str, ...]) -> list[str]:
    options = use_cases.read_user_options(str(copy / "pyproject.toml"))
    report = use_cases.create_report(options, limit_to_contracts=contracts, cache_dir=str(copy / ".cache"))
    return [line for _, check in report.get_contracts_and_checks() for line in check.metadata["broken"]]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
