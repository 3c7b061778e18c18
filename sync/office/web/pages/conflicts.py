# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/conflicts` 冲突与存疑: set-aside events, one pass at two gates, overrides to confirm (interface.md 12).

Nothing is deleted: an event that is taken becomes a new row, one that is not stays as it came (sync-and-store.md 5).
"""

import json

from kiosk.domain.instants import day_of
from kiosk.domain.register import Operator
from sync.office.print.sheet import Sheet
from sync.office.service.asides import Aside, AsideFault, Asides
from sync.office.web.answers import FORBIDDEN, NOT_FOUND, STALE, Answer, Done, Shown
from sync.office.web.doubles import CONFIRMED, DOUBTED, doubles, key_of, overruled, settle
from sync.office.web.fields import REMARK, FormReader
from sync.office.web.listing import PAGE as ROWS
from sync.office.web.listing import Column, Kind, Listing, Row, place_asked, sheet_of
from sync.office.web.night import keep_mark
from sync.office.web.page import Group, Page, Post
from sync.office.web.visit import Visit

PATH = "/conflicts"
_ACTION = "record.correct"
_COLUMNS = (
    Column("received", "office.conflicts.received", Kind.TIME),
    Column("gate", "office.conflicts.gate"),
    Column("code", "office.conflicts.code", Kind.CODE, "office.conflicts.codes"),
    Column("place", "office.conflicts.place"),
    Column("outcome", "office.conflicts.outcome", Kind.MARK, "office.conflicts.outcomes"),
    Column("by", "office.conflicts.by"),
    Column("why", "office.conflicts.why"),
)
_LOOKS = {"WAITING": "wait", "TAKEN": "go", "ACCEPTED": "go", "REJECTED": "dim"}


def _asides(visit: Visit) -> Asides:
    office = visit.office
    return Asides(office.devices, office.events, office.book, office.projections, office.vault, office.audit)


def show(visit: Visit) -> Answer:
    """What waits for a person's judgement."""
    return _shown(visit, {})


def _shown(visit: Visit, faults: dict[str, str]) -> Shown:
    counts = _asides(visit).counts(visit.tx, visit.reach.gate_ids)
    named = ((gate, visit.reach.gate_name(gate), n) for gate, n in counts.items())
    by_gate = sorted(named, key=lambda one: (-one[2], one))
    found = overruled(visit)
    return Shown(
        "conflicts.html",
        {
            "list": _listing(visit), "by_gate": by_gate, "waiting": sum(counts.values()), "doubles": doubles(visit),
            "overruled": [one for one in found if not one.mark], "confirmed": sum(bool(one.mark) for one in found),
            "names": _leaders(visit),
        },
        faults,
    )  # fmt: skip


def _leaders(visit: Visit) -> dict[str, str]:
    cards = visit.office.book.register.all(visit.tx, Operator)
    return {str(card.id): visit.fields.name(card.name) for card in cards}


def _listing(visit: Visit, limit: int = ROWS) -> Listing:
    asked = visit.asked
    gates = [gate for gate in visit.reach.gate_ids if asked.get("gate", "") in ("", gate)]
    after = place_asked(visit) or 0
    waiting = asked.get("which", "") != "all"
    found = _asides(visit).listed(visit.tx, gates, waiting=waiting, after=after, limit=limit + 1)
    names = {user.id: user.name for user in visit.office.accounts.users(visit.tx)}
    rows = [_row(visit, one, names) for one in found[:limit]]
    older = str(after + limit) if len(found) > limit else None
    empty = "office.conflicts.none" if waiting else "office.conflicts.never"
    return Listing(_COLUMNS, rows, empty, older=older, exports=True)


def _row(visit: Visit, one: Aside, names: dict[str, str]) -> Row:
    outcome = "WAITING" if one.outcome is None else one.outcome.value
    place = visit.t("office.conflicts.at", epoch=one.epoch, seq=one.seq) if one.seq else ""
    return Row(
        {
            "received": one.received_at_ms, "gate": visit.reach.gate_name(one.gate_id), "code": one.code.value,
            "place": place, "outcome": outcome, "by": names.get(one.by, one.by), "why": one.why,
        },
        f"{PATH}/{one.id}", _LOOKS[outcome],
    )  # fmt: skip


def sheet(visit: Visit) -> Sheet:
    """The work list, without what was sent."""
    return sheet_of(
        visit, _listing(visit, 5_000), "conflicts", visit.t("office.conflicts.title"), f"{day_of(visit.now_ms)}"
    )


def one(visit: Visit) -> Answer:
    """One set-aside event: why, and what may be done; its text only when it is asked for."""
    found = _one(visit)
    return NOT_FOUND if found is None else _one_shown(visit, found, {})


def _one(visit: Visit) -> Aside | None:
    found = _asides(visit).one(visit.tx, visit.path["id"])
    return found if found is not None and visit.reach.gate(found.gate_id) is not None else None


def _one_shown(visit: Visit, found: Aside, faults: dict[str, str], text: str = "") -> Shown:
    opened = _asides(visit).opened(visit.tx, found)
    read = opened.read
    readable = read is not None and read.event is not None
    names = {user.id: user.name for user in visit.office.accounts.users(visit.tx)}
    return Shown(
        "conflict.html",
        {
            "one": found, "gate": visit.reach.gate_name(found.gate_id), "fault": opened.fault, "readable": readable,
            "kind": read.type if read is not None else "", "at_ms": read.at_ms if read is not None else None,
            "claims": visit.reach.gate_name(read.gate) if read is not None and read.gate != found.gate_id else "",
            "personal": opened.personal, "text": text, "by": names.get(found.by, found.by),
            "gone": opened.fault is AsideFault.GONE,
        },
        faults,
    )  # fmt: skip


def raw(visit: Visit) -> Answer:
    """The text as it was sent, without the part with names: what is unknown is treated as personal (trust.md 2)."""
    found = _one(visit)
    if found is None:
        return NOT_FOUND
    visit.note("name.reveal", found.id)
    return _one_shown(visit, found, {}, _pretty(_asides(visit).opened(visit.tx, found).text))


def retry(visit: Visit) -> Answer:
    """重试."""
    found = _one(visit)
    if found is None:
        return NOT_FOUND
    fault = _asides(visit).retry(visit.tx, found, visit.now_ms, by=visit.user.id)
    text = "office.conflicts.taken" if fault is None else f"office.conflicts.fault.{fault.value}"
    return Done(f"{PATH}/{found.id}", text)


def accept(visit: Visit) -> Answer:
    """接受 as a fact, with a reason."""
    return _decided(visit, accepted=True)


def reject(visit: Visit) -> Answer:
    """驳回, with a reason."""
    return _decided(visit, accepted=False)


def _decided(visit: Visit, *, accepted: bool) -> Answer:
    found = _one(visit)
    if found is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    why = read.text("because", REMARK)
    if read.faults:
        return _one_shown(visit, found, read.faults)
    decide = _asides(visit).accept if accepted else _asides(visit).reject
    fault = decide(visit.tx, found, visit.now_ms, by=visit.user.id, why=why)
    if fault is AsideFault.GONE:
        return STALE
    if fault is not None:
        return _one_shown(visit, found, {"because": f"office.conflicts.fault.{fault.value}"})
    return Done(PATH, "office.conflicts.accepted" if accepted else "office.conflicts.rejected")


def double(visit: Visit) -> Answer:
    """One pass at two gates: judged, with a word on what it was; both gates' flags go."""
    read = FormReader(visit.form)
    why = read.text("because", REMARK)
    key = visit.form.get("pair", "")
    if read.faults:
        return _shown(visit, {f"pair.{key}": read.faults["because"]})
    return Done(PATH, "office.conflicts.settled") if settle(visit, key, why) else NOT_FOUND


def override(visit: Visit) -> Answer:
    """An override is confirmed, or doubted with a word; never by the leader who made it."""
    key = visit.form.get("passage", "")
    found = next((each for each in overruled(visit) if each.passage == key and not each.mark), None)
    if found is None:
        return NOT_FOUND
    if visit.user.operator is not None and visit.user.operator == found.by:
        return FORBIDDEN
    doubted = visit.form.get("answer") == "doubt"
    read = FormReader(visit.form)
    note = read.text("because", REMARK, needed=doubted)
    if read.faults:
        return _shown(visit, {f"passage.{key}": read.faults["because"]})
    keep_mark(visit, found.gate_id, key_of(key), what=DOUBTED if doubted else CONFIRMED, note=note)
    visit.note(_ACTION, key_of(key), f"{'doubted' if doubted else 'confirmed'} {note}".strip())
    return Done(PATH, "office.conflicts.doubted" if doubted else "office.conflicts.confirmed")


def _pretty(text: str) -> str:
    """Indented if it is JSON, else as it stands."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    except ValueError:
        return text


LIST = Page(
    PATH, "office.conflicts.title", Group.CASES, _ACTION, show, filters=("which", "gate", "after"),
    posts={"double": Post(double, _ACTION), "override": Post(override, _ACTION)}, export=sheet,
)  # fmt: skip
ONE = Page(
    f"{PATH}/{{id}}", "office.conflicts.title", Group.CASES, _ACTION, one,
    posts={
        "raw": Post(raw, "name.reveal"), "retry": Post(retry, _ACTION), "accept": Post(accept, _ACTION),
        "reject": Post(reject, _ACTION),
    },
    stands_for=PATH,
)  # fmt: skip
