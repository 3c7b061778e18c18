# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/badges` 借用证: numbered badges of a compound, who has them, lent and given back (domain.md 14)."""

from kiosk.domain.codes import MemberSource
from kiosk.domain.register import Compound, PassRow
from sync.office.service.badges import Borrower, LoanBadge, LoanFault
from sync.office.service.issue import DAYS
from sync.office.web.answers import NOT_FOUND, STALE, Answer, Done, Shown
from sync.office.web.badging import evidence_of, printed_badges
from sync.office.web.duty import badges_of
from sync.office.web.fields import REMARK, FormReader
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

PATH = "/badges"
_VIEW, _EDIT, _ISSUE, _REVOKE = "shift.review", "roster.edit", "pass.issue", "pass.revoke"
_MOST = 24
"""Three pages at a time."""


def show(visit: Visit) -> Answer:
    """The badges of one compound."""
    if visit.asked["c"] and visit.reach.compound(visit.asked["c"]) is None:
        return NOT_FOUND
    return _shown(visit, {})


def _shown(visit: Visit, faults: dict[str, str]) -> Shown:
    place = _place(visit)
    badges = [] if place is None else badges_of(visit).numbered(visit.tx, place.id)
    if badges:
        # Whom to call for a badge that was not given back; each look is in the audit.
        visit.note("phone.read", "badges", "duty list")
    return Shown(
        "badges.html",
        {
            "place": place, "compounds": visit.reach.compounds, "badges": badges,
            "lent": sum(one.borrower is not None for one in badges),
            "resting": [one for one in badges if one.row is not None and one.borrower is None],
            "sources": [(one.value, visit.t(f"member_source.{one.value}")) for one in MemberSource],
            "most": DAYS.stop - 1, "may_edit": visit.may(_EDIT) is not None, "may_issue": visit.may(_ISSUE) is not None,
        },
        faults,
    )  # fmt: skip


def _place(visit: Visit) -> Compound | None:
    asked = visit.reach.compound(visit.asked.get("c") or visit.form.get("compound"))
    return visit.reach.compounds[0] if asked is None and len(visit.reach.compounds) == 1 else asked


def make(visit: Visit) -> Answer:
    """So many more badges, printed at once."""
    place = visit.reach.compound(visit.form.get("compound"))
    if place is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    count, days = read.number("count", 1, _MOST), read.number("days", DAYS.start, DAYS.stop - 1)
    evidence = evidence_of(read, visit.now_ms)
    if read.faults or count is None or days is None:
        return _shown(visit, read.faults)
    made = badges_of(visit).make_numbered(visit.tx, place.id, count, evidence, days, visit.now_ms, by=visit.user.id)
    if not isinstance(made, list):
        return _shown(visit, {"days": "office.volunteers.fault.badge"})
    visit.note(_ISSUE, f"badges {place.id} {len(made)}")
    return _printed(visit, place, made)


def again(visit: Visit) -> Answer:
    """Print badges in force once more: one, or all of the compound."""
    place = visit.reach.compound(visit.form.get("compound"))
    if place is None:
        return NOT_FOUND
    wanted = visit.form.get("badge", "")
    found = [one for one in badges_of(visit).numbered(visit.tx, place.id) if one.row and wanted in ("", one.id)]
    return _printed(visit, place, found) if found else NOT_FOUND


def _printed(visit: Visit, place: Compound, badges: list[LoanBadge]) -> Answer:
    lent = visit.t("office.badges.paper")
    rows: list[tuple[PassRow, str, str]] = [
        (one.row, visit.t("office.badges.no", n=f"{one.number:02d}"), lent) for one in badges if one.row is not None
    ]
    return printed_badges(visit, place, rows, f"badges-{place.id}")


def lend(visit: Visit) -> Answer:
    """Lend one to somebody: name, source, phone."""
    place = visit.reach.compound(visit.form.get("compound"))
    if place is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    name, phone = read.text("name"), read.text("phone", 20, needed=False)
    source = read.choice("source", [one.value for one in MemberSource])
    badge = read.text("badge", 64)
    if read.faults:
        return _shown(visit, read.faults)
    to = Borrower(name, MemberSource(source), phone)
    fault = badges_of(visit).lend(visit.tx, place.id, badge, to, visit.now_ms, by=visit.user.id)
    return _answer(place, fault, "office.badges.lent_now")


def back(visit: Visit) -> Answer:
    """Given back."""
    place = visit.reach.compound(visit.form.get("compound"))
    if place is None:
        return NOT_FOUND
    fault = badges_of(visit).back(visit.tx, place.id, visit.form.get("badge", ""), visit.now_ms, by=visit.user.id)
    return _answer(place, fault, "office.badges.back_now")


def lost(visit: Visit) -> Answer:
    """Lost: withdrawn for good."""
    place = visit.reach.compound(visit.form.get("compound"))
    if place is None:
        return NOT_FOUND
    fault = badges_of(visit).lost(
        visit.tx, place.id, visit.form.get("badge", ""), visit.now_ms, by=visit.user.id, why=visit.why[:REMARK]
    )
    return _answer(place, fault, "office.badges.lost_now")


def _answer(place: Compound, fault: LoanFault | None, text: str) -> Answer:
    if fault is LoanFault.NO_BADGE:
        return NOT_FOUND
    return STALE if fault is not None else Done(f"{PATH}?c={place.id}", text)


PAGE = Page(
    PATH, "office.badges.title", Group.GATES, _VIEW, show, filters=("c",),
    posts={
        "make": Post(make, _ISSUE), "again": Post(again, _ISSUE), "lend": Post(lend, _EDIT), "back": Post(back, _EDIT),
        "lost": Post(lost, _REVOKE),
    },
)  # fmt: skip
