# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's unsent log as files for a stick, written by `gate-kiosk export-log --unsent`'s own parts."""

from pathlib import Path

from kiosk.adapters.store_carried import CarriedSource
from tests.faults.town import GateBox
from ui.cli.export_log import _write


def unsent_logs(gate: GateBox, to: Path) -> list[Path]:
    """Write what is unsent, a file per epoch, into a new folder."""
    to.mkdir()
    sign, kek = gate.keys.signer(), gate.keys.kek()
    assert callable(sign)
    assert isinstance(kek, bytes)
    source = CarriedSource(gate.folder, gate.identity.device, kek)
    spans = source.spans(unsent=True)
    return [_write(source, span, gate.identity.gate, to, gate.seal_key, sign, gate.clock.wall_ms()) for span in spans]
