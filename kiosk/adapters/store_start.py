# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Opening a gate's folder: the checks in their order, a value for each (sync-and-store.md 2, "Start-up checks").

What cannot be mended stops the start with a `StartFault`; a failed or outdated file is set aside and a new epoch is
opened.
The whole chain, and a file above 200 MB, are checked in the background (`store_upkeep`), not before the first scan.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kiosk.adapters.clock import CountsBoots
from kiosk.adapters.device_folder import (
    FolderLock,
    FreeBytes,
    free_bytes,
    has_reserve,
    lock_folder,
    make_reserve,
    read_receipt,
    use_epoch,
)
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.migrations import migrate
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_birth import Carried, Place, discard, make_data_key, make_epoch, open_epoch
from kiosk.adapters.store_connection import PragmaRefused, reader, writer
from kiosk.adapters.store_epoch import EpochFile, base_of, data_key_of, head_of, meta_value
from kiosk.adapters.store_folder import OpenFolder
from kiosk.adapters.store_rescue import epochs_in, highest_epoch, rescue, set_aside
from kiosk.adapters.store_schema import STEPS
from kiosk.adapters.store_source import FileSource, receipt_anchor
from kiosk.app.ports import Clock, GateIdentity, Ids
from kiosk.app.recorder import BACK_MS
from kiosk.domain.events import SCHEMA, LogOpened
from kiosk.domain.instants import DAY_MS
from kiosk.domain.log.findings import Anchor
from kiosk.domain.log.verify import Base, verify_log

LOW_BYTES = 500 * 1024 * 1024
QUICK_CHECK_BYTES = 200 * 1024 * 1024
TAIL = 5000


class Check(StrEnum):
    """启动检查: the checks, in their order."""

    LOCK = "LOCK"
    FOLDER = "FOLDER"
    RESERVE = "RESERVE"
    FILE = "FILE"
    CHAIN = "CHAIN"
    RECEIPT = "RECEIPT"
    CLOCK = "CLOCK"
    SCHEMA = "SCHEMA"
    KEYS = "KEYS"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """检查结果: `good`, or in `note` what was found (codes and numbers, nothing personal)."""

    check: Check
    good: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class StartFault:
    """无法启动: the check that stops the start; LOCK means exit 4, SCHEMA exit 3 (`note` names both versions)."""

    check: Check
    note: str


@dataclass(frozen=True, slots=True)
class OpenedStore:
    """已打开的存储: the store, the folder for `store_upkeep`, what each check said, and why a new epoch was opened, if
    one was (`log.opened`).
    """

    store: GateFolderStore
    folder: OpenFolder
    checks: tuple[CheckResult, ...]
    new_epoch: str | None = None

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that the first screen has to speak of."""
        return tuple(result for result in self.checks if not result.good)


def open_store(
    folder: Path,
    device: GateIdentity,
    keys: GateKeys,
    clock: Clock,
    ids: Ids,
    *,
    room: FreeBytes = free_bytes,
    steps: Sequence[Sequence[str]] = STEPS,
) -> OpenedStore | StartFault:
    """Open the gate's folder, or say which check stops the start. `room` and `steps` are for tests.

    <= 300 ms with 100,000 events in the file; a new epoch after a failed file <= 5 s.
    """
    with ExitStack() as undo:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = lock_folder(folder)
        except OSError as error:
            return StartFault(Check.FOLDER, f"not writable ({error.errno})")
        if lock is None:
            return StartFault(Check.LOCK, "another program has this folder")
        undo.callback(lock.release)
        place = Place(folder, device, clock, ids, lambda: found if isinstance(found := keys.kek(), bytes) else None)
        start = _Start(place, keys, room, steps)
        try:
            opened = start.run(lock)
        except (OSError, PragmaRefused, sqlite3.Error) as error:
            return StartFault(Check.FOLDER, f"{type(error).__name__} {getattr(error, 'sqlite_errorname', '')}".strip())
        if isinstance(opened, OpenedStore):
            undo.pop_all()
        return opened


@dataclass(slots=True)
class _Start:
    place: Place
    keys: GateKeys
    room: FreeBytes
    steps: Sequence[Sequence[str]]

    def run(self, lock: FolderLock) -> OpenedStore | StartFault:
        results = [CheckResult(Check.LOCK, good=True), *self._folder()]
        found = self._file(results)
        if isinstance(found, StartFault):
            return found
        file, why = found
        with file.readers.borrow() as connection:
            results.append(self._clock_check(connection, fresh=why is not None))
        results.append(CheckResult(Check.SCHEMA, good=True))
        results.append(self._key_check(file))
        self._count_boot(file)
        use_epoch(self.place.folder, self.place.device, file.epoch)
        folder = OpenFolder(self.place, file, lock, self.room)
        order = list(Check)
        results.sort(key=lambda result: order.index(result.check))
        return OpenedStore(GateFolderStore(folder, self.keys.signer), folder, tuple(results), why)

    def _folder(self) -> list[CheckResult]:
        folder = self.place.folder
        free = self.room(folder)
        reserve = has_reserve(folder) or (free >= LOW_BYTES and make_reserve(folder))
        return [
            CheckResult(Check.FOLDER, free >= LOW_BYTES, f"{free >> 20} MB free"),
            CheckResult(Check.RESERVE, reserve, "" if reserve else "no reserve"),
        ]

    def _file(self, results: list[CheckResult]) -> tuple[EpochFile, str | None] | StartFault:
        """The open epoch and, if it is a new one, why."""
        folder = self.place.folder
        epoch = highest_epoch(folder)
        files = epochs_in(folder)
        discard(self.place.file(epoch + 1).with_suffix(".db.new"))
        if not files:
            why = "RESTORED" if epoch else "NEW"
            return make_epoch(self.place, epoch + 1, LogOpened(why), Carried()), why
        newest = max(files)
        path = files[newest]
        if path.suffix == ".bad":
            # The start that set it aside may have been cut off half-way.
            set_aside(self.place.file(newest))
        if newest < epoch or path.suffix == ".bad":
            # The newest epoch's file is gone, or the start that set it aside was cut off.
            results.append(CheckResult(Check.FILE, good=False, note=f"epoch {epoch}: no file"))
            failed = path.suffix == ".bad"
            return self._next(newest, path, "CORRUPT" if failed else "RESTORED", failed=failed)
        newer = _newer(path, self.steps)
        if newer is not None:
            return newer
        fault = self._sound(path, newest, results)
        if fault is None:
            fault = self._known_to_office(path, newest, results)
        elif fault == "CORRUPT":
            path = set_aside(path)
        if fault is not None:
            return self._next(newest, path, fault, failed=fault == "CORRUPT")
        migrate(connection := writer(path), path, self.steps)
        connection.close()
        file = open_epoch(self.place, newest)
        if file.key is None and self._damaged_key(file):
            file.close()
            results.append(CheckResult(Check.FILE, good=False, note="data key damaged"))
            return self._next(newest, path, "CORRUPT", failed=False)
        return file, None

    def _next(self, epoch: int, path: Path, why: str, *, failed: bool) -> tuple[EpochFile, str]:
        return rescue(self.place, epoch, path, why, failed=failed), why

    def _sound(self, path: Path, epoch: int, results: list[CheckResult]) -> str | None:
        """Checks 4 and 5; "CORRUPT" if one fails."""
        try:
            # The writer's opening brings a WAL left by a kill or a power cut to its last whole commit.
            connection = writer(path)
        except (sqlite3.DatabaseError, PragmaRefused) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
                raise
            results.append(CheckResult(Check.FILE, good=False, note=getattr(error, "sqlite_errorname", "PRAGMA")))
            return "CORRUPT"
        try:
            if path.stat().st_size <= QUICK_CHECK_BYTES:
                said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if said != "ok":
                    results.append(CheckResult(Check.FILE, good=False, note="quick_check"))
                    return "CORRUPT"
            ours = meta_value(connection, "device")
            if ours != self.place.device.device or meta_value(connection, "epoch") != epoch:
                results.append(CheckResult(Check.FILE, good=False, note="another device's or epoch's file"))
                return "CORRUPT"
            results.append(CheckResult(Check.FILE, good=True))
            finding = check_tail(connection, self.place.device.device, epoch)
        except sqlite3.DatabaseError as error:
            results.append(CheckResult(Check.FILE, good=False, note=getattr(error, "sqlite_errorname", "?")))
            return "CORRUPT"
        finally:
            connection.close()
        results.append(CheckResult(Check.CHAIN, finding is None, finding or ""))
        return None if finding is None else "CORRUPT"

    def _known_to_office(self, path: Path, epoch: int, results: list[CheckResult]) -> str | None:
        """Check 6: an old copy put back, or a WAL cut off, does not reach the last receipt."""
        anchor = receipt_anchor(read_receipt(self.place.folder), epoch)
        connection = reader(path)
        try:
            head = head_of(connection, self.place.device.device, epoch)[0]
            note = None if anchor is None else _receipt_note(connection, anchor, head, self.place.device.device, epoch)
        finally:
            connection.close()
        results.append(CheckResult(Check.RECEIPT, note is None, note or ""))
        return None if note is None else "RESTORED"

    def _clock_check(self, connection: sqlite3.Connection, *, fresh: bool) -> CheckResult:
        """Check 7, rule R02: only said here; the desk decides by it."""
        row = connection.execute("SELECT at_ms FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        now = self.place.clock.wall_ms()
        if fresh or row is None:
            return CheckResult(Check.CLOCK, good=True)
        if now < row[0] - BACK_MS:
            return CheckResult(Check.CLOCK, good=False, note=f"{(row[0] - now) // 1000} s before the newest event")
        if now > row[0] + DAY_MS:
            return CheckResult(Check.CLOCK, good=False, note=f"{(now - row[0]) // 1000} s past the newest event")
        return CheckResult(Check.CLOCK, good=True)

    def _key_check(self, file: EpochFile) -> CheckResult:
        """Check 9; a file born while the key store was silent gets its data key now."""
        found = self.keys.kek()
        if not isinstance(found, bytes):
            return CheckResult(Check.KEYS, good=False, note=found.value)
        if file.key is None:
            with file.transaction() as connection:
                make_data_key(connection, file, found, self.place.ids)
        return CheckResult(Check.KEYS, good=True)

    def _damaged_key(self, file: EpochFile) -> bool:
        kek = self.place.kek()
        with file.readers.borrow() as connection:
            has_one = connection.execute("SELECT 1 FROM data_key").fetchone() is not None
            return kek is not None and has_one and data_key_of(connection, kek) is None

    def _count_boot(self, file: EpochFile) -> None:
        clock = self.place.clock
        if not isinstance(clock, CountsBoots):
            return
        row = file.writer.execute("SELECT boot, os_boot_id FROM boot_seen ORDER BY boot DESC LIMIT 1").fetchone()
        if row is None or row[1] != clock.os_boot_id:
            row = ((0 if row is None else row[0]) + 1, clock.os_boot_id)
            with file.transaction() as connection:
                connection.execute("INSERT INTO boot_seen VALUES (?, ?)", row)
        clock.count_boot(row[0])


def check_tail(connection: sqlite3.Connection, device: str, epoch: int) -> str | None:
    """Check 5: the chain of what is unacknowledged and 5,000 before it; the finding's line, or None."""
    acked = connection.execute("SELECT v FROM sync_state WHERE k = 'acked_seq'").fetchone()
    first, first_hash = base_of(connection, device, epoch)
    # The unacknowledged part, but never less than the newest 5,000.
    head = head_of(connection, device, epoch)[0]
    since = max(first, min(head, 0 if acked is None else int(acked[0])) - TAIL)
    base = Base(first, first_hash)
    if since > first:
        row = connection.execute("SELECT hash FROM event WHERE seq = ?", (since,)).fetchone()
        if row is None:
            return f"{epoch}/{since} DELETED expected seq {since}"
        base = Base(since, row[0])
    report = verify_log(FileSource(connection), device, epoch, (), base)
    return None if report.whole else report.line()


def _receipt_note(connection: sqlite3.Connection, anchor: Anchor, head: int, device: str, epoch: int) -> str | None:
    if head < anchor.seq:
        return f"head {head}, receipt at {anchor.seq}"
    base_seq, base_hash = base_of(connection, device, epoch)
    if anchor.seq < base_seq:
        return None
    row = connection.execute("SELECT hash FROM event WHERE seq = ?", (anchor.seq,)).fetchone()
    found = base_hash if anchor.seq == base_seq else None if row is None else row[0]
    return None if found is not None and found.hex() == anchor.hash else f"another event at receipt {anchor.seq}"


def _newer(path: Path, steps: Sequence[Sequence[str]]) -> StartFault | None:
    """A file of a newer program is not written to, not even by opening a WAL."""
    try:
        connection = reader(path)
        try:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            catalogue = int(meta_value(connection, "schema") or 0) if version else 0
        finally:
            connection.close()
    except sqlite3.Error:
        return None
    if version > len(steps):
        return StartFault(Check.SCHEMA, f"file {version}, program {len(steps)}")
    return StartFault(Check.SCHEMA, f"events {catalogue}, program {SCHEMA}") if catalogue > SCHEMA else None
