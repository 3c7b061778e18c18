# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's unsent log as a file for a stick, as `gate-kiosk export-log --unsent` writes it."""

from pathlib import Path

from sync.wire.carried import FORMAT, LOG_KIND, CarriedEvent, LogHead, write_log
from tests.faults.town import GateBox


def unsent_log(gate: GateBox, target: Path) -> bool:
    """Write what of the oldest unsent epoch is unsent; False if there is nothing."""
    state = gate.store.sync_state()
    events = gate.store.outgoing(state.acked_seq, 10_000, 64 << 20)
    sign = gate.keys.signer()
    if not events or not callable(sign):
        return False
    head = LogHead(
        format=FORMAT, kind=LOG_KIND, device=gate.identity.device, gate=gate.identity.gate, epoch=state.epoch,
        first=events[0].seq, last=events[-1].seq, base=events[0].prev, made_at_ms=events[-1].at_ms, program="test",
    )  # fmt: skip
    body = (CarriedEvent(c=event.canon, h=event.hash) for event in events)
    target.write_bytes(b"".join(write_log(head, body, sign)))
    return True
