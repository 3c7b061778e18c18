# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/returnees/platform` 平台接口: whether the line to the returnee platform works, and how old its last word is."""

from kiosk.domain.instants import DAY_MS
from sync.office.service.platform import ask_soon, state_of
from sync.office.web.answers import STALE, Answer, Done, Shown
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

PATH = "/returnees/platform"
_ACTION = "roster.import"


def show(visit: Visit) -> Answer:
    """The last attempts."""
    state = state_of(visit.tx)
    look = "dim"
    if state is not None:
        old = state.good_ms is None or visit.now_ms - state.good_ms > DAY_MS
        look = "stop" if old else "wait" if state.fault else "go"
    return Shown("returns_line.html", {"state": state, "look": look})


def ask(visit: Visit) -> Answer:
    """Have it asked within a minute."""
    if not ask_soon(visit.tx, visit.now_ms):
        return STALE
    visit.note("returnee.ask")
    return Done(PATH, "office.returns.line.asked")


PAGE = Page(
    PATH, "office.returns.line.title", Group.RETURNS, _ACTION, show, posts={"ask": Post(ask, _ACTION)},
    stands_for="/returnees",
)  # fmt: skip
