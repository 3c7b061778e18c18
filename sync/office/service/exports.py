# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What leaves the office as a file: who, which columns, how many rows, why, and the file's hash (trust.md 10)."""

import datetime as dt
import json
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from sync.office.ports import OfficeIds
from sync.office.print.sheet import MEDIA, Format, Sheet, write
from sync.office.service.audit import Audit, Entry
from sync.office.store.tables import export_log

LONGEST = dt.timedelta(days=92)
"""最长期间: a longer range is refused (400)."""


@dataclass(frozen=True, slots=True)
class Exported:
    """导出文件."""

    name: str
    media: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Purpose:
    """导出依据: who, what (an action of trust.md 3), why; `approval` of a full export."""

    who: str
    what: str = "export.redacted"
    why: str = ""
    approval: str | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """导出记录: a line of the export log; `sha256` of the file, hex."""

    at_ms: int
    who: str
    what: str
    scope: str
    format: str
    columns: tuple[str, ...]
    rows: int
    sha256: str
    why: str


class Exports:
    """导出用例."""

    def __init__(self, ids: OfficeIds, audit: Audit) -> None:
        """Take ids and the audit."""
        self._ids = ids
        self._audit = audit

    def made(self, sheet: Sheet, form: Format) -> Exported:
        """The file alone, to be noted before anybody gets it. Raises `TypesetError` for a PDF that cannot be set."""
        return Exported(f"{sheet.name}.{form.value}", MEDIA[form], write(sheet, form))

    def write(self, tx: Connection, sheet: Sheet, form: Format, purpose: Purpose, now_ms: int) -> Exported:
        """The file, noted in the export log and the audit. Raises `TypesetError` for a PDF that cannot be set."""
        return self.note(
            tx, self.made(sheet, form), purpose, now_ms, scope=sheet.scope, columns=sheet.keys or sheet.columns,
            rows=len(sheet.rows),
        )  # fmt: skip

    def note(
        self, tx: Connection, file: Exported, purpose: Purpose, now_ms: int, *, scope: str, columns: tuple[str, ...],
        rows: int,
    ) -> Exported:  # fmt: skip
        """Note a file, of this writer or another (a filled template, a card sheet)."""
        digest = sha256(file.content).digest()
        tx.execute(
            insert(export_log).values(
                id=self._ids.new_id(), at_ms=now_ms, who=purpose.who, what=purpose.what, scope=scope,
                format=file.name.rpartition(".")[2], columns=json.dumps(columns, ensure_ascii=False), row_count=rows,
                sha256=digest, why=purpose.why, approval_id=purpose.approval,
            )
        )  # fmt: skip
        self._audit.note(tx, Entry(purpose.who, purpose.what, digest.hex()[:16], why=purpose.why), now_ms)
        return file

    def latest(self, tx: Connection, before_ms: int | None = None, limit: int = 50) -> list[Logged]:
        """The newest exports, or those before a time."""
        c = export_log.c
        query = select(export_log).order_by(c.at_ms.desc(), c.id.desc()).limit(limit)
        rows = tx.execute(query if before_ms is None else query.where(c.at_ms < before_ms))
        return [
            Logged(
                r.at_ms,
                r.who,
                r.what,
                r.scope,
                r.format,
                tuple(json.loads(r.columns)),
                r.row_count,
                r.sha256.hex(),
                r.why,
            )
            for r in rows
        ]
