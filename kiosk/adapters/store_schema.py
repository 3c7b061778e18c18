# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate's database as numbered SQL steps: a step is never edited once released, a new one is added at the end.

`PRAGMA user_version` counts the steps that a file has seen (sync-and-store.md 2, "Tables", "Triggers", "Migrations").
"""

APPLICATION_ID = 0x47484B31

_TABLES = (
    "CREATE TABLE meta (k TEXT PRIMARY KEY, v ANY NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE boot_seen (boot INTEGER PRIMARY KEY, os_boot_id TEXT NOT NULL) STRICT",
    """CREATE TABLE event (
        seq INTEGER PRIMARY KEY,
        event_id BLOB NOT NULL UNIQUE,
        at_ms INTEGER NOT NULL,
        mono_ms INTEGER NOT NULL,
        boot INTEGER NOT NULL,
        clock TEXT NOT NULL,
        type TEXT NOT NULL,
        v INTEGER NOT NULL,
        shift_id ANY,
        person_id ANY,
        pass_id ANY,
        passage_id ANY,
        verdict TEXT,
        temp_dc INTEGER,
        canon BLOB NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT""",
    # Partial: many events have no person, pass or passage, and an index entry for "none" would only cost room.
    # Within one id an index is in the order of seq by itself, and order is seq, never a clock: no at_ms in it.
    "CREATE INDEX event_shift ON event (shift_id) WHERE shift_id IS NOT NULL",
    "CREATE INDEX event_person ON event (person_id) WHERE person_id IS NOT NULL",
    "CREATE INDEX event_pass ON event (pass_id) WHERE pass_id IS NOT NULL",
    "CREATE INDEX event_passage ON event (passage_id) WHERE passage_id IS NOT NULL",
    """CREATE INDEX event_urgent ON event (seq)
        WHERE type IN ('case', 'case.step', 'remote.approval')""",
    """CREATE TABLE event_private (
        seq INTEGER PRIMARY KEY REFERENCES event (seq),
        day TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX event_private_day ON event_private (day)",
    "CREATE TABLE data_key (one INTEGER PRIMARY KEY CHECK (one = 1), wrapped BLOB NOT NULL) STRICT",
    """CREATE TABLE live (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        doc TEXT NOT NULL,
        PRIMARY KEY (kind, key)
    ) STRICT, WITHOUT ROWID""",
    # A generation is one load of a scope: a snapshot is laid down beside the old one and switched to by one row.
    """CREATE TABLE generation (
        id INTEGER PRIMARY KEY,
        scope TEXT NOT NULL,
        active INTEGER NOT NULL,
        mark INTEGER NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX generation_active ON generation (scope) WHERE active = 1",
    """CREATE TABLE register (
        generation INTEGER NOT NULL REFERENCES generation (id),
        entity TEXT NOT NULL,
        key TEXT NOT NULL,
        rev INTEGER NOT NULL,
        mark INTEGER NOT NULL,
        plain TEXT,
        sealed BLOB,
        PRIMARY KEY (generation, entity, key),
        CHECK (plain IS NULL OR sealed IS NULL)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX register_mark ON register (generation, mark)",
    "CREATE TABLE signed_list (name TEXT PRIMARY KEY, version INTEGER NOT NULL, data BLOB NOT NULL) STRICT",
    "CREATE TABLE sync_state (k TEXT PRIMARY KEY, v ANY NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE sync_attempt (
        id INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        kind TEXT NOT NULL,
        status INTEGER NOT NULL,
        sent INTEGER NOT NULL,
        acked INTEGER NOT NULL,
        ms INTEGER NOT NULL,
        error TEXT
    ) STRICT""",
    "CREATE TABLE receipt (seq INTEGER PRIMARY KEY, doc TEXT NOT NULL) STRICT",
    "CREATE TABLE signed_head (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, sig TEXT NOT NULL) STRICT",
    """CREATE TABLE log_base (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL,
        receipt TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE closed_epoch (
        epoch INTEGER PRIMARY KEY,
        file TEXT NOT NULL,
        head_seq INTEGER NOT NULL,
        head_hash BLOB NOT NULL,
        acked_seq INTEGER NOT NULL
    ) STRICT""",
)

_TRIGGERS = (
    """CREATE TRIGGER event_kept BEFORE UPDATE ON event
        BEGIN SELECT RAISE(ABORT, 'event: append only'); END""",
    """CREATE TRIGGER event_pruned BEFORE DELETE ON event
        WHEN OLD.seq > coalesce((SELECT v FROM sync_state WHERE k = 'acked_seq'), 0)
          OR OLD.seq > coalesce((SELECT seq FROM log_base), 0)
        BEGIN SELECT RAISE(ABORT, 'event: not yet acknowledged and pruned'); END""",
    """CREATE TRIGGER event_next BEFORE INSERT ON event
        WHEN NEW.seq IS NOT coalesce((SELECT max(seq) FROM event), (SELECT seq FROM log_base), 0) + 1
        BEGIN SELECT RAISE(ABORT, 'event: seq is not head + 1'); END""",
    """CREATE TRIGGER private_kept BEFORE UPDATE ON event_private
        BEGIN SELECT RAISE(ABORT, 'event_private: never changed'); END""",
    """CREATE TRIGGER private_purged BEFORE DELETE ON event_private
        WHEN coalesce((SELECT v FROM meta WHERE k = 'purging'), 0) IS NOT 1
        BEGIN SELECT RAISE(ABORT, 'event_private: only a purge deletes'); END""",
    """CREATE TRIGGER acked_forward BEFORE UPDATE ON sync_state
        WHEN OLD.k = 'acked_seq' AND NEW.v < OLD.v
          AND coalesce((SELECT v FROM sync_state WHERE k = 'rewind'), 0) IS NOT 1
        BEGIN SELECT RAISE(ABORT, 'acked_seq: goes back only with a new server epoch'); END""",
    """CREATE TRIGGER acked_stays BEFORE DELETE ON sync_state
        WHEN OLD.k = 'acked_seq'
        BEGIN SELECT RAISE(ABORT, 'acked_seq: never deleted'); END""",
)

GRAVE_STEP = "type = 'passage' AND verdict IN ('ADMIT_ESCORT', 'HOLD', 'LEADER', 'REFUSE', 'REFUSE_EXIT', 'EMERGENCY')"
"""A step with a verdict that a leader looks at (kiosk.app.review.EXCEPTIONAL); an index holds exactly these."""
FEVER_STEP = "type = 'passage' AND instr(canon, x'226f7574636f6d65223a2246455645525f')"  # "outcome":"FEVER_
"""A step that says fever, suspected or confirmed; an index holds exactly these."""

_REVIEW = (
    """CREATE INDEX event_marked ON event (type, seq)
        WHERE type IN ('override', 'correction', 'refusal', 'late_entry')""",
    f"CREATE INDEX event_grave ON event (seq) WHERE {GRAVE_STEP}",
    f"CREATE INDEX event_fever ON event (seq) WHERE {FEVER_STEP}",
)
# What the leader's review looks for is rare, so these cost next to nothing; without them a page is a walk over the log.

STEPS: tuple[tuple[str, ...], ...] = ((*_TABLES, *_TRIGGERS), _REVIEW)
"""Step n (from 1) brings a file from `user_version` n-1 to n."""
