# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office rebuild`: passages, cases and shifts made again from the events (sync-and-store.md 9, 14).

Exit: 0; 1 a check failed, nothing replaced.
"""

from contextlib import closing

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, opened


def command(folder: Folder = None, db: DbUrl = None) -> None:
    """重建汇总 · make the projections again."""
    from rich.console import Console
    from rich.progress import Progress

    from sync.office.service.rebuilding import Rebuilding

    with closing(opened(folder, db)) as office:
        with office.database.reading() as tx:
            total = office.events.count(tx)
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("重建 · rebuilding", total=total)
            try:
                with office.database.writing() as tx:
                    rebuilding = Rebuilding(office.devices, office.events, office.passages)
                    done = rebuilding.run(tx, office.clock.wall_ms(), lambda read: bar.update(task, completed=read))
            except ValueError as wrong:
                fail(f"没有替换任何内容 · nothing replaced: {type(wrong).__name__}", 1)
    print(f"事件 events {done.events}, 进出 passages {done.passages}, 未解析 unread {done.unread}")
    raise typer.Exit(0)
