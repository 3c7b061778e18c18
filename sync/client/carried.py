# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Carried files at the gate: replies of the office, logs of sister gates, signed lists (sync-and-store.md section 7).

Everything passes the same checks as what comes over the line; a file of another office or for another device is
refused whole.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from kiosk.app.ports import GateIdentity, RowChange
from kiosk.domain.codec import BadShape
from kiosk.domain.events import Event, PassageStep, event_from_json
from kiosk.domain.identity import CompoundId, GateId
from kiosk.domain.log.canonical import EventTooLarge, NotCanonical, read_canonical
from kiosk.domain.log.chain import next_hash
from kiosk.domain.register import GateHeard, Sighting
from kiosk.domain.trust.devices import DeviceList, read_devices
from kiosk.domain.trust.statements import Receipt
from sync.client.line import LineStore
from sync.client.lists import TrustedLists
from sync.client.pulls import read_page
from sync.wire import base64url, scopes
from sync.wire.carried import CheckedLog, CheckedReply, check_log, check_reply
from sync.wire.faults import WireFault
from sync.wire.limits import EVENT_BYTES
from sync.wire.messages import Change, ReceiptText, SignedList
from sync.wire.strict import encode, load

_CHUNK = 200
_CARRIED = "CARRIED"


class CarriedFault(StrEnum):
    """导入失败: nothing of the file was taken."""

    UNREADABLE = "unreadable"
    SIGNATURE = "signature"
    OTHER_OFFICE = "other_office"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """导入结果: `rows` applied, `acknowledged` events newly covered by a receipt; `older`: it changed nothing."""

    rows: int = 0
    acknowledged: int = 0
    older: bool = False


@dataclass(frozen=True, slots=True)
class CarriedIn:
    """带入: reads carried files into a gate's store."""

    store: LineStore
    identity: GateIdentity
    roots: tuple[bytes, ...]

    def reply(self, pieces: Callable[[], Iterable[bytes]]) -> TakenIn | CarriedFault:
        """Take a `.ghreply`: receipts, then every scope; an older one than what is here changes nothing."""
        checked = check_reply(pieces)
        if isinstance(checked, WireFault):
            return CarriedFault.UNREADABLE
        head = checked.head
        if head.server != self.identity.server or head.device != self.identity.device:
            return CarriedFault.OTHER_OFFICE
        trusted = TrustedLists(self.store, self.store, self.roots)
        key = trusted.receipt_key(checked.seal.kid, checked.seal.at_ms // 1000)
        if key is None or not checked.seal.holds(checked.sig, key.key):
            return CarriedFault.SIGNATURE
        before = self.store.sync_state().pending
        for receipt in head.receipts:
            self._acknowledge(receipt, trusted)
        acknowledged = before - self.store.sync_state().pending
        made_at = self.store.list_made_at_ms()
        if made_at is not None and head.made_at_ms <= made_at:
            return TakenIn(acknowledged=acknowledged, older=True)
        rows = self._apply(checked, trusted)
        return CarriedFault.REFUSED if rows is None else TakenIn(rows, acknowledged)

    def sister_log(self, pieces: Callable[[], Iterable[bytes]]) -> TakenIn | CarriedFault:
        """Take a sister gate's `.ghlog`: its passages as sightings, and until when it was heard; nothing else."""
        checked = check_log(pieces)
        if isinstance(checked, WireFault):
            return CarriedFault.UNREADABLE
        devices = self._devices()
        sender = devices and next((d for d in devices.devices.values() if d.device == checked.head.device), None)
        if not sender or sender.site != self.identity.site or sender.gate != checked.head.gate:
            return CarriedFault.OTHER_OFFICE
        if not checked.seal.holds(checked.sig, sender.key):
            return CarriedFault.SIGNATURE
        scope = scopes.sightings(CompoundId(self.identity.compound))
        rows = 0
        events = iter(_events(checked))
        while chunk := list(islice(events, _CHUNK)):
            seen = [row for event in chunk for row in _sightings(event, sender.gate, scope)]
            rows += len(seen)
            heard = GateHeard(sender.gate, max(event.at_ms for event in chunk))
            seen.append(RowChange(scope, GateHeard.ENTITY, sender.gate, 0, heard))
            self.store.apply_page(seen, {}, None)
        return TakenIn(rows)

    def signed_list(self, data: bytes, now_s: int) -> TakenIn | CarriedFault:
        """Take a key bundle, device list or revocation list in its signed form, whichever it is."""
        trusted = TrustedLists(self.store, self.store, self.roots)
        text = base64url.text(data)
        for name in ("key_bundle", "device_list", "revocations"):
            for form in ("whole", "delta") if name == "revocations" else ("whole",):
                if not trusted.take([SignedList(name=name, version=0, data=text, form=form)], now_s):
                    return TakenIn(1)
        return CarriedFault.REFUSED

    def _acknowledge(self, receipt: ReceiptText, trusted: TrustedLists) -> None:
        statement = Receipt(
            receipt.server, receipt.device, receipt.epoch, receipt.seq, receipt.hash, receipt.at_ms, receipt.kid
        )
        key = trusted.receipt_key(receipt.kid, receipt.at_ms // 1000)
        ours = receipt.server == self.identity.server and receipt.device == self.identity.device
        if key is not None and ours and statement.holds(receipt.sig, key.key):
            self.store.acknowledge(receipt.epoch, receipt.seq, receipt.hash, {**statement.values(), "sig": receipt.sig})

    def _apply(self, checked: CheckedReply, trusted: TrustedLists) -> int | None:
        """Apply every change in chunks, the cursors last; None if one was bad: what went in is good by itself."""
        wanted = scopes.gate_scopes(self.identity.gate, CompoundId(self.identity.compound))
        changes = iter(checked.changes())
        rows = 0
        while chunk := list(islice(changes, _CHUNK)):
            good = [change for change in chunk if isinstance(change, Change)]
            plain = [load(encode(change)) for change in good]
            page = read_page(plain, {}, trusted, checked.head.made_at_ms // 1000, wanted)
            if page.bad or len(good) != len(chunk):
                return None
            self.store.apply_page(page.rows, {}, None)
            rows += len(good)
        cursors = {scope: cursor for scope, cursor in checked.head.cursors.items() if scope in wanted}
        self.store.apply_page((), cursors, checked.head.made_at_ms)
        return rows

    def _devices(self) -> DeviceList | None:
        data, bundle = self.store.device_list(), TrustedLists(self.store, self.store, self.roots).bundle()
        found = None if data is None or bundle is None else read_devices(data, bundle)
        return found if isinstance(found, DeviceList) else None


def _events(checked: CheckedLog) -> Iterator[Event]:
    """The events whose chain holds, up to the first that does not fit."""
    prev = bytes.fromhex(checked.head.base)
    for carried in checked.events():
        if isinstance(carried, WireFault) or next_hash(prev, carried.c.encode()).hex() != carried.h:
            return
        prev = bytes.fromhex(carried.h)
        try:
            yield event_from_json(read_canonical(carried.c.encode(), EVENT_BYTES))
        except (BadShape, NotCanonical, EventTooLarge):
            continue  # a later program's: it says nothing that we could read


def _sightings(event: Event, gate: GateId, scope: str) -> Iterator[RowChange]:
    """A passage that ended as gone through, as a sighting; `rev` 0: what the office says of it later counts."""
    body = event.body
    if isinstance(body, PassageStep) and body.recorded and body.pass_id is not None:
        row = Sighting(event.id, gate, body.dir, event.at_ms, body.pass_id, body.person, _CARRIED)
        yield RowChange(scope, Sighting.ENTITY, event.id, 0, row)
