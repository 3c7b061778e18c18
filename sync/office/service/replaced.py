# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A tablet that was replaced before all of its log was here: a work item until the rest has come (sync-and-store.md 4).

What it still holds comes by `gate-kiosk export-log`, or over the line if the tablet lives; till then the gap is named.
"""

from sqlalchemy import Connection

from kiosk.domain.identity import GateId
from kiosk.domain.register import WorkItem
from sync.office.service.work import Work
from sync.office.store.devices import Device, DeviceState

LOG_GAP = "LOG_GAP"


class ReplacedLogs:
    """被替换平板的日志: the gap up to the last head that the old tablet told of."""

    def __init__(self, work: Work) -> None:
        """Take the work list."""
        self._work = work

    def replaced(self, tx: Connection, old: Device, now_ms: int) -> bool:
        """Name what of `old`'s log is not here; False if nothing is missing."""
        if old.head_seq <= old.acked_seq:
            return False
        detail = {
            "device": old.id, "epoch": str(old.epoch), "from": str(old.acked_seq + 1), "to": str(old.head_seq),
        }  # fmt: skip
        return self._work.give(tx, GateId(old.gate_id), WorkItem(old.id, LOG_GAP, now_ms, detail=detail), now_ms)

    def heard(self, tx: Connection, device: Device, epoch: int, held_seq: int, now_ms: int) -> None:
        """Something of a tablet came in: a gap that is filled now is no work any more."""
        if device.state != DeviceState.ACTIVE and epoch >= device.epoch and held_seq >= device.head_seq:
            self._work.finish(tx, device.id, now_ms)
