# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/approvals` 双人审批: what waits for a second person, and what may be fetched (trust.md 3)."""

from dataclasses import dataclass

from sync.office.service.approvals import Approval, ApprovalFault
from sync.office.service.exports import Exported
from sync.office.web.answers import FORBIDDEN, NOT_FOUND, STALE, Answer, Done, Refused, Shown, Started
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

_ACTION = "role.grant"


@dataclass(frozen=True, slots=True)
class Waiting:
    """待审批一项: as the page shows it."""

    id: str
    text: str
    why: str
    asker: str
    asked_at_ms: int
    expires_at_ms: int
    mine: bool
    approved: bool
    fetched: bool


def show(visit: Visit) -> Answer:
    """All that is open and within this account's grants."""
    names = {user.id: user.name for user in visit.office.accounts.users(visit.tx)}
    waiting = [
        _waiting(visit, one, names)
        for one in visit.house.approvals.open(visit.tx, visit.now_ms)
        if one.deed in visit.house.deeds and visit.may(one.action) is not None
    ]
    return Shown("approvals.html", {"waiting": waiting})


def _waiting(visit: Visit, one: Approval, names: dict[str, str]) -> Waiting:
    deed = visit.house.deeds[one.deed]
    key, values = deed.told(one.params)
    return Waiting(
        one.id, visit.t(key, **values), one.why, names.get(one.asked_by, "?"), one.asked_at_ms, one.expires_at_ms,
        one.asked_by == visit.user.id, one.approved_by is not None, deed.fetched,
    )  # fmt: skip


def approve(visit: Visit) -> Answer:
    """The second person's yes: it is done here and now, unless the asker is to fetch it."""
    found = visit.house.approvals.approve(visit.tx, visit.session, visit.form.get("id", ""), visit.now_ms)
    if isinstance(found, ApprovalFault):
        return _fault(visit, found)
    if visit.house.deeds[found.deed].fetched:
        return Done("/approvals", "office.approvals.approved")
    return _done(visit, found)


def refuse(visit: Visit) -> Answer:
    """The second person's no, or the asker's taking back."""
    found = visit.house.approvals.refuse(visit.tx, visit.session, visit.form.get("id", ""), visit.now_ms)
    if isinstance(found, ApprovalFault):
        return _fault(visit, found)
    return Done("/approvals", "office.approvals.turned_down")


def fetch(visit: Visit) -> Answer:
    """What was approved, taken by the one who asked, once."""
    found = visit.house.approvals.use(visit.tx, visit.form.get("id", ""), visit.now_ms, asker=visit.user.id)
    if isinstance(found, ApprovalFault):
        return _fault(visit, found)
    return visit.house.deeds[found.deed].run(visit.house, visit.tx, found)


def _done(visit: Visit, found: Approval) -> Answer:
    used = visit.house.approvals.use(visit.tx, found.id, visit.now_ms)
    if isinstance(used, ApprovalFault):
        return _fault(visit, used)
    answer: Done | Exported | Refused | Started = visit.house.deeds[found.deed].run(visit.house, visit.tx, used)
    # The asker's page says what came of it; the second person stays where the list is.
    return Done("/approvals", "office.approvals.carried_out") if isinstance(answer, Done) else answer


def _fault(visit: Visit, fault: ApprovalFault) -> Answer:
    match fault:
        case ApprovalFault.GONE | ApprovalFault.CHANGED:
            return STALE
        case ApprovalFault.NOT_GRANTED | ApprovalFault.NOT_ASKER:
            answer: Answer = NOT_FOUND
        case _:
            answer = FORBIDDEN
    visit.note(_ACTION, visit.form.get("id", "")[:64], fault.value, refused=True)
    return answer


PAGE = Page(
    "/approvals", "office.approvals.title", Group.ADMIN, _ACTION, show,
    posts={
        "approve": Post(approve, _ACTION), "refuse": Post(refuse, _ACTION), "fetch": Post(fetch, _ACTION),
    },
)  # fmt: skip
