# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the commands of `gate-office` share: where the office is, the machine's clock, how a command ends."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from kiosk.adapters.clock import SystemClock
    from kiosk.adapters.ids import FreshIds
    from sync.office.compose import Office

Folder = Annotated[
    Path | None, typer.Option("--dir", "-d", help="街道办目录,默认 $GATEHOUSE_OFFICE · the office's folder")
]
DbUrl = Annotated[str | None, typer.Option("--db", help="数据库 URL,默认目录中的 SQLite · database URL")]


def office_folder(named: Path | None) -> Path:
    """The office's folder: the one named, else GATEHOUSE_OFFICE, else the user's data folder."""
    if named is not None:
        return named
    given = os.environ.get("GATEHOUSE_OFFICE")
    if given:
        return Path(given)
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "gatehouse" / "office"


def time_and_ids() -> "tuple[SystemClock, FreshIds]":
    """The machine's clock, and ids by it."""
    from kiosk.adapters.clock import SystemClock
    from kiosk.adapters.ids import FreshIds

    clock = SystemClock()
    return clock, FreshIds(clock)


def opened(folder: Path | None, db: str | None = None) -> "Office":
    """The office of the folder; ends the command where there is none (2) or the database is a newer program's (3)."""
    from sync.office.compose import open_office
    from sync.office.home import NoOffice
    from sync.office.keys import KeyFault
    from sync.office.store.migrating import NewerDatabase

    clock, ids = time_and_ids()
    try:
        return open_office(office_folder(folder), clock, ids, db)
    except (NoOffice, KeyFault) as missing:
        fail(str(missing), 2)
    except NewerDatabase as newer:
        fail(f"数据库由更新的程序写成 · the database is a newer program's: {newer}", 3)


def fail(text: str, code: int) -> NoReturn:
    """Say why and end the command."""
    print(text, file=sys.stderr)
    raise typer.Exit(code)
