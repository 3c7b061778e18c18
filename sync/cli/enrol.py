# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office enrol --gate G`: a fresh enrolment code; the former one ends (sync-and-store.md 14).

Exit: 0; 1 no such gate, or one that the key bundle in force does not name.
"""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.office_folder import DbUrl, Folder, fail, office_folder, opened

if TYPE_CHECKING:
    from sync.office.compose import Office
    from sync.office.home import OfficeHome


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
        if not _in_bundle(office, home, gate):
            fail(f"{gate} 不在密钥表中,先 · not in the key bundle, first: gate-office keys sign-bundle", 1)
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


def _in_bundle(office: "Office", home: "OfficeHome", gate: str) -> bool:
    """Whether the key bundle in force names this gate: else its tablet would refuse the office's answer.

    A gate that is not there at all is said by the code that is made for it.
    """
    from kiosk.domain.identity import GateId
    from kiosk.domain.register import Gate
    from kiosk.domain.trust.bundle import KeyBundle, read_bundle
    from sync.office.service.lists import KEY_BUNDLE

    with office.database.reading() as tx:
        found, known = office.lists.get(tx, KEY_BUNDLE), office.book.register.get(tx, Gate, gate)
    if known is None or found is None:
        return True
    bundle = read_bundle(found[1], home.keys.roots())
    return not isinstance(bundle, KeyBundle) or bundle.site_of(GateId(gate)) is not None
