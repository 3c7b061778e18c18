# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the server does by itself once a minute, in whichever of its processes comes first (sync-and-store.md 6, 9)."""

from typing import Protocol

from kiosk.domain.instants import day_number
from sync.office.service.revocations import Revocations
from sync.office.store import days
from sync.office.store.devices import Devices
from sync.office.store.engine import Database
from sync.office.store.import_files import forget_old_files


class Kept(Protocol):
    """The parts of an office that are looked after."""

    @property
    def database(self) -> Database:
        """Its database."""
        ...

    @property
    def revocations(self) -> Revocations:
        """The list that is signed anew when it is due."""
        ...

    @property
    def devices(self) -> Devices:
        """Whose nonces are forgotten."""
        ...


def each_minute(office: Kept, now_ms: int) -> None:
    """Sign the list when it is due, drop old nonces and old files, make the coming days; a transaction each."""
    with office.database.writing() as tx:
        office.revocations.refresh(tx, now_ms)
    with office.database.writing() as tx:
        office.devices.forget_nonces(tx, now_ms)
    with office.database.writing() as tx:
        forget_old_files(tx, now_ms)
    with office.database.writing() as tx:
        days.make_ahead(tx, day_number(now_ms))
