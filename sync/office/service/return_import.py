# SPDX-License-Identifier: LicenseRef-Gatehouse
"""返沪名单导入: the platform's list looked at, taken, and taken back (interface.md 12, 12.1).

The three steps of a roster: `offer` keeps the file sealed, `take` writes it whole or, by an explicit choice, its good
rows, `undo` brings back what stood before, until the next list. A record that came before, by the platform's number or
by person and day, is the same record; what a clerk decided about it stays decided.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from kiosk.domain.codec import from_json, to_json
from kiosk.domain.identity import CompoundId
from kiosk.domain.instants import day_of
from kiosk.domain.register import Compound
from sync.office.imports.columns import word_of
from sync.office.imports.matching import Residents
from sync.office.imports.returns import BadReturn, ReturnFault, ReturnField, ReturnList, read_returns
from sync.office.imports.returns import Choice as Columns
from sync.office.imports.workbook import FileFault, read_book
from sync.office.ports import OfficeIds
from sync.office.service.audit import Audit, Entry
from sync.office.service.masking import masked_name
from sync.office.service.return_plan import (
    Change,
    Ground,
    Kept,
    Planned,
    compound_named,
    counted,
    digest_of,
    plan_one,
)
from sync.office.service.returns import Regions, Returnee, Returns, Source
from sync.office.service.roster import ALL, TakeFault
from sync.office.store.engine import one_at_a_time
from sync.office.store.import_files import FileState, ImportFiles, KeptFile, columns_doc, columns_of
from sync.office.store.vault import Vault

KIND = "returns"


@dataclass(frozen=True, slots=True)
class ReturnOffer:
    """一个已上传的名单: `compound` an id or `ALL`; `everything`: whoever brought it reaches the whole street."""

    id: str
    compound: str
    by: str
    made_at_ms: int
    state: FileState
    name: str
    everything: bool
    columns: Columns = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReturnPreview:
    """预览: the list as read, and what it would change."""

    offer: ReturnOffer
    list: ReturnList
    planned: tuple[Planned, ...]
    bad: tuple[BadReturn, ...]

    @property
    def digest(self) -> str:
        """What the clerk saw."""
        return digest_of(self.planned)


class ReturnImport:
    """返沪名单导入用例."""

    def __init__(self, returns: Returns, ids: OfficeIds, audit: Audit, vault: Vault) -> None:
        """Take the records, ids, the audit, and what seals a file."""
        self._returns = returns
        self._ids = ids
        self._audit = audit
        self._files = ImportFiles(vault, KIND)

    def offer(
        self, tx: Connection, compound: str, name: str, data: bytes, now_ms: int, *, by: str, everything: bool
    ) -> ReturnOffer | FileFault:
        """Keep a file to be looked at; why it is none is told at once. `compound`: its id, or `ALL`."""
        book = read_book(data)
        if isinstance(book, FileFault):
            return book
        read = read_returns(book, day_of(now_ms), self._remembered(tx))
        if isinstance(read, FileFault):
            return read
        new = ReturnOffer(self._ids.new_id(), compound, by, now_ms, FileState.OFFERED, name.strip()[:120], everything)
        self._files.offer(tx, KeptFile(new.id, compound, by, now_ms, new.state, _doc(new)), data)
        return new

    def choose(self, tx: Connection, offer: ReturnOffer, columns: Columns) -> ReturnOffer:
        """The same file with columns that the clerk named."""
        changed = replace(offer, columns=columns)
        self._files.rewrite(tx, offer.id, _doc(changed))
        return changed

    def get(self, tx: Connection, offer_id: str) -> ReturnOffer | None:
        """A list that was offered or taken."""
        file = self._files.get(tx, offer_id)
        return None if file is None else _offer(file)

    def last_taken(self, tx: Connection) -> ReturnOffer | None:
        """The list that `undo` takes back: the last one, if it was not taken back yet."""
        file = self._files.last_taken(tx)
        return None if file is None else _offer(file)

    def preview(
        self,
        tx: Connection,
        offer: ReturnOffer,
        residents: Residents,
        compounds: Sequence[Compound],
        regions: Regions,
        now_ms: int,
    ) -> ReturnPreview | FileFault:
        """What the list would change now; `residents` and `compounds`: those that the account reaches."""
        book = read_book(self._files.content(tx, offer.id))
        if isinstance(book, FileFault):
            return book
        read = read_returns(book, day_of(now_ms), self._remembered(tx), offer.columns)
        if isinstance(read, FileFault):
            return read
        ground = Ground(residents, compounds, regions, offer.by, Source.FILE, street=offer.everything)
        kept = Kept(self._returns.all(tx))
        filed = None if offer.compound == ALL else CompoundId(offer.compound)
        planned: list[Planned] = []
        bad = list(read.bad)
        for row in read.rows:
            one = plan_one(row.record, kept, ground, self._ids.new_id, now_ms, filed=filed, row=row)
            told = row.record.compound
            strange = told and not offer.everything and compound_named(compounds, told) is None
            if strange:
                bad.append(BadReturn(row.row, "compound", ReturnFault.COMPOUND, told[:20], sheet=row.sheet))
            elif one.new.compound is None and not offer.everything:
                name = masked_name(row.record.name)
                bad.append(BadReturn(row.row, "name", ReturnFault.NOBODY, name, sheet=row.sheet))
            else:
                planned.append(one)
        bad.sort(key=lambda it: (it.sheet, it.row))
        return ReturnPreview(offer, read, tuple(planned), tuple(bad))

    def take(
        self, tx: Connection, seen: ReturnPreview, now_ms: int, *, by: str, digest: str, good_rows: bool = False
    ) -> Mapping[str, int] | TakeFault:
        """Write what the clerk saw; all rows, or by an explicit choice the good ones. `seen`: of this transaction."""
        offer = seen.offer
        if offer.state is not FileState.OFFERED:
            return TakeFault.NOT_OFFERED
        if seen.digest != digest:
            return TakeFault.CHANGED
        if seen.bad and not good_rows:
            return TakeFault.BAD_ROWS
        writes = [one for one in seen.planned if one.change is not Change.SAME]
        if not writes:
            return TakeFault.NOTHING
        one_at_a_time(tx, KIND)
        before = [
            {"id": one.new.id, "old": None if one.old is None else to_json(one.old), "after": _mark(one.new)}
            for one in writes
        ]
        self._returns.put(tx, [one.new for one in writes])
        counts = counted(seen.planned)
        self._files.taken(tx, offer.id, now_ms, _doc(replace(offer, counts=counts)), before)
        self._files.only_undoable(tx, offer.id, None)
        self._remember(tx, seen)
        why = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        self._audit.note(tx, Entry(by, "returnee.import", offer.compound, why=why), now_ms)
        return counts

    def undo(self, tx: Connection, offer: ReturnOffer, now_ms: int, *, by: str) -> int | None:
        """Take the last list back; how many records are as before, None if it is not the last one.

        A record that a clerk decided after the import stays as it is now.
        """
        before = self._files.before(tx, offer.id)
        if before is None:
            return None
        one_at_a_time(tx, KIND)
        gone: list[str] = []
        stood: list[Returnee] = []
        for told in before:
            now = self._returns.get(tx, told["id"])
            if now is None or _mark(now) != told["after"]:
                continue
            if told["old"] is None:
                gone.append(told["id"])
            else:
                stood.append(from_json(Returnee, told["old"]))
        self._returns.drop(tx, gone)
        self._returns.put(tx, stood)
        self._files.undone(tx, offer.id)
        self._audit.note(tx, Entry(by, "returnee.import", offer.compound, why="undone"), now_ms)
        return len(gone) + len(stood)

    def drop(self, tx: Connection, offer: ReturnOffer) -> None:
        """Let a file go that will not be taken."""
        self._files.drop(tx, offer.id)

    # -- inside --------------------------------------------------------------------------------------------------

    def _remembered(self, tx: Connection) -> dict[str, ReturnField]:
        return {word: ReturnField(name) for word, name in self._files.remembered(tx, [ALL]).items()}

    def _remember(self, tx: Connection, seen: ReturnPreview) -> None:
        """What a clerk said of the platform's columns is proposed the next time, to every committee."""
        words = {
            word: name.value
            for head in seen.list.heads
            if head.sheet in seen.offer.columns
            for name, at in head.columns.items()
            if (word := word_of(head.cells[at]))
        }
        if words:
            self._files.remember(tx, ALL, words)


def _mark(one: Returnee) -> str:
    """Tells whether a record is still as the import left it."""
    return sha256(json.dumps(to_json(one), sort_keys=True).encode()).hexdigest()[:16]


def _doc(offer: ReturnOffer) -> dict[str, Any]:
    return {
        "name": offer.name, "everything": offer.everything, "columns": columns_doc(offer.columns),
        "counts": dict(offer.counts),
    }  # fmt: skip


def _offer(file: KeptFile) -> ReturnOffer:
    doc = file.doc
    return ReturnOffer(
        file.id, file.compound, file.by, file.made_at_ms, file.state, doc["name"], doc["everything"],
        columns_of(doc["columns"], ReturnField), doc["counts"],
    )  # fmt: skip
