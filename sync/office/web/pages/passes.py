# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/passes` 出入证: applications with both evidences, signing, a whole building at once, cards, loss, reissue."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk.domain.codes import PassKind, PassState
from kiosk.domain.identity import PassId
from kiosk.domain.instants import DAY_MS
from kiosk.domain.register import Compound, Dwelling, PassRow, Person
from sync.office.print.card import CardSheetError, CardToPrint
from sync.office.print.cards import card_sheets
from sync.office.service.applications import (
    ApplicationState,
    PassApplication,
    Unfit,
    colour_of,
)
from sync.office.service.exports import Exported, Purpose
from sync.office.service.first_issue import Batch, FirstIssue
from sync.office.service.issue import DAYS, Issued, IssueFault
from sync.office.service.jobs import Ended, JobFile, Told
from sync.office.service.printing import CardsToPrint
from sync.office.store.register import RegisterRow
from sync.office.web.answers import NOT_FOUND, STALE, Answer, Done, Shown, Started
from sync.office.web.evidences import colours, evidence_of, platforms, unfit_of
from sync.office.web.fields import REMARK, FormReader
from sync.office.web.listing import PAGE as ROWS
from sync.office.web.listing import Column, Kind, Listing, Row, place_asked
from sync.office.web.opened import opened
from sync.office.web.page import Group, Page, Post
from sync.office.web.persons import person_within
from sync.office.web.returned import returned, returns_of
from sync.office.web.visit import Visit

PATH = "/passes"
_SOON_MS = 7 * DAY_MS
_KINDS = (PassKind.RESIDENT, PassKind.TENANT, PassKind.WORK)
_APPLICATIONS = (
    Column("name", "office.passes.name"),
    Column("compound", "office.passes.compound"),
    Column("kind", "office.passes.kind", Kind.CODE, "pass_kind"),
    Column("evidence", "office.passes.evidence", Kind.CODE, "office.passes.fit"),
    Column("asked", "office.passes.asked", Kind.TIME),
    Column("gate", "office.passes.gate"),
)
_CARDS = (
    Column("serial", "office.passes.serial"),
    Column("name", "office.passes.name"),
    Column("room", "office.passes.room"),
    Column("kind", "office.passes.kind", Kind.CODE, "pass_kind"),
    Column("colour", "office.passes.colour", Kind.CODE, "pass_colour"),
    Column("state", "office.passes.state", Kind.CODE, "pass_state"),
    Column("to", "office.passes.to", Kind.TIME),
)
_LISTS = ("waiting", "soon", "all")


def show(visit: Visit) -> Answer:
    """What waits for a signature, what ends soon, or all cards of a compound."""
    if visit.asked["c"] and visit.reach.compound(visit.asked["c"]) is None:
        return NOT_FOUND
    return _shown(visit, {})


def _shown(visit: Visit, faults: dict[str, str]) -> Shown:
    wanted = visit.asked.get("list", "") or "waiting"
    compound = visit.reach.compound(visit.asked.get("c") or visit.form.get("compound"))
    if compound is None and len(visit.reach.compounds) == 1:
        compound = visit.reach.compounds[0]
    waiting = [] if wanted != "waiting" else _waiting(visit, None if compound is None else compound.id)
    buildings = [] if compound is None else sorted({home.building for home in opened(visit, compound.id).dwellings})
    return Shown(
        "passes.html",
        {
            "wanted": wanted, "lists": _LISTS, "compound": compound, "compounds": visit.reach.compounds,
            "list": _applications(visit, waiting) if wanted == "waiting" else _cards(visit, compound, wanted),
            "buildings": [(name, name) for name in buildings], "colours": colours(visit),
            "platforms": platforms(visit), "most": DAYS.stop - 1,
        },
        faults,
    )  # fmt: skip


def sign(visit: Visit) -> Answer:
    """Sign what was picked; what is not fit stays, and why is told."""
    signed = left = 0
    for application_id in FormReader(visit.form).picked("pick."):
        if _mine(visit, application_id) is None:
            return NOT_FOUND
        told = visit.office.issue.approve(visit.tx, application_id, visit.now_ms, by=visit.user.id)
        signed, left = signed + isinstance(told, Issued), left + (not isinstance(told, Issued))
    return Done(PATH, "office.passes.signed", {"n": signed, "left": left})


def refuse(visit: Visit) -> Answer:
    """Refuse what was picked."""
    picked = FormReader(visit.form).picked("pick.")
    for application_id in picked:
        if _mine(visit, application_id) is None:
            return NOT_FOUND
        visit.office.applications.decide(visit.tx, application_id, ApplicationState.REFUSED, None)
        visit.note("pass.issue", application_id, refused=True)
    return Done(PATH, "office.passes.refused", {"n": len(picked)})


def batch(visit: Visit) -> Answer:
    """A whole building or compound, with the evidences of the batch."""
    compound = visit.reach.compound(visit.form.get("compound"))
    if compound is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    evidence = evidence_of(read, visit.now_ms)
    days = read.number("days", DAYS.start, DAYS.stop - 1)
    unfit_of(read, evidence)
    if read.faults or days is None:
        return _shown(visit, read.faults)
    building = visit.form.get("building") or None
    asked = Batch(compound.id, building, evidence, days, visit.user.id)
    house = visit.house
    visit.note("pass.issue", f"{compound.id} {building or '*'}")

    def work(told: Told) -> Ended:
        office = house.office
        with office.database.writing() as tx:
            first = FirstIssue(office.book, office.issue, office.ids, returns_of(house))
            done = first.run(tx, asked, office.clock.wall_ms(), told)
        left = sum(done.left.values()) - done.left.get("HAS_PASS", 0)
        counts = {"n": done.signed, "had": done.left.get("HAS_PASS", 0), "left": left}
        return Ended("office.passes.batch_done", counts, f"{PATH}?c={asked.compound}&list=all")

    return Started("issue", work)


def cards(visit: Visit) -> Answer:
    """Card sheets of a compound or building, in building order, with strips and the hand-over list."""
    compound = visit.reach.compound(visit.form.get("compound"))
    if compound is None:
        return NOT_FOUND
    building = visit.form.get("building") or None
    found = _to_print(visit, compound.id, building=building)
    return _printed(visit, found, f"cards-{compound.id}-{building or 'all'}.pdf", PATH, single=False)


def card(visit: Visit) -> Answer:
    """One pass."""
    row = _pass(visit)
    return NOT_FOUND if row is None else _card_shown(visit, row, {})


def _card_shown(visit: Visit, row: PassRow, faults: dict[str, str]) -> Shown:
    holder = None if row.person is None else person_within(visit, row.person)
    return Shown(
        "pass.html",
        {
            "row": row, "holder": holder, "name": "" if holder is None else visit.fields.name(holder[0].name),
            "room": "" if holder is None else visit.fields.room(holder[1]),
            "good": row.state in (PassState.ACTIVE, PassState.SUSPENDED), "colours": colours(visit),
            "platforms": platforms(visit), "most": DAYS.stop - 1,
            "returned": None if row.person is None else returned(visit, row.person),
        },
        faults,
    )  # fmt: skip


def lost(visit: Visit) -> Answer:
    """Report it lost: on the list at once."""
    return _withdrawn(visit, lost=True)


def revoke(visit: Visit) -> Answer:
    """Withdraw it."""
    return _withdrawn(visit, lost=False)


def household(visit: Visit) -> Answer:
    """Withdraw all passes of the holder's household."""
    row = _pass(visit)
    if row is None or row.dwelling is None:
        return NOT_FOUND
    register = visit.office.book.register
    people = register.all(visit.tx, Person, dwelling_id=row.dwelling)
    mine = [each for person in people for each in register.all(visit.tx, PassRow, person_id=person.id)]
    good = [each for each in mine if each.state in (PassState.ACTIVE, PassState.SUSPENDED)]
    for each in good:
        visit.office.issue.revoke(visit.tx, each.id, visit.now_ms, by=visit.user.id, why=visit.why)
    return Done(f"{PATH}/{row.id}", "office.passes.household_done", {"n": len(good)})


def print_one(visit: Visit) -> Answer:
    """Its card once more."""
    row = _pass(visit)
    if row is None:
        return NOT_FOUND
    found = _to_print(visit, row.compound, only=(row.id,))
    return _printed(visit, found, f"card-{row.serial or row.id[:8]}.pdf", f"{PATH}/{row.id}", single=True)


def replace(visit: Visit) -> Answer:
    """A new card for the same person: the old one is on the list before the new one is signed."""
    row = _pass(visit)
    if row is None or row.person is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    evidence = evidence_of(read, visit.now_ms)
    days = read.number("days", DAYS.start, DAYS.stop - 1)
    if read.faults or days is None:
        return _card_shown(visit, row, read.faults)
    new = PassApplication(
        visit.office.ids.new_id(), row.person, row.compound, row.kind, evidence, visit.user.id, visit.now_ms,
        gates=row.gates, replaces=row.id, days=days, employer=row.employer, employer_contact=row.employer_contact,
        approval_no=row.approval_no,
    )  # fmt: skip
    return _applied(visit, new, lambda faults: _card_shown(visit, row, faults))


def ask(visit: Visit) -> Answer:
    """The form for a person."""
    found = person_within(visit, visit.path["id"])
    return NOT_FOUND if found is None else _ask_shown(visit, found[0], {})


def _ask_shown(visit: Visit, person: Person, faults: dict[str, str]) -> Shown:
    return Shown(
        "pass_new.html",
        {
            "person": person, "returned": returned(visit, person.id),
            "name": visit.fields.name(person.name), "colours": colours(visit),
            "platforms": platforms(visit), "most": DAYS.stop - 1,
            "kinds": [(kind.value, visit.t(f"pass_kind.{kind.value}")) for kind in _KINDS],
        },
        faults,
    )  # fmt: skip


def apply(visit: Visit) -> Answer:
    """Apply, and sign at once if the evidence is whole."""
    found = person_within(visit, visit.path["id"])
    if found is None:
        return NOT_FOUND
    person, read = found[0], FormReader(visit.form)
    kind = read.choice("kind", [each.value for each in _KINDS])
    work_pass = kind == PassKind.WORK.value
    employer = read.text("employer", 80, needed=work_pass)
    contact = read.text("employer_contact", 40, needed=work_pass)
    approval = read.text("approval_no", 40, needed=work_pass)
    evidence = evidence_of(read, visit.now_ms)
    days = read.number("days", DAYS.start, DAYS.stop - 1)
    if read.faults or days is None:
        return _ask_shown(visit, person, read.faults)
    new = PassApplication(
        visit.office.ids.new_id(), person.id, person.compound, PassKind(kind), evidence, visit.user.id, visit.now_ms,
        days=days, employer=employer or None, employer_contact=contact or None, approval_no=approval or None,
    )  # fmt: skip
    return _applied(visit, new, lambda faults: _ask_shown(visit, person, faults))


# -- inside ----------------------------------------------------------------------------------------------------------


def _applied(visit: Visit, new: PassApplication, again: Callable[[dict[str, str]], Shown]) -> Answer:
    unfit = visit.office.issue.apply(visit.tx, new, visit.now_ms)
    if unfit is not None:
        return Done(PATH, f"office.passes.waits.{unfit.value}")
    told = visit.office.issue.approve(visit.tx, new.id, visit.now_ms, by=visit.user.id)
    if not isinstance(told, Issued):
        return again({"days": f"office.passes.fault.{told.value}"})
    return Done(f"{PATH}/{told.row.id}", "office.passes.signed", {"n": 1, "left": 0})


def _waiting(visit: Visit, compound: str | None) -> list[PassApplication]:
    found = visit.office.applications.waiting(visit.tx, compound)
    return [one for one in found if visit.reach.compound(one.compound) is not None]


def _mine(visit: Visit, application_id: str) -> PassApplication | None:
    found = visit.office.applications.get(visit.tx, application_id)
    return found[0] if found is not None and visit.reach.compound(found[0].compound) is not None else None


def _pass(visit: Visit) -> PassRow | None:
    row = visit.office.book.register.get(visit.tx, PassRow, visit.path["id"])
    return row if row is not None and visit.reach.compound(row.compound) is not None else None


def _withdrawn(visit: Visit, *, lost: bool) -> Answer:
    row = _pass(visit)
    if row is None:
        return NOT_FOUND
    if row.state not in (PassState.ACTIVE, PassState.SUSPENDED):
        return STALE
    act = visit.office.issue.lost if lost else visit.office.issue.revoke
    told = act(visit.tx, row.id, visit.now_ms, by=visit.user.id, why=visit.why[:REMARK])
    return NOT_FOUND if isinstance(told, IssueFault) else Done(f"{PATH}/{row.id}", "office.passes.withdrawn")


def _applications(visit: Visit, waiting: Sequence[PassApplication]) -> Listing:
    names = {one.id: one.name for one in visit.reach.compounds}
    gates = {one.id: one.name for one in visit.reach.gates}
    rows = []
    for one in waiting[:ROWS]:
        found = person_within(visit, one.person)
        fit = colour_of(one.kind, one.evidence)
        code = fit.value if isinstance(fit, Unfit) else "READY"
        rows.append(
            Row(
                {"name": "" if found is None else visit.fields.name(found[0].name), "kind": one.kind.value,
                 "compound": names.get(one.compound, ""), "evidence": code, "asked": one.asked_at_ms,
                 "gate": "" if one.gate is None else gates.get(one.gate, one.gate)},
                href="" if found is None else f"/people/{one.person}", look="go" if code == "READY" else "wait",
                key=one.id,
            )
        )  # fmt: skip
    return Listing(_APPLICATIONS, rows, "office.passes.none_waiting", total=len(waiting), picks=True)


def _cards(visit: Visit, compound: Compound | None, wanted: str) -> Listing:
    register, tx = visit.office.book.register, visit.tx
    within = [one.id for one in (visit.reach.compounds if compound is None else (compound,))]
    begin = place_asked(visit) or 0
    if wanted == "all":
        total = sum(register.count(tx, PassRow, compound_id=one) for one in within)
        rows = register.newest_cards(tx, within, begin, ROWS)
    else:
        ending = register.ending_cards(tx, within, visit.now_ms, visit.now_ms + _SOON_MS)
        good = [row for row in ending if row.state is PassState.ACTIVE]
        total, rows = len(good), good[begin : begin + ROWS]
    people = register.many(tx, Person.ENTITY, [row.person for row in rows if row.person is not None])
    homes = register.many(tx, Dwelling.ENTITY, [row.dwelling for row in rows if row.dwelling is not None])
    shown = [_card_row(visit, row, people.get(row.person or ""), homes.get(row.dwelling or "")) for row in rows]
    older = str(begin + ROWS) if total > begin + ROWS else None
    return Listing(_CARDS, shown, f"office.passes.none_{wanted}", older=older, total=total)


def _card_row(visit: Visit, row: PassRow, who: RegisterRow | None, home: RegisterRow | None) -> Row:
    name = visit.fields.name(who.name) if isinstance(who, Person) else ""
    return Row(
        {
            "serial": row.serial or row.id[:8], "name": name,
            "room": visit.fields.room(home if isinstance(home, Dwelling) else None), "kind": row.kind.value,
            "colour": row.colour.value, "state": row.state.value, "to": row.valid_to_ms,
        },
        href=f"{PATH}/{row.id}", look="go" if row.state is PassState.ACTIVE else "dim",
    )  # fmt: skip


def _to_print(
    visit: Visit, compound: str, *, building: str | None = None, only: Sequence[PassId] = ()
) -> list[CardToPrint]:
    office = visit.office
    place = visit.reach.compound(compound)
    if place is None:
        return []
    mark = "演示" if visit.house.demo else ""
    return CardsToPrint(office.book, office.issue).find(visit.tx, place.id, building=building, only=only, mark=mark)


def _printed(visit: Visit, found: Sequence[CardToPrint], name: str, back: str, *, single: bool) -> Answer:
    if not found:
        return Done(back, "office.passes.none_to_print")
    if not found[0].committee_phone:
        return Done(back, "office.passes.no_phone")  # it stands on every card: whom to call when one is lost
    house, by = visit.house, visit.user.id

    def work(told: Told) -> Ended:
        with tempfile.TemporaryDirectory(prefix="gatehouse-") as folder:
            pdf = Path(folder) / "cards.pdf"
            try:
                card_sheets(found, pdf, single=single, progress=told)
            except CardSheetError:
                return Ended("office.passes.print_failed", to=back)
            content = pdf.read_bytes()
        made = JobFile(name, "application/pdf", content)
        office = house.office
        with office.database.writing() as tx:
            house.exports.note(
                tx, Exported(made.name, made.media, content), Purpose(by), office.clock.wall_ms(),
                scope=name, columns=("card",), rows=len(found),
            )  # fmt: skip
        return Ended("office.passes.printed", {"n": len(found)}, back, made)

    return Started("cards", work)


LIST = Page(
    PATH, "office.passes.title", Group.PASSES, "pass.issue", show, filters=("list", "c", "after"),
    posts={
        "sign": Post(sign, "pass.issue"),
        "refuse": Post(refuse, "pass.issue"),
        "batch": Post(batch, "pass.issue"),
        "cards": Post(cards, "pass.issue"),
    },
)  # fmt: skip
NEW = Page(
    f"{PATH}/new/{{id}}", "office.passes.new", Group.PASSES, "pass.issue", ask,
    posts={"apply": Post(apply, "pass.issue")}, stands_for=PATH,
)  # fmt: skip
ONE = Page(
    f"{PATH}/{{id}}", "office.passes.title", Group.PASSES, "pass.issue", card,
    posts={
        "lost": Post(lost, "pass.revoke"),
        "revoke": Post(revoke, "pass.revoke"),
        "household": Post(household, "pass.revoke"),
        "print": Post(print_one, "pass.issue"),
        "replace": Post(replace, "pass.issue"),
    },
    stands_for=PATH,
)  # fmt: skip
