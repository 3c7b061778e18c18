# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Bringing a gate's file to this program's schema: each step and its number in one transaction."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_schema import STEPS


@dataclass(frozen=True, slots=True)
class NewerFile:
    """The file was written by a newer program: this one does not write to it, and names both versions."""

    found: int
    known: int


def migrate(
    writer: sqlite3.Connection, file: Path, steps: Sequence[Sequence[str]] = STEPS, *, copy_first: bool = True
) -> int | NewerFile:
    """Apply the steps that `file` has not seen; the number of steps taken, or `NewerFile` with nothing changed.

    Before the first step of a file that has content a copy is made beside it (`<file>.before-<version>`).
    """
    found = int(writer.execute("PRAGMA user_version").fetchone()[0])
    if found > len(steps):
        return NewerFile(found, len(steps))
    if found == len(steps):
        return 0
    if copy_first and found > 0:
        _copy(file, file.with_name(f"{file.name}.before-{found + 1}"))
    for number, statements in enumerate(steps[found:], start=found + 1):
        writer.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                writer.execute(statement)
            writer.execute(f"PRAGMA user_version = {number:d}")
        except BaseException:
            writer.execute("ROLLBACK")
            raise
        writer.execute("COMMIT")
    return len(steps) - found


def _copy(file: Path, to: Path) -> None:
    to.unlink(missing_ok=True)
    source = reader(file)
    try:
        source.execute("VACUUM INTO ?", (str(to),))
    finally:
        source.close()
