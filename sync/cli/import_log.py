# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office import-log FILE...`: take in carried logs, and write a reply for each device (sync-and-store.md 7).

Exit: 0 all taken; 1 some quarantined, or to come whole another way; 2 unreadable or badly signed, nothing of it taken;
3 another office's.
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, office_folder, opened

_WORDS = {
    "unreadable": (2, "读不出或不完整 · unreadable or cut short"),
    "signature": (2, "签名不符 · badly signed"),
    "other_office": (3, "不是本街道的设备 · not a device of this office"),
}


def command(
    files: Annotated[list[Path], typer.Argument(help=".ghlog")],
    folder: Folder = None,
    db: DbUrl = None,
    reply: Annotated[bool, typer.Option("--reply/--no-reply", help="写回件 · write a .ghreply beside it")] = True,
) -> None:
    """导入门岗带来的记录 · take in carried logs."""
    from sync.office.carried import ImportFault, import_log, write_carried_reply
    from sync.office.home import OfficeHome

    worst = 0
    with closing(opened(folder, db)) as office:
        seal = OfficeHome(office_folder(folder)).keys.service().seal
        for file in files:
            found = import_log(office, seal, file)
            if isinstance(found, ImportFault):
                code, text = _WORDS[found.value]
                worst = max(worst, code)
                print(f"{file}: {text}")
                continue
            print(f"{file}: 新 new {found.new}, 已有 known {found.known}, 存疑 quarantined {found.quarantined}")
            if found.withheld:
                print(f"  待补 {found.withheld} 条,缺个人信息 · personal parts are missing: to come whole yet")
            worst = max(worst, 1 if found.quarantined or found.withheld else 0)
            if reply:
                target = file.with_suffix(".ghreply")
                with office.database.reading() as tx:
                    device = office.devices.get(tx, found.device.id) or found.device
                write_carried_reply(office, device, target)
                print(f"  {target}")
    raise typer.Exit(worst)
