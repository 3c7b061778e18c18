# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Copies of the open epoch, each verified before it replaces an older one (sync-and-store.md 2, "Backup")."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters.device_folder import sync_file, sync_folder
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_epoch import EpochFile, base_of
from kiosk.adapters.store_rescue import BACKUPS, backups_in
from kiosk.adapters.store_source import FileSource
from kiosk.domain.log.verify import Base, verify_log

KEEP = 3


@dataclass(frozen=True, slots=True)
class Backup:
    """备份结果: the verified copy, or in `fault` why there is none; older copies are then still there."""

    file: Path | None
    fault: str = ""


def make_backup(folder: Path, epoch: EpochFile, *, keep: int = KEEP, pause: Callable[[], None] | None = None) -> Backup:
    """Copy, verify, put in place, and only then delete what is beyond `keep` copies. Reads only; the desk goes on."""
    where = folder / BACKUPS
    try:
        where.mkdir(mode=0o700, exist_ok=True)
        part = where / "copy.part"
        part.unlink(missing_ok=True)
        with closing(reader(epoch.path)) as source:
            source.execute("VACUUM INTO ?", (str(part),))
        with closing(reader(part)) as copy:
            fault, seq = _verify(copy, epoch, pause)
        if fault:
            part.unlink()
            return Backup(None, fault)
        part.chmod(0o600)
        sync_file(part)
        file = where / f"gate-{epoch.epoch}-{seq}.db"
        part.replace(file)
        sync_folder(where)
    except (sqlite3.Error, OSError) as error:
        return Backup(None, getattr(error, "sqlite_errorname", type(error).__name__))
    for old in backups_in(folder)[keep:]:
        old.unlink(missing_ok=True)
    return Backup(file)


def _verify(copy: sqlite3.Connection, epoch: EpochFile, pause: Callable[[], None] | None) -> tuple[str, int]:
    said = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        return "integrity_check", 0
    base = Base(*base_of(copy, epoch.device, epoch.epoch))
    report = verify_log(FileSource(copy, epoch.key, pause=pause), epoch.device, epoch.epoch, (), base)
    return ("" if report.whole else report.line()), report.head_seq
