# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/` 今日进出: a day's counts by gate, and its newest passages, masked."""

from sync.office.web.answers import NOT_FOUND, Answer, Shown
from sync.office.web.page import Group, Page
from sync.office.web.today import chosen_day, todays_passages
from sync.office.web.visit import Visit
from sync.office.web.wall import heartbeat, minute

LOOKS = {
    "ADMIT": "go", "ADMIT_REGISTER": "go", "EMERGENCY": "go", "ADMIT_ESCORT": "wait", "WAIT": "wait",
    "LEADER": "wait", "REDIRECT": "wait", "HOLD": "stop", "REFUSE": "stop", "REFUSE_EXIT": "stop",
}  # fmt: skip
"""Verdict -> the look of its shape."""


def show(visit: Visit) -> Answer:
    """The page."""
    day = chosen_day(visit.asked["day"], visit.now_ms)
    gate = visit.asked["gate"] or None
    # Made once for all who look, as the wall is: what the gates bring shows in their heads.
    fresh = (day, minute(visit.now_ms), heartbeat(visit.tx))
    tally = visit.house.recent.get("tally", fresh, lambda: visit.office.passages.tally(visit.tx, day.toordinal()))
    page = todays_passages(visit.office, visit.tx, visit.reach, day, gate, visit.asked["before"], tally)
    if page is None:
        return NOT_FOUND
    return Shown("today.html", {"page": page, "looks": LOOKS})


PAGE = Page("/", "office.nav.today", Group.OVERVIEW, "shift.review", show, filters=("day", "gate", "before"))
