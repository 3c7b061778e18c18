# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Before a simulation begins: the register at the office, and every gate's tablet enrolled, with its lists."""

from collections.abc import Callable
from pathlib import Path

import assets
from kiosk.compose import shipped_policies
from sync.client.transport import DirectTransport
from sync.street.founding import StreetOffice
from sync.street.gate_rig import GateRig, enrolled_gate
from sync.street.simulate_people import District

Progress = Callable[[str, int, int], None]
"""What is going on, how much of it is done, of how much."""
_ROWS = 2_000


def register(street: StreetOffice, people: District, now_ms: int, progress: Progress) -> None:
    """Sign a card for everybody and put all rows on the office's register."""
    people.sign(street.keys, now_ms)
    database, office = street.office.database, street.office
    for start in range(0, len(people.rows), _ROWS):
        progress("register", start, len(people.rows))
        with database.writing() as tx:
            office.book.put(tx, people.rows[start : start + _ROWS], now_ms)
    with database.writing() as tx:
        office.revocations.refresh(tx, now_ms)


def enrol_all(street: StreetOffice, people: District, folder: Path, now_ms: int, progress: Progress) -> list[GateRig]:
    """A tablet at every gate, on a way to the office that nothing disturbs; all lists are there."""
    policies = shipped_policies(Path(assets.__file__).parent / "policies")
    direct = DirectTransport(street.answer)
    rigs: list[GateRig] = []
    for number, gate in enumerate(people.gates):
        progress("enrol", number, len(people.gates))
        own = folder / gate.id
        own.mkdir()
        if rigs:
            # one reserve for all: a thousand of 8 MiB are not needed to play with
            (own / "reserve.bin").hardlink_to(rigs[0].folder / "reserve.bin")
        rigs.append(enrolled_gate(street, gate.id, own, policies, lambda _rig: direct, now_ms))
    for number, rig in enumerate(rigs):
        progress("lists", number, len(rigs))
        rig.clock.go_to(now_ms)
        while not rig.line.run_until_idle():
            pass
        rig.app.refresh()
    return rigs
