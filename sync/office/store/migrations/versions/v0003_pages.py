# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the office's pages keep: reach of accounts, approvals, exports, jobs, sign-off (interface.md 12)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null)


def _id(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=64), nullable=null)


def _ms(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _n(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=False)


def _blob(name: str) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    """Add columns and tables; nothing that stands is changed."""
    op.add_column("user", _id("operator_id", null=True))
    op.add_column("user", sa.Column("reach", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("session", sa.Column("proved_at_ms", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("session", _text("flash", null=True))
    tally = ("day", "gate_id", "recorded", "dir", "verdict", "outcome", "voided", "decided_ms")
    op.create_index("ix_passage_tally", "passage", list(tally))
    _actions()
    _figures()


def _actions() -> None:
    op.create_table(
        "approval", _id("id"), _id("deed"), _id("action"), _blob("params_sha256"), _blob("sealed"), _text("why"),
        _id("asked_by"), _ms("asked_at_ms"), _ms("expires_at_ms"), _id("approved_by", null=True),
        _ms("approved_at_ms", null=True), _id("refused_by", null=True), _ms("used_at_ms", null=True),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index(op.f("ix_approval_expires_at_ms"), "approval", ["expires_at_ms"])
    op.create_table(
        "export_log", _id("id"), _ms("at_ms"), _id("who"), _id("what"), _text("scope"), _id("format"),
        _text("columns"), _n("row_count"), _blob("sha256"), _text("why"), _id("approval_id", null=True),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index(op.f("ix_export_log_at_ms"), "export_log", ["at_ms"])
    op.create_table(
        "job", _id("id"), _id("kind"), _id("by"), _id("state"), _ms("done"), _ms("total"), _ms("made_at_ms"),
        _ms("ended_at_ms", null=True), _text("note"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index(op.f("ix_job_by_made_at_ms"), "job", ["by", "made_at_ms"])
    op.create_table(
        "job_file", _id("job_id"), _text("name"), _text("media"), _blob("sealed"), sa.PrimaryKeyConstraint("job_id")
    )


def _figures() -> None:
    op.create_table(
        "phone_report", _n("day"), _id("gate_id"), _text("doc"), _id("by"), _ms("at_ms"),
        sa.PrimaryKeyConstraint("day", "gate_id"),
    )  # fmt: skip
    op.create_table(
        "report_sign", _n("day"), _id("scope"), _n("revision"), _id("by"), _ms("at_ms"),
        sa.PrimaryKeyConstraint("day", "scope", "revision", "by"),
    )  # fmt: skip
    op.create_table(
        "sheet_template", _id("id"), _text("name"), _id("by"), _ms("at_ms"), _blob("content"), _text("mapping"),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "screening_tick", _n("day"), _id("list"), sa.Column("key", sa.String(length=96), nullable=False), _id("by"),
        _ms("at_ms"), sa.PrimaryKeyConstraint("day", "list", "key"),
    )  # fmt: skip
