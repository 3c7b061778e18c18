# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the pages of the street's register share: committees within reach, whom a gate calls, hours as typed."""

from kiosk.domain.instants import parse_hours
from kiosk.domain.register import Compound, Gate, Operator
from sync.office.imports import cells
from sync.office.service.street_register import StreetRegister
from sync.office.store.register import Committee
from sync.office.web.answers import Refused
from sync.office.web.fields import FormReader
from sync.office.web.visit import Visit

_FORBIDDEN = 403
HOURS = 60


def street_register(visit: Visit) -> StreetRegister:
    """The use case."""
    return StreetRegister(visit.office.book)


def committees_within(visit: Visit) -> list[Committee]:
    """Every committee for the street; a committee its own."""
    found = visit.office.book.register.all(visit.tx, Committee)
    return [one for one in found if visit.reach.everything or one.id == visit.user.committee]


def street_only(visit: Visit, target: str = "") -> Refused | None:
    """What founds or moves something is the street's: a committee edits what is its own (trust.md 3, scope c)."""
    if visit.reach.everything:
        return None
    visit.note("roster.edit", target, refused=True)
    return Refused(_FORBIDDEN)


def of_gate(leaders: list[Operator], gate: Gate) -> list[Operator]:
    """Who answers for a gate, deputies last."""
    return [one for one in leaders if gate.id in one.gates]


def called(leaders: list[Operator]) -> str:
    """Names and phones on one line."""
    return "; ".join(f"{one.name} {one.phone}".strip() for one in leaders)


def open_now(gate: Gate, now_ms: int) -> str:
    """`OPEN` within its hours, `SHUT` outside of them, `CLOSED` taken out of use."""
    if not gate.active:
        return "CLOSED"
    return "OPEN" if parse_hours(gate.hours).hold(now_ms) else "SHUT"


def read_hours(read: FormReader, name: str = "hours") -> str:
    """Spans of a day as typed, evened: full-width signs and spaces are nobody's fault."""
    value = cells.clean(read.text(name, HOURS)).replace(" ", "").replace("、", ",").replace("~", "-")
    if name in read.faults:
        return value
    try:
        parse_hours(value)
    except ValueError:
        read.faults[name] = "office.gates.hours_fault"
    return value.replace("–", "-")


def read_phone(read: FormReader, name: str = "phone", *, needed: bool = False) -> str:
    """A phone number as typed: digits checked, 021-55001234 kept as it is written."""
    value = cells.clean(read.text(name, 20, needed=needed))
    if value and name not in read.faults and cells.phone(value) is None:
        read.faults[name] = "office.import.fault.phone"
    return value


def chosen_compound(visit: Visit) -> Compound | None:
    """The compound that is asked for; the one there is, where the account has no other."""
    asked = visit.asked.get("c", "")
    if asked:
        return visit.reach.compound(asked)
    return visit.reach.compounds[0] if len(visit.reach.compounds) == 1 else None


def building_order(name: str) -> tuple[bool, int, str]:
    """Buildings as one walks: 2 before 10, A after them."""
    return not name.isdecimal(), int(name) if name.isdecimal() else 0, name
