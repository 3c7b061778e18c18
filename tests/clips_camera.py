# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A small camera: a held thing in a hand's motion becomes a noisy, blurred, compressed frame (scanning.md section 11).

The chain works in linear light: warp -> sub-frame averaging over the exposure -> light -> glare -> defocus -> gain
with shot and read noise -> gamma -> chroma blur -> JPEG 85.
"""

import math
import random
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from tests.clips_cards import Held, Picture, background

Linear = npt.NDArray[np.float32]
REFERENCE = (1280, 720)
FULL_WELL = 5000.0
READ_NOISE = 0.0035
GAMMA_STEPS = 4095
ENTER_S = 0.45
LEAVE_S = 0.35
FOCUS_S = 0.12

_TO_LINEAR = (np.arange(256, dtype=np.float32) / 255.0) ** 2.2
_FROM_LINEAR = np.round((np.arange(GAMMA_STEPS + 1) / GAMMA_STEPS) ** (1 / 2.2) * 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One setting. Pixels per module count at 1280 wide; angles in degrees, sway in pixels at 1280 wide."""

    name: str
    module: tuple[float, float] = (4.5, 6.0)
    tilt: float = 12.0
    turn: float = 10.0
    exposure: float = 1 / 60
    sway: float = 1.0
    light: float = 0.8
    gain_limit: float = 8.0
    glare: float = 0.0
    folds: int = 0
    finger: float = 0.0
    moire: bool = False
    backlit: bool = False
    defocus: float = 0.35


EASY = Scenario("easy")
SCENARIOS: tuple[Scenario, ...] = (
    EASY,
    Scenario("perspective", (4.0, 5.5), tilt=52, turn=180),
    Scenario("motion", (4.0, 5.5), exposure=1 / 30, sway=3.2),
    Scenario("lowlight", (4.0, 5.5), exposure=1 / 20, light=0.07),
    Scenario("glare", (4.0, 5.5), glare=0.2),
    Scenario("crease", (4.0, 5.5), folds=3),
    Scenario("finger", (4.0, 5.5), finger=0.135),
    Scenario("moire", (3.6, 5.0), moire=True),
    Scenario("small", (1.7, 2.6), tilt=8),
    Scenario("phone_dark", (3.6, 5.0)),
    Scenario("backlit", (4.0, 5.5), backlit=True, light=0.5),
    Scenario("combo", (2.8, 4.0), glare=0.12, folds=2, finger=0.1, light=0.2, sway=1.8, exposure=1 / 30),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


class Hand:
    """Where the held thing is at a time: enters from a side, sways, trembles, tilts, leaves."""

    def __init__(self, scenario: Scenario, seed: int, size: tuple[int, int], hold_s: float) -> None:
        rng = random.Random(seed)
        self._size = size
        scale = size[0] / REFERENCE[0]
        self.module_px = rng.uniform(*scenario.module) * scale
        self._hold = hold_s
        self._sway = scenario.sway * scale
        self._side = rng.choice((-1.0, 1.0))
        self._at = (rng.uniform(-0.08, 0.08) * size[0], rng.uniform(-0.04, 0.04) * size[1])
        self._slow = [(rng.uniform(4, 9), rng.uniform(0.5, 1.4), rng.uniform(0, 6.3)) for _ in range(4)]
        self._fast = [(rng.uniform(0.3, 0.9), rng.uniform(7, 11), rng.uniform(0, 6.3)) for _ in range(4)]
        tilt = math.radians(rng.uniform(0.4, 1.0) * scenario.tilt)
        self._axis = rng.uniform(0, 2 * math.pi)
        self._tilt = tilt
        self._turn = math.radians(rng.uniform(-scenario.turn, scenario.turn))

    def pose(self, held: Held, texture: float, t: float) -> npt.NDArray[np.float64]:
        """The matrix from texture pixels (held picture times `texture`) to frame pixels at `t` s after entering."""
        wide, high = self._size
        x = wide / 2 + self._at[0] + self._shift(t) + self._wave(0, t)
        y = high / 2 + self._at[1] + self._wave(2, t)
        tilt = self._tilt * (1 + 0.08 * math.sin(1.7 * t))
        turn = self._turn + math.radians(1.5) * math.sin(1.1 * t + 1)
        cx, cy = held.quad.mean(axis=0) * texture
        pixels = float(np.linalg.norm(held.quad[1] - held.quad[0]))
        size = self.module_px * held.modules / (pixels * texture)
        focal = 1.15 * wide
        depth = focal  # at this depth one unit is one pixel
        about, across = math.cos(self._axis), math.sin(self._axis)
        rotation = _rotation(about * tilt, across * tilt, turn)
        put = np.array([[size, 0, -cx * size], [0, size, -cy * size], [0, 0, 1]])
        plane = np.column_stack((rotation[:, 0], rotation[:, 1], np.array([0.0, 0.0, depth])))
        lens = np.array([[focal, 0, x], [0, focal, y], [0, 0, 1]])
        return np.asarray(lens @ plane @ put, dtype=np.float64)

    def way(self, t: float) -> float:
        """How far, in pixels, the hand still has to come in."""
        return abs(self._shift(min(t, ENTER_S)))

    def _shift(self, t: float) -> float:
        """Sideways way in and out, in pixels; eased, so that the hand comes to rest."""
        far = 0.95 * self._size[0]
        if t < ENTER_S:
            return self._side * far * (1 - t / ENTER_S) ** 3
        late = t - ENTER_S - self._hold
        return 0.0 if late <= 0 else -self._side * far * (late / LEAVE_S) ** 2

    def _wave(self, first: int, t: float) -> float:
        pairs = self._slow[first : first + 2] + self._fast[first : first + 2]
        return self._sway * sum(reach * math.sin(2 * math.pi * hertz * t + start) for reach, hertz, start in pairs)


class Camera:
    """Takes frames of a held thing in one scenario. Deterministic by (seed, scenario, size)."""

    def __init__(self, scenario: Scenario, held: Held, seed: int, size: tuple[int, int], hold_s: float = 3.0) -> None:
        self.scenario = scenario
        self.held = replace(held, picture=worn(held, scenario, seed))
        self.hand = Hand(scenario, seed, size, hold_s)
        self.size = size
        self._rng = np.random.default_rng(seed + 77)
        native = float(np.linalg.norm(held.quad[1] - held.quad[0])) / held.modules
        self._texture = min(1.0, 1.4 * self.hand.module_px / native)
        small = cv2.resize(self.held.picture, None, fx=self._texture, fy=self._texture, interpolation=cv2.INTER_AREA)
        self._layer = _TO_LINEAR[small]
        self._cover = np.ones(small.shape[:2], np.float32)
        self._view = _TO_LINEAR[background(seed, size)] * (1.0 if not scenario.backlit else 1.4)
        self._glare = random.Random(seed + 5)
        self._glare_at = (self._glare.uniform(-0.3, 0.3), self._glare.uniform(-0.3, 0.3), self._glare.uniform(0, 6.3))
        noise = np.random.default_rng(seed % 7).standard_normal((size[1] + 96, size[0] + 96, 3), dtype=np.float32)
        self._noise = noise

    def quad(self, t: float) -> npt.NDArray[np.float64]:
        """The symbol's corners in the frame at `t`."""
        matrix = self.hand.pose(self.held, self._texture, t)
        corners = (self.held.quad * self._texture).astype(np.float64)[None]
        return np.asarray(cv2.perspectiveTransform(corners, matrix)[0], dtype=np.float64)

    def in_view(self, t: float) -> bool:
        """Whether the whole symbol lies in the frame."""
        corners = self.quad(t)
        return bool((corners >= 0).all() and (corners <= np.array(self.size)).all())

    def arrived(self, t: float) -> bool:
        """Whether the way in moves the symbol by less than a module during the exposure."""
        return self.hand.way(t) - self.hand.way(t + self.scenario.exposure) < self.hand.module_px

    def frame(self, t: float, *, shown: bool = True) -> Picture:
        """The frame at `t` seconds after the hand began to enter; `shown` False: only the view behind."""
        scenario = self.scenario
        scene = self._exposed(t) if shown else self._view.copy()
        if scenario.backlit:
            self._shade(scene)
        light = scenario.light
        scene *= light
        if scenario.glare and shown:
            self._add_glare(scene, t, light)
        focus = scenario.defocus + (2.2 * math.exp(-t / FOCUS_S) if shown else 0.0)
        sigma = focus * self.size[0] / REFERENCE[0]
        if sigma > 0.3:
            scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), sigma), dtype=np.float32)
        gain = min(scenario.gain_limit, 0.85 / light)
        dy, dx = (int(v) for v in self._rng.integers(0, 96, 2))
        noise = self._noise[dy : dy + self.size[1], dx : dx + self.size[0]]
        scene += noise * np.sqrt(np.maximum(scene, 0) / FULL_WELL + READ_NOISE**2)
        steps = np.clip(scene * (gain * GAMMA_STEPS), 0, GAMMA_STEPS).astype(np.uint16)
        return _compressed(_FROM_LINEAR[steps])

    def _exposed(self, t: float) -> Linear:
        first, last = self.quad(t), self.quad(t + self.scenario.exposure)
        far = float(np.abs(last - first).max())
        parts = int(min(16, max(1, math.ceil(far / 1.5))))
        total = np.zeros_like(self._view)
        for part in range(parts):
            matrix = self.hand.pose(self.held, self._texture, t + self.scenario.exposure * part / parts)
            layer = cv2.warpPerspective(self._layer, matrix, self.size, flags=cv2.INTER_LINEAR)
            cover = cv2.warpPerspective(self._cover, matrix, self.size, flags=cv2.INTER_LINEAR)
            total += layer + self._view * (1 - cover)[:, :, None]
        return np.asarray(total / parts, dtype=np.float32)

    def _shade(self, scene: Linear) -> None:
        """Bright upper half behind, the card in shade."""
        rows = np.linspace(1.6, 0.28, self.size[1], dtype=np.float32)[:, None, None]
        scene *= rows

    def _add_glare(self, scene: Linear, t: float, light: float) -> None:
        corners = self.quad(t)
        side = float(np.linalg.norm(corners[1] - corners[0]))
        x, y = corners.mean(axis=0)
        ax, ay, start = self._glare_at
        x += side * (ax + 0.25 * math.sin(2.1 * t + start))
        y += side * (ay + 0.25 * math.cos(1.6 * t + start))
        reach = side * math.sqrt(self.scenario.glare) / 2.2
        low_x, high_x = (int(np.clip(x + s * 4 * reach, 0, self.size[0])) for s in (-1, 1))
        low_y, high_y = (int(np.clip(y + s * 4 * reach, 0, self.size[1])) for s in (-1, 1))
        if high_x <= low_x or high_y <= low_y:
            return
        yy, xx = np.mgrid[low_y:high_y, low_x:high_x].astype(np.float32)
        spot = np.exp(-(((xx - x) / reach) ** 2 + ((yy - y) / (0.7 * reach)) ** 2))
        scene[low_y:high_y, low_x:high_x] += (light * 3.0 * spot)[:, :, None]


def worn(held: Held, scenario: Scenario, seed: int) -> Picture:
    """The held picture with folds, a thumb, or a screen's sub-pixel grid."""
    rng = random.Random(seed + 3)
    picture = held.picture.copy()
    if scenario.folds:
        picture = _folded(picture, rng, rng.randint(1, scenario.folds))
    if scenario.finger:
        _thumb(picture, held, rng, scenario.finger)
    if scenario.moire:
        mask = np.full((*picture.shape[:2], 3), 0.55, np.float32)
        for channel in range(3):
            mask[:, channel::3, 2 - channel] = 1.35
        mask[::3] *= 0.72
        picture = np.clip(picture * mask, 0, 255).astype(np.uint8)
    return picture


def _folded(picture: Picture, rng: random.Random, folds: int) -> Picture:
    high, wide = picture.shape[:2]
    yy, xx = np.mgrid[0:high, 0:wide].astype(np.float32)
    light = np.ones((high, wide), np.float32)
    map_x, map_y = xx.copy(), yy.copy()
    for _ in range(folds):
        angle = rng.uniform(0, math.pi)
        nx, ny = math.cos(angle), math.sin(angle)
        d = (xx - rng.uniform(0.35, 0.9) * wide) * nx + (yy - rng.uniform(0.25, 0.75) * high) * ny
        light += rng.uniform(-0.32, 0.32) * np.tanh(d / 60) + rng.uniform(-0.5, 0.6) * np.exp(-((d / 7) ** 2))
        bend = rng.uniform(2, 6) * np.exp(-((d / 40) ** 2))
        map_x += (bend * nx).astype(np.float32)
        map_y += (bend * ny).astype(np.float32)
    bent = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(bent * light[:, :, None], 0, 255), dtype=np.uint8)


def _thumb(picture: Picture, held: Held, rng: random.Random, part: float) -> None:
    """A thumb over the corner without a finder pattern, `part` of the symbol's width deep."""
    corner = held.quad[2]
    side = float(np.linalg.norm(held.quad[1] - held.quad[0]))
    deep = side * part * rng.uniform(0.75, 1.25)
    at = (int(corner[0] + 0.22 * side - deep * 0.5), int(corner[1] + 0.22 * side - deep * 0.5))
    axes = (int(0.34 * side), int(0.22 * side))
    cv2.ellipse(picture, at, axes, 225, 0, 360, (120, 150, 205), -1, cv2.LINE_AA)


def _rotation(x: float, y: float, z: float) -> npt.NDArray[np.float64]:
    rotation, _ = cv2.Rodrigues(np.array([x, y, 0.0]))
    turn = np.array([[math.cos(z), -math.sin(z), 0], [math.sin(z), math.cos(z), 0], [0, 0, 1]])
    return np.asarray(rotation @ turn, dtype=np.float64)


def _compressed(picture: Picture) -> Picture:
    luma = cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb)
    luma[:, :, 1:] = cv2.blur(luma[:, :, 1:], (5, 5))
    _, data = cv2.imencode(".jpg", cv2.cvtColor(luma, cv2.COLOR_YCrCb2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
