# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The symbol of a pass as modules: EC Q, alphanumeric, the smallest version (pass-format.md section 4)."""

import segno

LARGEST = 9
"""The largest version that a card takes."""


def pass_symbol(text: str) -> tuple[tuple[bool, ...], ...] | None:
    """Rows of modules without the quiet zone, True is dark; None for a text that no card takes."""
    try:
        code = segno.make_qr(text, error="q", mode="alphanumeric", boost_error=False)
    except ValueError:
        return None
    if int(code.version) > LARGEST:
        return None
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)
