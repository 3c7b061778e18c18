# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the returnee platform tells: a record for each arrival, and whom of the register it means (interface.md 12)."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "returnee",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("compound_id", sa.String(length=64), nullable=True),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("cls", sa.String(length=64), nullable=False),
        sa.Column("arrived_day", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_returnee_arrived_day"), "returnee", ["arrived_day"])
    op.create_index(op.f("ix_returnee_compound_id_state"), "returnee", ["compound_id", "state"])
    op.create_index(op.f("ix_returnee_person_id"), "returnee", ["person_id"])
