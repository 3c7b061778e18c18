# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The first form of the office's database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:  # noqa: PLR0915 - a table after the other
    """Make every table."""
    # fmt: off
    op.create_table("application",
    sa.Column("id", sa.String(length=64), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("person_id", sa.String(length=64), nullable=False),
    sa.Column("gate_id", sa.String(length=64), nullable=True),
    sa.Column("state", sa.String(length=64), nullable=False),
    sa.Column("pass_id", sa.String(length=64), nullable=True),
    sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("by", sa.String(length=64), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_application_compound_id_state"), "application", ["compound_id", "state"])
    op.create_table("audit",
    sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column("at_ms", sa.BigInteger(), nullable=False),
    sa.Column("canon", sa.LargeBinary(), nullable=False),
    sa.Column("hash", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("seq")
    )
    op.create_table("case_file",
    sa.Column("id", sa.String(length=64), nullable=False),
    sa.Column("device_id", sa.String(length=64), nullable=False),
    sa.Column("gate_id", sa.String(length=64), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("kind", sa.String(length=64), nullable=False),
    sa.Column("priority", sa.String(length=64), nullable=False),
    sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("passage_id", sa.String(length=64), nullable=True),
    sa.Column("closed", sa.Integer(), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_case_file_closed_priority"), "case_file", ["closed", "priority"])
    op.create_table("change_log",
    sa.Column("scope", sa.String(length=64), nullable=False),
    sa.Column("entity", sa.String(length=64), nullable=False),
    sa.Column("key", sa.String(length=64), nullable=False),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("op", sa.String(length=64), nullable=False),
    sa.Column("origin", sa.String(length=64), nullable=True),
    sa.Column("doc", sa.Text(), nullable=True),
    sa.Column("at_ms", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("scope", "entity", "key"),
    sa.UniqueConstraint("scope", "rev", name=op.f("uq_change_log_scope_rev"))
    )
    op.create_table("committee",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("compound",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("committee_id", sa.String(length=64), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_compound_committee_id"), "compound", ["committee_id"])
    op.create_table("device",
    sa.Column("id", sa.String(length=64), nullable=False),
    sa.Column("gate_id", sa.String(length=64), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("site", sa.Integer(), nullable=False),
    sa.Column("kid", sa.String(length=64), nullable=False),
    sa.Column("pubkey", sa.LargeBinary(), nullable=False),
    sa.Column("state", sa.String(length=64), nullable=False),
    sa.Column("epoch", sa.Integer(), nullable=False),
    sa.Column("acked_seq", sa.BigInteger(), nullable=False),
    sa.Column("acked_hash", sa.LargeBinary(), nullable=False),
    sa.Column("head_seq", sa.BigInteger(), nullable=False),
    sa.Column("head_hash", sa.String(length=64), nullable=False),
    sa.Column("last_seen_ms", sa.BigInteger(), nullable=True),
    sa.Column("offset_ms", sa.BigInteger(), nullable=True),
    sa.Column("app", sa.Text(), nullable=False),
    sa.Column("os", sa.Text(), nullable=False),
    sa.Column("schema", sa.Integer(), nullable=False),
    sa.Column("list_version", sa.Integer(), nullable=False),
    sa.Column("list_age_s", sa.BigInteger(), nullable=True),
    sa.Column("oldest_unacked_at_ms", sa.BigInteger(), nullable=True),
    sa.Column("battery_pct", sa.Integer(), nullable=True),
    sa.Column("free_mb", sa.Integer(), nullable=True),
    sa.Column("enrolled_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordered_epoch", sa.Integer(), nullable=True),
    sa.Column("ordered_why", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("kid", name=op.f("uq_device_kid"))
    )
    op.create_index(op.f("ix_device_gate_id"), "device", ["gate_id"])
    op.create_table("device_epoch",
    sa.Column("device_id", sa.String(length=64), nullable=False),
    sa.Column("epoch", sa.Integer(), nullable=False),
    sa.Column("parent_epoch", sa.Integer(), nullable=True),
    sa.Column("parent_seq", sa.BigInteger(), nullable=True),
    sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("closed", sa.Integer(), nullable=False),
    sa.Column("acked_seq", sa.BigInteger(), nullable=False),
    sa.Column("acked_hash", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("device_id", "epoch")
    )
    op.create_table("dwelling",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_dwelling_compound_id"), "dwelling", ["compound_id"])
    op.create_table("enrol_token",
    sa.Column("token_hash", sa.LargeBinary(), nullable=False),
    sa.Column("gate_id", sa.String(length=64), nullable=False),
    sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("by", sa.String(length=64), nullable=False),
    sa.Column("state", sa.String(length=64), nullable=False),
    sa.Column("pubkey", sa.LargeBinary(), nullable=True),
    sa.Column("device_id", sa.String(length=64), nullable=True),
    sa.Column("answer", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("token_hash")
    )
    op.create_table("event",
    sa.Column("device_id", sa.String(length=64), nullable=False),
    sa.Column("epoch", sa.Integer(), nullable=False),
    sa.Column("seq", sa.BigInteger(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("event_id", sa.LargeBinary(), nullable=False),
    sa.Column("at_ms", sa.BigInteger(), nullable=False),
    sa.Column("corrected_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("received_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("type", sa.String(length=64), nullable=False),
    sa.Column("v", sa.Integer(), nullable=False),
    sa.Column("gate_id", sa.String(length=64), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("person_id", sa.String(length=64), nullable=True),
    sa.Column("pass_id", sa.String(length=64), nullable=True),
    sa.Column("passage_id", sa.String(length=64), nullable=True),
    sa.Column("verdict", sa.String(length=64), nullable=True),
    sa.Column("temp_dc", sa.Integer(), nullable=True),
    sa.Column("canon", sa.LargeBinary(), nullable=False),
    sa.Column("hash", sa.LargeBinary(), nullable=False),
    sa.Column("linked", sa.Integer(), nullable=False),
    sa.Column("parsed", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("device_id", "epoch", "seq", "day"),
    sa.UniqueConstraint("event_id", "day", name=op.f("uq_event_event_id_day"))
    )
    op.create_index(op.f("ix_event_gate_id_at_ms"), "event", ["gate_id", "at_ms"])
    op.create_table("event_private",
    sa.Column("device_id", sa.String(length=64), nullable=False),
    sa.Column("epoch", sa.Integer(), nullable=False),
    sa.Column("seq", sa.BigInteger(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("device_id", "epoch", "seq", "day")
    )
    op.create_index(op.f("ix_event_private_day"), "event_private", ["day"])
    op.create_table("gate",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_gate_compound_id"), "gate", ["compound_id"])
    op.create_table("isolation",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("person_id", sa.String(length=64), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_isolation_compound_id"), "isolation", ["compound_id"])
    op.create_index(op.f("ix_isolation_person_id"), "isolation", ["person_id"])
    op.create_table("nonce_seen",
    sa.Column("device_id", sa.String(length=64), nullable=False),
    sa.Column("nonce", sa.String(length=64), nullable=False),
    sa.Column("at_ms", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("device_id", "nonce")
    )
    op.create_index(op.f("ix_nonce_seen_at_ms"), "nonce_seen", ["at_ms"])
    op.create_table("office_meta",
    sa.Column("k", sa.String(length=64), nullable=False),
    sa.Column("v", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("k")
    )
    op.create_table("operator",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("pass",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("person_id", sa.String(length=64), nullable=True),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_pass_compound_id"), "pass", ["compound_id"])
    op.create_index(op.f("ix_pass_person_id"), "pass", ["person_id"])
    op.create_table("pass_text",
    sa.Column("pass_id", sa.String(length=64), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=False),
    sa.Column("printed_at_ms", sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint("pass_id")
    )
    op.create_table("passage",
    sa.Column("passage_id", sa.String(length=64), nullable=False),
    sa.Column("device_id", sa.String(length=64), nullable=False),
    sa.Column("gate_id", sa.String(length=64), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("dir", sa.String(length=64), nullable=False),
    sa.Column("started_ms", sa.BigInteger(), nullable=False),
    sa.Column("decided_ms", sa.BigInteger(), nullable=False),
    sa.Column("person_id", sa.String(length=64), nullable=True),
    sa.Column("pass_id", sa.String(length=64), nullable=True),
    sa.Column("verdict", sa.String(length=64), nullable=False),
    sa.Column("reason", sa.String(length=64), nullable=False),
    sa.Column("rule", sa.String(length=64), nullable=False),
    sa.Column("outcome", sa.String(length=64), nullable=False),
    sa.Column("recorded", sa.Integer(), nullable=False),
    sa.Column("final", sa.Integer(), nullable=False),
    sa.Column("voided", sa.Integer(), nullable=False),
    sa.Column("record", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("passage_id")
    )
    op.create_index(op.f("ix_passage_day_gate_id_decided_ms"), "passage", ["day", "gate_id", "decided_ms"])
    op.create_index(op.f("ix_passage_pass_id_decided_ms"), "passage", ["pass_id", "decided_ms"])
    op.create_index(op.f("ix_passage_person_id_decided_ms"), "passage", ["person_id", "decided_ms"])
    op.create_table("permit",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("person_id", sa.String(length=64), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_permit_compound_id"), "permit", ["compound_id"])
    op.create_index(op.f("ix_permit_person_id"), "permit", ["person_id"])
    op.create_table("person",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("compound_id", sa.String(length=64), nullable=False),
    sa.Column("dwelling_id", sa.String(length=64), nullable=True),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_person_compound_id"), "person", ["compound_id"])
    op.create_index(op.f("ix_person_dwelling_id"), "person", ["dwelling_id"])
    op.create_table("policy",
    sa.Column("id", sa.String(length=96), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.Column("sealed", sa.LargeBinary(), nullable=True),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("ordinal", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("quarantine",
    sa.Column("id", sa.String(length=64), nullable=False),
    sa.Column("device_id", sa.String(length=64), nullable=False),
    sa.Column("epoch", sa.Integer(), nullable=False),
    sa.Column("seq", sa.BigInteger(), nullable=False),
    sa.Column("code", sa.String(length=64), nullable=False),
    sa.Column("hash", sa.LargeBinary(), nullable=False),
    sa.Column("raw", sa.LargeBinary(), nullable=False),
    sa.Column("received_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("fills", sa.Integer(), nullable=False),
    sa.Column("outcome", sa.String(length=64), nullable=True),
    sa.Column("by", sa.String(length=64), nullable=True),
    sa.Column("why", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_quarantine_device_id_epoch_seq"), "quarantine", ["device_id", "epoch", "seq"])
    op.create_table("receipt",
    sa.Column("device_id", sa.String(length=64), nullable=False),
    sa.Column("epoch", sa.Integer(), nullable=False),
    sa.Column("seq", sa.BigInteger(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("hash", sa.LargeBinary(), nullable=False),
    sa.Column("at_ms", sa.BigInteger(), nullable=False),
    sa.Column("kid", sa.String(length=64), nullable=False),
    sa.Column("sig", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("device_id", "epoch", "seq", "day")
    )
    op.create_table("report_day",
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("scope", sa.String(length=64), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("status", sa.String(length=64), nullable=False),
    sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("last_seq", sa.BigInteger(), nullable=True),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("day", "scope", "revision")
    )
    op.create_table("rev_counter",
    sa.Column("scope", sa.String(length=64), nullable=False),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("scope")
    )
    op.create_table("revocation",
    sa.Column("pass_id", sa.String(length=64), nullable=False),
    sa.Column("kind", sa.Integer(), nullable=False),
    sa.Column("at_ms", sa.BigInteger(), nullable=False),
    sa.Column("by", sa.String(length=64), nullable=False),
    sa.Column("why", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("pass_id")
    )
    op.create_table("revocation_block",
    sa.Column("kid", sa.String(length=64), nullable=False),
    sa.Column("start_s", sa.BigInteger(), nullable=False),
    sa.Column("end_s", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("kid", "start_s", "end_s")
    )
    op.create_table("session",
    sa.Column("id_hash", sa.LargeBinary(), nullable=False),
    sa.Column("user_id", sa.String(length=64), nullable=False),
    sa.Column("csrf", sa.String(length=64), nullable=False),
    sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("id_hash")
    )
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"])
    op.create_table("shift",
    sa.Column("id", sa.String(length=64), nullable=False),
    sa.Column("device_id", sa.String(length=64), nullable=False),
    sa.Column("gate_id", sa.String(length=64), nullable=False),
    sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_shift_gate_id_opened_at_ms"), "shift", ["gate_id", "opened_at_ms"])
    op.create_table("signed_delta",
    sa.Column("rev", sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column("from_version", sa.BigInteger(), nullable=False),
    sa.Column("to_version", sa.BigInteger(), nullable=False),
    sa.Column("data", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("rev")
    )
    op.create_table("signed_list",
    sa.Column("name", sa.String(length=64), nullable=False),
    sa.Column("version", sa.BigInteger(), nullable=False),
    sa.Column("issued_ms", sa.BigInteger(), nullable=False),
    sa.Column("data", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("name")
    )
    op.create_table("snapshot",
    sa.Column("scope", sa.String(length=64), nullable=False),
    sa.Column("rev", sa.BigInteger(), nullable=False),
    sa.Column("etag", sa.String(length=64), nullable=False),
    sa.Column("bytes", sa.LargeBinary(), nullable=False),
    sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("scope")
    )
    op.create_table("user",
    sa.Column("id", sa.String(length=64), nullable=False),
    sa.Column("login", sa.String(length=64), nullable=False),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("role", sa.String(length=64), nullable=False),
    sa.Column("committee_id", sa.String(length=64), nullable=True),
    sa.Column("password_hash", sa.Text(), nullable=False),
    sa.Column("active", sa.Integer(), nullable=False),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("not_before_ms", sa.BigInteger(), nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("login", name=op.f("uq_user_login"))
    )
    op.create_table("work_item",
    sa.Column("id", sa.String(length=64), nullable=False),
    sa.Column("gate_id", sa.String(length=64), nullable=False),
    sa.Column("kind", sa.String(length=64), nullable=False),
    sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
    sa.Column("done", sa.Integer(), nullable=False),
    sa.Column("doc", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_index(op.f("ix_work_item_gate_id_done"), "work_item", ["gate_id", "done"])
    # fmt: on
