# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Road leaders, drafts of a policy, and how much of its configuration each tablet said it has (interface.md 12)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    """Add two tables and a column."""
    op.create_table(
        "road_leader",
        sa.Column("id", sa.String(length=96), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "policy_draft",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("compound_id", sa.String(length=64), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("rehearsed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("device", sa.Column("config_rev", sa.BigInteger(), nullable=False, server_default="0"))
