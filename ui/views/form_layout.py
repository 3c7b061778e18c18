# SPDX-License-Identifier: LicenseRef-Gatehouse
"""How a form's groups fall into rows and sheets, in millimetres; pure, the view places the keys."""

from collections.abc import Iterator
from dataclasses import dataclass

from ui.metrics import BLOCK_GAP, GAP, KEY
from ui.viewmodels.forms import Form, FormKey, Group

LABEL, SENTENCE, TALLEST, WIDEST = 5.2, 6.6, 27.0, 64.0
"""A label over its keys, a sentence's line; a key grows no taller and no wider than these."""


@dataclass(frozen=True, slots=True)
class Block:
    """A group, or a part of one that fills a row; `first` numbers its first key in the group."""

    group: Group
    first: int
    keys: tuple[FormKey, ...]
    wide: float


@dataclass(frozen=True, slots=True)
class Row:
    """Blocks beside each other; `lead` is over their keys: a label's height, or the gap."""

    blocks: tuple[Block, ...]
    high: float
    lead: float = GAP

    @property
    def keys(self) -> int:
        """How many keys stand in it."""
        return sum(len(block.keys) for block in self.blocks)

    @property
    def used(self) -> float:
        """How wide it is."""
        return sum(block.wide for block in self.blocks) + BLOCK_GAP * (len(self.blocks) - 1)

    @property
    def widest(self) -> float:
        """Its widest key."""
        return max((key.mm for block in self.blocks for key in block.keys), default=0.0)

    def grown(self, room: float) -> float:
        """What each key gets of the room that is left."""
        spare = max(0.0, room - self.used) / self.keys if self.keys else 0.0
        return min(spare, max(0.0, WIDEST - self.widest))


def rows_of(form: Form, room: float) -> list[Row]:
    """Groups from left to right into rows of `room` mm."""
    rows: list[Row] = []
    left = 0.0
    for group in form.groups:
        if group.lines:
            rows.append(Row((Block(group, 0, (), room),), len(group.lines) * SENTENCE + GAP))
            left = 0.0
        for block in _blocks(group, room):
            lead = LABEL if group.label is not None and not group.text_mm else GAP
            begins = group.alone and block.first == 0
            if left and not begins and left + BLOCK_GAP + block.wide <= room + 0.01:
                lead = max(rows[-1].lead, lead)
                rows[-1] = Row((*rows[-1].blocks, block), KEY + lead, lead)
                left += BLOCK_GAP + block.wide
            else:
                rows.append(Row((block,), KEY + lead, lead))
                left = block.wide
    return rows


def _blocks(group: Group, room: float) -> Iterator[Block]:
    text = group.text_mm + GAP if group.text_mm else 0.0
    run: list[FormKey] = []
    wide = text
    for number, key in enumerate(group.keys):
        if run and wide + key.mm > room:
            yield Block(group, number - len(run), tuple(run), wide - GAP)
            run, wide = [], text
        run.append(key)
        wide += key.mm + GAP
    if run or group.text_mm:
        yield Block(group, len(group.keys) - len(run), tuple(run), wide - GAP)


def sheets_of(rows: list[Row], high: float) -> list[list[Row]]:
    """Rows into sheets of `high` mm: what does not fit is turned to, never scrolled."""
    sheets: list[list[Row]] = [[]]
    used = 0.0
    for row in rows:
        if sheets[-1] and used + row.high > high + 0.01:
            sheets.append([])
            used = 0.0
        sheets[-1].append(row)
        used += row.high
    return sheets
