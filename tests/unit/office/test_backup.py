# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A copy of the office that was read back, and the way back: into either engine, under a new server epoch."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from sync.office.backup import Copied, CopyFault, check_copy, keys_of, last_noted, make_copy, restore_copy, set_aside
from sync.office.compose import Office
from sync.office.keys_sealed import put_keys, seal_keys
from sync.office.store.copying import counts
from sync.office.store.engine import Database, sqlite_url
from sync.office.store.meta import server_now
from tests.postgres import Cluster
from tests.unit.office.offices import C1, START_MS, Tablet, enrolled, found_office, pass_id, resident

PASSPHRASE = b"correct horse battery"


@pytest.fixture
def busy(office: Office) -> Office:
    """An office with residents, and a gate that has sent passages and a personal part."""
    tablet = enrolled(office)
    with office.database.writing() as tx:
        for number in range(20):
            office.book.put(tx, resident(number), START_MS)
    for number in range(30):
        tablet.passage(number, pass_id=pass_id(number))
    tablet.send()
    return office


def copied(office: Office, into: Path, now_ms: int = START_MS) -> Copied:
    made = make_copy(office.database, into, now_ms)
    assert isinstance(made, Copied), made
    return made


def all_counts(database: Database) -> dict[str, int]:
    with database.reading() as tx:
        return counts(tx)


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_copy_goes_back_into_either_engine_row_by_row(
    busy: Office, target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made = copied(busy, tmp_path / "backup")
    before = all_counts(busy.database)
    url = sqlite_url(tmp_path / "again.db")
    if target == "postgresql":
        # a database of its own: the session's is the office's that was copied
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.fresh()
    assert restore_copy(made.folder, url, START_MS + 60_000) == made.manifest
    restored = Database(url)
    after = all_counts(restored)
    with restored.reading() as tx:
        assert server_now(tx).epoch > busy.identity.epoch
        assert server_now(tx).server == busy.identity.server
    restored.close()
    # the restore itself is in the audit; snapshots of the old epoch are gone
    assert {**after, "audit": 0, "snapshot": 0} == {**before, "audit": 0, "snapshot": 0}
    assert after["audit"] == before["audit"] + 1


def test_two_restores_of_one_copy_are_two_epochs(busy: Office, tmp_path: Path) -> None:
    made = copied(busy, tmp_path / "backup")
    epochs = []
    for number in range(2):
        url = sqlite_url(tmp_path / f"{number}.db")
        restore_copy(made.folder, url, START_MS + (number + 1) * 60_000)
        database = Database(url)
        with database.reading() as tx:
            epochs.append(server_now(tx).epoch)
        database.close()
    assert epochs[0] < epochs[1]


def test_the_restored_office_opens_what_was_sealed_and_its_gates_go_on(
    busy: Office, folder: Path, tmp_path: Path
) -> None:
    made = copied(busy, tmp_path / "backup")
    url = sqlite_url(tmp_path / "again.db")
    restore_copy(made.folder, url, START_MS + 60_000)
    again = found_office(folder, db_url=url)
    with again.database.reading() as tx:
        from kiosk.domain.register import Person

        assert {person.name for person in again.book.register.all(tx, Person, compound_id=C1)} == {"张三"}
    again.close()


def test_a_gate_sends_again_what_came_after_the_copy(busy: Office, folder: Path, tmp_path: Path) -> None:
    tablet = enrolled(busy, seed=2)
    tablet.send()
    made = copied(busy, tmp_path / "backup")
    for number in range(10):
        tablet.passage(number)
    assert tablet.send().acked_seq == 11
    url = sqlite_url(tmp_path / "again.db")
    restore_copy(made.folder, url, START_MS + 60_000)
    again = found_office(folder, db_url=url)
    told = Tablet(again, tablet.answer, tablet.key, events=tablet.events).send(11)
    assert told.acked_seq == 1
    filled = Tablet(again, tablet.answer, tablet.key, events=tablet.events).send(1)
    assert (filled.acked_seq, filled.push) == (11, "ok")
    again.close()


DAMAGES: dict[str, tuple[Callable[[Path], None], CopyFault]] = {
    "a flipped byte": (lambda folder: _flip(folder / "office.db"), CopyFault.CHANGED),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), CopyFault.NO_COPY),
    "no database": (lambda folder: (folder / "office.db").unlink(), CopyFault.NO_COPY),
}


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_copy_replaces_nothing(office: Office, tmp_path: Path, name: str) -> None:
    damage, fault = DAMAGES[name]
    made = copied(office, tmp_path / "backup")
    damage(made.folder)
    assert check_copy(made.folder) is fault
    assert restore_copy(made.folder, sqlite_url(tmp_path / "again.db"), START_MS) is fault
    assert not (tmp_path / "again.db").exists()


def test_an_edited_event_is_found_before_the_copy_counts(busy: Office, tmp_path: Path) -> None:
    with busy.database.writing() as tx:
        tx.execute(text("UPDATE event SET canon = :canon WHERE seq = 7"), {"canon": b'{"edited":1}'})
    assert make_copy(busy.database, tmp_path / "backup", START_MS) is CopyFault.CHAIN
    assert list((tmp_path / "backup").iterdir()) == []


def test_a_database_that_holds_an_office_is_not_overwritten(busy: Office, tmp_path: Path) -> None:
    made = copied(busy, tmp_path / "backup")
    url = sqlite_url(tmp_path / "again.db")
    restore_copy(made.folder, url, START_MS)
    assert restore_copy(made.folder, url, START_MS) is CopyFault.NOT_EMPTY


def test_what_stood_there_is_set_aside_and_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "office.db"
    file.write_bytes(b"old")
    aside = set_aside(sqlite_url(file), START_MS)
    assert aside is not None
    assert not file.exists()
    file.write_bytes(b"half")
    aside.back()
    assert file.read_bytes() == b"old"
    assert set_aside("postgresql+psycopg://localhost/x", START_MS) is None


def test_the_newest_copies_are_kept(office: Office, tmp_path: Path) -> None:
    for number in range(4):
        made = make_copy(office.database, tmp_path, START_MS + number * 1000, kept=2)
        assert isinstance(made, Copied)
    assert [path.name for path in sorted(tmp_path.glob("office-*"))] == [
        "office-20200220-080002", "office-20200220-080003",
    ]  # fmt: skip


def test_no_copy_holds_the_key_that_opens_it(busy: Office, folder: Path, tmp_path: Path) -> None:
    made = copied(busy, tmp_path)
    kek = (folder / "keys" / "service" / "kek.bin").read_bytes()
    assert all(kek not in file.read_bytes() for file in made.folder.iterdir())


def test_sealed_keys_come_back_with_their_passphrase_alone(office: Office, folder: Path, tmp_path: Path) -> None:
    (folder / "keys" / "root" / "active.passphrase").write_text("not to be copied")
    sealed = seal_keys(folder, PASSPHRASE, os.urandom)
    made = make_copy(office.database, tmp_path / "backup", START_MS, keys=sealed)
    assert isinstance(made, Copied)
    assert keys_of(made.folder, b"another passphrase") is CopyFault.PASSPHRASE
    files = keys_of(made.folder, PASSPHRASE)
    assert not isinstance(files, CopyFault)
    put_keys(tmp_path / "new", files)
    assert not (tmp_path / "new" / "keys" / "root" / "active.passphrase").exists()
    shutil.copy(made.folder / "office.db", tmp_path / "new" / "office.db")
    again = found_office(tmp_path / "new")
    assert again.identity.server == office.identity.server
    again.close()
    assert (tmp_path / "new" / "keys" / "service" / "kek.bin").stat().st_mode & 0o077 == 0


def test_nothing_was_drilled_until_it_is_noted(office: Office) -> None:
    with office.database.reading() as tx:
        assert last_noted(tx, "backup.drill") is None
