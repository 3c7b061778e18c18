# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What a day's report counts stands in columns, so that a street's day is summed in the database."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from kiosk.domain.passage import PassageRecord
from sync.office.store.passages import counted

revision = "0002"
down_revision = "0001"
_PART = 1_000
_COUNTED = ("day", "gate_id", "policy", "counts", "weight", "entered_as", "fever_as")
_DATED = {
    "person": {"registered_ms": "registered_at_ms"},
    "pass": {"issued_ms": "issued_at_ms", "stated_ms": "changed_at_ms"},
}


def upgrade() -> None:
    """Add the columns, fill them for the rows that are there, then make the indexes."""
    op.add_column("passage", sa.Column("policy", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("passage", sa.Column("counts", sa.Text(), nullable=False, server_default=""))
    op.add_column("passage", sa.Column("weight", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("passage", sa.Column("entered_as", sa.String(length=64), nullable=True))
    op.add_column("passage", sa.Column("fever_as", sa.String(length=64), nullable=True))
    read = msgspec.json.Decoder(PassageRecord, strict=False).decode
    _fill("passage", "passage_id", "record", _COUNTED[2:], lambda record: counted(read(record)))
    op.create_index("ix_passage_counted", "passage", list(_COUNTED))
    for table, columns in _DATED.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True))
        _fill(table, "id", "doc", tuple(columns), partial(_dates, columns))
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])


def _dates(columns: Mapping[str, str], text: str) -> dict[str, Any]:
    doc = json.loads(text)
    return {column: doc.get(name) for column, name in columns.items()}


def _fill(table: str, key: str, source: str, columns: Sequence[str], made: Callable[[str], dict[str, Any]]) -> None:
    """Write `made(source)` into the columns of every row, in parts."""
    tx = op.get_bind()
    rows = sa.table(table, sa.column(key), sa.column(source), *(sa.column(name) for name in columns))
    k, s = rows.c[key], rows.c[source]
    after = ""
    while found := tx.execute(sa.select(k, s).where(k > after).order_by(k).limit(_PART)).all():
        for row_key, text in found:
            tx.execute(sa.update(rows).where(k == row_key).values(**made(text)))
        after = found[-1][0]
