# SPDX-License-Identifier: LicenseRef-Gatehouse
"""可用操作: which ticks a passage wants and which buttons it offers now (domain.md section 7.3)."""

from kiosk.domain.admission import buttons, ticks_of
from kiosk.domain.codes import Button, Direction, Tick
from kiosk.domain.passage import PassageRecord
from kiosk.domain.temperature import GOOD


def wanted(record: PassageRecord) -> tuple[Tick, ...]:
    """Boxes that the verdict wants ticked; an overridden one wants none."""
    return () if record.overridden is not None else ticks_of(record.rule, record.verdict)


def offered(record: PassageRecord) -> tuple[Button, ...]:
    """Buttons of a passage now; an unmeasured entry never offers `admit` (I1)."""
    if record.final:
        return ()
    found = buttons(record.verdict, record.reason, wanted(record), record.ticks)
    safe = record.dir is Direction.OUT or record.outcome in GOOD or record.overridden is not None
    return found if safe else tuple(button for button in found if button is not Button.ADMIT)
