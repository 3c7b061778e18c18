# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office backup`: a verified copy of the office; without its keys, or with them sealed (sync-and-store.md 9).

Exit: 0; 1 the copy did not pass its check, nothing replaced; 2 no office here, no passphrase.
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, office_folder, opened


def command(
    folder: Folder = None,
    db: DbUrl = None,
    to: Annotated[Path | None, typer.Option("--to", help="备份目录,默认街道办目录下 backup · where copies go")] = None,
    keep: Annotated[int, typer.Option("--keep", min=1, max=1000, help="保留份数 · copies to keep")] = 7,
    passphrase_file: Annotated[
        Path | None,
        typer.Option("--keys-passphrase-file", help="连同密钥,以此口令封存 · the keys too, sealed by it"),
    ] = None,
) -> None:
    """备份 · make a verified copy."""
    from rich.console import Console
    from rich.progress import Progress

    from sync.office.backup import CopyFault, make_copy, note_made
    from sync.office.keys_sealed import passphrase_of, seal_keys

    home = office_folder(folder)
    with closing(opened(folder, db)) as office:
        keys = None
        if passphrase_file is not None:
            try:
                keys = seal_keys(home, passphrase_of(passphrase_file), office.ids.random)
            except (OSError, ValueError) as wrong:
                fail(f"口令文件不可用 · the passphrase file cannot be used: {wrong}", 2)
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("备份 · copying", total=None)
            made = make_copy(
                office.database, to or home / "backup", office.clock.wall_ms(), keys=keys, kept=keep,
                progress=lambda rows: bar.update(task, completed=rows),
            )  # fmt: skip
        if isinstance(made, CopyFault):
            fail(f"备份未通过核对,未替换任何内容 · the copy did not pass: {made.value}", 1)
        note_made(office.database, made.manifest, office.clock.wall_ms())
    print(f"备份 backup {made.folder}")
    print(f"事件 events {made.manifest.events}, 行 rows {made.manifest.rows}, sha256 {made.manifest.sha256[:16]}")
    if keys is None:
        print("密钥不在其中 · the keys are not in it: --keys-passphrase-file")
    raise typer.Exit(0)
