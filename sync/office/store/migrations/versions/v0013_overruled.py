# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The few passages whose verdict was overridden have an index of their own, for the night and the conflicts."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the index."""
    few = sa.text("counts LIKE '%overrides%'")
    op.create_index(
        "ix_passage_overruled", "passage", ["day", "gate_id", "decided_ms"], sqlite_where=few, postgresql_where=few
    )
