# SPDX-License-Identifier: LicenseRef-Gatehouse
"""From a failed or outdated file to a new epoch: what is lost is named, what holds is kept and uploaded.

Sources: sync-and-store.md 2 ("What goes wrong, and what happens"), 5; trust.md 15.
"""

import re
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from kiosk.adapters import store_log, store_sync
from kiosk.adapters.device_folder import read_device, read_receipt, sync_folder
from kiosk.adapters.store_birth import Carried, Place, make_epoch
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_epoch import EpochFile, base_of
from kiosk.adapters.store_source import FileSource, receipt_anchor
from kiosk.adapters.store_sync import ClosedEpoch
from kiosk.domain.events import LogOpened
from kiosk.domain.log.chain import next_hash

BACKUPS = "backup"
_NAME = re.compile(r"gate-([0-9]+)\.db(\.bad)?")
_BACKUP = re.compile(r"gate-([0-9]+)-([0-9]+)\.db")


@dataclass(frozen=True, slots=True)
class Parent:
    """上一份记录: the epoch that a new one cites; `lost_to` None: how far the loss goes is not known."""

    closed: ClosedEpoch
    lost_from: int | None = None
    lost_to: int | None = None


def epochs_in(folder: Path) -> dict[int, Path]:
    """Epoch files of a folder by number; a failed one stands for its epoch."""
    found: dict[int, Path] = {}
    for file in folder.glob("gate-*.db*"):
        name = _NAME.fullmatch(file.name)
        if name is not None and (name[2] is None or int(name[1]) not in found):
            found[int(name[1])] = file
    return found


def highest_epoch(folder: Path) -> int:
    """The highest epoch ever used, by files and `device.json`; 0 if none."""
    device = read_device(folder)
    return max([*epochs_in(folder), 0 if device is None else device.epoch])


def set_aside(file: Path) -> Path:
    """Rename a failed file and its WAL to `.bad`: nothing of it is deleted. The file goes first, so that no start in
    between takes it without its WAL for a whole one; called again it moves what is left.
    """
    bad = file.with_name(file.name + ".bad")
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(bad.with_name(bad.name + suffix))
    sync_folder(file.parent)
    return bad


def set_aside_files(file: Path) -> tuple[Path, ...]:
    """A database file with its companions."""
    return tuple(file.with_name(file.name + suffix) for suffix in ("", "-wal", "-shm"))


def backups_in(folder: Path) -> tuple[Path, ...]:
    """Verified copies, newest first (an unverified one never gets such a name)."""
    found = [
        (int(name[1]), int(name[2]), file)
        for file in (folder / BACKUPS).glob("gate-*.db")
        if (name := _BACKUP.fullmatch(file.name)) is not None
    ]
    return tuple(file for _, _, file in sorted(found, reverse=True))


def newest_backup(folder: Path) -> Path | None:
    """The newest verified copy, if there is one."""
    return next(iter(backups_in(folder)), None)


def verified_prefix(connection: sqlite3.Connection, device: str, epoch: int, folder: Path) -> tuple[int, bytes, int]:
    """Seq and hash of the last row that a chain from the last receipt (or the beginning) reaches, and the acknowledged
    seq; a read error ends the prefix.
    """
    try:
        seq, prev = base_of(connection, device, epoch)
    except sqlite3.Error:
        return 0, b"", 0
    acked = _acked(connection)
    anchor = receipt_anchor(read_receipt(folder), epoch)
    source = FileSource(connection)
    try:
        if anchor is not None:
            row = source.row(anchor.seq)
            if row is not None and row.hash.hex() == anchor.hash:
                seq, prev, acked = anchor.seq, row.hash, max(acked, anchor.seq)
        for row in source.rows(seq):
            if row.columns[0] != seq + 1 or next_hash(prev, row.canon) != row.hash:
                break
            seq, prev = row.columns[0], row.hash
    except sqlite3.Error:
        pass
    return seq, prev, min(acked, seq)


def _acked(connection: sqlite3.Connection) -> int:
    try:
        return int(store_sync.get(connection, "acked_seq") or 0)
    except sqlite3.Error:
        return 0


def rescue(place: Place, epoch: int, file: Path, why: str, *, at_least: int = 0, failed: bool = False) -> EpochFile:
    """Close `epoch` in `file` as it is and open the next one on what can be carried; the parent's loss is named.

    `at_least`: an epoch number that the office ordered. `failed`: the file is broken, so that its pulled lists are not
    believed: those of the newest backup serve, or, without one, the file's own until they are pulled anew.
    Raises `sqlite3.Error`, `OSError` if the disk refuses.
    """
    number = max(highest_epoch(place.folder) + 1, at_least)
    backup = newest_backup(place.folder) if failed or not file.exists() else None
    with ExitStack() as held:
        old = _readable(file, held)
        parent = None if old is None else _parent(place, epoch, file, old)
        live = None if old is None else _try(lambda: tuple(store_log.read_live(old)))
        closed = None if old is None else _try(lambda: store_sync.closed_epochs(old))
        reference = old if backup is None else _readable(backup, held)
        if closed is None and reference is not None:
            closed = _try(lambda: store_sync.closed_epochs(reference))
        closed = tuple(c for c in closed or () if c.epoch != epoch)
        opened = LogOpened(why)
        if parent is not None:
            closed = (*closed, parent.closed)
            opened = replace(
                opened, parent_epoch=epoch, parent_seq=parent.closed.head_seq,
                parent_hash=parent.closed.head_hash.hex(), lost_from=parent.lost_from, lost_to=parent.lost_to,
            )  # fmt: skip
        carried = Carried(reference, live, closed, believed=not failed or backup is not None)
        try:
            return make_epoch(place, number, opened, carried)
        except sqlite3.Error:
            if not failed or reference is None:
                raise
            # The reference could not be read through: begin with what the log alone gives; the lists are pulled anew.
            return make_epoch(place, number, opened, Carried(None, live, closed))


def _readable(file: Path, held: ExitStack) -> sqlite3.Connection | None:
    if not file.exists():
        return None
    try:
        return held.enter_context(closing(reader(file, shared=True)))
    except sqlite3.Error:
        return None


def _parent(place: Place, epoch: int, file: Path, old: sqlite3.Connection) -> Parent | None:
    seq, hash_, acked = verified_prefix(old, place.device.device, epoch, place.folder)
    if not hash_:
        return None
    last = _try(lambda: int(old.execute("SELECT max(seq) FROM event").fetchone()[0] or 0))
    closed = ClosedEpoch(epoch, file.name, seq, hash_, acked)
    if last is None:
        return Parent(closed, seq + 1)
    return Parent(closed) if last <= seq else Parent(closed, seq + 1, last)


_T = TypeVar("_T")


def _try(read: Callable[[], _T]) -> _T | None:
    """What a reading gives, or None if the file does not let itself be read there."""
    try:
        return read()
    except sqlite3.Error:
        return None
