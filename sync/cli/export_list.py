# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office export-list --gate G --to DIR`: the gate's lists as a `.ghreply` without receipts (sync-and-store.md 7).

Exit: 0; 1 no enrolled device at that gate.
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, opened


def command(
    gate: Annotated[str, typer.Option("--gate", "-g", help="门岗编号 · the gate's id")],
    to: Annotated[Path, typer.Option("--to", help="目录 · folder, a stick say")],
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """导出名单给门岗 · write a gate's lists to a file."""
    from sync.office.carried import write_carried_reply
    from sync.office.store.devices import DeviceState

    with closing(opened(folder, db)) as office:
        with office.database.reading() as tx:
            active = [d for d in office.devices.of_gate(tx, gate) if d.state == DeviceState.ACTIVE]
        if not active:
            fail(f"门岗 {gate} 没有已启用的设备 · no enrolled device at this gate", 1)
        try:
            to.mkdir(parents=True, exist_ok=True)
            target = to / f"gate-{gate}-lists.ghreply"
            rows = write_carried_reply(office, active[-1], target, receipts=False)
        except OSError as fault:
            fail(f"{to}: 无法写入 · cannot be written ({fault.strerror})", 2)
    print(f"{target}: {rows}")
