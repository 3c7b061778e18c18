# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Small plots as inline SVG: two paths, however many bars; what they draw is told in words beside them."""

from collections.abc import Sequence

from markupsafe import Markup

_HEIGHT = 32
_WIDE, _GAP = 4, 10


def bars(pairs: Sequence[tuple[int, int]], top: int, name: str) -> Markup:
    """Bars in pairs, `top` the value that reaches the upper edge; `name` says it to whoever does not see it."""
    scale = _HEIGHT / top if top else 0.0
    first = _path([pair[0] * scale for pair in pairs], 1)
    second = _path([pair[1] * scale for pair in pairs], 1 + _WIDE)
    return Markup(
        '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="none">'
        '<path class="in" d="{}"/><path class="out" d="{}"/></svg>'
    ).format(len(pairs) * _GAP, _HEIGHT, name, first, second)


def _path(heights: Sequence[float], left: int) -> str:
    places = ((left + number * _GAP, height) for number, height in enumerate(heights) if height)
    return "".join(f"M{x} {_HEIGHT}v-{height:.1f}h{_WIDE}v{height:.1f}z" for x, height in places)
