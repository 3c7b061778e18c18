# SPDX-License-Identifier: LicenseRef-Gatehouse
"""现状: what the gate knows from its own log: open passages, who was seen last, cases, the shift, today's tally.

The present is a fold over events (kiosk.domain.folding): a set of small documents by (kind, key). The store keeps the
documents beside the events, in the same transaction; they can be rebuilt from the log at any time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from kiosk.domain.codec import from_json, to_json
from kiosk.domain.codes import (
    CaseKind,
    CaseOutcome,
    Category,
    Direction,
    MemberSource,
    Note,
    Priority,
    Reason,
    Told,
    Verdict,
)
from kiosk.domain.identity import CaseId, EventId, OperatorId, PassageId, PassId, PersonId, ShiftId
from kiosk.domain.passage import PassageRecord
from kiosk.domain.register import Isolation, Permit, Suspicion


@dataclass(frozen=True, slots=True)
class LastSeen:
    """最近一次: a pass's newest final passage at this gate, and the way it last went through."""

    dir: Direction
    at_ms: int
    passage: PassageId
    verdict: Verdict
    reason: Reason
    through: Direction | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """案件步骤: somebody to be told; `told_at_ms` None: not yet."""

    who: Told
    told_at_ms: int | None = None
    by: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """案件: open at this gate. `said`: what was ticked of it at the gate (reached the wait spot, a symptom ...)."""

    id: CaseId
    kind: CaseKind
    priority: Priority
    opened_at_ms: int
    passage: PassageId | None = None
    steps: tuple[Step, ...] = ()
    notes: tuple[Note, ...] = ()
    outcome: CaseOutcome | None = None
    closed: bool = False
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnDuty:
    """值守中: a member of the open shift; the name lies in the personal part of `event`."""

    id: OperatorId
    source: MemberSource
    since_ms: int
    event: EventId


@dataclass(frozen=True, slots=True)
class Shift:
    """班次: the shift now open."""

    id: ShiftId
    opened_at_ms: int
    members: tuple[OnDuty, ...] = ()
    tally: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """累计: columns of a day, or of all time."""

    columns: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Times:
    """时刻表: when something happened to a key, newest last (ms)."""

    at_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Trip:
    """外出: one exit or return of a household's member, for the quota."""

    dir: Direction
    at_ms: int
    person: str


@dataclass(frozen=True, slots=True)
class Trips:
    """本户进出."""

    trips: tuple[Trip, ...] = ()


@dataclass(frozen=True, slots=True)
class TempPass:
    """临时证: issued here; `left_ms` once its holder went out."""

    id: PassId
    category: Category
    exp_ms: int
    issued_at_ms: int
    by: str
    host: PersonId | None = None
    inside: bool = False
    left_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """返沪登记: a first return registered here."""

    person: PersonId
    arrived: str
    cls: str
    home_fit: bool
    signs: bool
    contact: bool
    at_ms: int
    passage: PassageId | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Until:
    """延期至: a time in ms, and who said so."""

    at_ms: int
    by: str
    boot: int = 0
    mono_ms: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """远程请求: a leader's answer is waited for."""

    passage: PassageId
    request: str
    at_ms: int
    answer: str = "ASKED"


@dataclass(frozen=True, slots=True)
class Number:
    """编号: a running number."""

    value: int = 0


@dataclass(frozen=True, slots=True)
class IsolationHere:
    """本门所知隔离: an isolation that this gate opened or changed, and by which passage.

    Where it was not `opened` here, the register's row holds the rest (D0, papers) and only the change counts.
    """

    isolation: Isolation
    passage: PassageId | None = None
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """办证申请: waiting for the office's signature."""

    person: PersonId
    kind: str
    at_ms: int


KINDS: dict[str, type[Any]] = {
    "passage": PassageRecord,
    "seen": LastSeen,
    "case": Case,
    "shift": Shift,
    "tally": Tally,
    "suspicion": Suspicion,
    "isolation": IsolationHere,
    "permit": Permit,
    "look_up": Times,
    "trips": Trips,
    "temp_pass": TempPass,
    "returned": Returned,
    "until": Until,
    "asked": Asked,
    "number": Number,
    "applied": Applied,
}
"""文档种类: each kind's value type."""


@dataclass(frozen=True, slots=True)
class Change:
    """变化: one document as it becomes; None: gone."""

    kind: str
    key: str
    value: Any


class Known(Protocol):
    """已知: what can be asked of the present, or of the present with a step's changes."""

    def get(self, kind: str, key: str) -> Any:
        """A document, or None."""
        ...

    def all(self, kind: str) -> Iterator[Any]:
        """All documents of a kind, oldest first."""
        ...

    def shift(self) -> Shift | None:
        """The open shift."""
        ...


class Present:
    """现状: documents by kind and key; changed only by `merge`, after a commit."""

    def __init__(self, load: Callable[[PassageId], PassageRecord | None]) -> None:
        """`load` folds a passage that is no longer open from the log."""
        self._docs: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._load = load

    def restore(self, kind: str, key: str, doc: Mapping[str, Any]) -> None:
        """Take a document back from the store at start."""
        if kind in KINDS:
            self._docs[kind][key] = from_json(KINDS[kind], doc)

    def get(self, kind: str, key: str) -> Any:
        """A document, or None."""
        return self._docs[kind].get(key)

    def all(self, kind: str) -> Iterator[Any]:
        """All documents of a kind, in the order in which they came."""
        yield from self._docs[kind].values()

    def items(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Keys and documents of a kind."""
        yield from self._docs[kind].items()

    def passage(self, passage: PassageId) -> PassageRecord | None:
        """A passage, open or long final."""
        return cast("PassageRecord | None", self.get("passage", passage)) or self._load(passage)

    def open_passages(self) -> tuple[PassageRecord, ...]:
        """Passages without a final verdict, oldest first."""
        return tuple(self._docs["passage"].values())

    def cases(self) -> tuple[Case, ...]:
        """Open cases, oldest first."""
        return tuple(self._docs["case"].values())

    def shift(self) -> Shift | None:
        """The open shift."""
        return cast("Shift | None", self.get("shift", "open"))

    def tally(self, key: str) -> Mapping[str, int]:
        """A tally's columns: "day/2020-02-20" or "all"."""
        tally = cast("Tally | None", self.get("tally", key))
        return tally.columns if tally is not None else {}

    def merge(self, changes: Iterable[Change]) -> None:
        """Believe what was committed."""
        for change in changes:
            if change.value is None:
                self._docs[change.kind].pop(change.key, None)
            else:
                self._docs[change.kind][change.key] = change.value


def to_doc(change: Change) -> dict[str, Any] | None:
    """The JSON object of a changed document."""
    return None if change.value is None else to_json(change.value)
