# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The screen's figures (interface.md 15): frame in memory to painted verdict, start, memory, lateness."""

import contextlib
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.bench.rows import Row, percentile

if TYPE_CHECKING:
    from kiosk.adapters.camera import Picture
    from tests.robots.real_gate import Cards
    from ui.bridge import Bridge

ROOT = Path(__file__).resolve().parents[2]


def rows(quick: bool) -> list[Row]:
    """All rows; `quick` measures little."""
    with tempfile.TemporaryDirectory() as place:
        return [*_started(Path(place), quick=quick), *_painted(Path(place), quick=quick)]


def _started(place: Path, *, quick: bool) -> list[Row]:
    """Process start to first paint and to scanning; memory and processor while a clip of 30 frames a second is scanned.

    The first start fills the bytecode cache and is not counted. Processor time stands beside the wall's: others may
    work on the machine too.
    """
    from kiosk.adapters.clock import SystemClock
    from tests.clips import Show, render_clip
    from tests.clips_cards import card
    from tests.robots.real_gate import gate_folder

    made = place / "start"
    made.mkdir()
    cards = gate_folder(made, SystemClock().wall_ms(), 20)
    command = [sys.executable, "-P", "-m", "ui.cli.main", "run", "--folder", str(cards.folder), "--window", "1280x800"]
    shows = [Show(card(cards.texts[f"card{n}"].decode(), n).picture) for n in range(2 if quick else 3)]
    render_clip(shows, made / "clip.avi", fps=30)
    command += ["--camera", str(made / "clip.avi")]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"GATEHOUSE_TIMES": "1", "PYTHONPYCACHEPREFIX": str(place / "cache"), "PYTHONUNBUFFERED": "1"}
    first: list[float] = []
    scanning: list[float] = []
    own: list[float] = []
    memory = share = 0.0
    for _ in range(3 if quick else 11):
        with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                found = re.match(r"time (first paint|scanning): ([\d.]+) cpu ([\d.]+)", line)
                if found is not None and found[1] == "first paint":
                    first.append(float(found[2]))
                elif found is not None:
                    scanning.append(float(found[2]))
                    own.append(float(found[3]))
                    if len(scanning) == 1:
                        time.sleep(2)  # the clip runs: cv2, decoders and preview are loaded
                        share = _processor_share(process.pid, 4 if quick else 8)
                        memory = _memory_mb(process.pid)
                    process.terminate()
    p50, p90 = percentile(first[1:], 0.5), percentile(scanning[1:], 0.5)
    return [
        Row("ui start to first paint", goal="p50 <= 0.4 s", met=p50 <= 0.4, p50=p50, p99=max(first[1:])),
        Row("ui start to scanning", goal="p50 <= 1.0 s", met=p90 <= 1.0, p50=p90, p99=max(scanning[1:]),
            extra={"own_cpu_s": f"{percentile(own[1:], 0.5):.2f}"}),
        Row("ui memory", goal="RSS <= 200 MB", met=memory <= 200, extra={"rss_mb": memory}),
        Row("ui processor, 30 fps", goal="<= 80 % of a core", met=share <= 0.8, extra={"percent": share * 100}),
    ]  # fmt: skip


def _scan(pictures: "list[Picture]", bridge: "Bridge", done: threading.Event) -> None:
    """Each card is in view for a quarter of a second, at 30 frames a second."""
    from kiosk.adapters.camera import Frame
    from kiosk.adapters.decode_live import LiveLadder
    from kiosk.app.scanning import CodeSeen, SightingTracker

    ladder, tracker = LiveLadder(), SightingTracker()
    for number, picture in enumerate(pictures):
        for _ in range(8):
            begun = time.perf_counter()
            sighting = tracker.seen(ladder.look(picture, begun).symbols, begun)
            if isinstance(sighting, CodeSeen):
                bridge.on_sighting(sighting)
            bridge.on_frame(Frame(picture, begun, number), None)
            time.sleep(max(0.0, 1 / 30 - (time.perf_counter() - begun)))
    done.set()


def _held_up(cards: "Cards") -> "list[Picture]":
    """One frame per card, in the middle of the hold."""
    from tests.clips import clip, held_of
    from tests.clips_cards import card

    pictures = []
    for n, text in enumerate(cards.texts[label] for label in cards.texts if label.startswith("card")):
        shown = clip("easy", n, held=held_of(card(text.decode(), n).picture), hold_s=0.2)
        frames = [picture for at, picture in shown.frames() if at >= shown.arrival]
        pictures.append(frames[len(frames) // 2])
    return pictures


def _painted(place: Path, *, quick: bool) -> list[Row]:  # noqa: PLR0915 - one measurement, in its order
    """Frames in memory through ladder, gate, commit and paint, while the preview runs and a 4 ms timer watches."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    import assets
    from kiosk.adapters.clock import SystemClock
    from kiosk.adapters.ids import FreshIds
    from kiosk.adapters.keystore import GateKeys
    from kiosk.adapters.keystore_file import DemoKeyStore
    from kiosk.compose import OpenGate, open_gate
    from tests.robots.real_gate import gate_folder
    from ui.announcer import Silent
    from ui.compose import Outside, build_kiosk, front
    from ui.first import Shell
    from ui.tokens import INDOOR, ThemeName

    count = 20 if quick else 120
    made = place / "paint"
    made.mkdir()
    clock = SystemClock()
    cards = gate_folder(made, clock.wall_ms(), count)
    pictures = _held_up(cards)
    application = QApplication.instance() or QApplication([])
    keys = GateKeys(DemoKeyStore(cards.folder / "keys"))
    gate = open_gate(cards.folder, keys, clock, FreshIds(clock), assets.policies())
    assert isinstance(gate, OpenGate)
    shell = Shell(INDOOR, "", (1280, 800))
    parts = front(time.perf_counter, shell, language="zh_CN", theme=ThemeName.INDOOR)
    kiosk = build_kiosk(gate, parts, Outside(lambda: None, Silent()))
    shell.show()
    late: list[float] = []
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        late.append(now - last[0] - 0.004)
        last[0] = now

    timer = QTimer()
    timer.setInterval(4)
    timer.timeout.connect(tick)
    done = threading.Event()
    thread = threading.Thread(target=_scan, args=(pictures, parts.bridge, done), daemon=True)
    timer.start()
    last[0] = time.perf_counter()
    thread.start()
    while not done.is_set():
        application.processEvents()
        time.sleep(0.0005)
    timer.stop()
    figures = [figure.seconds for figure in parts.paint_clock.figures]
    kiosk.stop()
    gate.store.close()
    p95, worst = percentile(figures, 0.95), max(figures)
    ticks = sum(each > 0.016 for each in late)
    extra: dict[str, str | float] = {
        "n": str(len(figures)),
        "unread": str(count - len(figures)),
        "p95_ms": p95 * 1000,
        "max_ms": worst * 1000,
    }
    with contextlib.suppress(RuntimeError):
        shell.deleteLater()
    return [
        Row(
            "ui frame to painted", goal="p95 <= 100 ms, max <= 150", met=p95 <= 0.1 and worst <= 0.15,
            p50=percentile(figures, 0.5), p99=percentile(figures, 0.99), extra=extra,
        ),
        Row("ui ticks late", goal="0 later than 16 ms", met=ticks == 0, p99=percentile(late, 0.99),
            extra={"late": str(ticks), "of": str(len(late)), "max_ms": max(late) * 1000}),
    ]  # fmt: skip


def _processor_share(pid: int, seconds: float) -> float:
    """The share of one core that a process and its children take in the next seconds."""
    before, began = _processor_s(pid), time.perf_counter()
    time.sleep(seconds)
    return (_processor_s(pid) - before) / (time.perf_counter() - began)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text(encoding="ascii").split()]
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + sum(map(_processor_s, children))


def _memory_mb(pid: int) -> float:
    """The resident memory of a process now, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6
