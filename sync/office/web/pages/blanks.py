# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/print` 表单打印: the three isolation papers, the paper gate sheet, the 签收表; blank, so that a GET gives them.

Filled in for one person the papers come from `/isolation/{id}`, with a note in the export log.
"""

from collections.abc import Callable

from kiosk.domain.instants import day_of
from sync.office.print.blanks import MOST_PAGES, GateSheet, SignSheet, gate_sheet, sign_sheet
from sync.office.print.papers import Paper, papers
from sync.office.print.sheet import MEDIA, Format
from sync.office.print.typeset import TypesetError
from sync.office.service.exports import Exported
from sync.office.store.register import Committee
from sync.office.web.answers import NOT_FOUND, Answer, Refused, Shown
from sync.office.web.fields import NAME, FormReader
from sync.office.web.page import Group, Page
from sync.office.web.visit import Visit

PATH = "/print"
_ACTION = "isolation.checklist"


def show(visit: Visit) -> Answer:
    """What can be printed."""
    return _shown(visit, {})


def _shown(visit: Visit, faults: dict[str, str]) -> Shown:
    return Shown(
        "print.html",
        {
            "compounds": [(str(one.id), one.name) for one in visit.reach.compounds],
            "gates": list(visit.reach.gate_names.items()),
            "today": day_of(visit.now_ms), "most": MOST_PAGES,
        },
        faults,
    )  # fmt: skip


def one(visit: Visit) -> Answer:
    """One of them as a PDF."""
    make = _MAKERS.get(visit.path["paper"])
    if make is None:
        return NOT_FOUND
    read = FormReader(visit.asked)
    try:
        content = make(visit, read)
    except TypesetError:
        return Refused(500)
    if read.faults:
        return _shown(visit, read.faults)
    return NOT_FOUND if content is None else Exported(f"{visit.path['paper']}.pdf", MEDIA[Format.PDF], content)


def _isolation(visit: Visit, read: FormReader) -> bytes | None:
    """告知书, 健康登记表, 承诺书; of a compound, or of none."""
    compound = visit.reach.compound(visit.asked["c"] or None)
    if compound is None:
        return papers(Paper()) if not visit.asked["c"] and not read.faults else None
    committee = visit.office.book.register.get(visit.tx, Committee, compound.committee)
    phone = compound.committee_phone or ("" if committee is None else committee.phone)
    return papers(Paper(compound=compound.name, committee_phone=phone))


def _gate(visit: Visit, read: FormReader) -> bytes | None:
    """纸质登记表 of a gate and day."""
    gate = visit.reach.gate(visit.asked["gate"])
    compound = None if gate is None else visit.reach.compound(gate.compound)
    day, pages = read.day("day", needed=False), read.number("pages", 1, MOST_PAGES, needed=False)
    if gate is None or compound is None or read.faults:
        return None
    return gate_sheet(GateSheet(compound.name, gate.name, day, pages or 2))


def _sign(visit: Visit, read: FormReader) -> bytes | None:
    """签收表."""
    compound = visit.reach.compound(visit.asked["c"] or None)
    building, what = read.text("building", NAME, needed=False), read.text("what", NAME, needed=False)
    pages = read.number("pages", 1, MOST_PAGES, needed=False)
    if (compound is None and visit.asked["c"]) or read.faults:
        return None
    return sign_sheet(SignSheet("" if compound is None else compound.name, building, what, pages or 1))


_MAKERS: dict[str, Callable[[Visit, FormReader], bytes | None]] = {
    "isolation": _isolation, "gate": _gate, "sign": _sign,
}  # fmt: skip

PAGE = Page(PATH, "office.print.title", Group.GATES, _ACTION, show)
ONE = Page(
    f"{PATH}/{{paper}}", "office.print.title", Group.GATES, _ACTION, one,
    filters=("c", "gate", "day", "pages", "building", "what"), stands_for=PATH,
)  # fmt: skip
