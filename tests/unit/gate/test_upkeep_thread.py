# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The upkeep beside an open gate: at the end of a shift there is a verified copy, made off the screen's thread."""

import threading
from pathlib import Path

from kiosk.app.shifts import HandoverSheet, Joining
from kiosk.compose_upkeep import UpkeepThread
from kiosk.domain.codes import MemberSource
from tests.unit.gate.gates import founded


def test_a_handover_leaves_a_copy_and_a_signed_head(tmp_path: Path) -> None:
    with founded(tmp_path) as street:
        rig = next(iter(street.gates.values()))
        upkeep = UpkeepThread(rig.gate)
        upkeep.start()
        app = rig.app
        app.shifts.sign_on([Joining("陈静", MemberSource.STREET)])
        sheet = HandoverSheet((Joining("王芳", MemberSource.RESIDENT),), "无特殊情况")
        app.shifts.handover(sheet, app.facts.policy_at(app.now().at_ms), 0)
        waited = threading.Event()
        for _ in range(100):
            if list((rig.folder / "backup").glob("gate-*.db")):
                break
            waited.wait(0.1)
        assert upkeep.stop()
        assert list((rig.folder / "backup").glob("gate-*.db"))
        assert rig.chain_ok()
