# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office cards`: pass cards as PDF, every symbol read back before the file is there (sync-and-store.md 14).

Exit: 0; 1 refused, with reason.
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, office_folder, opened


def command(
    compound: Annotated[str, typer.Option("--compound", "-c", help="小区编号 · the compound's id")],
    pdf: Annotated[Path, typer.Option("--pdf", help="写到 · file to write")],
    building: Annotated[str | None, typer.Option("--building", "-b", help="只这栋楼 · of one building")] = None,
    card: Annotated[list[str] | None, typer.Option("--pass", help="只这张证,可重复 · this pass id alone")] = None,
    single: Annotated[bool, typer.Option("--single", help="一页一卡 · one card a page")] = False,
    folder: Folder = None,
    db: DbUrl = None,
) -> None:
    """打印出入证 · pass cards."""
    from rich.console import Console
    from rich.progress import Progress

    from kiosk.domain.identity import CompoundId, PassId
    from sync.office.home import OfficeHome
    from sync.office.print.card import CardSheetError
    from sync.office.print.cards import card_sheets
    from sync.office.service.printing import CardsToPrint

    demo = OfficeHome(office_folder(folder)).settings().demo
    with closing(opened(folder, db)) as office, office.database.reading() as tx:
        cards = CardsToPrint(office.book, office.issue).find(
            tx, CompoundId(compound), building=building, only=[PassId(each) for each in card or ()],
            mark="演示" if demo else "",
        )  # fmt: skip
    if not cards:
        fail("没有可打印的证 · no pass to print", 1)
    if not cards[0].committee_phone:
        # It stands on every card: whom to call when one is lost.
        fail(
            "居委会没有电话,先填写 · its committee has no phone yet: gate-office street committee ID NAME --phone N", 1
        )
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("排版 · setting", total=len(cards))
        try:
            card_sheets(
                cards, pdf, single=single, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
        except CardSheetError as wrong:
            fail(str(wrong), 1)
    print(f"{pdf}: {len(cards)} 张 cards")
