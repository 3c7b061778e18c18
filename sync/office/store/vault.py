# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Personal fields at rest: sealed with the office's data key, wrapped in `office_meta` (trust.md 6)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from kiosk.domain.trust.sealing import (
    KEY_SIZE,
    NONCE_SIZE,
    DataKey,
    row_aad,
    seal,
    unpacked,
    unseal,
    unwrap_data_key,
    wrap_data_key,
)
from sync.office.store.tables import office_meta

_ROW = "data_key"
_VERSION = 1


class OfficeSealedError(Exception):
    """数据密钥打不开: the office's data key does not open with this KEK; nothing personal can be read or written."""


class Vault:
    """保险库: seals and opens the personal part of a row; a blob moved to another row does not open."""

    def __init__(self, key: DataKey, random: Callable[[int], bytes]) -> None:
        """Take the data key and where nonces come from."""
        self._key = key
        self._random = random

    def seal(self, table: str, row_id: str, plain: bytes) -> bytes:
        """The blob that is stored."""
        return seal(plain, self._key, self._random(NONCE_SIZE), row_aad(table, row_id, _VERSION)).packed()

    def open(self, table: str, row_id: str, blob: bytes | None) -> bytes | None:
        """The bytes again, or None if the row is unreadable."""
        sealed = unpacked(blob) if blob is not None else None
        return None if sealed is None else unseal(sealed, self._key, row_aad(table, row_id, _VERSION))

    def seal_json(self, table: str, row_id: str, value: Mapping[str, Any]) -> bytes:
        """Seal a JSON object."""
        return self.seal(table, row_id, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def open_json(self, table: str, row_id: str, blob: bytes | None) -> dict[str, Any] | None:
        """The JSON object again, or None if unreadable."""
        plain = self.open(table, row_id, blob)
        return None if plain is None else dict(json.loads(plain))


def open_vault(tx: Connection, kek: bytes, random: Callable[[int], bytes]) -> Vault:
    """The vault of this database; at the first start the data key is made. Raises `OfficeSealedError`."""
    stored = tx.execute(select(office_meta.c.v).where(office_meta.c.k == _ROW)).scalar()
    if stored is None:
        key = DataKey("office-1", random(KEY_SIZE))
        wrapped = wrap_data_key(key, kek, random(NONCE_SIZE)).packed()
        tx.execute(insert(office_meta).values(k=_ROW, v=wrapped))
        return Vault(key, random)
    sealed = unpacked(stored)
    opened = None if sealed is None else unwrap_data_key(sealed, kek)
    if opened is None:
        raise OfficeSealedError("data key")
    return Vault(opened, random)
