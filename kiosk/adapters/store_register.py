# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The register as pulled: rows by scope in generations, personal ones sealed (sync-and-store.md 6, trust.md 6).

A generation is one load of a scope. A page changes the active generation; a snapshot is laid down as a new one in small
transactions and becomes the active one by a single row: readers see the old list or the new one, never a mix. A deleted
row stays as a tombstone with its `rev`. `mark` numbers the changes of this file for the desk, which follows them.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from kiosk.adapters.row_reading import read_row
from kiosk.adapters.store_epoch import meta_value, put_meta
from kiosk.app.ports import Ids, RowChange
from kiosk.domain.codec import to_json
from kiosk.domain.log.canonical import PERSONAL_LIMIT, canonical_bytes
from kiosk.domain.register import Row
from kiosk.domain.trust.sealing import NONCE_SIZE, DataKey, row_aad, seal, unpacked, unseal

REGISTER = "register"
CHUNK = 200
LOADING = 2
"""`generation.active`: 1 in force, 2 being loaded, 0 to be dropped."""
ROSTER = "roster:"
PLAIN = frozenset({"pass", "gate", "compound", "policy", "sighting", "gate_heard"})
"""Entities without anything personal: ids, states and times (trust.md 2). All others are sealed, also unknown ones."""

_PUT = """INSERT INTO register VALUES (?,?,?,?,?,?,?) ON CONFLICT (generation, entity, key) DO UPDATE
    SET rev = excluded.rev, mark = excluded.mark, plain = excluded.plain, sealed = excluded.sealed
    WHERE excluded.rev > rev"""
_ROWS = """SELECT entity, key, rev, plain, sealed FROM register JOIN generation ON generation.id = register.generation
    WHERE active = 1"""

Stored = tuple[str, str, int, str | None, bytes | None]


class KeyNeeded(Exception):
    """Personal rows came while the key store was silent: the page is not applied and will be asked for again."""


def row_values(change: RowChange, key: DataKey | None, ids: Ids) -> tuple[str | None, bytes | None]:
    """What is stored of a change: plain text or a sealed blob; neither for a deletion. Raises `KeyNeeded`."""
    if change.row is None:
        return None, None
    text = canonical_bytes(to_json(change.row), PERSONAL_LIMIT)
    if change.entity in PLAIN:
        return text.decode(), None
    if key is None:
        raise KeyNeeded
    return None, seal(text, key, ids.random(NONCE_SIZE), _aad(change.entity, change.key, change.rev)).packed()


def open_row(stored: Stored, key: DataKey | None) -> Row | None:
    """The row of what is stored; None if it cannot be opened or read. A tombstone is not to be asked for."""
    entity, name, rev, plain, blob = stored
    if blob is None:
        return None if plain is None else read_row(entity, plain)
    sealed = unpacked(blob)
    text = None if key is None or sealed is None else unseal(sealed, key, _aad(entity, name, rev))
    return None if text is None else read_row(entity, text)


def _aad(entity: str, key: str, rev: int) -> bytes:
    # The revision is bound too: an older blob put back under a newer `rev` does not open.
    return row_aad(f"{REGISTER}/{entity}", key, rev)


def read_rows(connection: sqlite3.Connection) -> Iterator[Stored]:
    """All stored rows in force, without tombstones."""
    return connection.execute(_ROWS + " AND (plain IS NOT NULL OR sealed IS NOT NULL)")


def read_changed(connection: sqlite3.Connection, mark: int) -> Iterator[Stored]:
    """Stored rows and tombstones that came after `mark`, by page or by a switch of their generation."""
    return connection.execute(_ROWS + " AND (register.mark > ?1 OR generation.mark > ?1)", (mark,))


def current_mark(connection: sqlite3.Connection) -> int:
    """The newest mark."""
    return int(meta_value(connection, "mark") or 0)


def apply_changes(
    connection: sqlite3.Connection, changes: Iterable[RowChange], sealed: Iterable[tuple[str | None, bytes | None]]
) -> int:
    """Write a page into the active generations of its scopes; the new mark. Inside the caller's transaction."""
    mark = current_mark(connection) + 1
    known: dict[str, int] = {}
    for change, (plain, blob) in zip(changes, sealed, strict=True):
        generation = known.get(change.scope)
        if generation is None:
            generation = known[change.scope] = _active(connection, change.scope)
        connection.execute(_PUT, (generation, change.entity, change.key, change.rev, mark, plain, blob))
    put_meta(connection, "mark", mark)
    return mark


def _active(connection: sqlite3.Connection, scope: str) -> int:
    row = connection.execute("SELECT id FROM generation WHERE scope = ? AND active = 1", (scope,)).fetchone()
    if row is not None:
        return int(row[0])
    return int(
        connection.execute("INSERT INTO generation (scope, active, mark) VALUES (?, 1, 0)", (scope,)).lastrowid or 0
    )


def new_generation(connection: sqlite3.Connection, scope: str) -> int:
    """Begin a load: a generation that nobody sees; an earlier load of the scope that broke off is given up."""
    connection.execute("UPDATE generation SET active = 0 WHERE scope = ? AND active = ?", (scope, LOADING))
    added = connection.execute("INSERT INTO generation (scope, active, mark) VALUES (?, ?, 0)", (scope, LOADING))
    return int(added.lastrowid or 0)


def load_chunk(
    connection: sqlite3.Connection,
    generation: int,
    changes: Sequence[RowChange],
    values: Sequence[tuple[str | None, bytes | None]],
) -> None:
    """Lay down a chunk of a load."""
    connection.executemany(
        _PUT,
        [
            (generation, change.entity, change.key, change.rev, 0, plain, blob)
            for change, (plain, blob) in zip(changes, values, strict=True)
        ],
    )


def load_tombstones(connection: sqlite3.Connection, generation: int, gone: Sequence[tuple[str, str]]) -> None:
    """Note what the old generation had and the new one has not, so that the desk hears of it."""
    connection.executemany(_PUT, [(generation, entity, key, 0, 0, None, None) for entity, key in gone])


def keys_in_force(connection: sqlite3.Connection, scope: str) -> set[tuple[str, str]]:
    """(entity, key) of a scope's rows in force, tombstones left out."""
    found = connection.execute(
        """SELECT entity, key FROM register JOIN generation ON generation.id = register.generation
           WHERE scope = ? AND active = 1 AND (plain IS NOT NULL OR sealed IS NOT NULL)""",
        (scope,),
    )
    return set(found)


def switch(connection: sqlite3.Connection, scope: str, generation: int) -> int:
    """Make a loaded generation the one in force; the new mark. Inside the caller's transaction."""
    mark = current_mark(connection) + 1
    connection.execute("UPDATE generation SET active = 0 WHERE scope = ? AND active = 1", (scope,))
    connection.execute("UPDATE generation SET active = 1, mark = ? WHERE id = ?", (mark, generation))
    put_meta(connection, "mark", mark)
    return mark


def drop_stale(connection: sqlite3.Connection, chunk: int = CHUNK) -> bool:
    """Delete a piece of a generation that is not in force (an old list, a broken load); False if there is none."""
    row = connection.execute("SELECT id FROM generation WHERE active = 0 LIMIT 1").fetchone()
    if row is None:
        return False
    keys = connection.execute(
        "SELECT generation, entity, key FROM register WHERE generation = ? LIMIT ?", (row[0], chunk)
    ).fetchall()
    connection.executemany("DELETE FROM register WHERE generation = ? AND entity = ? AND key = ?", keys)
    if len(keys) < chunk:
        connection.execute("DELETE FROM generation WHERE id = ?", row)
    return True
