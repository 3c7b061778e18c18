# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Home temperatures by slot, and what a leader has read of the night (interface.md 12)."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "home_temp",
        sa.Column("isolation_id", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("isolation_id", "slot"),
    )
    op.create_index(op.f("ix_home_temp_at_ms"), "home_temp", ["at_ms"])
    op.create_table(
        "review_mark",
        sa.Column("item", sa.String(length=160), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("gate_id", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("item", "by"),
    )
    op.create_index(op.f("ix_review_mark_gate_id_at_ms"), "review_mark", ["gate_id", "at_ms"])
