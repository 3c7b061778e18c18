# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk doctor`: looks at everything that a gate needs, and says what to do (interface.md 5.14).

Nothing is changed; a running gate is not disturbed. Exit: 0 nothing is broken (there may be notes), 1 a fault.
"""

import json
import os
from pathlib import Path
from typing import Annotated

import typer


def command(
    data: Annotated[Path | None, typer.Option("--data", "--folder", help="本机目录 · this gate's folder")] = None,
    camera: Annotated[str, typer.Option(metavar="INDEX|FILE", help="摄像头 · camera, device or file")] = "0",
    demo: Annotated[bool, typer.Option("--demo", help="演示: 密钥在目录里 · demo: keys in the folder")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · as JSON")] = False,
) -> None:
    """检查本机 · check camera, disk, keys, clock, records, fonts, office, account, sound and printer."""
    from ui.cli.data_folder import data_folder
    from ui.cli.doctor_checks import CHECKS, Place, State, examined
    from ui.cli.doctor_devices import DEVICE_CHECKS

    place = Place(data or data_folder(), camera, demo, os.geteuid() if hasattr(os, "geteuid") else -1)
    rows = [(zh, en, examined(check, place)) for zh, en, check in (*CHECKS, *DEVICE_CHECKS)]
    if as_json:
        told = [
            {
                "check": en, "state": row.state.name, "zh": row.zh, "en": row.en, "todo_zh": row.todo_zh,
                "todo_en": row.todo_en,
            }
            for _, en, row in rows
        ]  # fmt: skip
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for zh, en, row in rows:
            print(f"{row.state.value}  {zh} {en}: {row.zh} · {row.en}")
            if row.todo_zh:
                print(f"      -> {row.todo_zh} · {row.todo_en}")
    if any(row.state is State.FAULT for _, _, row in rows):
        raise typer.Exit(1)
