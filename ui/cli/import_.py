# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk import FILE...`: take in what came on a stick (sync-and-store.md 7).

`.ghreply` of the office, `.ghlog` of a sister gate, a signed list. Exit: 0 all taken; 1 refused by the trust rules;
2 unreadable or badly signed; 3 another office's or another device's; 4 the gate is running, or not enrolled.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sync.client.carried import CarriedFault, CarriedIn, TakenIn

_PIECE = 64 << 10
_LIST_LIMIT = 32 << 20
_WORDS = {
    "unreadable": (2, "读不出或不完整 · unreadable or cut short"),
    "signature": (2, "签名不符 · badly signed"),
    "other_office": (3, "不是本机或本小区的文件 · not for this device or compound"),
    "refused": (1, "名单被拒,原名单照用 · refused; the old list works on"),
}


def command(
    files: Annotated[list[Path], typer.Argument(help=".ghreply .ghlog 名单 · or a signed list")],
    data: Annotated[Path | None, typer.Option("--data", help="本机目录 · this gate's folder")] = None,
) -> None:
    """导入 U 盘带来的文件 · take in carried files."""
    from kiosk.adapters.clock import SystemClock
    from kiosk.adapters.device_folder import read_device
    from kiosk.adapters.ids import FreshIds
    from kiosk.adapters.keystore import GateKeys
    from kiosk.adapters.keystore_choice import key_store_for
    from kiosk.adapters.store_start import OpenedStore, open_store
    from sync.client.carried import CarriedIn
    from ui.cli.data_folder import data_folder

    folder = data or data_folder()
    device = read_device(folder)
    if device is None:
        print(f"{folder}: 未启用 · not enrolled", file=sys.stderr)
        raise typer.Exit(4)
    clock = SystemClock()
    keys = GateKeys(key_store_for(folder, os.environ, demo=device.demo))
    opened = open_store(folder, device.identity(), keys, clock, FreshIds(clock))
    if not isinstance(opened, OpenedStore):
        print(f"{folder}: {opened.check.value} {opened.note}", file=sys.stderr)
        raise typer.Exit(3 if opened.check.value == "SCHEMA" else 4)
    roots = tuple(bytes.fromhex(root) for root in device.root_keys)
    carried = CarriedIn(opened.store, device.identity(), roots)
    now_s = (clock.wall_ms() + (opened.store.sync_state().offset_ms or 0)) // 1000
    try:
        worst = max(_one(carried, file, now_s) for file in files)
    finally:
        opened.store.close()
    raise typer.Exit(worst)


def _one(carried: "CarriedIn", file: Path, now_s: int) -> int:
    from sync.client.carried import CarriedFault

    try:
        found = _taken(carried, file, now_s)
    except OSError:
        found = CarriedFault.UNREADABLE
    if isinstance(found, CarriedFault):
        code, text = _WORDS[found.value]
        print(f"{file}: {text}")
        return code
    note = "  较旧,无变化 · older, nothing changed" if found.older else ""
    print(f"{file}: 行 rows {found.rows}, 确认 acknowledged {found.acknowledged}{note}")
    return 0


def _taken(carried: "CarriedIn", file: Path, now_s: int) -> "TakenIn | CarriedFault":
    from sync.client.carried import CarriedFault

    match file.suffix:
        case ".ghreply":
            return carried.reply(lambda: _pieces(file))
        case ".ghlog":
            return carried.sister_log(lambda: _pieces(file))
        case ".part":
            return CarriedFault.UNREADABLE
        case _:
            if file.stat().st_size > _LIST_LIMIT:
                return CarriedFault.UNREADABLE
            return carried.signed_list(file.read_bytes(), now_s)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
