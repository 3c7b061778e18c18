# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Files that clerks brought: kept sealed until they are taken, then what stood before; remembered columns.

A file is offered, and then taken or dropped; of those taken the last one can be undone (interface.md 12.1).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, delete, insert, select, update

from kiosk.domain.instants import DAY_MS
from sync.office.store.tables import import_columns, import_file
from sync.office.store.upsert import put
from sync.office.store.vault import Vault

_KEPT_MS = 30 * DAY_MS
_c = import_file.c
F = TypeVar("F", bound=StrEnum)


class FileState(StrEnum):
    """导入文件的状态."""

    OFFERED = "OFFERED"
    TAKEN = "TAKEN"
    UNDONE = "UNDONE"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """一个已上传的文件: `compound` an id, or what stands for several; `doc` what its import wrote down of it."""

    id: str
    compound: str
    by: str
    made_at_ms: int
    state: FileState
    doc: Mapping[str, Any]


class ImportFiles:
    """导入文件库: of one kind of import; contents and what stood before are sealed."""

    def __init__(self, vault: Vault, kind: str) -> None:
        """Take what seals a file, and the name of the kind."""
        self._vault = vault
        self._kind = kind

    def offer(self, tx: Connection, file: KeptFile, data: bytes) -> None:
        """Keep a file to be looked at."""
        sealed = self._vault.seal("import_file", file.id, data)
        tx.execute(
            insert(import_file).values(
                id=file.id, kind=self._kind, compound_id=file.compound, by=file.by, made_at_ms=file.made_at_ms,
                state=file.state.value, doc=_text(file.doc), sealed=sealed, before=None,
            )
        )  # fmt: skip

    def rewrite(self, tx: Connection, file_id: str, doc: Mapping[str, Any]) -> None:
        """Write down something else of it."""
        self._change(tx, file_id, doc=_text(doc))

    def get(self, tx: Connection, file_id: str) -> KeptFile | None:
        """A file by its id."""
        row = tx.execute(select(import_file).where(_c.id == file_id, _c.kind == self._kind)).first()
        return None if row is None else _kept(row)

    def last_taken(self, tx: Connection, compound: str | None = None) -> KeptFile | None:
        """The file that can be undone: of this compound, or of all."""
        mine = [_c.kind == self._kind, _c.before.is_not(None)]
        if compound is not None:
            mine.append(_c.compound_id == compound)
        row = tx.execute(select(import_file).where(*mine)).first()
        return None if row is None else _kept(row)

    def content(self, tx: Connection, file_id: str) -> bytes:
        """Its bytes; empty once it was taken, or where they do not open."""
        sealed = tx.execute(select(_c.sealed).where(_c.id == file_id)).scalar()
        return self._vault.open("import_file", file_id, sealed) or b""

    def taken(
        self, tx: Connection, file_id: str, now_ms: int, doc: Mapping[str, Any], before: list[dict[str, Any]]
    ) -> None:
        """It was written: its content goes, `before` (what stood before) stays until the next one or `undone`."""
        plain = json.dumps(before, ensure_ascii=False).encode()
        self._change(
            tx, file_id, state=FileState.TAKEN.value, made_at_ms=now_ms, doc=_text(doc), sealed=None,
            before=self._vault.seal("import_before", file_id, plain),
        )  # fmt: skip

    def only_undoable(self, tx: Connection, file_id: str, compound: str | None) -> None:
        """No earlier file can be undone any more: of this compound, or of all (None)."""
        others = [_c.kind == self._kind, _c.id != file_id]
        if compound is not None:
            others.append(_c.compound_id == compound)
        tx.execute(update(import_file).where(*others).values(before=None))

    def before(self, tx: Connection, file_id: str) -> list[dict[str, Any]] | None:
        """What stood before it; None: it cannot be undone."""
        sealed = tx.execute(select(_c.before).where(_c.id == file_id)).scalar()
        plain = self._vault.open("import_before", file_id, sealed)
        return None if plain is None else list(json.loads(plain))

    def undone(self, tx: Connection, file_id: str) -> None:
        """It was taken back."""
        self._change(tx, file_id, state=FileState.UNDONE.value, before=None)

    def drop(self, tx: Connection, file_id: str) -> None:
        """Let a file go that will not be taken."""
        tx.execute(delete(import_file).where(_c.id == file_id))

    def remembered(self, tx: Connection, of: Iterable[str]) -> dict[str, str]:
        """Heading -> field, as clerks of these committees said it before."""
        c = import_columns.c
        mine = (c.kind == self._kind, c.committee_id.in_(sorted(of)))
        docs = tx.execute(select(c.doc).where(*mine)).scalars()
        return {word: name for doc in docs for word, name in json.loads(doc).items()}

    def remember(self, tx: Connection, of: str, words: Mapping[str, str]) -> None:
        """Add headings to what is proposed the next time."""
        doc = _text(self.remembered(tx, [of]) | dict(words))
        put(tx, import_columns, [{"kind": self._kind, "committee_id": of, "doc": doc}])

    def _change(self, tx: Connection, file_id: str, **values: Any) -> None:  # noqa: ANN401 - values of columns
        tx.execute(update(import_file).where(_c.id == file_id).values(**values))


def columns_doc(columns: Mapping[str, Mapping[int, StrEnum | None]]) -> dict[str, dict[str, str | None]]:
    """What a clerk said of a file's columns, as `doc` holds it: sheet, column from 0, field or None (not used)."""
    return {
        sheet: {str(at): None if field is None else field.value for at, field in here.items()}
        for sheet, here in columns.items()
    }


def columns_of(doc: Mapping[str, Mapping[str, str | None]], fields: type[F]) -> dict[str, dict[int, F | None]]:
    """What `columns_doc` wrote, in the fields of that kind of import."""
    return {
        sheet: {int(at): None if name is None else fields(name) for at, name in here.items()}
        for sheet, here in doc.items()
    }


def forget_old_files(tx: Connection, now_ms: int) -> None:
    """After 30 days (domain.md 19) a file that nobody took goes, and so does what an import replaced."""
    old = _c.made_at_ms < now_ms - _KEPT_MS
    tx.execute(delete(import_file).where(old, _c.state == FileState.OFFERED.value))
    tx.execute(update(import_file).where(old, _c.before.is_not(None)).values(before=None))


def _kept(row: Row[Any]) -> KeptFile:
    return KeptFile(row.id, row.compound_id, row.by, row.made_at_ms, FileState(row.state), json.loads(row.doc))


def _text(doc: Mapping[str, Any]) -> str:
    return json.dumps(doc, ensure_ascii=False)
