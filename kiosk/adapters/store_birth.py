# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The birth of an epoch: a new file with what the old ones still give, closed by `log.opened` (sync-and-store.md 2, 5).

The file is made whole under another name and renamed: after a power cut there is the new epoch or none.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters import store_log, store_register, store_sync
from kiosk.adapters.device_folder import sync_file, sync_folder, use_epoch
from kiosk.adapters.migrations import migrate
from kiosk.adapters.store_connection import writer
from kiosk.adapters.store_epoch import EpochFile, Readers, data_key_of, head_of, meta_value, put_meta
from kiosk.adapters.store_schema import APPLICATION_ID
from kiosk.adapters.store_sync import ClosedEpoch
from kiosk.app.ports import Clock, GateIdentity, Ids, LiveChange
from kiosk.domain.codes import ClockState
from kiosk.domain.events import SCHEMA, Draft, LogOpened
from kiosk.domain.identity import EventId
from kiosk.domain.log.chain import first_hash
from kiosk.domain.trust.sealing import (
    KEY_SIZE,
    NONCE_SIZE,
    DataKey,
    row_aad,
    seal,
    unpacked,
    unseal,
    wrap_data_key,
)

# What an epoch says of its own log; all else of `sync_state` is carried on.
_OWN = ("acked_seq", "acked_hash", "rewind")


@dataclass(frozen=True, slots=True)
class Place:
    """门岗文件夹: where the store lives and what it is made with; `kek` answers None while the key store is silent.

    `connect` opens the writer: the power-cut test records what it does to the disk.
    """

    folder: Path
    device: GateIdentity
    clock: Clock
    ids: Ids
    kek: Callable[[], bytes | None]
    connect: Callable[[Path], sqlite3.Connection] = writer

    def file(self, epoch: int) -> Path:
        """An epoch's file."""
        return self.folder / f"gate-{epoch}.db"


@dataclass(frozen=True, slots=True)
class Carried:
    """带入新记录的内容: `reference` holds pulled lists, back-off and boots; `live` the folded present, if known better.

    `believed` False: the lists serve until they are pulled anew, from the start.
    """

    reference: sqlite3.Connection | None = None
    live: tuple[LiveChange, ...] | None = None
    closed: tuple[ClosedEpoch, ...] = ()
    believed: bool = True


def open_epoch(place: Place, epoch: int) -> EpochFile:
    """Open an epoch's file for writing; raises `sqlite3.Error`, `PragmaRefused`."""
    path = place.file(epoch)
    connection = place.connect(path)
    try:
        seq, hash_ = head_of(connection, place.device.device, epoch)
        key = data_key_of(connection, place.kek())
    except BaseException:
        connection.close()
        raise
    return EpochFile(path, place.device.device, epoch, connection, Readers(path), key, seq, hash_)


def make_epoch(place: Place, epoch: int, opened: LogOpened, carried: Carried) -> EpochFile:
    """Make the file of a new epoch, durable and in place, and open it. Raises `sqlite3.Error`, `OSError`."""
    path = place.file(epoch)
    temp = path.with_name(path.name + ".new")
    discard(temp)
    connection = writer(temp)
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
        migrate(connection, temp)
        file = EpochFile(
            temp, place.device.device, epoch, connection, Readers(temp), None, 0, first_hash(place.device.device, epoch)
        )
        _fill(place, file, opened, carried)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    sync_file(temp)
    temp.rename(path)
    sync_folder(place.folder)
    use_epoch(place.folder, place.device, epoch)
    return open_epoch(place, epoch)


def discard(file: Path) -> None:
    """Delete a database that was never in force, with its companions."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _fill(place: Place, file: EpochFile, opened: LogOpened, carried: Carried) -> None:
    kek, clock = place.kek(), place.clock
    with file.transaction() as connection:
        put_meta(connection, "epoch", file.epoch)
        put_meta(connection, "device", place.device.device)
        put_meta(connection, "schema", SCHEMA)
        make_data_key(connection, file, kek, place.ids)
        if carried.reference is not None:
            _carry(carried.reference, data_key_of(carried.reference, kek), file, place.ids)
            if not carried.believed:
                store_sync.drop_cursors(connection)
        if carried.live is not None:
            connection.execute("DELETE FROM live")
            store_log.put_live(connection, carried.live)
        for closed in carried.closed:
            store_sync.put_closed(connection, closed)
    draft = Draft(
        EventId(place.ids.new_id()), clock.wall_ms(), clock.mono_ms(), clock.boot, ClockState.UNSYNCED,
        place.device.gate, opened,
    )  # fmt: skip
    store_log.write(file, store_log.prepare(file, (draft,), lambda _event: (), place.ids))


def make_data_key(connection: sqlite3.Connection, file: EpochFile, kek: bytes | None, ids: Ids) -> None:
    """Make the epoch's data key, wrapped by the KEK; without a KEK it is made at a later start."""
    if kek is None:
        return
    key = DataKey(str(file.epoch), ids.random(KEY_SIZE))
    connection.execute(
        "INSERT INTO data_key VALUES (1, ?)", (wrap_data_key(key, kek, ids.random(NONCE_SIZE)).packed(),)
    )
    file.key = key


def _carry(source: sqlite3.Connection, old_key: DataKey | None, file: EpochFile, ids: Ids) -> None:
    """Copy the reference tables; personal rows are sealed anew, under the new epoch's key."""
    into = file.writer
    for table in ("boot_seen", "signed_list", "live"):
        for row in source.execute(f"SELECT * FROM {table}"):  # noqa: S608 - a name from the line above
            into.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)  # noqa: S608
    for name, value in source.execute("SELECT k, v FROM sync_state"):
        if name not in _OWN:
            store_sync.put(into, name, value)
    mark = int(meta_value(source, "mark") or 0)
    put_meta(into, "mark", mark)
    for old, scope in source.execute("SELECT id, scope FROM generation WHERE active = 1").fetchall():
        new = into.execute("INSERT INTO generation (scope, active, mark) VALUES (?, 1, ?)", (scope, mark)).lastrowid
        if not _carry_rows(source, int(old), old_key, into, int(new or 0), file, ids):
            # Without the old key the scope is pulled anew, from the start.
            into.execute("DELETE FROM register WHERE generation = ?", (new,))
            into.execute("DELETE FROM generation WHERE id = ?", (new,))
            store_sync.put(into, f"cursor:{scope}", None)


def _carry_rows(
    source: sqlite3.Connection, old: int, old_key: DataKey | None, into: sqlite3.Connection, new: int,
    file: EpochFile, ids: Ids,
) -> bool:  # fmt: skip
    rows = source.execute("SELECT entity, key, rev, mark, plain, sealed FROM register WHERE generation = ?", (old,))
    for entity, name, rev, mark, plain, blob in rows:
        sealed = None
        if blob is not None:
            aad = row_aad(f"{store_register.REGISTER}/{entity}", name, rev)
            box = unpacked(blob)
            text = None if box is None or old_key is None else unseal(box, old_key, aad)
            if text is None or file.key is None:
                return False
            sealed = seal(text, file.key, ids.random(NONCE_SIZE), aad).packed()
        into.execute("INSERT INTO register VALUES (?,?,?,?,?,?,?)", (new, entity, name, rev, mark, plain, sealed))
    return True
