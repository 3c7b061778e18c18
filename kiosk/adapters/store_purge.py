# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Destroying personal parts by age, with proof, and pruning the log up to a receipt (trust.md 9).

Time here is the office's plus monotonic time: a clock set forward erases nothing. What the office has not acknowledged
stays, whatever its age.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters import store_log, store_sync
from kiosk.adapters.store_backup import make_backup
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_epoch import meta_value, put_meta
from kiosk.adapters.store_folder import OpenFolder
from kiosk.adapters.store_rescue import set_aside_files
from kiosk.domain.codes import ClockState
from kiosk.domain.events import Draft, Purge
from kiosk.domain.identity import EventId
from kiosk.domain.instants import DAY_MS, day_of

PERSONAL_DAYS = 14
LOG_DAYS = 60
PIECE = 200


@dataclass(frozen=True, slots=True)
class Purged:
    """清除结果: rows destroyed in this run; `done` False: tried again, as some byte of them may still be there."""

    rows: int
    done: bool


def purge_personal(
    folder: OpenFolder,
    now_ms: int | None,
    *,
    days: int = PERSONAL_DAYS,
    held: frozenset[int] = frozenset(),
    pause: Callable[[], None] | None = None,
) -> Purged:
    """Destroy personal parts of days before `days` ago; `now_ms` trusted, None: nothing is done. `held`: seqs on hold.

    Each piece and its `purge` event are one transaction; then the WAL is cut, and a new backup replaces all older ones.
    """
    if now_ms is None:
        return Purged(0, done=False)
    before = day_of(now_ms - days * DAY_MS).isoformat()
    rows = 0
    while (count := _piece(folder, before, held)) > 0:
        rows += count
    dropped = _drop_closed(folder, before)
    with folder.reading() as connection:
        unfinished = meta_value(connection, "purge_open") == 1
    if not rows and not dropped and not unfinished:
        return Purged(0, done=True)
    return Purged(rows, _prove(folder, pause))


def _piece(folder: OpenFolder, before: str, held: frozenset[int]) -> int:
    with folder.turns.other():
        file, place = folder.file, folder.place
        due = file.writer.execute(
            "SELECT seq FROM event_private WHERE day < ? AND seq <= ? ORDER BY seq LIMIT ?",
            (before, int(store_sync.get(file.writer, "acked_seq") or 0), PIECE + len(held)),
        )
        seqs = [(seq,) for (seq,) in due if seq not in held][:PIECE]
        if not seqs:
            return 0
        clock = place.clock
        draft = Draft(
            EventId(place.ids.new_id()), clock.wall_ms(), clock.mono_ms(), clock.boot, ClockState.OK,
            place.device.gate, Purge(before, len(seqs), "gate"),
        )  # fmt: skip
        prepared = store_log.prepare(file, (draft,), lambda _event: (), place.ids)
        with file.transaction() as connection:
            put_meta(connection, "purging", 1)
            put_meta(connection, "purge_open", 1)
            connection.executemany("DELETE FROM event_private WHERE seq = ?", seqs)
            put_meta(connection, "purging", 0)
            store_log.insert(connection, prepared)
        file.head_seq, file.head_hash = prepared.head_seq, prepared.head_hash
        folder.newest_at_ms = draft.at_ms
        return len(seqs)


def _prove(folder: OpenFolder, pause: Callable[[], None] | None) -> bool:
    """Cut the WAL and replace the copies; False if a reader or the disk stood in the way."""
    if not truncate_wal(folder):
        return False
    for copy in folder.place.folder.glob("gate-*.db.before-*"):
        copy.unlink(missing_ok=True)
    if make_backup(folder.place.folder, folder.file, keep=1, pause=pause).file is None:
        return False
    with folder.writing() as connection:
        put_meta(connection, "purge_open", 0)
    return True


def truncate_wal(folder: OpenFolder) -> bool:
    """Checkpoint and cut the WAL to nothing; False if a reader held it."""
    with folder.turns.other():
        busy = folder.file.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return bool(busy == 0)


def _drop_closed(folder: OpenFolder, before: str) -> int:
    """Delete closed epochs that the office has in full and whose newest day is past: nothing can be appended to them,
    so that their personal parts go with the file.
    """
    with folder.reading() as connection:
        closed = store_sync.closed_epochs(connection)
    dropped = 0
    for epoch in closed:
        path = folder.place.folder / epoch.file
        if epoch.acked_seq < epoch.head_seq or not path.exists():
            continue
        if day_of(_newest_ms(path, epoch.head_seq)).isoformat() >= before:
            continue
        for file in set_aside_files(path):
            file.unlink(missing_ok=True)
        dropped += 1
    return dropped


def _newest_ms(path: Path, head_seq: int) -> int:
    """Time of the newest verified event; of a file that does not tell, when it was last written."""
    try:
        with closing(reader(path)) as connection:
            row = connection.execute("SELECT at_ms FROM event WHERE seq = ?", (head_seq,)).fetchone()
    except sqlite3.Error:
        row = None
    return int(path.stat().st_mtime * 1000) if row is None else int(row[0])


def prune_log(folder: OpenFolder, now_ms: int | None, *, days: int = LOG_DAYS) -> int:
    """Delete events older than `days`, up to a receipt that `log_base` then keeps; the number of rows deleted."""
    if now_ms is None:
        return 0
    with folder.writing() as connection:
        row = connection.execute(
            """SELECT receipt.seq, hash, doc FROM receipt JOIN event USING (seq)
               WHERE at_ms < ? AND receipt.seq <= (SELECT v FROM sync_state WHERE k = 'acked_seq')
                 AND receipt.seq < coalesce((SELECT min(seq) FROM event_private), 1 << 62)
               ORDER BY receipt.seq DESC LIMIT 1""",
            (now_ms - days * DAY_MS,),
        ).fetchone()
        if row is not None:
            connection.execute("INSERT OR REPLACE INTO log_base VALUES (1, ?, ?, ?)", row)
    deleted = 0
    while True:
        with folder.writing() as connection:
            count = connection.execute(
                """DELETE FROM event WHERE seq IN
                   (SELECT seq FROM event WHERE seq <= (SELECT seq FROM log_base) ORDER BY seq LIMIT ?)""",
                (PIECE,),
            ).rowcount
        deleted += count
        if count < PIECE:
            return deleted
