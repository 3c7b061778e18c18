# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office restore`: a copy put back, into SQLite or PostgreSQL, under a new server epoch (sync-and-store.md 9).

What stands in the place of the database file is set aside, never overwritten; a PostgreSQL must be empty. `--drill`
puts it into a database of its own and reads it there: the office goes on. Exit: 0; 1 a check failed, nothing
replaced; 2 wrong use, no copy, no office and no keys.
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, office_folder, opened, time_and_ids


def command(
    copy: Annotated[Path, typer.Argument(help="备份目录 · the copy's folder", metavar="COPY")],
    folder: Folder = None,
    db: DbUrl = None,
    passphrase_file: Annotated[
        Path | None, typer.Option("--keys-passphrase-file", help="取回封存的密钥 · put the sealed keys back as well")
    ] = None,
    *,
    drill: Annotated[bool, typer.Option("--drill", help="演练:不替换任何内容 · practise, replace nothing")] = False,
) -> None:
    """恢复备份 · restore a copy under a new server epoch."""
    from sync.office.backup import CopyFault, keys_of, note_drill, restore_copy, set_aside
    from sync.office.home import OfficeHome
    from sync.office.keys_sealed import passphrase_of, put_keys
    from sync.office.store.engine import sqlite_url

    clock, _ids = time_and_ids()
    now_ms = clock.wall_ms()
    if drill:
        import tempfile

        with tempfile.TemporaryDirectory(prefix="gatehouse-drill-") as place:
            told = restore_copy(copy, sqlite_url(Path(place) / "office.db"), now_ms)
        if isinstance(told, CopyFault):
            fail(f"演练未通过 · the drill failed: {told.value}", 1)
        with closing(opened(folder, db)) as office:
            note_drill(office.database, told, now_ms)
        print(f"演练通过 · drill passed: 事件 events {told.events}, 行 rows {told.rows}")
        raise typer.Exit(0)

    home = OfficeHome(office_folder(folder))
    if passphrase_file is not None:
        if home.exists:
            fail(f"此处已有街道办的密钥 · there are keys here already: {home.folder}", 2)
        try:
            files = keys_of(copy, passphrase_of(passphrase_file))
        except (OSError, ValueError) as wrong:
            fail(f"口令文件不可用 · the passphrase file cannot be used: {wrong}", 2)
        if isinstance(files, CopyFault):
            fail(f"密钥未能取回 · the keys cannot be put back: {files.value}", 1)
        put_keys(home.folder, files)
    if not home.exists:
        fail(f"没有街道办的密钥 · no office's keys in {home.folder}: --keys-passphrase-file", 2)
    url = home.db_url(db)
    aside = set_aside(url, now_ms)
    told = restore_copy(copy, url, now_ms)
    if isinstance(told, CopyFault):
        if aside is not None:
            aside.back()
        fail(f"未替换任何内容 · nothing replaced: {told.value}", 1)
    print(f"已恢复 · restored: 事件 events {told.events}, 行 rows {told.rows}")
    if aside is not None:
        print(f"原数据库 · what stood there: {aside.file}")
    print("门岗将自行补传 · the gates send again what is missing")
    print("此备份之后的注销、挂失须重新登记 · revocations made after this copy must be entered again")
    raise typer.Exit(0)
