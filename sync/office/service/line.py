# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The use cases that the line asks for (`sync.office.api.service.LineService`), each in its own transaction."""

import logging
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kiosk.domain.identity import CompoundId, GateId
from sync.office.api.messages import Refused, RefusedError
from sync.office.api.service import EnrolRefused, KnownDevice, PackedSnapshot, Withdrawn
from sync.office.ports import OfficeClock
from sync.office.service.book import RegisterBook
from sync.office.service.enrolment import EnrolFault, Enrolment
from sync.office.service.exchange import Exchange, ExchangeFault
from sync.office.service.receipts import OfficeSeal
from sync.office.service.snapshots import Snapshot, Snapshots
from sync.office.store.devices import Devices, DeviceState
from sync.office.store.engine import Database
from sync.office.store.events import Events, KeptEvent
from sync.wire import scopes
from sync.wire.limits import PROTO_MAX, PROTO_MIN
from sync.wire.messages import (
    EnrolAnswer,
    EnrolRequest,
    EventsPage,
    GateEvent,
    Health,
    OrderText,
    Personal,
    SyncAnswer,
    SyncRequest,
)
from sync.wire.scopes import ScopeKind, parse_scope
from sync.wire.strict import decode, encode

_log = logging.getLogger(__name__)
_REBUILD_MS = 48 * 3_600_000
_START = (0, "", 0)


@dataclass(frozen=True, slots=True)
class LineParts:
    """What the line works with."""

    database: Database
    devices: Devices
    events: Events
    book: RegisterBook
    enrolment: Enrolment
    exchange: Exchange
    snapshots: Snapshots


class OfficeLine:
    """线路用例."""

    def __init__(self, parts: LineParts, seal: OfficeSeal, epoch: int, clock: OfficeClock) -> None:
        """Take the services, the seal, the server epoch and the clock."""
        self._parts = parts
        self._seal = seal
        self._epoch = epoch
        self._clock = clock
        self._tried: tuple[int, bool] | None = None

    def health(self) -> Health:
        """Server id, epoch, versions, office time, and whether it can commit."""
        return Health(
            server=self._seal.server,
            epoch=self._epoch,
            proto_min=PROTO_MIN,
            proto_max=PROTO_MAX,
            server_time_ms=self._clock.wall_ms(),
            ready=self._can_commit(),
        )

    def known_device(self, device: str) -> KnownDevice | None:
        """The device of a keyid; None if no such device was ever enrolled."""
        with self._parts.database.reading() as tx:
            found = self._parts.devices.get(tx, device)
        if found is None:
            return None
        return KnownDevice(
            found.id, found.pubkey, found.gate_id, found.compound_id, revoked=found.state == DeviceState.REVOKED
        )

    def take_nonce(self, device: str, nonce: str) -> bool:
        """Note a nonce; False if this device used it within 10 minutes."""
        # A nonce need not outlive a power cut: what it guards is harmless when it comes twice.
        with self._parts.database.writing(lasting=False) as tx:
            return self._parts.devices.first_use(tx, device, nonce, self._clock.wall_ms())

    def enrol(self, request: EnrolRequest) -> EnrolAnswer | EnrolRefused:
        """Claim a token atomically; the same token and key again: the same answer."""
        with self._parts.database.writing() as tx:
            told = self._parts.enrolment.claim(tx, request, self._clock.wall_ms())
        return EnrolRefused(told.status, told.value) if isinstance(told, EnrolFault) else told

    def sync(self, device: KnownDevice, request: SyncRequest) -> SyncAnswer | Withdrawn:
        """Take events in, give changes out; the answer is made after the commit.

        Raises `RefusedError` for scopes that are not this gate's.
        """
        told = self._parts.exchange.sync(request)
        if told is ExchangeFault.REVOKED:
            # withdrawn after its signature was checked: the gate is not left waiting for its next probe
            return Withdrawn(self.withdrawal(device))
        if isinstance(told, ExchangeFault):
            _log.warning("%s asked by device %s", told.value, device.id)
            raise RefusedError(Refused(told.status, told.value))
        return told

    def withdrawal(self, device: KnownDevice) -> OrderText:
        """The signed order of a revoked device."""
        return self._seal.order(device.id, self._clock.wall_ms(), revoked=True)

    def snapshot(self, compound: str, scope: str) -> PackedSnapshot | None:
        """A scope's snapshot as last built, or None if there is no such scope of this compound."""
        name = self._scope(compound, scope)
        if name is None:
            return None
        with self._parts.database.reading() as tx:
            found = self._parts.snapshots.cached(tx, name)
        if found is None:
            with self._parts.database.writing() as tx:
                found = self._parts.snapshots.build(tx, name, compound, self._clock.wall_ms())
        return self._packed(compound, found)

    def gate_events(self, gate: str, after: str, limit: int) -> EventsPage | None:
        """Events of a gate in the last 48 h, after a cursor; None for a cursor that is none."""
        place = _place(after)
        if place is None:
            return None
        with self._parts.database.reading() as tx:
            kept = self._parts.events.of_gate(tx, gate, self._clock.wall_ms() - _REBUILD_MS, place, limit + 1)
            rows = tuple(_gate_event(one, self._parts.events.personal(tx, one)) for one in kept[:limit])
        last = kept[min(limit, len(kept)) - 1] if kept else None
        cursor = after if last is None else f"{last.at_ms}.{last.device_id}.{last.epoch}.{last.seq}"
        return EventsPage(events=rows, cursor=cursor, more=len(kept) > limit)

    def _can_commit(self) -> bool:
        """Whether a commit succeeds; asked of the disk once a second at most, since anybody may ask for health."""
        second = self._clock.wall_ms() // 1000
        if self._tried is None or self._tried[0] != second:
            self._tried = (second, self._commits())
        return self._tried[1]

    def _commits(self) -> bool:
        try:
            with self._parts.database.writing() as tx:
                tx.execute(text("UPDATE office_meta SET v = v WHERE k = 'server'"))
        except DBAPIError:
            return False
        return True

    def _scope(self, compound: str, text_: str) -> str | None:
        """`roster` or `roster:C01`; a gate's scope only for a gate of the compound."""
        scope = parse_scope(text_ if ":" in text_ or text_ == ScopeKind.REVOCATIONS else f"{text_}:{compound}")
        if scope is None:
            return None
        if scope.kind in (ScopeKind.ROSTER, ScopeKind.SIGHTINGS):
            return str(scope) if scope.of == compound else None
        if scope.kind is ScopeKind.REVOCATIONS:
            return scopes.revocations()
        with self._parts.database.reading() as tx:
            gates = {gate.id for gate in self._parts.book.gates(tx, CompoundId(compound))}
        return str(scope) if GateId(scope.of) in gates else None

    def _packed(self, compound: str, found: Snapshot) -> PackedSnapshot:
        seal = self._seal.snapshot(compound, found.scope, found.cursor, found.etag, found.made_at_ms)
        return PackedSnapshot(found.data, f'"{found.etag}"', encode(seal).decode())


def _gate_event(kept: KeptEvent, personal: bytes | None) -> GateEvent:
    opened = None if personal is None else decode(Personal, personal)
    return GateEvent(
        device=kept.device_id,
        epoch=kept.epoch,
        seq=kept.seq,
        c=kept.canon.decode(),
        h=kept.hash.hex(),
        p=opened if isinstance(opened, Personal) else None,
    )


def _place(after: str) -> tuple[int, str, int] | None:
    """Where a page ended: time, device, seq (the epoch rides along for people)."""
    if not after:
        return _START
    parts = after.split(".")
    if len(parts) != 4 or not all(parts[n].isascii() and parts[n].isdigit() and len(parts[n]) < 17 for n in (0, 2, 3)):  # noqa: PLR2004 - the four parts of a cursor
        return None
    return int(parts[0]), parts[1], int(parts[3])
