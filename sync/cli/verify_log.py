# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office verify-log [--device D] [--against FILE]`: the logs held here, and the office's own audit (trust.md 8).

A line per epoch: `OK 12034 events, head 3fa9c2d1, receipt at 12000`, or the first finding. Exit: 0 whole, 1 a finding,
2 unreadable.
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, opened


def command(
    device: Annotated[str | None, typer.Option("--device", help="只这台设备 · this device alone")] = None,
    against: Annotated[Path | None, typer.Option("--against", help=".ghlog")] = None,
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """核对记录链 · check the logs."""
    from sync.office.service.verifying import LogVerifier

    bad = 0
    with closing(opened(folder, db)) as office:
        verifier = LogVerifier(office.devices, office.events)
        with office.database.reading() as tx:
            devices = [each for each in office.devices.all(tx) if device in (None, each.id)]
            if device is not None and not devices:
                fail(f"没有设备 {device} · no such device", 2)
            for each in devices:
                for report in verifier.verify(tx, each.id):
                    bad += not report.whole
                    print(f"{each.gate_id} {each.id} {report.epoch}: {report.line()}")
            broken = office.audit.first_bad(tx)
            if broken is not None:
                bad += 1
                print(f"audit/{broken} EDITED")
            if against is not None:
                bad += _against(verifier, tx, against)
    raise typer.Exit(1 if bad else 0)


def _against(verifier: "object", tx: "object", path: Path) -> int:
    from typing import cast

    from sqlalchemy import Connection

    from kiosk.domain.log.canonical import NotCanonical, read_canonical
    from sync.office.service.verifying import LogVerifier
    from sync.wire.carried import CarriedEvent, CheckedLog, check_log
    from sync.wire.limits import EVENT_BYTES

    def pieces() -> list[bytes]:
        return [path.read_bytes()]

    try:
        log = check_log(pieces)
    except OSError:
        fail(f"读不了文件 · cannot read {path}", 2)
    if not isinstance(log, CheckedLog):
        fail(f"{path}: {log.code.value} {log.field}", 2)
    hashes: dict[int, str] = {}
    for event in log.events():
        if not isinstance(event, CarriedEvent):
            continue
        try:
            hashes[int(read_canonical(event.c.encode(), EVENT_BYTES)["seq"])] = event.h
        except (NotCanonical, KeyError, TypeError, ValueError):
            continue
    found = cast("LogVerifier", verifier).against(cast("Connection", tx), log.head.device, log.head.epoch, hashes)
    for finding in found:
        print(f"{path}: {finding.line()}")
    return len(found)
