# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office roster import FILE`, `roster undo`: the residents of a compound from a spreadsheet (interface.md 12.1).

All or nothing; `--good-rows` takes the good ones alone. Exit: 0 taken; 1 rows refused or
nothing to undo; 2 unreadable.
"""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, opened

if TYPE_CHECKING:
    from sync.office.imports.roster import BadRow

command = typer.Typer(add_completion=False, no_args_is_help=True, help="居民名册 · the residents' register")

_WHO = "gate-office roster"
_SHOWN = 50
_Of = Annotated[
    str,
    typer.Option("--compound", "-c", help="小区编号;* 按文件中的小区一列 · the compound's id, * by the file's column"),
]
_Whole = Annotated[bool, typer.Option("--whole", help="全小区名册:表中没有的人按迁出 · a full list: others are gone")]
_New = Annotated[bool, typer.Option("--new-buildings", help="允许新楼号 · a building may be new")]
_Good = Annotated[bool, typer.Option("--good-rows", help="只写入正确的行 · take the good rows alone")]
_Gone = Annotated[bool, typer.Option("--gone-too", help="迁出超过一成也照办 · more than a tenth gone is meant")]
_Look = Annotated[bool, typer.Option("--preview", help="只看差异,不写入 · say what would change, write nothing")]


@command.command(name="import")
def take_in(  # noqa: PLR0917 - each is an option of its own
    file: Annotated[Path, typer.Argument(help="xls, xlsx, ods, csv")],
    compound: _Of = "*",
    whole: _Whole = False,
    new_buildings: _New = False,
    good_rows: _Good = False,
    gone_too: _Gone = False,
    preview: _Look = False,
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """导入名册 · take in a register."""
    from rich.progress import Progress

    from kiosk.domain.register import Compound
    from sync.office.imports.workbook import FileFault
    from sync.office.service.roster import ALL, Choice, RosterImport, TakeFault, Taken
    from sync.office.web.texts import page_texts

    try:
        data = file.read_bytes()
    except OSError:
        fail(f"读不了文件 · cannot read {file}", 2)
    zh, en = page_texts("zh_CN"), page_texts("en")

    def both(key: str) -> str:
        return f"{zh(key)} · {en(key)}"

    with closing(opened(folder, db)) as office, Progress(transient=True) as bar, office.database.writing() as tx:
        compounds = office.book.register.all(tx, Compound)
        if compound != ALL and all(one.id != compound for one in compounds):
            fail(f"没有小区 {compound} · no such compound", 1)
        importer = RosterImport(office.book, office.ids, office.audit, office.vault)
        now_ms, choice = office.clock.wall_ms(), Choice(whole=whole, new_buildings=new_buildings)
        offer = importer.offer(tx, compound, file.name, data, now_ms, by=_WHO, choice=choice)
        seen = offer if isinstance(offer, FileFault) else importer.preview(tx, offer, compounds, now_ms)
        if isinstance(seen, FileFault):
            fail(both(f"office.import.file.{seen.value}"), 2)
        line = bar.add_task("写入 · writing")
        told = None
        if not preview:
            told = importer.take(
                tx, seen, now_ms, by=_WHO, digest=seen.plan.digest, good_rows=good_rows, gone_too=gone_too,
                told=lambda done, of: bar.update(line, completed=done, total=of),
            )  # fmt: skip
        if not isinstance(told, Taken):
            importer.drop(tx, seen.offer)
    for bad in seen.plan.bad[:_SHOWN]:
        print(_bad_line(bad, both(f"office.import.fault.{bad.fault.value}"), zh(f"office.import.field.{bad.column}")))
    if len(seen.plan.bad) > _SHOWN:
        print(f"… 还有 {len(seen.plan.bad) - _SHOWN} 处 · more")
    counts = ", ".join(f"{both(f'office.import.change.{one.value}')} {n}" for one, n in seen.plan.count().items())
    done = "已写入 · written" if isinstance(told, Taken) else "没有写入 · nothing written"
    why = f" ({both(f'office.import.refused.{told.value}')})" if isinstance(told, TakeFault) else ""
    print(f"{counts or '-'}; {both('office.import.bad')} {len(seen.plan.bad)}: {done}{why}")
    raise typer.Exit(1 if seen.plan.bad or why else 0)


@command.command()
def undo(compound: _Of = "*", folder: Folder = None, db: DbUrl = None) -> None:
    """撤销上次导入 · take the last import back."""
    from sync.office.service.roster import RosterImport

    with closing(opened(folder, db)) as office, office.database.writing() as tx:
        importer = RosterImport(office.book, office.ids, office.audit, office.vault)
        count = importer.undo(tx, compound, office.clock.wall_ms(), by=_WHO)
    if count is None:
        fail("没有可撤销的导入 · there is no import to take back", 1)
    print(f"已撤销,恢复 {count} 行 · taken back, {count} rows as they were")


def _bad_line(bad: "BadRow", words: str, column: str) -> str:
    where = f"{bad.sheet} " if bad.sheet else ""
    other = f" → 第{bad.other}行 row {bad.other}" if bad.other is not None else ""
    return f"{where}第{bad.row}行 row {bad.row} {column} {bad.value}: {words}{other}"
