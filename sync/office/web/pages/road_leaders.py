# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/road-leaders` 路长: who answers for the shops along which streets; gates call them for shop staff (domain.md 7)."""

from kiosk.domain.identity import RoadLeaderId
from kiosk.domain.instants import shanghai
from kiosk.domain.register import RoadLeader
from sync.office.print.sheet import Sheet
from sync.office.web.answers import NOT_FOUND, Answer, Done, Shown
from sync.office.web.fields import FormReader
from sync.office.web.listing import Column, Listing, Row, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.registers import read_phone
from sync.office.web.visit import Visit

PATH = "/road-leaders"
_EDIT = "roster.edit"
_COLUMNS = (
    Column("name", "office.road.name"),
    Column("phone", "office.road.phone"),
    Column("streets", "office.road.streets"),
    Column("compounds", "office.road.compounds"),
)


def show(visit: Visit) -> Answer:
    """All road leaders along the compounds within reach."""
    return _shown(visit)


def _shown(visit: Visit, faults: dict[str, str] | None = None) -> Shown:
    visit.note("phone.read", "road leaders", "duty list")
    return Shown("road_leaders.html", {"list": _listing(visit), **_choices(visit)}, faults or {})


def _choices(visit: Visit, leader: RoadLeader | None = None) -> dict[str, object]:
    mine = () if leader is None else leader.compounds
    return {"choices": [(one.id, one.name, one.id in mine) for one in visit.reach.compounds]}


def _within(visit: Visit) -> list[RoadLeader]:
    mine = set(visit.reach.compound_ids)
    every = visit.office.book.register.all(visit.tx, RoadLeader)
    return [one for one in every if visit.reach.everything or mine.intersection(one.compounds)]


def _listing(visit: Visit) -> Listing:
    names, asked = {one.id: one.name for one in visit.reach.compounds}, visit.asked.get("q", "").strip()
    rows = []
    for one in _within(visit):
        near = ", ".join(names[each] for each in one.compounds if each in names)
        cells: dict[str, str | int | None] = {
            "name": one.name, "phone": one.phone, "streets": one.streets, "compounds": near,
        }  # fmt: skip
        if not asked or any(asked in str(value) for value in cells.values()):
            rows.append(Row(cells, f"{PATH}/{one.id}", "" if one.phone else "wait"))
    return Listing(_COLUMNS, rows, "office.road.empty", total=len(rows), exports=True)


def sheet(visit: Visit) -> Sheet:
    """The list of road leaders."""
    visit.note("phone.read", "road leaders", "duty list")
    title = visit.t("office.road.title")
    return sheet_of(visit, _listing(visit), "road-leaders", title, str(shanghai(visit.now_ms).date()))


def _read(visit: Visit, read: FormReader, key: str, old: RoadLeader | None = None) -> RoadLeader:
    """A leader as typed; compounds beyond this account's reach stay as they were."""
    picked = set(read.picked("pick."))
    mine = [one for one in visit.reach.compound_ids if one in picked]
    beyond = () if old is None else (one for one in old.compounds if visit.reach.compound(one) is None)
    chosen = tuple(one.id for one in visit.reach.compounds if one.id in mine)
    if not mine:
        read.faults["compounds"] = "office.road.no_compound"
    return RoadLeader(
        RoadLeaderId(key), read.text("name"), read_phone(read, needed=True), read.text("streets", 200),
        (*chosen, *beyond),
    )  # fmt: skip


def add(visit: Visit) -> Answer:
    """A new road leader."""
    read = FormReader(visit.form)
    new = _read(visit, read, visit.office.ids.new_id())
    if read.faults:
        return _shown(visit, read.faults)
    return _kept(visit, new, PATH)


def one(visit: Visit) -> Answer:
    """One road leader."""
    found = _found(visit)
    return NOT_FOUND if found is None else _one(visit, found)


def _found(visit: Visit) -> RoadLeader | None:
    return next((one for one in _within(visit) if one.id == visit.path["id"]), None)


def _one(visit: Visit, leader: RoadLeader, faults: dict[str, str] | None = None) -> Shown:
    visit.note("phone.read", f"road leader {leader.id}", "duty list")
    return Shown("road_leader.html", {"leader": leader, **_choices(visit, leader)}, faults or {})


def edit(visit: Visit) -> Answer:
    """Another phone, other streets."""
    found = _found(visit)
    if found is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    new = _read(visit, read, found.id, found)
    if read.faults:
        return _one(visit, found, read.faults)
    return _kept(visit, new, f"{PATH}/{found.id}")


def _kept(visit: Visit, leader: RoadLeader, to: str) -> Done:
    visit.office.book.put(visit.tx, [leader], visit.now_ms)
    visit.note(_EDIT, leader.id)
    return Done(to, "office.road.kept")


def drop(visit: Visit) -> Answer:
    """Take a road leader off the register."""
    found = _found(visit)
    if found is None:
        return NOT_FOUND
    visit.office.book.drop(visit.tx, RoadLeader, found.id, visit.now_ms)
    visit.note(_EDIT, found.id)
    return Done(PATH, "office.road.dropped")


LIST = Page(
    PATH, "office.road.title", Group.PEOPLE, _EDIT, show, filters=("q",), posts={"add": Post(add, _EDIT)}, export=sheet
)
ONE = Page(
    f"{PATH}/{{id}}", "office.road.title", Group.PEOPLE, _EDIT, one,
    posts={"edit": Post(edit, _EDIT), "drop": Post(drop, _EDIT)}, stands_for=PATH,
)  # fmt: skip
