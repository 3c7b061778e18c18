# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The stage: what stands on the screen now, and since when; every flow puts its states here."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from ui.viewmodels.states import ScreenState


class Stage(QObject):
    """One state at a time. `changed` carries it; `touched_ms` is the monotonic time of the last tap or change."""

    changed = Signal(object)

    def __init__(self, first: ScreenState, mono_ms: Callable[[], int]) -> None:
        super().__init__()
        self._mono_ms = mono_ms
        self.state: ScreenState = first
        self.touched_ms = mono_ms()
        self.seen_at: float | None = None

    def put(self, state: ScreenState, *, seen_at: float | None = None) -> None:
        """Show a state; `seen_at` is the monotonic second of the frame that led to it, for the paint clock."""
        self.seen_at = seen_at
        self.touched_ms = self._mono_ms()
        self.state = state
        self.changed.emit(state)

    def refresh(self, state: ScreenState) -> None:
        """The same screen with newer figures: a count-down does not count as a touch."""
        if state != self.state:
            self.seen_at = None
            self.state = state
            self.changed.emit(state)

    def idle_ms(self) -> int:
        """How long nobody has touched it."""
        return self._mono_ms() - self.touched_ms
