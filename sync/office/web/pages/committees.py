# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/committees` 居委会: who answers for which compounds, their phone, and the health centre that a fever is told to."""

from dataclasses import replace

from kiosk.domain.identity import CommitteeId
from kiosk.domain.instants import shanghai
from sync.office.print.sheet import Sheet
from sync.office.service.street_register import free_id
from sync.office.store.register import Committee
from sync.office.web.answers import NOT_FOUND, Answer, Done, Shown
from sync.office.web.fields import FormReader
from sync.office.web.listing import Column, Kind, Listing, Row, sheet_of
from sync.office.web.page import Group, Page, Post
from sync.office.web.registers import committees_within, read_phone, street_only, street_register
from sync.office.web.visit import Visit

PATH = "/committees"
_EDIT = "roster.edit"
_COLUMNS = (
    Column("name", "office.committees.name"),
    Column("phone", "office.committees.phone"),
    Column("health_centre", "office.committees.health_centre"),
    Column("health_phone", "office.committees.health_phone"),
    Column("compounds", "office.committees.compounds"),
    Column("gates", "office.committees.gates", Kind.NUMBER),
)


def show(visit: Visit) -> Answer:
    """All committees; a committee its own."""
    return _shown(visit)


def _shown(visit: Visit, faults: dict[str, str] | None = None) -> Shown:
    return Shown("committees.html", {"list": _listing(visit), "founds": visit.reach.everything}, faults or {})


def _listing(visit: Visit) -> Listing:
    asked = visit.asked.get("q", "").strip()
    rows = []
    for one in committees_within(visit):
        mine = [compound for compound in visit.reach.compounds if compound.committee == one.id]
        cells: dict[str, str | int | None] = {
            "name": one.name, "phone": one.phone, "health_centre": one.health_centre,
            "health_phone": one.health_phone, "compounds": ", ".join(compound.name for compound in mine),
            "gates": sum(gate.compound in {compound.id for compound in mine} for gate in visit.reach.gates),
        }  # fmt: skip
        if not asked or asked == one.id or any(asked in str(value) for value in cells.values()):
            rows.append(Row(cells, f"{PATH}/{one.id}", "" if one.phone and one.health_phone else "wait"))
    return Listing(_COLUMNS, rows, "office.committees.empty", total=len(rows), exports=True)


def sheet(visit: Visit) -> Sheet:
    """The register of committees."""
    title = visit.t("office.committees.title")
    return sheet_of(visit, _listing(visit), "committees", title, str(shanghai(visit.now_ms).date()))


def _read(read: FormReader) -> Committee:
    return Committee(
        CommitteeId(""), read.text("name"), read_phone(read), read.text("health_centre", needed=False),
        read_phone(read, "health_phone"),
    )  # fmt: skip


def add(visit: Visit) -> Answer:
    """A new committee; it issues passes once it has a key (`gate-office keys issuer-new`)."""
    refused = street_only(visit)
    if refused is not None:
        return refused
    read = FormReader(visit.form)
    new = _read(read)
    if read.faults:
        return _shown(visit, read.faults)
    key = CommitteeId(free_id("J", [one.id for one in committees_within(visit)]))
    street_register(visit).keep_committee(visit.tx, replace(new, id=key), visit.now_ms)
    visit.note(_EDIT, key)
    return Done(f"{PATH}/{key}", "office.committees.added")


def one(visit: Visit) -> Answer:
    """One committee."""
    found = _found(visit)
    return NOT_FOUND if found is None else _one(visit, found)


def _found(visit: Visit) -> Committee | None:
    return next((one for one in committees_within(visit) if one.id == visit.path["id"]), None)


def _one(visit: Visit, committee: Committee, faults: dict[str, str] | None = None) -> Shown:
    mine = [one for one in visit.reach.compounds if one.committee == committee.id]
    return Shown("committee.html", {"committee": committee, "compounds": mine}, faults or {})


def edit(visit: Visit) -> Answer:
    """Another name or phone: the gates of all its compounds hear whom to call."""
    found = _found(visit)
    if found is None:
        return NOT_FOUND
    read = FormReader(visit.form)
    new = _read(read)
    if read.faults:
        return _one(visit, found, read.faults)
    told = street_register(visit).keep_committee(visit.tx, replace(new, id=found.id), visit.now_ms)
    visit.note(_EDIT, found.id)
    return Done(f"{PATH}/{found.id}", "office.committees.kept", {"n": told})


LIST = Page(
    PATH, "office.committees.title", Group.GATES, _EDIT, show, filters=("q",), posts={"add": Post(add, _EDIT)},
    export=sheet,
)  # fmt: skip
ONE = Page(
    f"{PATH}/{{id}}", "office.committees.title", Group.GATES, _EDIT, one, posts={"edit": Post(edit, _EDIT)},
    stands_for=PATH,
)  # fmt: skip
