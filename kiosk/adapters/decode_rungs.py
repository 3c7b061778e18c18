# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The rung table as data, and one rung's work on one picture (design: scanning.md section 3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from kiosk.adapters import decode_pictures as pictures
from kiosk.adapters import decode_zxing
from kiosk.adapters.decode_pictures import Grey, Matrix
from kiosk.adapters.decode_symbol import Found, Symbol
from kiosk.app.scanning import Corners


@dataclass(slots=True)
class Sheet:
    """One frame on its way down the ladder: grey, what was read, and the quads located but not read so far."""

    grey: Grey
    read: dict[bytes, Symbol] = field(default_factory=dict)
    located: list[Corners] = field(default_factory=list)
    foreign: bool = False

    def take(self, found: Found, rung: str, back: float | Matrix = 1.0) -> None:
        """Keep an answer; `back` leads from the picture to the frame (factor or 3 x 3 matrix)."""
        for data, corners in found.read:
            self.read.setdefault(data, Symbol(data, _back(corners, back), rung))
        for corners in found.located:
            self._locate(_back(corners, back))
        self.foreign = self.foreign or found.foreign

    def unread(self) -> list[Corners]:
        """Located quads in which nothing has been read."""
        done = [_middle(symbol.corners) for symbol in self.read.values()]
        return [quad for quad in self.located if not any(_near(quad, middle) for middle in done)]

    def _locate(self, corners: Corners) -> None:
        if not any(_near(corners, _middle(known)) for known in self.located):
            self.located.append(corners)


Work = Callable[[Sheet, str], None]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: its name, its cost in ms (1280 x 720, one core, per quad or picture), its work."""

    name: str
    cost_ms: float
    work: Work


ROI_QUADS: Final = 3


def _whole(make: Callable[[Grey], Grey]) -> Work:
    def work(sheet: Sheet, rung: str) -> None:
        sheet.take(decode_zxing.read(make(sheet.grey)), rung)

    return work


def _resized(make: Callable[[Grey], tuple[Grey, float]]) -> Work:
    def work(sheet: Sheet, rung: str) -> None:
        picture, back = make(sheet.grey)
        if picture is not sheet.grey:
            sheet.take(decode_zxing.read(picture), rung, back)

    return work


def _zx(sheet: Sheet, rung: str) -> None:
    sheet.take(decode_zxing.read(sheet.grey, micro=True), rung)


def _adaptive(sheet: Sheet, rung: str) -> None:
    picture = pictures.adaptive(sheet.grey)
    sheet.take(decode_zxing.read(picture), rung)
    if not sheet.read:  # two tones only: one threshold for the whole picture reads some more
        sheet.take(decode_zxing.read(picture, whole_histogram=True), rung)


def _global(sheet: Sheet, rung: str) -> None:
    sheet.take(decode_zxing.read(sheet.grey, whole_histogram=True), rung)


ROI_TRIES: Final[tuple[Callable[[Grey], Grey], ...]] = (
    lambda square: square,
    pictures.clahe,
    pictures.adaptive,
    pictures.median,
    pictures.unsharp,
)


def roi(sheet: Sheet, rung: str, quads: int = ROI_QUADS) -> None:
    """Rectify located-but-unread quads and try them plain and filtered; free on an empty frame."""
    for quad in sheet.unread()[:quads]:
        flat = pictures.rectified(sheet.grey, quad)
        if flat is None:
            continue
        square, back = flat
        for found in _square_tries(square):
            if found.read:
                sheet.take(Found(found.read), rung, back)
                break


def _roi(sheet: Sheet, rung: str) -> None:
    roi(sheet, rung)


def _square_tries(square: Grey) -> Iterator[Found]:
    for make in ROI_TRIES:
        yield decode_zxing.read(make(square))


ZX: Final = Rung("zx", 2, _zx)
ROI: Final = Rung("roi", 5, _roi)
ROTATING: Final = (
    Rung("up2", 7, _resized(pictures.up2)),
    Rung("unsharp", 4, _whole(pictures.unsharp)),
    Rung("clahe", 6, _whole(pictures.clahe)),
    Rung("half", 2, _resized(pictures.half)),
)
STILL: Final = (
    Rung("adaptive", 7, _adaptive),
    Rung("global", 3, _global),
)


def _back(corners: Corners, back: float | Matrix) -> Corners:
    if isinstance(back, float):
        return corners if back == 1.0 else pictures.scaled(corners, back)
    return pictures.moved(corners, back)


def _middle(quad: Corners) -> tuple[float, float]:
    return sum(x for x, _ in quad) / 4, sum(y for _, y in quad) / 4


def _near(quad: Corners, point: tuple[float, float]) -> bool:
    """Whether a point lies within half a side of a quad's middle."""
    x, y = _middle(quad)
    reach = max(abs(a - x) + abs(b - y) for a, b in quad) / 2
    return abs(point[0] - x) <= reach and abs(point[1] - y) <= reach
