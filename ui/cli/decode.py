# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk decode IMAGE...`: read the codes in pictures; loads no Qt (design: scanning.md section 10).

A line per code: path, TAB, payload; `-` when nothing was read. Exit 0 if every file could be opened, else 2.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kiosk.adapters import Symbol

_PLAIN = frozenset(range(0x20, 0x7F)) - {ord("\\")}
_REASONS = {
    "UNREADABLE": "打不开 cannot be opened",
    "TOO_LARGE": "超过 20 MB larger than 20 MB",
    "TOO_MANY_PIXELS": "超过 5000 万像素 more than 50 megapixels",
    "NOT_A_PICTURE": "不是图片 not a picture",
}


def printable(payload: bytes) -> str:
    r"""Printable ASCII as it is; all else, and the backslash, as `\xHH`."""
    return "".join(chr(byte) if byte in _PLAIN else f"\\x{byte:02x}" for byte in payload)


def command(
    images: Annotated[list[Path], typer.Argument(help="图片文件 picture files", metavar="IMAGE...")],
    *,
    budget_ms: Annotated[float | None, typer.Option(help="每张图片的时间上限 no step starts that costs more")] = None,
    rungs: Annotated[str | None, typer.Option(help="只用这些步骤 only these steps: zx,roi,up2 ...")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="每张图片一行 JSON a line of JSON per picture")] = False,
) -> None:
    """读出图片中的码:每行 路径、TAB、内容 · read the codes in pictures: path, TAB, payload a line."""
    from time import perf_counter

    from kiosk.adapters.decode_still import RUNG_NAMES, decode_photo
    from kiosk.adapters.photo import PhotoRefusal, opened

    chosen = None if rungs is None else [name.strip() for name in rungs.split(",")]
    if chosen is not None and (strange := [name for name in chosen if name not in RUNG_NAMES]):
        print(f"没有这个步骤 no such step: {', '.join(strange)}; {', '.join(RUNG_NAMES)}", file=sys.stderr)
        raise typer.Exit(2)
    failed = False
    for path in images:
        picture = opened(path)
        if isinstance(picture, PhotoRefusal):
            failed = True
            print(json.dumps({"path": str(path), "error": picture.value}) if as_json else f"{path}\t-", flush=True)
            print(f"{path}: {_REASONS[picture.value]}", file=sys.stderr)
            continue
        started = perf_counter()
        symbols = decode_photo(picture, budget_ms, chosen)
        took = (perf_counter() - started) * 1000
        if as_json:
            print(_json(path, symbols, took), flush=True)
            continue
        for symbol in symbols:
            print(f"{path}\t{printable(symbol.data)}", flush=True)
        if not symbols:
            print(f"{path}\t-", flush=True)
    raise typer.Exit(2 if failed else 0)


def _json(path: Path, symbols: "list[Symbol]", took_ms: float) -> str:
    rows = [{"payload": printable(symbol.data), "rung": symbol.rung, "corners": symbol.corners} for symbol in symbols]
    return json.dumps({"path": str(path), "ms": round(took_ms, 2), "symbols": rows})
