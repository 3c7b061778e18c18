# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's file as a log to verify, through a read-only connection."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kiosk.adapters.store_log import open_personal
from kiosk.domain.log.columns import Columns, unpacked_id
from kiosk.domain.log.findings import Anchor
from kiosk.domain.log.verify import Opened, StoredRow
from kiosk.domain.trust.sealing import DataKey, personal_commitment

_COLUMNS = """seq, event_id, at_ms, mono_ms, boot, clock, type, v, shift_id, person_id, pass_id, passage_id, verdict,
    temp_dc, canon, hash"""
PACE = 100
_COPIES = len(Columns._fields)


class FileSource:
    """记录来源: one epoch's file. `key` None: personal parts are there or not, but cannot be opened.

    `pause` is called every 100 rows: a check in the background lets the screen have its turn.
    """

    def __init__(
        self, connection: sqlite3.Connection, key: DataKey | None = None, *, pause: Callable[[], None] | None = None
    ) -> None:
        self._connection = connection
        self._key = key
        self._pause = pause

    def rows(self, after_seq: int) -> Iterator[StoredRow]:
        """Rows after `after_seq` in the order of their place."""
        found = self._connection.execute(
            f"SELECT {_COLUMNS} FROM event WHERE seq > ? ORDER BY seq",  # noqa: S608 - fixed columns
            (after_seq,),
        )
        return map(_row, found) if self._pause is None else self._paced(found)

    def _paced(self, found: Iterator[tuple[Any, ...]]) -> Iterator[StoredRow]:
        pause = self._pause or (lambda: None)
        for count, row in enumerate(found):
            if count % PACE == 0:
                pause()
            yield _row(row)

    def row(self, seq: int) -> StoredRow | None:
        """The row at a place."""
        row = self._connection.execute(f"SELECT {_COLUMNS} FROM event WHERE seq = ?", (seq,)).fetchone()  # noqa: S608
        return None if row is None else _row(row)

    def personal(self, after_seq: int) -> Mapping[int, Opened]:
        """Personal parts by seq."""
        found = self._connection.execute(
            """SELECT event_private.seq, event_id, sealed FROM event_private LEFT JOIN event USING (seq)
               WHERE event_private.seq > ?""",
            (after_seq,),
        )
        return {seq: self._opened(event_id, sealed) for seq, event_id, sealed in found}

    def _opened(self, event_id: bytes | None, sealed: bytes) -> Opened:
        if self._key is None:
            return Opened(None, tried=False)
        opened = None if event_id is None else open_personal(unpacked_id(event_id), sealed, self._key)
        return Opened(None if opened is None else personal_commitment(*opened).hex())


def _row(row: tuple[Any, ...]) -> StoredRow:
    return StoredRow(row[:_COPIES], row[_COPIES], row[_COPIES + 1])


def stored_heads(connection: sqlite3.Connection) -> tuple[tuple[int, bytes, str], ...]:
    """Signed heads as kept: (seq, hash, signature text)."""
    return tuple(connection.execute("SELECT seq, hash, sig FROM signed_head ORDER BY seq"))


def receipt_anchor(receipt: Mapping[str, Any] | None, epoch: int) -> Anchor | None:
    """The anchor of a receipt, if it is one and of this epoch."""
    if receipt is None or receipt.get("epoch") != epoch:
        return None
    seq, hash_ = receipt.get("seq"), receipt.get("hash")
    return Anchor(seq, hash_) if isinstance(seq, int) and isinstance(hash_, str) else None
