# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the leader's desk uses beside the log: files, printer, self-test, settings; each handed in by compose."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from kiosk.app.handover_paper import HandoverPaper
from kiosk.app.settings import Settings, SettingsShelf
from kiosk.app.shift_sheet import ShiftSheet
from kiosk.app.views import Line
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


class Device(StrEnum):
    """可选的设备: chosen at the desk and tried before it is kept."""

    THERMOMETER = "thermometer"
    SCANNER = "scanner"


@dataclass(frozen=True, slots=True)
class Offered:
    """可选的一个: its setting, its kind (`leader_device.kind_*`), and what it calls itself."""

    setting: str
    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """试用所见: whether it is connected (None: it has not said), and what it said last."""

    connected: bool | None = None
    said: Line | None = None
    grave: bool = False


class Devices(Protocol):
    """设备: tried at once, kept or given back; what comes in meanwhile belongs to the trial and to no passage."""

    def in_use(self, device: Device) -> str:
        """Its setting now."""
        ...

    def offered(self, device: Device) -> tuple[Offered, ...]:
        """What is plugged in, "none" first; any thread."""
        ...

    def nearby(self) -> tuple[Offered, ...]:
        """Bluetooth thermometers that can be heard; takes some seconds, any thread."""
        ...

    def begin(self, device: Device, setting: str) -> None:
        """Use it from now on."""
        ...

    def heard(self) -> Heard:
        """What it said since."""
        ...

    def end(self, *, keep: bool) -> None:
        """The trial is over; without `keep` the one before is used again."""
        ...


@dataclass(frozen=True, slots=True)
class Machine:
    """本机: end the program, begin it anew, switch the tablet off, give the device back to be enrolled anew.

    `power_off` takes seconds, in any thread; "" where it does so now, else what stood against it. `re_enrol` gives how
    many events must be sent first; 0: the program begins anew without its enrolment.
    """

    leave: Callable[[], None] = lambda: None
    restart: Callable[[], None] = lambda: None
    power_off: Callable[[], str] = lambda: "missing"
    re_enrol: Callable[[], int] = lambda: 0


class NoDevices:
    """`Devices` where nothing can be plugged in."""

    def in_use(self, _device: Device) -> str:
        """None."""
        return "none"

    def offered(self, _device: Device) -> tuple[Offered, ...]:
        """None."""
        return (Offered("none", "none"),)

    def nearby(self) -> tuple[Offered, ...]:
        """None."""
        return ()

    def begin(self, _device: Device, _setting: str) -> None:
        """Nothing happens."""

    def heard(self) -> Heard:
        """Nothing."""
        return Heard()

    def end(self, *, keep: bool) -> None:
        """Nothing to end."""
        del keep


@dataclass(frozen=True, slots=True)
class Cold:
    """低温模式: whether it is on, and the switch."""

    on: Callable[[], bool] = lambda: False
    turn: Callable[[], None] = lambda: None


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
    handover: Callable[[HandoverPaper, Place], Written]
    print_file: Callable[[Path], bool] = lambda _file: False
    pending: Callable[[], int] = lambda: 0
    self_tests: tuple[SelfTest, ...] = ()
    play_tone: Callable[[], None] = lambda: None
    machine: Machine = field(default_factory=Machine)
    devices: Devices = field(default_factory=NoDevices)
    cold: Cold = field(default_factory=Cold)
    language: Callable[[], str] = lambda: "zh_CN"
    word: Callable[[str], str] = lambda key: key
    office_online: Callable[[], bool] = lambda: False
    breathe: Callable[[], None] = lambda: None
