# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The symbol of a card: EC Q, alphanumeric, >= 27 mm, whole printer dots per module (design: pass-format.md 4)."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from sync.office.print.card import CardSheetError
from sync.office.print.masks import Modules, best_masked

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
        _, dark = best_masked(text)
    except ValueError as wrong:
        raise CardSheetError(f"not a text for an alphanumeric symbol: {wrong}") from wrong
    modules = len(dark)
    version = (modules - 17) // 4
    if version > LARGEST:
        raise CardSheetError(f"symbol of version {version}, {LARGEST} is the largest that a card takes")
    dots = ceil(MIN_MM * dpi / MM / modules)
    return PrintedSymbol(modules, dots, dpi, _svg(dark))


def _svg(dark: Modules) -> str:
    # One path: a rasteriser then sees one area, without hair lines between the runs of neighbouring rows.
    side = len(dark) + 2 * QUIET
    edges = np.diff(np.pad(dark, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    ys, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    path = "".join(
        f"M{start + QUIET} {y + QUIET}h{end - start}v1h-{end - start}z"
        for y, start, end in zip(ys.tolist(), starts.tolist(), ends.tolist(), strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">'
        f'<path d="{path}" fill="#000"/></svg>'
    )
