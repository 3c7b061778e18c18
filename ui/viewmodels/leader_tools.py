# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the leader's desk uses beside the log: files, printer, self-test, settings; each handed in by compose."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kiosk.app.settings import Settings, SettingsShelf
from kiosk.app.shift_sheet import ShiftSheet
from kiosk.domain.log.findings import LogReport

Modules = tuple[tuple[bool, ...], ...]


class SheetForm(StrEnum):
    """导出格式."""

    CSV = "CSV"
    XLSX = "XLSX"
    PDF = "PDF"


@dataclass(frozen=True, slots=True)
class Place:
    """导出位置: a stick, or this tablet's own folder."""

    folder: Path
    stick: bool


@dataclass(frozen=True, slots=True)
class Written:
    """写好的文件: still under its working name until the gate has recorded it."""

    part: Path
    final: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Slip:
    """要打印的一张: a symbol, the serial under it, and lines; `kind` names its heading (`slip.*`)."""

    kind: str
    text: str | None
    serial: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestRow:
    """自检的一行: GOOD, NOTE or FAULT; what was found and what to do, in two languages."""

    name: str
    state: str
    zh: str
    en: str
    todo_zh: str = ""
    todo_en: str = ""

    def said(self, language: str) -> tuple[str, str]:
        """What was found, and what to do."""
        return (self.zh, self.todo_zh) if language.startswith("zh") else (self.en, self.todo_en)


@dataclass(frozen=True, slots=True)
class SelfTest:
    """一项自检: `run` may take seconds, in any thread."""

    name: str
    run: Callable[[], TestRow]


@dataclass(frozen=True, slots=True)
class LeaderTools:
    """门长台的工具.

    `export_unsent` gives the files' names, "" where all is sent. `verify` tells its progress as (events done, of how
    many); None: the file cannot be read.
    """

    places: Callable[[], tuple[Place, ...]]
    write: Callable[[SheetForm, ShiftSheet, Place, str], Written]
    finish: Callable[[Written], None]
    discard: Callable[[Written], None]
    verify: Callable[[Callable[[int, int], None]], LogReport | None]
    head: Callable[[], int]
    print_slip: Callable[[Slip], str]
    settings: SettingsShelf
    use_settings: Callable[[Settings], None]
    export_unsent: Callable[[Place], str]
    self_tests: tuple[SelfTest, ...] = ()
    play_tone: Callable[[], None] = lambda: None
    leave_program: Callable[[], None] = lambda: None
    language: Callable[[], str] = lambda: "zh_CN"
    word: Callable[[str], str] = lambda key: key
    office_online: Callable[[], bool] = lambda: False
    breathe: Callable[[], None] = lambda: None
