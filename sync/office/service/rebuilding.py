# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The projections made again from the events: passages, cases, shifts (sync-and-store.md 9, `gate-office rebuild`).

The register is no projection (people change it by hand) and stays; sister gates are told nothing twice.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, delete

from kiosk.domain.codec import BadShape
from kiosk.domain.events import event_from_json
from kiosk.domain.log.canonical import read_canonical
from kiosk.domain.passage import PassageRecord, fold
from sync.office.service.case_projection import CaseProjection
from sync.office.service.passage_projection import passage_of
from sync.office.service.projecting import Fact
from sync.office.store.devices import Device, Devices
from sync.office.store.events import Events, KeptEvent
from sync.office.store.passages import KeptPassage, Passages
from sync.office.store.tables import case_file, shift
from sync.wire.limits import EVENT_BYTES


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """重建结果: events read, passages folded, events that this program cannot read (kept raw)."""

    events: int
    passages: int
    unread: int


class Rebuilding:
    """重建: all in one transaction, so that a failure replaces nothing."""

    def __init__(self, devices: Devices, events: Events, passages: Passages) -> None:
        """Take the stores."""
        self._devices = devices
        self._events = events
        self._passages = passages
        self._cases = CaseProjection()

    def run(self, tx: Connection, now_ms: int, progress: Callable[[int], None] = lambda _: None) -> Rebuilt:
        """Drop the projections and fold every linked event, device by device; `progress` is told events so far."""
        self._passages.clear(tx)
        tx.execute(delete(case_file))
        tx.execute(delete(shift))
        devices = {device.id: device for device in self._devices.all(tx)}
        read = folded = unread = 0
        for page in self._events.everything(tx):
            facts = [fact for kept in page if (fact := _fact(kept, devices)) is not None]
            unread += len(page) - len(facts)
            folded += self._fold(tx, facts)
            self._cases.apply(tx, facts, now_ms)
            read += len(page)
            progress(read)
        return Rebuilt(read, folded, unread)

    def _fold(self, tx: Connection, facts: list[Fact]) -> int:
        mine = [(key, fact) for fact in facts if (key := passage_of(fact)) is not None]
        before = self._passages.get(tx, list({key for key, _ in mine}))
        after: dict[str, tuple[PassageRecord, Device]] = {}
        for key, fact in mine:
            old = after[key][0] if key in after else before.get(key)
            new = fold(old, fact.event)
            if new is not None:
                after[key] = (new, fact.device)
        self._passages.put(tx, [KeptPassage(new, device.id, device.compound_id) for new, device in after.values()])
        return sum(key not in before for key in after)


def _fact(kept: KeptEvent, devices: dict[str, Device]) -> Fact | None:
    device = devices.get(kept.device_id)
    if device is None:
        return None
    try:
        event = event_from_json(read_canonical(kept.canon, EVENT_BYTES))
    except BadShape:
        return None
    return Fact(event, device, kept.epoch, None, kept.at_ms)
