# SPDX-License-Identifier: LicenseRef-Gatehouse
"""停用: what a verified withdrawal does to this device, step by step, each step durable before the next (trust.md 7).

The stage stands in `withdrawn.json`, so that a kill at any point is taken up at the next start: ORDERED (stopped, the
roster perhaps still there), CLEARED (roster and delivered personal parts gone), DELIVERED (the office's receipt covers
everything; keys and log are being destroyed), DONE (nothing is left but the stage itself).
"""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from enum import StrEnum
from pathlib import Path

from kiosk.adapters import store_register, store_sync
from kiosk.adapters.device_folder import FolderLock, free_reserve, lock_folder, read_json, sync_folder, write_json
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.store_connection import PragmaRefused, writer
from kiosk.adapters.store_epoch import put_meta
from kiosk.adapters.store_folder import OpenFolder
from kiosk.adapters.store_purge import purge_personal
from kiosk.adapters.store_rescue import BACKUPS

_log = logging.getLogger(__name__)
_MARK = "withdrawn.json"
_EVERY_DAY_MS = 4_102_444_800_000
"""2100-01-01: the personal parts of all days are to go, whatever clock wrote them."""
_LEFT = ("gate-*.db*", "receipt.json*", "reserve.bin", "device.json*", "ca.pem", "enrol.json", "gate.lock")


class Stage(StrEnum):
    """停用的阶段: how far a withdrawal has come."""

    ORDERED = "ORDERED"
    CLEARED = "CLEARED"
    DELIVERED = "DELIVERED"
    DONE = "DONE"

    @property
    def over(self) -> bool:
        """Whether the log is gone, or going."""
        return self in {Stage.DELIVERED, Stage.DONE}


def stage_of(folder: Path) -> Stage | None:
    """How far the withdrawal of this folder has come; None: in force. A mark that cannot be read counts as ORDERED."""
    if not (folder / _MARK).exists():
        return None
    found = read_json(folder / _MARK) or {}
    try:
        return Stage(str(found.get("stage")))
    except ValueError:
        return Stage.ORDERED


def forget(folder: Path) -> None:
    """The folder is enrolled anew after a withdrawal that is DONE. Raises `OSError`."""
    if stage_of(folder) is Stage.DONE:
        (folder / _MARK).unlink(missing_ok=True)
        sync_folder(folder)


def finish(folder: Path, keys: GateKeys, lock: FolderLock | None = None) -> Stage | None:
    """Destroy KEK, device key and log of a folder whose stage is DELIVERED; the stage then. Raises `OSError`.

    Of one that is DONE, what a copy still being made has left behind goes too. `lock` None: the folder is taken first;
    if another program has it, nothing is done.
    """
    stage = stage_of(folder)
    if stage is None or not stage.over:
        return stage
    held = lock or lock_folder(folder)
    if held is None:
        return stage
    try:
        if stage is Stage.DELIVERED:
            keys.destroy()
        for pattern in (f"{BACKUPS}/*", *_LEFT):
            for file in folder.glob(pattern):
                file.unlink(missing_ok=True)
        sync_folder(folder)
        _write(folder, Stage.DONE)
    finally:
        held.release()
    return Stage.DONE


def _write(folder: Path, stage: Stage) -> None:
    write_json(folder / _MARK, {"stage": stage.value})


class Withdrawal:
    """停用: what the office orders, as this gate carries it out in the sync thread; any thread may read `stage`."""

    def __init__(self, folder: OpenFolder, keys: GateKeys, between: Callable[[str], None] = lambda _: None) -> None:
        """`between` is called before each durable step with its name: tests break off there."""
        self._folder = folder
        self._keys = keys
        self._between = between
        self.stage = stage_of(folder.place.folder)

    @property
    def stopped(self) -> bool:
        """Whether this gate has been withdrawn and decides nothing any more."""
        return self.stage is not None

    def withdraw(self) -> None:
        """Stop at once; then delete the roster and the delivered personal parts. Again: goes on where it stopped.

        Raises `OSError`, `sqlite3.Error` if the disk refuses: it has stopped all the same, and is tried again.
        """
        if self.stage is None:
            self.stage = Stage.ORDERED
        if self.stage is not Stage.ORDERED:
            return
        self._between("order")
        try:
            _write(self._folder.place.folder, Stage.ORDERED)
        except OSError:
            free_reserve(self._folder.place.folder)
            _write(self._folder.place.folder, Stage.ORDERED)
        _log.info("withdrawn by the office")
        self._clear()

    def settle(self) -> bool:
        """After each exchange: delete what was delivered meanwhile; once nothing is unsent, destroy keys and log.

        True: nothing is left here. Raises as `withdraw` does.
        """
        if self.stage is None:
            return False
        if self.stage.over:
            return self._destroy()
        if not self._clear():
            return False
        folder = self._folder
        with folder.turns.desk():
            if self._pending():
                return False
            self._between("delivered")
            _write(folder.place.folder, Stage.DELIVERED)
            self.stage = Stage.DELIVERED
            folder.file.close()
        return self._destroy()

    def _pending(self) -> int:
        with self._folder.reading() as connection:
            state, _ = store_sync.read_state(connection, self._folder.file)
        return state.pending

    def _destroy(self) -> bool:
        if self.stage is Stage.DELIVERED:
            self._between("destroy")
            self._folder.close()
            self.stage = finish(self._folder.place.folder, self._keys) or Stage.DELIVERED
        return self.stage is Stage.DONE

    # -- roster and personal parts -------------------------------------------------------------------------------

    def _clear(self) -> bool:
        """Roster, folded present, delivered personal parts and all copies: True once no byte of them can be left."""
        folder = self._folder
        if self.stage is Stage.ORDERED:
            self._between("roster")
            with folder.writing() as connection:
                _forget_all(connection)
            self._between("pieces")
            while self._piece():
                pass
            self._between("closed")
            self._clear_closed()
            self._between("copies")
            for copy in (folder.place.folder / BACKUPS).glob("*"):
                copy.unlink(missing_ok=True)
        self._between("personal")
        if not purge_personal(folder, _EVERY_DAY_MS, days=0).done:
            return False
        if self.stage is Stage.ORDERED:
            self._between("cleared")
            _write(folder.place.folder, Stage.CLEARED)
            self.stage = Stage.CLEARED
        return True

    def _piece(self) -> bool:
        with self._folder.writing() as connection:
            return store_register.drop_stale(connection)

    def _clear_closed(self) -> None:
        """Earlier epochs that still hold something unsent: the same within their files. Sent ones go by the purge."""
        place = self._folder.place
        with self._folder.reading() as connection:
            closed = [c for c in store_sync.closed_epochs(connection) if c.acked_seq < c.head_seq]
        for epoch in closed:
            path = place.folder / epoch.file
            if path.exists():
                try:
                    _clear_file(path, epoch.acked_seq)
                except (sqlite3.Error, PragmaRefused) as error:
                    # A failed file does not let itself be written; sealed as it is, it goes with the keys.
                    _log.warning("epoch %d not cleared: %s", epoch.epoch, type(error).__name__)


def _forget_all(connection: sqlite3.Connection) -> None:
    """The roster is out of force in one step, its rows then go in pieces; what the purge leaves open is proved."""
    connection.execute("UPDATE generation SET active = 0")
    connection.execute("DELETE FROM live")
    store_sync.drop_cursors(connection)
    put_meta(connection, "purge_open", 1)


def _clear_file(path: Path, acked_seq: int) -> None:
    with closing(writer(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        _forget_all(connection)
        connection.execute("DELETE FROM register")
        connection.execute("DELETE FROM generation")
        put_meta(connection, "purging", 1)
        connection.execute("DELETE FROM event_private WHERE seq <= ?", (acked_seq,))
        put_meta(connection, "purging", 0)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
