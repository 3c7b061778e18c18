# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The gate of the demonstration as a process: the kiosk's own run on the clip, with a volunteer and a thermometer.

Prints `ready` when it scans and `over` when the clip has been played and sent; with `--stay` the window then goes on
with the real camera, if the machine has one, until it is closed.
"""

import argparse
import json
import signal
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from kiosk.launch import end
from sync.street.thermometer_pty import PtyThermometer
from tests.clips import Shown
from tests.demo.cast import CAST, Part
from tests.demo.volunteer import Volunteer
from ui.cli.run_window import LAST_LOOK_MS, Options, Runner
from ui.tokens import ThemeName
from ui.viewmodels.states import ScanState

CAMERA = Path("/dev/video0")
SENT_WITHIN_S = 10.0
FRAME_MS = 33
ENTERING_S, EVERY = 0.25, 4


def read_truth(file: Path) -> list[Shown]:
    """The clip's truth as `write_truth` keeps it."""
    rows = json.loads(file.read_bytes())
    return [Shown(r["start"], r["end"], r["payload"] and r["payload"].encode(), r["scenario"], r["tag"]) for r in rows]


def write_truth(file: Path, truth: list[Shown]) -> None:
    """Keep the clip's truth beside it."""
    rows = [
        {
            "start": s.start,
            "end": s.end,
            "payload": s.payload and s.payload.decode(),
            "scenario": s.scenario,
            "tag": s.tag,
        }
        for s in truth
    ]
    file.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


def main() -> int:
    """Run until the clip, or with `--stay` the window, is done; the kiosk's exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--gate", "--clip", "--screens"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--parts", default=",".join(part.key for part in CAST))
    parser.add_argument("--stay", action="store_true")
    given = parser.parse_args()
    options = Options(
        folder=given.gate, camera=str(given.clip), thermometer=str(given.gate / "thermometer"), simulated=True,
        theme=ThemeName.INDOOR, language="zh_CN", size=(1280, 800), public=False, screenshots=given.screens,
        exit_after_video=not given.stay,
    )  # fmt: skip
    with PtyThermometer(given.gate / "thermometer") as thermometer:
        application = QApplication(["gate-kiosk"])
        runner = Runner(options, application)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: runner.stop(0))
        cast = [part for part in CAST if part.key in given.parts.split(",")]
        show = _Show(
            runner, thermometer, cast, read_truth(given.clip.with_suffix(".json")), given.screens, stay=given.stay
        )
        show.setParent(application)
        runner.show()
        application.exec()
        return runner.close()


class _Show(QObject):
    """Waits for the kiosk to open, gives it a volunteer, and notes the end of the clip."""

    def __init__(
        self,
        runner: Runner,
        thermometer: PtyThermometer,
        cast: list[Part],
        truth: list[Shown],
        screens: Path,
        *,
        stay: bool,
    ) -> None:
        super().__init__()
        self._cast = cast
        self._screens = screens
        self._seen: set[str] = set()
        self._runner = runner
        self._thermometer = thermometer
        self._truth = truth
        self._stay = stay
        self._volunteer: Volunteer | None = None
        self._until = 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._opening)
        self._timer.start(20)

    def _opening(self) -> None:
        kiosk = self._runner.kiosk
        if kiosk is None:
            return
        self._timer.stop()
        self._volunteer = Volunteer(kiosk, self._thermometer, self._cast, self._truth, time.perf_counter)
        kiosk.front.bridge.camera.connect(self._camera)
        self._timer.timeout.disconnect()
        self._timer.timeout.connect(self._lane)
        self._timer.start(FRAME_MS)
        print("ready", flush=True)

    def _lane(self) -> None:
        """A picture of the screen that waits, now and then, as a card comes into view."""
        kiosk, volunteer = self._runner.kiosk, self._volunteer
        if kiosk is None or volunteer is None or not isinstance(kiosk.stage.state, ScanState):
            return
        key = volunteer.about_to_show(ENTERING_S)
        if key is not None and key not in self._seen:
            self._seen.add(key)
            if len(self._seen) % EVERY == 0:
                kiosk.front.window.grab().save(str(self._screens / f"scan-{key}.png"))

    def _camera(self, state: str) -> None:
        if state != "ENDED" or self._volunteer is None:
            return
        self._volunteer.stop()
        if self._stay:
            self._until = time.perf_counter() + SENT_WITHIN_S
            self._timer.stop()
            self._timer.timeout.disconnect()
            self._timer.timeout.connect(self._sent)
            QTimer.singleShot(LAST_LOOK_MS, self._send)

    def _send(self) -> None:
        if self._runner.kiosk is not None:
            self._runner.kiosk.door.sync_now()
        self._timer.start(200)

    def _sent(self) -> None:
        kiosk = self._runner.kiosk
        pending = 0 if kiosk is None else kiosk.gate.store.sync_state().pending
        if pending and time.perf_counter() < self._until:
            return
        self._timer.stop()
        print("over", flush=True)
        if CAMERA.exists():
            self._runner.use_camera(str(CAMERA))


if __name__ == "__main__":
    end(main())
