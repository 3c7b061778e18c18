# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A PostgreSQL for the tests: one throwaway cluster a session (`scripts/postgres lend`), emptied for each test.

Never skipped: where PostgreSQL is missing, `scripts/setup postgresql` says what to install, and the tests that need it
fail with that text. GATEHOUSE_POSTGRES names a server to use instead; its user must be allowed to create databases.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete, make_url, text

from sync.office.store.engine import Database, sqlite_url
from sync.office.store.migrating import bring_up, newest
from sync.office.store.tables import metadata

ENGINES = ("sqlite", "postgresql")
_SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "postgres"
_NUMBER = count(1)


@dataclass(slots=True)
class Cluster:
    """A server; `url` of its first database. Databases made here are dropped again."""

    url: str
    _made: list[str] = field(default_factory=list)

    def fresh(self) -> str:
        """The URL of a new database, empty."""
        name = f"test_{os.getpid()}_{next(_NUMBER)}"
        self._run(f'CREATE DATABASE "{name}"')
        self._made.append(name)
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        name = str(make_url(url).database)
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if name in self._made:
            self._made.remove(name)

    def close(self) -> None:
        """Drop what is left."""
        for name in list(self._made):
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        address = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def lent(*, durable: bool = False) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts; `durable`: it syncs its log, for benchmarks."""
    url = os.environ.get("GATEHOUSE_POSTGRES")
    if url:
        cluster = Cluster(url)
        try:
            yield cluster
        finally:
            cluster.close()
        return
    command = [str(_SCRIPT), "lend", *(() if durable else ("fast",))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lender:
        assert lender.stdin is not None
        assert lender.stdout is not None
        told = lender.stdout.readline().strip()
        if not told:
            lender.stdin.close()
            pytest.fail("no PostgreSQL could be started: scripts/postgres lend says why", pytrace=False)
        yield Cluster(told)
        lender.stdin.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The session's cluster."""
    with lent() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def _session_database(postgres: Cluster) -> str:
    return brought_up(postgres.fresh())


@pytest.fixture
def postgres_url(_session_database: str) -> str:
    """A database at this program's version, without a row: emptied, which is far quicker than made anew."""
    database = Database(_session_database)
    with database.writing() as tx:
        for table in metadata.sorted_tables:
            tx.execute(delete(table))
        tx.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest()})
    database.close()
    return _session_database


@pytest.fixture(params=ENGINES)
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each engine, at this program's version and without a row."""
    if request.param == "sqlite":
        return sqlite_url(Path(shutil.copy(request.getfixturevalue("sqlite_brought_up"), tmp_path / "office.db")))
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def sqlite_brought_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file at this program's version, to be copied."""
    file = tmp_path_factory.mktemp("store") / "office.db"
    brought_up(sqlite_url(file))
    return file


def brought_up(url: str) -> str:
    """Bring a new database to this program's version; its URL."""
    database = Database(url)
    assert bring_up(database)
    database.close()
    return url
