# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`decode`: all rungs of the ladder on one still picture (design: scanning.md sections 2, 3 and 8)."""

from collections.abc import Sequence
from time import perf_counter
from typing import Final

import numpy as np
import numpy.typing as npt

from kiosk.adapters import decode_pictures as pictures
from kiosk.adapters.decode_deep import DEEP
from kiosk.adapters.decode_pictures import Grey
from kiosk.adapters.decode_rungs import ROI, ROTATING, STILL, ZX, Rung, Sheet
from kiosk.adapters.decode_symbol import Found, Symbol
from kiosk.adapters.zbar import still_reader

STILL_CAP: Final = 1280
ZBAR_WAIT_S: Final = 2.0


def _zbar(sheet: Sheet, rung: str) -> None:
    """The second reader in its child process: grey, blurred, sharpened, thresholded; long side at most 1280."""
    small, back = pictures.capped(sheet.grey, STILL_CAP)
    reader = still_reader(perf_counter)
    for make in (_plain, pictures.blurred, pictures.unsharp, pictures.adaptive):
        found = reader.read(make(small), ZBAR_WAIT_S)
        if found.read:
            sheet.take(found, rung, back)
            return


def _plain(grey: Grey) -> Grey:
    return grey


TABLE: Final[tuple[Rung, ...]] = (ZX, ROI, *ROTATING, *STILL)
LATE: Final[tuple[Rung, ...]] = (*DEEP, Rung("zbar", 80, _zbar))
LADDER: Final = (*TABLE, *LATE)
RUNG_NAMES: Final = tuple(rung.name for rung in LADDER)


def decode(
    frame: npt.NDArray[np.uint8], budget_ms: float | None = None, rungs: Sequence[str] | None = None
) -> list[Symbol]:
    """Read the QR codes of a frame: uint8, BGR (h, w, 3) or grey (h, w), contiguous or not.

    `budget_ms`: no rung starts whose listed cost exceeds what is left (the first always runs); None = all rungs.
    `rungs`: names out of `RUNG_NAMES`, for work on the ladder. Returns the symbols of the first rung that read any,
    each payload once, left to right. Raises ValueError for another shape, type or rung name, never for picture
    content. Stateless and thread-safe.
    """
    sheet = Sheet(pictures.to_grey(frame))
    _climb(sheet, _chosen(rungs), budget_ms)
    return _in_order(sheet)


def decode_photo(
    picture: npt.NDArray[np.uint8], budget_ms: float | None = None, rungs: Sequence[str] | None = None
) -> list[Symbol]:
    """Read a photo of any size: the table at 1280 pixels, zxing-cpp at full size, then the late rungs.

    `rungs`: only these, at 1280 pixels. Corners are in pixels of the photo. Raises ValueError as `decode` does.
    """
    chosen = _chosen(rungs)
    whole = Sheet(pictures.to_grey(picture))
    grey, factor = pictures.capped(whole.grey, STILL_CAP)
    started = perf_counter()
    small = Sheet(grey)
    _climb(small, [rung for rung in chosen if rung in TABLE], budget_ms)
    if not small.read and factor > 1.0 and rungs is None:
        whole.located = [pictures.scaled(quad, factor) for quad in small.located]
        _climb(whole, (ZX, ROI), _left(budget_ms, started))
    if not small.read and not whole.read:
        late = [rung for rung in chosen if rung not in TABLE]
        _climb(small, late, _left(budget_ms, started), first=len(late) == len(chosen))
    for symbol in small.read.values():
        whole.take(Found(((symbol.data, symbol.corners),)), symbol.rung, factor)
    return _in_order(whole)


def _climb(sheet: Sheet, ladder: Sequence[Rung], budget_ms: float | None, *, first: bool = True) -> None:
    """Rung by rung until one reads, and then no further; `first`: the first rung runs whatever it costs."""
    started = perf_counter()
    for number, rung in enumerate(ladder):
        left = _left(budget_ms, started)
        if left is not None and rung.cost_ms > left and (number or not first):
            continue
        rung.work(sheet, rung.name)
        if sheet.read:
            break
    if sheet.read and sheet.unread() and budget_ms is None and ROI in ladder:
        ROI.work(sheet, ROI.name)


def _left(budget_ms: float | None, started: float) -> float | None:
    return None if budget_ms is None else budget_ms - (perf_counter() - started) * 1000


def _in_order(sheet: Sheet) -> list[Symbol]:
    return sorted(sheet.read.values(), key=lambda symbol: min(x for x, _ in symbol.corners))


def _chosen(rungs: Sequence[str] | None) -> list[Rung]:
    if rungs is None:
        return list(LADDER)
    unknown = [name for name in rungs if name not in RUNG_NAMES]
    if unknown:
        raise ValueError(f"no such rung: {', '.join(unknown)} (there are {', '.join(RUNG_NAMES)})")
    return [rung for rung in LADDER if rung.name in rungs]
