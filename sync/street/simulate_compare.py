# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Whether the office holds each gate's log: event for event, in the gate's order, nothing twice, nothing more.

Read from the files themselves (`gate-*.db`) and from the office's table by plain SQL, past the code that is tested.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from sync.office.store.engine import Database

Logged = tuple[int, int, bytes, bytes]
"""An event as it is compared: epoch, seq, event id, hash."""


@dataclass(frozen=True, slots=True)
class Difference:
    """差异: what is not at the office as the gate wrote it, counted in events. `changed`: other bytes, or not ours."""

    sent: int = 0
    at_office: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    changed: int = 0

    @property
    def none(self) -> bool:
        """Whether both hold the same."""
        return not (self.lost or self.duplicated or self.reordered or self.changed)

    def __add__(self, other: "Difference") -> "Difference":
        """Both together."""
        return Difference(
            self.sent + other.sent, self.at_office + other.at_office, self.lost + other.lost,
            self.duplicated + other.duplicated, self.reordered + other.reordered, self.changed + other.changed,
        )  # fmt: skip


def compare(gate: Sequence[Logged], office: Sequence[Logged]) -> Difference:
    """One gate's log against what the office holds of its device."""
    ours = {event_id: (place, hash_) for *place, event_id, hash_ in gate}
    times = Counter(event_id for _, _, event_id, _ in office)
    lost = sum(event_id not in times for event_id in ours)
    duplicated = sum(count - 1 for count in times.values())
    order = sorted(office)
    seen: set[bytes] = set()
    reordered = changed = 0
    for *place, event_id, hash_ in order:
        if event_id in seen:
            continue  # counted as doubled
        seen.add(event_id)
        known = ours.get(event_id)
        if known is None or known[1] != hash_:
            changed += 1
        elif known[0] != place:
            reordered += 1
    return Difference(len(gate), len(office), lost, duplicated, reordered, changed)


def gate_log(folder: Path) -> list[Logged]:
    """All epochs of a gate's folder, in order."""
    out: list[Logged] = []
    for path in sorted(folder.glob("gate-*.db"), key=_epoch):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT seq, event_id, hash FROM event ORDER BY seq")
            out += [(_epoch(path), seq, bytes(event_id), bytes(hash_)) for seq, event_id, hash_ in rows]
    return out


def office_log(database: Database, device: str) -> list[Logged]:
    """What the office holds of a device, as stored."""
    query = text("SELECT epoch, seq, event_id, hash FROM event WHERE device_id = :device")
    with database.reading() as tx:
        return [(row[0], row[1], bytes(row[2]), bytes(row[3])) for row in tx.execute(query, {"device": device})]


def _epoch(path: Path) -> int:
    return int(path.stem.split("-")[1])
