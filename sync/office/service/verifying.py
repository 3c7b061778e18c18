# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Verifying the logs that the office holds: chain, gaps, sealed parts, receipts (trust.md 8; sync-and-store.md 5)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from kiosk.domain.log.canonical import NotCanonical, read_canonical
from kiosk.domain.log.columns import Columns, columns_of
from kiosk.domain.log.findings import Anchor, Finding, LogFault, LogReport
from kiosk.domain.log.verify import Base, Opened, StoredRow, verify_log
from kiosk.domain.trust.sealing import personal_commitment
from sync.office.store.devices import Devices
from sync.office.store.events import Events, KeptEvent
from sync.wire.limits import EVENT_BYTES

_PAGE = 2000


class LogVerifier:
    """核对: one epoch of one device at a time, read only."""

    def __init__(self, devices: Devices, events: Events) -> None:
        """Take the stores."""
        self._devices = devices
        self._events = events

    def verify(self, tx: Connection, device_id: str) -> list[LogReport]:
        """A report for each epoch of a device."""
        reports = []
        for held in self._devices.epochs(tx, device_id):
            anchors = [Anchor(seq, digest.hex()) for seq, digest in self._devices.receipts(tx, device_id, held.epoch)]
            source = _OfficeLog(tx, self._events, device_id, held.epoch)
            begins = self._devices.base(tx, device_id, held.epoch)
            # Days that retention dropped are not missing: the log begins where they ended.
            base = None if begins is None else Base(*begins)
            known = [anchor for anchor in anchors if begins is None or anchor.seq >= begins[0]]
            reports.append(verify_log(source, device_id, held.epoch, known, base))
        return reports

    def against(self, tx: Connection, device_id: str, epoch: int, hashes: Mapping[int, str]) -> list[Finding]:
        """What differs between a gate's own file (seq -> hash, hex) and the rows held here."""
        findings = []
        for kept in self._events.log(tx, device_id, epoch):
            theirs = hashes.get(kept.seq)
            if theirs is not None and theirs != kept.hash.hex():
                findings.append(Finding(epoch, kept.seq, LogFault.DIFFERS, kept.hash.hex()))
        return findings


class _OfficeLog:
    def __init__(self, tx: Connection, events: Events, device_id: str, epoch: int) -> None:
        self._tx = tx
        self._events = events
        self._device_id = device_id
        self._epoch = epoch
        self._aside = {
            item.seq: item
            for item in events.aside(tx, waiting=False)
            if item.device_id == device_id and item.epoch == epoch and item.fills
        }

    def rows(self, after_seq: int) -> Iterator[StoredRow]:
        for kept in self._kept(after_seq):
            while (aside := self._aside.get(after_seq + 1)) is not None:
                after_seq += 1
                yield _aside_row(aside.seq, aside.hash, aside.raw)
            after_seq = kept.seq
            yield _row(kept)

    def row(self, seq: int) -> StoredRow | None:
        kept = self._events.log(self._tx, self._device_id, self._epoch, seq - 1, limit=1)
        return _row(kept[0]) if kept and kept[0].seq == seq else None

    def personal(self, after_seq: int) -> Mapping[int, Opened]:
        out: dict[int, Opened] = {}
        for kept in self._kept(after_seq):
            if b'"pc":"' not in kept.canon:
                continue
            plain = self._events.personal(self._tx, kept)
            if plain is not None:
                part = json.loads(plain)
                salted = personal_commitment(bytes.fromhex(part["salt"]), part["c"].encode())
                out[kept.seq] = Opened(salted.hex())
        return out

    def _kept(self, after_seq: int) -> Iterator[KeptEvent]:
        while page := self._events.log(self._tx, self._device_id, self._epoch, after_seq, limit=_PAGE):
            yield from (kept if _is_bytes(kept.canon) else replace(kept, canon=b"") for kept in page)
            after_seq = page[-1].seq


def _is_bytes(value: object) -> bool:
    """SQLite keeps what it is given: a changed event may not even be bytes any more."""
    return isinstance(value, bytes)


def _row(kept: KeptEvent) -> StoredRow:
    try:
        columns = columns_of(read_canonical(kept.canon, EVENT_BYTES))
    except NotCanonical:
        columns = _BARE
    own = columns._replace(seq=kept.seq, event_id=kept.event_id, at_ms=kept.at_ms)
    return StoredRow(own, kept.canon, kept.hash)


def _aside_row(seq: int, digest: bytes, raw: str) -> StoredRow:
    """What was set aside stands in the chain with its bytes as sent: the break is shown where it is."""
    # the raw text itself is destroyed by age
    canon = str(json.loads(raw)["c"]).encode() if raw else b""
    return StoredRow(_BARE._replace(seq=seq), canon, digest)


_BARE = Columns(0, b"", 0, 0, 0, "", "", 0, None, None, None, None, None, None)
