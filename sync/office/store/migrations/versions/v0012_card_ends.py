# SPDX-License-Identifier: LicenseRef-Gatehouse
"""When a pass ends stands in a column, so that a street's list of those that end soon reads no other."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column, filled from the rows, and its index."""
    op.add_column("pass", sa.Column("ends_ms", sa.BigInteger(), nullable=True))
    sqlite = op.get_bind().dialect.name == "sqlite"
    found = "json_extract(doc, '$.valid_to_ms')" if sqlite else "(doc::json ->> 'valid_to_ms')::bigint"
    op.execute(f"UPDATE pass SET ends_ms = {found}")  # noqa: S608 - names of our own
    op.create_index(op.f("ix_pass_ends_ms"), "pass", ["ends_ms"])
