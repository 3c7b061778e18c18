# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What happened, and whether the office has it: a history of scans, and a checker of it (sync-and-store.md 11).

A scan is invoked, and told (ok) once the store has said so; one that was invoked but not told may be there or not
(info). The checker reads the office at rest and classes each event: ok, lost, duplicate, reordered, unknown. All but ok
are faults.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """结局: what became of an event."""

    OK = "ok"
    LOST = "lost"
    DUPLICATE = "duplicate"
    REORDERED = "reordered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Told:
    """已告知: an event that the desk was told is recorded, at its place."""

    device: str
    epoch: int
    seq: int
    id: str


@dataclass(frozen=True, slots=True)
class AtOffice:
    """办公室所存: an event as the office has it; `aside`: set aside raw in quarantine, for people."""

    device: str
    epoch: int
    seq: int
    id: str
    aside: bool = False


@dataclass(slots=True)
class History:
    """经过: invocations and what was told, in order, per device; `void` are told events whose file was taken away."""

    told: dict[str, list[Told]] = field(default_factory=dict)
    invoked: set[str] = field(default_factory=set)
    void: set[str] = field(default_factory=set)

    def invoke(self, ids: Iterable[str]) -> None:
        """The desk asks for these to be recorded."""
        self.invoked.update(ids)

    def ok(self, events: Iterable[Told]) -> None:
        """The desk was told that they are."""
        for event in events:
            self.told.setdefault(event.device, []).append(event)

    @property
    def count(self) -> int:
        """How many were told."""
        return sum(len(events) for events in self.told.values())

    def judge(self, office: Sequence[AtOffice], own: Iterable[str] = ()) -> dict[Fate, list[str]]:
        """Class every event; `own`: ids that the gate's program itself wrote (`log.opened`, `purge`)."""
        out: dict[Fate, list[str]] = {fate: [] for fate in Fate}
        stored = Counter(row.id for row in office if not row.aside)
        aside = {row.id for row in office if row.aside}
        place = {row.id: row for row in office if not row.aside}
        known = self.invoked | set(own)
        for device, events in self.told.items():
            reached = (0, 0)
            for event in events:
                row = place.get(event.id)
                if row is None:
                    kept = event.id in aside or event.id in self.void
                    out[Fate.OK if kept else Fate.LOST].append(f"{device} {event.epoch}/{event.seq}")
                    continue
                if stored[event.id] > 1:
                    out[Fate.DUPLICATE].append(f"{device} {event.epoch}/{event.seq}")
                elif (row.epoch, row.seq) != (event.epoch, event.seq) or (row.epoch, row.seq) <= reached:
                    out[Fate.REORDERED].append(f"{device} {event.epoch}/{event.seq} at {row.epoch}/{row.seq}")
                else:
                    out[Fate.OK].append(event.id)
                reached = max(reached, (row.epoch, row.seq))
        out[Fate.UNKNOWN] = [f"{r.device} {r.epoch}/{r.seq}" for r in office if r.id not in known]
        out[Fate.DUPLICATE] += [f"{i} x{n}" for i, n in stored.items() if n > 1]
        return out

    def faults(self, office: Sequence[AtOffice], own: Iterable[str] = ()) -> list[str]:
        """What is wrong, a line each; empty if every promise held."""
        found = self.judge(office, own)
        return [f"{fate}: {line}" for fate, lines in found.items() if fate is not Fate.OK for line in lines]

    def line(self, office: Sequence[AtOffice], own: Iterable[str] = ()) -> str:
        """The counts, as a report prints them."""
        found = self.judge(office, own)
        counts = " ".join(f"{fate}={len(found[fate])}" for fate in Fate)
        return f"told={self.count} {counts}"
