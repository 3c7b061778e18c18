# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Opening a gate's folder: the checks in their order, a value for each (sync-and-store.md 2, "Start-up checks")."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kiosk.adapters.clock import CountsBoots
from kiosk.adapters.device_folder import FreeBytes, free_bytes, lock_folder, use_epoch
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.migrations import NewerFile, migrate
from kiosk.adapters.store import GateFolderStore
from kiosk.adapters.store_connection import writer
from kiosk.adapters.store_epoch import EpochFile, Readers, data_key_of, head_of, put_meta
from kiosk.adapters.store_schema import APPLICATION_ID
from kiosk.app.ports import Clock, GateIdentity, Ids
from kiosk.domain.codes import ClockState
from kiosk.domain.events import Draft, LogOpened
from kiosk.domain.identity import EventId
from kiosk.domain.trust.sealing import KEY_SIZE, NONCE_SIZE, DataKey, wrap_data_key


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
    """检查结果: `good`, or in `note` what was found (a code or numbers, nothing personal)."""

    check: Check
    good: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class StartFault:
    """无法启动: the check that stops the start; LOCK is exit 4, SCHEMA exit 3."""

    check: Check
    note: str


@dataclass(frozen=True, slots=True)
class OpenedStore:
    """已打开的存储: the store and what each check said."""

    store: GateFolderStore
    checks: tuple[CheckResult, ...]


def open_store(
    folder: Path, device: GateIdentity, keys: GateKeys, clock: Clock, ids: Ids, *, room: FreeBytes = free_bytes
) -> OpenedStore | StartFault:
    """Open the gate's folder, or say which check stops the start."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = lock_folder(folder)
    if lock is None:
        return StartFault(Check.LOCK, "another program has this folder")
    found = keys.kek()
    kek = found if isinstance(found, bytes) else None
    epoch = 1
    path = folder / f"gate-{epoch}.db"
    connection = writer(path)
    migrated = migrate(connection, path)
    if isinstance(migrated, NewerFile):
        connection.close()
        lock.release()
        return StartFault(Check.SCHEMA, f"file {migrated.found}, program {migrated.known}")
    if connection.execute("SELECT count(*) FROM data_key").fetchone()[0] == 0:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
        connection.execute("BEGIN IMMEDIATE")
        put_meta(connection, "epoch", epoch)
        if kek is not None:
            wrapped = wrap_data_key(DataKey(str(epoch), ids.random(KEY_SIZE)), kek, ids.random(NONCE_SIZE))
            connection.execute("INSERT INTO data_key VALUES (1, ?)", (wrapped.packed(),))
        connection.execute("COMMIT")
    if isinstance(clock, CountsBoots):
        clock.count_boot(1)
    seq, hash_ = head_of(connection, device.device, epoch)
    file = EpochFile(path, device.device, epoch, connection, Readers(path), data_key_of(connection, kek), seq, hash_)
    use_epoch(folder, device, epoch)
    store = GateFolderStore(
        folder, file, device, clock, ids, lock, lambda: k if isinstance(k := keys.kek(), bytes) else None, room
    )
    if seq == 0:
        opened = Draft(
            EventId(ids.new_id()), clock.wall_ms(), clock.mono_ms(), clock.boot, ClockState.UNSYNCED, device.gate,
            LogOpened("NEW"),
        )  # fmt: skip
        store.commit((opened,), lambda _event: ())
    return OpenedStore(store, ())
