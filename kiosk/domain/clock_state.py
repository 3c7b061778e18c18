# SPDX-License-Identifier: LicenseRef-Gatehouse
"""时钟状态: what is known of the gate's clock when an event is made (sync-and-store.md 2, trust.md 11, rule R02).

Nothing is refused for a drift or a jump; only a clock that must be wrong (`bad`) stops the rules, until the office or a
leader confirms the time.
"""

from dataclasses import dataclass

from kiosk.domain.codes import ClockState
from kiosk.domain.instants import DAY_MS

SLACK_MS = 120_000
"""容差: so far may the clock lie before the newest fact, or off the office's, and pass for right."""

OFF_MS = 600_000
"""偏差过大: beyond this the offset is flagged as `off`."""

JUMP_MS = 2_000
"""跳变: wall time against monotonic time."""


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """时钟事实: times in ms.

    `high_water_ms`: newest of last event, last signed issue and last office time; None: nothing known yet.
    `offset_ms`: office time minus own, None if no office time was heard since the machine started.
    `late_start`: at start the clock stood more than a day past the newest event. `moved_ms`: how far the wall clock
    moved against the monotonic one. `confirmed`: a leader confirmed the time after it was bad.
    """

    now_ms: int
    high_water_ms: int | None
    offset_ms: int | None = None
    late_start: bool = False
    moved_ms: int = 0
    confirmed: bool = False


def late_start(now_ms: int, newest_event_ms: int | None) -> bool:
    """开机时钟过晚: more than a day past the newest event (R02, second half)."""
    return newest_event_ms is not None and now_ms > newest_event_ms + DAY_MS


def clock_state(facts: ClockFacts) -> ClockState:
    """判断时钟: the state that new events carry."""
    offset, moved = facts.offset_ms, abs(facts.moved_ms) > JUMP_MS
    if offset is None:
        behind = facts.high_water_ms is not None and facts.now_ms < facts.high_water_ms - SLACK_MS
        if facts.confirmed:
            return ClockState.CONFIRMED
        if behind or facts.late_start:
            return ClockState.BAD
        return ClockState.JUMPED if moved else ClockState.UNSYNCED
    # The office's word settles it: how far the clock is off is known, so that it cannot be `bad`.
    if abs(offset) > OFF_MS:
        return ClockState.OFF
    if moved:
        return ClockState.JUMPED
    return ClockState.DRIFT if abs(offset) > SLACK_MS else ClockState.OK
