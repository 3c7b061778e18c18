# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Copies of the office, verified before they count, and the way back under a new server epoch (sync-and-store.md 9).

A copy is a folder: `office.db` (a SQLite file, whatever engine the office runs on), `manifest.json` (what it holds),
and, if asked for, `keys.sealed`. It is written beside its place and renamed when it was read back; what was not
verified replaces nothing.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path

from sqlalchemy import Connection, make_url, select

from kiosk.domain.codec import BadShape, from_json, to_json
from kiosk.domain.instants import shanghai
from kiosk.domain.log.chain import next_hash
from sync.office.keys_sealed import unseal_keys
from sync.office.service.audit import Audit, Entry
from sync.office.store.copying import copy_all, counts, first_difference, is_empty
from sync.office.store.engine import Database, sqlite_url
from sync.office.store.meta import next_server_epoch, server_now
from sync.office.store.migrating import bring_up, version_of
from sync.office.store.tables import device_epoch, event, office_meta, quarantine, receipt
from sync.office.store.upsert import put

KEPT = 7
_DB, _MANIFEST, _KEYS = "office.db", "manifest.json", "keys.sealed"


@dataclass(frozen=True, slots=True)
class Manifest:
    """备份清单: of which office, when, how much; `sha256` of the database file."""

    server: str
    epoch: int
    version: str
    made_at_ms: int
    sha256: str
    events: int
    rows: int


class CopyFault(StrEnum):
    """备份不可用: why a copy does not count."""

    NO_COPY = "no_copy"
    CHANGED = "changed_after_it_was_made"
    CORRUPT = "database_corrupt"
    COUNTS = "rows_missing"
    CHAIN = "chain_broken"
    OTHER_VERSION = "of_a_newer_program"
    NOT_EMPTY = "target_holds_an_office"
    PASSPHRASE = "passphrase_wrong"


@dataclass(frozen=True, slots=True)
class Copied:
    """已备份: where, and what it says of itself."""

    folder: Path
    manifest: Manifest


def make_copy(
    database: Database, into: Path, now_ms: int, *, keys: bytes | None = None, kept: int = KEPT,
    progress: Callable[[int], None] = lambda _: None,
) -> Copied | CopyFault:  # fmt: skip
    """Copy the office's database as it is at one moment, read the copy back, keep the newest `kept` copies."""
    into.mkdir(parents=True, exist_ok=True)
    name = f"office-{shanghai(now_ms):%Y%m%d-%H%M%S}"
    part = into / f"{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        manifest = _written(database, part, now_ms, progress)
        if keys is not None:
            (part / _KEYS).write_bytes(keys)
        (part / _MANIFEST).write_text(json.dumps(to_json(manifest), indent=1))
        fault = check_copy(part)
        if isinstance(fault, CopyFault):
            return fault
        part.rename(into / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    for old in sorted(into.glob("office-*-*"))[:-kept]:
        shutil.rmtree(old)
    return Copied(into / name, manifest)


def _written(database: Database, part: Path, now_ms: int, progress: Callable[[int], None]) -> Manifest:
    file = part / _DB
    if database.is_sqlite:
        # sees one moment, and leaves no free page behind in which something purged could live on
        with database.reading() as tx:
            tx.exec_driver_sql("COMMIT")
            tx.exec_driver_sql("VACUUM INTO ?", (str(file),))
            tx.exec_driver_sql("BEGIN")
    else:
        copy = Database(sqlite_url(file))
        bring_up(copy)
        with database.reading() as source, copy.writing() as target:
            copy_all(source, target, progress)
        copy.close()
        _without_wal(file)
    copy = Database(sqlite_url(file))
    with copy.reading() as tx:
        who, found = server_now(tx), counts(tx)
        version = version_of(tx)
    copy.close()
    _without_wal(file)
    with file.open("rb") as data:
        digest = file_digest(data, "sha256").hexdigest()
    return Manifest(who.server, who.epoch, version, now_ms, digest, found["event"], sum(found.values()))


def _without_wal(file: Path) -> None:
    """One file that stands alone."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def check_copy(folder: Path) -> Manifest | CopyFault:
    """Read a copy back: its bytes, its rows, every chain against the receipts that were given."""
    try:
        manifest = from_json(Manifest, json.loads((folder / _MANIFEST).read_bytes()))
        with (folder / _DB).open("rb") as data:
            digest = file_digest(data, "sha256").hexdigest()
    except (OSError, ValueError, BadShape):
        return CopyFault.NO_COPY
    if digest != manifest.sha256:
        return CopyFault.CHANGED
    return _verified(folder / _DB, manifest)


def _verified(file: Path, manifest: Manifest) -> Manifest | CopyFault:
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return CopyFault.CORRUPT
    copy = Database(f"sqlite+pysqlite:///file:{file}?mode=ro&immutable=1&uri=true", writable=False)
    try:
        with copy.reading() as tx:
            found = counts(tx)
            if (found["event"], sum(found.values())) != (manifest.events, manifest.rows):
                return CopyFault.COUNTS
            return manifest if chains_hold(tx) else CopyFault.CHAIN
    finally:
        copy.close()


def chains_hold(tx: Connection) -> bool:
    """Whether each epoch's linked events hash one upon the other up to where it is held, and the receipts agree.

    A quarantined event goes on in the chain with its hash as sent; days that retention dropped are passed over.
    """
    for held in tx.execute(select(device_epoch)).all():
        e, q, r = event.c, quarantine.c, receipt.c
        mine = (e.device_id == held.device_id, e.epoch == held.epoch, e.seq <= held.acked_seq)
        theirs = (q.device_id == held.device_id, q.epoch == held.epoch, q.fills == 1)
        aside = {row.seq: row.hash for row in tx.execute(select(q.seq, q.hash).where(*theirs))}
        given = {
            row.seq: row.hash
            for row in tx.execute(select(r.seq, r.hash).where(r.device_id == held.device_id, r.epoch == held.epoch))
        }
        before: tuple[int, bytes] | None = None
        log = select(e.seq, e.canon, e.hash).where(*mine).order_by(e.seq)
        rows = tx.execute(log, execution_options={"yield_per": 1000})
        for seq, canon, digest in rows:
            if seq - 1 in aside:
                before = (seq - 1, aside[seq - 1])
            if before is not None and before[0] == seq - 1 and next_hash(before[1], canon) != digest:
                return False
            if given.get(seq, digest) != digest:
                return False
            before = (seq, digest)
        if before is not None and before[0] == held.acked_seq and before[1] != held.acked_hash:
            return False
    return True


def newest_copy(into: Path) -> Copied | None:
    """The newest copy of a folder as its own list says, or None; it was read back when it was made."""
    return next(copies_in(into), None)


def copies_in(into: Path) -> Iterator[Copied]:
    """The copies of a folder that can say what they are, newest first."""
    for folder in sorted(into.glob("office-*-*"), reverse=True):
        try:
            yield Copied(folder, from_json(Manifest, json.loads((folder / _MANIFEST).read_bytes())))
        except (OSError, ValueError, BadShape):
            continue


def renew_copies(database: Database, into: Path, now_ms: int) -> bool:
    """After a purge older copies give way to a new one, as what went lives on in them; where are none, none is made."""
    return newest_copy(into) is None or isinstance(make_copy(database, into, now_ms, kept=1), Copied)


def restore_copy(
    folder: Path, target_url: str, now_ms: int, progress: Callable[[int], None] = lambda _: None
) -> Manifest | CopyFault:
    """Put a verified copy into an empty database of either engine, under a new server epoch; in one transaction."""
    manifest = check_copy(folder)
    if isinstance(manifest, CopyFault):
        return manifest
    # the copy may be of an earlier program: it is brought up in a copy of its own
    working = folder.parent / f".{folder.name}.restoring.db"
    try:
        shutil.copyfile(folder / _DB, working)
        source = Database(sqlite_url(working))
        bring_up(source)
        target = Database(target_url)
        bring_up(target)
        try:
            return _moved(source, target, manifest, now_ms, progress)
        finally:
            source.close()
            target.close()
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{working}{suffix}").unlink(missing_ok=True)


def _moved(
    source: Database, target: Database, manifest: Manifest, now_ms: int, progress: Callable[[int], None]
) -> Manifest | CopyFault:
    with source.reading() as old, target.writing() as new:
        if not is_empty(new):
            return CopyFault.NOT_EMPTY
        copy_all(old, new, progress)
        if first_difference(counts(old), counts(new)) is not None or not chains_hold(new):
            new.rollback()
            return CopyFault.COUNTS
        # Seconds since 1970, so that two restores of one copy are two epochs, whatever was handed out between them.
        next_server_epoch(new, at_least=now_ms // 1000)
        Audit().note(new, Entry("office", "backup.restore", target=manifest.sha256[:16]), now_ms)
    return manifest


def note_made(database: Database, manifest: Manifest, now_ms: int) -> None:
    """Record that a copy was made and verified."""
    _note(database, "backup.make", manifest, now_ms)


def note_drill(database: Database, manifest: Manifest, now_ms: int) -> None:
    """Record that a copy was put back, in a database of its own, and read."""
    _note(database, "backup.drill", manifest, now_ms)


def _note(database: Database, what: str, manifest: Manifest, now_ms: int) -> None:
    with database.writing() as tx:
        Audit().note(tx, Entry("office", what, target=manifest.sha256[:16]), now_ms)
        put(tx, office_meta, [{"k": what, "v": str(now_ms).encode()}])


def last_noted(tx: Connection, what: str) -> int | None:
    """When `backup.make` or `backup.drill` was last done (ms), or None."""
    found = tx.execute(select(office_meta.c.v).where(office_meta.c.k == what)).scalar()
    return None if found is None else int(found)


def keys_of(folder: Path, passphrase: bytes) -> dict[str, bytes] | CopyFault:
    """The sealed keys of a copy, by their path in an office's folder."""
    try:
        data = (folder / _KEYS).read_bytes()
    except OSError:
        return CopyFault.NO_COPY
    return unseal_keys(data, passphrase) or CopyFault.PASSPHRASE


@dataclass(frozen=True, slots=True)
class SetAside:
    """搁置: a database file that stood where a copy is put."""

    file: Path
    place: Path

    def back(self) -> None:
        """Put it back: the copy did not pass."""
        _rename(self.file, self.place)


def set_aside(url: str, now_ms: int) -> SetAside | None:
    """Set the database file of a URL aside, with its WAL; None if there is none, or it is no file."""
    named = make_url(url)
    if not named.drivername.startswith("sqlite") or named.database is None or not Path(named.database).exists():
        return None
    place = Path(named.database)
    file = place.with_name(f"{place.name}.{shanghai(now_ms):%Y%m%d-%H%M%S}.aside")
    _rename(place, file)
    return SetAside(file, place)


def _rename(old: Path, new: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{new}{suffix}").unlink(missing_ok=True)
        if Path(f"{old}{suffix}").exists():
            Path(f"{old}{suffix}").rename(f"{new}{suffix}")
