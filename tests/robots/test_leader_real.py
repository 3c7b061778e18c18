# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长台 in the program as it runs: threads beside the screen, a hashed PIN, files on the disk, settings kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import assets
from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.settings_file import FolderSettings
from kiosk.app.settings import Settings
from kiosk.app.temperature_source import Method, SensedReading
from kiosk.compose import OpenGate, open_gate
from kiosk.domain.codes import MemberSource, ReadingSource, Site
from kiosk.domain.identity import OperatorId
from kiosk.domain.register import Operator
from tests.robots.real_gate import Cards, gate_folder
from ui.announcer import Silent
from ui.cli.doctor_checks import Place
from ui.cli.export_log import export_unsent
from ui.cli.self_tests import self_tests
from ui.compose import Kiosk, Outside, build_kiosk, front
from ui.first import Shell
from ui.tokens import INDOOR, ThemeName
from ui.viewmodels.leader_page import LeaderDeskState, LeaderPage
from ui.viewmodels.leader_tools import SelfTest

CLOCK = SystemClock()
WANG = OperatorId("7" * 32)


class Program:
    """The program's window over a gate's folder, opened as `gate-kiosk run` opens it."""

    def __init__(self, cards: Cards) -> None:
        keys = GateKeys(DemoKeyStore(cards.folder / "keys"))
        gate = open_gate(cards.folder, keys, CLOCK, FreshIds(CLOCK), assets.policies())
        assert isinstance(gate, OpenGate)
        kept = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("246810")
        gate.app.facts.roster.put(Operator(WANG, "L", "王门长", MemberSource.STREET, pin_hash=kept))
        self.shell = Shell(INDOOR, "", (1280, 800))
        made = front(lambda: CLOCK.mono_ms() / 1000, self.shell, language="zh_CN", theme=ThemeName.INDOOR)
        self.cameras: list[str] = []
        outside = Outside(lambda: None, Silent(), use_camera=self.cameras.append, self_tests=self.tests,
                          export_unsent=lambda to: export_unsent(cards.folder, to, CLOCK.wall_ms()))  # fmt: skip
        self.kiosk: Kiosk = build_kiosk(gate, made, outside)
        self.folder = cards.folder
        self.shell.show()
        QApplication.processEvents()

    def tests(self) -> tuple[SelfTest, ...]:
        return self_tests(Place(self.folder, demo=True), self.kiosk)

    @property
    def page(self) -> LeaderPage | None:
        state = self.kiosk.stage.state
        return state.page if isinstance(state, LeaderDeskState) else None

    def texts(self) -> str:
        return " ".join(self.kiosk.front.window.leader.texts())

    def close(self) -> None:
        self.kiosk.stop()
        self.kiosk.gate.store.close()
        self.shell.deleteLater()


@pytest.fixture
def program(tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Program]:
    cards = gate_folder(tmp_path, CLOCK.wall_ms())
    made = Program(cards)
    made.kiosk.model.code_seen(cards.texts["card0"], 0.0)
    made.kiosk.model.typed("36.5")
    window = made.kiosk.front.window
    window._lead(None)
    for digit in "246810":
        window.leader.digit(digit)
    window.leader.confirm()
    qtbot.waitUntil(lambda: made.page is not None and made.page.name == "screen.leader.home")
    yield made
    made.close()


def test_a_day_is_read_by_a_thread_and_drawn(program: Program, qtbot: QtBot) -> None:
    view = program.kiosk.front.window.leader
    view.chose("today")
    qtbot.waitUntil(lambda: program.page is not None and program.page.drawn is not None)
    assert "放行 1" in program.texts()


def test_the_log_is_checked_and_said_to_be_whole(program: Program, qtbot: QtBot) -> None:
    program.kiosk.front.window.leader.chose("verify")
    qtbot.waitUntil(lambda: "记录完整" in program.texts())


def test_a_sheet_is_written_and_recorded_before_it_has_its_name(program: Program, qtbot: QtBot) -> None:
    view = program.kiosk.front.window.leader
    view.chose("export")
    for form in ("CSV", "XLSX", "PDF"):
        view.chose(form)
        qtbot.waitUntil(lambda: "已写好" in program.texts())
    written = sorted(file.suffix for file in (program.folder / "export").iterdir())
    assert written == [".csv", ".pdf", ".xlsx"]
    kinds = [event.body.TYPE for event in program.kiosk.gate.store.events()]
    assert kinds.count("export") == 3


def test_the_unsent_log_goes_onto_a_stick_sealed_to_the_office(program: Program, qtbot: QtBot) -> None:
    view = program.kiosk.front.window.leader
    view.chose("export")
    view.chose("unsent")
    qtbot.waitUntil(lambda: "请交给街道办" in program.texts())
    (file,) = (program.folder / "export").glob("*.ghlog")
    assert "张伟".encode() not in file.read_bytes()


def test_the_self_test_tells_what_it_found(program: Program, qtbot: QtBot) -> None:
    program.kiosk.front.window.leader.chose("selftest")
    qtbot.waitUntil(lambda: program.page is not None and "14/14" in program.texts(), timeout=20_000)
    for said in ("没有接测温仪", "未绑定,像键盘一样用", "磁盘", "记录", "打印机"):
        assert said in program.texts()


def test_the_self_test_tells_what_the_thermometer_said_last(program: Program, qtbot: QtBot) -> None:
    kiosk = program.kiosk
    kiosk.devices.as_kept(Settings(thermometer="/dev/ttyUSB0"))
    kiosk._sensed(
        SensedReading(tenths=366, site=Site.WRIST, method=Method.NON_CONTACT, device_no="1", ambient=None,
                      taken_at_ms=0, source=ReadingSource.SERIAL, raw="")
    )  # fmt: skip
    kiosk.front.window.leader.chose("selftest")
    qtbot.waitUntil(lambda: program.page is not None and "上一次 36.6℃" in program.texts(), timeout=20_000)


def test_settings_hold_at_once_and_after_a_restart(program: Program) -> None:
    view = program.kiosk.front.window.leader
    view.chose("settings")
    for tile, choice in (("theme", "night"), ("camera", "1")):
        view.chose(tile)
        view.chose(choice)
    view.chose("sound")
    assert program.kiosk.front.skin.theme.name is ThemeName.NIGHT
    assert program.cameras == ["1"]
    assert program.kiosk.speaker.muted
    kept = FolderSettings(program.folder).load()
    assert (kept.theme, kept.camera, kept.sound) == ("night", "1", False)


def _wrong(program: Program, qtbot: QtBot, pin: str) -> str:
    """A PIN on the pad, and what is then said."""
    view = program.kiosk.front.window.leader
    for digit in pin:
        view.digit(digit)
    view.confirm()
    qtbot.waitUntil(lambda: program.page is not None and "正在核对" not in program.texts())
    return program.texts()


def test_five_wrong_pins_wait_also_after_a_kill_and_whatever_the_clock_says(
    tmp_path: Path, qapp: QApplication, qtbot: QtBot
) -> None:
    cards = gate_folder(tmp_path, CLOCK.wall_ms())
    program = Program(cards)
    program.kiosk.front.window._lead(None)
    said = [_wrong(program, qtbot, "000000") for _ in range(5)]
    assert ["30 秒" in each for each in said] == [False] * 4 + [True]
    program.close()  # nothing is taken back in order: the count is on the disk since before the hash
    again = Program(cards)
    again.kiosk.front.window._lead(None)
    assert "密码不对" in _wrong(again, qtbot, "246810")
    assert again.page is not None
    assert again.page.name == "screen.leader.pin"
    again.close()


def test_whoever_hands_over_prints_a_sheet_of_figures(program: Program, qtbot: QtBot) -> None:
    program.kiosk.model.home()
    told: list[str] = []
    program.kiosk._handover_paper(lambda line: told.append(line.key))
    qtbot.waitUntil(lambda: len(told) > 1, timeout=20_000)
    assert told == ["leader_export.working", "handover_paper.kept"]
    assert len(list(program.folder.rglob("*handover*.pdf"))) == 1


def test_a_damaged_settings_file_is_as_if_never_set(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"theme": 3, "sound": "yes", "camera": "2", "direction": "UP"}')
    kept = FolderSettings(tmp_path).load()
    assert (kept.theme, kept.sound, kept.camera, kept.direction.value) == (None, True, "2", "IN")
