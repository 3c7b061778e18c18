# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office purge [--report]`: destroy personal data that is due, with proof (trust.md 9).

Copies in the office's own `backup` folder are replaced by a new one, so that nothing lives on there. Exit: 0; 1 not
done: a reader stood in the way, or a search found remains.
"""

from contextlib import closing
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, office_folder, opened


def command(
    folder: Folder = None,
    db: DbUrl = None,
    *,
    report: Annotated[bool, typer.Option("--report", help="逐表列出 · a line for each table")] = False,
) -> None:
    """清除到期个人信息 · destroy personal data that is due."""
    import datetime as dt

    from sync.office.backup import renew_copies
    from sync.office.purge import purge
    from sync.office.service.retention import Retention

    with closing(opened(folder, db)) as office:
        retention = Retention(office.database, office.book, office.devices, office.audit)
        told = purge(office.database, retention, office.clock.wall_ms())
        renewed = renew_copies(office.database, office_folder(folder) / "backup", office.clock.wall_ms())
    if report:
        for line in told.lines:
            oldest = "-" if line.oldest_day is None else dt.date.fromordinal(line.oldest_day).isoformat()
            print(f"{line.table:14} 清除 removed {line.rows:8}  最早 oldest {oldest}")
        for gate in told.late_gates:
            print(f"门岗尚未清除 · gate has not purged: {gate}")
    rows = sum(line.rows for line in told.lines)
    print(f"清除 removed {rows}, 查找 searched {told.searched}, 残留 remains {len(told.found)}")
    if told.found or not told.done:
        fail("未完成,将再试 · not done, to be tried again", 1)
    if not renewed:
        fail("备份未能更新 · the copies could not be replaced", 1)
    raise typer.Exit(0)
