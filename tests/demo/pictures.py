# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the demonstration's people hold before the camera, as pictures: printed cards cut from the very PDF, and phones.

All pictures are numpy uint8 BGR, ready for `tests.clips.Show`. Cards come from the file that the office printed, so
that a clip proves the print; phones are drawn here.
"""

import json
import random
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import segno
import typst
import zxingcpp

from sync.office.print.cards import card_places_mm
from tests.clips_cards import cracks

Picture = npt.NDArray[np.uint8]

CARD_DPI = 300
SCREEN_PPI = 270
_SCREENS = Path(__file__).with_name("phones.typ")
_TRIES = 50
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def printed_cards(pdf: Path) -> dict[str, Picture]:
    """The cards of a PDF of sheets or single cards, cut out along their edges, by the text that each one's symbol says.

    A page without cards (签收表) gives none.
    """
    found: dict[str, Picture] = {}
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            sheet = page.render(scale=CARD_DPI / 72).to_numpy()[:, :, :3]
            for x, y, width, height in card_places_mm(page.get_width() * 25.4 / 72):
                left, top, right, bottom = (round(edge / 25.4 * CARD_DPI) for edge in (x, y, x + width, y + height))
                picture = np.ascontiguousarray(sheet[top:bottom, left:right])
                codes = zxingcpp.read_barcodes(picture, formats=_QR)
                if len(codes) == 1:
                    found[codes[0].text] = picture
    return found


def phone_with_pass(
    text: str, title: str, serial: str, valid_to: str, *, dark: bool = False, cracked: bool = False, seed: int = 1
) -> Picture:
    """A phone showing a pass; `dark`: dark mode, light modules on a dark ground; `cracked`: its glass is broken."""
    modules = "#F4F6F7" if dark else "#000000"
    picture = _screen("pass", text, seed, dark=dark, title=title, serial=serial, note=valid_to, modules=modules)
    return _broken(picture, seed) if cracked else picture


def _broken(picture: Picture, seed: int) -> Picture:
    """Three blows on the glass; of all such phones one whose code is still whole enough to be read at rest."""
    rng = random.Random(seed)
    for _ in range(_TRIES):
        broken = picture.copy()
        for _ in range(3):
            cracks(broken, rng)
        if zxingcpp.read_barcodes(broken, formats=_QR):
            return broken
    raise ValueError("every phone broke for good")


def phone_with_payment_code(seed: int) -> Picture:
    """A phone showing a code for paying, as people do by habit; content and look are nobody's."""
    rng = random.Random(seed)
    content = "HTTPS://PAY.EXAMPLE.INVALID/" + "".join(rng.choices("0123456789", k=18))
    return _screen("payment", content, seed, note="余额支付", colour=rng.choice(("#1FA463", "#1677E0")))


def phone_with_health_code(seed: int) -> Picture:
    """A phone showing something like a 随申码: a green code with made-up content, marked as a demonstration."""
    rng = random.Random(seed)
    content = "SSM|DEMO|" + "".join(rng.choices("0123456789ABCDEF", k=64))
    clock = f"{rng.randrange(7, 9):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"
    return _screen("health", content, seed, title="张*", note=clock, colour="#128A43", modules="#128A43")


def _screen(
    kind: str,
    content: str,
    seed: int,
    *,
    dark: bool = False,
    title: str = "",
    serial: str = "",
    note: str = "",
    colour: str = "#000000",
    modules: str = "#000000",
) -> Picture:
    rng = random.Random(seed)
    code = segno.make_qr(content, error="q" if kind == "pass" else "m", boost_error=False)
    data = {
        "kind": kind,
        "dark": dark,
        "svg": _svg(code, modules),
        "side": 50.0,
        "title": title,
        "serial": serial,
        "note": note,
        "colour": colour,
        "time": f"0{rng.randrange(7, 9)}:{rng.randrange(60):02d}",
        "battery": rng.randrange(18, 97),
        "bars": [rng.choice((1, 1, 2, 2.4)) for _ in range(70)],
    }
    png, warnings = typst.compile_with_warnings(
        _SCREENS.read_bytes(),
        format="png",
        ppi=SCREEN_PPI,
        font_paths=typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[]),
        sys_inputs={"data": json.dumps(data)},
    )
    if warnings:
        raise ValueError("; ".join(str(each) for each in warnings))
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(picture, dtype=np.uint8)


def _svg(code: segno.QRCode, colour: str) -> str:
    rows = [bytes(row) for row in code.matrix]
    side = len(rows) + 8
    path = "".join(f"M{x + 4} {y + 4}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    box = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
    return f'{box}<path d="{path}" fill="{colour}"/></svg>'
