# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Verification of a log (trust.md 8): chain, copies, personal parts, receipts; shared by gate, office and audit.

Promise: nothing older than the last office receipt can change, vanish or be slipped in unnoticed. What is newer, the
holder of the device key could rewrite. The walk stops at the first break of the chain; other findings are all named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from kiosk.domain.instants import day_of
from kiosk.domain.log.canonical import read_canonical
from kiosk.domain.log.chain import first_hash, next_hash
from kiosk.domain.log.columns import Copies, columns_agree, fragments_agree
from kiosk.domain.log.findings import Anchor, Finding, LogFault, LogReport

_PURGE = "purge"
_AT: Final = 2
_TYPE: Final = 6


class StoredRow(NamedTuple):
    """存储行: an event as a file holds it; the first of its copies is its place there."""

    columns: Copies
    canon: bytes
    hash: bytes


class Opened(NamedTuple):
    """打开的个人信息: `commitment` in hex as computed from the opened blob; None if it could not be opened.

    `tried` False: the key is not at hand, so that only the presence of the blob is known.
    """

    commitment: str | None
    tried: bool = True


class LogSource(Protocol):
    """记录来源: a log to verify, wherever it lies."""

    def rows(self, after_seq: int) -> Iterator[StoredRow]:
        """Rows after `after_seq` in the order of their place."""
        ...

    def row(self, seq: int) -> StoredRow | None:
        """The row at a place."""
        ...

    def personal(self, after_seq: int) -> Mapping[int, Opened]:
        """Personal parts by seq."""
        ...


@dataclass(frozen=True, slots=True)
class Base:
    """起点: seq and hash before the first row to verify; a pruned log's `log_base`, or a trusted row within."""

    seq: int
    hash: bytes


def verify_log(
    source: LogSource, device: str, epoch: int, anchors: Sequence[Anchor] = (), base: Base | None = None
) -> LogReport:
    """核对记录: walk one epoch from `base` (or its beginning) and say what does not hold.

    `device` 32 hex digits. Findings come in the order of their seq.
    """
    start = base or Base(0, first_hash(device, epoch))
    walk = _Walk(source, epoch, start)
    head_seq, head_hash = walk.run()
    findings = walk.findings
    findings += _anchor_findings(epoch, anchors, start, walk, head_seq)
    findings.sort(key=lambda finding: finding.seq)
    fitting = [a.seq for a in anchors if a.receipt and a.signed is not False and walk.hash_at(a.seq) == a.hash]
    return LogReport(
        epoch, head_seq - start.seq, start.seq + 1, head_seq, head_hash.hex(), max(fitting, default=None),
        tuple(findings),
    )  # fmt: skip


def _anchor_findings(epoch: int, anchors: Sequence[Anchor], start: Base, walk: "_Walk", head_seq: int) -> list[Finding]:
    out: list[Finding] = []
    for anchor in anchors:
        if anchor.signed is False:
            out.append(Finding(epoch, anchor.seq, LogFault.BAD_SIGNATURE, "a signature by its key"))
        elif anchor.seq > head_seq:
            # Behind a broken chain nothing can be said of the rest.
            if not walk.broken:
                out.append(Finding(epoch, head_seq + 1, LogFault.TRUNCATED, f"events up to {anchor.seq}"))
        elif anchor.seq >= start.seq and walk.hash_at(anchor.seq) != anchor.hash:
            out.append(Finding(epoch, anchor.seq, LogFault.FORKED, anchor.hash))
    return out


class _Walk:
    """One pass over a log."""

    def __init__(self, source: LogSource, epoch: int, start: Base) -> None:
        self._source = source
        self._epoch = epoch
        self._start = start
        self._personal = dict(source.personal(start.seq))
        self._missing: list[tuple[int, str]] = []
        self.findings: list[Finding] = []
        self.broken = False
        self._head = start

    def hash_at(self, seq: int) -> str | None:
        """The verified hash at a place, in hex; None outside of what was verified."""
        if seq == self._start.seq:
            return self._start.hash.hex()
        row = self._source.row(seq) if self._start.seq < seq <= self._head.seq else None
        return None if row is None else row.hash.hex()

    def run(self) -> tuple[int, bytes]:
        """Walk to the end or to the first break; the last good seq and hash."""
        seq, prev, before = self._start.seq, self._start.hash, b""
        seen: set[bytes | str] = set()
        personal = self._personal
        for row in self._source.rows(seq):
            columns, canon, stored = row
            place = columns[0]
            if place != seq + 1:
                fault = LogFault.DELETED if place > seq + 1 else LogFault.DUPLICATE
                self._break(seq + 1, fault, f"seq {seq + 1}")
                break
            if next_hash(prev, canon) != stored:
                self._classify(row, prev, before, known=columns[1] in seen)
                break
            if columns[1] in seen:
                self._break(place, LogFault.DUPLICATE, "an id of its own")
                break
            seen.add(columns[1])
            # Most rows have nothing but their copies to check: a hundred thousand calls less.
            plain = b',"pc":"' not in canon and columns[_TYPE] != _PURGE and place not in personal
            if not (plain and fragments_agree(columns, canon.decode("latin-1"))):
                self._contents(place, row)
            seq, before, prev = place, prev, stored
        self._head = Base(seq, prev)
        self._uncovered()
        return seq, prev

    def _contents(self, seq: int, row: StoredRow) -> None:
        event = _parsed(row.canon) if b',"pc":"' in row.canon or row.columns[_TYPE] == _PURGE else {}
        if event is None or not columns_agree(row.columns, row.canon):
            self._find(seq, LogFault.COLUMN_MISMATCH, "copies of the canonical bytes")
            return
        committed = event.get("pc")
        part = self._personal.pop(seq, None)
        if committed is None:
            if part is not None:
                self._find(seq, LogFault.PERSONAL_MISMATCH, "no personal part")
        elif part is None:
            self._missing.append((seq, day_of(row.columns[_AT]).isoformat()))
        elif part.tried and part.commitment != committed:
            self._find(seq, LogFault.PERSONAL_MISMATCH, committed)
        if row.columns[_TYPE] == _PURGE:
            days_before = str(event["body"].get("days_before", ""))
            self._missing = [missing for missing in self._missing if missing[1] >= days_before]

    def _uncovered(self) -> None:
        for seq, day in self._missing:
            self._find(seq, LogFault.PERSONAL_MISSING, f"a personal part, or a purge after {day}")
        if not self.broken:
            for seq in sorted(self._personal):
                self._find(seq, LogFault.PERSONAL_MISMATCH, "no personal part without its event")

    def _find(self, seq: int, fault: LogFault, expected: str) -> None:
        self.findings.append(Finding(self._epoch, seq, fault, expected))

    def _break(self, seq: int, fault: LogFault, expected: str) -> None:
        self.broken = True
        self._find(seq, fault, expected)

    def _classify(self, row: StoredRow, prev: bytes, before: bytes, *, known: bool) -> None:
        """Name the break at a row that does not follow `prev` (nor, perhaps, `before`, the hash one further back)."""
        place = row.columns[0]
        if known:
            self._break(place, LogFault.DUPLICATE, "an id of its own")
            return
        if next_hash(before, row.canon) == row.hash:
            # The chain goes on as if the row before this one were not there.
            self._break(place - 1, LogFault.INSERTED, "the event that stands behind it")
            return
        own = _own_seq(row.canon)
        after = self._source.row(place + 1)
        follows = after is not None and next_hash(prev, after.canon) == after.hash
        if own is not None and own != place:
            partner = self._source.row(own)
            if partner is not None and _own_seq(partner.canon) == place:
                self._break(place, LogFault.SWAPPED, f"the event that stands at {own}")
            elif follows or own < place:
                self._break(
                    place, LogFault.INSERTED, f"the event that stands at {place + 1}" if follows else f"seq {place}"
                )
            else:
                self._break(place, LogFault.DELETED, f"seq {place}")
        elif follows:
            self._break(place, LogFault.INSERTED, f"the event that stands at {place + 1}")
        else:
            self._break(place, LogFault.EDITED, next_hash(prev, row.canon).hex())


def _own_seq(canon: bytes) -> int | None:
    """The seq inside the bytes; None if they are no event any more."""
    event = _parsed(canon)
    own = None if event is None else event.get("seq")
    return own if type(own) is int else None


def _parsed(canon: bytes) -> dict[str, Any] | None:
    try:
        return read_canonical(canon)
    except ValueError:
        return None
