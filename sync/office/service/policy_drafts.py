# SPDX-License-Identifier: LicenseRef-Gatehouse
"""政策草案: versions that somebody is writing, kept until they are published or dropped, with their rehearsal."""

import tomllib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from kiosk.domain.identity import CompoundId
from sync.office.ports import OfficeIds
from sync.office.service.rehearsing import Rehearsed, from_text, to_text
from sync.office.store.tables import policy_draft

LONGEST = 24 << 10
"""Characters of a draft: it goes through an approval whole."""


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """草案: the TOML text as it would be signed; `compound` None: of the whole street."""

    id: str
    compound: CompoundId | None
    by: str
    at_ms: int
    toml: str
    rehearsed: Rehearsed | None = None


def keep(tx: Connection, ids: OfficeIds, text: str, compound: str | None, by: str, now_ms: int) -> str:
    """A new draft; its id."""
    new = ids.new_id()
    tx.execute(
        insert(policy_draft).values(id=new, compound_id=compound, by=by, at_ms=now_ms, toml=text, rehearsed=None)
    )
    return new


def rewrite(tx: Connection, draft_id: str, text: str, compound: str | None, by: str, now_ms: int) -> None:
    """Another text: what was rehearsed is of the former one, and goes."""
    values = {"toml": text, "compound_id": compound, "by": by, "at_ms": now_ms, "rehearsed": None}
    tx.execute(update(policy_draft).where(policy_draft.c.id == draft_id).values(**values))


def note_rehearsal(tx: Connection, draft: PolicyDraft, result: Rehearsed) -> bool:
    """Keep a rehearsal with its draft, unless the draft was rewritten meanwhile."""
    same = policy_draft.c.id == draft.id, policy_draft.c.toml == draft.toml
    return tx.execute(update(policy_draft).where(*same).values(rehearsed=to_text(result))).rowcount == 1


def drop(tx: Connection, draft_id: str) -> None:
    """Let a draft go."""
    tx.execute(delete(policy_draft).where(policy_draft.c.id == draft_id))


def get(tx: Connection, draft_id: str) -> PolicyDraft | None:
    """A draft."""
    row = tx.execute(select(policy_draft).where(policy_draft.c.id == draft_id)).first()
    return None if row is None else _draft(row)


def every(tx: Connection) -> list[PolicyDraft]:
    """All drafts, newest first."""
    return [_draft(row) for row in tx.execute(select(policy_draft).order_by(policy_draft.c.at_ms.desc()))]


def _draft(row: Any) -> PolicyDraft:  # noqa: ANN401 - a row of `policy_draft`
    compound = None if row.compound_id is None else CompoundId(row.compound_id)
    rehearsed = None if row.rehearsed is None else from_text(row.rehearsed)
    return PolicyDraft(row.id, compound, row.by, row.at_ms, row.toml, rehearsed)


def version_of(draft: PolicyDraft) -> str:
    """The name that the draft gives itself; a text that is none shows its id."""
    try:
        return str(tomllib.loads(draft.toml)["version"])
    except (tomllib.TOMLDecodeError, KeyError):
        return draft.id[:8]
