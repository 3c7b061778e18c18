# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The tables (sync-and-store.md 9), the same on SQLite and PostgreSQL. Times `_ms`; ids text;
hashes and ids of events raw.

`day` is the Asia/Shanghai day of `at_ms` as its ordinal number: the partition of a later PostgreSQL; every unique
key of `event` holds it. `sealed` columns hold `kiosk.domain.trust.sealing` blobs; what stands beside them names nobody.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)


def _id(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, String(64), nullable=null)


def _ms(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


def _n(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=null)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _blob(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


office_meta = Table("office_meta", metadata, Column("k", String(64), primary_key=True), _blob("v"))

device = Table(
    "device", metadata,
    Column("id", String(64), primary_key=True),
    _id("gate_id"), _id("compound_id"), _n("site"), _id("kid"), _blob("pubkey"), _id("state"),
    _n("epoch"), _ms("acked_seq"), _blob("acked_hash"), _ms("head_seq"), _id("head_hash"),
    _ms("last_seen_ms", null=True), _ms("offset_ms", null=True), _text("app"), _text("os"), _n("schema"),
    _n("list_version"), _ms("list_age_s", null=True), _ms("oldest_unacked_at_ms", null=True),
    _n("battery_pct", null=True), _n("free_mb", null=True), _ms("enrolled_at_ms"),
    _n("ordered_epoch", null=True), _text("ordered_why", null=True),
    Column("config_rev", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("kid"),
    Index(None, "gate_id"),
)  # fmt: skip

device_epoch = Table(
    "device_epoch", metadata,
    _id("device_id"), _n("epoch"), _n("parent_epoch", null=True), _ms("parent_seq", null=True),
    _ms("opened_at_ms"), _n("closed"), _ms("acked_seq"), _blob("acked_hash"),
    Column("top_seq", BigInteger, nullable=False, server_default="0"),
    Column("base_seq", BigInteger, nullable=False, server_default="0"), _blob("base_hash", null=True),
    PrimaryKeyConstraint("device_id", "epoch"),
)  # fmt: skip

event = Table(
    "event", metadata,
    _id("device_id"), _n("epoch"), _ms("seq"), _n("day"), _blob("event_id"),
    _ms("at_ms"), _ms("corrected_at_ms"), _ms("received_at_ms"), _id("type"), _n("v"),
    _id("gate_id"), _id("compound_id"), _id("person_id", null=True), _id("pass_id", null=True),
    _id("passage_id", null=True), _id("verdict", null=True), _n("temp_dc", null=True),
    _blob("canon"), _blob("hash"), _n("linked"), _n("parsed"),
    PrimaryKeyConstraint("device_id", "epoch", "seq", "day"),
    UniqueConstraint("event_id", "day"),
    Index(None, "gate_id", "at_ms"),
)  # fmt: skip

event_private = Table(
    "event_private", metadata,
    _id("device_id"), _n("epoch"), _ms("seq"), _n("day"), _blob("sealed"),
    PrimaryKeyConstraint("device_id", "epoch", "seq", "day"),
    Index(None, "day"),
)  # fmt: skip

receipt = Table(
    "receipt", metadata,
    _id("device_id"), _n("epoch"), _ms("seq"), _n("day"), _blob("hash"), _ms("at_ms"), _id("kid"), _text("sig"),
    PrimaryKeyConstraint("device_id", "epoch", "seq", "day"),
)  # fmt: skip

quarantine = Table(
    "quarantine", metadata,
    Column("id", String(64), primary_key=True),
    _id("device_id"), _n("epoch"), _ms("seq"), _id("code"), _blob("hash"), _blob("raw"), _ms("received_at_ms"),
    _n("fills"), _id("outcome", null=True), _id("by", null=True), _text("why", null=True),
    Index(None, "device_id", "epoch", "seq"),
)  # fmt: skip

purge_hold = Table(
    "purge_hold", metadata,
    Column("subject", String(64), primary_key=True), _ms("until_ms"), _id("by"), _id("approved_by"), _text("why"),
)  # fmt: skip

rev_counter = Table("rev_counter", metadata, Column("scope", String(64), primary_key=True), _ms("rev"))

change_log = Table(
    "change_log", metadata,
    _id("scope"), _id("entity"), _id("key"), _ms("rev"), _id("op"), _id("origin", null=True), _text("doc", null=True),
    _ms("at_ms"),
    PrimaryKeyConstraint("scope", "entity", "key"),
    UniqueConstraint("scope", "rev"),
)  # fmt: skip

snapshot = Table(
    "snapshot", metadata,
    Column("scope", String(64), primary_key=True),
    _ms("rev"), _id("etag"), _blob("bytes"), _ms("made_at_ms"),
)  # fmt: skip

signed_list = Table(
    "signed_list", metadata,
    Column("name", String(64), primary_key=True),
    _ms("version"), _ms("issued_ms"), _blob("data"),
)  # fmt: skip

signed_delta = Table(
    "signed_delta", metadata,
    Column("rev", BigInteger, primary_key=True, autoincrement=False),
    _ms("from_version"), _ms("to_version"), _blob("data"),
)  # fmt: skip

revocation = Table(
    "revocation", metadata,
    Column("pass_id", String(64), primary_key=True),
    _n("kind"), _ms("at_ms"), _id("by"), _text("why"),
)  # fmt: skip


def _register(name: str, *columns: Column[str] | Column[int]) -> Table:
    """A table of the register: what may stand open in columns and `doc`, what names a person in `sealed`."""
    return Table(
        name, metadata,
        Column("id", String(96), primary_key=True),
        *columns, _text("doc"), _blob("sealed", null=True), _ms("rev"), _ms("changed_at_ms"), _n("ordinal"),
        *(Index(None, column.name) for column in columns),
    )  # fmt: skip


person = _register("person", _id("compound_id"), _id("dwelling_id", null=True), _ms("registered_ms", null=True))
dwelling = _register("dwelling", _id("compound_id"))
pass_ = _register(
    "pass", _id("compound_id"), _id("person_id", null=True), _ms("issued_ms", null=True), _ms("stated_ms", null=True),
    _ms("ends_ms", null=True),
)  # fmt: skip
isolation = _register("isolation", _id("compound_id"), _id("person_id"))
permit = _register("permit", _id("compound_id"), _id("person_id"))
operator = _register("operator")
policy = _register("policy")
gate = _register("gate", _id("compound_id"))
compound = _register("compound", _id("committee_id"))
committee = _register("committee")
road_leader = _register("road_leader")

policy_draft = Table(
    "policy_draft", metadata,
    Column("id", String(64), primary_key=True),
    _id("compound_id", null=True), _id("by"), _ms("at_ms"), _text("toml"), _text("rehearsed", null=True),
)  # fmt: skip

revocation_block = Table(
    "revocation_block", metadata,
    _id("kid"), _ms("start_s"), _ms("end_s"),
    PrimaryKeyConstraint("kid", "start_s", "end_s"),
)  # fmt: skip

pass_text = Table(
    "pass_text", metadata,
    Column("pass_id", String(64), primary_key=True), _blob("sealed"), _ms("printed_at_ms", null=True),
)  # fmt: skip

application = Table(
    "application", metadata,
    Column("id", String(64), primary_key=True),
    _id("compound_id"), _id("person_id"), _id("gate_id", null=True), _id("state"), _id("pass_id", null=True),
    _ms("asked_at_ms"), _id("by"), _blob("sealed"),
    Index(None, "compound_id", "state"),
)  # fmt: skip

OVERRULED = text("counts LIKE '%overrides%'")
"""Passages whose verdict was overridden; an engine sees by these very words that their index holds them."""

passage = Table(
    "passage", metadata,
    Column("passage_id", String(64), primary_key=True),
    _id("device_id"), _id("gate_id"), _id("compound_id"), _n("day"), _id("dir"), _ms("started_ms"), _ms("decided_ms"),
    _id("person_id", null=True), _id("pass_id", null=True), _id("verdict"), _id("reason"), _id("rule"),
    _id("outcome"), _n("recorded"), _n("final"), _n("voided"), _text("record"),
    _id("policy"), _text("counts"), _n("weight"), _id("entered_as", null=True), _id("fever_as", null=True),
    Index(None, "day", "gate_id", "decided_ms"),
    # Holds all that a day's report sums, so that it never reads the records.
    Index("ix_passage_counted", "day", "gate_id", "policy", "counts", "weight", "entered_as", "fever_as"),
    # Holds all that the wall and the day's counts are made of: they never touch the rows themselves.
    Index("ix_passage_tally", "day", "gate_id", "recorded", "dir", "verdict", "outcome", "voided", "decided_ms"),
    Index(None, "pass_id", "decided_ms"),
    Index(None, "person_id", "decided_ms"),
    # Few of many: what the leader's night and the list of conflicts look for.
    Index(
        "ix_passage_overruled", "day", "gate_id", "decided_ms", sqlite_where=OVERRULED, postgresql_where=OVERRULED
    ),
)  # fmt: skip

case_file = Table(
    "case_file", metadata,
    Column("id", String(64), primary_key=True),
    _id("device_id"), _id("gate_id"), _id("compound_id"), _id("kind"), _id("priority"), _ms("opened_at_ms"),
    _id("passage_id", null=True), _n("closed"), _text("doc"),
    Index(None, "closed", "priority"),
)  # fmt: skip

shift = Table(
    "shift", metadata,
    Column("id", String(64), primary_key=True),
    _id("device_id"), _id("gate_id"), _ms("opened_at_ms"), _ms("closed_at_ms", null=True), _text("doc"),
    Index(None, "gate_id", "opened_at_ms"),
)  # fmt: skip

work_item = Table(
    "work_item", metadata,
    Column("id", String(64), primary_key=True),
    _id("gate_id"), _id("kind"), _ms("made_at_ms"), _n("done"), _text("doc"),
    Index(None, "gate_id", "done"),
)  # fmt: skip

report_day = Table(
    "report_day", metadata,
    _n("day"), _id("scope"), _n("revision"), _id("status"), _ms("made_at_ms"), _ms("last_seq", null=True), _text("doc"),
    PrimaryKeyConstraint("day", "scope", "revision"),
)  # fmt: skip

enrol_token = Table(
    "enrol_token", metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    _id("gate_id"), _ms("made_at_ms"), _ms("expires_at_ms"), _id("by"), _id("state"),
    _blob("pubkey", null=True), _id("device_id", null=True), _text("answer", null=True),
)  # fmt: skip

nonce_seen = Table(
    "nonce_seen", metadata,
    _id("device_id"), _id("nonce"), _ms("at_ms"),
    PrimaryKeyConstraint("device_id", "nonce"),
    Index(None, "at_ms"),
)  # fmt: skip

user = Table(
    "user", metadata,
    Column("id", String(64), primary_key=True),
    _id("login"), _text("name"), _id("role"), _id("committee_id", null=True), _text("password_hash"), _n("active"),
    _n("failures"), _ms("not_before_ms"), _ms("changed_at_ms"),
    _id("operator_id", null=True), Column("reach", Text, nullable=False, server_default="[]"),
    UniqueConstraint("login"),
)  # fmt: skip

session = Table(
    "session", metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    _id("user_id"), _id("csrf"), _ms("made_at_ms"), _ms("seen_at_ms"),
    Column("proved_at_ms", BigInteger, nullable=False, server_default="0"), _text("flash", null=True),
    Index(None, "user_id"),
)  # fmt: skip

audit = Table(
    "audit", metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _ms("at_ms"), _blob("canon"), _blob("hash"),
)  # fmt: skip

approval = Table(
    "approval", metadata,
    Column("id", String(64), primary_key=True),
    _id("deed"), _id("action"), _blob("params_sha256"), _blob("sealed"), _text("why"), _id("asked_by"),
    _ms("asked_at_ms"), _ms("expires_at_ms"), _id("approved_by", null=True), _ms("approved_at_ms", null=True),
    _id("refused_by", null=True), _ms("used_at_ms", null=True),
    Index(None, "expires_at_ms"),
)  # fmt: skip

export_log = Table(
    "export_log", metadata,
    Column("id", String(64), primary_key=True),
    _ms("at_ms"), _id("who"), _id("what"), _text("scope"), _id("format"), _text("columns"), _n("row_count"),
    _blob("sha256"), _text("why"), _id("approval_id", null=True),
    Index(None, "at_ms"),
)  # fmt: skip

job = Table(
    "job", metadata,
    Column("id", String(64), primary_key=True),
    _id("kind"), _id("by"), _id("state"), _ms("done"), _ms("total"), _ms("made_at_ms"), _ms("ended_at_ms", null=True),
    _text("note"),
    Index(None, "by", "made_at_ms"),
)  # fmt: skip

job_file = Table(
    "job_file", metadata,
    Column("job_id", String(64), primary_key=True),
    _text("name"), _text("media"), _blob("sealed"),
)  # fmt: skip

phone_report = Table(
    "phone_report", metadata,
    _n("day"), _id("gate_id"), _text("doc"), _id("by"), _ms("at_ms"),
    PrimaryKeyConstraint("day", "gate_id"),
)  # fmt: skip

report_sign = Table(
    "report_sign", metadata,
    _n("day"), _id("scope"), _n("revision"), _id("by"), _ms("at_ms"),
    PrimaryKeyConstraint("day", "scope", "revision", "by"),
)  # fmt: skip

sheet_template = Table(
    "sheet_template", metadata,
    Column("id", String(64), primary_key=True),
    _text("name"), _id("by"), _ms("at_ms"), _blob("content"), _text("mapping"),
)  # fmt: skip

screening_tick = Table(
    "screening_tick", metadata,
    _n("day"), _id("list"), Column("key", String(96), nullable=False), _id("by"), _ms("at_ms"),
    PrimaryKeyConstraint("day", "list", "key"),
)  # fmt: skip

import_file = Table(
    "import_file", metadata,
    Column("id", String(64), primary_key=True),
    _id("kind"), _id("compound_id"), _id("by"), _ms("made_at_ms"), _id("state"), _text("doc"),
    _blob("sealed", null=True), _blob("before", null=True),
    Index(None, "kind", "compound_id"),
)  # fmt: skip

import_columns = Table(
    "import_columns", metadata,
    _id("kind"), _id("committee_id"), _text("doc"),
    PrimaryKeyConstraint("kind", "committee_id"),
)  # fmt: skip

returnee = Table(
    "returnee", metadata,
    Column("id", String(64), primary_key=True),
    _id("compound_id", null=True), _id("person_id", null=True), _id("state"), _id("cls"), _n("arrived_day"),
    _id("source"), _id("by"), _ms("at_ms"), _blob("sealed"),
    Index(None, "arrived_day"), Index(None, "compound_id", "state"), Index(None, "person_id"),
)  # fmt: skip

home_temp = Table(
    "home_temp", metadata,
    _id("isolation_id"), _id("slot"), _ms("at_ms"), _id("by"), _blob("sealed"),
    PrimaryKeyConstraint("isolation_id", "slot"),
    Index(None, "at_ms"),
)  # fmt: skip

duty_plan = Table(
    "duty_plan", metadata,
    Column("id", String(64), primary_key=True),
    _id("gate_id"), _n("day"), _n("begin_h"), _id("operator_id"), _id("by"), _ms("at_ms"),
    Index(None, "gate_id", "day"), Index(None, "operator_id", "day"),
)  # fmt: skip

loan_badge = Table(
    "loan_badge", metadata,
    Column("id", String(64), primary_key=True), _id("compound_id"), _n("number"), _ms("made_at_ms"),
    UniqueConstraint("compound_id", "number"),
)  # fmt: skip

badge_loan = Table(
    "badge_loan", metadata,
    Column("id", String(64), primary_key=True),
    _id("badge_id"), _ms("lent_at_ms"), _ms("back_at_ms", null=True), _id("by"), _blob("sealed"),
    Index(None, "badge_id", "back_at_ms"),
)  # fmt: skip

review_mark = Table(
    "review_mark", metadata,
    Column("item", String(160), nullable=False), _id("what"), _id("gate_id"), _id("by"), _ms("at_ms"),
    _blob("sealed", null=True),
    PrimaryKeyConstraint("item", "by"),
    Index(None, "gate_id", "at_ms"),
)  # fmt: skip
