# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Who is planned for which shift, and numbered badges with who has them (domain.md 14)."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "duty_plan",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("gate_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("begin_h", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_duty_plan_gate_id_day"), "duty_plan", ["gate_id", "day"])
    op.create_index(op.f("ix_duty_plan_operator_id_day"), "duty_plan", ["operator_id", "day"])
    op.create_table(
        "loan_badge",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("compound_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("compound_id", "number", name=op.f("uq_loan_badge_compound_id_number")),
    )
    op.create_table(
        "badge_loan",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("badge_id", sa.String(length=64), nullable=False),
        sa.Column("lent_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("back_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_badge_loan_badge_id_back_at_ms"), "badge_loan", ["badge_id", "back_at_ms"])
