# SPDX-License-Identifier: LicenseRef-Gatehouse
"""名册导入: a committee's spreadsheet looked at, taken, and taken back (interface.md 12.1).

Three steps, a transaction each: `offer` keeps the file sealed and says what it would change; `take` writes it whole, or
its good rows by an explicit choice; `undo` brings back what stood before, until the next file of the same compound.
A person of whom a full list no longer tells leaves the register, and his cards are suspended: a leader sees him at the
gate, and nothing has to be signed again if the list was wrong.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Connection

import assets
from kiosk.domain.codec import from_json, to_json
from kiosk.domain.codes import Category, PassState
from kiosk.domain.identity import CompoundId
from kiosk.domain.instants import shanghai
from kiosk.domain.register import Compound, Dwelling, PassRow, Person
from sync.office.imports.columns import Field, Head, chosen, head_of, to_remember
from sync.office.imports.differences import Asked, Change, Plan, Standing, plan_of
from sync.office.imports.roster import Roster, RosterRow, read_roster
from sync.office.imports.workbook import Book, FileFault, read_book
from sync.office.ports import OfficeIds
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.service.initials import initials
from sync.office.store.import_files import FileState, ImportFiles, KeptFile, columns_doc, columns_of
from sync.office.store.register import RegisterRow, key_of
from sync.office.store.vault import Vault

KIND = "roster"
ALL = "*"
"""Instead of one compound: the file names them in a column of its own."""
_BATCH = 500
_UNDONE: dict[str, type[Person | Dwelling | PassRow]] = {cls.ENTITY: cls for cls in (Person, Dwelling, PassRow)}

Told = Callable[[int, int], None]
"""进度: so many rows done, of so many."""


class TakeFault(StrEnum):
    """为何没有写入: nothing was written."""

    BAD_ROWS = "bad_rows"
    GONE_MANY = "gone_many"
    CHANGED = "changed"
    NOT_OFFERED = "not_offered"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Choice:
    """怎样读、怎样导入: what the clerk chose; `columns` sheet name -> column from 0 -> field, None not used."""

    whole: bool = False
    new_buildings: bool = False
    columns: Mapping[str, Mapping[int, Field | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """一个已上传的文件."""

    id: str
    compound: str
    by: str
    made_at_ms: int
    state: FileState
    name: str
    choice: Choice
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """预览: the file as read and what it would change."""

    offer: Offer
    roster: Roster
    plan: Plan


@dataclass(frozen=True, slots=True)
class Taken:
    """已写入: persons by what became of them."""

    counts: Mapping[Change, int]


class RosterImport:
    """名册导入."""

    def __init__(self, book: RegisterBook, ids: OfficeIds, audit: Audit, vault: Vault) -> None:
        """Take the register, ids, the audit, and what seals a file."""
        self._book = book
        self._ids = ids
        self._audit = audit
        self._files = ImportFiles(vault, KIND)

    def offer(
        self, tx: Connection, compound: str, name: str, data: bytes, now_ms: int, *, by: str, choice: Choice
    ) -> Offer | FileFault:
        """Keep a file to be looked at; why it is none is told at once. `compound`: its id, or `ALL`."""
        book = read_book(data)
        if isinstance(book, FileFault):
            return book
        if not any(head_of(sheet) for sheet in book.sheets) and not choice.columns:
            return FileFault.EMPTY
        doc = _doc(name, choice, {})
        file = KeptFile(self._ids.new_id(), compound, by, now_ms, FileState.OFFERED, doc)
        self._files.offer(tx, file, data)
        return _offer(file)

    def choose(self, tx: Connection, offer: Offer, choice: Choice) -> Offer:
        """The same file, read in another way."""
        self._files.rewrite(tx, offer.id, _doc(offer.name, choice, offer.counts))
        return replace(offer, choice=choice)

    def get(self, tx: Connection, offer_id: str) -> Offer | None:
        """A file that was offered or taken."""
        file = self._files.get(tx, offer_id)
        return None if file is None else _offer(file)

    def last_taken(self, tx: Connection, compound: str) -> Offer | None:
        """The file that `undo` takes back: the last one of this compound, if it was not taken back yet."""
        file = self._files.last_taken(tx, compound)
        return None if file is None else _offer(file)

    def preview(self, tx: Connection, offer: Offer, compounds: Sequence[Compound], now_ms: int) -> Preview | FileFault:
        """What the file would change now. `compounds`: those that the account may import into."""
        book = read_book(self._files.content(tx, offer.id))
        if isinstance(book, FileFault):
            return book
        targets = [one for one in compounds if offer.compound in (ALL, one.id)]
        remembered = self._remembered(tx, {str(one.committee) for one in targets})
        roster = read_roster(
            book, category_words(), shanghai(now_ms).date(), remembered, _heads(book, offer.choice, remembered)
        )
        if isinstance(roster, FileFault):
            return roster
        return Preview(offer, roster, self._plan(tx, offer, roster, targets, now_ms))

    def take(
        self,
        tx: Connection,
        seen: Preview,
        now_ms: int,
        *,
        by: str,
        digest: str,
        good_rows: bool = False,
        gone_too: bool = False,
        told: Told | None = None,
    ) -> Taken | TakeFault:
        """Write what the clerk saw (`digest` of the plan); all rows, or by an explicit choice the good ones.

        `seen` is a preview made in this transaction: if the register moved meanwhile, its digest tells.
        """
        plan, offer = seen.plan, seen.offer
        if offer.state is not FileState.OFFERED:
            return TakeFault.NOT_OFFERED
        if plan.digest != digest:
            return TakeFault.CHANGED
        if plan.bad and not good_rows:
            return TakeFault.BAD_ROWS
        if plan.gone_many and not gone_too:
            return TakeFault.GONE_MANY
        counts = plan.count()
        if not counts.keys() - {Change.SAME}:
            return TakeFault.NOTHING
        before = self._write(tx, plan, now_ms, told)
        numbers = {change.value: count for change, count in counts.items()}
        doc = _doc(offer.name, offer.choice, numbers)
        self._files.taken(tx, offer.id, now_ms, doc, before)
        self._files.only_undoable(tx, offer.id, None if offer.compound == ALL else offer.compound)
        self._remember(tx, seen)
        why = ", ".join(f"{count} {name}" for name, count in sorted(numbers.items()))
        self._audit.note(tx, Entry(by, "roster.import", offer.compound, why=why), now_ms)
        return Taken(counts)

    def undo(self, tx: Connection, compound: str, now_ms: int, *, by: str, told: Told | None = None) -> int | None:
        """Take the last file of a compound back; how many rows are as before, None if there is no such file.

        A row that somebody changed after the import stays as it is now.
        """
        file = self._files.last_taken(tx, compound)
        before = None if file is None else self._files.before(tx, file.id)
        if file is None or before is None:
            return None
        stood: list[RegisterRow] = []
        added: list[_Change] = []
        for each in map(_change, before):
            now = self._book.register.get(tx, each.kind, each.key)
            if _mark(now) != each.after or (each.kind is Dwelling and self._lived_in(tx, each.key, added)):
                continue
            if each.before is None:
                added.append(each)
            else:
                stood.append(cast("RegisterRow", from_json(each.kind, each.before)))
        self._put(tx, stood, now_ms, None)
        for number, each in enumerate(added, 1):
            self._book.drop(tx, each.kind, each.key, now_ms)
            if told is not None and number % _BATCH == 0:
                told(number, len(added))
        self._files.undone(tx, file.id)
        self._audit.note(tx, Entry(by, "roster.import", compound, why="undone"), now_ms)
        return len(stood) + len(added)

    def drop(self, tx: Connection, offer: Offer) -> None:
        """Let a file go that will not be taken."""
        self._files.drop(tx, offer.id)

    # -- inside --------------------------------------------------------------------------------------------------

    def _plan(self, tx: Connection, offer: Offer, roster: Roster, targets: Sequence[Compound], now_ms: int) -> Plan:
        by_name = {one.name: one.id for one in targets} | {str(one.id): one.id for one in targets}
        only = targets[0].id if offer.compound != ALL and targets else None

        def where(row: RosterRow) -> CompoundId | None:
            return by_name.get(row.compound) if row.compound or only is None else only

        used = {compound for row in roster.rows if (compound := where(row)) is not None}
        standing = {
            compound: Standing(
                compound,
                self._book.register.all(tx, Dwelling, compound_id=compound),
                self._book.register.all(tx, Person, compound_id=compound),
            )
            for compound in sorted(used)
        }
        asked = Asked(whole=offer.choice.whole, new_buildings=offer.choice.new_buildings)
        return plan_of(roster.rows, roster.bad, standing, where, self._ids.new_id, asked=asked, now_ms=now_ms)

    def _write(self, tx: Connection, plan: Plan, now_ms: int, told: Told | None) -> list[dict[str, Any]]:
        """Write a plan; what stood before, people first: a flat is taken out after those who live in it."""
        people: list[Person] = []
        gone: list[Person] = []
        before: list[dict[str, Any]] = []
        for one in plan.differences:
            if one.change is Change.GONE:
                gone.append(one.person)
                before.append(_stood(one.person, one.old, None))
            elif one.change is not Change.SAME:
                made = one.person.initials or initials(one.person.name)
                people.append(replace(one.person, initials=made))
                before.append(_stood(one.person, one.old, people[-1]))
        cards = self._cards(tx, {str(person.id) for person in gone}, {str(person.compound) for person in gone})
        suspended = [replace(card, state=PassState.SUSPENDED, changed_at_ms=now_ms) for card in cards]
        before += [_stood(old, old, new) for old, new in zip(cards, suspended, strict=True)]
        before += [_stood(home, None, home) for home in plan.homes]
        self._put(tx, [*plan.homes, *people, *suspended], now_ms, told)
        for person in gone:
            self._book.drop(tx, Person, person.id, now_ms)
        return before

    def _lived_in(self, tx: Connection, home: str, leaving: Sequence["_Change"]) -> bool:
        people = self._book.register.count(tx, Person, dwelling_id=home)
        return people > sum(each.home == home for each in leaving)

    def _cards(self, tx: Connection, people: set[str], compounds: set[str]) -> list[PassRow]:
        rows = [row for one in sorted(compounds) for row in self._book.register.all(tx, PassRow, compound_id=one)]
        return [row for row in rows if row.person in people and row.state is PassState.ACTIVE]

    def _put(self, tx: Connection, rows: Sequence[RegisterRow], now_ms: int, told: Told | None) -> None:
        for start in range(0, len(rows), _BATCH):
            self._book.put(tx, rows[start : start + _BATCH], now_ms)
            if told is not None:
                told(min(start + _BATCH, len(rows)), len(rows))

    def _remembered(self, tx: Connection, committees: Iterable[str]) -> dict[str, Field]:
        return {word: Field(name) for word, name in self._files.remembered(tx, committees).items()}

    def _remember(self, tx: Connection, seen: Preview) -> None:
        """What a clerk changed by hand is proposed the next time."""
        words = {
            word: name
            for sheet, head in seen.roster.heads
            if sheet in seen.offer.choice.columns
            for word, name in to_remember(head).items()
        }
        compound = self._book.register.get(tx, Compound, seen.offer.compound) if seen.offer.compound != ALL else None
        if not words or compound is None:
            return
        self._files.remember(tx, compound.committee, words)


@cache
def category_words() -> Mapping[str, Category]:
    """What a cell may say for a category: its code, or its name in either language."""
    words: dict[str, Category] = {code.value: code for code in Category}
    for language in assets.LANGUAGES:
        for table in assets.texts(language):
            words |= {str(text).upper(): Category(code) for code, text in table.get("category", {}).items()}
    return words


def _heads(book: Book, choice: Choice, remembered: Mapping[str, Field]) -> dict[str, Head]:
    """Sheets whose columns the clerk changed."""
    out: dict[str, Head] = {}
    for sheet in book.sheets:
        columns = choice.columns.get(sheet.name)
        if columns:
            first = head_of(sheet, remembered) or Head(0, tuple(sheet.rows[0]) if sheet.rows else (), {})
            out[sheet.name] = chosen(first, columns)
    return out


@dataclass(frozen=True, slots=True)
class _Change:
    """One row that an import changed: before as JSON (None: it was not there), and the mark of what it became."""

    kind: type[Person | Dwelling | PassRow]
    key: str
    before: dict[str, Any] | None
    after: str
    home: str


def _stood(
    row: Person | Dwelling | PassRow, old: Person | PassRow | None, new: Person | Dwelling | PassRow | None
) -> dict[str, Any]:
    home = row.dwelling if isinstance(row, Person) else None
    before = None if old is None else to_json(old)
    return {"entity": row.ENTITY, "key": key_of(row), "before": before, "after": _mark(new), "home": home or ""}


def _change(told: dict[str, Any]) -> _Change:
    return _Change(_UNDONE[told["entity"]], told["key"], told["before"], told["after"], told["home"])


def _mark(row: Person | Dwelling | PassRow | None) -> str:
    """Tells whether a row is still as the import left it."""
    return "" if row is None else sha256(json.dumps(to_json(row), sort_keys=True).encode()).hexdigest()[:16]


def _doc(name: str, choice: Choice, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "name": name[:120], "whole": choice.whole, "new_buildings": choice.new_buildings,
        "columns": columns_doc(choice.columns), "counts": dict(counts),
    }  # fmt: skip


def _offer(file: KeptFile) -> Offer:
    doc = file.doc
    choice = Choice(doc["whole"], doc["new_buildings"], columns_of(doc["columns"], Field))
    return Offer(file.id, file.compound, file.by, file.made_at_ms, file.state, doc["name"], choice, doc["counts"])
