# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Who this office is: server id and server epoch, made once and kept (a restore sets a new epoch)."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from sync.office.store.tables import office_meta, snapshot
from sync.office.store.upsert import put

_SERVER, _EPOCH = "server", "epoch"


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """服务器: id (32 hex) and epoch; cursors of another epoch are answered by snapshots."""

    server: str
    epoch: int


def server_identity(tx: Connection, fresh_id: str) -> ServerIdentity:
    """The stored identity; at the first start it is made of `fresh_id`."""
    stored = {row.k: row.v for row in tx.execute(select(office_meta).where(office_meta.c.k.in_([_SERVER, _EPOCH])))}
    if _SERVER not in stored:
        put(tx, office_meta, [{"k": _SERVER, "v": fresh_id.encode()}, {"k": _EPOCH, "v": b"1"}])
        return ServerIdentity(fresh_id, 1)
    return ServerIdentity(stored[_SERVER].decode(), int(stored[_EPOCH]))


def server_now(tx: Connection) -> ServerIdentity:
    """The stored identity; of a database that holds an office."""
    stored = {row.k: row.v for row in tx.execute(select(office_meta).where(office_meta.c.k.in_([_SERVER, _EPOCH])))}
    return ServerIdentity(stored[_SERVER].decode(), int(stored[_EPOCH]))


def next_server_epoch(tx: Connection, at_least: int = 0) -> int:
    """Begin a new server epoch (after a restore): every cursor given before is void, also those within snapshots."""
    tx.execute(delete(snapshot))
    epoch = max(server_now(tx).epoch + 1, at_least)
    put(tx, office_meta, [{"k": _EPOCH, "v": str(epoch).encode()}])
    return epoch
