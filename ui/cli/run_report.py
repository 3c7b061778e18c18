# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`--screenshots DIR`: a picture and a line of `painted.jsonl` per verdict that was painted; no names, no readings.

A line: {"n", "what", "passage", "verdict", "reason", "scan_result", "recorded", "ms" or null, "at_ms", "picture"};
`ms` is from the capture of the frame to the end of the paint, null where no frame led to it (typed, sensed).
"""

import json
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from kiosk.app.views import PassageView
from ui.compose import Kiosk
from ui.paint_clock import Painted
from ui.viewmodels.states import CodeState, KeypadState, ResultState, ScreenState


class RunReport(QObject):
    """Writes as the kiosk shows."""

    def __init__(self, folder: Path, kiosk: Kiosk) -> None:
        super().__init__()
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._kiosk = kiosk
        self._file = (folder / "painted.jsonl").open("w", encoding="utf-8")
        self._count = 0
        self._last: object = None
        self._ms: float | None = None
        kiosk.stage.changed.connect(self._shown)
        kiosk.front.paint_clock.listen(self._painted)

    def _painted(self, figure: Painted) -> None:
        self._ms = round(figure.seconds * 1000, 2)

    def _shown(self, state: ScreenState) -> None:
        if isinstance(state, KeypadState | ResultState | CodeState):
            view = state.view
            same = (view.look, view.passage, view.temperature_dc) if isinstance(view, PassageView) else view.look
            if same == self._last:
                return
            self._last = same
            self._ms = None
            # after the paint, so that the picture and the figure are those of this state
            QTimer.singleShot(30, lambda: self._write(state))
        else:
            self._last = None

    def _write(self, state: KeypadState | ResultState | CodeState) -> None:
        if self._file.closed:
            return
        self._count += 1
        view = state.view
        name = f"{self._count:03d}.png"
        line: dict[str, object] = {
            "n": self._count,
            "what": type(state).__name__,
            "scan_result": view.scan_result.value,
        }
        if isinstance(view, PassageView):
            line |= {
                "passage": view.passage,
                "verdict": view.verdict.value,
                "reason": view.reason.value,
                "recorded": view.recorded,
            }
        at_ms = self._kiosk.gate.clock.wall_ms()
        line |= {"ms": self._ms, "at_ms": at_ms, "picture": name}
        self._kiosk.front.window.grab().save(str(self._folder / name))
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """The end of the run: the screen as it stands, and the file closed."""
        self._kiosk.front.window.grab().save(str(self._folder / "last.png"))
        self._file.close()
