# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What was wanted against what is there: only what is given is compared, inside tables too."""

import re
from collections.abc import Callable, Mapping
from typing import Any


def difference(wanted: Any, found: Any) -> str | None:  # noqa: ANN401 - values of TOML and of the product
    """What differs, in words; only what is given is compared, inside tables too."""
    if isinstance(wanted, Mapping):
        if not isinstance(found, Mapping):
            return f"wanted {dict(wanted)}, there is {found!r}"
        for key, value in wanted.items():
            wrong = difference(value, found.get(key))
            if wrong is not None:
                return f"{key}: {wrong}"
        return None
    if isinstance(wanted, list):
        there = list(found) if isinstance(found, (list, tuple)) else None
        if there is None or len(there) != len(wanted):
            return f"wanted {wanted}, there is {[_said(x) for x in there] if there is not None else found!r}"
        pairs = (difference(w, f) for w, f in zip(wanted, there, strict=True))
        return next((wrong for wrong in pairs if wrong is not None), None)
    if isinstance(wanted, str) and isinstance(found, int) and not isinstance(found, bool):
        comparison = re.fullmatch(r"(>=|<=|>|<|==|!=)?\s*(-?\d+)", wanted)
        if comparison is not None:
            holds = _COMPARE[comparison[1] or "=="](found, int(comparison[2]))
            return None if holds else f"wanted {wanted}, there is {found}"
    return None if _said(wanted) == _said(found) else f"wanted {_said(wanted)!r}, there is {_said(found)!r}"


_COMPARE: dict[str, Callable[[int, int], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def _said(value: object) -> object:
    """Codes by their text; everything else as it is."""
    return str(value) if isinstance(value, str) else value
