# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Which cards to print, with the words that stand beside the symbol (pass-format.md 4, interface.md 12.2)."""

from collections.abc import Sequence

from sqlalchemy import Connection

from kiosk.domain.codes import PassState
from kiosk.domain.identity import CompoundId, PassId
from kiosk.domain.instants import day_of
from kiosk.domain.passes.serials import printed, serial_of
from kiosk.domain.register import Compound, Dwelling, PassRow
from sync.office.print.card import ROOM_TAIL, CardToPrint
from sync.office.service.book import RegisterBook
from sync.office.service.card_text import claims_of
from sync.office.service.issue import Issue
from sync.office.store.register import Committee


class CardsToPrint:
    """待打印证件: passes in force whose text the office holds."""

    def __init__(self, book: RegisterBook, issue: Issue) -> None:
        """Take the register and the texts."""
        self._book = book
        self._issue = issue

    def find(
        self,
        tx: Connection,
        compound: CompoundId,
        *,
        building: str | None = None,
        only: Sequence[PassId] = (),
        mark: str = "",
    ) -> list[CardToPrint]:
        """Cards of a compound, of one building, or of single passes; `mark` stands across demonstration cards."""
        place = self._book.register.get(tx, Compound, compound)
        if place is None:
            return []
        committee = self._book.register.get(tx, Committee, place.committee)
        phone = place.committee_phone or (committee.phone if committee is not None else "")
        homes = {home.id: home for home in self._book.register.all(tx, Dwelling, compound_id=compound)}
        cards = []
        for row in self._book.register.all(tx, PassRow, compound_id=compound):
            home = homes.get(row.dwelling) if row.dwelling is not None else None
            wanted = row.state is PassState.ACTIVE and (not only or row.id in only)
            if not wanted or (building is not None and (home is None or home.building != building)):
                continue
            text = self._issue.text_of(tx, row.id)
            if text is not None:
                cards.append(_card(row, text, home, place.name, phone, mark))
        return cards


def _card(row: PassRow, text: str, home: Dwelling | None, compound: str, phone: str, mark: str) -> CardToPrint:
    claims = claims_of(text)
    return CardToPrint(
        text=text,
        serial=printed(serial_of(bytes.fromhex(row.id))),
        compound=compound,
        colour=row.colour,
        kind=row.kind,
        valid_to=day_of(row.valid_to_ms - 1),
        room_tail="" if home is None else home.room[-ROOM_TAIL:],
        card_no=None if claims is None else claims.card,
        committee_phone=phone,
        strip="" if home is None else _strip(home),
        building="" if home is None else home.building,
        mark=mark,
    )


def _strip(home: Dwelling) -> str:
    unit = f" {home.unit}单元" if home.unit else ""
    return f"{home.building}号楼{unit} {home.room}室"
