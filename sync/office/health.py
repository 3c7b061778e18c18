# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What operators watch at `/healthz`: database, keys, disk, and how old the copies are (sync-and-store.md 4, 9)."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from sync.office.backup import copies_in, last_noted
from sync.office.compose import Office
from sync.office.home import OfficeHome
from sync.office.store.tables import audit

DISK_BYTES = 500 << 20
STALE_S = 50 * 3_600
"""A copy is made every day: two missed are somebody's to look at."""


@dataclass(frozen=True, slots=True)
class Copies:
    """备份的新旧: ages in seconds, None: there is none. `verified`: the newest was read back when it was made.

    `newest_age_s` counts a copy that was made elsewhere too; `oldest_age_s` is of those that lie here.
    """

    good: bool
    newest_age_s: int | None
    oldest_age_s: int | None
    verified: bool
    count: int


def copies(tx: Connection, folder: Path, now_ms: int) -> Copies:
    """What there is to go back to; an office younger than two days may still be without."""
    here = [copy.manifest.made_at_ms for copy in copies_in(folder)]
    noted = last_noted(tx, "backup.make")
    newest = max([*here, *([] if noted is None else [noted])], default=None)
    began = tx.execute(select(audit.c.at_ms).order_by(audit.c.seq).limit(1)).scalar()
    since = newest if newest is not None else began if began is not None else now_ms
    good = now_ms - since <= STALE_S * 1000
    return Copies(
        good, _age_s(newest, now_ms), _age_s(min(here, default=None), now_ms), verified=newest is not None,
        count=len(here),
    )  # fmt: skip


def healthz(office: Office, home: OfficeHome) -> dict[str, bool | Mapping[str, object]]:
    """All of it: each truth must hold, else 503; what is no truth is told beside."""
    ready = office.line.health().ready
    found: dict[str, bool | Mapping[str, object]] = {
        "database": ready,
        "keys": os.access(home.keys.folder / "service" / "seal.pem", os.R_OK),
        "disk": shutil.disk_usage(home.folder).free > DISK_BYTES,
    }
    if ready:
        with office.database.reading() as tx:
            known = copies(tx, home.folder / "backup", office.clock.wall_ms())
        found |= {"backup": known.good, "copies": asdict(known)}
    return found


def _age_s(made_at_ms: int | None, now_ms: int) -> int | None:
    return None if made_at_ms is None else max(0, now_ms - made_at_ms) // 1000
