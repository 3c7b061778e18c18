# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The screens over the real gate: real passes, real rules, a real file; and the program as a process, on a video."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.app.pin import PinAnswer
from kiosk.app.ports import PinVerdict
from kiosk.app.scanning_hints import Hint
from kiosk.compose import OpenGate, open_gate
from kiosk.domain.codes import MemberSource
from kiosk.domain.identity import OperatorId
from kiosk.domain.register import Operator
from tests.clips import Show, render_clip
from tests.clips_cards import card
from tests.robots.real_gate import Cards, gate_folder
from ui.announcer import Silent
from ui.compose import Kiosk, Outside, build_kiosk, front
from ui.first import Shell
from ui.tokens import INDOOR, ThemeName
from ui.viewmodels.states import ResultState

CLOCK = SystemClock()


@pytest.fixture
def cards(tmp_path: Path) -> Cards:
    return gate_folder(tmp_path, CLOCK.wall_ms())


@pytest.fixture
def kiosk(cards: Cards, qapp: QApplication) -> Iterator[Kiosk]:
    import assets

    keys = GateKeys(DemoKeyStore(cards.folder / "keys"))
    gate = open_gate(cards.folder, keys, CLOCK, FreshIds(CLOCK), assets.policies())
    assert isinstance(gate, OpenGate)
    shell = Shell(INDOOR, "", (1280, 800))
    made = front(lambda: CLOCK.mono_ms() / 1000, shell, language="zh_CN", theme=ThemeName.INDOOR)
    outside = Outside(lambda: None, Silent(), battery=lambda: 14)
    made_kiosk = build_kiosk(gate, made, outside)
    shell.show()
    QApplication.processEvents()
    yield made_kiosk
    made_kiosk.stop()
    gate.store.close()
    shell.deleteLater()


def test_a_real_card_a_real_verdict_a_real_record(kiosk: Kiosk, cards: Cards) -> None:
    kiosk.model.code_seen(cards.texts["card0"], 0.0)
    assert kiosk.front.window.keypad.isVisible()
    kiosk.model.typed("36.5")
    state = kiosk.stage.state
    assert isinstance(state, ResultState)
    QApplication.processEvents()
    assert kiosk.front.window.result.staff_texts()[0] == "放行 36.5℃ 张* 1号楼"
    stored = list(kiosk.gate.store.events_of_passage(state.view.passage))
    assert len(stored) >= 2, "what is shown is on the disk"


def test_a_lost_card_is_kept_and_an_expired_one_needs_one_key(kiosk: Kiosk, cards: Cards) -> None:
    for label in ("lost", "expired"):
        kiosk.model.code_seen(cards.texts[label], 0.0)
        kiosk.model.typed("36.5")
        texts = kiosk.front.window.result.staff_texts()
        assert {"lost": "此证已挂失", "expired": "出入证已过期,请核对身份并换证"}[label] in texts


def test_a_forgotten_pass_is_found_by_its_room(kiosk: Kiosk) -> None:
    flows = kiosk.front.window._flows
    assert flows is not None
    flows.lookup.begin()
    for tile in ("1", "101", "person.0", "ID_SEEN"):
        flows.lookup.chose(tile)
    kiosk.model.typed("36.4")
    assert "未带证,已登记" in kiosk.front.window.result.staff_texts()


def test_every_screen_of_a_demo_folder_says_so(kiosk: Kiosk) -> None:
    kiosk.front.window.status.grab()
    assert "演示" in kiosk.front.window.status.shown


def test_hints_and_the_fill_light_reach_the_screen_and_a_lost_camera_takes_the_hint_back(kiosk: Kiosk) -> None:
    bridge, scan = kiosk.front.bridge, kiosk.front.window.scan
    bridge.on_hint(Hint.CENTRE)
    bridge.on_fill_light(True)
    assert (scan.state.hint, scan.preview.light) == (Hint.CENTRE, True)
    bridge.on_camera_state("GONE")
    bridge.on_fill_light(False)
    assert (scan.state.hint, scan.preview.light) == (None, False)


def test_the_program_scans_a_video_and_ends_in_order(cards: Cards, tmp_path: Path) -> None:
    shows = [Show(card(cards.texts[label].decode(), n).picture, hold_s=0.6) for n, label in enumerate(("card0",))]
    render_clip(shows, tmp_path / "clip.avi", seed=3, lead_s=0.2, size=(640, 480))
    command = [sys.executable, "-P", "-m", "ui.cli.main", "run", "--folder", str(cards.folder)]
    command += ["--camera", str(tmp_path / "clip.avi"), "--window", "1280x800"]
    command += ["--screenshots", str(tmp_path / "shots"), "--exit-after-video"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "GATEHOUSE_DEBUG": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "shots" / "painted.jsonl").read_text().splitlines()]
    assert [line["reason"] for line in lines] == ["NEED_TEMP"]
    assert all(line["ms"] is not None for line in lines)
    assert (tmp_path / "shots" / "001.png").is_file()


def test_a_second_instance_is_told_that_one_is_running(kiosk: Kiosk, cards: Cards) -> None:
    command = [sys.executable, "-P", "-m", "ui.cli.main", "run", "--folder", str(cards.folder), "--window", "640x400"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 4


def test_a_leaders_pin_is_hashed_beside_the_screen(kiosk: Kiosk, cards: Cards, qtbot: QtBot) -> None:
    wang = OperatorId("7" * 32)
    kept = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("246810")
    kiosk.gate.app.facts.roster.put(Operator(wang, "L", "王门长", MemberSource.STREET, pin_hash=kept))

    def answer_to(pin: str) -> PinAnswer:
        answers: list[tuple[PinAnswer, threading.Thread]] = []
        kiosk.door.pin(pin, lambda answer: answers.append((answer, threading.current_thread())))
        qtbot.waitUntil(lambda: len(answers) == 1)
        assert answers[0][1] is threading.current_thread()
        return answers[0][0]

    assert answer_to("111111") == PinAnswer(PinVerdict.WRONG)
    assert answer_to("246810") == PinAnswer(PinVerdict.RIGHT, wang)
    assert (cards.folder / "pin-tries.json").read_text().split() == ["{", '"PAD":', "0", "}"]


def test_the_tablets_battery_stands_in_the_status_bar(kiosk: Kiosk, qtbot: QtBot) -> None:
    window, told = kiosk.front.window, kiosk.front.skin.words.get("status.battery", n=14)

    def shown() -> bool:
        window.status.grab()
        return told in window.status.shown

    qtbot.waitUntil(shown, timeout=3_000)
