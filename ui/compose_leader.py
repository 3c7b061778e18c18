# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The leader's desk put together by hand: log reader, files, printer, self-test, settings, behind one window."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import assets
from kiosk.app.handover_paper import HandoverPaper, printed
from kiosk.app.settings import Settings
from kiosk.app.shift_sheet import ShiftSheet
from kiosk.app.texts import Catalogue
from kiosk.app.views import Line
from kiosk.compose import OpenGate
from kiosk.compose_leader import LeaderFiles, durable, have_a_rest, named, set_handover, symbol_of, to_printer
from kiosk.domain.instants import shanghai
from ui.leader_door import LeaderDoor
from ui.leader_worker import Failed, LeaderWorker
from ui.skin import Skin
from ui.viewmodels.gate import GateModel
from ui.viewmodels.leader_desk import DeskParts, LeaderDesk, Pins
from ui.viewmodels.leader_handover import handover_paper
from ui.viewmodels.leader_home import FIRST
from ui.viewmodels.leader_tools import (
    Cold,
    Devices,
    LeaderTools,
    Machine,
    Place,
    SelfTest,
    SheetForm,
    Slip,
    Written,
)
from ui.viewmodels.stage import Stage
from ui.views.leader_print import sheet_pdf, slip_pdf
from ui.views.leader_printer import print_slip, printer_name


@dataclass(frozen=True, slots=True)
class Around:
    """What the desk asks of the window around it."""

    stage: Stage
    model: GateModel
    skin: Skin
    pins: Pins
    use_settings: Callable[[Settings], None]
    online: Callable[[], bool]
    play_tone: Callable[[], None]
    machine: Machine
    devices: Devices
    cold: Cold
    export_unsent: Callable[[Path], str]
    self_tests: tuple[SelfTest, ...] = ()


class Paper:
    """纸: sheets and slips, in the language of the screen; called from any thread."""

    def __init__(self, files: LeaderFiles, skin: Skin, now_ms: Callable[[], int]) -> None:
        self._files = files
        self._word = skin.words.get
        self._now_ms = now_ms

    def write(self, form: SheetForm, sheet: ShiftSheet, place: Place, name: str) -> Written:
        """Under its working name; raises `OSError`."""
        stamp = shanghai(self._now_ms()).strftime("%H%M%S")
        final = place.folder / f"gate-{self._files.gate.device.gate}-{name}-{stamp}.{form.value.lower()}"
        part = final.with_name(f"{final.name}.part")
        if form is SheetForm.PDF:
            sheet_pdf(part, sheet, self._word("sheet.page"), self._word("sheet.signed"))
        else:
            self._files.write_sheet(form.value, sheet, part)
        return Written(part, final, durable(part))

    def handover(self, paper: HandoverPaper, place: Place) -> Written:
        """交接单, in both languages, under its working name; raises `OSError`."""
        stamp = shanghai(self._now_ms()).strftime("%Y%m%d-%H%M%S")
        final = place.folder / f"gate-{self._files.gate.device.gate}-handover-{stamp}.pdf"
        part = final.with_name(f"{final.name}.part")
        set_handover(printed(paper, said_in_both), part)
        return Written(part, final, durable(part))

    def slip(self, slip: Slip) -> str:
        """To the printer, or as a PDF where there is none; says where it went. Raises `OSError`."""
        heading = self._word(f"slip.{slip.kind}")
        modules = None if slip.text is None else symbol_of(slip.text)
        if slip.text is not None and modules is None:
            raise OSError(22, "no symbol for this pass")
        printer = printer_name()
        if printer is not None:
            print_slip(printer, heading, slip.lines, slip.serial, modules)
            return printer
        folder = next((place for place, _stick in reversed(self._files.places())), None)
        if folder is None:
            raise OSError(2, "no place for a file")
        file = folder / f"{slip.kind}-{slip.serial.replace(' ', '')}.pdf"
        slip_pdf(file, heading, slip.lines, slip.serial, modules)
        return file.name


@cache
def _catalogues() -> tuple[Catalogue, ...]:
    return tuple(Catalogue(language, *assets.texts(language)) for language in assets.LANGUAGES)


def said_in_both(line: Line) -> tuple[str, str]:
    """A line in 中文 and English."""
    zh, en = (catalogue.line(line) for catalogue in _catalogues())
    return zh, en


def discard(written: Written) -> None:
    """The gate could not record it: it does not leave."""
    written.part.unlink(missing_ok=True)


def print_handover(gate: OpenGate, skin: Skin, background: LeaderWorker, told: Callable[[Line], None]) -> None:
    """交接单 at the hand-over: figures and tokens, nobody by name; written, recorded, printed. On the GUI thread."""
    files = LeaderFiles(gate)
    paper = Paper(files, skin, gate.clock.wall_ms)
    door = LeaderDoor(gate.app, files.review())
    sheet = handover_paper(door, gate.pending())
    places = files.places()
    failed = Line("leader_export.failed")
    told(Line("leader_export.working"))

    def written(found: Written | Failed) -> None:
        if isinstance(found, Failed):
            told(failed)
            return
        done = gate.app.records.exported("HANDOVER", 0, files.head(), found.sha256)
        if done.fault is not None:
            discard(found)
            told(Line("staff.unrecorded"))
            return
        try:
            named(found.part, found.final)
        except OSError:
            told(failed)
            return
        background(lambda: to_printer(found.final), lambda took: printed_out(found, took))

    def printed_out(found: Written, took: object) -> None:
        key = "printed" if took is True else "kept"
        told(Line(f"handover_paper.{key}", {"name": found.final.name}))

    if not places:
        told(failed)
        return
    folder, stick = places[0]
    background(lambda: paper.handover(sheet, Place(folder, stick)), written)


def leader_desk(gate: OpenGate, around: Around) -> LeaderDesk:
    """The desk over an open gate."""
    files = LeaderFiles(gate)
    words = around.skin.words
    paper = Paper(files, around.skin, gate.clock.wall_ms)
    tools = LeaderTools(
        places=lambda: tuple(Place(folder, stick) for folder, stick in files.places()),
        write=paper.write,
        finish=lambda written: named(written.part, written.final),
        discard=discard,
        verify=files.verify,
        head=files.head,
        print_slip=paper.slip,
        settings=files.settings(),
        use_settings=around.use_settings,
        handover=paper.handover,
        print_file=to_printer,
        pending=gate.pending,
        export_unsent=lambda place: around.export_unsent(place.folder),
        self_tests=around.self_tests,
        play_tone=around.play_tone,
        machine=around.machine,
        devices=around.devices,
        cold=around.cold,
        language=lambda: words.language,
        word=words.get,
        office_online=around.online,
        breathe=have_a_rest,
    )
    door = LeaderDoor(gate.app, files.review(), gate.store.personal)
    parts = DeskParts(door, around.pins, LeaderWorker(), tools)
    return LeaderDesk(parts, around.stage, around.model, FIRST)
