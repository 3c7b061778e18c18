# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office enrol --gate G`: a fresh enrolment code; the former one ends (sync-and-store.md 14).

Exit: 0; 1 no such gate.
"""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, office_folder, opened


def command(
    gate: Annotated[str, typer.Option("--gate", "-g", help="门岗编号 · the gate's id")],
    folder: Folder = None,
    db: DbUrl = None,
    out: Annotated[Path | None, typer.Option("--out", help="也写到这里 (JSON) · write the JSON here too")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="不在终端显示 · no symbol on the terminal")] = False,
) -> None:
    """门岗启用码 · a gate's enrolment code."""
    from kiosk.domain.identity import GateId
    from sync.office.enrol_code import write_code
    from sync.office.home import OfficeHome
    from sync.office.keys import write_private

    home = OfficeHome(office_folder(folder))
    with closing(opened(folder, db)) as office:
        paper = write_code(office, home, home.settings().url, GateId(gate), by="gate-office enrol")
    if paper is None:
        fail(f"没有门岗 {gate} · no such gate", 1)
    if out is not None:
        write_private(out, paper.json_file.read_bytes())
    if not quiet:
        print(paper.for_terminal())
    print(f"{gate}: 15 分钟内有效,只用一次 · good for 15 minutes, once")
    print(paper.png_file)
    print(paper.json_file)
