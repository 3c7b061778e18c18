# SPDX-License-Identifier: LicenseRef-Gatehouse
"""无人操作: what becomes of a screen that nobody has touched for a while; pure (interface.md sections 4 and 5)."""

from enum import Enum, auto

from kiosk.app.views import LookClass
from ui.announcer import MEASURE_AFTER_MS
from ui.viewmodels.forms import FormState
from ui.viewmodels.leader_page import LeaderDeskState
from ui.viewmodels.states import (
    CategoryState,
    CodeState,
    KeypadState,
    LeaderState,
    LookupState,
    MenuState,
    ResultState,
    ScreenState,
    SyncState,
)

GO_CLEARS_MS, CODE_CLEARS_MS = 1_500, 4_000
KEYPAD_IDLE_MS, SCREEN_IDLE_MS, DIRECTION_IDLE_MS = 30_000, 60_000, 60_000


class Idle(Enum):
    """该怎样."""

    STAYS = auto()
    HOME = auto()
    CLEARED = auto()
    """A GO has been seen: home, or the group that it belongs to."""
    ASK_AGAIN = auto()
    """请测体温, spoken."""
    ASIDE = auto()
    """A form: its half-made entry becomes a chip, or it is let go."""


def after(state: ScreenState, idle_ms: int, *, asked: bool) -> Idle:
    """What becomes of `state`, untouched for `idle_ms`; `asked`: 请测体温 has been spoken for this person."""
    match state:
        case ResultState(view=view) if view.look.cls is LookClass.GO and view.final:
            return Idle.CLEARED if idle_ms >= GO_CLEARS_MS else Idle.STAYS
        case ResultState(view=view):
            waits = view.look.cls is LookClass.WAIT
            return Idle.HOME if waits and idle_ms >= SCREEN_IDLE_MS else Idle.STAYS
        case CodeState(view=view):
            return Idle.HOME if idle_ms >= CODE_CLEARS_MS and not view.colour_keys else Idle.STAYS
        case KeypadState() if not asked and idle_ms >= MEASURE_AFTER_MS:
            return Idle.ASK_AGAIN
        case KeypadState():
            return Idle.HOME if idle_ms >= KEYPAD_IDLE_MS else Idle.STAYS
        case LookupState() | CategoryState() | MenuState() | LeaderState() | SyncState() | LeaderDeskState():
            return Idle.HOME if idle_ms >= SCREEN_IDLE_MS else Idle.STAYS  # the leader's desk locks itself then
        case FormState():
            return Idle.ASIDE if idle_ms >= SCREEN_IDLE_MS else Idle.STAYS
        case _:
            return Idle.STAYS
