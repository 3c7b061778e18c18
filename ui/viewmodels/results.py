# SPDX-License-Identifier: LicenseRef-Gatehouse
"""最近结果: the last three passages on the scan screen, without names, with 更正 and 撤销 (interface.md 4 and 5.2)."""

from dataclasses import dataclass, replace

from kiosk.app.views import PassageView
from kiosk.domain.identity import PassageId
from kiosk.domain.instants import shanghai
from ui.viewmodels.states import Result

ROWS = 3
UNDO_MS = 10_000


@dataclass(frozen=True, slots=True)
class _Noted:
    view: PassageView
    at: str
    noted_ms: int
    asked: bool = False


class Results:
    """The newest first; a passage that changes keeps one row."""

    def __init__(self) -> None:
        self._noted: list[_Noted] = []

    def note(self, view: PassageView, wall_ms: int, mono_ms: int) -> None:
        """A verdict was shown."""
        self.drop(view.passage)
        at = shanghai(wall_ms).strftime("%H:%M")
        self._noted = [_Noted(view, at, mono_ms), *self._noted][:ROWS]

    def drop(self, passage: PassageId) -> None:
        """The row goes: undone."""
        self._noted = [row for row in self._noted if row.view.passage != passage]

    def undo_asked(self, passage: PassageId, mono_ms: int) -> bool:
        """A tap on 撤销: True if it is the second one in time."""
        for at, row in enumerate(self._noted):
            if row.view.passage == passage and self._undoable(at, mono_ms):
                if row.asked:
                    return True
                self._noted[at] = replace(row, asked=True)
        return False

    def rows(self, mono_ms: int) -> tuple[Result, ...]:
        """As the scan screen shows them."""
        return tuple(
            Result(
                row.view,
                row.at,
                undo_left_s=-(-(UNDO_MS - (mono_ms - row.noted_ms)) // 1000) if self._undoable(at, mono_ms) else None,
                undo_asked=row.asked,
                correctable=row.view.readings > 0 and not row.view.duplicate,
            )
            for at, row in enumerate(self._noted)
        )

    def _undoable(self, at: int, mono_ms: int) -> bool:
        row = self._noted[at]
        return at == 0 and not row.view.duplicate and mono_ms - row.noted_ms < UNDO_MS
