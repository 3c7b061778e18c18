# SPDX-License-Identifier: LicenseRef-Gatehouse
"""政策演练: a day's real passages decided again under a draft, and which of them would have ended otherwise.

interface.md 12 (`/policies`), ADR 0015. Only what its own policy decides again as it was recorded is compared; the rest
is counted. Nothing is written but the result, which names no person.
"""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from kiosk.domain.admission.looking_back import Around, again
from kiosk.domain.codes import Attr, GateKind, How
from kiosk.domain.events import Registration
from kiosk.domain.instants import DAY_MS, Hours, parse_hours, start_of
from kiosk.domain.passage import PassageRecord
from kiosk.domain.policy import Policy
from kiosk.domain.register import Gate, Isolation, Person
from sync.office.service.book import RegisterBook
from sync.office.service.reading import read_event
from sync.office.store.passages import KeptPassage, Passages
from sync.office.store.tables import event

EXAMPLES = 200
"""So many passages are listed; all are counted."""
_STEP = 500
_ALL_DAY = parse_hours("00:00-24:00")

Told = Callable[[int, int], None]
"""进度: so many passages done, of so many."""


@dataclass(frozen=True, slots=True)
class Turned:
    """一种变化: from one verdict and reason to another, by which rules, and how often."""

    before: tuple[str, str, str]
    """(verdict, reason, rule)."""
    after: tuple[str, str, str]
    count: int


@dataclass(frozen=True, slots=True)
class Example:
    """一次进出: which would have ended otherwise; no name."""

    gate: str
    at_ms: int
    dir: str
    category: str
    tenths: int | None
    before: tuple[str, str, str]
    after: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """演练结果: of a day; `judged` passages were compared, `left_out` could not be."""

    day: str
    judged: int = 0
    left_out: int = 0
    turned: tuple[Turned, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def changed(self) -> int:
        """How many would have ended otherwise."""
        return sum(one.count for one in self.turned)


def to_text(result: Rehearsed) -> str:
    """As it is kept with the draft."""
    return json.dumps(
        {
            "day": result.day, "judged": result.judged, "left_out": result.left_out,
            "turned": [[one.before, one.after, one.count] for one in result.turned],
            "examples": [
                [one.gate, one.at_ms, one.dir, one.category, one.tenths, one.before, one.after]
                for one in result.examples
            ],
        },
        ensure_ascii=False,
    )  # fmt: skip


def from_text(text: str) -> Rehearsed:
    """As it was kept."""
    told = json.loads(text)
    return Rehearsed(
        told["day"], told["judged"], told["left_out"],
        tuple(Turned(tuple(old), tuple(new), count) for old, new, count in told["turned"]),
        tuple(
            Example(gate, at_ms, way, category, tenths, tuple(old), tuple(new))
            for gate, at_ms, way, category, tenths, old, new in told["examples"]
        ),
    )  # fmt: skip


@dataclass(slots=True)
class _Sum:
    judged: int = 0
    left_out: int = 0
    turned: Counter[tuple[tuple[str, str, str], tuple[str, str, str]]] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)


class Rehearsal:
    """演练用例: reads alone."""

    def __init__(self, book: RegisterBook, passages: Passages) -> None:
        """Take the register and the folded passages."""
        self._book = book
        self._passages = passages

    def run(
        self, tx: Connection, draft: Policy, known: Mapping[str, Policy], day: dt.date, gates: Sequence[Gate],
        told: Told | None = None,
    ) -> Rehearsed:  # fmt: skip
        """A day at these gates; `known` policy versions by name, under which the passages were decided."""
        by_gate = {str(gate.id): gate for gate in gates}
        kept = list(self._passages.of_day(tx, day.toordinal(), gates=list(by_gate)))
        around = _Register(self._book, tx, {one.compound_id for one in kept}, _forms(tx, day, list(by_gate)))
        out = _Sum()
        for number, one in enumerate(kept, 1):
            self._judge(one, draft, known, around.of(one, by_gate[one.record.gate]), out)
            if told is not None and number % _STEP == 0:
                told(number, len(kept))
        turned = tuple(Turned(old, new, count) for (old, new), count in out.turned.most_common())
        return Rehearsed(day.isoformat(), out.judged, out.left_out, turned, tuple(out.examples))

    def _judge(self, kept: KeptPassage, draft: Policy, known: Mapping[str, Policy], around: Around, out: _Sum) -> None:
        record = kept.record
        own = known.get(record.policy)
        found = None if own is None else again(record, around, own, draft)
        if found is None:
            out.left_out += 1
            return
        out.judged += 1
        if not found.differs:
            return
        before, after = ((str(d.verdict), str(d.reason), d.rule) for d in (found.before, found.after))
        out.turned[before, after] += 1
        if len(out.examples) < EXAMPLES:
            out.examples.append(_example(record, before, after))


def _example(record: PassageRecord, before: tuple[str, str, str], after: tuple[str, str, str]) -> Example:
    tenths = record.readings[-1].tenths if record.readings else None
    category = "" if record.category is None else record.category.value
    return Example(record.gate, record.decided.at_ms, record.dir.value, category, tenths, before, after)


class _Register:
    """What the register says around each passage; a compound is opened once."""

    def __init__(
        self, book: RegisterBook, tx: Connection, compounds: Iterable[str], forms: Mapping[str, Registration]
    ) -> None:
        self._forms = forms
        self._hours: dict[str, Hours] = {}
        self._isolations: dict[str, Isolation] = {}
        self._mates: dict[str, tuple[Isolation, ...]] = {}
        self._exempt: set[str] = set()
        for compound in compounds:
            self._open(book, tx, compound)

    def _open(self, book: RegisterBook, tx: Connection, compound: str) -> None:
        mine = sorted(
            book.register.all(tx, Isolation, compound_id=compound), key=lambda one: (one.d0, one.changed_at_ms)
        )
        self._isolations |= {str(one.person): one for one in mine}
        flats: defaultdict[str, list[str]] = defaultdict(list)
        for person in book.register.all(tx, Person, compound_id=compound):
            if Attr.MASK_EXEMPT in person.attrs:
                self._exempt.add(person.id)
            if person.dwelling is not None:
                flats[person.dwelling].append(person.id)
        for members in flats.values():
            isolated = {one: self._isolations[one] for one in members if one in self._isolations}
            if isolated:
                for one in members:
                    self._mates[one] = tuple(row for who, row in isolated.items() if who != one)

    def of(self, kept: KeptPassage, gate: Gate) -> Around:
        record = kept.record
        who = record.person or ""
        hours = self._hours.get(gate.hours)
        if hours is None:
            hours = self._hours[gate.hours] = parse_hours(gate.hours)
        form = self._forms.get(record.passage) if record.how is How.RETURN else None
        return Around(
            hours, gate.active, gate.kind is GateKind.OPEN, who in self._exempt, self._isolations.get(who),
            self._mates.get(who, ()), form,
        )  # fmt: skip


def _forms(tx: Connection, day: dt.date, gates: Sequence[str]) -> dict[str, Registration]:
    """Forms of returns of a day, by passage."""
    c = event.c
    start = start_of(day)
    out: dict[str, Registration] = {}
    for at in range(0, len(gates), _STEP):
        where = (c.gate_id.in_(gates[at : at + _STEP]), c.at_ms.between(start, start + DAY_MS - 1))
        for canon in tx.execute(select(c.canon).where(*where, c.type == "registration", c.parsed == 1)).scalars():
            read = read_event(canon)
            body = None if read is None or read.event is None else read.event.body
            if isinstance(body, Registration) and body.passage is not None:
                out[body.passage] = body
    return out
