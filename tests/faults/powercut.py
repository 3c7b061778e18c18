# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Power cuts by number: every event that was acknowledged to the desk is there afterwards, the chain whole.

    python -P -m tests.faults.powercut [--seed N] [--cuts 5000]

An apsw VFS carries out what the store's writer does and notes each write, truncate, sync and delete. The disk is then
rebuilt as it may stand after a cut at any point of that history: what was synced is there; each later write is there,
gone, or torn at 512 bytes, each on its own. The standard library's sqlite3 opens it. The control writes with
`synchronous=NORMAL` and must lose events, else the simulator proves nothing (sync-and-store.md 11).
"""

import argparse
import random
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from kiosk.adapters import store_connection
from kiosk.adapters.device_folder import lock_folder
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_birth import Place, open_epoch
from kiosk.adapters.store_connection import writer
from kiosk.adapters.store_epoch import head_of
from kiosk.adapters.store_folder import OpenFolder
from kiosk.adapters.store_source import FileSource
from kiosk.domain.log.verify import verify_log
from tests.unit.store.boxes import DEVICE, ROSTER, Box, fold, roster

SECTOR = 512
_COMMITS = 40


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place of a file; `data` None: cut to `at`."""

    file: str
    at: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Sync:
    """A file's earlier writes are on the disk."""

    file: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A file was deleted."""

    file: str


@dataclass(frozen=True, slots=True)
class Told:
    """The store told the desk that events up to `seq` are recorded."""

    seq: int


Step = Write | Sync | Gone | Told


@dataclass
class Disk:
    """What happened to the files of one database, in order."""

    steps: list[Step] = field(default_factory=list)


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], disk: Disk) -> None:
        super().__init__("", name, flags)
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name
        self._disk = disk

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.steps.append(Write(self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.steps.append(Write(self._name, newsize, None))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.steps.append(Sync(self._name))
        super().xSync(flags)


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__("recorded", "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        return _File(name, flags, self._disk)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        self._disk.steps.append(Gone(Path(filename).name))
        super().xDelete(filename, syncdir)


class _Apsw:
    """The part of `sqlite3.Connection` that the store uses, over the recording VFS."""

    def __init__(self, file: Path) -> None:
        self._db = apsw.Connection(str(file), vfs="recorded")

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> "_Rows":
        return _Rows(self._db, statement, values)

    def executemany(self, statement: str, rows: Any) -> None:
        self._db.executemany(statement, rows)

    @property
    def in_transaction(self) -> bool:
        return bool(self._db.in_transaction)

    def close(self) -> None:
        self._db.close()


class _Rows:
    def __init__(self, db: Any, statement: str, values: tuple[object, ...]) -> None:
        self._rows = iter(list(db.execute(statement, values)))
        self.lastrowid = db.last_insert_rowid()
        self.rowcount = db.changes()

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Any:
        return self._rows


def record(folder: Path, *, synchronous: str = "FULL", seed: int = 1) -> Disk:
    """Let a gate work on a recorded disk: entries, registrations, lists, checkpoints; the history of its file."""
    disk = Disk()
    vfs = _Vfs(disk)
    box = Box(folder)

    def recorded(file: Path) -> Any:
        connection = _Apsw(file)
        store_connection._set(connection, synchronous)  # type: ignore[arg-type]
        return connection

    chance = random.Random(seed)
    box.open()
    box.close()
    start = box.file().read_bytes()
    disk.steps += [Write(box.file().name, 0, start), Sync(box.file().name)]
    lock = lock_folder(folder)
    assert lock is not None
    place = Place(
        folder, DEVICE, box.clock, box.ids, lambda: kek if isinstance(kek := box.keys.kek(), bytes) else None, recorded
    )
    try:
        store = GateFolderStore(OpenFolder(place, open_epoch(place, 1), lock), box.keys.signer)
        disk.steps.append(Told(store.head()[0]))
        for number in range(_COMMITS):
            store.commit(box.registration() if number % 5 == 4 else box.entry(who=number), fold)
            disk.steps.append(Told(store.head()[0]))
            if number == 10:
                store.replace_scope(ROSTER, roster(20), "1.40", 1000)
            if chance.random() < 0.15:
                store._folder.file.writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
            if number == 25:
                store._folder.file.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
    finally:
        vfs.unregister()
    return disk


def disk_after(steps: list[Step], chance: random.Random) -> tuple[dict[str, bytearray], int]:
    """The files as a cut after `steps` may leave them, and the last seq that the desk was told."""
    safe: dict[str, bytearray] = {}
    waiting: dict[str, list[Write]] = {}
    told = 0
    for step in steps:
        match step:
            case Write():
                waiting.setdefault(step.file, []).append(step)
            case Sync():
                for write in waiting.pop(step.file, []):
                    _put(safe.setdefault(step.file, bytearray()), write)
            case Gone():
                safe.pop(step.file, None)
                waiting.pop(step.file, None)
            case Told():
                told = step.seq
    # Dropped alike, or each on its own: lost, whole, or torn at a sector's edge, in any order.
    drop_all = chance.random() < 0.3
    for file, writes in waiting.items():
        for write in writes if chance.random() < 0.5 else chance.sample(writes, len(writes)):
            fate = "lost" if drop_all else chance.choice(("lost", "whole", "torn"))
            if fate == "lost":
                continue
            kept = write
            if fate == "torn" and write.data is not None:
                keep = chance.randrange(len(write.data) // SECTOR + 1) * SECTOR
                kept = Write(file, write.at, write.data[:keep])
            _put(safe.setdefault(file, bytearray()), kept)
    return safe, told


def _put(content: bytearray, write: Write) -> None:
    if write.data is None:
        del content[write.at :]
        return
    if len(content) < write.at:
        content.extend(bytes(write.at - len(content)))
    content[write.at : write.at + len(write.data)] = write.data


def fault_after(files: dict[str, bytearray], told: int, folder: Path) -> str | None:
    """What is wrong with the files after the power came back; None if every promise held."""
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        if not name.endswith("-shm"):
            (folder / name).write_bytes(content)
    try:
        with closing(writer(folder / "gate-1.db")) as connection:
            if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                return "corrupt"
            head = head_of(connection, DEVICE.device, 1)[0]
            report = verify_log(FileSource(connection), DEVICE.device, 1)
    except sqlite3.DatabaseError as error:
        return f"corrupt: {error}"
    if head < told:
        return f"lost: head {head}, told {told}"
    return None if report.whole else report.line()


def cuts(
    count: int, seed: int, synchronous: str = "FULL", progress: Callable[[int], None] = lambda _n: None
) -> list[str]:
    """Cut the power `count` times; the faults found, each with its cut."""
    found: list[str] = []
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="powercut-") as name:
        work, after = Path(name) / "gate", Path(name) / "after"
        after.mkdir()
        steps = record(work, synchronous=synchronous, seed=seed).steps
        first = next(index for index, step in enumerate(steps) if isinstance(step, Told))
        for number in range(count):
            point = chance.randrange(first + 1, len(steps) + 1)
            files, told = disk_after(steps[:point], chance)
            fault = fault_after(files, told, after)
            if fault is not None:
                found.append(f"cut {number} at step {point} of {len(steps)}: {fault}")
            progress(number)
    return found


def main(arguments: list[str]) -> int:
    """`make faults`: 5,000 cuts, and the control; exit 0 if nothing was lost and the control lost something."""
    parser = argparse.ArgumentParser(prog="powercut")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cuts", type=int, default=5000)
    chosen = parser.parse_args(arguments)
    done, found = 0, []
    while done < chosen.cuts:
        # A new history every 500 cuts: other checkpoints, other pages.
        part = min(500, chosen.cuts - done)
        found += cuts(part, chosen.seed + done)
        done += part
        print(f"power cuts {done}/{chosen.cuts}, faults {len(found)}", flush=True)
    control = cuts(200, chosen.seed, "NORMAL")
    print(f"control (synchronous=NORMAL): {len(control)} of 200 cuts lost something")
    for line in found[:20]:
        print(line)
    return 1 if found or not control else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
