# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Bringing a database to this program's version, or saying that it is a newer one's (sync-and-store.md 9, 14)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from sync.office.store.engine import Database, one_at_a_time

_FOLDER = Path(__file__).parent / "migrations"


class NewerDatabase(Exception):
    """数据库较新: made by a newer program; nothing is written to it."""

    def __init__(self, found: str, known: str) -> None:
        """Name both versions."""
        super().__init__(f"database version {found}, this program knows {known}")


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The version that this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def version_of(tx: Connection) -> str:
    """The version of a database; empty if it has none."""
    return MigrationContext.configure(tx).get_current_revision() or ""


def bring_up(database: Database) -> bool:
    """Run the missing steps in one transaction; whether there were any. Raises `NewerDatabase`."""
    scripts = ScriptDirectory.from_config(_config())
    head = scripts.get_current_head() or ""
    with database.reading() as tx:
        current = MigrationContext.configure(tx).get_current_revision()
    if current == head:
        return False
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerDatabase(current, head)
    with database.writing() as tx:
        # of several processes that start at once the first one runs the steps, the others find them done
        one_at_a_time(tx, "migrations")
        command.upgrade(_config(tx), "head")
    return True
