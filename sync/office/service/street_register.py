# SPDX-License-Identifier: LicenseRef-Gatehouse
"""街道登记: committees, compounds and gates as one changes them, and what each says to the gates (domain.md 3).

A gate knows whom to call by its compound's row: the phones of committee and health centre are kept with the committee,
and every change of them is told to the gates of all its compounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.domain.identity import CommitteeId
from kiosk.domain.register import Compound, Dwelling, Operator
from sync.office.service.book import RegisterBook
from sync.office.store.register import Committee

LEADER = "L"
SITES = 65_535
"""Numbers of compounds in passes: 1 to this (pass-format.md 2)."""


@dataclass(frozen=True, slots=True)
class StreetRegister:
    """街道登记: changes are within a writing transaction, and reach the gates with their next sync."""

    book: RegisterBook

    def keep_committee(self, tx: Connection, row: Committee, now_ms: int) -> int:
        """Write a committee; its phones go to its compounds. How many compounds were told anew."""
        self.book.put(tx, [row], now_ms)
        mine = self.book.register.all(tx, Compound, committee_id=row.id)
        told = [new for old in mine if (new := called(old, row)) != old]
        self.book.put(tx, told, now_ms)
        return len(told)

    def keep_compound(self, tx: Connection, row: Compound, now_ms: int) -> Compound:
        """Write a compound, with the phones of the committee that answers for it."""
        committee = self.book.register.get(tx, Committee, row.committee)
        kept = row if committee is None else called(row, committee)
        self.book.put(tx, [kept], now_ms)
        return kept

    def leaders(self, tx: Connection) -> list[Operator]:
        """门长: all leaders' cards, deputies last."""
        cards = (one for one in self.book.register.all(tx, Operator) if one.role == LEADER)
        return sorted(cards, key=lambda one: (one.deputy, one.name))

    def name_building_leader(
        self, tx: Connection, compound: str, building: str, name: str, phone: str, now_ms: int
    ) -> int:
        """楼长 of a building: stands at each of its flats, and so at the compound's gates. How many flats changed."""
        homes = self.book.register.all(tx, Dwelling, compound_id=compound)
        changed = [
            replace(home, building_leader=name, building_leader_phone=phone)
            for home in homes
            if home.building == building and (home.building_leader, home.building_leader_phone) != (name, phone)
        ]
        self.book.put(tx, changed, now_ms)
        return len(changed)

    def free_site(self, tx: Connection) -> int:
        """The next number of a compound in passes."""
        return max((one.site for one in self.book.register.all(tx, Compound)), default=0) + 1


def called(compound: Compound, committee: Committee) -> Compound:
    """The compound with the phones that its gates call."""
    return replace(
        compound, committee=CommitteeId(committee.id), committee_phone=committee.phone,
        health_phone=committee.health_phone,
    )  # fmt: skip


def free_id(letter: str, taken: Sequence[str]) -> str:
    """The next id of a letter and a number: G72 after G71; two digits at least."""
    numbers = [int(one[1:]) for one in taken if one[:1] == letter and one[1:].isdecimal()]
    return f"{letter}{max(numbers, default=0) + 1:02}"
