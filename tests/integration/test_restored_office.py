# SPDX-License-Identifier: LicenseRef-Gatehouse
"""An office restored from yesterday's copy, over the line: the gate notices, loads its lists anew, and sends again."""

import subprocess
import sys
from pathlib import Path

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.domain.codes import Category
from kiosk.domain.identity import PersonId
from kiosk.domain.register import Person
from sync.office.api.limits import Turnstile
from sync.office.api.line import Line as OfficeSide
from sync.office.backup import last_noted
from sync.office.compose import open_office
from sync.office.serve import Listen, OfficeServer, office_app
from tests.integration.street import C1, enrolled, held, serving
from tests.integration.test_several_processes import at


def command(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "sync.cli.main", *words], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_gate_brings_a_restored_office_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    with serving(folder) as running:
        gate = enrolled(running, tmp_path / "gate")
        gate.record(40)
        assert gate.line.run_until_idle()
        copy = Path(command("backup", "--dir", str(folder)).splitlines()[0].split()[-1])
        assert "passed" in command("restore", str(copy), "--dir", str(folder), "--drill")
        row = Person(PersonId("ab" * 16), Category.LOCAL, C1, name="王小明")
        with running.office.database.writing() as tx:
            running.office.book.put(tx, [row], running.office.clock.wall_ms())
            assert last_noted(tx, "backup.drill") is not None
        gate.record(260)
        assert gate.line.run_until_idle()
        assert row in list(gate.store.rows())
        before = running.office.identity
        gate.transport.close()
    assert "restored" in command("restore", str(copy), "--dir", str(folder))

    clock = SystemClock()
    office = open_office(folder, clock, FreshIds(clock))
    assert (office.identity.server, office.identity.epoch > before.epoch) == (before.server, True)
    side = OfficeSide(office.line, clock.wall_ms, running.home.ca_file.read_bytes(), Turnstile(None))
    app = office_app(side, lambda: {"database": True})
    server = OfficeServer(app, Listen("127.0.0.1", 0, running.home.certificate_file, running.home.key_file))
    server.start()
    line = at(gate, f"https://127.0.0.1:{server.port}", tmp_path / "gate")
    assert line.run_until_idle()
    running.office = office
    assert held(running, gate) == list(range(1, gate.store.head()[0] + 1))
    assert gate.store.sync_state().pending == 0
    # the person was put on the register after the copy: the restored list is the list
    assert row not in list(gate.store.rows())
    gate.close()
    server.stop()
    office.close()
