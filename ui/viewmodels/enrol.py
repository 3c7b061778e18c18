# SPDX-License-Identifier: LicenseRef-Gatehouse
"""首次启动: from a scanned code to an enrolled gate; the talk with the office runs in a thread of its own (5.1)."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from kiosk.app.scanning import CodeKind, CodeSeen, Sighting
from kiosk.app.views import Line
from ui.viewmodels.states import EnrolState

Enrol = Callable[[bytes], str | None]
"""Claims a code (JSON as bytes): None when the gate is enrolled, else the fault's code (`enrol.error.<code>`)."""


class EnrolModel(QObject):
    """`changed` carries the screen's state, `enrolled` tells that the gate can be opened."""

    changed = Signal(object)
    enrolled = Signal()
    _answered = Signal(object)

    def __init__(self, enrol: Enrol) -> None:
        super().__init__()
        self._enrol = enrol
        self._busy = False
        self.state = EnrolState()
        self._answered.connect(self._answer)

    def sighted(self, sighting: Sighting) -> None:
        """A code before the camera."""
        if isinstance(sighting, CodeSeen):
            if sighting.kind is CodeKind.ENROLMENT:
                self.claim(sighting.payload)
            else:
                self._put(EnrolState(Line("enrol.error.not_a_code"), bad=True))

    def claim(self, payload: bytes) -> None:
        """Claim a code; a second one while the first is asked is left alone."""
        if self._busy:
            return
        self._busy = True
        self._put(EnrolState(Line("enrol.working"), progress=30))
        threading.Thread(target=lambda: self._answered.emit(self._enrol(payload)), name="enrol", daemon=True).start()

    def _answer(self, fault: str | None) -> None:
        self._busy = False
        if fault is None or fault == "no_lists":
            self._put(EnrolState(Line("enrol.loading", {"n": 100}), progress=100, network=True))
            self.enrolled.emit()
        else:
            self._put(EnrolState(Line(f"enrol.error.{fault}"), bad=True, network=fault != "no_office"))

    def _put(self, state: EnrolState) -> None:
        self.state = state
        self.changed.emit(state)
