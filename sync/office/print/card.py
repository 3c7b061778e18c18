# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One card as it is printed: what stands on it, and what may not (design: pass-format.md 4)."""

import re
from dataclasses import dataclass
from datetime import date

from kiosk.domain.codes import PassColour, PassKind

ROOM_TAIL = 2
# Outside of these Noto Sans CJK SC has holes, and the typesetter prints an empty box for a hole without a word.
_ODD = re.compile("[^\u0020-\u007e\u00b7\u2014\u2018-\u201d\u2026\u3000-\u301f\u3400-\u4dbf\u4e00-\u9fef\uff01-\uff5e]")


class CardSheetError(Exception):
    """The sheet was not made: a font is missing, a card does not fit its form, or a symbol cannot be read back."""


@dataclass(frozen=True, slots=True)
class CardToPrint:
    """A signed pass with the words beside its symbol. Name, address, document and phone of the holder have no field.

    `text` is the pass (EP1:...), `serial` as printed (790 382 856-6), `room_tail` the last two digits of the room,
    `card_no` the number of the card in its household (None: not a household's), `strip` the room for the cut-off strip
    and the hand-over list (3号楼 1单元 502室), `building` what those lists are grouped by, `campaign` the phase whose
    mark the card bears, `mark` a word such as 演示 across the top of practice or demonstration cards.
    """

    text: str
    serial: str
    compound: str
    colour: PassColour
    kind: PassKind
    valid_to: date
    room_tail: str
    card_no: int | None
    committee_phone: str
    strip: str
    building: str
    campaign: int = 1
    mark: str = ""

    def fault(self) -> str | None:
        """Why this card cannot be printed, in words; None if it can."""
        if not self.text.startswith("EP1:"):
            return f"{self.serial}: not a pass"
        if len(self.room_tail) > ROOM_TAIL:
            return f"{self.serial}: more of the room than its last two digits"
        for text in (self.serial, self.compound, self.committee_phone, self.strip, self.room_tail, self.mark):
            if odd := _ODD.search(text):
                return f"{self.serial}: the font does not have {odd[0]!r}"
        if not (self.serial and self.compound and self.committee_phone):
            return f"{self.serial or self.strip}: serial, compound and the committee's phone must be there"
        return None


@dataclass(frozen=True, slots=True)
class _Look:
    """How a colour stands on paper: its word (中文, English), band, text on it, shape; colour alone says nothing."""

    word: str
    english: str
    band: str
    ink: str
    shape: str


LOOKS: dict[PassColour, _Look] = {
    PassColour.GREEN: _Look("绿", "GREEN", "#12753A", "#FFFFFF", "circle"),
    PassColour.YELLOW: _Look("黄", "YELLOW", "#FFC400", "#000000", "triangle"),
    PassColour.PINK: _Look("粉", "PINK", "#F3A3C0", "#000000", "pentagon"),
    PassColour.BLUE: _Look("蓝", "BLUE", "#0A5BB0", "#FFFFFF", "square"),
    PassColour.WHITE: _Look("白", "WHITE", "#FFFFFF", "#000000", "diamond"),
    PassColour.RED: _Look("红", "RED", "#A8001F", "#FFFFFF", "hexagon"),
}

KINDS: dict[PassKind, tuple[str, str]] = {
    PassKind.RESIDENT: ("居民", "RESIDENT"),
    PassKind.TENANT: ("租客", "TENANT"),
    PassKind.WORK: ("复工", "WORK"),
    PassKind.TEMP: ("临时", "TEMPORARY"),
    PassKind.VEHICLE: ("车辆", "VEHICLE"),
    PassKind.STAFF: ("工作人员", "STAFF"),
}
