# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A log in memory: made by the chain's own rules, then changed in one place at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiosk.domain.instants import DAY_MS
from kiosk.domain.log.canonical import canonical_bytes
from kiosk.domain.log.chain import first_hash, next_hash
from kiosk.domain.log.columns import Columns, columns_of
from kiosk.domain.log.verify import Opened, StoredRow

DEVICE = "0a" * 16
EPOCH = 3
START_MS = 1_582_000_000_000


@dataclass
class MemoryLog:
    """Rows by place, personal parts by seq; `LogSource`."""

    stored: list[StoredRow] = field(default_factory=list)
    parts: dict[int, Opened] = field(default_factory=dict)

    def rows(self, after_seq: int) -> Iterator[StoredRow]:
        return (row for row in self.stored if row.columns[0] > after_seq)

    def row(self, seq: int) -> StoredRow | None:
        return next((row for row in self.stored if row.columns[0] == seq), None)

    def personal(self, after_seq: int) -> Mapping[int, Opened]:
        return {seq: part for seq, part in self.parts.items() if seq > after_seq}

    def at(self, seq: int) -> int:
        return next(index for index, row in enumerate(self.stored) if row.columns[0] == seq)

    def renumber(self) -> None:
        """Columns' seq by position, as somebody would who hides a gap."""
        self.stored = [moved(row, place) for place, row in enumerate(self.stored, start=1)]


def moved(row: StoredRow, place: int) -> StoredRow:
    """The row at another place: its bytes as they were."""
    return row._replace(columns=Columns._make(row.columns)._replace(seq=place))


def event(seq: int, **changes: Any) -> dict[str, Any]:
    """A usual passage, or with `changes` another event."""
    whole: dict[str, Any] = {
        "id": f"{seq:032x}", "seq": seq, "at": START_MS + seq * 1000, "mono": seq * 1000, "boot": 1, "clk": "ok",
        "type": "passage", "v": 1, "gate": "G01", "shift": "5f" * 16,
        "body": {
            "passage": f"{seq:031x}a", "n": 1, "dir": "IN", "pass": f"{seq:016x}", "person": f"{seq:031x}b",
            "verdict": "ADMIT", "temp_dc": 365,
        },
    }  # fmt: skip
    return {**whole, **changes}


def build(events: list[dict[str, Any]], device: str = DEVICE, epoch: int = EPOCH) -> MemoryLog:
    """A log of these events."""
    log, prev = MemoryLog(), first_hash(device, epoch)
    for data in events:
        canon = canonical_bytes(data)
        prev = next_hash(prev, canon)
        log.stored.append(StoredRow(columns_of(data), canon, prev))
        if "pc" in data:
            log.parts[data["seq"]] = Opened(data["pc"])
    return log


def usual(count: int = 12) -> MemoryLog:
    """A log of usual passages with one registration (5, personal part) and a purge record (10) of older days."""
    events = [event(seq) for seq in range(1, count + 1)]
    events[4] = event(5, type="registration", body={"person": "c" * 32, "kind": "VISITOR"}, pc="d" * 64)
    events[9] = event(10, type="purge", body={"days_before": "2020-01-01", "rows": 0, "by": "gate"})
    return build(events)


def purged(days_before: str) -> MemoryLog:
    """A log whose registration (5) lost its personal part, and whose purge record (10) names that day or not."""
    log = usual()
    events = [event(seq) for seq in range(1, 13)]
    events[4] = event(5, type="registration", body={"person": "c" * 32, "kind": "VISITOR"}, pc="d" * 64)
    events[9] = event(10, type="purge", body={"days_before": days_before, "rows": 1, "by": "gate"})
    log = build(events)
    log.parts.clear()
    return log


__all__ = ["DAY_MS", "DEVICE", "EPOCH", "START_MS", "MemoryLog", "build", "event", "purged", "usual"]
