# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office roster import FILE`: the residents of a compound from a CSV file (sync-and-store.md 14).

All or nothing; `--good-rows` takes the good ones alone. Exit: 0 taken; 1 rows refused; 2 unreadable.
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, opened

command = typer.Typer(add_completion=False, no_args_is_help=True, help="居民名册 · the residents' register")

_WORDS = {
    "not_text": "不是 UTF-8 或 GB18030 文本 · neither UTF-8 nor GB18030",
    "too_large": "文件太大 · too large",
    "header": "缺少此列 · column missing",
    "empty": "空白 · empty",
    "name": "姓名过长 · name too long",
    "phone": "电话格式不对 · not a phone number",
    "phone_rewritten": "数字被表格改写,请按文本重新导出 · damaged by the spreadsheet, export as text",
    "birth_year": "出生年不对 · not a year of birth",
    "category": "没有这种类别 · no such category",
    "duplicate": "与前面一行重复 · the same as an earlier row",
}
_SHOWN = 50


@command.callback()
def _verbs() -> None:
    """`import` stays a verb of its own although it is the only one yet."""


@command.command(name="import")
def take_in(
    file: Annotated[Path, typer.Argument(help="CSV")],
    compound: Annotated[str, typer.Option("--compound", "-c", help="小区编号 · the compound's id")],
    good_rows: Annotated[bool, typer.Option("--good-rows", help="只写入正确的行 · take the good rows alone")] = False,
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """导入名册 · take in a register."""
    from rich.console import Console

    from kiosk.domain.identity import CompoundId
    from kiosk.domain.register import Compound
    from sync.office.service.roster import RosterImport

    try:
        data = file.read_bytes()
    except OSError:
        fail(f"读不了文件 · cannot read {file}", 2)
    with (
        closing(opened(folder, db)) as office,
        Console(stderr=True).status("导入中 · taking in"),
        office.database.writing() as tx,
    ):
        if office.book.register.get(tx, Compound, compound) is None:
            fail(f"没有小区 {compound} · no such compound", 1)
        importer = RosterImport(office.book, office.ids, office.audit)
        found = importer.take(
            tx, CompoundId(compound), data, office.clock.wall_ms(), by="gate-office roster", good_rows=good_rows
        )
    for bad in found.bad[:_SHOWN]:
        print(f"第{bad.row}行 {bad.column}: {_WORDS[bad.fault.value]}")
    if len(found.bad) > _SHOWN:
        print(f"… 还有 {len(found.bad) - _SHOWN} 处 · more")
    done = "已写入 · written" if found.written else "没有写入 · nothing written"
    print(
        f"新增 new {found.new}, 变更 changed {found.changed}, 相同 same {found.same}, 错误 bad {len(found.bad)}: {done}"
    )
    raise typer.Exit(1 if found.bad else 0)
