# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A drawn camera picture: a card held before a wall."""

from functools import cache

import numpy as np

from tests.clips import clip
from ui.bgra import preview_frame
from ui.views.preview import PreviewFrame


@cache
def held_card(*, dark: bool = False) -> PreviewFrame:
    """One frame of a test clip, in the middle of the hold, with the outline of its code."""
    show = clip("lowlight" if dark else "easy", 3)
    frame = show.camera.frame(show.times[len(show.times) // 2])
    return preview_frame(np.ascontiguousarray(frame), None)
