# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the leader's desk needs of an open gate beside its use cases, put together by hand: no Qt, no office."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kiosk.adapters.device_folder import read_receipt, sync_folder
from kiosk.adapters.export_places import own_place, sticks
from kiosk.adapters.export_xlsx import write_xlsx
from kiosk.adapters.paper_printer import print_file
from kiosk.adapters.pass_symbol import pass_symbol
from kiosk.adapters.settings_file import FolderSettings
from kiosk.adapters.store_review import FolderReview
from kiosk.adapters.store_upkeep import breathe
from kiosk.adapters.store_verify import Unreadable, verify_file
from kiosk.app.review import ReviewLog
from kiosk.app.settings import SettingsShelf
from kiosk.app.shift_sheet import ShiftSheet, csv_text
from kiosk.compose import OpenGate
from kiosk.domain.log.findings import LogReport

symbol_of = pass_symbol
"""Modules of a pass text; None where no card takes it."""
to_printer = print_file
"""Whether the printer took a file."""
have_a_rest = breathe
"""Let the other threads have the interpreter."""


@dataclass(frozen=True, slots=True)
class LeaderFiles:
    """文件: where the gate's log, settings and exports lie."""

    gate: OpenGate

    @property
    def folder(self) -> Path:
        """The gate's folder."""
        return self.gate.opened.folder.place.folder

    def review(self) -> ReviewLog:
        """The log read back."""
        return FolderReview(self.gate.opened.folder)

    def settings(self) -> SettingsShelf:
        """What is set at this tablet."""
        return FolderSettings(self.folder)

    def places(self) -> tuple[tuple[Path, bool], ...]:
        """Sticks, then the gate's own folder; (folder, is a stick)."""
        found = [(place, True) for place in sticks()]
        try:
            found.append((own_place(self.folder), False))
        except OSError:
            return tuple(found)
        return tuple(found)

    def head(self) -> int:
        """Seq of the newest event."""
        return self.gate.store.head()[0]

    def verify(self, progress: Callable[[int, int], None]) -> LogReport | None:
        """Check the open epoch's file, read-only; None where it cannot be read. `progress`: rows done, of how many."""
        kek = self.gate.keys.kek()
        receipt = read_receipt(self.folder)
        done = [0]
        of = self.head()

        def pause() -> None:
            progress(done[0], of)
            done[0] += 100
            breathe()

        found = verify_file(
            self.gate.opened.folder.file.path, () if receipt is None else (receipt,), self.gate.device,
            kek if isinstance(kek, bytes) else None, pause=pause,
        )  # fmt: skip
        return None if isinstance(found, Unreadable) else found

    @staticmethod
    def write_sheet(form: str, sheet: ShiftSheet, part: Path) -> None:
        """Write a sheet as CSV or XLSX; raises `OSError`."""
        if form == "CSV":
            part.write_text(csv_text(sheet), encoding="utf-8-sig", newline="")
        else:
            write_xlsx(sheet, part)


def set_handover(data: Mapping[str, object], part: Path) -> None:
    """Set the hand-over sheet as a PDF; typst is loaded when one is wanted. Raises `OSError`."""
    from kiosk.adapters.handover_paper import set_handover as typeset  # noqa: PLC0415 - seldom wanted

    typeset(data, part)


def durable(part: Path) -> str:
    """The file reaches the disk; its SHA-256 in hex. Raises `OSError`."""
    digest = sha256()
    with part.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
        os.fsync(file.fileno())
    return digest.hexdigest()


def named(part: Path, final: Path) -> None:
    """Give a written file its name. Raises `OSError`."""
    part.replace(final)
    sync_folder(final.parent)
