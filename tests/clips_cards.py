# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What is held before the camera: cards, phone screens, strange codes, and the view behind them, all from a seed.

Everything is drawn here; no outside photo is used (design: scanning.md section 11). Pictures are uint8 BGR.
"""

import random
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import segno

Picture = npt.NDArray[np.uint8]
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
PASS_BYTES = 122
MODULE = 8


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A thing held up: its picture, the symbol's corners in it (None: no single symbol), and how many modules wide."""

    picture: Picture
    quad: npt.NDArray[np.float32]
    modules: int
    payloads: tuple[bytes, ...]


def base45(data: bytes) -> str:
    """RFC 9285."""
    text = []
    for at in range(0, len(data) - 1, 2):
        value = data[at] * 256 + data[at + 1]
        text += [BASE45[value % 45], BASE45[value // 45 % 45], BASE45[value // 2025]]
    if len(data) % 2:
        text += [BASE45[data[-1] % 45], BASE45[data[-1] // 45]]
    return "".join(text)


def pass_text(rng: random.Random) -> str:
    """A text of the form and length of an EP1 pass (about 187 characters): random claims, no valid signature."""
    return "EP1:" + base45(rng.randbytes(PASS_BYTES))


def symbol(
    content: str | bytes, error: str = "q", *, module: int = MODULE, border: int = 4, micro: bool = False
) -> Picture:
    """A QR symbol with quiet zone as a grey picture of `module` pixels a module."""
    return drawn(segno.make(content, error=error, micro=micro, boost_error=False), module=module, border=border)


def drawn(code: segno.QRCode, *, module: int = MODULE, border: int = 4) -> Picture:
    """Any segno code as a grey picture."""
    rows = [list(row) for row in code.matrix_iter(scale=module, border=border)]
    return np.where(np.array(rows) > 0, 0, 255).astype(np.uint8)


def card(content: str | bytes, seed: int, grey: Picture | None = None, border: int = 4) -> Held:
    """A pass card: band, title, serial, and the symbol on the right."""
    rng = random.Random(seed)
    code = symbol(content) if grey is None else grey
    side = code.shape[0]
    high, wide = side + 150, side + 420
    picture = np.full((high, wide, 3), 244, np.uint8)
    band = tuple(int(c) for c in rng.choice([(90, 140, 60), (40, 170, 220), (170, 110, 220), (190, 120, 40)]))
    cv2.rectangle(picture, (0, 0), (wide, 88), band, -1)
    cv2.putText(picture, "ENTRY PASS", (24, 62), cv2.FONT_HERSHEY_DUPLEX, 1.7, (255, 255, 255), 3, cv2.LINE_AA)
    for line in range(6):
        text = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(rng.randint(7, 13)))
        scale = 1.6 if line == 0 else 0.9
        cv2.putText(picture, text, (24, 170 + 62 * line), cv2.FONT_HERSHEY_SIMPLEX, scale, (30, 30, 30), 2, cv2.LINE_AA)
    left, top = wide - side - 20, 110
    picture[top : top + side, left : left + side] = code[:, :, None]
    payload = content.encode() if isinstance(content, str) else content
    return Held(picture, square(left, top, side, border), side // MODULE - 2 * border, (payload,))


def phone(content: str | bytes, seed: int, *, dark: bool = False, cracked: bool = False) -> Held:
    """A phone showing the code; `dark` = dark mode, the code inverted; `cracked` = broken glass over it."""
    rng = random.Random(seed)
    code = symbol(content)
    side = code.shape[0]
    wide, high = side + 90, int((side + 90) * 1.75)
    ground = 24 if dark else 250
    picture = np.full((high, wide, 3), ground, np.uint8)
    left, top = 45, (high - side) // 2
    picture[top : top + side, left : left + side] = (255 - code if dark else code)[:, :, None]
    ink = (210, 210, 210) if dark else (40, 40, 40)
    cv2.putText(picture, "My pass", (60, top - 60), cv2.FONT_HERSHEY_SIMPLEX, 1.6, ink, 3, cv2.LINE_AA)
    cv2.putText(picture, f"08:3{rng.randint(0, 9)}", (60, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.0, ink, 2, cv2.LINE_AA)
    if cracked:
        cracks(picture, rng)
    cv2.rectangle(picture, (0, 0), (wide - 1, high - 1), (12, 12, 12), 36)
    payload = content.encode() if isinstance(content, str) else content
    return Held(picture, square(left, top, side, 4), side // MODULE - 8, (payload,))


def cracks(picture: Picture, rng: random.Random) -> None:
    """Broken glass: rays of short bright and dark lines from one blow near a corner."""
    high, wide = picture.shape[:2]
    x0, y0 = rng.uniform(0.1, 0.9) * wide, rng.choice((0.18, 0.85)) * high
    for _ in range(rng.randint(9, 14)):
        angle = rng.uniform(0, 2 * np.pi)
        x, y = x0, y0
        shade = rng.choice((235, 70, 190))
        for _ in range(rng.randint(4, 9)):
            angle += rng.gauss(0, 0.3)
            step = rng.uniform(40, 110)
            a, b = x + step * np.cos(angle), y + step * np.sin(angle)
            width = rng.randint(1, 3)
            cv2.line(picture, (int(x), int(y)), (int(a), int(b)), (shade, shade, shade), width, cv2.LINE_AA)
            x, y = a, b


def square(left: float, top: float, side: int, border: int) -> npt.NDArray[np.float32]:
    """Corners of the symbol without its quiet zone, in the picture."""
    a, b = border * MODULE, side - border * MODULE
    return np.array([[a, a], [b, a], [b, b], [a, b]], np.float32) + np.array([left, top], np.float32)


def side_by_side(first: Held, second: Held) -> Held:
    """Two cards held together; the quad is the first one's."""
    high = max(first.picture.shape[0], second.picture.shape[0])
    parts = [
        cv2.copyMakeBorder(
            held.picture, 0, high - held.picture.shape[0], 0, 30, cv2.BORDER_CONSTANT, value=(90, 90, 90)
        )
        for held in (first, second)
    ]
    joined = np.concatenate(parts, axis=1).astype(np.uint8)
    return Held(joined, first.quad, first.modules, first.payloads + second.payloads)


def hostile(name: str, seed: int) -> Held:
    """A code that any passer-by can hold up, by name: see `HOSTILE`."""
    rng = random.Random(seed)
    if name == "structured_append":
        return card("EP1:PART", seed, drawn(segno.make_sequence(pass_text(rng), symbol_count=2, error="q")[0]))
    if name == "micro":
        return card("12345", seed, drawn(segno.make("12345", micro=True), module=2 * MODULE, border=4))
    content: dict[str, str | bytes] = {
        "url": "https://example.invalid/pay?x=" + base45(rng.randbytes(8)).replace(" ", "+"),
        "payment": "wxp://f2f0" + "".join(rng.choice("0123456789abcdefXYZ_-") for _ in range(44)),
        "health_code": "SSM|1|" + "".join(rng.choice("0123456789ABCDEF") for _ in range(96)),
        "random_bytes": bytes(rng.randrange(128, 256) for _ in range(90)),
        "nul": b"EP1:\x00" + rng.randbytes(40),
        "nul_first": b"\x00\x00" + rng.randbytes(30),
        "kanji": "出入証明書漢字点茗荷",
        "long_text": "".join(rng.choice(BASE45) for _ in range(3000)),
        "lower": pass_text(rng).lower(),
    }
    chosen = content[name]
    if name == "kanji":
        grey = drawn(segno.make(chosen, mode="kanji", error="q"))
        return card(str(chosen).encode("shift_jis"), seed, grey)
    return card(chosen, seed, symbol(chosen, "l" if name == "long_text" else "q"))


HOSTILE = (
    "structured_append", "micro", "url", "payment", "health_code", "random_bytes", "nul", "nul_first", "kanji",
    "long_text", "lower",
)  # fmt: skip


def background(seed: int, size: tuple[int, int]) -> Picture:
    """The view behind: cloth, grid, leaves or the face of a building, by seed; `size` = (width, height)."""
    rng = np.random.default_rng(seed)
    wide, high = size
    draw = (_cloth, _grid, _leaves, _building)[seed % 4]
    picture = draw(rng, wide, high)
    shade = np.linspace(0.75, 1.1, wide, dtype=np.float32)[None, :, None]
    return np.asarray(np.clip(picture.astype(np.float32) * shade, 0, 255), dtype=np.uint8)


def _cloth(rng: np.random.Generator, wide: int, high: int) -> Picture:
    base = rng.integers(50, 150, 3)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    weave = 16 * np.sin(x * 0.9) * np.sin(y * 0.9) + 25 * np.sin(x / 70 + np.sin(y / 90) * 2)
    return np.asarray(
        np.clip(base[None, None, :] + weave[:, :, None] + rng.normal(0, 6, (high, wide, 1)), 0, 255), dtype=np.uint8
    )


def _grid(rng: np.random.Generator, wide: int, high: int) -> Picture:
    picture = np.full((high, wide, 3), rng.integers(120, 210, 3), np.uint8)
    step = int(rng.integers(28, 80))
    for x in range(0, wide, step):
        for y in range(0, high, step):
            tone = rng.integers(-25, 25) + picture[0, 0].astype(int)
            cv2.rectangle(picture, (x, y), (x + step - 3, y + step - 3), [int(t) for t in np.clip(tone, 0, 255)], -1)
    return picture


def _leaves(rng: np.random.Generator, wide: int, high: int) -> Picture:
    picture = np.full((high, wide, 3), (40, 60, 45), np.uint8)
    for _ in range(700):
        at = (int(rng.integers(0, wide)), int(rng.integers(0, high)))
        axes = (int(rng.integers(8, 40)), int(rng.integers(4, 14)))
        colour = (int(rng.integers(20, 80)), int(rng.integers(60, 190)), int(rng.integers(30, 130)))
        cv2.ellipse(picture, at, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    return picture


def _building(rng: np.random.Generator, wide: int, high: int) -> Picture:
    picture = np.full((high, wide, 3), rng.integers(130, 200, 3), np.uint8)
    w, h = int(rng.integers(50, 110)), int(rng.integers(60, 120))
    for x in range(10, wide, w):
        for y in range(10, high, h):
            tone = int(rng.integers(20, 110))
            cv2.rectangle(picture, (x, y), (x + w * 6 // 10, y + h * 6 // 10), (tone + 20, tone + 8, tone), -1)
            cv2.line(picture, (x + w * 3 // 10, y), (x + w * 3 // 10, y + h * 6 // 10), (220, 220, 220), 2)
    return picture
