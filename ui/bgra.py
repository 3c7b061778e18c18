# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A camera's picture as Qt draws it fastest: BGRA, four bytes a pixel. Runs in the scan thread."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ui.views.preview import PreviewFrame

WIDEST = 720
"""Wider pictures are thinned by whole steps: the field on the screen has no more pixels than that."""


def preview_frame(picture: npt.NDArray[np.uint8], quad: Sequence[tuple[float, float]] | None) -> PreviewFrame:
    """The picture (uint8, BGR (h, w, 3) or grey (h, w)) and the corners of a located code, made ready to draw."""
    step = max(1, round(picture.shape[1] / WIDEST))
    part = picture[::step, ::step]
    high, wide = part.shape[:2]
    out = np.empty((high, wide, 4), np.uint8)
    out[..., :3] = part if part.ndim == 3 else part[..., None]  # noqa: PLR2004 - rows, columns, colours
    out[..., 3] = 255
    corners = tuple((x / step, y / step) for x, y in quad) if quad is not None else None
    return PreviewFrame(out.reshape(-1).data, wide, high, corners)
