# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Which pair of colours a verdict's class has; apart from the tokens, so that the first paint needs no gate's codes."""

from kiosk.app.views import LookClass
from ui.tokens import Pair, Theme


def class_colours(theme: Theme, look: LookClass) -> Pair:
    """The colours of a verdict's class (interface.md section 4)."""
    match look:
        case LookClass.GO | LookClass.STEP | LookClass.EMERGENCY:
            return theme.go
        case LookClass.STOP:
            return theme.stop
        case LookClass.CANNOT:
            return theme.cannot
        case LookClass.ESCORT | LookClass.WAIT | LookClass.LEADER | LookClass.UNKNOWN | LookClass.ELSEWHERE:
            return theme.wait
