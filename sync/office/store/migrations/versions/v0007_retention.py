# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Where a log begins whose oldest days were dropped, and what must not be purged yet (trust.md 9)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add two columns and a table."""
    op.add_column("device_epoch", sa.Column("base_seq", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("device_epoch", sa.Column("base_hash", sa.LargeBinary(), nullable=True))
    op.create_table(
        "purge_hold",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
