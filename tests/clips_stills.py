# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Hard still photos by seed, for choosing and judging the rungs for stills (design: scanning.md sections 8 and 12).

Other codes than passes on purpose: any version, any payload, any wear, as on photos that nobody here made.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import segno

from tests.clips_cards import Picture, background, drawn

LONG = 1280
Grid = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One photo and the bytes of the code in it."""

    picture: Picture
    payload: bytes


@dataclass(slots=True, eq=False)
class _Draft:
    """A photo in the making: the printed code, how it lies, and the marks still to be put on."""

    rng: random.Random
    code: Picture
    module_px: float
    tilt: float = 0.3
    turn: float = 0.25
    curve: float = 0.0


def still(kind: str, seed: int) -> Still:
    """One photo of a set; deterministic by (kind, seed)."""
    rng = random.Random(f"{kind}/{seed}")
    payload = _payload(rng, rng.choice((20, 40, 70, 120)) if kind != "high_version" else rng.choice((700, 1100, 1500)))
    code = segno.make(payload, error=rng.choice("lmqh" if kind != "high_version" else "lm"), micro=False)
    border = 4 if kind != "noncompliant" else rng.choice((0, 1, 2))
    picture = drawn(code, module=10, border=border)
    draft = _Draft(rng, picture, rng.uniform(4.0, 8.0))
    _PRINT.get(kind, _as_is)(draft)
    photo = _shot(draft, seed)
    photo = _LIGHT.get(kind, _photo_as_is)(photo, rng)
    if kind not in {"noisy", "blurred", "motion", "low_light"}:
        photo = cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.5, 0.9)).astype(np.float32)
    noise = np.random.default_rng(seed).normal(0, 3.0 if kind != "noisy" else rng.uniform(18, 45), photo.shape)
    done = np.clip(photo + noise, 0, 255).astype(np.uint8)
    quality = rng.choice((60, 75, 90)) if kind != "compressed" else rng.choice((8, 12, 18))
    _, data = cv2.imencode(".jpg", done, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return Still(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8), payload)


def _payload(rng: random.Random, longest: int) -> bytes:
    text = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz0123456789/-_") for _ in range(rng.randint(8, longest)))
    return b"HTTPS://EXAMPLE.INVALID/" + text.encode()


def _as_is(draft: _Draft) -> None:
    """A plain print."""


def _perspective(draft: _Draft) -> None:
    draft.tilt = draft.rng.uniform(0.85, 1.2)
    draft.turn = draft.rng.uniform(-3.1, 3.1)
    draft.module_px = draft.rng.uniform(5, 9)


def _curved(draft: _Draft) -> None:
    draft.curve = draft.rng.uniform(0.55, 1.35)
    draft.tilt = 0.2


def _small(draft: _Draft) -> None:
    draft.module_px = draft.rng.uniform(1.4, 2.2)


def _close(draft: _Draft) -> None:
    draft.module_px = 0.97 * 900 / (draft.code.shape[0] / 10)
    draft.tilt = 0.12


def _high(draft: _Draft) -> None:
    draft.module_px = draft.rng.uniform(3.4, 6.0) * 100 / max(100, draft.code.shape[0] / 10)
    draft.tilt = 0.2


def _damaged(draft: _Draft) -> None:
    """Torn, scratched and soiled, finder patterns included."""
    side = draft.code.shape[0]
    rng = draft.rng
    for _ in range(rng.randint(2, 5)):
        tone = rng.choice((0, 255, 128))
        a = (rng.randrange(side), rng.randrange(side))
        b = (a[0] + rng.randint(-side // 3, side // 3), a[1] + rng.randint(-side // 3, side // 3))
        cv2.line(draft.code, a, b, tone, rng.randint(3, 14))
    for _ in range(rng.randint(1, 3)):
        at = (rng.randrange(side), rng.randrange(side))
        cv2.circle(draft.code, at, rng.randint(side // 40, side // 14), rng.choice((0, 255)), -1)


def _noncompliant(draft: _Draft) -> None:
    """Dots for modules, inverted, grey, little quiet zone."""
    rng = draft.rng
    kind = rng.randrange(3)
    if kind == 0:
        modules = draft.code[5::10, 5::10]
        code = np.full_like(draft.code, 255)
        for y, x in zip(*np.nonzero(modules < 128), strict=True):
            cv2.circle(code, (int(x) * 10 + 5, int(y) * 10 + 5), rng.choice((4, 5)), 0, -1, cv2.LINE_AA)
        draft.code = code
    elif kind == 1:
        draft.code = 255 - draft.code
    else:
        draft.code = (150 + draft.code * 0.2).astype(np.uint8)


_PRINT: dict[str, Callable[[_Draft], None]] = {
    "perspective": _perspective, "curved": _curved, "small": _small, "close": _close, "high_version": _high,
    "damaged": _damaged, "noncompliant": _noncompliant,
}  # fmt: skip


def _shot(draft: _Draft, seed: int) -> Grid:
    """The print in a view, tilted, turned and bent."""
    rng = draft.rng
    size = (LONG, 960)
    view = background(seed, size).astype(np.float32)
    paper = cv2.copyMakeBorder(draft.code, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=int(draft.code[0, 0]))
    print_ = np.repeat(paper[:, :, None], 3, axis=2)
    scale = draft.module_px / 10
    if scale < 0.7:
        print_ = cv2.resize(print_, None, fx=scale * 1.4, fy=scale * 1.4, interpolation=cv2.INTER_AREA)
        scale = 1 / 1.4
    high, wide = print_.shape[:2]
    if draft.curve:
        print_ = _bent(np.asarray(print_, dtype=np.uint8), draft.curve)
    tilt, axis = rng.uniform(0.5, 1) * draft.tilt, rng.uniform(0, 6.3)
    turn = rng.uniform(-1, 1) * draft.turn
    rotation = cv2.Rodrigues(np.array([math.cos(axis) * tilt, math.sin(axis) * tilt, 0.0]))[0]
    spin = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    rotation = rotation @ spin
    focal = 1200.0
    plane = np.column_stack((rotation[:, 0], rotation[:, 1], np.array([0.0, 0.0, focal])))
    lens = np.array([[focal, 0, LONG / 2 + rng.uniform(-40, 40)], [0, focal, 480 + rng.uniform(-20, 20)], [0, 0, 1]])
    put = np.array([[scale, 0, -wide / 2 * scale], [0, scale, -high / 2 * scale], [0, 0, 1]])
    matrix = lens @ plane @ put
    layer = cv2.warpPerspective(print_.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.ones(print_.shape[:2], np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    return np.asarray(layer * 0.9 + view * (1 - cover)[:, :, None], dtype=np.float32)


def _bent(print_: Picture, curve: float) -> Picture:
    """Rolled round a can: `curve` radians to each side."""
    high, wide = print_.shape[:2]
    x = np.linspace(-math.sin(curve), math.sin(curve), wide)
    along = (np.arcsin(x) / curve + 1) / 2 * (wide - 1)
    sag = (1 - np.cos(np.arcsin(x))) * high * 0.12
    yy, _ = np.mgrid[0:high, 0:wide]
    map_x = np.repeat(along[None, :], high, axis=0).astype(np.float32)
    map_y = (yy - sag[None, :]).astype(np.float32)
    return np.asarray(
        cv2.remap(print_, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )


def _photo_as_is(photo: Grid, rng: random.Random) -> Grid:
    del rng
    return photo


def _blurred(photo: Grid, rng: random.Random) -> Grid:
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), rng.uniform(2.0, 4.2)), dtype=np.float32)


def _motion(photo: Grid, rng: random.Random) -> Grid:
    length = rng.randint(7, 17)
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, math.pi)
    middle = (length - 1) / 2
    reach = (math.cos(angle) * middle, math.sin(angle) * middle)
    a = (round(middle - reach[0]), round(middle - reach[1]))
    b = (round(middle + reach[0]), round(middle + reach[1]))
    cv2.line(kernel, a, b, 1.0, 1)
    return np.asarray(cv2.filter2D(photo, -1, kernel / kernel.sum()), dtype=np.float32)


def _spots(photo: Grid, rng: random.Random) -> Grid:
    high, wide = photo.shape[:2]
    yy, xx = np.mgrid[0:high, 0:wide].astype(np.float32)
    for _ in range(rng.randint(1, 3)):
        x, y = wide / 2 + rng.uniform(-110, 110), high / 2 + rng.uniform(-110, 110)
        reach = rng.uniform(35, 90)
        photo = photo + (480 * np.exp(-(((xx - x) / reach) ** 2 + ((yy - y) / reach / 0.8) ** 2)))[:, :, None]
    return np.asarray(np.minimum(photo, 255), dtype=np.float32)


def _shadows(photo: Grid, rng: random.Random) -> Grid:
    high, wide = photo.shape[:2]
    yy, xx = np.mgrid[0:high, 0:wide].astype(np.float32)
    light = np.ones((high, wide), np.float32)
    for _ in range(rng.randint(2, 4)):
        angle = rng.uniform(0, math.pi)
        d = (xx - wide / 2) * math.cos(angle) + (yy - high / 2) * math.sin(angle) + rng.uniform(-120, 120)
        light *= 1 - rng.uniform(0.55, 0.85) / (1 + np.exp(np.clip(-d / rng.uniform(1, 5), -60, 60)))
    return np.asarray(photo * light[:, :, None], dtype=np.float32)


def _brightness(photo: Grid, rng: random.Random) -> Grid:
    if rng.random() < 0.5:
        return np.asarray(np.minimum(photo * rng.uniform(1.1, 1.6) + rng.uniform(90, 165), 255), dtype=np.float32)
    return np.asarray(photo * rng.uniform(0.03, 0.1), dtype=np.float32)


def _monitor(photo: Grid, rng: random.Random) -> Grid:
    high, wide = photo.shape[:2]
    yy, xx = np.mgrid[0:high, 0:wide].astype(np.float32)
    a, b = rng.uniform(0.8, 2.2), rng.uniform(0, 3.1)
    wave = 1 + 0.4 * np.sin(xx * a * math.cos(b) + yy * a * math.sin(b)) + 0.3 * np.sin(yy * rng.uniform(1.2, 2.6))
    return np.asarray(np.clip(photo * wave[:, :, None], 0, 255), dtype=np.float32)


def _low_light(photo: Grid, rng: random.Random) -> Grid:
    soft = cv2.GaussianBlur(photo * rng.uniform(0.1, 0.25), (0, 0), rng.uniform(1.2, 2.2))
    grain = np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.uniform(5, 10), photo.shape)
    return np.asarray(soft + grain, dtype=np.float32)


_LIGHT: dict[str, Callable[[Grid, random.Random], Grid]] = {
    "blurred": _blurred, "motion": _motion, "bright_spots": _spots, "shadows": _shadows, "brightness": _brightness,
    "monitor": _monitor, "low_light": _low_light,
}  # fmt: skip

KINDS = (
    "nominal", "perspective", "curved", "small", "close", "high_version", "damaged", "noncompliant", "blurred",
    "motion", "bright_spots", "shadows", "brightness", "monitor", "noisy", "compressed", "low_light",
)  # fmt: skip
