# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the store does beside the desk: checkpoints, copies, purge, the whole chain, the reserve (sync-and-store.md 2).

One thread calls `step` every half second; each step does what is due and nothing else, so that a test drives it by the
clock. Nothing here holds the writer longer than a piece of work takes, and the desk goes ahead of it.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing

from kiosk.adapters import store_register
from kiosk.adapters.device_folder import has_reserve, make_reserve
from kiosk.adapters.store_backup import Backup, make_backup
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_epoch import base_of
from kiosk.adapters.store_folder import OpenFolder
from kiosk.adapters.store_purge import prune_log, purge_personal, truncate_wal
from kiosk.adapters.store_source import FileSource
from kiosk.domain.instants import DAY_MS, minute_of_day
from kiosk.domain.log.verify import Base, verify_log

_log = logging.getLogger(__name__)

IDLE_MS = 2_000
WAL_BYTES = 4 * 1024 * 1024
BACKUP_MS = 6 * 3_600_000
PURGE_MINUTE = 3 * 60 + 30
REFILL_BYTES = 1024 * 1024 * 1024
BACKUP_ROOM = 200 * 1024 * 1024
_STEP_S = 0.5
_PAUSE_S = 0.002


def breathe() -> None:
    """Let the other threads have the interpreter: a check of a million rows must not cost the screen a frame."""
    time.sleep(_PAUSE_S)


class Upkeep:
    """维护: `trusted_now` gives office time plus monotonic time, None since boot unheard; `found` hears of findings."""

    def __init__(
        self,
        folder: OpenFolder,
        trusted_now: Callable[[], int | None],
        found: Callable[[str], None] = lambda _finding: None,
        pause: Callable[[], None] = breathe,
    ) -> None:
        self._folder = folder
        self._trusted_now = trusted_now
        self._found = found
        self._pause = pause
        self._checkpointed_ms = -1
        self._backup_mono_ms = folder.place.clock.mono_ms()
        self._checked_mono_ms: int | None = None
        self._purged_day: int | None = None

    def run(self, stop: threading.Event) -> None:
        """Step until told to stop: the body of the upkeep thread."""
        while not stop.wait(_STEP_S):
            self.step()

    def step(self) -> None:
        """Do what is due. An error of the file is remembered by the folder and dealt with by the next commit."""
        try:
            self._checkpoint()
            with self._folder.writing() as connection:
                store_register.drop_stale(connection)
            self._refill()
            self._daily()
            if self._folder.place.clock.mono_ms() - self._backup_mono_ms >= BACKUP_MS:
                self.backup()
        except (sqlite3.Error, OSError) as error:
            _log.warning("upkeep: %s", getattr(error, "sqlite_errorname", type(error).__name__))

    def shift_end(self) -> Backup:
        """At the end of a shift: the WAL cut, a verified copy."""
        truncate_wal(self._folder)
        return self.backup()

    def backup(self) -> Backup:
        """A verified copy now, unless room is short."""
        self._backup_mono_ms = self._folder.place.clock.mono_ms()
        if self._folder.free() < BACKUP_ROOM:
            return Backup(None, "no room")
        made = make_backup(self._folder.place.folder, self._folder.file, pause=self._pause)
        if made.file is None:
            _log.warning("backup: %s", made.fault)
        return made

    def _checkpoint(self) -> None:
        folder = self._folder
        wal = folder.file.path.with_name(folder.file.path.name + "-wal")
        size = wal.stat().st_size if wal.exists() else 0
        written = folder.written_mono_ms
        idle = folder.place.clock.mono_ms() - written >= IDLE_MS and written != self._checkpointed_ms
        if size > WAL_BYTES or (idle and size > 0):
            with folder.turns.other():
                folder.file.writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._checkpointed_ms = written

    def _refill(self) -> None:
        folder = self._folder
        if not has_reserve(folder.place.folder) and folder.free() > REFILL_BYTES:
            make_reserve(folder.place.folder)

    def _daily(self) -> None:
        """At start and once a day: purge and prune (from 03:30), the whole chain."""
        mono = self._folder.place.clock.mono_ms()
        if self._checked_mono_ms is None or mono - self._checked_mono_ms >= DAY_MS:
            self._checked_mono_ms = mono
            self.check_whole()
        now = self._trusted_now()
        if now is None:
            return
        day = now // DAY_MS if minute_of_day(now) >= PURGE_MINUTE else now // DAY_MS - 1
        if self._purged_day is not None and day <= self._purged_day:
            return
        if purge_personal(self._folder, now, pause=self._pause).done:
            self._purged_day = day
            prune_log(self._folder, now)

    def check_whole(self) -> str | None:
        """The whole file and the whole chain, read-only; the finding's line, or None."""
        file = self._folder.file
        with closing(reader(file.path, shared=True)) as connection:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            base = Base(*base_of(connection, file.device, file.epoch))
            source = FileSource(connection, file.key, pause=self._pause)
            report = verify_log(source, file.device, file.epoch, (), base)
        finding = None if report.whole else report.line()
        if said != "ok":
            self._folder.broken = True
            finding = finding or "quick_check"
        if finding is not None:
            _log.error("log check: %s", finding)
            self._found(finding)
        return finding
