# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Events that an earlier program could only keep raw are read again after an upgrade (sync-and-store.md 5, rule 5).

What follows from them follows now; a passage whose middle comes after its end is made exact by `gate-office rebuild`.
"""

from dataclasses import fields

from sqlalchemy import Connection, select, update

from sync.office.service.ingest import personal_text
from sync.office.service.projecting import Fact, Projections
from sync.office.service.reading import read_event
from sync.office.store.devices import Devices
from sync.office.store.engine import Database
from sync.office.store.events import Events, KeptEvent
from sync.office.store.tables import event

_PAGE = 500
Place = tuple[str, int, int]
_KEPT = [event.c[one.name] for one in fields(KeptEvent)]


class Rereading:
    """重读: a page a transaction, so that gates are not kept waiting."""

    def __init__(self, devices: Devices, events: Events, projections: Projections) -> None:
        """Take the stores and what follows from an event."""
        self._devices = devices
        self._events = events
        self._projections = projections

    def page(self, tx: Connection, now_ms: int, after: Place = ("", 0, 0)) -> Place | None:
        """Read the next raw events after a place (device, epoch, seq); the place reached, None at the end."""
        c = event.c
        later = (
            (c.device_id > after[0])
            | ((c.device_id == after[0]) & (c.epoch > after[1]))
            | ((c.device_id == after[0]) & (c.epoch == after[1]) & (c.seq > after[2]))
        )
        query = select(*_KEPT).where(c.parsed == 0, c.linked == 1, later).order_by(c.device_id, c.epoch, c.seq)
        rows = [KeptEvent(*row) for row in tx.execute(query.limit(_PAGE))]
        for device_id in dict.fromkeys(row.device_id for row in rows):
            self._read(tx, [row for row in rows if row.device_id == device_id], now_ms)
        return (rows[-1].device_id, rows[-1].epoch, rows[-1].seq) if rows else None

    def everything(self, database: Database, now_ms: int) -> None:
        """All raw events, once after each start: what this program cannot read either stays as it is."""
        place: Place | None = ("", 0, 0)
        while place is not None:
            with database.writing() as tx:
                place = self.page(tx, now_ms, place)

    def _read(self, tx: Connection, rows: list[KeptEvent], now_ms: int) -> None:
        device = self._devices.get(tx, rows[0].device_id)
        facts: list[Fact] = []
        for kept in rows:
            read = read_event(kept.canon)
            if device is None or read is None or read.event is None:
                continue
            where = (event.c.day == kept.day, event.c.event_id == kept.event_id)
            tx.execute(update(event).where(*where).values(parsed=1))
            personal = personal_text(self._events.personal(tx, kept))
            facts.append(Fact(read.event, device, kept.epoch, personal, kept.at_ms))
        self._projections.apply(tx, facts, now_ms)
