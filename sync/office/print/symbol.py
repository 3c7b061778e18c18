# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The symbol of a card: EC Q, alphanumeric, >= 27 mm, whole printer dots per module (design: pass-format.md 4)."""

from dataclasses import dataclass
from math import ceil

import segno

from sync.office.print.card import CardSheetError

MIN_MM = 27.0
QUIET = 4
LARGEST = 9
MM = 25.4


@dataclass(frozen=True, slots=True)
class PrintedSymbol:
    """A symbol as one black outline. `modules` is the side without the quiet zone, `dots` the printer dots per module.

    `svg` holds the quiet zone too: its side is `modules + 8` modules, white, and `side_mm` wide.
    """

    modules: int
    dots: int
    dpi: int
    svg: str

    @property
    def width_mm(self) -> float:
        """Side of the black square, without the quiet zone."""
        return self.modules * self.dots * MM / self.dpi

    @property
    def side_mm(self) -> float:
        """Side with the quiet zone."""
        return (self.modules + 2 * QUIET) * self.dots * MM / self.dpi


def printed_symbol(text: str, dpi: int) -> PrintedSymbol:
    """Draw a pass as a symbol for a printer of `dpi`; `CardSheetError` if it needs more than version 9 at level Q."""
    try:
        code = segno.make_qr(text, error="q", mode="alphanumeric", boost_error=False)
    except (ValueError, segno.DataOverflowError) as wrong:
        raise CardSheetError(f"not a text for an alphanumeric symbol: {wrong}") from wrong
    if int(code.version) > LARGEST:
        raise CardSheetError(f"symbol of version {code.version}, {LARGEST} is the largest that a card takes")
    modules = len(code.matrix)
    dots = ceil(MIN_MM * dpi / MM / modules)
    return PrintedSymbol(modules, dots, dpi, _svg([bytes(row) for row in code.matrix]))


def _svg(rows: list[bytes]) -> str:
    # One path: a rasteriser then sees one area, without hair lines between the runs of neighbouring rows.
    side = len(rows) + 2 * QUIET
    path = "".join(
        f"M{start + QUIET} {y + QUIET}h{length}v1h-{length}z"
        for y, row in enumerate(rows)
        for start, length in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">'
        f'<path d="{path}" fill="#000"/></svg>'
    )


def _runs(row: bytes) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    start = None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            runs.append((start, x - start))
            start = None
    return runs
