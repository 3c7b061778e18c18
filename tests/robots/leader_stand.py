# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A stand with the leader's desk over a real gate, and a robot that works it by touch; work beside the screen is done
at once.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from PySide6.QtWidgets import QApplication

from kiosk.adapters.export_xlsx import write_xlsx
from kiosk.adapters.pass_symbol import pass_symbol
from kiosk.adapters.settings_file import FolderSettings
from kiosk.adapters.store_review import FolderReview
from kiosk.adapters.store_verify import Unreadable, verify_file
from kiosk.app.handover_paper import HandoverPaper, printed
from kiosk.app.settings import Settings
from kiosk.app.shift_sheet import ShiftSheet, csv_text
from kiosk.compose_leader import durable, named, set_handover
from kiosk.domain.log.findings import LogReport
from tests.robots.house_stand import PINS, HouseStand
from tests.robots.volunteer import Volunteer
from ui.compose_leader import discard, said_in_both
from ui.device_trial import DeviceTrial, Plugs
from ui.leader_door import LeaderDoor
from ui.leader_worker import Failed, done
from ui.tokens import INDOOR, Theme
from ui.viewmodels.leader_desk import DeskParts, LeaderDesk
from ui.viewmodels.leader_home import FIRST
from ui.viewmodels.leader_tools import (
    Cold,
    Device,
    LeaderTools,
    Machine,
    Offered,
    Place,
    SelfTest,
    SheetForm,
    Slip,
    TestRow,
    Written,
)
from ui.views.leader_print import sheet_pdf, slip_pdf

T = TypeVar("T")
LEADER, DEPUTY = PINS["李门长"], PINS["赵副门长"]


def at_once(work: Callable[[], T], answer: Callable[[T | Failed], None]) -> None:
    """The work is done before anything else happens."""
    answer(done(work))


class LeaderStand(HouseStand):
    """门长台 over a real gate; files go to `out`."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        language: str = "zh_CN",
        theme: Theme = INDOOR,
        size: tuple[int, int] = (1280, 800),
    ) -> None:
        super().__init__(folder, language=language, theme=theme, size=size)
        self.folder = self.house.folder
        self.out = self.folder / "out"
        self.out.mkdir(exist_ok=True)
        self.online = False
        self.stick = True
        self.tones = 0
        self.left = self.restarted = False
        self.power_fault = "Access denied"
        self.pending = 3
        self.printer = False
        self.plugged: list[tuple[Device, str]] = []
        use = {device: partial(self._plug, device) for device in Device}
        self.trial = DeviceTrial(Plugs(use, self._found, lambda: (Offered("ble:C0:FF", "ble", "C0:FF"),)))
        self.used: list[Settings] = []
        self.slips: list[Path] = []
        word = self.words.get
        tools = LeaderTools(
            places=lambda: (Place(self.out, self.stick),),
            write=self._write,
            finish=lambda written: named(written.part, written.final),
            discard=discard,
            verify=self._verify,
            head=lambda: self.house.store.head()[0],
            print_slip=self._slip,
            settings=FolderSettings(self.folder),
            use_settings=self.used.append,
            handover=self._handover,
            print_file=lambda _file: self.printer,
            pending=lambda: self.pending,
            export_unsent=lambda _place: "gate-G01-1-1-9.ghlog",
            self_tests=SELF_TESTS,
            play_tone=self._tone,
            machine=Machine(self._leave, self._restart, lambda: self.power_fault, lambda: self.pending),
            devices=self.trial,
            cold=Cold(lambda: self.model.thermometer.cold, self.model.weather),
            language=lambda: self.words.language,
            word=word,
            office_online=lambda: self.online,
        )
        review = FolderReview(self.house.store._folder)
        parts = DeskParts(LeaderDoor(self.house.app, review, self.house.store.personal), self.pins, at_once, tools)
        self.desk = LeaderDesk(parts, self.stage, self.model, FIRST)
        self.window.lead(lambda: self.desk)

    def _tone(self) -> None:
        self.tones += 1

    def _plug(self, device: Device, setting: str) -> None:
        self.plugged.append((device, setting))

    @staticmethod
    def _found(device: Device) -> tuple[Offered, ...]:
        name = "ttyUSB0" if device is Device.THERMOMETER else "ttyACM0"
        return (Offered("none", "none"), Offered(f"/dev/{name}", "serial", name))

    def _restart(self) -> None:
        self.restarted = True

    def _leave(self) -> None:
        self.left = True

    def _write(self, form: SheetForm, sheet: ShiftSheet, place: Place, name: str) -> Written:
        final = place.folder / f"{name}.{form.value.lower()}"
        part = final.with_name(f"{final.name}.part")
        if form is SheetForm.PDF:
            sheet_pdf(part, sheet, "页", "签名")
        elif form is SheetForm.CSV:
            part.write_text(csv_text(sheet), encoding="utf-8-sig", newline="")
        else:
            write_xlsx(sheet, part)
        return Written(part, final, durable(part))

    def _handover(self, paper: HandoverPaper, place: Place) -> Written:
        final = place.folder / f"handover-{len(list(place.folder.iterdir()))}.pdf"
        part = final.with_name(f"{final.name}.part")
        set_handover(printed(paper, said_in_both), part)
        return Written(part, final, durable(part))

    def _slip(self, slip: Slip) -> str:
        file = self.out / f"{slip.kind}-{len(self.slips)}.pdf"
        modules = None if slip.text is None else pass_symbol(slip.text)
        slip_pdf(file, self.words.get(f"slip.{slip.kind}"), slip.lines, slip.serial, modules)
        self.slips.append(file)
        return file.name

    def _verify(self, _progress: Callable[[int, int], None]) -> LogReport | None:
        kek = self.house.keys.kek()
        found = verify_file(self.house.store._folder.file.path, kek=kek if isinstance(kek, bytes) else None)
        return None if isinstance(found, Unreadable) else found


def _row(name: str, state: str, zh: str, en: str, todo: tuple[str, str] = ("", "")) -> SelfTest:
    return SelfTest(name, lambda: TestRow(name, state, zh, en, *todo))


SELF_TESTS = (
    _row("camera", "GOOD", "有画面 1280x720", "a picture of 1280x720"),
    _row(
        "thermometer",
        "FAULT",
        "没有测温仪",
        "no thermometer",
        ("接好线,或用键盘输入", "plug it in, or type the reading"),
    ),
    _row("printer", "NOTE", "没有打印机", "no printer", ("证件存成PDF", "passes are kept as PDF")),
    _row("sync", "GOOD", "全部上传", "everything is sent"),
    _row("disk", "GOOD", "剩余 20480 MB, 可写", "20480 MB free, writable"),
    _row("clock", "GOOD", "时间与记录相符", "agrees with the records"),
)


class Leader(Volunteer):
    """A gate leader at the stand."""

    stand: LeaderStand

    def __init__(self, stand: LeaderStand) -> None:
        super().__init__(stand)

    def signs_in(self, name: str = "李门长") -> Self:
        """更多, 门长, PIN."""
        return self.tap("btn.more").tap("btn.tile.leader").pin(PINS[name]).at("screen.leader.home")

    def goes(self, *tiles: str) -> Self:
        """Tap tiles one after another."""
        for tile in tiles:
            self.tap(f"btn.tile.{tile}")
        return self

    def keys(self, *names: str) -> Self:
        """Tap keys of the row below."""
        for name in names:
            self.tap(f"btn.key.{name}")
        return self

    def back(self) -> Self:
        """返回."""
        return self.tap("btn.back")

    def person(self, building: str, room: str, who: str) -> Self:
        """Building, room, person: as a leader looks somebody up (one unit only)."""
        self.goes(building, room)
        tile = next(key for key in self.stand.window.leader.tiles if who in key.text())
        return self.tap(tile.objectName())

    def texts(self) -> str:
        """With what stands on the desk's page."""
        parts = [super().texts()]
        view = self.stand.window.leader
        if view.isVisible():
            parts += view.texts()
        QApplication.processEvents()
        return " ".join(parts)
