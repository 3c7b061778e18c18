# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Events by day on PostgreSQL, so that retention drops a day whole; and the highest place of an epoch with anything."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_PARTED = ("event", "event_private")
_SCHEMA = "event_day"


def upgrade() -> None:
    """Add the column, filled from what is there; on PostgreSQL make both tables anew in daily partitions."""
    op.add_column("device_epoch", sa.Column("top_seq", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE device_epoch SET top_seq = max_of(acked_seq,"
        " coalesce((SELECT max(e.seq) FROM event e"
        " WHERE e.device_id = device_epoch.device_id AND e.epoch = device_epoch.epoch), 0),"
        " coalesce((SELECT max(q.seq) FROM quarantine q WHERE q.device_id = device_epoch.device_id"
        " AND q.epoch = device_epoch.epoch AND q.fills = 1), 0))".replace(
            "max_of", "max" if op.get_bind().dialect.name == "sqlite" else "greatest"
        )
    )
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
    for name in _PARTED:
        _parted(name)
    op.create_index("ix_event_gate_id_at_ms", "event", ["gate_id", "at_ms"])
    op.create_unique_constraint("uq_event_event_id_day", "event", ["event_id", "day"])
    op.create_index("ix_event_private_day", "event_private", ["day"])


def _parted(name: str) -> None:
    """The table anew, parted by day: its rows go into a partition for each day that has some."""
    op.execute(f"ALTER TABLE {name} RENAME TO {name}_whole")
    op.execute(
        f"CREATE TABLE {name} (LIKE {name}_whole, PRIMARY KEY (device_id, epoch, seq, day)) PARTITION BY RANGE (day)"
    )
    op.execute(f"CREATE TABLE {_SCHEMA}.{name}_far PARTITION OF {name} DEFAULT")
    days = op.get_bind().execute(sa.text(f"SELECT DISTINCT day FROM {name}_whole ORDER BY day")).scalars()  # noqa: S608
    for day in list(days):
        op.execute(
            f"CREATE TABLE {_SCHEMA}.{name}_{int(day)} PARTITION OF {name}"
            f" FOR VALUES FROM ({int(day)}) TO ({int(day) + 1})"
        )
    op.execute(f"INSERT INTO {name} SELECT * FROM {name}_whole")  # noqa: S608 - names of our own
    op.execute(f"DROP TABLE {name}_whole")
