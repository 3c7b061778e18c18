# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A quad of a grey frame in figures, for the hints (design: scanning.md section 9)."""

from typing import Final

import cv2
import numpy as np

from kiosk.adapters.decode_pictures import Grey
from kiosk.app.scanning import Corners
from kiosk.app.scanning_hints import QuadLook

BRIGHT: Final = 250
_BORDER_PX: Final = 2


def quad_look(grey: Grey, quad: Corners) -> QuadLook:
    """Measure what lies in a quad's upright bounding box; a box outside the frame is dark, small and at the border."""
    high, wide = grey.shape
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    left, right = max(0, int(min(xs))), min(wide, int(max(xs)) + 1)
    top, bottom = max(0, int(min(ys))), min(high, int(max(ys)) + 1)
    sides = [float(np.hypot(ax - bx, ay - by)) for (ax, ay), (bx, by) in zip(quad, (*quad[1:], quad[0]), strict=True)]
    touches = min(xs) <= _BORDER_PX or min(ys) <= _BORDER_PX or max(xs) >= wide - 1 - _BORDER_PX
    touches = touches or max(ys) >= high - 1 - _BORDER_PX
    if right - left < 3 or bottom - top < 3:  # noqa: PLR2004 - nothing to measure
        return QuadLook(min(sides), touches, 0.0, 0.0, 0.0)
    part = grey[top:bottom, left:right]
    sharpness = float(cv2.Laplacian(part, cv2.CV_32F).var())
    return QuadLook(min(sides), touches, float((part >= BRIGHT).mean()), float(part.mean()), sharpness)
