# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/night` 昨夜: the leader's page on his phone; decisions from afar stand on top (interface.md 12)."""

from sync.office.service.remote import RemoteAnswers, RemoteFault
from sync.office.web.answers import NOT_FOUND, STALE, Answer, Done, Shown
from sync.office.web.fields import REMARK, FormReader
from sync.office.web.night import keep_mark, nights
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

PATH = "/night"
_MARKS = {"seen": "SEEN", "more": "MORE"}


def _remote(visit: Visit) -> RemoteAnswers:
    return RemoteAnswers(visit.office.work, visit.office.audit, visit.office.ids)


def show(visit: Visit) -> Answer:
    """The gates, those with open things first."""
    return _shown(visit, {})


def _shown(visit: Visit, faults: dict[str, str]) -> Shown:
    waiting = () if visit.may("remote.approve") is None else _remote(visit).waiting(
        visit.tx, [gate.id for gate in visit.reach.gates], visit.now_ms
    )  # fmt: skip
    names = {gate.id: gate.name for gate in visit.reach.gates}
    found = nights(visit)
    return Shown(
        "night.html",
        {"nights": found, "waiting": waiting, "names": names, "open": sum(one.open for one in found)},
        faults,
    )


def mark(visit: Visit) -> Answer:
    """已阅, or 需补说明 with what is wanted."""
    gate = visit.reach.gate(visit.form.get("gate"))
    key = visit.form.get("item", "")
    what = _MARKS.get(visit.form.get("mark", ""))
    known = {item.key for one in nights(visit) if gate is not None and one.gate.id == gate.id for item in one.items}
    if gate is None or what is None or key not in known:
        return NOT_FOUND
    read = FormReader(visit.form)
    note = read.text("note", REMARK, needed=what == "MORE")
    if read.faults:
        return _shown(visit, {key: read.faults["note"]})
    keep_mark(visit, gate.id, key, what=what, note=note)
    visit.note("shift.review", key)
    return Done(PATH)


def answer(visit: Visit) -> Answer:
    """A decision from afar: by the request's number, with reason and password; never fever or isolation."""
    gate = visit.reach.gate(visit.form.get("gate"))
    decision = visit.form.get("answer")
    if gate is None or decision not in ("approve", "refuse"):
        return NOT_FOUND
    told = _remote(visit).answer(
        visit.tx, gate.id, visit.form.get("request", ""), visit.now_ms, approve=decision == "approve", why=visit.why,
        by=visit.user.operator or visit.user.id,
    )  # fmt: skip
    return STALE if isinstance(told, RemoteFault) else Done(PATH, f"office.night.{decision}d")


def live(visit: Visit) -> str:
    """Changes when somebody asks."""
    waiting = _remote(visit).waiting(visit.tx, [gate.id for gate in visit.reach.gates], visit.now_ms)
    return " ".join(f"{one.gate}{one.request}" for one in waiting)


PAGE = Page(
    PATH, "office.night.title", Group.OVERVIEW, "shift.review", show,
    posts={"mark": Post(mark, "shift.review"), "answer": Post(answer, "remote.approve")}, live=live,
)  # fmt: skip
